"""Selections that take what the page itself, or another page, says is another code's."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from codes.lint.days import meet, share_a_day
from codes.lint.page import Page
from codes.lint.specimens import RULES, SELECTION, SIBLING, UNITS, VALIDITY, content, page, rule, sibling
from codes.lint.types import Check, Family, Found, Level, Specimen
from rulebook.kinds.base import listed
from rulebook.kinds.patient import PatientParams
from rulebook.kinds.validity import ValidityParams
from rulebook.types import Rule

Common = dict[str, tuple[str, ...]]


def sent_away(page: Page) -> Iterator[Found]:
    for one, own in page.rules:
        for other, away in page.rules if own.kind == "selection" else ():
            if away.kind == "redirect" and meet(own, away) and away.params.when.keys() <= own.params.facets.keys():
                both = _common(own.params.facets, away.params.when)
                if both:
                    there = listed(away.params.to, "or")
                    message = f"It takes {_said(both)}, and the rule {other.row['slug']} sends that to {there}."
                    yield Found(part=one.part, field=one.field("facets"), message=message)


def taken_twice(page: Page) -> Iterator[Found]:
    for one, own in page.rules:
        for theirs in _selections(page) if own.kind == "selection" else ():
            both = _common(own.params.facets, theirs.params.facets)
            alike = len(own.params.facets) == len(theirs.params.facets) and both and meet(own, theirs)
            if alike and _may_meet(own, [rule for _, rule in page.rules], theirs, page.published.rules):
                message = f"It and the selection of {theirs.code} both take {_said(both)}."
                yield Found(part=one.part, field=one.field("facets"), message=message)


def _selections(page: Page) -> Iterator[Rule]:
    """Those of the other published pages."""
    return (one for one in page.published.rules if one.kind == "selection" and one.code != page.number)


def _common(one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> Common:
    """The values that both name of each facet that both have; empty where a service cannot fit both.

    Where each asks for a facet of which the other says nothing, a service that has both fits both.
    """
    common = {facet: tuple(value for value in one[facet] if value in other[facet]) for facet in one if facet in other}
    return common if all(common.values()) else {}


def _said(common: Common) -> str:
    return listed([f"{facet} {listed(values, 'or')}" for facet, values in common.items()])


def _may_meet(own: Rule, beside: Iterable[Rule], theirs: Rule, published: Iterable[Rule]) -> bool:
    """Whether both codes can be right for one patient on one day, as far as the rules of each say."""
    mine = _limits(own, beside)
    return all(_leave_room(one, other) for one, other in product(mine, _limits(theirs, published)))


def _limits(selection: Rule, rules: Iterable[Rule]) -> list[Rule]:
    """The rules that say when and for whom the code of a selection is right, while it is in force."""
    return [one for one in rules if one.code == selection.code and one.kind in _LIMITING and meet(one, selection)]


def _leave_room(one: Rule, other: Rule) -> bool:
    """Whether two of these rules of a kind can hold for the same encounter."""
    return one.kind != other.kind or not meet(one, other) or _LIMITING[one.kind](one.params, other.params)


def _share_a_patient(one: PatientParams, other: PatientParams) -> bool:
    youngest = max(one.from_age or 0, other.from_age or 0)
    ages = all(age is None or youngest <= age for age in (one.to_age, other.to_age))
    sexes = len({one.sex, other.sex} - {None}) < 2
    return ages and sexes and (not one.places or not other.places or not set(one.places).isdisjoint(other.places))


def _share_a_time(one: ValidityParams, other: ValidityParams) -> bool:
    return share_a_day((one.from_, one.to), (other.from_, other.to))


#: The kinds that keep a code from an encounter, and whether what two of such rules say leaves room for one.
_LIMITING: dict[str, Callable[[Any, Any], bool]] = {"patient": _share_a_patient, "validity": _share_a_time}

_HEAT = rule("redirect", {"when": {"technique": "radiofrequency"}, "to": [SIBLING]})
_BOTH = rule("selection", {"facets": {"site": "bone", "technique": ["cryoablation", "radiofrequency"]}})
_ANY_SITE = rule("selection", {"facets": {"technique": "cryoablation"}})
_FROM_40 = rule("patient", {"from_age": 40})
_TO_39 = rule("patient", {"to_age": 39})
_TO_50 = rule("patient", {"to_age": 50})
_TO_2014 = rule("validity", {"to": "2014-12-31"})
_ONCE = rule("selection", SELECTION["params"], ends="2014-12-31")
_SINCE = rule("selection", SELECTION["params"], starts="2015-01-01")
_OPEN = rule("selection", {"facets": {"procedure": "ablation", "approach": "open", "technique": "cryoablation"}})


def _twin(*rules: Mapping[str, Any]) -> Page:
    """The page, for people over 40, beside one that is selected by the same facets and has these rules."""
    return page(content(number=SIBLING, rules=[SELECTION, UNITS, *rules]), rules=[*RULES, _FROM_40], similar=[_NAMED])


_NAMED = {"number": SIBLING, "gloss": "heat"}

SELECTIONS = Family(
    title="Which code a service has",
    checks=(
        Check(
            id="selection-sent-away", level=Level.WARNING, find=sent_away,
            says="A page selects what a rule of the same page sends to another code.",
            do="Take the value out of the selection, or mend the rule that sends it away.",
        ),
        Check(
            id="selected-twice", level=Level.WARNING, find=taken_twice,
            says="Two published codes select the same services, so that a question accepts either of them.",
            do="Take the values out of one of the two selections, or name a facet that tells the codes apart.",
        ),
    ),
    specimens=(
        Specimen(title="Heat is sent away, and cold selected", page=page(sibling(), rules=[*RULES, _HEAT])),
        Specimen(title="For other ages", page=_twin(_TO_39)),
        Specimen(title="Valid before the code came", page=_twin(_TO_2014)),
        Specimen(
            title="Selected so before the code came",
            page=page(content(number=SIBLING, rules=[_ONCE]), rules=[_SINCE, UNITS, VALIDITY]),
        ),
        Specimen(
            title="Less specific, so that the page’s code comes first",
            page=page(content(number=SIBLING, rules=[_ANY_SITE])),
        ),
        Specimen(
            title="Heat is sent away, and selected", page=page(rules=[_BOTH, UNITS, VALIDITY, _HEAT]),
            caught_by="selection-sent-away",
        ),
        Specimen(title="A twin", page=_twin(), caught_by="selected-twice"),
        Specimen(title="A twin for ages that meet", page=_twin(_TO_50), caught_by="selected-twice"),
        Specimen(
            title="Each names a facet of which the other says nothing",
            page=page(content(number=SIBLING, rules=[_OPEN])), caught_by="selected-twice",
        ),
    ),
)  # fmt: skip
