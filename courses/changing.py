"""One change to several assignments at once, all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from courses import assigning
from courses.assign_forms import ChangeForm
from courses.models import Assignment

VERBS = {
    ChangeForm.EXTEND: "Due dates changed",
    ChangeForm.ATTEMPTS: "Attempts given anew",
    ChangeForm.UNASSIGN: "Taken back",
    ChangeForm.REASSIGN: "Assigned once more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was done, to how many, and how many were not fit for it. ``due``: the day that holds now, in words."""

    verb: str
    changed: int
    left: int
    due: str = ""


@transaction.atomic
def change(chosen: Sequence[Assignment], form: ChangeForm, *, by: User, at: datetime) -> Changed:
    """Do to all of them what a valid form says; what is done or taken back is left as it is."""
    fit = [one for one in chosen if _change(one, form, by, at)]
    due = _in_words(form.cleaned_data["due_on"]) if form.cleaned_data["verb"] in ChangeForm.DATED else ""
    return Changed(verb=VERBS[form.cleaned_data["verb"]], changed=len(fit), left=len(chosen) - len(fit), due=due)


def _in_words(day: date | None) -> str:
    return f"{day:%B} {day.day}, {day:%Y}" if day else "no date"


def _change(assignment: Assignment, form: ChangeForm, by: User, at: datetime) -> bool:
    verb, why = form.cleaned_data["verb"], form.cleaned_data["why"].strip()
    is_open = assignment.done_at is None and assignment.unassigned_at is None
    if verb == ChangeForm.REASSIGN:
        return not is_open and _again(assignment, form, by, at)
    if verb == ChangeForm.ATTEMPTS:
        return assigning.give_attempts(assignment, why, by=by, at=at)
    if verb == ChangeForm.UNASSIGN:
        return assigning.unassign(assignment, why, by=by, at=at)
    if is_open:
        assigning.extend(assignment, form.due_at, why, by=by, at=at)
    return is_open


def _again(assignment: Assignment, form: ChangeForm, by: User, at: datetime) -> bool:
    """On the terms it had, with the new date."""
    terms = assigning.Terms(
        due_at=form.due_at, mode=assignment.mode, pass_percent=assignment.pass_percent,
        attempts_allowed=assignment.attempts_allowed, extra_percent=assignment.extra_percent,
    )  # fmt: skip
    try:
        with transaction.atomic():
            assigning.reassign(assignment, terms, by=by, at=at)
    except assigning.NothingAssigned:
        return False
    return True
