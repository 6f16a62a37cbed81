"""The verbs of review: hand in, withdraw, ask for changes, approve, schedule, publish, roll back.

A revision holds the page as it was handed in; what was approved is what is published. Every verb locks its row, so
that of two that come at once the second sees what the first has done.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import AuditEntry, User, audit
from accounts.roles import EDUCATORS
from codes.lint import Level, Problem
from codes.models import Code, Edition
from codes.pages import Content, PageError, read_page, write_page
from codes.publish import content_of, digest_of, document_of, is_retired, newest_edition, publish, retire
from codes.trail import last_change_of_page
from editorial import letters
from editorial.authors import HANDED_IN, TO_RETIRE, authors_of
from editorial.checking import check
from editorial.drafting import digest, subject
from editorial.models import Revision
from rulebook.case_format import CaseError
from rulebook.params import ParamError

log = logging.getLogger(__name__)
State = Revision.State

#: What a verb raises where a page cannot be made of a content any more: a kind of rule or a word is gone.
UNREADABLE = (PageError, ParamError, CaseError, KeyError)
#: What whoever was shown something else is told to do.
LOOK = "Nothing is stored. What it says now is below: look at it, and then press again."


class Refused(Exception):
    """What was asked for cannot be done now; the text says why, in words for the page."""


class Outdated(Refused):
    """Something else stands there by now than whoever pressed was shown; they are to look at it first."""


class OwnWork(PermissionDenied):
    """Somebody else has to look at it."""


class Failed(Refused):
    """What was approved can no longer be published as it is."""


# Who may --------------------------------------------------------------------------------------


def others(person: User) -> list[User]:
    """The other educators: active, in their group. Administrators who are not in it do not count."""
    return list(User.objects.filter(groups__name=EDUCATORS, is_active=True).exclude(pk=person.pk).order_by("pk"))


def is_alone(person: User) -> bool:
    """Whether there is nobody else who could be asked to look at somebody's work."""
    return not others(person)


def may_approve(person: User, revision: Revision) -> bool:
    """Whether somebody may approve a revision: nobody approves what they had a hand in, unless there is nobody else."""
    return is_alone(person) or all(one.person != person for one in authors_of(revision))


def approvers_of(revision: Revision) -> list[User]:
    """The educators who had no hand in a revision and so may approve it."""
    authors = {one.person for one in authors_of(revision)}
    return [one for one in others(revision.author) if one not in authors]


def may_ask(person: User, revision: Revision) -> bool:
    """Whether somebody may give a revision back: whoever handed it in withdraws it instead."""
    return revision.author_id != person.pk or is_alone(person)


# What was shown -------------------------------------------------------------------------------


def seen_draft(made: str, newest: Edition | None) -> str:
    """What the forms of a draft carry, so that nobody hands in or publishes what they were not shown.

    It is the same for the same draft (``content_digest``) after the same edition.
    """
    return digest([made, newest.pk if newest else None])


def seen_revision(revision: Revision) -> str:
    """What the forms of a revision carry: the same for the same content and note, after the same edition."""
    return digest([revision.digest, revision.base_id, revision.retires, revision.why])


def _other_draft(code: Code) -> Outdated:
    last = last_change_of_page(code)
    who = last.who if last and last.who else "somebody"
    return Outdated(f"The page is not as you were shown it: {who} changed it. {LOOK}")


def _other_revision(revision: Revision) -> Outdated:
    return Outdated(f"This is not the revision that you were shown: {revision.author} has handed it in again. {LOOK}")


# What is wrong --------------------------------------------------------------------------------


def problems_of(code: Code) -> tuple[Problem, ...]:
    """What the check finds in the draft of a page, attestations counted. The one place where it is asked to."""
    return check(code)


def problems_in(code: Code, content: Content) -> tuple[Problem, ...]:
    """What lint would find if a content were the draft; the draft stays as it is. Raises PageError."""
    with transaction.atomic():
        kept = transaction.savepoint()
        try:
            write_page(content)
            return problems_of(code)
        finally:
            transaction.savepoint_rollback(kept)


def errors(problems: tuple[Problem, ...]) -> list[Problem]:
    """Those that stand in the way."""
    return [one for one in problems if one.level is Level.ERROR]


def is_draft(revision: Revision) -> bool:
    """Whether the draft is still what was handed in."""
    return revision.retires or revision.digest == draft_digest(revision.code)


