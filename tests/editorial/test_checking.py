"""Checking a draft: what is shown, where it leads, and an educator's word that a text is made up."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.append_only import WrittenOnce
from accounts.models import AuditEntry, User
from codes.lint import Level, lint
from codes.models import Code, Edition, Rule
from codes.pages import read_part, write_part
from editorial import checking
from editorial.models import Attestation
from tests.codes.sent import fields_of
from tests.editorial.pages import opened, part_url
from tests.editorial.test_rules import values_of

PATIENT = "Call Mrs. Roe at (312) 555-0199, MRN 00483920."


@pytest.fixture
def leaky(bone_code: Code) -> Code:
    """A page with what looks like a patient's data in one section."""
    tell(bone_code, PATIENT)
    return bone_code


def tell(code: Code, body: str, slug: str = "overview") -> None:
    part = f"sections/{slug}"
    write_part(code, part, {**read_part(code, part), "body": body})


def ask(client: Client, code: Code) -> Any:
    return client.get(reverse("check_page", args=[code.number]))


def attest(client: Client, code: Code, digest: str) -> Any:
    return client.post(reverse("attest", args=[code.number]), {"digest": digest}, follow=True)


def errors(code: Code) -> list[str]:
    return [one.problem.check for one in checking.problems_of(code) if one.is_error]


def asked(code: Code) -> str:
    return next(one.problem.attest for one in checking.problems_of(code) if one.problem.attest)


# While it is written ------------------------------------------------------------------------

TYPED = "Patient John Smith, SSN 123-45-6789."


def said_of_the_form(page: str) -> str:
    """What the check says of what stands in the form; nothing where it says something of the draft."""
    start = page.index('<div id="problems"')
    said = page[start : page.index("</div>", start)]
    return said if "of what stands in the form" in said else ""


def test_a_preview_of_a_section_says_what_the_check_finds_in_it(as_educator: Client, bone_code: Code) -> None:
    for changed in ({}, {"heading": ""}):
        data = opened(as_educator, bone_code, "sections/billing") | {"body": TYPED, "action": "preview"} | changed
        page = as_educator.post(part_url(bone_code, "sections/billing"), data).text
        assert "looks like a social security number" in said_of_the_form(page)
    assert not checking.problems_of(bone_code)


def test_a_section_that_is_not_there_yet_is_looked_at_too(as_educator: Client, bone_code: Code) -> None:
    data = opened(as_educator, bone_code, "sections/other-7") | {"heading": "More", "body": TYPED, "action": "preview"}
    page = as_educator.post(part_url(bone_code, "sections/other-7"), data).text
    assert "looks like a social security number" in said_of_the_form(page)


def test_a_preview_without_a_fault_says_nothing(as_educator: Client, bone_code: Code) -> None:
    data = opened(as_educator, bone_code, "sections/billing") | {"action": "preview"}
    assert said_of_the_form(as_educator.post(part_url(bone_code, "sections/billing"), data).text) == ""


def test_what_a_rule_says_comes_with_what_the_check_says_of_it(as_educator: Client, bone_code: Code) -> None:
    url = reverse("write_rule", args=[bone_code.number, "selection"])
    sent = fields_of(as_educator.get(url).text, "rule-form")
    sent[values_of(sent, "technique")] = "radiofrequncy"
    page = as_educator.post(url, sent | {"action": "say"}).text
    said = "Did you mean “radiofrequency”? The vocabulary has no technique “radiofrequncy”."
    assert said in said_of_the_form(page)
    assert said in as_educator.post(url, sent | {"action": "store", "why": "Heat"}, follow=True).text
    assert said in ask(as_educator, bone_code).text
    assert errors(bone_code) == ["rule-word-unknown"]


def test_a_rule_that_waits_is_looked_at_as_if_it_were_accepted(as_educator: Client, bone_code: Code) -> None:
    bone_code.rules.filter(slug="redirect-lung").update(state=Rule.State.PROPOSED)
    url = reverse("write_rule", args=[bone_code.number, "redirect-lung"])
    sent = fields_of(as_educator.get(url).text, "rule-form") | {"param_when-0-values": "nosuchsite", "action": "say"}
    said = said_of_the_form(as_educator.post(url, sent).text)
    assert "The vocabulary has no site “nosuchsite”; there are bone, " in said


