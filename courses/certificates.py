"""Certificates: issued when an assignment is done, revoked when what they rest on is gone."""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.models import AuditEntry, User, audit
from courses.letters import post
from courses.models import Assignment, Certificate, CourseItem, Letter, Standing
from courses.models.certificates import name_for
from quizzes.shares import Share

#: Letters and digits that nobody takes for another one.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPS, LENGTH = 3, 4
#: The length of a code with its hyphens.
MOST = GROUPS * LENGTH + GROUPS - 1
#: The verb of the audit, and the reason of whoever had themself erased.
REVOKED, AT_THEIR_REQUEST = "certificate revoked", "erased at the person's request"


def new_code() -> str:
    """Twelve random letters and digits in groups of four, 60 bits of which nobody can guess one."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


@transaction.atomic
def issue(assignment: Assignment, at: datetime) -> Certificate | None:
    """The certificate of a finished assignment, made if its course gives one; None where it gives none."""
    course, person = assignment.course, assignment.person
    if not course.gives_certificate or assignment.done_at is None:
        return None
    certificate, new = Certificate.objects.get_or_create(
        assignment=assignment,
        defaults={
            "code": new_code(), "person": person, "name": name_for(person), "course_title": course.title,
            "team_name": assignment.team.name, "result": result_of(assignment), "ce_hours": course.ce_hours,
            "ce_provider": course.ce_provider, "ce_number": course.ce_number, "issued_at": at,
        },
    )  # fmt: skip
    if new:
        post(Letter.Kind.CERTIFICATE, str(certificate.pk), at=at, person=person, certificate=certificate)
    return certificate


@transaction.atomic
def issue_anew(certificate: Certificate, *, by: User, at: datetime) -> bool:
    """Put its person's present name on a certificate; False where it stands on it already, or it is revoked.

    The code stays: whoever noted it finds the corrected name, and reads that earlier papers are replaced.
    """
    name = name_for(certificate.person)
    holding = Certificate.objects.filter(pk=certificate.pk, revoked_at=None).exclude(name=name)
    if not holding.update(name=name, renamed_at=at):
        return False
    audit(by, "certificate issued anew", certificate, team=certificate.assignment.team_id)
    return True


def result_of(assignment: Assignment) -> str:
    """What was reached, in words: items done, and how many answers of the best attempts were clean."""
    rows = list(assignment.standings.select_related("item"))
    done = sum(row.state == Standing.State.DONE for row in rows)
    said = f"{done} of {len(rows)} item{'' if len(rows) == 1 else 's'} done" if rows else ""
    asked = [row for row in rows if row.item.kind in (CourseItem.Kind.QUIZ, CourseItem.Kind.EXAM)]
    clean = Share(kept=sum(row.kept for row in asked), tried=sum(row.tried for row in asked))
    if not clean.tried:
        return said
    if clean.percent is None:
        return f"{said}; {clean.kept} of {clean.tried} answers clean"
    return f"{said}; {clean.percent} % of {clean.tried} answers clean"


def continuing_education(certificate: Certificate) -> str:
    """The units somebody may claim, and who approved them, in words; "" where none are given."""
    if certificate.ce_hours is None:
        return ""
    hours = f"{certificate.ce_hours:f}".rstrip("0").rstrip(".")
    said = f"{hours} continuing education unit{'' if hours == '1' else 's'}"
    if certificate.ce_provider:
        said += f", approved by {certificate.ce_provider}"
    return said + (f", no. {certificate.ce_number}" if certificate.ce_number else "")


def find(typed: str) -> Certificate | None:
    """The certificate with a code as somebody typed it: small letters, spaces and hyphens do not matter."""
    letters = "".join(one for one in typed.upper() if one in LETTERS)
    code = "-".join(letters[at : at + LENGTH] for at in range(0, len(letters), LENGTH))
    # A code that is none is looked up like any other, and takes as long.
    return Certificate.objects.select_related("assignment__team").filter(code=code[:MOST]).first()


def revoked_because(certificate: Certificate) -> str:
    """For everybody: on whose account a certificate holds no longer. What was written of the person is not told."""
    if certificate.revoked_why == AT_THEIR_REQUEST:
        return "at the request of the person it was issued to"
    entries = AuditEntry.objects.filter(
        team=certificate.assignment.team_id, verb=REVOKED, subject=f"certificate {certificate.pk}"
    )
    by_somebody = entries.filter(who__isnull=False).exists()
    return "by those who issued it" if by_somebody else "because what it rested on no longer holds"


@transaction.atomic
def revoke(certificate: Certificate, why: str, *, by: User | None, at: datetime) -> None:
    """Let a certificate hold no longer; a second time changes nothing. ``by`` None: what it rests on is gone."""
    if Certificate.objects.filter(pk=certificate.pk, revoked_at=None).update(revoked_at=at, revoked_why=why):
        audit(by, REVOKED, certificate, team=certificate.assignment.team_id, why=why)