def draft_digest(code: Code) -> str:
    """The digest that the draft would have as an edition; empty where no edition can be made of it."""
    return content_digest(read_page(code))


def content_digest(content: Content) -> str:
    """The digest that a content would have as an edition; empty where no edition can be made of it."""
    try:
        return digest_of(document_of(content))
    except UNREADABLE:
        return ""


# Handing in -----------------------------------------------------------------------------------


@transaction.atomic
def hand_in(
    code: Code,
    why: str,
    *,
    by: User,
    at: datetime,
    retires: bool = False,
    content: Content | None = None,
    seen: str | None = None,
) -> Revision:
    """Ask for a review of the draft (or of a content, or of taking the page off), as it is at this moment.

    Where changes were asked for, this is the answer to it. Raises Refused where something else is under way, there is
    an error, or nothing changed; Outdated where the draft is not what was shown (``seen_draft``) any more.
    """
    code = Code.objects.select_for_update().get(pk=code.pk)  # as it is now, not as it was when the page was shown
    revision = Revision.objects.open().select_for_update().filter(code=code).first() or Revision(code=code)
    if revision.pk and revision.state != State.CHANGES:
        raise Refused(f"A revision of this page is under way: {revision.get_state_display().lower()}.")
    base, draft = newest_edition(code), read_page(code)  # read once: what is compared is what is handed in
    if seen is not None and seen != seen_draft(content_digest(draft), base):
        raise _other_draft(code)
    revision.content, revision.digest = _to_retire(code, base) if retires else _to_publish(code, base, content, draft)
    revision.state, revision.base, revision.retires, revision.why = State.IN_REVIEW, base, retires, why
    revision.author, revision.asked_at, revision.publish_on = by, at, None
    revision.save()
    _note(revision, by, TO_RETIRE if retires else HANDED_IN, why=why)
    letters.ask(revision, approvers_of(revision) or others(by), at=at)
    return revision


def _to_retire(code: Code, newest: Edition | None) -> tuple[Content, str]:
    if newest is None or is_retired(newest):
        raise Refused(f"{code.number} is not on the site, so it cannot be retired.")
    return content_of(newest.document), newest.digest


def _to_publish(code: Code, newest: Edition | None, content: Content | None, draft: Content) -> tuple[Content, str]:
    """The draft, or what is given, with its digest. Refuses what has an error and what is as it was."""
    try:
        wrong = errors(problems_of(code) if content is None else problems_in(code, content))
        if wrong:
            raise Refused(f"An error stands in the way. {wrong[0].where}: {wrong[0].message}")
        handed = draft if content is None else content
        made = digest_of(document_of(handed))
    except UNREADABLE as error:
        raise Refused(f"No page can be made of this: {error}") from error
    if newest is not None and newest.digest == made:
        raise Refused(f"Nothing changed since edition {newest.number}.")
    return handed, made


@transaction.atomic
def publish_alone(code: Code, why: str, *, by: User, at: datetime, seen: str | None = None) -> Edition:
    """Publish the draft in one go, where there is nobody else who could look at it. Raises Refused, also for that."""
    if not is_alone(by):
        raise Refused("Somebody else has to look at it first.")
    return publish_now(hand_in(code, why, by=by, at=at, seen=seen), by=by, at=at)


@transaction.atomic
def withdraw(revision: Revision, *, by: User, at: datetime, seen: str | None = None) -> None:
    """Give a revision up; the draft stays. Whoever handed it in may, and an administrator."""
    locked = _locked(revision, *Revision.OPEN, seen=seen)
    if locked.author_id != by.pk and not by.is_superuser:
        raise PermissionDenied
    _close(locked, State.WITHDRAWN, at)
    _note(locked, by, "withdrawn")


# Deciding -------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_changes(revision: Revision, remark: str, *, by: User, at: datetime, seen: str | None = None) -> None:
    """Give a revision back to its author, with what is to be changed; also one that was approved already."""
    locked = _locked(revision, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, seen=seen)
    if not may_ask(by, locked):
        raise OwnWork
    if not remark.strip():
        raise Refused("Say what is to be changed.")
    _decide(locked, State.CHANGES, by, at, remark)
    letters.tell(locked, "changes", _note(locked, by, "changes asked for", remark=remark), not_to=by, at=at)


