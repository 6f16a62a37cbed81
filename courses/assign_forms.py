"""What managers fill in to assign a course, and to change what is assigned."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from accounts.names import NameField
from courses.assigning import Terms, end_of_day
from courses.models import Assignment, Course, Membership, Team
from quizzes.builder import WholeNumber
from quizzes.models import Attempt

#: A due date further away than this is a slip of the keyboard.
FARTHEST = timedelta(days=5 * 366)
MODES = {
    Attempt.Mode.TUTOR: ("Tutor", "Feedback after each question, and hints when they are wanted."),
    Attempt.Mode.EXAM: ("Exam", "No hints; how it went is shown at the end of each set."),
}
WHICH_DAY = "Due date: enter the whole day, or tick “No due date”; one of the two."
WHY = "Why: say it in a few words. The trainee and other managers can read it."


class Day(forms.DateField):
    """A day as a browser sends it, 2026-03-14, in digits of this alphabet."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def to_python(self, value: Any) -> date | None:
        text = str(value or "").strip()
        if not text.isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


def due_field(*, or_else: str = "leave it empty") -> Day:
    """When something is due; empty where there is to be no date, or as ``or_else`` says."""
    wrong = {"invalid": f"Due date: enter a day like 2026-03-14, or {or_else}."}
    return Day(label="Due on", required=False, input_formats=["%Y-%m-%d"], error_messages=wrong)


def due_at(day: date | None, team: Team, at: datetime) -> datetime | None:
    """The end of that day in the team's time zone; ValidationError for a day that is over, or years away."""
    if day is None:
        return None
    today = at.astimezone(team.zone).date()
    if day < today:
        raise forms.ValidationError(f"Due date: {day:%b %-d, %Y} is over. Today is {today:%b %-d, %Y} for this team.")
    if day > today + FARTHEST:
        raise forms.ValidationError("Due date: this is more than five years away. Look at the year again.")
    return end_of_day(day, team)


def _styled(form: forms.Form) -> None:
    """The fields that are typed into look like all others, are numbers where they are, and name their hints."""
    for name in ("due_on", "pass_percent", "attempts_allowed", "extra_percent", "why"):
        if name in form.fields:
            attrs = form.fields[name].widget.attrs
            attrs |= {"class": "form-control", "aria-describedby": f"id_{name}-hint"}
            if name.endswith(("percent", "allowed")):
                attrs |= {"inputmode": "numeric", "maxlength": "6"}
                form.fields[name].widget.input_type = "text"


