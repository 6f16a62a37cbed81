"""What ICD-10-CM says of the diagnoses that the page names: complete codes, sides, seventh characters, notes.

Of two diagnoses that exclude each other the notes do not say which one stays; that is left to an educator's rule, and
lint asks for it.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import permutations
from typing import Any

from codes.from_files.asked import Asked, Doubt, Row, spans
from codes.models import FacetValue
from datasets.lookups import Diagnosis, characters_of, diagnoses_around, diagnoses_of, notes_among
from datasets.models import Release
from rulebook.icd import any_covers
from rulebook.kinds.billable import BillableParams
from rulebook.kinds.code_first import CodeFirstParams
from rulebook.kinds.laterality import LateralityParams
from rulebook.kinds.seventh_character import SeventhCharacterParams
from rulebook.kinds.use_additional import UseAdditionalParams
from rulebook.params import dump

#: The facet that says the phase of care.
PHASE = "phase"
#: A category with two letters (QA0) has a point or a dash behind it in notes; genes (GH1) have none.
_CODE = r"[A-Z](?:\d[\dA-Z]|[A-Z]\d(?=[.-]))(?:\.[\dA-Z]{1,4})?"
_ENTRY = re.compile(rf"(?<![A-Za-z\d])({_CODE})(?![a-z\d])(?:-({_CODE})|(\.?-))?")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_SIDE = re.compile(r"\b(right|left)\b", re.IGNORECASE)
_NOTES: tuple[tuple[str, type[Any], str, str], ...] = (
    ("code-first", CodeFirstParams, "manifestations", "underlying"),
    ("use-additional", UseAdditionalParams, "with_", "add"),
)


def rules(asked: Asked) -> Iterator[Row]:
    """A rule of each kind for all fiscal years that say the same."""
    named = named_by(asked)
    if not named:
        return
    stems = [entry.rstrip("-.") for entry in named]
    orders, tabulars = list(Release.objects.of("icd10-order")), list(Release.objects.of("icd10-tabular"))
    around = {one.pk: diagnoses_around(stems, one.in_force_from) for one in orders}
    yield from _told(asked, "billable", orders, {key: _billable(found) for key, found in around.items()})
    yield from _told(asked, "laterality", orders, {key: _sides(found, named) for key, found in around.items()})
    phases = _phases() if tabulars else {}
    seventh = {one.pk: _seventh(characters_of(stems, one.in_force_from), phases) for one in tabulars}
    yield from _told(asked, "seventh-character", tabulars, seventh)
    notes = {one.pk: notes_among(stems, one.in_force_from) for one in tabulars}
    for kind, params, carrying, listed in _NOTES:
        for code in sorted({code for found in notes.values() for code in found}):
            said = {
                key: _noted(
                    params, carrying, listed, code, [text for name, text in found.get(code, ()) if name == kind]
                )
                for key, found in notes.items()
            }
            yield from _told(asked, kind, tabulars, said, f"{kind}-{code.replace('.', '')}")


def doubts(asked: Asked, on: date) -> Iterator[Doubt]:
    """Diagnoses of lists and examples that cannot be billed, and two in an example that exclude each other."""
    for part, params in asked.stated("diagnosis"):
        listed_codes = [entry for entry in params.supports if "-" not in entry and entry not in params.headers]
        yield from _not_billable(part, "params.supports", listed_codes, on)
    for example in asked.content["examples"]:
        facts = example["encounter"] or {}
        part, day = f"examples/{example['slug']}", read_day(facts.get("date_of_service"))
        if day is not None and (given := facts.get("diagnoses", ())):
            yield from _not_billable(part, "encounter.diagnoses", given, day)
            yield from _excluding(asked, part, given, day)


def _not_billable(part: str, field: str, codes: Sequence[str], on: date) -> Iterator[Doubt]:
    release = Release.objects.of("icd10-order").on(on)
    if release is None:
        return
    known = diagnoses_of(codes, on)
    for code in codes:
        if code not in known:
            why = f"ICD-10-CM has no code {code}"
        elif not known[code].is_billable:
            why = f"{code} is a heading in ICD-10-CM and cannot be billed"
        else:
            continue
        yield Doubt(part=part, field=field, message=f"{why} on {on:%B} {on.day}, {on.year} ({release.label}).")


def _excluding(asked: Asked, part: str, given: Sequence[str], on: date) -> Iterator[Doubt]:
    """Pairs that a note says are never coded together, and of which no rule says which one stays."""
    decided = asked.states("excludes")
    for code, notes in notes_among(given, on).items() if len(given) > 1 else ():
        entries = tuple(entry for kind, text in notes if kind == "excludes1" for entry in entries_in(text))
        for one, other in permutations(given, 2):
            covered = any_covers(entries, other) and one.startswith(code)
            if covered and not any(rule.goes(one) or rule.goes(other) for rule in decided):
                message = (
                    f"At {code} ICD-10-CM excludes {other} (Excludes1), and no rule says which of {one} and it stays."
                )
                yield Doubt(part=part, field="encounter.diagnoses", message=message, disagrees=False)


def read_day(text: object) -> date | None:
    """A day as facts have it; None where it cannot be read."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def named_by(asked: Asked) -> tuple[str, ...]:
    """The entries of the page's own lists, and the diagnoses of its examples."""
    listed = [entry for params in asked.states("diagnosis") for entry in params.supports]
    given = [
        code for example in asked.content["examples"] for code in (example["encounter"] or {}).get("diagnoses", ())
    ]
    return tuple(dict.fromkeys(entry for entry in (*listed, *given) if "-" not in entry.rstrip("-")))