@transaction.atomic
def approve(revision: Revision, *, by: User, at: datetime, seen: str | None = None) -> None:
    """Say that a revision may be published as it is. The same person again changes nothing."""
    locked = _locked(revision, State.IN_REVIEW, State.APPROVED, seen=seen)
    if not may_approve(by, locked):
        raise OwnWork
    if locked.state == State.APPROVED:
        if locked.decided_by_id == by.pk:
            return
        raise Refused("It is approved already.")
    _decide(locked, State.APPROVED, by, at, "")
    letters.tell(locked, "approved", _note(locked, by, "approved"), not_to=by, at=at)


@transaction.atomic
def schedule(revision: Revision, day: date, *, by: User, at: datetime, seen: str | None = None) -> None:
    """Have an approved revision go live by itself on a day to come, by the site's clock. Raises Refused."""
    locked = _locked(revision, State.APPROVED, State.SCHEDULED, seen=seen)
    if day <= timezone.localdate(at):
        raise Refused("Choose a day to come; what is to be there today can be published now.")
    locked.state, locked.publish_on = State.SCHEDULED, day
    locked.save(update_fields=["state", "publish_on"])
    entry = _note(locked, by, "scheduled", after={"publish_on": day.isoformat()})
    letters.tell(locked, "scheduled", entry, not_to=by, at=at)


# Publishing -----------------------------------------------------------------------------------


@transaction.atomic
def publish_now(revision: Revision, *, by: User, at: datetime, seen: str | None = None) -> Edition:
    """Make what was approved the page that everybody sees; once it is, give the same edition again.

    Whoever is alone need not approve before. Raises Refused, and Failed where it can no longer be published.
    """
    locked = _locked(revision, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.PUBLISHED, seen=seen)
    if locked.state == State.PUBLISHED and locked.edition is not None:
        return locked.edition
    if locked.state == State.IN_REVIEW:
        if not is_alone(by):
            raise Refused("It has not been approved yet.")
        approve(locked, by=by, at=at)
        locked.refresh_from_db()
    edition = _publish(locked, by, at)
    entry = _note(locked, by, "retired" if locked.retires else "published", after={"edition": edition.pk})
    letters.tell(locked, "published", entry, not_to=by, at=at)
    return edition


def publish_due(at: datetime) -> int:
    """Publish every revision whose day has come, by the site's clock; how many.

    One that cannot be published goes back to its author, who is told as the reviewer is, and its page stays.
    """
    due = Revision.objects.filter(state=State.SCHEDULED, publish_on__lte=timezone.localdate(at))
    pks = due.order_by("publish_on", "pk").values_list("pk", flat=True)
    return sum(_published_on_its_day(pk, at) for pk in list(pks))


def tend(at: datetime) -> dict[str, int]:
    """What ``manage.py tend`` does of this, in words and numbers."""
    return {"pages published": publish_due(at)}


def _published_on_its_day(pk: int, at: datetime) -> bool:
    revision = Revision.objects.get(pk=pk)
    try:
        _go_live(revision, at)
    except DatabaseError:
        raise  # the database is away or locked: the next round tries again
    except Refused as refused:
        _give_back(revision, str(refused), at)
    except Exception as error:
        log.exception("Revision %s could not be published", pk)
        _give_back(revision, f"Something unforeseen went wrong: {type(error).__name__}.", at)
    else:
        return True
    return False


@transaction.atomic
def _go_live(revision: Revision, at: datetime) -> None:
    locked = _locked(revision, State.SCHEDULED)
    edition = _publish(locked, locked.decided_by, at)
    entry = _note(locked, None, "retired" if locked.retires else "published", after={"edition": edition.pk})
    letters.tell(locked, "published", entry, at=at)


@transaction.atomic
def _give_back(revision: Revision, said: str, at: datetime) -> None:
    """The day has come and it could not be published: to be mended, and handed in again."""
    try:
        locked = _locked(revision, State.SCHEDULED)
    except Refused:
        return  # another round, or a person, was faster
    remark = f"Could not be published on {locked.publish_on}: {said}"
    locked.state, locked.remark, locked.publish_on = State.CHANGES, remark[:2000], None
    locked.save(update_fields=["state", "remark", "publish_on"])
    entry = _note(locked, None, "could not be published", remark=remark)
    letters.tell(locked, "failed", entry, at=at)
    if locked.decided_by is not None and locked.decided_by_id != locked.author_id:
        letters.tell(locked, "failed", entry, to=locked.decided_by, at=at)