def test_an_example_is_looked_at_as_it_is_filled_in(as_educator: Client, bone_code: Code) -> None:
    example = bone_code.example_set.all()[0]
    url = reverse("write_example", args=[bone_code.number, example.slug])
    sent = fields_of(as_educator.get(url).text, "example-form") | {"action": "show"}
    for changed in ({}, {"day": "no day"}):
        typed = {"narrative": f"{sent['narrative']}\n{TYPED}"} | changed
        assert "looks like a social security number" in said_of_the_form(as_educator.post(url, sent | typed).text)
    new = reverse("write_example_new", args=[bone_code.number])
    sent = fields_of(as_educator.get(new).text, "example-form") | {"title": "A man", "narrative": TYPED}
    assert "looks like a social security number" in said_of_the_form(
        as_educator.post(new, sent | {"action": "show"}).text
    )


def test_a_selection_that_takes_what_another_code_has_is_told(as_educator: Client, bone_code: Code) -> None:
    url = reverse("write_rule", args=[bone_code.number, "selection"])
    sent = fields_of(as_educator.get(url).text, "rule-form") | {"why": "Heat", "action": "store"}
    as_educator.post(url, sent | {values_of(sent, "technique"): "cryoablation, radiofrequency"})
    away, twice = (one.problem.message for one in checking.problems_of(bone_code, "rules/selection"))
    assert away == "It takes technique radiofrequency, and the rule redirect-technique sends that to 20982."
    assert twice.startswith("It and the selection of 20982 both take ")
    assert "technique radiofrequency" in twice


# The page -----------------------------------------------------------------------------------


def test_a_page_without_a_fault_says_so(as_educator: Client, bone_code: Code) -> None:
    assert "no error and no warning" in ask(as_educator, bone_code).text


def test_errors_stand_before_warnings_with_what_to_do(as_educator: Client, leaky: Code) -> None:
    tell(leaky, "TODO", "procedure")
    page = ask(as_educator, leaky).text
    assert page.index("looks like a telephone number") < page.index("“TODO” stands where a text should be.")
    assert "Write what belongs there." in page
    assert "Section “Overview”" in page


def test_each_problem_leads_to_its_field_where_there_is_a_form(monkeypatch: Any, leaky: Code) -> None:
    assert all(not one.url or one.url.endswith("#id_body") for one in checking.problems_of(leaky))
    monkeypatch.setattr(checking, "url_of", lambda number, part, field: f"/{number}/{part}#id_{field}")
    assert {one.url for one in checking.problems_of(leaky)} == {f"/{leaky.number}/sections/overview#id_body"}


def test_problems_of_one_part_are_those_alone(leaky: Code) -> None:
    tell(leaky, "TODO", "procedure")
    assert {one.problem.part for one in checking.problems_of(leaky, "sections/procedure")} == {"sections/procedure"}
    assert not checking.problems_of(leaky, "sections/billing")


def test_what_is_quoted_is_text(as_educator: Client, bone_code: Code) -> None:
    tell(bone_code, "<script>alert(1)</script>")
    page = ask(as_educator, bone_code).text
    assert "<script>alert(1)" not in page
    assert "is raw HTML" in page


def test_a_trainee_checks_nothing(as_trainee: Client, leaky: Code) -> None:
    assert ask(as_trainee, leaky).status_code == 403
    assert attest(as_trainee, leaky, asked(leaky)).status_code == 403
    assert not Attestation.objects.exists()


# Attesting ----------------------------------------------------------------------------------


def test_what_looks_like_a_patients_data_stops_publishing_until_somebody_attests(
    as_educator: Client, educator: User, leaky: Code
) -> None:
    assert set(errors(leaky)) == {"patient-name", "patient-phone", "patient-number"}
    page = attest(as_educator, leaky, asked(leaky))
    assert "Noted, with your name" in page.text
    assert not errors(leaky)
    given = Attestation.objects.get()
    assert (given.by, given.part, given.code) == (educator, "sections/overview", leaky)
    entry = AuditEntry.objects.get(verb="attested as made up")
    assert (entry.who, entry.subject) == (educator, f"{leaky.number}/sections/overview")


