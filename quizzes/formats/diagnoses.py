"""The diagnoses of a claim form: an ordered list to which the lines point by letter, and the buttons that change it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

#: The places of box 21 of the claim form.
LETTERS = "ABCDEFGHIJKL"
ADD = "add-diagnosis"
#: What a draft had at most when it was kept with all twelve places, before there were rows.
FIELDS_BEFORE = 4
_BUTTON = re.compile(r"(up|down|remove)-diagnosis-([A-L])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a button does to the list.

    ``order``: for each row from now on the place that it had; the number of rows for a new one.
    ``at``: the place of the row that the button is about, before; ``verb``: add, up, down, remove.
    """

    verb: str
    at: int
    before: tuple[str, ...]
    order: tuple[int, ...]

    @property
    def after(self) -> list[str]:
        """The texts of the rows from now on."""
        return [(*self.before, "")[place] for place in self.order]

    def follow(self, pointers: str) -> str:
        """Pointers as typed, with the letters that their diagnoses have from now on; a removed one's goes with it."""
        letters = dict.fromkeys(LETTERS[: len(self.before)], "")
        letters |= {LETTERS[old]: LETTERS[new] for new, old in enumerate(self.order)}
        typed = pointers.upper()
        followed = "".join(letters.get(letter, letter) for letter in typed)
        return " ".join(re.findall(r"[^\s,;]+", followed)) if followed != typed else pointers

    @property
    def focus(self) -> str:
        """The id of where one goes on: a new row, the row in a removed one's place, a moved row's button.

        At the end of the list a moved row has no such button any more, but the one that moves it back.
        """
        last = len(self.order) - 1
        if self.verb in ("add", "remove"):
            return f"diagnosis-{LETTERS[min(self.at, last)]}"
        now = self.order.index(self.at)
        verb = "down" if now == 0 else "up" if now == last else self.verb
        return f"{verb}-diagnosis-{LETTERS[now]}"

    def said(self, lines: Sequence[Mapping[str, str]]) -> str:
        """In words what became of the row and of the pointers of the lines, given as they were; "" for a new row."""
        if self.verb == "add":
            return ""
        name = self.before[self.at].strip().upper() or f"Diagnosis {LETTERS[self.at]}"
        became = "removed" if self.verb == "remove" else f"now diagnosis {LETTERS[self.order.index(self.at)]}"
        pointers = [(line["pointers"], self.follow(line["pointers"])) for line in lines]
        told = [f"line {n} now {new or 'none'}" for n, (old, new) in enumerate(pointers, start=1) if new != old]
        return f"{name} is {became}." + (f" Pointers followed: {', '.join(told)}." if told else "")


def sent(data: QueryDict) -> list[str]:
    """The rows of the form that was sent, as typed; one that is missing between others is blank."""
    there = [place for place, letter in enumerate(LETTERS, start=1) if f"diagnosis-{letter}" in data]
    return [data.get(f"diagnosis-{letter}", "")[:20] for letter in LETTERS[: max(there, default=0)]]


def change(data: QueryDict) -> Change | None:
    """What the button of a form does to its diagnoses; None where it is no such button, or cannot do it."""
    action, before = data.get("action", ""), tuple(sent(data))
    rows, pressed = list(range(len(before))), _BUTTON.fullmatch(action)
    if action == ADD and len(rows) < len(LETTERS):
        return Change(verb="add", at=len(rows), before=before, order=(*rows, len(rows)))
    if pressed is None or len(rows) < 2:
        return None
    verb, at = pressed[1], LETTERS.index(pressed[2])
    order = _without(rows, at) if verb == "remove" else _swapped(rows, at, at + (1 if verb == "down" else -1))
    return Change(verb=verb, at=at, before=before, order=tuple(order)) if order != rows else None


def shown(texts: Sequence[str]) -> list[str]:
    """The rows that the form has for diagnoses as they are kept: one at least.

    A draft from before there were rows has all twelve places. Those after the last that was used are not shown.
    """
    rows = list(texts) or [""]
    if len(rows) == len(LETTERS) and not any(rows[FIELDS_BEFORE:]):
        used = [place for place, text in enumerate(rows, start=1) if text]
        rows = rows[: max(used, default=1)]
    return rows


def _without(rows: list[int], at: int) -> list[int]:
    return [row for row in rows if row != at]


def _swapped(rows: list[int], at: int, other: int) -> list[int]:
    """Two rows in each other's place; as they were where one of them is none."""
    places = {at: other, other: at} if at in rows and other in rows else {}
    return [places.get(row, row) for row in rows]
