"""What was changed between two contents of a page, field by field. Pure: contents in, differences out."""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from codes.pages import CODE_FIELDS, PARTS, Content
from codes.spelling import rules_in_one_spelling
from editorial.wording_diff import Span, word_diff
from rulebook.kinds import KIND
from rulebook.params import ParamError, parse

Row = Mapping[str, Any]
Path = tuple[str | int, ...]

#: What a row of each part is called, and the fields that tell it from the others.
NAMES = {
    "sections": ("Section", ("slug",)),
    "rules": ("Rule", ("slug",)),
    "history": ("Event", ("date", "kind")),
    "documentation": ("Requirement", ("slug",)),
    "similar": ("Similar code", ("number",)),
    "sources": ("Source", ("title",)),
    "examples": ("Example", ("slug",)),
}
HEADINGS = {
    "about": "About the code", "sections": "Sections", "rules": "Rules", "history": "History",
    "documentation": "Documentation", "similar": "Similar codes", "sources": "Sources", "examples": "Examples",
}  # fmt: skip
#: What no edition has: whether a person stands behind a rule, and where a machine read it.
NOT_PUBLISHED = ("state", "origin")


class Change(StrEnum):
    """What became of a row. One that was changed may have been moved as well."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field: what it is called, and what it says, as spans that were added, removed or kept."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row of a part that is not as it was; ``old`` and ``new`` are None where there is none.

    ``place`` is where it stands in the new content, None where it does not. ``moved``: other rows stand before it now.
    """

    part: str
    name: str
    change: Change
    old: Row | None
    new: Row | None
    place: int | None
    moved: bool
    fields: tuple[FieldChange, ...]

    @property
    def heading(self) -> str:
        """What its part is called."""
        return HEADINGS[self.part]


def differences(old: Row | None, new: Row) -> tuple[Difference, ...]:
    """Every difference between what was published and what is to be, in the order of the page; None: nothing was.

    Rules that wait for a person are in no edition, so they make no difference.
    """
    before, after = publishable(old or {}), publishable(new)
    about = _about({name: before[name] for name in CODE_FIELDS if name in before}, _about_of(after), old is None)
    return tuple(about) + tuple(
        one for part in PARTS for one in _of_part(part, before.get(part, []), after.get(part, []))
    )


def publishable(content: Row) -> Content:
    """What of a content an edition would have: its accepted rules, without where they were read, in one spelling."""
    rules = [
        rule if rule.keys().isdisjoint(NOT_PUBLISHED) else _without_origin(rule)
        for rule in content.get("rules", ())
        if rule.get("state", "accepted") == "accepted"
    ]
    return rules_in_one_spelling({**content, "rules": rules})


def _without_origin(rule: Row) -> Row:
    return {name: value for name, value in rule.items() if name not in NOT_PUBLISHED}


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same when they are stored; to Python 1 and True are equal, in a document not."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# The parts ------------------------------------------------------------------------------------


def _about_of(content: Row) -> Row:
    return {name: content[name] for name in CODE_FIELDS if name in content}


def _about(old: Row, new: Row, is_new: bool) -> Iterator[Difference]:
    if same(old, new):
        return
    change = Change.ADDED if is_new else Change.CHANGED
    yield Difference(
        part="about", name="The code itself", change=change, old=None if is_new else old, new=new, place=0,
        moved=False, fields=_fields("about", {} if is_new else old, new),
    )  # fmt: skip


def _of_part(part: str, old: Sequence[Row], new: Sequence[Row]) -> Iterator[Difference]:
    """Rows that are new, other or elsewhere, in the order of the new content; then those that are gone."""
    before, after = keyed(part, old), keyed(part, new)
    common = [key for key in after if key in before]
    places = {key: place for place, key in enumerate(before)}
    stay = _longest_rise([places[key] for key in common])
    moved = {key for key in common if places[key] not in stay}
    for place, (key, row) in enumerate(after.items()):
        was = before.get(key)
        if was is None or key in moved or not same(was, row):
            yield _difference(part, was, row, place, key in moved)
    for key, row in before.items():
        if key not in after:
            yield _difference(part, row, None, None, False)


def _difference(part: str, old: Row | None, new: Row | None, place: int | None, moved: bool) -> Difference:
    if old is None or new is None:
        change = Change.ADDED if old is None else Change.REMOVED
    else:
        change = Change.MOVED if same(old, new) else Change.CHANGED
    return Difference(
        part=part, name=_name(part, new or old or {}), change=change, old=old, new=new, place=place, moved=moved,
        fields=_fields(part, old or {}, new or {}),
    )  # fmt: skip


def keyed(part: str, rows: Sequence[Row]) -> dict[tuple[str, int], Row]:
    """The rows by what tells them apart; of several that are called the same each has its number."""
    met: Counter[str] = Counter()
    found = {}
    for row in rows:
        key = json.dumps([row.get(field) for field in NAMES[part][1]], sort_keys=True)
        found[key, met[key]] = row
        met[key] += 1
    return found


def _longest_rise(places: Sequence[int]) -> frozenset[int]:
    """The most of these numbers that stand in rising order: what stayed where it was while others were moved."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        at = bisect_left(ends, place)
        before[place] = ends[at - 1] if at else None
        ends[at : at + 1] = [place]
    found, last = set(), ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return frozenset(found)


def _name(part: str, row: Row) -> str:
    called = row.get("heading") or row.get("title") or row.get("text") or row.get("slug") or row.get("number") or ""
    if part == "rules":
        called = row.get("slug", "")
    return f"{NAMES[part][0]} “{_short(str(called))}”"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


# The fields -----------------------------------------------------------------------------------


def _fields(part: str, old: Row, new: Row) -> tuple[FieldChange, ...]:
    """Every value that is not the same, by its path; of rules first what they tell."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    paths = [path for path in dict.fromkeys((*after, *before)) if not _same_at(path, before, after)]
    found = [_field(_label(path), before.get(path), after.get(path)) for path in paths]
    if part == "rules" and (told := _field("What it tells", _sentence(old), _sentence(new))).spans:
        found = [told, *found]
    return tuple(one for one in found if one.spans)


def _same_at(path: Path, before: Mapping[Path, Any], after: Mapping[Path, Any]) -> bool:
    return path in before and path in after and same(before[path], after[path])


def _field(label: str, old: Any, new: Any) -> FieldChange:
    return FieldChange(label=label, spans=word_diff(_text(old), _text(new)))


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """What stands at the ends of a value, each with the way there; a list of plain values is one of them."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, place))
    elif path:
        yield path, value


def _label(path: Path) -> str:
    """A way in words: ``params.codes`` is “codes”, ``encounter.services.0.site`` “facts, services 1, site”."""
    words = [str(step + 1) if isinstance(step, int) else str(step).replace("_", " ") for step in path]
    if path[0] == "params" and len(words) > 1:
        words = words[1:]
    if path[0] == "encounter":
        words[0] = "facts"
    return ", ".join(words).capitalize()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _sentence(rule: Row) -> str:
    """What a rule tells, as its page says it; nothing where it cannot be read."""
    kind = KIND.get(rule.get("kind", ""))
    try:
        return kind.describe(parse(kind.Params, rule["params"])) if kind else ""
    except (ParamError, KeyError):
        return ""
