"""Who counts as an author of a revision: whoever handed it in, and whoever wrote what it changes.

The trail of edits knows who wrote: of each part that is not as in the edition before, everybody who stored it since,
by the forms, in the admin, from a file or from an article.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any

from accounts.models import AuditEntry, User
from codes.models import Code, Edition, Rule
from codes.pages import CODE_FIELDS, NAMED, PARTS
from codes.publish import content_of, is_retired
from codes.trail import READ
from editorial.checking import heading_of_part
from editorial.differences import NOT_PUBLISHED, same
from editorial.drafting import subject
from editorial.models import Revision

HANDED_IN, TO_RETIRE = "handed in for review", "page to be retired"
#: The part of the trail that holds a whole page before and after.
WHOLE = "page"
#: The part that is nothing but the names of the sections in their order.
ORDER = "sections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Somebody who had a hand in a revision: whether they handed it in, and what they wrote of it, in words."""

    person: User
    handed_in: bool
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A part as somebody found it and as they left it."""

    who: User | None
    before: Any
    after: Any


def authors_of(revision: Revision) -> tuple[Author, ...]:
    """Everybody who had a hand in a revision, whoever handed it in first. Their accounts may be closed by now."""
    handed = list(_handings_in(revision))
    handers = list(dict.fromkeys([*(one.who for one in handed if one.who), revision.author]))
    found: dict[User, list[str]] = {person: [] for person in handers}
    for part, person in _written(revision, before=handed[-1].pk if handed else None):
        names = found.setdefault(person, [])
        names += [name for name in [heading_of_part(part)] if name not in names]
    return tuple(
        Author(person=person, handed_in=person in handers, parts=tuple(parts)) for person, parts in found.items()
    )


def _handings_in(revision: Revision) -> Iterator[AuditEntry]:
    """The times that it was handed in, the oldest first."""
    about = subject(revision.code, f"reviews/{revision.pk}")
    entries = AuditEntry.objects.filter(subject=about, verb__in=(HANDED_IN, TO_RETIRE))
    yield from entries.order_by("pk").select_related("who")


def _written(revision: Revision, *, before: int | None) -> Iterator[tuple[str, User]]:
    """Each part that differs with everybody who wrote it, before an entry of the trail: when it was handed in.

    An old edition again, and a page that is taken off, were written and looked at before.
    """
    base = _shown_last(revision.base)
    if base and revision.code.editions.filter(pk__lte=revision.base_id, digest=revision.digest).exists():
        return
    old, new = parts_of(content_of(base.document) if base else None), parts_of(revision.content)
    # What came or went is told by itself; of the order of the sections, how those stand that are in both.
    order = [slug for slug in old.get(ORDER) or () if slug in (new.get(ORDER) or ())]
    old, new = ({part: _in_both(value, order) for part, value in parts.items()} for parts in (old, new))
    names = [part for part in dict.fromkeys([*old, *new]) if not same(old.get(part), new.get(part))]
    trail = _trail(revision.code, names, before, order)
    for part in names:
        for person in _writers(trail[part], old.get(part), new.get(part)):
            yield part, person


def _shown_last(edition: Edition | None) -> Edition | None:
    """What readers saw: of a page that was taken off, the edition before that."""
    if edition is None or not is_retired(edition):
        return edition
    return edition.code.editions.filter(number=edition.document["last"]).first() or edition


def _writers(entries: Sequence[Stored], old: Any, new: Any) -> Iterator[User]:
    """Whoever led from one value of a part to the other, by its entries, the newest first.

    Where none has led to the new one, somebody wrote past the trail; then all count.
    """
    for one in list(dropwhile(lambda one: not same(one.after, new), entries)) or entries:
        if one.who is not None:
            yield one.who
        if same(one.before, old):
            return


# Values as an edition has them ----------------------------------------------------------------


def parts_of(content: Mapping[str, Any] | None) -> dict[str, Any]:
    """Each part of a page by its name in the trail, as an edition has it, and the order of its sections."""
    if content is None:
        return {}
    found: dict[str, Any] = {"about": _said({field: content.get(field) for field in CODE_FIELDS})}
    for part in PARTS:
        rows, key = content.get(part, []), NAMED.get(part)
        found |= {f"{part}/{row[key]}": _said(row) for row in rows} if key else {part: _said(rows)}
    return found | {ORDER: [row["slug"] for row in content.get("sections", ())]}


def _said(value: Any) -> Any:
    """A stored part as an edition has it: rules that wait for a person say nothing, nor do fields that are empty."""
    if isinstance(value, list):
        return [_said(row) for row in value] or None
    if not isinstance(value, Mapping):
        return value
    if value.get("state", Rule.State.ACCEPTED) != Rule.State.ACCEPTED:
        return None
    return {name: one for name, one in value.items() if one not in (None, "", [], {}) and name not in NOT_PUBLISHED}


def _in_both(value: Any, order: Sequence[str]) -> Any:
    """An order of sections without those that came or went; every other value as it is."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [slug for slug in value if slug in order] or None
    return value


def _trail(code: Code, names: Sequence[str], before: int | None, order: Sequence[str]) -> dict[str, list[Stored]]:
    """What was stored of some parts, each with its entries, the newest first; an article is all parts at once."""
    entries = AuditEntry.objects.filter(subject__in=[subject(code, part) for part in (*names, WHOLE)])
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found: dict[str, list[Stored]] = {part: [] for part in names}
    for entry in entries.order_by("-pk").select_related("who"):
        old, new = _values(entry)
        for part in names:
            one = Stored(who=entry.who, before=_in_both(old.get(part), order), after=_in_both(new.get(part), order))
            if not same(one.before, one.after):
                found[part].append(one)
    return found


def _values(entry: AuditEntry) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts that an entry is about, before and after."""
    part = entry.subject.partition("/")[2]
    if part != WHOLE:
        return {part: _said(entry.before)}, {part: _said(entry.after)}
    return (parts_of(entry.before), parts_of(entry.after)) if entry.verb == READ else ({}, {})
