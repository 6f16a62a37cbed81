"""Letters to learners about their answers: a report was answered, answers were graded again."""

from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import preferences_of
from courses.models import Letter
from courses.writing import NotWanted, add_kind, one_line
from quizzes.models import RegradeChange, ReportReply
from quizzes.regrading import change_of, shown_changes

#: So many answers are named; the pages have them all.
MOST = 20


def register() -> None:
    """Have both kinds of letters written."""
    add_kind(Letter.Kind.REPORT, wanted=_reporter, context=_reply_context)
    add_kind(Letter.Kind.REGRADE, wanted=_regraded, context=_regrade_context)


def _address(letter: Letter) -> str:
    person = letter.person
    if person is None or not person.is_active:
        raise NotWanted("the account is closed")
    if not preferences_of(person).mail_assignments:
        raise NotWanted("mail is switched off")
    if not person.email:
        raise NotWanted("no mail address")
    return person.email


def _reply(letter: Letter) -> ReportReply:
    rows = ReportReply.objects.select_related("report__answer__item__version")
    found: ReportReply | None = rows.filter(pk=letter.about.get("reply")).first()
    if found is None:
        raise NotWanted("what it is about is gone")
    return found


def _reporter(letter: Letter, at: datetime) -> str:
    to, reply = _address(letter), _reply(letter)
    if reply.report.replies.filter(pk__gt=reply.pk).exists():
        raise NotWanted("a newer answer is there")
    return to


def _reply_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    reply = _reply(letter)
    item = reply.report.answer.item
    return {
        "name": one_line(letter.person or ""), "question": one_line(item.version.prompt["title"]),
        "outcome": reply.get_outcome_display().lower(), "text": [one_line(line) for line in reply.text.splitlines()],
        "said": one_line(reply.report.text), "url": f"{settings.SITE_URL}{item.get_absolute_url()}",
    }  # fmt: skip


def _changes(letter: Letter) -> list[RegradeChange]:
    """What may be told of a regrade: a result that changed, and that its learner may see."""
    if letter.person is None:
        return []
    rows = shown_changes(letter.person).filter(regrade=letter.about.get("regrade")).order_by("pk")
    return [one for one in rows.select_related("answer__item__version") if change_of(one.before, one.after) != "said"]


def _regraded(letter: Letter, at: datetime) -> str:
    to = _address(letter)
    if not _changes(letter):
        raise NotWanted("no result that may be seen has changed")
    return to


def _regrade_context(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    changes = _changes(letter)
    if not changes:
        raise NotWanted("no result that may be seen has changed")
    rows = [
        {
            "question": one_line(one.answer.item.version.prompt["title"]),
            "before": "clean" if one.before.is_clean else "not clean",
            "after": "clean" if one.after.is_clean else "not clean",
            "url": f"{settings.SITE_URL}{one.answer.item.get_absolute_url()}",
        }
        for one in changes[:MOST]
    ]
    return {
        "name": one_line(letter.person or ""), "page": one_line(changes[0].regrade.code),
        "why": one_line(changes[0].regrade.why), "rows": rows, "count": len(changes), "more": len(changes) - len(rows),
    }  # fmt: skip
