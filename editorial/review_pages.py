"""What the pages of review show."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, QuerySet

from accounts.models import User
from codes.models import Code, Edition
from codes.pages import Content, read_page
from codes.publish import content_of, document_of, is_retired, newest_edition
from editorial.authors import authors_of
from editorial.coming import coming_document
from editorial.differences import Difference, differences
from editorial.impact import Impact, impact_of
from editorial.models import Revision
from editorial.reviewing import (
    UNREADABLE,
    approvers_of,
    content_digest,
    errors,
    history_of,
    is_alone,
    is_draft,
    may_approve,
    may_ask,
    problems_of,
    seen_draft,
    seen_revision,
)

State = Revision.State
#: So many of each state are listed, and so many that were published lately; so many editions of a page.
LISTED, LATELY, EDITIONS = 200, 20, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Revisions in one state, with what the list of them is called."""

    heading: str
    name: str
    rows: list[Revision]


def draft_page(code: Code) -> dict[str, Any]:
    """The draft against what readers see: what changed, what is wrong, what publishing it would do."""
    content, newest = read_page(code), newest_edition(code)
    problems, digest = problems_of(code), content_digest(content)
    wrong = errors(problems)
    changed = newest is None or newest.digest != digest
    return {
        "code": code,
        "newest": newest,
        "seen": seen_draft(digest, newest),
        "is_retired": newest is not None and is_retired(newest),
        "changed": changed,
        "problems": problems,
        "wrong": wrong,
        "differences": differences(_shown_last(code, newest), content),
        "impact": impact_of(code, document_of(content)) if changed and digest and not wrong else None,
        "open": Revision.objects.open().filter(code=code).select_related("author").defer("content").first(),
    }


def revision_page(revision: Revision, person: User) -> dict[str, Any]:
    """A revision against the edition it was made from, what it would do, and what the person may do with it."""
    code, newest = revision.code, newest_edition(revision.code)
    is_open = revision.state in Revision.OPEN
    approved = revision.state in (State.APPROVED, State.SCHEDULED)
    in_review, authors = revision.state == State.IN_REVIEW, authors_of(revision)
    return {
        "revision": revision,
        "code": code,
        "seen": seen_revision(revision),
        "is_open": is_open,
        "authors": authors,
        "mine": next((one for one in authors if one.person == person), None),
        "approvers": approvers_of(revision),
        "differences": () if revision.retires else differences(_content(revision.base), revision.content),
        "impact": _impact(revision) if is_open else None,
        "written_on": is_open and not is_draft(revision),
        "overtaken": is_open and (newest and newest.pk) != revision.base_id,
        "history": history_of(revision),
        "alone": is_alone(person),
        "may_approve": in_review and may_approve(person, revision),
        "may_ask": (in_review or approved) and may_ask(person, revision),
        "may_publish": approved or (in_review and is_alone(person)),
        "may_schedule": approved,
        "may_withdraw": is_open and (revision.author_id == person.pk or person.is_superuser),
    }


def _impact(revision: Revision) -> Impact | None:
    try:
        return impact_of(revision.code, coming_document(revision))
    except UNREADABLE:
        return None


def reviews_page() -> dict[str, Any]:
    """Everything under way, what waits longest first, and what was published lately."""
    rows = Revision.objects.select_related("code", "author", "decided_by", "edition").defer(
        "content", "edition__document"
    )
    return {
        "queues": [
            _queue("Waits for review", "waiting", rows.filter(state=State.IN_REVIEW).order_by("asked_at")),
            _queue("Changes asked for", "changes", rows.filter(state=State.CHANGES).order_by("decided_at")),
            _queue("Approved", "approved", rows.filter(state=State.APPROVED).order_by("decided_at")),
            _queue("Scheduled", "scheduled", rows.filter(state=State.SCHEDULED).order_by("publish_on", "pk")),
        ],
        "lately": list(rows.filter(state=State.PUBLISHED).order_by("-closed_at")[:LATELY]),
        "days": _scheduled_days(),
    }


def _queue(heading: str, name: str, rows: QuerySet[Revision]) -> Queue:
    return Queue(heading=heading, name=name, rows=list(rows[:LISTED]))


def _scheduled_days() -> list[date]:
    """The days on which something goes live."""
    rows = Revision.objects.filter(state=State.SCHEDULED).order_by("publish_on").values_list("publish_on", flat=True)
    return [day for day in rows.distinct()[:LISTED] if day is not None]


def editions_page(code: Code, old: str, new: str) -> dict[str, Any]:
    """The editions of a page, and two of them compared; without a choice the newest with the one before."""
    editions = list(code.editions.select_related("published_by").defer("document")[:EDITIONS])
    numbers = [one.number for one in editions]
    newer = _chosen(new, numbers) or (numbers[0] if numbers else 0)
    older = _chosen(old, numbers) or next((one for one in numbers if one < newer), newer)
    pair = {one.number: one for one in code.editions.filter(number__in=(older, newer))}
    compared: tuple[Difference, ...] = ()
    if older != newer:
        compared = differences(_content(pair[older]), content_of(pair[newer].document))
    return {
        "code": code, "editions": editions, "older": older, "newer": newer, "differences": compared,
        "retired": [one.number for one in pair.values() if is_retired(one)],
        "more": max(0, (code.editions.aggregate(last=Max("number"))["last"] or 0) - len(editions)),
    }  # fmt: skip


def _chosen(text: str, numbers: list[int]) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    return number if number in numbers else 0


def _shown_last(code: Code, newest: Edition | None) -> Content | None:
    """What readers see, or saw before the page was retired."""
    if newest is not None and is_retired(newest):
        newest = code.editions.filter(number=newest.document["last"]).first() or newest
    return _content(newest)


def _content(edition: Edition | None) -> Content | None:
    return content_of(edition.document) if edition else None
