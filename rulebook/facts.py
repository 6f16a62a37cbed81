"""The facts of an encounter by their paths, and which of them a claim rests on."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from rulebook.types import Encounter, Grade, Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A fact that two encounters do not share: its path, and its value in each ("" where it is not there)."""

    path: str
    before: str
    after: str


def facts_of(encounter: Encounter) -> dict[str, str]:
    """Path -> value as text, for every fact: ``services.0.site``, ``diagnoses.1``, ``documented.times`` …"""
    patient = encounter.patient
    found = {
        "date_of_service": encounter.date_of_service.isoformat(),
        "place_of_service": encounter.place_of_service or "",
        "patient.age": "" if patient.age is None else str(patient.age),
        "patient.sex": patient.sex or "",
    }
    for index, service in enumerate(encounter.services):
        found |= {f"services.{index}.{name}": value for name, value in service_facts(service).items()}
    found |= {f"diagnoses.{index}": code for index, code in enumerate(encounter.diagnoses)}
    found |= {
        f"earlier.{index}": f"{one.code} of {one.date.isoformat()}" for index, one in enumerate(encounter.earlier)
    }
    found |= {f"documented.{slug}": "shown" for slug in sorted(encounter.documented or ())}
    return {path: value for path, value in found.items() if value}


def service_facts(service: Service) -> dict[str, str]:
    """Facet -> value of one service, with its count."""
    return {**service.facets, "count": str(service.count)}


def differences(before: Encounter, after: Encounter) -> tuple[Change, ...]:
    """What differs between two encounters, fact by fact; a service that only one of them has is one change.

    Paths are those of ``after``, and of ``before`` for what only that one has.
    """
    changes = _differing(_apart_from_services(before), _apart_from_services(after), "")
    for old, new in _aligned(before.services, after.services):
        if old is None or new is None:
            changes.append(_whole(before, after, old, new))
        else:
            changes += _differing(
                service_facts(before.services[old]), service_facts(after.services[new]), f"services.{new}."
            )
    return tuple(changes)


def _differing(before: Mapping[str, str], after: Mapping[str, str], where: str) -> list[Change]:
    return [
        Change(path=where + name, before=before.get(name, ""), after=after.get(name, ""))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]


def _apart_from_services(encounter: Encounter) -> dict[str, str]:
    return facts_of(replace(encounter, services=()))


def _whole(before: Encounter, after: Encounter, old: int | None, new: int | None) -> Change:
    """A service that is only in one of the two, in a few words."""
    if new is not None:
        return Change(path=f"services.{new}", before="", after=in_words(after.services[new]))
    return Change(path=f"services.{old}", before=in_words(before.services[old or 0]), after="")


def in_words(service: Service) -> str:
    """A service in a few words, its procedure first: ``imaging guidance, CT``."""
    return ", ".join(value for _, value in sorted(service.facets.items(), key=lambda one: one[0] != "procedure"))


Place = int | None


def _aligned(before: tuple[Service, ...], after: tuple[Service, ...]) -> list[tuple[Place, Place]]:
    """Which service of one is which of the other: the same ones, then those of one procedure, then nothing."""
    pairs: list[tuple[Place, Place]] = []
    left, right = list(range(len(before))), list(range(len(after)))
    for alike in (operator.eq, _same_procedure):
        for old in tuple(left):
            new = next((place for place in right if alike(before[old], after[place])), None)
            if new is not None:
                pairs.append((old, new))
                left.remove(old)
                right.remove(new)
    return sorted(pairs) + [(old, None) for old in left] + [(None, new) for new in right]


def _same_procedure(one: Service, other: Service) -> bool:
    return one.facets.get("procedure") == other.facets.get("procedure")


def at_stake(graded: Grade) -> frozenset[str]:
    """The paths of the facts that a graded claim rests on, as far as the rules name them."""
    return frozenset(path for finding in graded.findings for path in finding.facts)


def taken_back(change: Change, before: Encounter, after: Encounter) -> Encounter:
    """``after`` with one of its ``differences`` from ``before`` undone."""
    head, *rest = change.path.split(".")
    if head == "services":
        return replace(after, services=_services_back(change, rest, before, after))
    if head == "patient":
        return replace(after, patient=replace(after.patient, **{rest[0]: getattr(before.patient, rest[0])}))
    if head == "diagnoses":
        place = int(rest[0])
        return replace(after, diagnoses=_spliced(after.diagnoses, place, before.diagnoses[place : place + 1]))
    if head == "documented":
        return replace(after, documented=(after.documented or frozenset()) ^ {rest[0]})
    return replace(after, **{head: getattr(before, head)})


def _services_back(change: Change, rest: list[str], before: Encounter, after: Encounter) -> tuple[Service, ...]:
    place = int(rest[0])
    if len(rest) == 1:  # a whole service, which came or went
        if change.before:
            return (*after.services[:place], before.services[place], *after.services[place:])
        return _spliced(after.services, place, ())
    service, name = after.services[place], rest[1]
    if name == "count":
        service = replace(service, count=int(change.before))
    else:
        others = {facet: value for facet, value in service.facets.items() if facet != name}
        service = replace(service, facets={**others, **({name: change.before} if change.before else {})})
    return _spliced(after.services, place, (service,))


def _spliced(values: tuple[T, ...], place: int, instead: tuple[T, ...]) -> tuple[T, ...]:
    return (*values[:place], *instead, *values[place + 1 :])
