"""Letters: noted in the transaction that gives cause to them, sent by the worker (``courses.delivery``)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User, audit
from courses.models import Assignment, Certificate, Invitation, Letter, Membership, Team
from courses.tasks import send_letter


def post(
    kind: str, key: str, *, at: datetime, person: User | None = None, team: Team | None = None,
    invitation: Invitation | None = None, assignment: Assignment | None = None, certificate: Certificate | None = None,
    about: Mapping[str, Any] | None = None,
) -> Letter:  # fmt: skip
    """Note a letter that is to be sent; the one with the same key, if there is one, stands."""
    letter, new = Letter.objects.get_or_create(
        key=f"{kind}:{key}",
        defaults={
            "kind": kind, "person": person, "team": team, "invitation": invitation, "assignment": assignment,
            "certificate": certificate, "about": dict(about or {}), "created_at": at, "not_before": at,
        },
    )  # fmt: skip
    if new:
        enqueue(letter)
    return letter


def post_all(kind: str, letters: Mapping[str, Mapping[str, Any]], *, at: datetime) -> None:
    """Note many letters at once: key, which was never used before -> what the letter is about, as for ``post``."""
    made = Letter.objects.bulk_create(
        Letter(kind=kind, key=f"{kind}:{key}", created_at=at, not_before=at, **about) for key, about in letters.items()
    )

    @transaction.atomic  # of one: a database that writes safely takes longer to end one than to do what is in it
    def put() -> None:
        for letter in made:
            send_letter.enqueue(letter.pk)

    transaction.on_commit(put, robust=True)


def enqueue(letter: Letter) -> None:
    """Have the worker send a letter once this transaction is through.

    Whoever gave cause to it hears nothing of a queue that cannot be written: the letter waits, and is found by
    ``courses.tending`` later.
    """

    def put() -> None:  # what is robust has to have a name, which a partial has not
        send_letter.enqueue(letter.pk)

    transaction.on_commit(put, robust=True)


def of_team(team: Team) -> QuerySet[Letter]:
    """The letters that were written in the name of a team, the newest first, with whom they are for."""
    managers = team.memberships.active().filter(role=Membership.Role.MANAGER).values("person")
    about = Q(team=team) | Q(invitation__team=team) | Q(assignment__team=team) | Q(certificate__assignment__team=team)
    about |= Q(kind=Letter.Kind.DIGEST, person__in=managers)
    return Letter.objects.filter(about).select_related("person", "invitation").order_by("-created_at", "-pk")


@transaction.atomic
def try_again(letter: Letter, *, team: Team, by: User, at: datetime) -> bool:
    """Send a letter that had failed from the beginning; False where it had not failed."""
    failed = Letter.objects.filter(pk=letter.pk, state=Letter.State.FAILED)
    if not failed.update(state=Letter.State.WAITING, tries=0, not_before=at, error=""):
        return False
    audit(by, "letter tried again", letter, team=team.pk)
    enqueue(letter)
    return True
