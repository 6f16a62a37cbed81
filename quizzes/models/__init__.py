"""What is asked, what was answered, how it was graded, and what is remembered of it."""

from quizzes.models.attempts import Answer, Attempt, AttemptItem, AttemptItemQuerySet, AttemptQuerySet, Grading
from quizzes.models.exams import Exam, ExamPart, ExtraTime, Readmission
from quizzes.models.memory import RuleMemory, RuleReview, WeekTally
from quizzes.models.notes import Note, Report, ReportReply
from quizzes.models.regrades import Regrade, RegradeChange
from quizzes.models.scenarios import Question, QuestionVersion, Scenario, ScenarioQuerySet

__all__ = [
    "Answer",
    "Attempt",
    "AttemptItem",
    "AttemptItemQuerySet",
    "AttemptQuerySet",
    "Exam",
    "ExamPart",
    "ExtraTime",
    "Grading",
    "Note",
    "Question",
    "QuestionVersion",
    "Readmission",
    "Regrade",
    "RegradeChange",
    "Report",
    "ReportReply",
    "RuleMemory",
    "RuleReview",
    "Scenario",
    "ScenarioQuerySet",
    "WeekTally",
]
