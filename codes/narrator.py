"""Telling an encounter as a note: sentences in which every fact is marked, chosen by a seed.

Nothing is told that is no fact, and a note is only told when every fact has its words:
an encounter for which the phrasebook has none cannot be told, and is not asked.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random

from codes.phrasebook import ONCE, PARTS, SLOT, STATING, Phrase, Phrasebook
from rulebook.types import Encounter

_MARK = re.compile(r"\[([^\[\]]+)\]\(([^()]*)\)")
_BY_DIAGNOSIS = frozenset({"diagnosis", "among"})
_OF_THE_ENCOUNTER = ("date_of_service", "place_of_service", "patient.age", "patient.sex")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
COLOUR = 0.35
#: Before each value of a condition: these are shut out.
NOT = "not "
#: The stages of life by the first and the last age.
STAGES = {
    "child": (0, 17), "adult": (18, 150),
    "toddler": (0, 5), "young": (18, 39), "middle": (40, 64), "senior": (65, 150),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A note: its title, and its sentences one a line with marks as in codes.narrative."""

    title: str
    narrative: str


def tell(encounter: Encounter, book: Phrasebook, seed: int) -> Telling | None:
    """The note of an encounter, or None where some fact has no words. The same seed gives the same note."""
    if not _possible(encounter, book):
        return None
    teller = _Teller(encounter, book, Random(seed))
    lines = teller.lines()
    return None if lines is None else Telling(title=teller.title(), narrative="\n".join(lines))


def _possible(encounter: Encounter, book: Phrasebook) -> bool:
    """Whether this patient can have these diagnoses."""
    sex = encounter.patient.sex
    beginnings = (code[:length] for code in encounter.diagnoses for length in range(1, len(code) + 1))
    return sex is None or all(book.sexes.get(beginning, sex) == sex for beginning in beginnings)


