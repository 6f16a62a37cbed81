"""The forms of building courses: the course, an item of each kind, a copy."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms

from accounts.models import User
from accounts.names import NameField
from codes.library import current_stamp, library
from codes.models import Code, PublishedCode
from courses.doing import wishes
from courses.models import Course, CourseItem, Team
from courses.reached import askable, rules_of
from quizzes.builder import MOST, MOST_MINUTES, WholeNumber
from quizzes.drawing import RHYTHM, Drawing
from quizzes.models import Exam
from quizzes.stakes import table
from rulebook.kinds import KIND

#: So many pages are listed to be ticked; of a larger library the others are named by number.
LISTED = 60
WORDS = 2000


class CourseForm(forms.ModelForm[Course]):
    """What a course is. Its team is chosen once, when it is made."""

    title = NameField(max_length=120)
    ce_provider = NameField(max_length=100, required=False, label="Approved by")
    ce_number = NameField(max_length=60, required=False, label="Approval number")

    class Meta:
        model = Course
        fields = (
            "title", "summary", "team", "in_order", "is_template", "gives_certificate", "ce_hours", "ce_provider",
            "ce_number",
        )  # fmt: skip
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}
        labels = {
            "in_order": "One after the other",
            "gives_certificate": "Gives a certificate",
            "is_template": "A template, to be copied by teams",
            "team": "For",
        }

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_educator = person.has_perm("codes.change_code")
        self.fields["title"].error_messages["required"] = "Title: say what the course is called."
        if self.instance.pk:
            del self.fields["team"]
        else:
            self._offer_teams(person, is_educator=is_educator)
        if not is_educator or (self.instance.pk and self.instance.team_id):
            del self.fields["is_template"]
        named = [name for name in ("title", "summary", "team", "in_order", "is_template") if name in self.fields]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            *named, Fieldset("Certificate", "gives_certificate", "ce_hours", "ce_provider", "ce_number")
        )

    def _offer_teams(self, person: User, *, is_educator: bool) -> None:
        teams = Team.objects.managed_by(person)
        field = forms.ModelChoiceField(
            teams, required=not is_educator, label="For", empty_label="The whole site" if is_educator else None,
            error_messages=dict.fromkeys(("required", "invalid_choice"), "For: choose one of your teams."),
        )  # fmt: skip
        if not is_educator:
            field.initial = teams.first()
        self.fields["team"] = field

    def clean(self) -> dict[str, Any]:
        """Continuing education belongs to a certificate; a template to the site."""
        data = super().clean() or {}
        if data.get("ce_hours") and not data.get("gives_certificate"):
            self.add_error("ce_hours", "Continuing education units: they stand on a certificate; let it give one.")
        if data.get("is_template") and data.get("team"):
            self.add_error("is_template", "A template: only a course of the whole site can be one.")
        return data


class CopyForm(forms.Form):
    """For whom a course is copied."""

    team = forms.ModelChoiceField(Team.objects.none(), label="For")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_educator = person.has_perm("codes.change_code")
        teams = Team.objects.managed_by(person)
        self.fields["team"] = forms.ModelChoiceField(
            teams, label="For", required=not is_educator, initial=teams.first(),
            empty_label="The whole site" if is_educator else None,
            error_messages=dict.fromkeys(("required", "invalid_choice"), "For: choose one of your teams."),
        )  # fmt: skip
        self.helper = FormHelper()
        self.helper.form_tag = False


# Items ---------------------------------------------------------------------------------------


class Numbers(forms.CharField):
    """Numbers of pages or names of rules, separated by spaces, commas or lines."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"})
        super().__init__(required=False, max_length=WORDS, widget=widget, **kwargs)

    def clean(self, value: Any) -> list[str]:
        """Each once."""
        return list(dict.fromkeys(str(super().clean(value) or "").replace(",", " ").split()))


class ItemForm(forms.Form):
    """What items of every kind have. ``values`` are the fields of the item, of a valid form."""

    kind = ""
    title = NameField(
        required=False, max_length=120, label="Name", help_text="Left empty, it is named after what it holds."
    )
    requires = forms.ModelMultipleChoiceField(
        CourseItem.objects.none(), required=False, label="Opens after", widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Opens after: one of these is not in this course."},
    )  # fmt: skip
    values: dict[str, Any]

    def __init__(self, data: Any, course: Course, item: CourseItem | None) -> None:
        super().__init__(data, initial=self._initial(item) if item else None)
        others = course.items.exclude(pk=item.pk) if item else course.items.all()
        if others:
            self.fields["requires"].queryset = others  # type: ignore[attr-defined]
            self.fields["requires"].help_text = (
                "Besides the item before it, which this course asks for anyway." if course.in_order else ""
            )
        else:
            del self.fields["requires"]
        self.helper = FormHelper()
        self.helper.form_tag = False

    def _initial(self, item: CourseItem) -> dict[str, Any]:
        given: dict[str, Any] = {name: getattr(item, name) for name in ("title", "number", "minutes")}
        given["requires"] = item.requires.all()
        return given

    def clean(self) -> dict[str, Any]:
        """Everything, and what it comes to as an item."""
        data = super().clean() or {}
        self.values = {"title": data.get("title", "")}
        return data


