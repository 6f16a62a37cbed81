"""Taking a person out of the site. Answers and figures stay, and hang on a number that nobody knows the name of."""

import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from accounts.models import AuditEntry, Preferences, User, audit
from accounts.sessions import end_sessions
from accounts.signals import person_erased
from courses.assigning import unassign
from courses.certificates import AT_THEIR_REQUEST, revoke
from courses.models import Assignment, Certificate, Extension, Letter, Membership
from courses.privacy.exporting import addresses_of, invitations_to
from courses.tasks import forget_on_disk, tidy
from quizzes.models import ExtraTime, Note, Readmission, Report, ReportReply

#: What stands where somebody had written something about the person.
ERASED = "erased"


class CannotErase(Exception):
    """Somebody has to be left who may do everything."""


@transaction.atomic
def erase(person: User, *, by: User | None, why: str, at: datetime, note: bool = True) -> None:
    """Take everything that names a person out of the database; again changes nothing.

    ``note``: whether to write it down for the day on which an older backup is restored. Raises CannotErase for the
    last administrator.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if is_erased(person):
        return
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
    if person.is_superuser and not others.exists():
        raise CannotErase("This is the last administrator. Make somebody else one before.")
    _end_what_runs(person, by, at)
    _revoke_certificates(person, by, at)
    _forget_reasons(person)
    _forget_logs(person)
    _forget_words(person)
    person_erased.send(User, person=person)
    _close_account(person, at)
    audit(by, "person erased", person, why=why)
    if note:
        _note(person, at)
    tidy(at, everything=True)
    transaction.on_commit(_forget_on_disk, robust=True)


def _forget_on_disk() -> None:
    forget_on_disk.enqueue()


def is_erased(person: User) -> bool:
    """Whether an account is an erased person's."""
    return not person.is_active and person.username.startswith(f"{ERASED}-{person.pk}")


def _end_what_runs(person: User, by: User | None, at: datetime) -> None:
    for assignment in Assignment.objects.open().filter(person=person):
        unassign(assignment, AT_THEIR_REQUEST, by=by, at=at)
    for seat in Membership.objects.active().filter(person=person):
        # The sums of the team have been acted on; they stay as they are, and so does what its rules were broken by.
        seat.ended_at, seat.remains = at, True
        seat.save(update_fields=["ended_at", "remains"])
        audit(by, "seat withdrawn", seat, team=seat.team_id, why=AT_THEIR_REQUEST)


def _revoke_certificates(person: User, by: User | None, at: datetime) -> None:
    mine = Certificate.objects.filter(person=person).select_related("assignment")
    for certificate in mine:
        revoke(certificate, AT_THEIR_REQUEST, by=by, at=at)
    mine.update(name="", revoked_why=AT_THEIR_REQUEST)


def _forget_reasons(person: User) -> None:
    """Reasons that others wrote about the person, which may name them; that something was done, and when, stays."""
    assignments = Assignment.objects.filter(person=person)
    assignments.exclude(unassigned_why="").update(unassigned_why=ERASED)
    _plain(Extension).filter(assignment__in=assignments).update(why=ERASED)
    about = [person, *assignments, *person.memberships.all(), *person.certificates.all(), *invitations_to(person)]
    about += Report.objects.filter(person=person)
    subjects = [f"{one._meta.model_name} {one.pk}" for one in about]
    written = _plain(AuditEntry).filter(subject__in=subjects).exclude(why__in=["", AT_THEIR_REQUEST])
    written.update(why=ERASED)


def _plain(model: type[Model]) -> "QuerySet[Model]":
    """Rows that are kept as they were written, which here is what must not be."""
    return QuerySet(model)


def _forget_words(person: User) -> None:
    """What the person wrote or was written to them, and what was agreed with them alone."""
    for invitation in invitations_to(person):
        invitation.delete()
    Letter.objects.filter(person=person).delete()
    Note.objects.filter(person=person).delete()
    Report.objects.filter(person=person).update(text=ERASED)
    _plain(ReportReply).filter(report__person=person).update(text=ERASED)
    Preferences.objects.filter(person=person).delete()
    for agreed in (_plain(ExtraTime).filter(person=person), _plain(Readmission).filter(person=person)):
        agreed._raw_delete(agreed.db)


def _close_account(person: User, at: datetime) -> None:
    end_sessions(person)
    Session.objects.filter(expire_date__lte=at).delete()  # over, but still to be read in the table
    EmailAddress.objects.filter(user=person).delete()
    person.groups.clear()
    person.user_permissions.clear()
    person.username = f"{ERASED}-{person.pk}"
    if User.objects.filter(username=person.username).exists():  # somebody took that name for a joke
        person.username += f"-{secrets.token_hex(4)}"
    person.first_name = person.last_name = person.email = ""
    person.is_active = person.is_staff = person.is_superuser = False
    person.set_unusable_password()
    person.save()


def _forget_logs(person: User) -> None:
    """The log of the admin holds names as they were."""
    itself = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk))
    LogEntry.objects.filter(itself).update(object_repr=f"{ERASED}-{person.pk}", change_message="")
    names = {person.username, person.get_full_name(), *addresses_of(person)}
    for name in names:
        if len(name) > 2:
            LogEntry.objects.filter(object_repr__icontains=name).update(object_repr=ERASED)
            LogEntry.objects.filter(change_message__icontains=name).update(change_message="")


# After the restore of a backup ------------------------------------------------------------------


def _note(person: User, at: datetime) -> None:
    """Write the erasure down, before it is through: one that is noted and was not is made good, the other way none.

    With the day the account was made, since after a restore the same number may be given to somebody else.
    """
    line = {"id": person.pk, "joined": person.date_joined.isoformat(), "erased_at": at.isoformat()}
    with Path(settings.ERASURES_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def erase_again(at: datetime) -> int:
    """Erase whom a restored backup has brought back, as the file of erasures says; how many they were."""
    back = [person for person in _noted() if not is_erased(person)]
    for person in back:
        erase(person, by=None, why="erased before the backup was restored", at=at, note=False)
    return len(back)


def _noted() -> Iterator[User]:
    file = Path(settings.ERASURES_FILE)
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        row = json.loads(line)
        yield from User.objects.filter(pk=row["id"], date_joined=datetime.fromisoformat(row["joined"]))