@dataclass(slots=True)
class _Teller:
    """One telling in the making: what was chosen stays chosen, so that the note agrees with itself."""

    encounter: Encounter
    book: Phrasebook
    chance: Random
    filled: dict[tuple[int, str], str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    fitting: dict[tuple[str, int], list[tuple[set[str], Phrase]]] = field(default_factory=dict)
    words: dict[tuple[str, int], list[Phrase]] = field(default_factory=dict)
    said: dict[tuple[str, int], Set[str | None]] = field(default_factory=dict)
    facts: dict[int, set[str]] = field(default_factory=dict)

    def lines(self) -> list[str] | None:
        """The sentences in the order of their parts; None when a fact is left over."""
        open_facts = self._needed()
        told = self._plainly(open_facts)
        if not open_facts <= self._sayable():
            return None
        for again in (False, True):
            for rank, part in enumerate(PARTS if open_facts else ()):
                for index in range(1 if part in ONCE else len(self.encounter.services)):
                    chosen = self._chosen(part, index, open_facts, again)
                    told += [(rank, index, self._filled(phrase, index)) for phrase in chosen]
        if open_facts:
            return None
        return [line for *_, line in sorted(told, key=lambda one: one[:2])]

    def title(self) -> str:
        """Who and when, which gives nothing away."""
        patient = self.encounter.patient
        who = self._word("Man", 0) if patient.sex else "Patient"
        age = f", {patient.age}" if patient.age is not None else ""
        return f"{who}{age}, {self.encounter.date_of_service:%B %Y}"

    # What must be told, and by what ------------------------------------------------------

    def _needed(self) -> set[str]:
        """The paths of the facts that the note has to state."""
        encounter = self.encounter
        values = (encounter.date_of_service, encounter.place_of_service, encounter.patient.age)
        needed = {path for path, value in zip(_OF_THE_ENCOUNTER, values, strict=False) if value is not None}
        for index, service in enumerate(encounter.services):
            needed |= {f"services.{index}.{facet}" for facet in service.facets}
            if service.count > 1 or self._counted(index):
                needed.add(f"services.{index}.count")
        needed |= {*self._path("diagnoses", 0), *self._path("earlier", 0)}
        return needed | {f"documented.{slug}" for slug in encounter.documented or ()}

    def _sayable(self) -> set[str]:
        """The facts that there are words for: without words for one of them nothing needs to be told."""
        services = range(len(self.encounter.services))
        return {
            path
            for part in PARTS
            for index in (services[:1] if part in ONCE else services)
            for paths, _ in self._phrases(part, index)
            for path in paths
        }

    def _counted(self, index: int) -> bool:
        """Whether a count of one is worth saying for this procedure."""
        return any("count" in phrase.marks for part in PARTS for _, phrase in self._phrases(part, index))

    def _phrases(self, part: str, index: int) -> list[tuple[set[str], Phrase]]:
        """The phrases of a part that can be said of a service, with the facts they state; looked for once."""
        if (part, index) not in self.fitting:
            procedure = self.encounter.services[index].facets.get("procedure", "")
            fitting = [one for one in self.book.of(part, procedure) if self._fits(one, index)]
            self.fitting[part, index] = [(self._paths(phrase, index), phrase) for phrase in fitting]
        return self.fitting[part, index]

    def _chosen(self, part: str, index: int, open_facts: set[str], again: bool) -> Iterator[Phrase]:
        """Phrases of a part that state what is still open, and the first time round perhaps one that only colours."""
        pool = [one for one in self._phrases(part, index) if not again or one[0] & open_facts]
        self.chance.shuffle(pool)
        # A sentence that states much reads better than several that state little, and one that was
        # written for this procedure reads better than one for any.
        pool.sort(key=lambda one: (-len(one[0]), "procedure" not in one[1].when))
        for paths, phrase in pool:
            fresh = paths <= open_facts and phrase.text not in self.used
            if paths & open_facts and (again or fresh):
                open_facts -= paths
                self.used.add(phrase.text)
                yield phrase
        plain = [phrase for paths, phrase in pool if not paths and phrase.text not in self.used]
        if plain and not again and self.chance.random() < COLOUR:
            self.used.add(plain[0].text)
            yield plain[0]

    def _fits(self, phrase: Phrase, index: int) -> bool:
        """Whether everything that a phrase needs is so, and all it states is a fact."""
        for name, values in phrase.when.items():
            if not self._holds(name, values, index):
                return False
        services = enumerate(self.encounter.services)
        if phrase.beside and not any(
            other != index and all(one.facets.get(name) in values for name, values in phrase.beside.items())
            for other, one in services
        ):
            return False
        return self._are_facts(phrase.marks, index) and self._has_words(phrase, index)

    def _has_words(self, phrase: Phrase, index: int) -> bool:
        """Whether every slot of a phrase can be filled: some always can, a facet's name stands for its value."""
        facets = self.encounter.services[index].facets
        return all(slot in _SLOTS or slot in facets or self._fitting_words(slot, index) for slot in phrase.slots)

    def _fitting_words(self, name: str, index: int) -> list[Phrase]:
        """The words for a slot that are true of a service; those for one where the slot asks for several."""
        if (name, index) not in self.words:
            words = self.book.words
            found = words.get(name) or (words.get(name[:-1], ()) if name.endswith("s") else ())
            self.words[name, index] = [word for word in found if self._fits(word, index)]
        return self.words[name, index]

    def _holds(self, name: str, values: tuple[str, ...], index: int) -> bool:
        """Whether a condition holds; ``-`` is the value of what is not said, and ``not `` shuts a value out."""
        encounter, facets = self.encounter, self.encounter.services[index].facets
        if name == "unshown":
            return encounter.documented is not None and encounter.documented.isdisjoint(values)
        if name == "diagnosis":
            return bool(encounter.diagnoses) and encounter.diagnoses[0].startswith(values)
        if name == "among":
            return any(code.startswith(values) for code in encounter.diagnoses)
        said = {facets[name]} if name in facets else self._said(name, index)
        if values[0].startswith(NOT):
            return said.isdisjoint(value.removeprefix(NOT) for value in values)
        return not said.isdisjoint(values)

    def _said(self, name: str, index: int) -> Set[str | None]:
        """What a condition that is no facet of the service is compared with."""
        if (name, index) not in self.said:
            said = _CONDITIONS[name](self, index) - {None} if name in _CONDITIONS else set()
            self.said[name, index] = said or {"-"}
        return self.said[name, index]

    def _are_facts(self, marks: frozenset[str], index: int) -> bool:
        """Whether all of these are so. What the note shows only counts where the case says what is shown."""
        if index not in self.facts:
            encounter, patient = self.encounter, self.encounter.patient
            given = {
                "place_of_service": encounter.place_of_service is not None,
                "patient.age": patient.age is not None,
                "patient.sex": patient.sex is not None,
                **{name: bool(getattr(encounter, name)) for name in STATING},
            }
            facets = encounter.services[index].facets
            self.facts[index] = {"date_of_service", "count", *facets, *(name for name, is_so in given.items() if is_so)}
        return all(mark in self.facts[index] or self._is_shown(mark) for mark in marks)

    def _is_shown(self, mark: str) -> bool:
        head, _, slug = mark.partition(".")
        shown = self.encounter.documented
        return head == "documented" and (shown is None or slug in shown)

    def _paths(self, phrase: Phrase, index: int) -> set[str]:
        """The facts that a phrase states of a service, as paths into the encounter."""
        return {path for mark in phrase.marks for path in self._path(mark, index)}

    def _path(self, mark: str, index: int) -> list[str]:
        if mark.startswith("documented."):
            return [mark] if self.encounter.documented is not None else []
        if mark in STATING:
            return [f"{mark}.{place}" for place in range(len(getattr(self.encounter, mark)))]
        return [mark] if mark in _OF_THE_ENCOUNTER else [f"services.{index}.{mark}"]

    def _plainly(self, open_facts: set[str]) -> list[tuple[int, int, str]]:
        """A procedure of which the phrasebook knows nothing is told as a record would list it."""
        told = []
        for index, service in enumerate(self.encounter.services):
            if self.book.knows(service.facets.get("procedure", "")):
                continue
            paths = {facet: f"services.{index}.{facet}" for facet in (*service.facets, "count")}
            said = [f"{facet} [{value}]({paths[facet]})" for facet, value in service.facets.items()]
            if service.count > 1:
                said.append(f"number [{service.count}]({paths['count']})")
            told.append((PARTS.index("work"), index, f"Recorded: {'; '.join(said)}."))
            open_facts -= set(paths.values())
        return told

    # Filling the slots -------------------------------------------------------------------

    def _filled(self, phrase: Phrase, index: int) -> str:
        """The phrase with its slots filled and its marks led to the facts of this encounter."""
        text = SLOT.sub(lambda slot: self._word(slot[1], index), phrase.text)
        marked = _MARK.sub(lambda mark: self._marked(mark[1], mark[2], index), text)
        return _capital(re.sub(r"\.m\.(\]\([^()]*\))?\.$", r".m.\1", marked))

    def _marked(self, words: str, marks: str, index: int) -> str:
        paths = [path for mark in marks.split() for path in self._path_or_itself(mark, index)]
        return f"[{words}]({' '.join(paths)})" if paths else words

    def _path_or_itself(self, mark: str, index: int) -> list[str]:
        return [mark] if re.match(r"(services|diagnoses|earlier)\.\d", mark) else self._path(mark, index)

    def _word(self, slot: str, index: int) -> str:
        """What stands in a slot; a capital letter asks for one. The same all through a note, for each service."""
        name = _lower(slot)
        key = (index, name)
        if key not in self.filled:
            self.filled[key] = _SLOTS[name](self, index) if name in _SLOTS else self._from_words(name, index)
        return _capital(self.filled[key]) if slot[0].isupper() else self.filled[key]

    def _from_words(self, name: str, index: int) -> str:
        """One of the words for a slot; with an s at its end, as many different ones as the service counts.

        Without words it is the value of the facet of that name.
        """
        several = name.endswith("s") and name not in self.book.words
        fitting = self._fitting_words(name, index)
        if not fitting:
            return self.encounter.services[index].facets.get(name, name)
        # Where the diagnosis names the place, the place is the one it names.
        exact = [word.text for word in fitting if _BY_DIAGNOSIS & word.when.keys()] or [word.text for word in fitting]
        self.chance.shuffle(exact)
        chosen = islice(cycle(exact), self.encounter.services[index].count if several else 1)
        return _joined([SLOT.sub(lambda slot: self._fresh(slot[1], index), text) for text in chosen])

    def _fresh(self, slot: str, index: int) -> str:
        """A slot inside a word is filled anew each time: every tumor has its own size."""
        return _SLOTS[slot](self, index) if slot in _SLOTS else self._from_words(slot, index)


def _amount(number: int) -> str:
    return "one" if number == 1 else "several" if number else "-"


# What conditions are compared with -------------------------------------------------------


def _stages(teller: _Teller, index: int) -> set[str]:
    """The stages of life that an age belongs to; they overlap."""
    age = teller.encounter.patient.age
    return set() if age is None else {name for name, (low, high) in STAGES.items() if low <= age <= high}


def _turn(teller: _Teller, index: int) -> set[str]:
    services = teller.encounter.services
    before = {one.facets.get("procedure") for one in services[:index]}
    return {"next" if services[index].facets.get("procedure") in before else "first"}


def _others(teller: _Teller, index: int) -> set[str]:
    """The procedures of the other services."""
    return {one.facets.get("procedure", "") for place, one in enumerate(teller.encounter.services) if place != index}


_CONDITIONS: Mapping[str, Callable[[_Teller, int], Set[str | None]]] = {
    "turn": _turn,
    "others": _others,
    "count": lambda teller, index: {
        _amount(teller.encounter.services[index].count),
        str(teller.encounter.services[index].count),
    },
    "diagnoses": lambda teller, index: {_amount(len(teller.encounter.diagnoses))},
    "earlier": lambda teller, index: {_amount(len(teller.encounter.earlier))},
    "place_of_service": lambda teller, index: {teller.encounter.place_of_service},
    "sex": lambda teller, index: {teller.encounter.patient.sex},
    "stage": _stages,
    "theme": lambda teller, index: {teller._word("theme", index)},
}


# What fills the slots ----------------------------------------------------------------------


def _lower(slot: str) -> str:
    """A slot whose capital asks for one is the same slot."""
    return slot[0].lower() + slot[1:]


def _capital(text: str) -> str:
    """The first letter as a capital, also behind the bracket of a mark."""
    place = 1 if text.startswith("[") else 0
    return text[:place] + text[place : place + 1].upper() + text[place + 1 :]


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _sex(female: str, male: str, unknown: str) -> Callable[[_Teller, int], str]:
    return lambda teller, index: {"F": female, "M": male}.get(teller.encounter.patient.sex or "", unknown)


def _person(teller: _Teller, index: int) -> str:
    patient = teller.encounter.patient
    child = patient.age is not None and patient.age < 18
    names = {"F": ("girl", "woman"), "M": ("boy", "man")}
    young, grown = names.get(patient.sex or "", ("child", "patient"))
    return young if child else grown


def _article(teller: _Teller, index: int) -> str:
    """``a`` or ``an`` before the age in figures."""
    age = teller.encounter.patient.age
    return "an" if age in (8, 11, 18) or 80 <= (age or 0) < 90 else "a"


def _day(teller: _Teller, index: int) -> str:
    return f"{teller.encounter.date_of_service:%B %-d, %Y}"


def _number(teller: _Teller, index: int) -> str:
    count = teller.encounter.services[index].count
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour % 12 or 12}:{minute:02} {'a.m.' if hour < 12 else 'p.m.'}"


