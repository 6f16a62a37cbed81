"""Who changed what of the content, when and why: the audit trail as educators read it.

Entries about teams and people are not shown here; administrators see all of them in the admin.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Value
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code, Edition, Facet, FacetValue
from codes.sheets import Cell
from editorial.checking import heading_of_part
from editorial.wording_diff import Span, word_diff
from rulebook.kinds import KIND
from rulebook.params import ParamError, parse

#: Subjects that are content though no part of a page: what ``accounts.models.audit`` writes of a model, by its name.
THINGS = ("regrade", "report", "exam", "course", "courseitem", "release")
#: Those that are vocabulary -> how such a one is called, by what was stored of it.
WORDS = {
    "facetvalue": "Vocabulary: {facet}, “{value}”", "facet": "Vocabulary: facet “{label}”", "phrase": "Phrase “{text}”",
    "documentationtopic": "Documentation topic “{slug}”", "synonym": "Search word “{term}”",
}  # fmt: skip
#: So many words of the vocabulary are looked for by a part of their text.
MOST_WORDS = 200
#: More differing fields of one entry than anybody reads.
MOST_FIELDS = 60
#: Entries that are shown or put into a file, the newest; to see older ones somebody asks for other days.
MOST_SHOWN = 10_000
#: Longer texts are compared as a whole.
MOST_CHARACTERS = 20_000
#: What fields are called that have other names in forms.
LABELS = {"": "value", "params": "what it says", "starts": "in force from", "ends": "in force to"}
HEAD = ("When (UTC)", "Who", "What was done", "Page", "Part", "Why", "Before", "After")
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z.]{2,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One field of what was changed, as spans that were removed, added or stayed."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry, ready to be shown. ``page`` is the number of a code, or ""."""

    at: datetime
    who: str
    verb: str
    page: str
    part: str
    what: str
    why: str
    fields: tuple[Changed, ...] = ()
    edition: Edition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody looks for."""

    page: str = ""
    part: str = ""
    who: str = ""
    verb: str = ""
    why: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """From the fields of the form, without what no database takes."""
        named = {"page": "page_number"}  # ``page`` alone turns the pages of the list
        given = {
            name: str(query.get(named.get(name, name), "")).replace("\x00", "").strip()[:100] for name in cls.__slots__
        }
        return cls(**{**given, "page": given["page"].upper()})

    @property
    def wrong(self) -> dict[str, str]:
        """Field -> what is wrong with it."""
        said = {}
        if self.page and not _NUMBER.fullmatch(self.page):
            said["page"] = "Page: enter the number of a code."
        for name, label in (("since", "From"), ("until", "To")):
            if getattr(self, name) and _day(getattr(self, name)) is None:
                said[name] = f"{label}: enter a date like 2026-03-01."
        since, until = _day(self.since), _day(self.until)
        if since and until and until < since:
            said["until"] = "To: this is before the first day."
        return said

    @property
    def any(self) -> bool:
        """Whether something is looked for at all."""
        return any(getattr(self, name) for name in self.__slots__)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def content_entries() -> QuerySet[AuditEntry]:
    """The entries about content: parts of pages, and things that are content. Not those in the name of a team."""
    things = Q()
    for name in (*THINGS, *WORDS):
        things |= Q(subject__startswith=f"{name} ")
    entries: QuerySet[AuditEntry] = AuditEntry.objects.filter(Q(subject__contains="/") | things, team=None)
    return entries.select_related("who")


def found(asked: Asked) -> QuerySet[AuditEntry]:
    """The newest entries that somebody looks for; none where a field cannot be read."""
    if asked.wrong:
        return content_entries().none()
    entries = content_entries()
    if asked.page:
        entries = of_page(entries, asked.page)
    if asked.part:
        entries = entries.filter(
            Q(subject__icontains=f"/{asked.part.strip('/')}") | Q(subject__in=_words_called(asked.part))
        )
    if asked.who:
        entries = entries.filter(who__in=_people(asked.who))
    if asked.verb:
        entries = entries.filter(verb=asked.verb)
    if asked.why:
        entries = entries.filter(why__icontains=asked.why)
    return entries.filter(**_between(asked))[:MOST_SHOWN]


def of_page(entries: QuerySet[AuditEntry], number: str) -> QuerySet[AuditEntry]:
    """Those about one page, in the way in which the database at hand uses an index on the subject.

    SQLite compares bytes, so a range is exact there; PostgreSQL sorts as its language does and has an index for LIKE.
    """
    if connection.vendor == "sqlite":
        return entries.filter(subject__gte=f"{number}/", subject__lt=f"{number}0")
    return entries.filter(subject__startswith=f"{number}/")


def history_of(code: Code) -> QuerySet[Any]:
    """When, id and kind ("entry" or "edition") of everything that happened to a page, the newest first."""
    entries = of_page(AuditEntry.objects.order_by(), code.number)
    told = entries.annotate(moment=F("at"), kind=Value("entry")).values_list("moment", "pk", "kind")
    editions = Edition.objects.filter(code=code).order_by().annotate(moment=F("published_at"), kind=Value("edition"))
    return told.union(editions.values_list("moment", "pk", "kind"), all=True).order_by("-moment", "-pk")


def _words_called(text: str) -> list[str]:
    """The subjects of the words and facets of the vocabulary that have a text in them."""
    values = FacetValue.objects.filter(Q(value__icontains=text) | Q(synonyms__icontains=text))
    facets = Facet.objects.filter(Q(name__icontains=text) | Q(label__icontains=text))
    return [
        *(f"facetvalue {pk}" for pk in values.values_list("pk", flat=True)[:MOST_WORDS]),
        *(f"facet {pk}" for pk in facets.values_list("pk", flat=True)[:MOST_WORDS]),
    ]


def _people(text: str) -> QuerySet[User]:
    words = Q()
    for word in text.split():
        words &= Q(username__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word)
    return User.objects.filter(words)


def _between(asked: Asked) -> dict[str, datetime]:
    since, until = _day(asked.since), _day(asked.until)
    zone = timezone.get_current_timezone()
    bounds = {}
    if since:
        bounds["at__gte"] = datetime.combine(since, time.min, zone)
    if until:
        bounds["at__lt"] = datetime.combine(
            min(until, date.max - timedelta(days=2)) + timedelta(days=1), time.min, zone
        )
    return bounds


def verbs() -> list[str]:
    """What has been done to content of late."""
    return sorted(set(content_entries().values_list("verb", flat=True)[:MOST_SHOWN]))


# Lines --------------------------------------------------------------------------------------


def lines(entries: Iterable[AuditEntry]) -> list[Line]:
    """Some entries as they are shown; what a word is called that an entry does not name is asked for all at once."""
    listed = list(entries)
    unnamed = [entry.subject.partition(" ")[2] for entry in listed if _lacks_a_name(entry)]
    values = FacetValue.objects.filter(pk__in=unnamed).select_related("facet")
    known = {f"facetvalue {one.pk}": {"facet": one.facet.name, "value": one.value} for one in values} if unnamed else {}
    return [line_of(entry, known.get(entry.subject)) for entry in listed]


def _lacks_a_name(entry: AuditEntry) -> bool:
    return entry.subject.startswith("facetvalue ") and not _word(entry)


def _word(entry: AuditEntry, known: Mapping[str, Any] | None = None) -> str:
    """What a word of the vocabulary is called, by what an entry has of it, or is known of it; "" where it is none."""
    called = WORDS.get(entry.subject.partition(" ")[0])
    if called is None:
        return ""
    try:
        return called.format_map({**(entry.before or {}), **(entry.after or {}), **(known or {})})
    except KeyError:
        return ""


def line_of(entry: AuditEntry, known: Mapping[str, Any] | None = None) -> Line:
    """An entry as it is shown; ``known`` is what is known of a word that the entry does not name."""
    number, _, part = entry.subject.partition("/")
    is_part = bool(part)
    return Line(
        at=entry.at,
        who=str(entry.who) if entry.who else "the site",
        verb=entry.verb,
        page=number if is_part else "",
        part=part,
        what=heading_of_part(part) if is_part else _word(entry, known) or entry.subject.capitalize(),
        why=entry.why,
        fields=tuple(changes(entry.before, entry.after)),
    )


def page_lines(code: Code, rows: Sequence[tuple[datetime, int, str]]) -> list[Line]:
    """The entries and editions that rows of ``history_of`` name, in the same order."""
    ids = {kind: [pk for _, pk, one in rows if one == kind] for kind in ("entry", "edition")}
    entries = AuditEntry.objects.select_related("who").in_bulk(ids["entry"])
    editions = Edition.objects.defer("document").select_related("published_by").in_bulk(ids["edition"])
    return [line_of(entries[pk]) if kind == "entry" else _edition_line(code, editions[pk]) for _, pk, kind in rows]


def _edition_line(code: Code, edition: Edition) -> Line:
    who = str(edition.published_by) if edition.published_by else "the site"
    return Line(
        at=edition.published_at, who=who, verb="published", page=code.number, part="",
        what=f"Edition {edition.number}", why=edition.why, edition=edition,
    )  # fmt: skip


def changes(before: Any, after: Any) -> Iterator[Changed]:
    """The fields that differ between two stored values, as words that were removed and added."""
    old, new = _flat(before), _flat(after)
    names = [name for name in dict.fromkeys([*old, *new]) if old.get(name, "") != new.get(name, "")]
    for name in names[:MOST_FIELDS]:
        label = LABELS.get(name, name.replace("_", " "))
        yield Changed(label=label, spans=_spans(old.get(name, ""), new.get(name, "")))


def _spans(old: str, new: str) -> tuple[Span, ...]:
    return word_diff(old[:MOST_CHARACTERS], new[:MOST_CHARACTERS])


def _flat(value: Any) -> dict[str, str]:
    """A stored value as fields with texts; a rule says its parameters in words."""
    if not isinstance(value, dict):
        return {"": _said(value)} if value is not None else {}
    fields = {name: _said(one) for name, one in value.items() if name != "origin"}
    sentence = _sentence(value)
    if sentence:
        fields["params"] = f"{sentence}\n{fields['params']}"
    return fields


def _sentence(value: Mapping[str, Any]) -> str:
    kind = KIND.get(str(value.get("kind")))
    try:
        return kind.describe(parse(kind.Params, value["params"])) if kind and "params" in value else ""
    except ParamError:
        return ""


def _said(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return "\n".join(map(str, value))
    if isinstance(value, list):
        return "\n".join(map(_listed, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return "" if value is None else str(value)


def _listed(row: Any) -> str:
    """One row of a list in a line."""
    return ", ".join(f"{name}: {one}" for name, one in row.items() if one) if isinstance(row, dict) else _said(row)


def file_rows(entries: QuerySet[AuditEntry]) -> Iterator[list[Cell]]:
    """Rows for a file, the newest first; before and after as they are stored."""
    for entry in entries.iterator(chunk_size=500):
        yield _row(entry)


def _row(entry: AuditEntry) -> list[Cell]:
    number, _, part = entry.subject.partition("/")
    stored = (entry.before, entry.after)
    values = ["" if one is None else json.dumps(one, ensure_ascii=False, sort_keys=True) for one in stored]
    who = str(entry.who) if entry.who else "the site"
    at = entry.at.astimezone(UTC).isoformat(sep=" ", timespec="seconds")
    return [at, who, entry.verb, number if part else "", part or _word(entry) or entry.subject, entry.why, *values]
