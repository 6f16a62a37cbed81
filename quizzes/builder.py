"""The practice builder: its form, and what its page shows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.http import urlencode

from accounts.models import User
from codes.library import current_stamp
from codes.models import PublishedCode
from quizzes.drawing import SET_SIZE
from quizzes.formats import FORMATS
from quizzes.models import Attempt
from quizzes.pools import Choice, Past, Pool, Source, loosened, pool
from quizzes.stakes import Stakes, table
from rulebook.kinds import KIND

MOST, MOST_MINUTES = 50, 1440
MINUTES_EACH = 2
#: How many pages are listed before something is typed to find one.
LISTED = 40
MODES = {
    Attempt.Mode.TUTOR: ("Tutor", "Feedback after each question, and hints when you want them."),
    Attempt.Mode.EXAM: ("Exam", "No hints; how it went is shown at the end. Every case is new, none is from a page."),
}
SOURCES = {
    Source.MIXED: ("Everything", "All scenarios, the pages by turns."),
    Source.ASSIGNED: ("Assigned", "The pages and rules of your open courses. It counts for no set of a course."),
    Source.DUE: ("Due", "Rules that you are about to forget."),
    Source.WEAK: ("Weak rules", "Rules that you broke and have not kept three times in a row since."),
    Source.MISTAKES: ("Mistakes", "Scenarios that you answered wrongly last time, as new cases."),
    Source.FLAGGED: ("Flagged", "Scenarios of questions that you flagged, as new cases."),
    Source.UNSEEN: ("Unseen", "Scenarios that you have not had yet."),
}
#: What a source counts.
COUNTED = {Source.WEAK: "rule", Source.DUE: "rule"}
LOOSER = {"source": "From everything", "codes": "On all pages", "kinds": "On all kinds of rules"}


class WholeNumber(forms.IntegerField):
    """Digits as they are typed here; others, signs and exponents are none."""

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) < 7):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(text) if text else None


class BuilderForm(forms.Form):
    """What kind of set, of what, how long."""

    mode = forms.ChoiceField(choices=[(value, words[0]) for value, words in MODES.items()])
    source = forms.ChoiceField(choices=[(value, words[0]) for value, words in SOURCES.items()])
    codes = forms.MultipleChoiceField(required=False)
    kinds = forms.MultipleChoiceField(required=False)
    formats = forms.MultipleChoiceField(required=False, choices=[(one.id, one.title) for one in FORMATS])
    number = WholeNumber(min_value=1, max_value=MOST)
    minutes = WholeNumber(required=False, min_value=1, max_value=MOST_MINUTES)

    def __init__(self, data: QueryDict, stakes: Stakes) -> None:
        self.given = with_defaults(data)
        super().__init__(self.given)
        self.fields["codes"].choices = [(number, number) for number in sorted(set(stakes.pages.values()))]  # type: ignore[attr-defined]
        self.fields["kinds"].choices = [(kind, KIND[kind].title) for kind in kinds_at_stake(stakes)]  # type: ignore[attr-defined]
        for name, what in SAID.items():
            self.fields[name].error_messages = dict.fromkeys(("required", "invalid", "invalid_choice"), what)
        for name in ("number", "minutes"):
            for validator in self.fields[name].validators:
                validator.message = SAID[name]  # type: ignore[attr-defined]

    def choice(self) -> Choice:
        """What was asked for; only for a valid form."""
        given = self.cleaned_data
        several = {name: tuple(given[name]) for name in ("codes", "kinds", "formats")}
        return Choice(
            mode=given["mode"], source=given["source"], number=given["number"], minutes=given["minutes"], **several
        )


SAID = {
    "mode": "Mode: choose tutor or exam.",
    "source": "Source: choose one of those that are listed.",
    "codes": "Pages: one of those that you chose cannot be practised; choose again.",
    "kinds": "Kinds of rules: one of those that you chose is not at stake anywhere; choose again.",
    "formats": "Formats: one of those that you chose does not exist; choose again.",
    "number": f"Number of questions: enter a whole number from 1 to {MOST}.",
    "minutes": f"Minutes: enter a whole number from 1 to {MOST_MINUTES}, or leave it empty for no limit.",
}


def with_defaults(data: QueryDict) -> QueryDict:
    """What was sent; what was not sent is as the builder begins. Minutes left empty are no limit."""
    given = data.copy()
    given.setdefault("mode", Attempt.Mode.TUTOR)
    given.setdefault("source", Source.MIXED)
    given.setdefault("number", str(SET_SIZE))
    number = given.get("number", "")
    minutes = int(number) * MINUTES_EACH if number.isascii() and number.isdecimal() and len(number) < 4 else ""
    given.setdefault("minutes", str(minutes))
    return given


def kinds_at_stake(stakes: Stakes) -> list[str]:
    """The kinds of rules that a scenario puts at stake, in the order in which they may explain a difference."""
    found = {stakes.cards[rule].kind for rule in stakes.scenarios}
    return [kind for kind in KIND if kind in found]


# The page -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to loosen a filter that leaves nothing: in words, and the address of the builder without it."""

    words: str
    query: str
    scenarios: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a set would be drawn from; ``ways`` say which filter to loosen where that is nothing."""

    number: int
    scenarios: int
    unseen: int
    ways: tuple[Way, ...] = ()


def builder_page(form: BuilderForm, person: User, at: datetime, find: str = "") -> dict[str, Any]:
    """The builder as it stands, with the count of what it would draw from."""
    stakes, past = table(current_stamp()), Past.of(person, at)
    chosen = {name: form.given.getlist(name) for name in ("codes", "kinds", "formats")}
    counts = past.counts(stakes)
    return {
        "form": form,
        "key": uuid4,  # called for each form, so that each has its own
        "count": counted(form, past, stakes) if form.is_valid() else None,
        "modes": [_option(form, "mode", value, *words) for value, words in MODES.items()],
        "sources": [_source(form, value, counts[value]) for value in SOURCES if _is_offered(form, value, counts)],
        "pages": pages(stakes, chosen["codes"], find),
        "kinds": kinds_by_category(stakes, chosen["kinds"]),
        "formats": [{"id": one.id, "title": one.title, "chosen": one.id in chosen["formats"]} for one in FORMATS],
        "chosen": {name: len(values) for name, values in chosen.items()},
        "find": find,
        "most": MOST,
        "minutes_each": MINUTES_EACH,
    }


def counted(form: BuilderForm, past: Past, stakes: Stakes) -> Count:
    """What the set of a valid form would be drawn from."""
    choice = form.choice()
    found: Pool = pool(choice, past, stakes)
    ways = () if found.scenarios else tuple(_way(form, name, n) for name, _, n in loosened(choice, past, stakes))
    return Count(number=choice.number, scenarios=len(found.scenarios), unseen=found.unseen, ways=ways)


def query_of(data: QueryDict, without: str = "") -> str:
    """The builder's address with these choices: everything but the token, the key and what was left out."""
    names = [name for name in (*BuilderForm.base_fields, "find") if name in data and name != without]
    return urlencode({name: data.getlist(name) for name in names}, doseq=True)