class PageItemForm(ItemForm):
    """A page to read."""

    kind = CourseItem.Kind.PAGE
    code = forms.CharField(
        max_length=12, label="Code of the page", error_messages={"required": "Page: enter the code of a page."},
        widget=forms.TextInput(attrs={"class": "code", "spellcheck": "false", "autocomplete": "off", "list": "pages"}),
    )  # fmt: skip
    field_order = ("code", "title", "requires")

    def _initial(self, item: CourseItem) -> dict[str, Any]:
        return super()._initial(item) | {"code": item.code.number if item.code else ""}

    def clean_code(self) -> Code:
        """A code whose page is published."""
        number = "".join(self.cleaned_data["code"].split()).upper()
        row = PublishedCode.objects.filter(number=number).select_related("code").first()
        if row is None:
            raise forms.ValidationError(f"Page: there is no published page for {number}.")
        found: Code = row.code
        return found

    def clean(self) -> dict[str, Any]:
        """The code is all of it."""
        data = super().clean()
        self.values["code"] = data.get("code")
        return data


class ExamItemForm(ItemForm):
    """An exam to pass."""

    kind = CourseItem.Kind.EXAM
    exam = forms.ModelChoiceField(
        Exam.objects.open(), label="Exam", empty_label=None, widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Exam: choose one that can be taken now."),
    )  # fmt: skip
    field_order = ("exam", "title", "requires")

    def __init__(self, data: Any, course: Course, item: CourseItem | None) -> None:
        super().__init__(data, course, item)
        self.fields["exam"].queryset = Exam.objects.open()  # type: ignore[attr-defined]

    def _initial(self, item: CourseItem) -> dict[str, Any]:
        return super()._initial(item) | {"exam": item.exam}

    def clean(self) -> dict[str, Any]:
        """The exam is all of it."""
        data = super().clean()
        self.values["exam"] = data.get("exam")
        return data


class RulesForm(ItemForm):
    """What questions and mastery have in common: pages and rules."""

    codes = forms.MultipleChoiceField(required=False, label="Pages", widget=forms.CheckboxSelectMultiple)
    more_codes = Numbers(label="Other pages, by their codes", help_text="Separated by spaces.")
    kinds = forms.MultipleChoiceField(required=False, label="Kinds of rules", widget=forms.CheckboxSelectMultiple)
    rules = Numbers(label="Single rules", help_text="As their pages name them, a code, a slash and a name.")

    def __init__(self, data: Any, course: Course, item: CourseItem | None) -> None:
        self.stakes = table(current_stamp())
        self.numbers = sorted(set(self.stakes.pages.values()))
        super().__init__(data, course, item)
        titles = dict(PublishedCode.objects.filter(number__in=self.numbers[:LISTED]).values_list("number", "title"))
        self.fields["codes"].choices = [(one, f"{one} {titles.get(one, '')}") for one in self.numbers[:LISTED]]  # type: ignore[attr-defined]
        at_stake = {self.stakes.cards[rule].kind for rule in self.stakes.scenarios}
        self.fields["kinds"].choices = [(kind, KIND[kind].title) for kind in KIND if kind in at_stake]  # type: ignore[attr-defined]
        if len(self.numbers) <= LISTED and not self._has_others(item):
            del self.fields["more_codes"]
        for name, said in (("codes", "Pages"), ("kinds", "Kinds of rules")):
            self.fields[name].error_messages["invalid_choice"] = f"{said}: one of those chosen cannot be practised."

    def _has_others(self, item: CourseItem | None) -> bool:
        return item is not None and not set(item.codes) <= set(self.numbers[:LISTED])

    def _initial(self, item: CourseItem) -> dict[str, Any]:
        listed = self.numbers[:LISTED]
        return super()._initial(item) | {
            "codes": [one for one in item.codes if one in listed],
            "more_codes": " ".join(one for one in item.codes if one not in listed),
            "kinds": [one for one in item.rules if "/" not in one],
            "rules": " ".join(one for one in item.rules if "/" in one),
        }

    def clean_more_codes(self) -> list[str]:
        """Codes whose pages have something to ask."""
        given = [one.upper() for one in self.cleaned_data["more_codes"]]
        unknown = [one for one in given if one not in self.numbers]
        if unknown:
            raise forms.ValidationError(f"Other pages: no page to practise for {', '.join(unknown)}.")
        return given

    def clean_rules(self) -> list[str]:
        """Rules that a published page has."""
        given: list[str] = self.cleaned_data["rules"]
        known = {rule.id for rule in library().rules}
        unknown = [one for one in given if one not in known]
        if unknown:
            raise forms.ValidationError(f"Single rules: there is no rule {', '.join(unknown)}.")
        return given

    def clean(self) -> dict[str, Any]:
        """Pages and rules together."""
        data = super().clean()
        self.values["codes"] = [*data.get("codes", ()), *data.get("more_codes", ())]
        self.values["rules"] = [*data.get("kinds", ()), *data.get("rules", ())]
        if not self.errors:
            self.check(data)
        return data

    def check(self, data: Mapping[str, Any]) -> None:
        """Whether that can be asked."""

    def where(self) -> str:
        """The field that is to blame where nothing fits."""
        return "rules" if self.cleaned_data.get("rules") else "kinds" if self.cleaned_data.get("kinds") else "codes"


