"""What is drawn for a set: rules at stake, fresh cases, formats by turns, the first contact with a rule."""

import random
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from codes.library import current_stamp, library
from codes.models import Code
from codes.publish import publish
from quizzes import practice
from quizzes.asking import Candidate
from quizzes.drawing import (
    FIRST_CONTACT,
    QUIET,
    RHYTHM,
    Recipe,
    cases_seen_by,
    choose,
    draw_for_rules,
    interleaved,
    to_introduce,
)
from quizzes.models import AttemptItem, QuestionVersion, Scenario
from quizzes.stakes import Stakes, stakes, table
from rulebook import derive, grade
from rulebook.case_format import read_encounter
from rulebook.types import Outcome

BUNDLED, UNITS = "20983/not-with", "20983/units"
NONE: frozenset[str] = frozenset()


@pytest.fixture
def known(bone_code: Code) -> Stakes:
    return table(current_stamp())


@pytest.fixture
def of_bone(bone_code: Code) -> list[Scenario]:
    return list(Scenario.objects.live().of("20983"))


def judged_rules(candidate: Candidate) -> set[str]:
    """The rules that the grading of the right answer speaks of, and those of the wrong ones that are offered."""
    form, prompt = candidate.format, candidate.prompt
    asked = QuestionVersion(prompt=prompt, options=candidate.pinned.options, key=candidate.key)
    encounter = read_encounter(prompt["encounter"])
    graded = form.judge(form.right(asked), asked, encounter, library()).grade
    tempting = {rule for _, rule in form.wrong(asked)}
    turned_on = {candidate.variant.rule} if candidate.variant else set()
    return {one.rule for one in graded.findings if one.cites} | tempting | turned_on


# Stakes -----------------------------------------------------------------------------------------


def test_a_rule_is_at_stake_where_the_accepted_claim_keeps_it(known: Stakes) -> None:
    pages = library()
    for scenario in Scenario.objects.live():
        encounter = read_encounter(scenario.encounter)
        book = pages.on(encounter.date_of_service)
        graded = grade(derive(encounter, book).accepted[0].claim, encounter, book)
        kept = {one.rule for one in graded.findings if one.outcome is Outcome.KEPT and one.cites}
        assert kept == {rule for rule, found in stakes(current_stamp()).items() if scenario.pk in found}
        assert kept == known.rules[scenario.pk]


def test_every_rule_of_the_library_has_its_card(known: Stakes) -> None:
    assert set(known.cards) == {rule.id for rule in library().rules}
    card = known.cards[UNITS]
    assert (card.code, card.kind, card.category) == ("20983", "units", "units")
    assert card.title == "20983: Units"
    assert "once" in card.sentence.lower() or "one" in card.sentence.lower()


def test_publishing_renews_what_is_at_stake(known: Stakes, bone_code: Code, educator: User) -> None:
    bone_code.rules.get(slug="not-with").delete()
    publish(bone_code, by=educator, why="Without the rule that takes guidance off")
    assert BUNDLED in known.scenarios
    assert BUNDLED not in stakes(current_stamp())


def test_it_is_worked_out_once(known: Stakes) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        table(current_stamp())
    assert len(asked) == 1  # the stamp


# A question on a rule ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_every_question_puts_its_rule_at_stake(known: Stakes, seed: int) -> None:
    chance = random.Random(seed)
    for rule in chance.sample(sorted(known.scenarios), 12):
        drawn = draw_for_rules([rule], chance, seen=NONE, size=2)
        assert len(drawn) == 2, rule
        for candidate in drawn:
            assert rule in candidate.rules
            assert candidate.rules <= judged_rules(candidate)


def test_rules_take_turns(known: Stakes) -> None:
    drawn = draw_for_rules([BUNDLED, UNITS], random.Random(1), seen=NONE, size=6, formats=("code-the-claim",))
    for candidate, rule in zip(drawn, [BUNDLED, UNITS] * 3, strict=True):
        assert rule in candidate.rules


def test_variants_come_before_the_scenario_as_it_is_written(known: Stakes) -> None:
    drawn = draw_for_rules([UNITS], random.Random(1), seen=NONE, size=10)
    assert all(candidate.variant for candidate in drawn)


def test_no_case_comes_twice_in_a_set(known: Stakes) -> None:
    for seed in range(5):
        rules = random.Random(seed).sample(sorted(known.scenarios), 3)
        cases = [one.case for one in draw_for_rules(rules, random.Random(seed), seen=NONE, size=12)]
        assert len(cases) == len(set(cases)) == 12


@pytest.mark.parametrize("rule", [BUNDLED, "77063/diagnosis"])
def test_no_case_comes_twice_for_a_person(known: Stakes, rule: str) -> None:
    """Not even where a rule is at stake in a single scenario: then it is another patient on another day."""
    seen = NONE
    for seed in range(12):
        drawn = draw_for_rules([rule], random.Random(seed), seen=seen, size=5)
        cases = {one.case for one in drawn}
        assert len(cases) == 5
        assert cases.isdisjoint(seen)
        seen |= cases