def _start(teller: _Teller, index: int) -> str:
    return _clock(teller.chance.randrange(8 * 60, 14 * 60))


def _within(teller: _Teller, index: int) -> str:
    """Later than the start of this note, by no more than an hour."""
    return _clock(_minute(teller._word("start", index)) + teller.chance.randrange(35, 61))


def _end(teller: _Teller, index: int) -> str:
    """Later than the start that this note has."""
    return _clock(_minute(teller._word("start", index)) + teller.chance.randrange(24, 85))


def _minute(clock: str) -> int:
    """The minute of the day that a clock shows."""
    hour, minute, half = re.split(r"[: ]", clock)
    return (int(hour) % 12 + (12 if half == "p.m." else 0)) * 60 + int(minute)


def _times(teller: _Teller, index: int) -> str:
    count = teller.encounter.services[index].count
    return {1: "once", 2: "twice"}.get(count, f"{_number(teller, index)} times")


def _size(teller: _Teller, index: int) -> str:
    return f"{teller.chance.randrange(11, 48) / 10:.1f} cm"


def _diagnoses(teller: _Teller, index: int) -> str:
    names = teller.book.diagnoses
    return "; ".join(
        f"[{code}{', ' + names[code] if code in names else ''}](diagnoses.{place})"
        for place, code in enumerate(teller.encounter.diagnoses)
    )


