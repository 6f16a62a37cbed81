"""Which items of a course are open to somebody, and why the others are not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from courses.models import Course, CourseItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What must be done before an item opens."""

    needs: tuple[CourseItem, ...]

    @property
    def reason(self) -> str:
        """In a sentence."""
        names = [f"“{item}”" for item in self.needs]
        if not names[1:]:
            return f"This opens when {names[0]} is done."
        return f"This opens when {', '.join(names[:-1])} and {names[-1]} are done."


def needs(course: Course, items: Sequence[CourseItem]) -> dict[int, list[CourseItem]]:
    """Item -> the items that must be done before it: those it asks for, and in an ordered course the one before.

    ``items`` in their order, with what they require at hand.
    """
    by_pk = {item.pk: item for item in items}
    found = {item.pk: [by_pk[one.pk] for one in item.requires.all() if one.pk in by_pk] for item in items}
    if course.in_order:
        for before, item in pairwise(items):
            if before not in found[item.pk]:
                found[item.pk].insert(0, before)
    return found


def locks(course: Course, items: Sequence[CourseItem], done: Iterable[int]) -> dict[int, Lock]:
    """Item -> its lock, for those that are locked; ``done`` are the ids of items that are done."""
    finished = set(done)
    missing = {
        pk: tuple(one for one in before if one.pk not in finished)
        for pk, before in needs(course, items).items()
        if pk not in finished
    }
    return {pk: Lock(needs=before) for pk, before in missing.items() if before}


def circle(before: Mapping[int, Iterable[CourseItem]], item: CourseItem) -> list[CourseItem]:
    """The items of a circle that an item is in, from it and back to before it; empty where there is none."""
    ways: list[list[CourseItem]] = [[item]]
    seen = set[int]()
    while ways:
        way = ways.pop()
        for one in before.get(way[-1].pk, ()):
            if one.pk == item.pk:
                return way
            if one.pk not in seen:
                seen.add(one.pk)
                ways.append([*way, one])
    return []