def entries_in(text: str) -> tuple[str, ...]:
    """The codes that a note names in brackets, as lists of the rulebook have them: C79.51, C40.-, C00-D49."""
    found = [_entry(*match) for part in _BRACKETS.findall(text) for match in _ENTRY.findall(part)]
    return tuple(dict.fromkeys(found))


def _entry(first: str, last: str, is_open: str) -> str:
    if last:
        return f"{first[:3]}-{last[:3]}"
    return below(first) if is_open else first


def below(code: str) -> str:
    """The entry for everything below a code: C40.- or C79.5-."""
    return f"{code}-" if "." in code else f"{code}.-"


def _told(
    asked: Asked, kind: str, releases: list[Release], told: Mapping[int, Any | None], name: str = ""
) -> Iterator[Row]:
    """The rules for what releases say, unless the page has rules of the kind itself."""
    if asked.states(kind):
        return
    fixed = {key: None if params is None else _Params(params) for key, params in told.items()}
    for span in spans(name or kind, releases, fixed):
        source = span.release.title
        yield asked.row(kind, span.told.params, slug=span.slug, starts=span.starts, ends=span.ends, source=source)


class _Params(Hashable):
    """Parameters that are compared by what they say."""

    def __init__(self, params: Any) -> None:
        self.params = params

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Params) and dump(self.params) == dump(other.params)

    def __hash__(self) -> int:
        return hash(str(dump(self.params)))


def _billable(found: Mapping[str, Diagnosis]) -> BillableParams | None:
    headers = tuple(code for code, diagnosis in found.items() if not diagnosis.is_billable)
    return BillableParams(headers=headers) if headers else None


def _sides(found: Mapping[str, Diagnosis], named: Iterable[str]) -> LateralityParams | None:
    """Pairs of codes whose texts differ in nothing but the side, as far as the page's lists have one of the two."""
    pairs: dict[str, dict[str, str]] = {}
    for code, diagnosis in found.items():
        if diagnosis.is_billable and (side := _SIDE.search(diagnosis.text)):
            pairs.setdefault(_SIDE.sub("*", diagnosis.text).lower(), {})[side[1].lower()] = code
    entries = tuple(named)
    both = [
        pair for pair in pairs.values() if len(pair) == 2 and any(any_covers(entries, one) for one in pair.values())
    ]
    if not both:
        return None
    return LateralityParams(sides={side: tuple(pair[side] for pair in both) for side in ("left", "right")})


def _seventh(found: Mapping[str, Mapping[str, str]], phases: Mapping[str, str]) -> SeventhCharacterParams | None:
    """The characters of all codes that ask for one, by the phase of care that they mean."""
    told: dict[str, dict[str, None]] = {}
    for characters in found.values():
        for character, meaning in characters.items():
            told.setdefault(_phase(meaning.lower(), phases), {})[character] = None
    if not told:
        return None
    characters_of_phase = {phase: tuple(these) for phase, these in told.items()}
    return SeventhCharacterParams(below=tuple(map(below, found)), characters=characters_of_phase)


def _phase(meaning: str, phases: Mapping[str, str]) -> str:
    """The vocabulary's value for a meaning, by the words that it begins with; the meaning where there is none."""
    return next((phase for words, phase in phases.items() if meaning.startswith(words)), meaning)


def _phases() -> dict[str, str]:
    """What notes call a phase of care -> its value in the vocabulary, the longest words first."""
    words = FacetValue.objects.words().get(PHASE, {})
    return dict(sorted(words.items(), key=lambda pair: -len(pair[0])))


def _noted(params: type[Any], carrying: str, listed: str, code: str, texts: list[str]) -> Any | None:
    """A rule for what the notes at a code name; none where they name no code."""
    entries = tuple(dict.fromkeys(entry for text in texts for entry in entries_in(text)))
    if not entries:
        return None
    return params(**{carrying: (code, below(code)), listed: entries})
