"""Everything the site holds of one person, in a form that a program can read."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from accounts.models import AuditEntry, Preferences, User
from courses.models import Assignment, Certificate, Extension, Invitation, Letter, Membership, Sitting, Standing
from quizzes.models import (
    Answer,
    Attempt,
    AttemptItem,
    ExtraTime,
    Grading,
    Note,
    Readmission,
    RegradeChange,
    Report,
    ReportReply,
    RuleMemory,
    RuleReview,
)
from quizzes.models import WeekTally as Week

#: Says how the file is to be read; counts up when a field changes its meaning or goes.
FORMAT = "person-1"

Rows = list[dict[str, Any]]

#: Sections that apps above this one add: name -> the rows of a person.
ALSO: dict[str, Callable[[User], "QuerySet[Any]"]] = {}


def export(person: User) -> dict[str, Any]:
    """Section -> what is in it; docs/privacy.md explains each. Nothing of anybody else but the ids of who acted."""
    return {
        "format": FORMAT,
        "site": settings.SITE_URL,
        "exported_at": timezone.now(),
        "account": _account(person),
        "preferences": _rows(Preferences.objects.filter(person=person)),
        "seats": _rows(Membership.objects.filter(person=person), "team__name"),
        "invitations": _rows(invitations_to(person), "team__name", without=("nonce",)),
        "assignments": _assignments(person),
        "sets": _sets(person),
        "extra_time": _rows(ExtraTime.objects.filter(person=person)),
        "readmissions": _rows(Readmission.objects.filter(person=person)),
        "notes": _rows(Note.objects.filter(person=person)),
        "reports": _rows(Report.objects.filter(person=person)),
        "replies": _rows(ReportReply.objects.filter(report__person=person)),
        "graded_again": _rows(RegradeChange.objects.filter(person=person), "regrade__why"),
        "memories": _rows(RuleMemory.objects.filter(person=person)),
        "reviews": _rows(RuleReview.objects.filter(person=person)),
        "weeks": _rows(Week.objects.filter(person=person)),
        "letters": _rows(Letter.objects.filter(Q(person=person) | Q(invitation__in=invitations_to(person)))),
        "certificates": _rows(Certificate.objects.filter(person=person)),
        "done_by_them": _rows(AuditEntry.objects.filter(who=person)),
        **{name: _rows(rows(person)) for name, rows in ALSO.items()},
    }


def as_json(person: User) -> str:
    """The same as text."""
    return json.dumps(export(person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def invitations_to(person: User) -> QuerySet[Invitation]:
    """Those that were sent to a person: to one of their addresses, or accepted by them where it was for them alone."""
    mine = Q(memberships__person=person) & ~Q(email="")
    for address in addresses_of(person):
        mine |= Q(email__iexact=address)
    return Invitation.objects.filter(mine).distinct()


def addresses_of(person: User) -> set[str]:
    """Every mail address of an account."""
    known = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    return {address for address in (person.email, *known) if address}


def _rows(found: QuerySet[Any], *also: str, without: Iterable[str] = ()) -> Rows:
    """The rows as they are stored, each field under its own name, and what is asked for on top."""
    names = [field.attname for field in found.model._meta.concrete_fields if field.attname not in without]
    return list(found.order_by("pk").values(*names, *also))


def _account(person: User) -> dict[str, Any]:
    names = ("id", "username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")
    return {
        **{name: getattr(person, name) for name in (*names, "date_joined", "last_login")},
        "addresses": sorted(addresses_of(person)),
        "groups": sorted(person.groups.values_list("name", flat=True)),
    }


def _assignments(person: User) -> Rows:
    mine = Assignment.objects.filter(person=person)
    parts = {
        "standings": _by(Standing.objects.filter(assignment__in=mine), "assignment_id"),
        "extensions": _by(Extension.objects.filter(assignment__in=mine), "assignment_id"),
    }
    rows = _rows(mine, "course__title", "team__name")
    return [row | {name: found[row["id"]] for name, found in parts.items()} for row in rows]


def _sets(person: User) -> Rows:
    mine = Attempt.objects.filter(person=person)
    items = defaultdict(list)
    for item in _items(person):
        items[item["attempt_id"]].append(item)
    begun_for = dict(Sitting.objects.filter(attempt__in=mine).values_list("attempt", "standing__assignment"))
    rows = _rows(mine, "exam__title")
    return [row | {"assignment": begun_for.get(row["id"]), "questions": items[row["id"]]} for row in rows]


def _items(person: User) -> Rows:
    """Questions with every answer, drafts included, and the gradings of those whose results may be seen by now."""
    mine = AttemptItem.objects.of(person)
    gradings = _by(Grading.objects.filter(answer__item__in=mine.shown()), "answer_id")
    answers = defaultdict(list)
    for answer in _rows(Answer.objects.filter(item__in=mine)):
        answers[answer["item_id"]].append(answer | {"gradings": gradings[answer["id"]]})
    named = mine.annotate(title=KeyTextTransform("title", "version__prompt"))
    rows = _rows(named, "title", "version__question__format", "version__question__scenario__code__number")
    return [row | {"answers": answers[row["id"]]} for row in rows]


def _by(found: QuerySet[Any], name: str) -> dict[Any, Rows]:
    grouped: dict[Any, Rows] = defaultdict(list)
    for row in _rows(found):
        grouped[row[name]].append(row)
    return grouped
