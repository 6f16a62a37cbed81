"""What the pages of a set show: one question in its present state, an exam on its way, and the summary."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.urls import reverse

from accounts.models import User, preferences_of
from codes.narrative import Sentence, sentences
from quizzes import exams
from quizzes.feedback import feedback, lit, takeaway, tally, whole_percent
from quizzes.formats import FORMAT, Format
from quizzes.formats.base import Payload
from quizzes.hints import hints
from quizzes.models import Answer, Attempt, AttemptItem, Exam, Grading, RegradeChange, Report, RuleReview
from quizzes.models.exams import percent_for
from quizzes.practice import I_DO_NOT_KNOW, Given
from quizzes.regrading import KINDS, change_of
from quizzes.review import to_repair
from quizzes.shares import ENOUGH, Mean, Share
from statements.prepared import Prepared

Context = dict[str, Any]
#: Formats that prepare for the blank claim; somebody who needs no preparing skips them.
SKIPPED = ("worked-example", "finish-the-claim")


def question_page(item: AttemptItem, at: datetime, typed: Payload | None = None, given: Given | None = None) -> Context:
    """A question as it stands: open with what was typed, answered with its feedback, or left open by a finished set.

    ``given`` is what was stored a moment ago, so that it need not be read again.
    """
    is_told = given is not None and given.answer.payload != I_DO_NOT_KNOW  # else a draft is what was last typed
    answers = [given.answer] if given and is_told else list(item.answers.all())
    submitted = next((one for one in answers if one.state == Answer.State.SUBMITTED), None)
    prompt, form = item.version.prompt, FORMAT[item.version.question.format]
    context = {
        "item": item,
        "attempt": item.attempt,
        "format": form,
        "prompt": prompt,
        "day": date.fromisoformat(prompt["encounter"]["date_of_service"]),
        "places": _places(item.attempt),
        "seen": answers[-1].sequence if answers else 0,
        "newest": answers[-1].tab if answers else "",
        "saved": next((one for one in reversed(answers) if one.state == Answer.State.DRAFT), None),
        "key": uuid.uuid4,  # called for each form, so that each has its own
        "tab": uuid.uuid4(),
        "left": seconds_left(item.attempt, at),
        "left_words": in_minutes(seconds_left(item.attempt, at)),
        "preferences": preferences_of(item.attempt.person),
        **form.context(typed or _last_typed(answers), item.version),
    }
    if submitted and item.attempt.shows_results:
        return context | _answered(item, given or Given(answer=submitted), form, at)
    if item.attempt.finished_at is not None:
        return context | {"closed": True, "sentences": _marked(item, frozenset())}
    return context | _asked(item, form)


def _asked(item: AttemptItem, form: Format) -> Context:
    """What only an open question has."""
    helped = None if item.attempt.is_exam else hints(item)
    return {
        "sentences": _marked(item, frozenset(helped.numbers) if helped else frozenset()),
        "hints": helped,
        "may_skip": not item.attempt.is_exam and form.id in SKIPPED and item.left_at is None,
        "certainties": Answer.Certainty.choices,
    }


def _answered(item: AttemptItem, given: Given, form: Format, at: datetime) -> Context:
    """What only an answered question has."""
    answer, is_new = given.answer, given.grading is not None
    told = feedback(item.version.prompt, given.grading or newest_grading(answer))
    broken = {one.finding["rule"] for one in told.faults}
    return {
        "first": told.faults[0].finding if told.faults else {},
        "repairs": [one for one in to_repair(item.attempt.person, at) if one.card.rule in broken] if broken else [],
        "sentences": _marked(item, frozenset(), told.lit),
        "feedback": told,
        "reports": [] if is_new else reports_on(answer),
        "regrades": [] if is_new else regrades_of(answer),
        "answer": answer,
        "verdicts": form.verdicts,
        "compares": form.compares,
        "caption": caption(form),
        "takeaway": takeaway(told, item.version),
        "gave_up": answer.payload == I_DO_NOT_KNOW,
        "certainty": answer.get_certainty_display() if answer.certainty else "",
    }


def reports_on(answer: Answer) -> list[Report]:
    """What its learner reported of an answer, each with what educators replied, in two queries."""
    return list(answer.reports.prefetch_related("replies"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """That an answer was graded again: when and why, and how it was judged before."""

    change: RegradeChange
    words: str

    @property
    def percent(self) -> int:
        """Element accuracy before, in whole percent."""
        return whole_percent(self.change.before.element_accuracy)


def regrades_of(answer: Answer) -> list[Again]:
    """How often an answer was graded again, the newest first."""
    rows = answer.regrade_changes.select_related("regrade", "before", "after").order_by("-pk")
    return [Again(change=one, words=KINDS[change_of(one.before, one.after)].lower()) for one in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence of the note as it is shown: its runs with what is lit, marked by its reader, pointed to by a hint."""

    number: int
    runs: list[tuple[str, bool]]
    marked: bool
    hinted: bool