class QuizItemForm(RulesForm):
    """A set of questions."""

    kind = CourseItem.Kind.QUIZ
    number = WholeNumber(min_value=1, max_value=MOST, initial=10, label="Questions")
    minutes = WholeNumber(
        required=False, min_value=1, max_value=MOST_MINUTES, label="Time limit in minutes",
        help_text="Where it is assigned in exam mode; empty for none.",
    )  # fmt: skip
    field_order = ("number", "codes", "more_codes", "kinds", "rules", "minutes", "title", "requires")

    def __init__(self, data: Any, course: Course, item: CourseItem | None) -> None:
        super().__init__(data, course, item)
        says = {
            "number": f"Questions: enter a whole number from 1 to {MOST}.",
            "minutes": f"Time limit: enter a whole number from 1 to {MOST_MINUTES}, or leave it empty.",
        }
        for name, words in says.items():
            self.fields[name].error_messages = dict.fromkeys(("required", "invalid"), words)
            for validator in self.fields[name].validators:
                validator.message = words  # type: ignore[attr-defined]
        self.fields["codes"].help_text = "None ticked: all of them."
        self.fields["kinds"].help_text = "None ticked: whatever the pages ask."

    def clean(self) -> dict[str, Any]:
        """With its size."""
        data = super().clean()
        self.values |= {"number": data.get("number"), "minutes": data.get("minutes")}
        return data

    def check(self, data: Mapping[str, Any]) -> None:
        """At least one question must come of it."""
        item = CourseItem(kind=self.kind, codes=self.values["codes"], rules=self.values["rules"], number=1)
        chance = random.Random(0)
        drawing = Drawing(chance=chance, seen=frozenset())
        if drawing.fill(wishes(item, self.stakes, chance), RHYTHM, 1):
            self.add_error(self.where(), "No question can be drawn for these pages and rules. Loosen one of them.")


class MasteryItemForm(RulesForm):
    """Rules to master."""

    kind = CourseItem.Kind.MASTERY
    field_order = ("kinds", "codes", "more_codes", "rules", "title", "requires")

    def __init__(self, data: Any, course: Course, item: CourseItem | None) -> None:
        super().__init__(data, course, item)
        self.fields[
            "codes"
        ].help_text = "The kinds on these pages; none ticked: on all. Without a kind: every rule of them."

    def check(self, data: Mapping[str, Any]) -> None:
        """Something must be named, and there must be questions about it."""
        item = CourseItem(kind=self.kind, codes=self.values["codes"], rules=self.values["rules"])
        if not item.codes and not item.rules:
            self.add_error("kinds", "Kinds of rules: choose what is to be mastered.")
        elif not rules_of(item, askable()):
            self.add_error(self.where(), "There is no rule of this kind on these pages that questions can be about.")


FORMS: dict[str, type[ItemForm]] = {
    form.kind: form for form in (PageItemForm, QuizItemForm, ExamItemForm, MasteryItemForm)
}


def offered_kinds() -> Sequence[tuple[str, str, str]]:
    """Kind, what it is called, and what it is for; exams only where one can be taken."""
    says: Iterable[tuple[str, str]] = (
        (CourseItem.Kind.PAGE, "A reference page, marked as read."),
        (CourseItem.Kind.QUIZ, "Questions on pages or rules, passed with enough clean answers."),
        (CourseItem.Kind.EXAM, "One of the exams that an educator set up."),
        (CourseItem.Kind.MASTERY, "Rules that must be kept again and again, over a week."),
    )
    has_exams = Exam.objects.open().exists()
    kinds = CourseItem.Kind
    return [(kind, str(kinds(kind).label), words) for kind, words in says if has_exams or kind != kinds.EXAM]