def test_another_text_is_asked_about_again(as_educator: Client, leaky: Code) -> None:
    attest(as_educator, leaky, asked(leaky))
    tell(leaky, f"{PATIENT} And Mr. Doe.")
    assert "patient-name" in errors(leaky)


def test_an_attestation_holds_for_its_own_page_alone(as_educator: Client, leaky: Code) -> None:
    attest(as_educator, leaky, asked(leaky))
    other = Code.objects.exclude(pk=leaky.pk).first()
    assert other is not None
    tell(other, PATIENT)
    assert "patient-phone" in errors(other)


def test_nobody_attests_a_text_that_was_changed_meanwhile(as_educator: Client, leaky: Code) -> None:
    seen = asked(leaky)
    tell(leaky, f"{PATIENT} And more.")
    assert "changed meanwhile" in attest(as_educator, leaky, seen).text
    assert not Attestation.objects.exists()
    for nonsense in ("", "x" * 500, "\x00"):
        assert "changed meanwhile" in attest(as_educator, leaky, nonsense).text


def test_attesting_twice_is_attesting_once(as_educator: Client, educator: User, leaky: Code) -> None:
    digest = asked(leaky)
    assert checking.attest(leaky, digest, by=educator, at=timezone.now()) is True
    assert checking.attest(leaky, digest, by=educator, at=timezone.now()) is False
    assert Attestation.objects.count() == AuditEntry.objects.filter(verb="attested as made up").count() == 1


def test_an_attestation_is_never_taken_back(as_educator: Client, leaky: Code) -> None:
    attest(as_educator, leaky, asked(leaky))
    with pytest.raises(WrittenOnce):
        Attestation.objects.all().delete()


def test_commands_count_nothing_as_attested(as_educator: Client, leaky: Code) -> None:
    attest(as_educator, leaky, asked(leaky))
    assert any(one.level is Level.ERROR for one in lint(leaky))
    assert not any(one.level is Level.ERROR for one in checking.check(leaky))


# All pages ----------------------------------------------------------------------------------


def test_the_list_counts_the_problems_of_every_page(as_educator: Client, leaky: Code) -> None:
    page = as_educator.get(reverse("problems"))
    assert page.status_code == 200
    counted = {one.code.number: (one.errors, one.warnings) for one in checking.counts(list(Code.objects.all()), 60)}
    assert counted.pop(leaky.number) == (3, 0)
    assert set(counted.values()) == {(0, 0)}


def test_what_there_was_no_time_for_is_left_open_and_told(as_educator: Client, monkeypatch: Any, leaky: Code) -> None:
    assert {one.errors for one in checking.counts(list(Code.objects.all()), -1)} == {None}
    monkeypatch.setattr(checking.counts, "__defaults__", (-1.0,))
    assert "not looked at yet" in as_educator.get(reverse("problems")).text


def test_a_change_of_the_draft_is_counted_anew(leaky: Code) -> None:
    assert checking.counts([leaky])[0].errors == 3
    tell(leaky, "A calm text.")
    assert checking.counts([leaky])[0].errors == 0


def test_a_known_list_takes_as_many_queries_for_many_pages_as_for_few(starter_library: None) -> None:
    codes = list(Code.objects.all())
    checking.counts(codes, 60)
    assert queries(codes[:2]) == queries(codes)


def queries(codes: list[Code]) -> int:
    with CaptureQueriesContext(connection) as captured:
        checking.counts(codes, -1)
    return len(captured)


def test_the_starter_library_has_neither_errors_nor_warnings(starter_library: None) -> None:
    cache.clear()
    assert not [(code.number, one.message) for code in Code.objects.all() for one in lint(code)]


def test_checking_a_page_takes_few_queries(bone_code: Code) -> None:
    lint(bone_code)
    with CaptureQueriesContext(connection) as captured:
        checking.check(bone_code)
    assert len(captured) <= 13


def test_a_section_unchanged_through_all_editions_is_found_stale(bone_code: Code) -> None:
    old = timezone.now() - timedelta(days=5 * 366)
    QuerySet(Edition).filter(code=bone_code).update(published_at=old)
    stale = {one.part for one in lint(bone_code) if one.check == "unchanged"}
    assert "sections/billing" in stale
    tell(bone_code, "Written anew.", "billing")
    assert "sections/billing" not in {one.part for one in lint(bone_code) if one.check == "unchanged"}