def _earlier(teller: _Teller, index: int) -> str:
    """What was done earlier and when; in the words of the phrasebook, which does not name the code."""
    names = teller.book.procedures
    return _joined(
        [
            f"[{names.get(one.code, 'the procedure ' + one.code)} on {one.date:%B %-d, %Y}](earlier.{place})"
            for place, one in enumerate(teller.encounter.earlier)
        ]
    )


_SLOTS: Mapping[str, Callable[[_Teller, int], str]] = {
    "man": _person,
    "he": _sex("she", "he", "the patient"),
    "his": _sex("her", "his", "the patient’s"),
    "him": _sex("her", "him", "the patient"),
    "himself": _sex("herself", "himself", "the patient"),
    "an": _article,
    "age": lambda teller, index: str(teller.encounter.patient.age),
    "day": _day,
    "number": _number,
    "count": lambda teller, index: str(teller.encounter.services[index].count),
    "start": _start,
    "end": _end,
    "within": _within,
    "times": _times,
    "size": _size,
    "small": lambda teller, index: f"{teller.chance.randrange(8, 25) / 10:.1f} cm",
    "mm": lambda teller, index: f"{teller.chance.randrange(4, 15)} mm",
    "minutes": lambda teller, index: NUMBERS[teller.chance.randrange(6, 13)],
    "days": lambda teller, index: NUMBERS[teller.chance.randrange(3, 11)],
    "diagnoses": _diagnoses,
    "earlier": _earlier,
}
