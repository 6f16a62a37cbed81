"""What a planned import changes of a page: rows of each part by their number, and word by word. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codes.content_files import ordered, tidy
from codes.pages import CODE_FIELDS, PARTS, Content
from editorial.differences import HEADINGS, NOT_PUBLISHED, Change, Difference, Row, differences, keyed, same


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rows of a part are added, changed and removed."""

    part: str
    rows: tuple[tuple[Change, int], ...]

    def __str__(self) -> str:
        """In words: ``Similar codes: 3 removed``."""
        return f"{HEADINGS[self.part]}: {', '.join(f'{number} {change}' for change, number in self.rows)}"


def counts_of(stored: Content | None, content: Content) -> tuple[Count, ...]:
    """How many rows of each part come, go and become others; what stands elsewhere, where nothing else does."""
    before, after = _both(stored, content)
    return tuple(count for part in ("about", *PARTS) for count in _count(part, before, after))


def differences_of(stored: Content | None, content: Content) -> tuple[Difference, ...]:
    """What changes word by word; rules that wait for a person as well, because an import stores them."""
    before, after = _both(stored, content)
    return differences(before or None, after)


def _count(part: str, before: Content, after: Content) -> Iterator[Count]:
    """One, or none where the part stays as it is."""
    old, new = _rows(part, before), _rows(part, after)
    found = Counter(
        Change.ADDED if key not in old else Change.REMOVED if key not in new else Change.CHANGED
        for key in dict.fromkeys([*new, *old])
        if not same(old.get(key), new.get(key))
    )
    if not found:
        found[Change.MOVED] = sum(one != other for one, other in zip(old, new, strict=True))
    if found.total():
        yield Count(part=part, rows=tuple((change, found[change]) for change in Change if found[change]))


def _rows(part: str, page: Content) -> Mapping[Any, Row]:
    """The rows of a part by what tells them apart; the code's own fields are one."""
    if part != "about":
        return keyed(part, page.get(part, []))
    return {part: {name: page[name] for name in CODE_FIELDS if name in page}} if page else {}


def _both(stored: Content | None, content: Content) -> tuple[Content, Content]:
    """What is here, as files say it, and what would be; what a file leaves out of the code's own fields stays."""
    after = ordered(tidy(content))
    if stored is None:
        return {}, _told(after)
    before = ordered(tidy(stored))
    return _told(before), _told({**{name: before[name] for name in CODE_FIELDS if name in before}, **after})


def _told(page: Content) -> Content:
    """A page that says of each rule that waits for a person that it does, and is compared with it."""
    return {**page, "rules": [_rule(rule) for rule in page["rules"]]}


def _rule(rule: Row) -> Row:
    said = {name: value for name, value in rule.items() if name not in NOT_PUBLISHED}
    return said if rule.get("state", "accepted") == "accepted" else {**said, "accepted": False}
