"""Telling the educators that something is wrong with a question or with how it was graded."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from codes.models import Edition
from codes.narrative import plain
from quizzes.feedback import feedback
from quizzes.formats import FORMAT
from quizzes.models import Answer, AttemptItem, Grading, QuestionVersion, Report
from quizzes.pages import in_words, newest_grading


def report(answer: Answer, person: User, kind: str, text: str, at: datetime) -> Report:
    """Store what a person says of an answer. The same again is the same report: a form was sent twice."""
    fields = {"answer": answer, "person": person, "kind": kind, "text": text}
    with transaction.atomic():
        AttemptItem.objects.select_for_update(no_key=True).get(pk=answer.item_id)
        return Report.objects.filter(**fields).first() or Report.objects.create(**fields, created_at=at)


def reported(report: Report) -> dict[str, Any]:
    """What an educator needs to judge a report: the question, the answer, its grading, and the edition behind it.

    The grading is the one that the report is about; ``again`` is the one that counts now, where it is another one.
    """
    answer, version = report.answer, report.answer.item.version
    grading, newest = grading_reported(report), newest_grading(answer)
    return {
        "format": FORMAT[version.question.format],
        "version": version,
        "note": plain(version.prompt["narrative"]).splitlines(),
        "given": in_words(answer),
        "feedback": feedback(version.prompt, grading),
        "edition": _edition(version, grading),
        "again": feedback(version.prompt, newest) if newest != grading else None,
        "again_edition": _edition(version, newest) if newest != grading else None,
    }


def grading_reported(report: Report) -> Grading:
    """The grading that was shown when the report was sent: gradings are only ever added, each with its moment."""
    rows = report.answer.gradings.order_by("pk")
    found: Grading = rows.filter(created_at__lte=report.created_at).last() or rows[0]
    return found


def _edition(version: QuestionVersion, grading: Grading) -> Edition | None:
    """The edition of the question's page that a grading went by."""
    editions = Edition.objects.filter(code=version.question.scenario.code_id, pk__lte=grading.stamp)
    return editions.order_by("-pk").only("number", "published_at", "why").first()