class TermsForm(forms.Form):
    """On what terms a course is assigned."""

    due_on = due_field()
    mode = forms.ChoiceField(
        label="Mode of its sets", choices=[(value, words[0]) for value, words in MODES.items()], initial="tutor",
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Mode: choose tutor or exam."),
    )  # fmt: skip
    pass_percent = WholeNumber(label="Pass mark, in percent", min_value=1, max_value=100, initial=80)
    attempts_allowed = WholeNumber(label="Attempts at each set", min_value=1, max_value=99, required=False)
    extra_percent = WholeNumber(label="Extra time, in percent", min_value=0, max_value=400, required=False)

    def __init__(self, data: Any, team: Team, at: datetime, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.team, self.at = team, at
        _styled(self)
        for name, says in SAID.items():
            field = self.fields[name]
            field.error_messages |= dict.fromkeys(("required", "invalid"), says)
            for validator in field.validators:
                validator.message = says  # type: ignore[attr-defined]

    def clean_due_on(self) -> date | None:
        """A day that is not over."""
        day: date | None = self.cleaned_data["due_on"]
        self.due_at = due_at(day, self.team, self.at)
        return day

    def terms(self) -> Terms:
        """The terms; only of a valid form."""
        given = self.cleaned_data
        return Terms(
            due_at=self.due_at, mode=given["mode"], pass_percent=given["pass_percent"],
            attempts_allowed=given["attempts_allowed"], extra_percent=given["extra_percent"] or 0,
        )  # fmt: skip


SAID = {
    "pass_percent": "Pass mark: enter a whole number from 1 to 100.",
    "attempts_allowed": "Attempts: enter a whole number from 1 to 99, or leave it empty for as many as it takes.",
    "extra_percent": "Extra time: enter a whole number from 0 to 400, or leave it empty for none.",
}


GONE = "People: somebody or a cohort that you chose is not in the team any more; choose again."


class AssignForm(TermsForm):
    """Who, what, and on what terms. Only people with a seat and courses that the manager may assign can be chosen."""

    everybody = forms.BooleanField(required=False)
    cohorts = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": GONE})
    people = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": GONE})
    course = forms.ChoiceField(
        error_messages={
            "required": "Course: choose one.",
            "invalid_choice": "Course: this one cannot be assigned; choose one of those that are listed.",
        }
    )

    def __init__(
        self, data: Any, team: Team, at: datetime, *, seats: Iterable[Membership], courses: Iterable[Course],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, team, at, **kwargs)
        self.seats = {str(seat.person_id): seat for seat in seats}
        self.courses = {str(course.pk): course for course in courses}
        self.cohort_names = sorted({seat.cohort for seat in self.seats.values()} - {""})
        self.fields["people"].choices = [(pk, pk) for pk in self.seats]  # type: ignore[attr-defined]
        self.fields["cohorts"].choices = [(name, name) for name in self.cohort_names]  # type: ignore[attr-defined]
        self.fields["course"].choices = [(pk, pk) for pk in self.courses]  # type: ignore[attr-defined]

    def clean_course(self) -> Course:
        """A course with something in it."""
        course = self.courses[self.cleaned_data["course"]]
        if not course.items.exists():
            raise forms.ValidationError(f"Course: there is nothing in “{course}” yet. Add something to it first.")
        return course

    def clean(self) -> dict[str, Any]:
        """Split the people into those who get it and those who have it open already; somebody must be left."""
        given = super().clean() or {}
        chosen = [seat.person for pk, seat in self.seats.items() if self._is_chosen(pk, seat)]
        if not chosen and "people" not in self.errors:
            self.add_error("people", "People: choose at least one.")
        have = self._who_have(given.get("course"))
        self.getting = [one for one in chosen if one.pk not in have]
        self.having = [one for one in chosen if one.pk in have]
        if chosen and not self.getting:
            who = "It is" if len(chosen) == 1 else "To everybody you chose it is"
            self.add_error("people", f"People: {who} assigned already, and not done yet.")
        return given

    def _is_chosen(self, pk: str, seat: Membership) -> bool:
        given = self.cleaned_data
        in_cohort = bool(seat.cohort) and seat.cohort in given.get("cohorts", ())
        return bool(given.get("everybody")) or in_cohort or pk in given.get("people", ())

    def ticked(self) -> list[tuple[Membership, bool]]:
        """The seats, each with whether it is ticked."""
        given = self["people"].value() or ()
        return [(seat, pk in given) for pk, seat in self.seats.items()]

    def ticked_cohorts(self) -> list[tuple[str, int, bool]]:
        """The cohorts with how many are in each, and whether it is ticked."""
        given, all_of_them = self["cohorts"].value() or (), [seat.cohort for seat in self.seats.values()]
        return [(name, all_of_them.count(name), name in given) for name in self.cohort_names]

    def offered(self) -> list[tuple[Course, bool]]:
        """The courses, each with whether it is chosen."""
        return [(course, pk == self["course"].value()) for pk, course in self.courses.items()]

    def _who_have(self, course: Course | None) -> set[int]:
        if course is None:
            return set()
        rows = Assignment.objects.open().filter(team=self.team, course=course)
        return set(rows.values_list("person_id", flat=True))


class ChangeForm(forms.Form):
    """What is to happen to assignments that were chosen."""

    EXTEND, ATTEMPTS, UNASSIGN, REASSIGN = "extend", "attempts", "unassign", "reassign"
    #: What comes with a due date, or says that there is none.
    DATED = (EXTEND, REASSIGN)

    verb = forms.ChoiceField(
        choices=[(one, one) for one in (EXTEND, ATTEMPTS, UNASSIGN, REASSIGN)],
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose what is to happen."),
    )
    due_on = due_field(or_else="tick “No due date”")
    no_date = forms.BooleanField(label="No due date", required=False)
    why = NameField(
        label="Why", max_length=200, required=False,
        error_messages={"max_length": "Why: make it shorter; 200 characters are kept."},
    )  # fmt: skip

    def __init__(self, data: Any, team: Team, at: datetime, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.team, self.at = team, at
        _styled(self)

    def clean_due_on(self) -> date | None:
        """A day that is not over."""
        day: date | None = self.cleaned_data["due_on"]
        self.due_at = due_at(day, self.team, self.at)
        return day

    def clean(self) -> dict[str, Any]:
        """Changes of a promise are explained; starting again needs no reason. No date is a choice, never a gap."""
        given = super().clean() or {}
        # A browser sends a half-typed day as an empty one, so an empty one alone says nothing.
        is_clear = "due_on" in self.errors or (given.get("due_on") is None) == bool(given.get("no_date"))
        if given.get("verb") in self.DATED and not is_clear:
            self.add_error("due_on", WHICH_DAY)
        if given.get("verb") in (self.EXTEND, self.ATTEMPTS, self.UNASSIGN) and not given.get("why", "").strip():
            self.add_error("why", WHY)
        return given
