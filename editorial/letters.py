"""The letters of review: to the other educators when something waits for them, to the author when it is decided."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import AuditEntry, User
from courses.letters import post
from courses.models import Letter
from courses.writing import NotWanted, add_kind, one_line
from editorial.models import Revision

#: What the first line of a decision says.
DECISIONS = {
    "changes": "changes asked for",
    "approved": "approved",
    "scheduled": "scheduled",
    "published": "published",
    "failed": "could not be published",
}


def ask(revision: Revision, people: Iterable[User], *, at: datetime) -> None:
    """Tell some people that a revision waits for them; once each for every time it is handed in."""
    for person in people:
        about = {"revision": revision.pk, "asked_at": _moment(revision)}
        post(Letter.Kind.REVIEW, f"{revision.pk}:{_moment(revision)}:{person.pk}", at=at, person=person, about=about)


def tell(
    revision: Revision,
    what: str,
    entry: AuditEntry,
    *,
    at: datetime,
    to: User | None = None,
    not_to: User | None = None,
) -> None:
    """Tell the author (or somebody else) what became of a revision, unless they did it themselves."""
    person = to or revision.author
    if not_to is None or person.pk != not_to.pk:
        about = {"revision": revision.pk, "what": what, "remark": (entry.after or {}).get("remark", "")}
        post(Letter.Kind.DECISION, f"{entry.pk}:{person.pk}", at=at, person=person, about=about)


def register() -> None:
    """Have these letters written; to be called once, when the site starts."""
    add_kind(Letter.Kind.REVIEW, wanted=_waits, context=_review)
    add_kind(Letter.Kind.DECISION, wanted=_told, context=_decision)


def _moment(revision: Revision) -> str:
    """When it was handed in, the same whatever clock it was read from."""
    return revision.asked_at.astimezone(UTC).isoformat()


def _address(letter: Letter) -> str:
    """Where to, as long as somebody works here: what is theirs to do is not switched off by a preference."""
    person = letter.person
    if person is None or not person.is_active or not person.has_perm("codes.change_code"):
        raise NotWanted("the person no longer edits pages")
    if not person.email:
        raise NotWanted("no mail address")
    return person.email


def _revision(letter: Letter) -> Revision:
    found = Revision.objects.select_related("code", "author", "decided_by").filter(pk=letter.about["revision"]).first()
    if found is None:
        raise NotWanted("what it is about is gone")
    return found


def _waits(letter: Letter, at: datetime) -> str:
    to, revision = _address(letter), _revision(letter)
    if revision.state != Revision.State.IN_REVIEW or _moment(revision) != letter.about["asked_at"]:
        raise NotWanted("it no longer waits")
    return to


def _told(letter: Letter, at: datetime) -> str:
    to, _ = _address(letter), _revision(letter)
    return to


def _review(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    revision = _revision(letter)
    return _about(letter, revision) | {"author": one_line(revision.author), "retires": revision.retires}


def _decision(letter: Letter, at: datetime, preview: bool) -> dict[str, Any]:
    revision = _revision(letter)
    what = letter.about["what"]
    return _about(letter, revision) | {
        "what": what, "became": DECISIONS[what], "remark": letter.about["remark"], "day": revision.publish_on,
        "by": one_line(revision.decided_by or ""), "own": letter.person_id == revision.author_id,
    }  # fmt: skip


def _about(letter: Letter, revision: Revision) -> dict[str, Any]:
    return {
        "name": one_line(letter.person), "page": one_line(revision.code), "why": one_line(revision.why),
        "url": f"{settings.SITE_URL}{reverse('revision', args=[revision.pk])}",
    }  # fmt: skip