def _publish(locked: Revision, by: User | None, at: datetime) -> Edition:
    """Publish what a revision holds, and close it. Raises Failed."""
    code = locked.code
    newest = newest_edition(code)
    if (newest and newest.pk) != locked.base_id:
        number = newest.number if newest else 0
        raise Failed(f"Edition {number} was published meanwhile; hand the draft in again, so that it is not lost.")
    untouched = newest is not None and not is_retired(newest) and draft_digest(code) == newest.digest
    edition = retire(code, by=by, why=locked.why) if locked.retires else _renew(locked, by)
    if untouched and not locked.retires:
        # Nobody has written on the draft, so it follows; else an older edition would stand against it at once.
        write_page(_with_proposals(code, locked.content))
    locked.edition = edition
    _close(locked, State.PUBLISHED, at)
    return edition


def _with_proposals(code: Code, content: Content) -> Content:
    """A content, and what a machine proposed for the draft and nobody has looked at yet."""
    slugs = {rule["slug"] for rule in content["rules"]}
    waiting = [rule for rule in read_page(code)["rules"] if rule["state"] != "accepted" and rule["slug"] not in slugs]
    return {**content, "rules": [*content["rules"], *waiting]}


def _renew(locked: Revision, by: User | None) -> Edition:
    try:
        wrong = errors(problems_in(locked.code, locked.content))
        if wrong:
            raise Failed(f"{wrong[0].where}: {wrong[0].message}")
        return publish(locked.code, by=by, why=locked.why, content=locked.content)
    except UNREADABLE as error:
        raise Failed(f"No page can be made of it any more: {error}") from error


@transaction.atomic
def roll_back(code: Code, edition: Edition, why: str, *, by: User, at: datetime) -> Revision:
    """Ask for an old edition to be published again, as it was; where nobody else is there, it is published at once.

    Raises Refused where it is the newest anyway, something is under way, or the old page has an error by now.
    """
    if is_retired(edition):
        raise Refused("This edition only took the page off the site; choose one before it.")
    revision = hand_in(code, why, by=by, at=at, content=content_of(edition.document))
    if is_alone(by):
        publish_now(revision, by=by, at=at)
        revision.refresh_from_db()
    return revision


# Helpers --------------------------------------------------------------------------------------


def history_of(revision: Revision) -> list[AuditEntry]:
    """What was done with a revision, the newest first."""
    return list(AuditEntry.objects.filter(subject=_subject(revision)).select_related("who"))


def _subject(revision: Revision) -> str:
    return subject(revision.code, f"reviews/{revision.pk}")


def _locked(revision: Revision, *states: str, seen: str | None = None) -> Revision:
    """The row, nobody else's until this is through; Refused where it is in none of these states any more.

    Outdated where it is not what was shown (``seen_revision``). The page is locked first, here and in ``hand_in``: in
    one order, so that no two wait for each other.
    """
    Code.objects.select_for_update().get(pk=revision.code_id)
    locked = (
        Revision.objects.select_for_update(of=("self",))
        .select_related("code", "author", "decided_by", "edition")
        .get(pk=revision.pk)
    )
    if locked.state not in states:
        raise Refused(f"This cannot be done any more: the revision is {locked.get_state_display().lower()}.")
    if seen is not None and seen != seen_revision(locked):
        raise _other_revision(locked)
    return locked


def _decide(locked: Revision, state: str, by: User, at: datetime, remark: str) -> None:
    locked.state, locked.decided_by, locked.decided_at, locked.remark = state, by, at, remark
    locked.publish_on = None
    locked.save(update_fields=["state", "decided_by", "decided_at", "remark", "publish_on"])


def _close(locked: Revision, state: str, at: datetime) -> None:
    locked.state, locked.closed_at = state, at
    locked.save(update_fields=["state", "closed_at", "edition"])


def _note(
    locked: Revision, by: User | None, verb: str, *, why: str = "", remark: str = "",
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:  # fmt: skip
    told = {"state": locked.state, "digest": locked.digest, **({"remark": remark} if remark else {}), **(after or {})}
    return audit(by, verb, _subject(locked), after=told, why=why)
