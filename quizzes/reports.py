"""Telling the educators that something is wrong with a question or with how it was graded."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from codes.models import Edition
from codes.narrative import plain
from quizzes.feedback import feedback
from quizzes.formats import FORMAT
from quizzes.models import Answer, AttemptItem, Report
from quizzes.pages import in_words, newest_grading


def report(answer: Answer, person: User, kind: str, text: str, at: datetime) -> Report:
    """Store what a person says of an answer. The same again is the same report: a form was sent twice."""
    fields = {"answer": answer, "person": person, "kind": kind, "text": text}
    with transaction.atomic():
        AttemptItem.objects.select_for_update(no_key=True).get(pk=answer.item_id)
        return Report.objects.filter(**fields).first() or Report.objects.create(**fields, created_at=at)


def reported(report: Report) -> dict[str, Any]:
    """What an educator needs to judge a report: the question, the answer, its grading, and the edition behind it."""
    answer, version = report.answer, report.answer.item.version
    grading = newest_grading(answer)
    editions = Edition.objects.filter(code=version.question.scenario.code_id, pk__lte=grading.stamp)
    return {
        "format": FORMAT[version.question.format],
        "version": version,
        "note": plain(version.prompt["narrative"]).splitlines(),
        "given": in_words(answer),
        "feedback": feedback(version.prompt, grading),
        "edition": editions.order_by("-pk").only("number", "published_at", "why").first(),
    }