def _marked(item: AttemptItem, hinted: frozenset[int], facts: frozenset[str] = frozenset()) -> list[Line]:
    def line(one: Sentence) -> Line:
        marked = one.number in item.marked
        return Line(number=one.number, runs=lit(one, facts), marked=marked, hinted=one.number in hinted)

    return [line(one) for one in sentences(item.version.prompt["narrative"])]


def in_minutes(seconds: float | None) -> str:
    """Time that is left, as a clock shows it: ``1:05:09`` or ``5:09``."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def seconds_left(attempt: Attempt, at: datetime) -> float | None:
    """Seconds until time is up, by the server's clock; None where nothing runs."""
    left = attempt.left(at) if attempt.is_exam and attempt.finished_at is None else None
    return left.total_seconds() if left is not None else None


def caption(form: Format) -> str:
    """What the table of the two claims is called."""
    return (
        "Your claim beside the accepted claim"
        if form.compares == "Yours"
        else "The claim under review, and the accepted one"
    )


def _last_typed(answers: list[Answer]) -> Payload | None:
    """What was last sent for a question, drafts included; what came too late stays out of it."""
    typed = [one.payload for one in answers if one.payload != I_DO_NOT_KNOW and one.state != Answer.State.LATE]
    return typed[-1] if typed else None


# The pages of a whole set -----------------------------------------------------------------


def attempt_page(attempt: Attempt, at: datetime) -> tuple[str, Context]:
    """The template and its context for a set as it stands: cover, review of an exam, waiting, or summary."""
    if not attempt.is_exam or attempt.shows_results:
        return "quizzes/summary.html", summary_page(attempt)
    if attempt.begun_at is None:
        return "quizzes/exam_cover.html", cover_page(attempt)
    if attempt.finished_at is None:
        return "quizzes/exam_review.html", review_page(attempt, at)
    return "quizzes/exam_waiting.html", {"attempt": attempt, "late": _late(attempt)}


def exam_page(exam: Exam, person: User) -> Context:
    """What an exam is about, and what the person has made of it so far."""
    attempts = list(Attempt.objects.filter(person=person, exam=exam).with_progress())
    percent = percent_for(person.pk, exam.pk) if exam.minutes else 0
    return {
        "exam": exam,
        "attempts": attempts,
        "open": next((one for one in attempts if one.finished_at is None), None),
        "left": exams.attempts_left(person, exam),
        "sequential": exam.order == Exam.Order.SEQUENTIAL,
        "total": sum(exam.parts.values_list("number", flat=True)),
        "percent": percent,
        "minutes": exam.minutes and round(exam.minutes * (100 + percent) / 100, 1),
        "key": uuid.uuid4(),
    }


def cover_page(attempt: Attempt) -> Context:
    """What there is to know before an exam begins. No question is on it."""
    percent = percent_for(attempt.person_id, attempt.exam_id)
    return {
        "attempt": attempt,
        "total": attempt.items.count(),
        "percent": percent if attempt.minutes else 0,
        "minutes": attempt.minutes and round(attempt.minutes * (100 + percent) / 100, 1),
        "first": reverse("question", args=[attempt.pk, 1]),
        "key": uuid.uuid4(),
    }


def review_page(attempt: Attempt, at: datetime) -> Context:
    """Which questions of a running exam are answered, and how each answer reads."""
    items = attempt.items.select_related("version__question")
    drafts = {one.item_id: one for one in _drafts(attempt)}
    rows = [_review_row(item, drafts.get(item.pk)) for item in items]
    return {
        "attempt": attempt,
        "rows": rows,
        "open": sum(row["state"] != "answered" for row in rows),
        "flagged": sum(row["item"].flagged for row in rows),
        "left": seconds_left(attempt, at),
        "left_words": in_minutes(seconds_left(attempt, at)),
        "next": next((row["item"] for row in rows if row["item"].left_at is None), None),
        "preferences": preferences_of(attempt.person),
    }


def _review_row(item: AttemptItem, draft: Answer | None) -> Context:
    form = FORMAT[item.version.question.format]
    readable = draft is not None and form.settle(draft.payload, item.version) is not None
    words = form.words(draft.payload, item.version) if draft else []
    state = "answered" if readable else "incomplete" if words else "not answered"
    return {"item": item, "state": state, "words": words, "format": form}


def _drafts(attempt: Attempt) -> QuerySet[Answer]:
    """The newest draft of each question."""
    drafts = Answer.objects.filter(item__attempt=attempt, state=Answer.State.DRAFT)
    newest = drafts.order_by().values("item").annotate(last=Max("pk")).values("last")
    return Answer.objects.filter(pk__in=newest)


def _late(attempt: Attempt) -> list[Context]:
    """What came too late, question by question, in words."""
    rows = Answer.objects.filter(item__attempt=attempt, state=Answer.State.LATE)
    return [
        {"answer": one, "item": one.item, "words": in_words(one)}
        for one in rows.select_related("item__version__question").order_by("item__position", "sequence")
    ]


