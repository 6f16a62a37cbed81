"""The engine run on a draft: what is expected of each case against what the draft's rules compute."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from codes.models import FacetValue
from editorial.drafts_tried import Draft
from quizzes.educators import line_in_words
from quizzes.models import Scenario
from rulebook import Library, derive, grade
from rulebook.case_format import CaseError, read_case, read_encounter, write_claim, write_finding
from rulebook.types import NO_FAULT, Claim, Encounter

MOST_CASES = 50
MOST_CHARACTERS = 200_000
#: So many published scenarios are looked at in one go.
MOST_SCENARIOS = 2000
Lines = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A case: the claim that is expected, those that the draft accepts, and what the draft says of the expected one.

    ``expected`` None: there is nothing to compare with. ``wrong`` says why the case could not be run.
    """

    title: str
    code: str = ""
    slug: str = ""
    expected: Lines | None = None
    computed: list[Lines] = field(default_factory=list)
    differs: bool = False
    findings: list[Mapping[str, Any]] = field(default_factory=list)
    wrong: str = ""


class BadCases(ValueError):
    """Pasted text that is no case; the text names the case and the field."""


def run_examples(draft: Draft, published: Library) -> list[Compared]:
    """Every example of the draft: expected is what the published library derives."""
    return [_example(example, draft, published) for example in draft.examples()]


def _example(example: Mapping[str, Any], draft: Draft, published: Library) -> Compared:
    names = {"title": example["title"], "code": draft.code.number, "slug": example["slug"]}
    try:
        encounter = read_encounter(example["encounter"])
    except CaseError as error:
        return Compared(**names, wrong=str(error))
    before = accepted(encounter, published)
    return _compared(encounter, before[0] if before else Claim(lines=()), draft.library, **names)


def run_cases(text: str, draft: Draft, published: Library) -> list[Compared]:
    """Pasted cases: expected is the claim that a case has, or what the published library derives. BadCases."""
    words = FacetValue.objects.words() or None
    return [_case(number, case, draft, published, words) for number, case in enumerate(_cases(text), start=1)]


def _cases(text: str) -> list[Any]:
    if len(text) > MOST_CHARACTERS:
        raise BadCases(f"The text has {len(text):,} characters; {MOST_CHARACTERS:,} are the most.")
    try:
        data = json.loads(text)
    except RecursionError:
        raise BadCases("The text is nested too deeply to be a case.") from None
    except ValueError as error:
        raise BadCases(f"This is no JSON: {error}.") from None
    cases = data if isinstance(data, list) else [data]
    if not cases or len(cases) > MOST_CASES:
        raise BadCases(f"There are {len(cases)} cases; from 1 to {MOST_CASES} can be run at once.")
    return cases


def _case(number: int, data: Any, draft: Draft, published: Library, words: Any) -> Compared:
    try:
        if isinstance(data, Mapping) and "claim" not in data:
            encounter = read_encounter(data, words)
            derived = accepted(encounter, published)
            claim = derived[0] if derived else Claim(lines=())
        else:
            encounter, claim = read_case(data, words)
    except CaseError as error:
        raise BadCases(f"Case {number}: {error}") from error
    return _compared(encounter, claim, draft.library, title=f"Case {number}")


def accepted(encounter: Encounter, library: Library) -> list[Claim]:
    """The claims that a library accepts."""
    return [one.claim for one in derive(encounter, library.on(encounter.date_of_service)).accepted]


def _compared(encounter: Encounter, expected: Claim, library: Library, **names: str) -> Compared:
    """The expected claim held against the draft: as it is derived, and as it is graded."""
    book = library.on(encounter.date_of_service)
    derivation = derive(encounter, book)
    graded = grade(expected, encounter, book, derivation)
    computed = [_lines(one.claim) for one in derivation.accepted]
    said = _lines(expected)
    return Compared(
        title=names["title"], code=names.get("code", ""), slug=names.get("slug", ""), expected=said, computed=computed,
        differs=sorted(said) not in [sorted(one) for one in computed or [[]]],
        findings=[write_finding(one) for one in graded.findings if one.outcome not in NO_FAULT],
    )  # fmt: skip


def _lines(claim: Claim) -> Lines:
    return [line_in_words(line) for line in write_claim(claim)["lines"]]


# What a change of rules does ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A published scenario of any page that comes to other claims with the draft."""

    scenario: Scenario
    before: list[Lines]
    after: list[Lines]


def changes(scenarios: Iterable[Scenario], draft: Draft, published: Library) -> list[Change]:
    """The scenarios whose accepted claims differ with the draft in the library."""
    compared = (_change(scenario, draft.library, published) for scenario in scenarios)
    return [change for change in compared if change.before != change.after]


def _change(scenario: Scenario, with_draft: Library, published: Library) -> Change:
    encounter = read_encounter(scenario.encounter)
    return Change(
        scenario=scenario,
        before=[_lines(claim) for claim in accepted(encounter, published)],
        after=[_lines(claim) for claim in accepted(encounter, with_draft)],
    )
