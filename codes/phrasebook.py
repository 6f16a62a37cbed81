"""The phrases in which notes are told: what each needs to be true, which facts it states.

Read from content/phrasebook.toml into rows that educators edit; see docs/phrasebook.md.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from codes.models import Phrase as PhraseRow
from codes.narrative import sentences

SLOT = re.compile(r"\{([A-Za-z]\w*)\}")
FILE = Path(__file__).parent / "content" / "phrasebook.toml"
Condition = Mapping[str, tuple[str, ...]]

#: The parts of a note in the order in which they are told. What is told once is told for the first service.
PARTS = (
    "opening", "reason", "visit", "plan", "finding", "extent", "way", "guidance", "session", "work", "result", "shown",
    "closing", "diagnoses",
)  # fmt: skip
ONCE = frozenset({"opening", "closing", "diagnoses"})
#: Slots that state facts by themselves.
STATING = ("diagnoses", "earlier")
#: Words that fill slots instead of standing for themselves.
WORDS = "word-"
#: The facet that most phrases are chosen by, and what stands for all its values.
PROCEDURES, ANY = "procedure", ""
#: What is no phrase but a fact about a code: how a diagnosis is called and who alone can have it, and how
#: a procedure is called.
DIAGNOSIS, SEX, PROCEDURE = TABLES = ("diagnosis-name", "diagnosis-sex", "procedure-name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A sentence pattern. ``marks`` are the facts it states, relative to its service: ``site``, ``diagnoses`` …"""

    part: str
    text: str
    when: Condition = field(default_factory=dict)
    beside: Condition = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Phrasebook:
    """All phrases by part, words by slot, and how diagnoses and earlier procedures are called.

    ``sexes`` says of the beginnings of diagnoses who alone can have them.
    """

    phrases: Mapping[str, tuple[Phrase, ...]]
    words: Mapping[str, tuple[Phrase, ...]]
    diagnoses: Mapping[str, str]
    sexes: Mapping[str, str] = field(default_factory=dict)
    procedures: Mapping[str, str] = field(default_factory=dict)

    def knows(self, procedure: str) -> bool:
        """Whether there are phrases of its own for a procedure."""
        return procedure in self._by_procedure

    def of(self, part: str, procedure: str) -> tuple[Phrase, ...]:
        """The phrases of a part that are for a procedure or for any."""
        return self._by_procedure.get(procedure, self._by_procedure[ANY]).get(part, ())

    @cached_property
    def _by_procedure(self) -> dict[str, dict[str, tuple[Phrase, ...]]]:
        """Procedure -> part -> phrases, those for any procedure included: most phrases are for one alone."""
        rows = [(part, phrase) for part, phrases in self.phrases.items() for phrase in phrases]
        named = {procedure for _, phrase in rows for procedure in phrase.when.get(PROCEDURES, ())}
        found: dict[str, dict[str, tuple[Phrase, ...]]] = {name: {} for name in (ANY, *named)}
        for part, phrase in rows:
            for name in phrase.when.get(PROCEDURES, found):
                found[name][part] = (*found[name].get(part, ()), phrase)
        return found


def phrasebook() -> Phrasebook:
    """The phrases of the site, kept in memory until one of them changes."""
    return _phrasebook(state())


def state() -> tuple[Any, ...]:
    """What stays the same as long as the phrases do."""
    newest = PhraseRow.objects.aggregate(newest=Max("pk"), rows=Count("pk"), changed=Max("changed_at"))
    return tuple(newest.values())


@lru_cache(maxsize=2)
def _phrasebook(state: tuple[Any, ...]) -> Phrasebook:
    rows = PhraseRow.objects.filter(active=True).order_by("pk")
    return book_of(rows.values("part", "when", "beside", "text"))


def forget() -> None:
    """Drop what is kept in memory."""
    _phrasebook.cache_clear()


def book_of(rows: Iterable[Mapping[str, Any]]) -> Phrasebook:
    """A phrasebook of rows with ``part``, ``when``, ``beside`` and ``text``."""
    phrases: dict[str, list[Phrase]] = {}
    words: dict[str, list[Phrase]] = {}
    tables: dict[str, dict[str, str]] = {part: {} for part in TABLES}
    for row in rows:
        if row["part"] in TABLES:
            [(code,)] = _condition(row["when"]).values()
            tables[row["part"]][code] = row["text"]
            continue
        phrase = Phrase(
            part=row["part"], text=row["text"], when=_condition(row["when"]), beside=_condition(row["beside"]),
            marks=_marks(row["text"]), slots=_slots(row["text"]),
        )  # fmt: skip
        is_word = phrase.part.startswith(WORDS)
        (words if is_word else phrases).setdefault(phrase.part.removeprefix(WORDS), []).append(phrase)
    return Phrasebook(
        phrases={part: tuple(phrases.get(part, ())) for part in PARTS},
        words={slot: tuple(found) for slot, found in words.items()},
        diagnoses=tables[DIAGNOSIS],
        sexes=tables[SEX],
        procedures=tables[PROCEDURE],
    )


def _marks(text: str) -> frozenset[str]:
    """The facts a phrase states; the slot for all diagnoses states those."""
    marked = {fact for sentence in sentences(text) for fact in sentence.facts}
    return frozenset(marked | {slot for slot in STATING if f"{{{slot}}}" in text})


def _slots(text: str) -> tuple[str, ...]:
    """The slots of a text; one whose capital asks for one is the same slot."""
    return tuple(dict.fromkeys(slot[0].lower() + slot[1:] for slot in SLOT.findall(text)))


def _condition(data: Mapping[str, Any]) -> Condition:
    return {name: (values,) if isinstance(values, str) else tuple(values) for name, values in data.items()}


# The starter phrasebook -------------------------------------------------------------------


@transaction.atomic
def load_phrasebook() -> int:
    """Add the phrases of the file that were never loaded; one that somebody edited or put away stays as it is."""
    known = set(PhraseRow.objects.values_list("slug", flat=True))
    new = [PhraseRow(**row) for row in starter_rows() if row["slug"] not in known]
    PhraseRow.objects.bulk_create(new)
    return len(new)


def starter_rows() -> Iterator[dict[str, Any]]:
    """The rows of the file, each with a slug that stays the same as long as its words do."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for group in data["phrases"]:
        yield from _rows(group["part"], group.get("when", {}), group.get("beside", {}), group["are"])
    for group in data["words"]:
        yield from _rows(WORDS + group["slot"], group.get("when", {}), {}, group["are"])
    for code, name in data["diagnoses"].items():
        yield from _rows(DIAGNOSIS, {"diagnosis": [code]}, {}, [name])
    for code, name in data["procedures"].items():
        yield from _rows(PROCEDURE, {"code": [code]}, {}, [name])
    for sex, beginnings in data["diagnoses-of"].items():
        for beginning in beginnings:
            yield from _rows(SEX, {"diagnosis": [beginning]}, {}, [sex])


def _rows(part: str, when: Any, beside: Any, texts: list[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        key = repr((part, sorted(when.items()), sorted(beside.items()), text))
        slug = hashlib.sha256(key.encode()).hexdigest()[:40]
        conditions = {"when": _lists(when), "beside": _lists(beside)}
        yield {"slug": slug, "part": part, "text": text, **conditions}


def _lists(condition: Any) -> dict[str, list[str]]:
    return {name: [values] if isinstance(values, str) else list(values) for name, values in condition.items()}
