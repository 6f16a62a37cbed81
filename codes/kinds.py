"""Documentation of the rule kinds, generated from their docstrings and specimens."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from codes.markdown import render
from rulebook import Library, grade
from rulebook.case_format import read_case, write_claim, write_finding
from rulebook.kinds import KIND, KINDS, Kind, Specimen
from rulebook.params import json_name
from rulebook.types import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenView:
    """A worked example, graded."""

    title: str
    caught: bool
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    lines: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPage:
    """One kind as its page shows it."""

    id: str
    title: str
    category: str
    lead: str
    html: str
    params: tuple[tuple[str, str], ...]
    specimens: tuple[SpecimenView, ...]


@lru_cache(maxsize=1)
def kind_pages() -> dict[str, KindPage]:
    """Every kind's page, by id; made once, because the kinds are code."""
    return {kind.id: _page(kind) for kind in KINDS}


def _page(kind: Kind[Any]) -> KindPage:
    lead, _, rest = _text(kind).partition("\n\n")
    specimens = [_specimen(kind, one, caught=False) for one in kind.clean]
    specimens += [_specimen(kind, one, caught=True) for one in kind.caught]
    return KindPage(
        id=kind.id,
        title=kind.title,
        category=kind.category,
        lead=lead,
        html=render(rest),
        params=tuple((json_name(spec), spec.metadata.get("help", "")) for spec in fields(kind.Params)),
        specimens=tuple(specimens),
    )


def lead(kind: Kind[Any]) -> str:
    """What a kind is, in a sentence or two: the first paragraph of its docstring."""
    return " ".join(_text(kind).partition("\n\n")[0].split())


def _text(kind: Kind[Any]) -> str:
    return inspect.getdoc(type(kind)) or ""


def _specimen(kind: Kind[Any], specimen: Specimen, *, caught: bool) -> SpecimenView:
    encounter, claim = read_case(specimen.case)
    graded = grade(claim, encounter, Library(codes=specimen.codes, rules=specimen.rules).on(encounter.date_of_service))
    told = [finding for finding in graded.findings if finding.kind == kind.id]
    if caught:
        told = [finding for finding in told if finding.outcome is not Outcome.KEPT]
    return SpecimenView(
        title=specimen.title,
        caught=caught,
        facts=_facts(specimen.case),
        rules=tuple(f"{rule.code}: {KIND[rule.kind].describe(rule.params)}" for rule in specimen.rules),
        lines=tuple(write_claim(claim)["lines"]),
        findings=tuple(write_finding(finding) for finding in told),
    )


def _facts(case: Mapping[str, Any]) -> tuple[str, ...]:
    """The case in words: its date, each service, what else it has."""
    said = [f"Date of service {case['date_of_service']}"]
    said += [", ".join(f"{facet}: {value}" for facet, value in service.items()) for service in case["services"]]
    said += [f"{name}: {', '.join(case[name])}" for name in ("diagnoses", "documented") if name in case]
    said += [f"earlier: {one['code']} on {one['date']}" for one in case.get("earlier", ())]
    return tuple(said)
