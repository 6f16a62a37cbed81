"""Rules in the editor: in words, accepted, mended, removed, and never overwritten unseen."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, User
from codes.content_files import write_folder
from codes.models import Code, Rule
from codes.pages import read_page
from codes.publish import content_of, newest_edition
from editorial import rule_editing
from editorial.differences import differences
from editorial.states import standing
from rulebook.kinds import KINDS, Kind
from tests.codes.sent import fields_of
from tests.conftest import person, signed_in


def listing(code: Code) -> str:
    return reverse("write_rules", args=[code.number])


def at(code: Code, slug: str) -> str:
    return reverse("write_rule", args=[code.number, slug])


def filled(client: Client, url: str) -> dict[str, str]:
    """What a browser without a script would send of the form of a rule."""
    return fields_of(client.get(url).text, "rule-form")


@pytest.fixture
def proposed(bone_code: Code) -> Rule:
    return Rule.objects.create(
        code=bone_code, slug="not-with-2", kind="not-with", params={"codes": ["77012"]}, section="billing",
        state=Rule.State.PROPOSED, origin={"sentence": "Do not report 77012 with it."},
    )  # fmt: skip


@pytest.fixture
def second(bone_code: Code) -> Rule:
    return Rule.objects.create(
        code=bone_code, slug="not-with-3", kind="not-with", params={"codes": ["77013"]}, section="billing",
        state=Rule.State.PROPOSED,
    )  # fmt: skip


# What is typed is kept -----------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["selection", "new/not-with"])
def test_what_was_typed_stands_in_the_form_until_it_is_stored(as_educator: Client, bone_code: Code, slug: str) -> None:
    url = f"{listing(bone_code)}{slug}/"
    name = "param_codes" if "new" in slug else "param_facets-2-values"
    typed = filled(as_educator, url) | {name: "77099"}
    kept = as_educator.post(reverse("write_autosave", args=[bone_code.number]), typed)
    assert kept.status_code == 200
    page = as_educator.get(url).text
    assert "Not saved yet." in page
    assert filled_of(page)[name].strip() == "77099"
    assert "77099" not in str(list(bone_code.rules.values_list("params", flat=True)))
    assert as_educator.post(url, filled_of(page) | {"why": "Now", "action": "store"}).status_code == 302
    assert "Not saved yet." not in as_educator.get(url).text


def test_who_else_has_the_page_open_is_told(as_educator: Client, bone_code: Code) -> None:
    signed_in(colleague()).get(at(bone_code, "units"))
    assert "colleague has Rule units open" in as_educator.get(at(bone_code, "selection")).text


# The list -----------------------------------------------------------------------------------


def test_proposed_rules_come_first_with_the_sentence_they_were_read_from(
    as_educator: Client, bone_code: Code, proposed: Rule
) -> None:
    page = as_educator.get(listing(bone_code)).text
    assert "<q>Do not report 77012 with it.</q>" in page
    assert page.index("20983/not-with-2") < page.index("20983/diagnosis")


def test_several_rules_are_accepted_at_once(
    as_educator: Client, educator: User, bone_code: Code, proposed: Rule, second: Rule
) -> None:
    seen = {f"seen-{one.slug}": rule_editing.digest(rule_editing.value_of(one)) for one in (proposed, second)}
    answer = as_educator.post(
        listing(bone_code), seen | {"rule": [proposed.slug, second.slug], "action": "accept"}, follow=True
    )
    assert "2 rules accepted." in answer.text
    assert not bone_code.rules.filter(state=Rule.State.PROPOSED).exists()
    entries = AuditEntry.objects.filter(subject__startswith="20983/rules/not-with-")
    assert {(one.who, one.before["state"], one.after["state"]) for one in entries} == {
        (educator, "proposed", "accepted")
    }


def test_one_that_was_changed_meanwhile_keeps_all_from_being_accepted(
    as_educator: Client, bone_code: Code, proposed: Rule, second: Rule
) -> None:
    seen = {f"seen-{one.slug}": rule_editing.digest(rule_editing.value_of(one)) for one in (proposed, second)}
    Rule.objects.filter(pk=second.pk).update(params={"codes": ["99999"]})
    answer = as_educator.post(listing(bone_code), seen | {"rule": [proposed.slug, second.slug], "action": "accept"})
    assert answer.status_code == 409
    assert bone_code.rules.filter(state=Rule.State.PROPOSED).count() == 2
    assert not AuditEntry.objects.filter(subject__startswith="20983/rules").exists()


def test_a_single_one_is_accepted_or_removed_by_its_own_button(
    as_educator: Client, bone_code: Code, proposed: Rule, second: Rule
) -> None:
    seen = {f"seen-{one.slug}": rule_editing.digest(rule_editing.value_of(one)) for one in (proposed, second)}
    as_educator.post(listing(bone_code), seen | {"action": "accept not-with-2"})
    as_educator.post(listing(bone_code), seen | {"action": "remove not-with-3"})
    assert bone_code.rules.get(slug="not-with-2").state == Rule.State.ACCEPTED
    assert not bone_code.rules.filter(slug="not-with-3").exists()


def test_nothing_chosen_accepts_nothing(as_educator: Client, bone_code: Code, proposed: Rule) -> None:
    answer = as_educator.post(listing(bone_code), {"action": "accept"})
    assert answer.status_code == 422
    assert "Choose at least one rule to accept." in answer.text


def test_a_proposed_rule_that_cannot_be_read_is_not_accepted(
    as_educator: Client, bone_code: Code, proposed: Rule
) -> None:
    Rule.objects.filter(pk=proposed.pk).update(params={"codes": 7})
    proposed.refresh_from_db()
    sent = {"seen-not-with-2": rule_editing.digest(rule_editing.value_of(proposed)), "action": "accept not-with-2"}
    answer = as_educator.post(listing(bone_code), sent)
    assert answer.status_code == 422
    assert "rules/not-with-2.params: codes: must be a list of texts" in answer.text


def test_the_list_asks_no_more_of_the_database_for_more_rules(as_educator: Client, bone_code: Code) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert as_educator.get(listing(bone_code)).status_code == 200
        return len(counted)

    few = queries()
    for n in range(20):
        Rule.objects.create(
            code=bone_code, slug=f"more-{n}", kind="not-with", params={"codes": ["77012"]}, section="billing"
        )
    assert queries() == few


# The form -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_has_its_form_with_its_examples(as_educator: Client, bone_code: Code, kind: Kind[Any]) -> None:
    url = reverse("write_rule_new", args=[bone_code.number, kind.id])
    page = as_educator.get(url)
    assert page.status_code == 200
    assert kind.title in as_educator.get(listing(bone_code)).text
    assert all(one.title in page.text for one in (*kind.clean, *kind.caught))
    assert as_educator.post(url, filled(as_educator, url) | {"action": "say"}).status_code == 200


def test_a_new_rule_is_stored_and_audited(as_educator: Client, educator: User, bone_code: Code) -> None:
    url = reverse("write_rule_new", args=[bone_code.number, "not-with"])
    sent = filled(as_educator, url) | {"param_codes": "76942, 77021", "why": "Asked for by the team", "action": "store"}
    answer = as_educator.post(url, sent)
    assert (answer.status_code, answer.url) == (302, listing(bone_code))  # type: ignore[attr-defined]
    rule = bone_code.rules.get(slug="not-with-2")
    assert (rule.params, rule.section, rule.state) == ({"codes": ["76942", "77021"]}, "billing", Rule.State.ACCEPTED)
    entry = AuditEntry.objects.get(subject="20983/rules/not-with-2")
    assert (entry.who, entry.before, entry.why) == (educator, None, "Asked for by the team")


def test_what_is_no_code_is_told_at_its_field_and_never_stored(as_educator: Client, bone_code: Code) -> None:
    url = reverse("write_rule_new", args=[bone_code.number, "not-with"])
    sent = filled(as_educator, url) | {"param_codes": "76942; 80048-80053", "action": "store"}
    refused = as_educator.post(url, sent)
    assert refused.status_code == 422
    assert "Value 2 must be one code, such as 12345 or A1234, and is “80048-80053”." in refused.text
    assert "76942; 80048-80053" in refused.text
    assert as_educator.post(url, sent | {"param_codes": "76942; j1100"}).status_code == 302
    assert bone_code.rules.get(slug="not-with-2").params == {"codes": ["76942", "J1100"]}


def test_the_sentence_is_renewed_and_nothing_is_stored(as_educator: Client, bone_code: Code) -> None:
    url = at(bone_code, "selection")
    form = filled(as_educator, url)
    sent = form | {values_of(form, "technique"): "radiofrequency", "action": "say"}
    page = as_educator.post(url, sent)
    assert page.status_code == 200
    assert "radiofrequency" in page.text[page.text.index('id="says"') : page.text.index("The kind</h2>")]
    assert bone_code.rules.get(slug="selection").params["facets"]["technique"] == "cryoablation"
    assert not AuditEntry.objects.filter(subject="20983/rules/selection").exists()


def test_what_cannot_be_said_yet_is_no_error(as_educator: Client, bone_code: Code) -> None:
    url = reverse("write_rule_new", args=[bone_code.number, "not-with"])
    page = as_educator.post(url, filled(as_educator, url) | {"action": "say"})
    assert page.status_code == 200
    assert "Nothing can be said yet. Codes:" in page.text
    assert "Not stored yet" not in page.text


def test_a_published_rule_is_changed_with_a_reason_only(as_educator: Client, bone_code: Code) -> None:
    url = at(bone_code, "selection")
    form = filled(as_educator, url)
    technique = values_of(form, "technique")
    sent = form | {technique: "radiofrequency", "action": "store"}
    refused = as_educator.post(url, sent)
    assert refused.status_code == 422
    assert "Say why it is changed" in refused.text
    assert "radiofrequency" in filled_of(refused.text)[technique]
    assert as_educator.post(url, sent | {"why": "The code set of 2025"}).status_code == 302
    entry = AuditEntry.objects.get(subject="20983/rules/selection")
    assert (entry.why, entry.after["params"]["facets"]["technique"]) == ("The code set of 2025", "radiofrequency")


def stored_as(client: Client, code: Code, slug: str, **changed: str) -> None:
    """Change fields of a rule and store it."""
    sent = filled(client, at(code, slug)) | changed | {"why": "Tried", "action": "store"}
    assert client.post(at(code, slug), sent).status_code == 302


def test_a_change_that_is_taken_back_is_no_change(as_educator: Client, bone_code: Code) -> None:
    before = write_folder(read_page(bone_code))
    technique = values_of(filled(as_educator, at(bone_code, "selection")), "technique")
    stored_as(as_educator, bone_code, "selection", **{technique: "cryoablation, radiofrequency"})
    (found,) = differences(readers_have(bone_code), read_page(bone_code))
    assert [field.label for field in found.fields] == ["What it tells", "Facets, technique"]
    assert standing(bone_code).state == "changed"
    stored_as(as_educator, bone_code, "selection", **{technique: "cryoablation"})
    assert write_folder(read_page(bone_code)) == before
    assert standing(bone_code).state == "published"
    assert differences(readers_have(bone_code), read_page(bone_code)) == ()


def test_a_default_that_was_written_down_is_so_again_when_a_change_is_taken_back(
    as_educator: Client, starter_library: None
) -> None:
    code = Code.objects.get(number="77063")
    before = write_folder(read_page(code))
    slug = next(rule.slug for rule in code.rules.filter(kind="add-on") if rule.params["complete"])
    primaries = filled(as_educator, at(code, slug))["param_primaries"]
    stored_as(as_educator, code, slug, param_primaries=f"{primaries}\n77099")
    (found,) = differences(readers_have(code), read_page(code))
    assert [field.label for field in found.fields] == ["What it tells", "Primaries"]
    stored_as(as_educator, code, slug, param_primaries=primaries)
    assert write_folder(read_page(code)) == before


def readers_have(code: Code) -> Any:
    edition = newest_edition(code)
    assert edition is not None
    return content_of(edition.document)


def values_of(form: dict[str, str], facet: str) -> str:
    """The field for the values of a facet; PostgreSQL keeps facets in an order of its own."""
    name = next(field for field, value in form.items() if field.startswith("param_facets-") and value == facet)
    return name.replace("-name", "-values")


def filled_of(page: str) -> dict[str, str]:
    return fields_of(page, "rule-form")


def test_storing_without_a_change_is_no_change(as_educator: Client, bone_code: Code) -> None:
    for rule in bone_code.rules.all():
        sent = filled(as_educator, at(bone_code, rule.slug)) | {"why": "No reason", "action": "store"}
        answer = as_educator.post(at(bone_code, rule.slug), sent, follow=True)
        assert "was so already" in answer.text, rule.slug
    assert not AuditEntry.objects.filter(subject__startswith="20983/rules").exists()


def test_a_rule_is_mended_and_accepted_in_one_step(as_educator: Client, bone_code: Code, proposed: Rule) -> None:
    url = at(bone_code, proposed.slug)
    as_educator.post(url, filled(as_educator, url) | {"param_codes": "77012\n77013", "action": "accept"})
    proposed.refresh_from_db()
    assert (proposed.state, proposed.params) == (Rule.State.ACCEPTED, {"codes": ["77012", "77013"]})
    assert proposed.origin == {"sentence": "Do not report 77012 with it."}


def test_nobody_overwrites_unseen(as_educator: Client, bone_code: Code, proposed: Rule) -> None:
    other = signed_in(colleague())
    url = at(bone_code, proposed.slug)
    mine = filled(as_educator, url) | {"param_codes": "77001", "action": "store"}
    other.post(url, filled(other, url) | {"param_codes": "77002", "action": "store", "why": "A letter came"})
    told = as_educator.post(url, mine)
    assert told.status_code == 409
    for text in ("colleague stored it on", "A letter came", "77001", "77002"):
        assert text in told.text
    assert bone_code.rules.get(pk=proposed.pk).params == {"codes": ["77002"]}
    again = filled_of(told.text)
    assert again["param_codes"].strip() == "77001"
    assert as_educator.post(url, again | {"action": "store"}).status_code == 302
    assert bone_code.rules.get(pk=proposed.pk).params == {"codes": ["77001"]}


def test_what_was_removed_meanwhile_is_told_and_can_be_stored_again(
    as_educator: Client, bone_code: Code, proposed: Rule
) -> None:
    url = at(bone_code, proposed.slug)
    mine = filled(as_educator, url) | {"param_codes": "77001", "action": "store"}
    proposed.delete()
    told = as_educator.post(url, mine)
    assert told.status_code == 409
    assert "The rule was removed." in told.text
    assert as_educator.post(url, filled_of(told.text) | {"action": "store"}).status_code == 302
    assert bone_code.rules.get(slug=proposed.slug).params == {"codes": ["77001"]}


def test_a_published_rule_is_removed_with_a_reason_only(as_educator: Client, bone_code: Code) -> None:
    url = at(bone_code, "redirect-lung")
    sent = {"seen": filled(as_educator, url)["seen"], "action": "remove"}
    refused = as_educator.post(url, sent)
    assert (refused.status_code, bone_code.rules.filter(slug="redirect-lung").exists()) == (422, True)
    assert as_educator.post(url, sent | {"why_removed": "It is said elsewhere"}).status_code == 302
    assert not bone_code.rules.filter(slug="redirect-lung").exists()
    entry = AuditEntry.objects.get(subject="20983/rules/redirect-lung")
    assert (entry.after, entry.why) == (None, "It is said elsewhere")


def test_a_rule_of_a_lost_kind_can_only_be_removed(as_educator: Client, bone_code: Code, proposed: Rule) -> None:
    Rule.objects.filter(pk=proposed.pk).update(kind="long-gone")
    url = at(bone_code, proposed.slug)
    page = as_educator.get(url)
    assert "There is no kind of rule called “long-gone” any more" in page.text
    assert as_educator.post(url, {"action": "store"}).status_code == 422
    proposed.refresh_from_db()
    sent = {"action": "remove", "seen": rule_editing.digest(rule_editing.value_of(proposed))}
    assert as_educator.post(url, sent).status_code == 302
    assert not bone_code.rules.filter(pk=proposed.pk).exists()


@pytest.mark.parametrize("slug", ["no-such-rule", "units-2"])
def test_a_rule_that_is_not_there_is_missing(as_educator: Client, bone_code: Code, slug: str) -> None:
    assert as_educator.get(at(bone_code, slug)).status_code == 404
    assert as_educator.get(reverse("write_rule_new", args=[bone_code.number, slug])).status_code == 404


def colleague() -> User:
    from accounts.roles import make_educator

    made = person("colleague")
    make_educator(made)
    return made


@pytest.mark.parametrize("typed", ["bone\u202egnp", "x" * 201])
def test_a_value_that_deceives_or_is_no_word_is_refused_at_its_field(
    as_educator: Client, bone_code: Code, typed: str
) -> None:
    for slug, name in (("units", "param_noun"), ("selection", "param_facets-0-values"), ("units", "source")):
        before = list(bone_code.rules.values())
        answer = as_educator.post(
            at(bone_code, slug), filled(as_educator, at(bone_code, slug)) | {name: typed, "why": "x"}
        )
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {name.removesuffix("-0-values")}
        assert list(bone_code.rules.values()) == before
