"""Several acceptable claims, optional elements and what is not decided: in the feedback and in the numbers."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from codes.library import current_stamp, library
from codes.phrasebook import phrasebook
from quizzes import practice
from quizzes.asking import Source
from quizzes.formats import FORMAT
from quizzes.formats.code_the_claim import payload_of
from quizzes.models import Attempt, AttemptItem, Grading, Scenario
from quizzes.pinning import pin
from rulebook import Claim, ClaimLine, derive
from rulebook.case_format import read_encounter
from rulebook.changes import with_changed, with_line
from rulebook.types import Derivation

FORM = FORMAT["code-the-claim"]


def derived(scenario: Scenario) -> Derivation:
    encounter = read_encounter(scenario.encounter)
    return derive(encounter, library().on(encounter.date_of_service))


def first(wanted: Any) -> Scenario:
    """The first scenario whose derivation has what is wanted."""
    return next(one for one in Scenario.objects.live().order_by("code__number", "slug") if wanted(derived(one)))


@pytest.fixture
def several(starter_library: None) -> Scenario:
    return first(lambda found: len(found.accepted) > 1)


@pytest.fixture
def optional(starter_library: None) -> Scenario:
    return first(lambda found: any(found.accepted[0].optional))


def item_of(scenario: Scenario, person: User) -> AttemptItem:
    """The scenario as it is written, as the one question of a set."""
    source = Source(scenario=scenario, library=library(), phrases=phrasebook())
    material = source.as_written()
    assert material is not None
    candidate = source.candidate(material, FORM, 1, None)
    assert candidate is not None
    [version] = pin([candidate], current_stamp())
    attempt = Attempt.objects.create(person=person, title="one question", seed=1)
    return practice.lay(attempt, [version])[0]


def sent(client: Client, item: AttemptItem, claim: Claim) -> str:
    form = {"key": str(uuid.uuid4()), "action": "check", **FORM.fields(payload_of(claim))}
    return client.post(item.get_absolute_url(), form, follow=True).text


def test_each_acceptable_claim_is_clean_and_the_others_are_named(
    as_trainee: Client, trainee: User, several: Scenario
) -> None:
    for accepted in derived(several).accepted:
        page = sent(as_trainee, item_of(several, trainee), accepted.claim)
        assert "Clean claim" in page
        assert "Also acceptable:" in page
        assert Grading.objects.latest("pk").accepted[0]["lines"][0]["code"] == accepted.claim.lines[0].code
    assert set(Grading.objects.values_list("element_accuracy", flat=True)) == {1.0}


def test_a_claim_between_two_acceptable_ones_is_measured_by_the_closest(
    as_trainee: Client, trainee: User, several: Scenario
) -> None:
    other = derived(several).accepted[1].claim
    sent(as_trainee, item_of(several, trainee), with_changed(other, 0, units=other.lines[0].units + 1))
    grading = Grading.objects.get()
    assert grading.accepted[0]["lines"][-1]["modifiers"] == list(other.lines[-1].modifiers)
    assert {one["element"] for one in grading.findings if one["severity"] == "essential"} == {"units"}


def test_an_optional_modifier_counts_neither_way(as_trainee: Client, trainee: User, optional: Scenario) -> None:
    accepted = derived(optional).accepted[0]
    place = next(n for n, some in enumerate(accepted.optional) if some)
    line = accepted.claim.lines[place]
    more = tuple(sorted({*line.modifiers, accepted.optional[place][0]}))
    page = sent(as_trainee, item_of(optional, trainee), with_changed(accepted.claim, place, modifiers=more))
    assert "Clean claim" in page
    assert "Optional: it counts neither way" in page
    sent(as_trainee, item_of(optional, trainee), accepted.claim)
    with_it, without = Grading.objects.order_by("pk")
    assert (with_it.kept, with_it.required, with_it.extra) == (without.kept, without.required, 0)


def test_what_no_rule_decides_is_said_and_counted_apart(as_trainee: Client, trainee: User, several: Scenario) -> None:
    item = item_of(several, trainee)
    claim = derived(several).accepted[0].claim
    page = sent(as_trainee, item, with_line(claim, replace(ClaimLine(code="99999"), units=2)))
    assert "Not decided" in page
    assert "Clean claim" in page
    assert Grading.objects.get().undecided == 1
    summary = as_trainee.get(item.attempt.get_absolute_url()).text
    assert "1 difference was left open by the rules" in summary


def test_nothing_to_report_is_an_answer(as_trainee: Client, trainee: User, starter_library: None) -> None:
    """A routine visit three weeks after an operation with ninety days."""
    scenario = Scenario.objects.live().of("99213")[0]
    scenario.encounter = {
        "date_of_service": "2024-03-01",
        "services": [
            {"procedure": "office visit", "status": "established patient", "decision-making": "low complexity"}
        ],
        "earlier": [{"code": "29881", "date": "2024-02-09"}],
    }
    scenario.narrative = "The [knee was operated on three weeks ago](earlier.0)."
    assert derived(scenario).accepted[0].claim == Claim(lines=())
    item = item_of(scenario, trainee)
    form = {"key": str(uuid.uuid4()), "action": "nothing"}
    assert "Clean claim" in as_trainee.post(item.get_absolute_url(), form, follow=True).text
    wrong = sent(as_trainee, item_of(scenario, trainee), Claim(lines=(ClaimLine(code="99213"),)))
    assert "has a global period of 90 days" in wrong