def in_words(answer: Answer) -> list[str]:
    """An answer read back."""
    version = answer.item.version
    if answer.payload == I_DO_NOT_KNOW:
        return ["I do not know"]
    return FORMAT[version.question.format].words(answer.payload, version)


def summary_page(attempt: Attempt) -> Context:
    """How the set went, question by question and rule by rule."""
    gradings = newest_gradings(attempt.pk)
    items = attempt.items.select_related("version__question")
    rows = [(item, gradings.get(item.pk), FORMAT[item.version.question.format]) for item in items]
    graded = [(item, grading) for item, grading, _ in rows if grading]
    clean = sum(grading.is_clean for _, grading in graded)
    asked = len(rows) if attempt.is_exam else len(graded)
    elements = sum(max(0, grading.kept - grading.extra) for _, grading in graded)
    return {
        "attempt": attempt,
        "rows": rows,
        "graded": len(graded),
        "clean": Share(kept=clean, tried=asked),
        "accuracy": Mean.of([grading.element_accuracy for _, grading in graded]),
        "elements": Share(kept=elements, tried=sum(grading.required for _, grading in graded)),
        "enough": ENOUGH,
        "clean_percent": whole_percent(clean / asked) if asked else 0,
        "next": None if attempt.finished_at else _next(rows),
        "left_open": sum(grading.undecided for _, grading in graded),
        "rules": tally(graded),
        "moved": moved(attempt),
        "late": _late(attempt),
        "key": uuid.uuid4,  # called for each form, so that each has its own
    }


def _next(rows: list[tuple[AttemptItem, Grading | None, Format]]) -> AttemptItem | None:
    """The next open question that was not skipped."""
    return next((item for item, grading, _ in rows if grading is None and item.left_at is None), None)


LEVELS = ("", "learning", "steady", "mastered")


def moved(attempt: Attempt) -> Context:
    """What a set did to the memory of its rules: which rose, fell or were met, and when they come back."""
    first: dict[str, RuleReview] = {}
    last: dict[str, RuleReview] = {}
    for one in RuleReview.objects.filter(item__attempt=attempt).order_by("at", "pk"):
        first.setdefault(one.rule, one)
        last[one.rule] = one
    steps = {rule: LEVELS.index(last[rule].level_after) - LEVELS.index(first[rule].level_before) for rule in last}
    return {
        "up": [last[rule] for rule in sorted(last) if steps[rule] > 0 and first[rule].level_before],
        "met": [last[rule] for rule in sorted(last) if not first[rule].level_before],
        "down": [last[rule] for rule in sorted(last) if steps[rule] < 0],
        "back": sorted(last.values(), key=lambda one: (one.due, one.rule)),
    }


def newest_grading(answer: Answer) -> Grading:
    """The grading that counts."""
    grading: Grading = answer.gradings.order_by("-pk")[0]
    return grading


def newest_gradings(attempt: uuid.UUID) -> dict[int, Grading]:
    """Item -> its newest grading, for the answered items of an attempt."""
    rows = Grading.objects.filter(answer__item__attempt=attempt).select_related("answer").order_by("pk")
    return {grading.answer.item_id: grading for grading in rows}


def _places(attempt: Attempt) -> list[Context]:
    """Each place of a set with its state in words, for the row of steps on a question's page."""
    of_exam = {} if attempt.shows_results else _states_of_exam(attempt)
    told = {1: "clean", 0: "not clean"} if attempt.shows_results else {}
    left_open = "open" if attempt.finished_at is None else "not answered"
    return [
        {
            "position": position,
            "url": reverse("question", args=[attempt.pk, position]),
            "state": of_exam.get(pk) or told.get(is_clean) or ("skipped" if left_at else left_open),
            "flagged": flagged,
            "behind": attempt.sequential and left_at is not None,
        }
        for pk, position, flagged, left_at, is_clean in _PLACES.rows(attempt.pk)
    ]


def _places_of(attempt: uuid.UUID) -> QuerySet[AttemptItem, Any]:
    gradings = Grading.objects.filter(answer__item=OuterRef("pk"), answer__state=Answer.State.SUBMITTED)
    newest = gradings.order_by("-pk").values("is_clean")[:1]
    items = AttemptItem.objects.filter(attempt=attempt).order_by("position")
    return items.values_list("pk", "position", "flagged", "left_at", Subquery(newest))


_PLACES = Prepared(_places_of, uuid.UUID)


def _states_of_exam(attempt: Attempt) -> dict[int, str]:
    """Nothing is said of right and wrong before the results are shown, only whether something is saved."""
    drafts = _drafts(attempt).select_related("item__version__question").defer("item__version__prompt")
    versions = {draft.item_id: (draft, draft.item.version) for draft in drafts}
    return {
        item: "saved"
        for item, (draft, version) in versions.items()
        if not FORMAT[version.question.format].is_blank(draft.payload, version)
    }