def pages(stakes: Stakes, chosen: list[str], find: str) -> dict[str, Any]:
    """The pages to choose from: those that are chosen, and the first of those whose number or title has the text."""
    scenarios = Counter(stakes.pages.values())
    rows = [row for row in PublishedCode.objects.only("number", "title") if row.number in scenarios]
    others = [row for row in rows if row.number not in chosen and _has(row, find)]
    shown = {row.number for row in others[:LISTED]} | set(chosen)
    return {
        "rows": [(row, row.number in chosen, scenarios[row.number]) for row in rows if row.number in shown],
        "total": len(rows),
        "hidden": len(others[LISTED:]),
    }


def _has(row: PublishedCode, find: str) -> bool:
    return find.strip().casefold() in f"{row.number} {row.title}".casefold()


def kinds_by_category(stakes: Stakes, chosen: list[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The kinds of rules by category, each with how many rules it has."""
    at_stake = [stakes.cards[rule].kind for rule in stakes.scenarios]
    rows = [
        {"id": kind, "title": KIND[kind].title, "rules": at_stake.count(kind), "chosen": kind in chosen}
        for kind in sorted(kinds_at_stake(stakes), key=lambda kind: KIND[kind].category.value)
    ]
    grouped = groupby(rows, key=lambda row: KIND[str(row["id"])].category.value)
    return [(category, list(group)) for category, group in grouped]


def _option(form: BuilderForm, name: str, value: str, title: str, hint: str) -> dict[str, Any]:
    return {"value": value, "title": title, "hint": hint, "chosen": form.given[name] == value}


def _source(form: BuilderForm, value: Source, count: int) -> dict[str, Any]:
    what = COUNTED.get(value, "scenario")
    words = f"{count} {what}{'' if count == 1 else 's'}"
    return _option(form, "source", value, *SOURCES[value]) | {"count": words}


def _is_offered(form: BuilderForm, value: str, counts: Mapping[str, int]) -> bool:
    """A source with nothing in it is only listed where it was asked for."""
    return bool(counts[value]) or value in (Source.MIXED, form.given["source"])


def _way(form: BuilderForm, name: str, scenarios: int) -> Way:
    return Way(words=LOOSER[name], query=query_of(form.given, name), scenarios=scenarios)
