"""Exams drawn from their blueprint."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from codes.library import current_stamp
from codes.models import Code
from quizzes.drawing import RHYTHM, TooFewQuestions, draw_blueprint
from quizzes.models import Exam, ExamPart, Scenario
from quizzes.stakes import Stakes, table

NONE: frozenset[str] = frozenset()


@pytest.fixture
def known(starter_library: None) -> Stakes:
    return table(current_stamp())


def part(number: int, *, code: str = "", rule: str = "", format: str = "") -> ExamPart:
    found = Code.objects.get(number=code) if code else None
    return ExamPart(number=number, code=found, rule=rule, format=format)


def test_each_part_gives_so_many_questions_of_what_it_names(known: Stakes) -> None:
    parts = [
        part(4, rule="units"),
        part(3, rule="20983/not-with", format="audit-the-claim"),
        part(2, code="99213"),
        part(1, format="minimal-pair"),
    ]
    drawn = draw_blueprint(parts, random.Random(1), seen=NONE)
    assert len(drawn) == 10
    units = set(known.of_kind("units"))
    assert sum(bool(units & one.rules) for one in drawn) >= 4
    assert sum(one.format.id == "audit-the-claim" and "20983/not-with" in one.rules for one in drawn) >= 3
    assert sum(known.pages[one.scenario.pk] == "99213" for one in drawn) >= 2
    assert "minimal-pair" in {one.format.id for one in drawn}


def test_a_part_with_a_code_and_a_kind_asks_that_codes_rules_on_its_page(known: Stakes) -> None:
    drawn = draw_blueprint([part(5, code="20983", rule="not-with")], random.Random(2), seen=NONE)
    assert {known.pages[one.scenario.pk] for one in drawn} == {"20983"}
    assert all({"20983/not-with"} & one.rules for one in drawn)


def test_a_part_without_a_format_takes_formats_by_turns(known: Stakes) -> None:
    drawn = draw_blueprint([part(20)], random.Random(3), seen=NONE)
    assert len({one.format.id for one in drawn}) >= 5
    assert {one.format.id for one in drawn} <= set(RHYTHM)
    assert len({known.pages[one.scenario.pk] for one in drawn}) == 20


@pytest.mark.parametrize("seed", range(3))
def test_a_scenario_is_never_asked_as_its_page_tells_it(known: Stakes, seed: int) -> None:
    """A page may be read during the exam, so neither its words nor its cases are asked."""
    drawn = draw_blueprint([part(10, code="20983"), part(20)], random.Random(seed), seen=NONE)
    told = set(Scenario.objects.values_list("narrative", flat=True))
    assert all(one.variant for one in drawn)
    assert not {one.case for one in drawn} & known.written
    assert not {one.prompt["narrative"] for one in drawn} & told


@pytest.mark.parametrize("seed", range(3))
def test_all_cases_of_an_exam_are_different(known: Stakes, seed: int) -> None:
    drawn = draw_blueprint([part(15, rule="units"), part(15, code="20983")], random.Random(seed), seen=NONE)
    assert len({one.case for one in drawn}) == 30


def test_what_was_seen_in_practice_is_not_in_the_exam(known: Stakes) -> None:
    first = {one.case for one in draw_blueprint([part(15, code="20983")], random.Random(1), seen=NONE)}
    second = {one.case for one in draw_blueprint([part(15, code="20983")], random.Random(1), seen=frozenset(first))}
    assert len(second) == 15
    assert first.isdisjoint(second)


def test_the_parts_are_mixed(known: Stakes) -> None:
    drawn = draw_blueprint([part(5, code="20983"), part(5, code="99213")], random.Random(1), seen=NONE)
    numbers = [known.pages[one.scenario.pk] for one in drawn]
    assert numbers not in (sorted(numbers), sorted(numbers, reverse=True))


@pytest.mark.parametrize(
    ("rule", "code", "form", "missing"),
    [
        ("20983/none-such", "", "", 3),
        ("", "20983", "no-such-format", 3),
        ("99213/selection", "20983", "", 3),
    ],
)
def test_a_part_that_cannot_be_filled_is_named_with_what_is_missing(
    known: Stakes, rule: str, code: str, form: str, missing: int
) -> None:
    bad = part(3, rule=rule, code=code, format=form)
    with pytest.raises(TooFewQuestions) as short:
        draw_blueprint([part(2), bad], random.Random(1), seen=NONE)
    assert short.value.part is bad
    assert short.value.missing == missing


def test_drawing_costs_the_same_queries_for_any_number_of_parts(known: Stakes) -> None:
    exam = Exam.objects.create(title="Bones")
    draw_blueprint([part(1)], random.Random(1), seen=NONE)  # so that the phrasebook is in memory
    counts = []
    for _ in range(2):
        for code in ("20983", "99213", "71046"):
            ExamPart.objects.create(exam=exam, number=2, code=Code.objects.get(number=code))
        parts = list(exam.parts.all())
        with CaptureQueriesContext(connection) as asked:
            draw_blueprint(parts, random.Random(1), seen=NONE)
        counts.append(len(asked))
    assert counts[1] <= counts[0]
