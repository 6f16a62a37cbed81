"""The laws of the engine, on random libraries and encounters."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from rulebook import Claim, ClaimLine, Encounter, Finding, Grade, Library, grade
from rulebook.case_format import read_claim, read_encounter, write_claim, write_encounter, write_grade
from rulebook.kinds.base import match_facets
from rulebook.types import Outcome, Rule, Severity
from tests.rulebook.builders import ADDRESSED
from tests.rulebook.strategies import (
    DIAGNOSES,
    LINES,
    MODIFIERS,
    UNKNOWN,
    Scene,
    answered,
    codable_scenes,
    scene_of,
)

#: The same examples every time, and no explain phase: on a failure it takes minutes.
law = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


def marked(scene: Scene, claim: Claim) -> Grade:
    return grade(claim, scene.encounter, scene.book, scene.derivation)


def whole(result: Grade) -> str:
    return json.dumps(write_grade(result))


# A derived claim -------------------------------------------------------------------


def obstacles(scene: Scene, claim: Claim) -> set[str]:
    """The kinds of rule that the encounter itself cannot keep, whatever is claimed."""
    return {kind for line in claim.lines for kind in hindrances(line, scene)}


def hindrances(line: ClaimLine, scene: Scene) -> Iterator[str]:
    """What the note does not show, and for each diagnosis of the line the first kind that it cannot keep."""
    rules, shown = scene.book.of(line.code), scene.encounter.documented
    items = scene.library.codes[line.code].documentation if scene.book.of(line.code, "documentation") else ()
    if shown is not None and any(item.slug not in shown for item in items):
        yield "documentation"
    for diagnosis in line.diagnoses:
        yield from [rule.kind for rule in rules if hinders(rule, diagnosis, line, scene)][:1]


def hinders(rule: Rule, diagnosis: str, line: ClaimLine, scene: Scene) -> bool:
    """Whether a rule speaks against the only diagnoses that the encounter has to offer."""
    params, encounter = rule.params, scene.encounter
    accepted = next(one for one in scene.derivation.accepted if line in one.claim.lines)
    services = accepted.services[accepted.claim.lines.index(line)]
    match rule.kind:
        case "diagnosis":
            return not any(map(params.supported, line.diagnoses))
        case "code-first":
            return bool(params.follows(diagnosis)) and not any(map(params.leads, line.diagnoses))
        case "seventh-character":
            return not params.holds(diagnosis, params.wanted(services, encounter))
        case "laterality":
            return bool(params.elsewhere(diagnosis, params.treated(services, encounter)))
    return False


def essential_kinds(result: Grade) -> set[str]:
    return {finding.kind for finding in result.findings if finding.severity is Severity.ESSENTIAL}


@law
@given(codable_scenes())
def test_derived_claim_is_wrong_only_where_the_encounter_is(scene: Scene) -> None:
    for claim in scene.claims:
        result = marked(scene, claim)
        assert essential_kinds(result) == obstacles(scene, claim)
        assert result.clean is not bool(obstacles(scene, claim))


@law
@given(codable_scenes())
def test_derived_claim_without_obstacle_is_wholly_accurate(scene: Scene) -> None:
    for claim in scene.claims:
        if obstacles(scene, claim) <= {"documentation"}:
            assert marked(scene, claim).element_accuracy == 1.0


# One change of a derived claim -------------------------------------------------------

Changed = tuple[str, tuple[str, ...]]
Change = Callable[[st.DataObject, Scene, list[ClaimLine], int], Changed]


def other_code(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    before = lines[at].code
    others = sorted({*scene.library.codes, UNKNOWN} - {before})
    lines[at] = replace(lines[at], code=data.draw(st.sampled_from(others)))
    return before, ("code",)


def one_unit_more(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    lines[at] = replace(lines[at], units=lines[at].units + 1)
    return lines[at].code, ("units",)


def modifier_added(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    # One that the fact of the note asks for already would be no change.
    modifier = data.draw(st.sampled_from([one for one in MODIFIERS if one not in lines[at].modifiers]))
    lines[at] = replace(lines[at], modifiers=(modifier,))
    return lines[at].code, (f"modifier:{modifier}",)


def diagnosis_dropped(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    dropped, *others = lines[at].diagnoses
    lines[at] = replace(lines[at], diagnoses=tuple(others))
    return lines[at].code, (f"diagnosis:{dropped}",)


def diagnosis_added(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    known = {*scene.encounter.diagnoses, *lines[at].diagnoses}
    added = data.draw(st.sampled_from([code for code in DIAGNOSES if code not in known]))
    lines[at] = replace(lines[at], diagnoses=(*lines[at].diagnoses, added))
    return lines[at].code, (f"diagnosis:{added}",)


def diagnosis_changed(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    code, dropped = diagnosis_dropped(data, scene, lines, at)
    _, added = diagnosis_added(data, scene, lines, at)
    return code, dropped + added


def line_dropped(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    return lines.pop(at).code, ("code",)


def line_added(data: st.DataObject, scene: Scene, lines: list[ClaimLine], at: int) -> Changed:
    lines.insert(at, data.draw(LINES))
    return lines[at].code, ("code",)


ON_ANY_LINE: list[Change] = [other_code, one_unit_more, modifier_added, line_dropped, line_added]
ON_DIAGNOSES: list[Change] = [diagnosis_dropped, diagnosis_added, diagnosis_changed]


def possible(lines: tuple[ClaimLine, ...], at: int) -> list[Change]:
    """A claim without lines can only gain one."""
    if not lines:
        return [line_added]
    return ON_ANY_LINE + (ON_DIAGNOSES if lines[at].diagnoses else [])


def faulted(result: Grade) -> set[tuple[str | None, str]]:
    """(code, element) of all that was not kept; a wrong code is there as what it is and what it should be."""
    faults = [finding for finding in result.findings if finding.outcome is not Outcome.KEPT]
    return {(code, finding.element) for finding in faults for code in (finding.code, finding.yours)}


@law
@given(codable_scenes(), st.data())
def test_each_change_of_a_derived_claim_has_its_finding(scene: Scene, data: st.DataObject) -> None:
    assume(len(scene.claims) == 1)  # a change towards another acceptable claim is none
    right = scene.claims[0].lines
    at = data.draw(st.sampled_from(range(len(right)))) if right else 0
    for change in possible(right, at):
        lines = list(right)
        code, elements = change(data, scene, lines, at)
        assert {(code, element) for element in elements} <= faulted(marked(scene, Claim(lines=tuple(lines)))), change


# Order --------------------------------------------------------------------------------


def by_content(result: Grade, claim: Claim) -> Counter[tuple[Any, ...]]:
    """The findings with their line in place of its number, so that only what they say is left."""

    def plain(finding: Finding) -> tuple[Any, ...]:
        line = claim.lines[finding.line - 1] if finding.line else None
        why, fix = (re.sub(r"\b([Ll]ine) \d+", r"\1", text) for text in (finding.why, finding.fix))
        return (line, why, replace(finding, line=None, why="", fix=fix))

    return Counter(map(plain, result.findings))


@law
@given(answered(), st.randoms(use_true_random=False))
def test_order_of_lines_changes_nothing(case: tuple[Scene, Claim], random: Any) -> None:
    scene, claim = case
    shuffled = Claim(lines=tuple(random.sample(claim.lines, len(claim.lines))))
    one, other = marked(scene, claim), marked(scene, shuffled)
    assert (one.clean, one.counts) == (other.clean, other.counts)
    assert by_content(one, claim) == by_content(other, shuffled)


@law
@given(answered(), st.randoms(use_true_random=False))
def test_order_of_services_changes_nothing(case: tuple[Scene, Claim], random: Any) -> None:
    scene, claim = case
    services = tuple(random.sample(scene.encounter.services, len(scene.encounter.services)))
    shuffled = scene_of(scene.library, replace(scene.encounter, services=services))
    one, other = marked(scene, claim), marked(shuffled, claim)
    assert (one.clean, one.counts) == (other.clean, other.counts)
    assert {frozenset(c.lines) for c in one.accepted} == {frozenset(c.lines) for c in other.accepted}


@law
@given(answered())
def test_order_of_earlier_procedures_changes_nothing(case: tuple[Scene, Claim]) -> None:
    scene, claim = case
    turned = scene_of(scene.library, replace(scene.encounter, earlier=scene.encounter.earlier[::-1]))
    one, other = marked(turned, claim), marked(scene, claim)
    assert (one.clean, one.counts, one.accepted) == (other.clean, other.counts, other.accepted)
    assert [(f.rule, f.why) for f in one.findings] == [(f.rule, f.why) for f in other.findings]


@law
@given(answered())
def test_order_of_facets_changes_nothing(case: tuple[Scene, Claim]) -> None:
    scene, claim = case
    services = tuple(replace(s, facets=dict(reversed(s.facets.items()))) for s in scene.encounter.services)
    turned = scene_of(scene.library, replace(scene.encounter, services=services))
    assert whole(marked(turned, claim)) == whole(marked(scene, claim))


@law
@given(answered(), st.randoms(use_true_random=False))
def test_order_of_the_library_changes_nothing(case: tuple[Scene, Claim], random: Any) -> None:
    scene, claim = case
    codes = random.sample(list(scene.library.codes.values()), len(scene.library.codes))
    rules = random.sample(scene.library.rules, len(scene.library.rules))
    shuffled = scene_of(Library(codes=codes, rules=rules), scene.encounter)
    assert whole(marked(shuffled, claim)) == whole(marked(scene, claim))


# Scores and findings ---------------------------------------------------------------------


@law
@given(answered())
def test_same_input_gives_the_same_bytes(case: tuple[Scene, Claim]) -> None:
    scene, claim = case
    again = Library(codes=scene.library.codes.values(), rules=scene.library.rules)
    first = grade(claim, scene.encounter, scene.library.on(scene.encounter.date_of_service))
    second = grade(claim, scene.encounter, again.on(scene.encounter.date_of_service))
    assert whole(first) == whole(second) == whole(marked(scene, claim))


@law
@given(answered())
def test_scores_and_findings_keep_their_promises(case: tuple[Scene, Claim]) -> None:
    result = marked(*case)
    assert 0.0 <= result.element_accuracy <= 1.0
    assert 0 <= result.counts.kept <= result.counts.required
    assert result.clean is not any(finding.severity is Severity.ESSENTIAL for finding in result.findings)
    for finding in result.findings:
        assert finding.cites or finding.outcome is Outcome.UNCLEAR
        assert 0 < len(finding.why.split()) <= 60
        assert not ADDRESSED.search(f"{finding.why} {finding.fix}")


@law
@given(answered())
def test_each_element_has_one_verdict(case: tuple[Scene, Claim]) -> None:
    faults = [f for f in marked(*case).findings if f.outcome is not Outcome.KEPT]
    places = Counter((f.line, f.code, f.element) for f in faults)
    assert set(places.values()) <= {1}


@law
@given(codable_scenes())
def test_optional_modifiers_never_touch_the_score(scene: Scene) -> None:
    assume(len(scene.claims) == 1)  # with them a claim may be closer to another acceptable one
    accepted = scene.derivation.accepted[0]
    lines = zip(accepted.claim.lines, accepted.optional, strict=True)
    more = [replace(line, modifiers=tuple(dict.fromkeys((*line.modifiers, *may)))) for line, may in lines]
    with_all, without = marked(scene, Claim(lines=tuple(more))), marked(scene, accepted.claim)
    assert (with_all.clean, with_all.counts) == (without.clean, without.counts)


def without_unclear(claim: Claim, findings: Iterable[Finding]) -> Claim:
    """The claim without the lines and the modifiers that nobody can judge."""
    unclear = {(f.line, f.element) for f in findings if f.outcome is Outcome.UNCLEAR}
    return Claim(
        lines=tuple(
            replace(line, modifiers=tuple(m for m in line.modifiers if (number, f"modifier:{m}") not in unclear))
            for number, line in enumerate(claim.lines, start=1)
            if (number, "code") not in unclear
        )
    )


@law
@given(answered())
def test_unclear_findings_never_touch_the_score(case: tuple[Scene, Claim]) -> None:
    scene, claim = case
    result = marked(scene, claim)
    rest = marked(scene, without_unclear(claim, result.findings))
    assert (rest.clean, rest.counts) == (result.clean, result.counts)


@law
@given(answered())
def test_nothing_in_the_note_is_said_only_when_it_is_true(case: tuple[Scene, Claim]) -> None:
    scene, claim = case
    for finding in marked(scene, claim).findings:
        if "Nothing in the note" in finding.why:
            wanted = scene.book.of(finding.code, "selection")[0].params.facets
            assert not any(match_facets(wanted, service).full for service in scene.encounter.services)


# The case format ---------------------------------------------------------------------------


def through_json(data: Any) -> Any:
    return json.loads(json.dumps(data))


@law
@given(answered())
def test_claims_and_encounters_survive_writing_and_reading(case: tuple[Scene, Claim]) -> None:
    scene, claim = case
    assert read_claim(through_json(write_claim(claim))) == claim
    encounter: Encounter = read_encounter(through_json(write_encounter(scene.encounter)))
    assert encounter == scene.encounter
