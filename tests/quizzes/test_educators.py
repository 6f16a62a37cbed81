"""What educators see of the questions that a scenario gives."""

import pytest
from django.test import Client
from django.urls import reverse

from codes.models import Code, Example
from codes.publish import publish
from quizzes.models import Scenario


@pytest.fixture
def scenario(bone_code: Code) -> Scenario:
    return Scenario.objects.live().of("20983")[0]


def page_of(client: Client, scenario: Scenario, **query: str) -> str:
    return client.get(reverse("admin:quizzes_scenario_questions", args=[scenario.pk]), query).text


def test_each_note_has_its_claim_and_formats(as_educator: Client, scenario: Scenario) -> None:
    page = page_of(as_educator, scenario)
    assert f"As written: {scenario.title}" in page
    assert "Turns on 20983/" in page
    assert "20983 × 1 for C79.51" in page
    for format in ("Code the claim", "Audit the claim", "Minimal pair"):
        assert f"<td>{format}</td><td>yes</td>" in page


def test_what_is_refused_has_its_reason(as_educator: Client, scenario: Scenario) -> None:
    Scenario.objects.filter(pk=scenario.pk).update(narrative="Nothing is marked here.")
    page = page_of(as_educator, scenario)
    assert "<td>no</td><td>The note does not mark what the claim rests on: " in page
    assert "<td>yes</td>" in page  # told in other words it is complete


def test_another_seed_shows_other_variants(as_educator: Client, scenario: Scenario) -> None:
    assert page_of(as_educator, scenario, seed="1") != page_of(as_educator, scenario, seed="2")
    assert "seed 1." in page_of(as_educator, scenario, seed="-4")


def test_trainees_do_not_see_it(as_trainee: Client, scenario: Scenario) -> None:
    response = as_trainee.get(reverse("admin:quizzes_scenario_questions", args=[scenario.pk]))
    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_lint_names_facts_without_words(as_educator: Client, educator: object, bone_code: Code) -> None:
    example = Example.objects.filter(code=bone_code).first()
    assert example is not None
    example.narrative = example.narrative.replace("services.0.technique", "services.0.procedure")
    example.save(update_fields=["narrative"])
    page = as_educator.get(reverse("check_page", args=[bone_code.number])).text
    assert "its text does not mark services.0.technique" in page
    assert publish(bone_code, by=None, why="A word fell out")  # a warning does not stop it