def test_a_case_that_was_seen_comes_when_nothing_else_is_left(known: Stakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quizzes.asking.moved", lambda *_: None)
    seen = NONE
    while fresh := {one.case for one in draw_for_rules(["77063/diagnosis"], random.Random(1), seen=seen)} - seen:
        seen |= fresh
    assert {one.case for one in draw_for_rules(["77063/diagnosis"], random.Random(1), seen=seen)} <= seen


def test_a_rule_that_nothing_puts_at_stake_gives_no_question(known: Stakes) -> None:
    assert draw_for_rules(["20983/no-such-rule"], random.Random(1), seen=NONE) == []


def test_a_kind_with_a_format_of_its_own_is_asked_in_it(known: Stakes) -> None:
    drawn = draw_for_rules(["20983/documentation"], random.Random(1), seen=NONE, size=4)
    assert "missing-in-the-note" in {one.format.id for one in drawn}
    only = draw_for_rules(["20983/documentation"], random.Random(1), seen=NONE, size=4, formats=("code-the-claim",))
    assert {one.format.id for one in only} == {"code-the-claim"}


@pytest.mark.parametrize("form", ["worked-example", "minimal-pair", "audit-the-claim"])
def test_a_format_that_has_a_choice_asks_about_the_rule(known: Stakes, form: str) -> None:
    drawn = draw_for_rules([BUNDLED], random.Random(3), seen=NONE, size=5, formats=(form,))
    assert {one.format.id for one in drawn} == {form}
    assert {one.pinned.key["rule"] for one in drawn} <= {BUNDLED, ""}  # a claim to audit may be right


def test_the_same_seed_gives_the_same_questions(known: Stakes) -> None:
    def drawn() -> list[tuple[int, object]]:
        return [(one.seed, one.prompt) for one in draw_for_rules([UNITS, BUNDLED], random.Random(9), seen=NONE)]

    assert drawn() == drawn()


def test_drawing_for_many_rules_takes_no_more_queries(known: Stakes) -> None:
    draw_for_rules([UNITS], random.Random(1), seen=NONE, size=1)  # so that the phrasebook is in memory
    counts = []
    for rules in ([UNITS], sorted(known.scenarios)[:40]):
        with CaptureQueriesContext(connection) as asked:
            draw_for_rules(rules, random.Random(1), seen=NONE)
        counts.append(len(asked))
    assert max(counts) <= 4


# A set on a page --------------------------------------------------------------------------------


def test_no_case_of_a_page_comes_twice_for_a_person(trainee: User, bone_code: Code) -> None:
    for seed in range(6):
        practice.start(trainee, bone_code, seed=seed)
    cases = list(AttemptItem.objects.values_list("version__case", flat=True))
    assert len(cases) == len(set(cases)) == 60
    assert cases_seen_by(trainee) == set(cases)


def test_what_a_teammate_has_seen_is_nobody_elses(trainee: User, teammate: User, bone_code: Code) -> None:
    practice.start(teammate, bone_code, seed=1)
    assert cases_seen_by(trainee) == NONE


def test_what_one_has_seen_is_one_query(trainee: User, bone_code: Code) -> None:
    for seed in range(3):
        practice.start(trainee, bone_code, seed=seed)
        with CaptureQueriesContext(connection) as asked:
            cases_seen_by(trainee)
        assert len(asked) == 1


def pages(known: Stakes) -> Iterator[tuple[str, list[Scenario]]]:
    for number in sorted(set(known.pages.values())):
        yield number, list(Scenario.objects.live().of(number))


def test_every_page_fills_a_set(known: Stakes) -> None:
    for number, scenarios in pages(known):
        drawn = choose(scenarios, random.Random(number), Recipe())
        assert len(drawn) == 10, number
        assert {one.format.id for one in drawn} <= set(RHYTHM)


# First contact ----------------------------------------------------------------------------------


def test_the_first_contact_with_a_rule_is_worked_then_half_filled_then_blank(known: Stakes) -> None:
    for number, scenarios in pages(known):
        rule = to_introduce([one for one in known.scenarios if one.startswith(f"{number}/")], (), known)
        drawn = choose(scenarios, random.Random(1), Recipe(first=rule))
        assert len(drawn) == 10
        assert all(rule in one.rules for one in drawn[:3])
        # A claim of one line with nothing but its code leaves nothing to finish.
        assert [one.format.id for one in drawn[:3]][::2] == [*FIRST_CONTACT][::2]


def test_it_is_half_filled_where_something_can_be_left_open(of_bone: list[Scenario]) -> None:
    drawn = choose(of_bone, random.Random(1), Recipe(first=BUNDLED))
    assert tuple(one.format.id for one in drawn[:3]) == FIRST_CONTACT
    again = draw_for_rules([UNITS], random.Random(1), seen=NONE, first=BUNDLED)
    assert tuple(one.format.id for one in again[:3]) == FIRST_CONTACT
    assert all(BUNDLED in one.rules for one in again[:3])
    assert all(UNITS in one.rules for one in again[3:])


def test_the_rule_to_begin_with_is_the_unknown_one_at_stake_most_often(known: Stakes) -> None:
    telling = [rule for rule in known.scenarios if known.cards[rule].category not in QUIET]
    seldom, *_, often = sorted(telling, key=lambda rule: len(known.scenarios[rule]))
    assert to_introduce([seldom, often, "20983/none-such"], (), known) == often
    assert to_introduce([seldom, often], {often}, known) == seldom
    assert to_introduce([seldom, often], {often, seldom}, known) == ""


# Order ------------------------------------------------------------------------------------------


def test_pages_take_turns(known: Stakes) -> None:
    order = interleaved(known.pages, known, random.Random(1))
    numbers = [known.pages[pk] for pk in order]
    count = len(set(numbers))
    assert sorted(order) == sorted(known.pages)
    assert len(set(numbers[:count])) == count
