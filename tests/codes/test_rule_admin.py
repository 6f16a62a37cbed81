"""Rules in the admin: typed fields for every kind, and who may write them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from codes.models import Code, Rule
from codes.publish import build_document, digest_of
from rulebook.kinds import KIND, KINDS, Kind
from rulebook.params import Facets, ParamError, dump, param
from rulebook.types import Category
from tests.codes.sent import fields_of
from tests.conftest import person, signed_in

ADD = reverse("admin:codes_rule_add")


def specimen_params() -> Iterator[Any]:
    """Each different set of parameters in the specimens of all kinds, with its kind."""
    seen = []
    for kind in KINDS:
        own = [rule for one in [*kind.clean, *kind.caught] for rule in one.rules if rule.kind == kind.id]
        for stored in [dump(rule.params) for rule in own] or [dump(kind.Params())]:
            if (kind.id, stored) not in seen:
                seen.append((kind.id, stored))
                yield pytest.param(kind, stored, id=f"{kind.id} {len(seen)}")


def change(rule: Rule) -> str:
    """The address of a rule's page."""
    return reverse("admin:codes_rule_change", args=[rule.pk])


def to_page(code: Code) -> str:
    """Where one is sent afterwards."""
    return f"{reverse('admin:codes_code_change', args=[code.pk])}#rules"


@pytest.fixture
def units(bone_code: Code) -> Rule:
    return bone_code.rules.get(slug="units")


@pytest.fixture
def proposed(units: Rule) -> Rule:
    units.state = Rule.State.PROPOSED
    units.origin = {"sentence": "It is reported once."}
    units.save()
    return units


# Adding ---------------------------------------------------------------------------------


def test_a_rule_is_added_in_two_steps(as_educator: Client, bone_code: Code) -> None:
    page = as_educator.get(reverse("admin:codes_code_change", args=[bone_code.pk])).text
    assert f'href="{ADD}?code={bone_code.pk}"' in page
    pick = as_educator.get(ADD, {"code": bone_code.pk}).text
    assert f'<option value="{bone_code.pk}" selected>' in pick
    step = as_educator.get(ADD, {"code": bone_code.pk, "kind": "not-with", "pick": "1"})
    sent = fields_of(step.text) | {"param_codes": "76942, 77021\n10004", "param_service-0-name": "procedure"}
    sent |= {"param_service-0-values": "imaging guidance", "_save": "Save"}
    answer = as_educator.post(step.request["PATH_INFO"] + "?" + step.request["QUERY_STRING"], sent)
    assert (answer.status_code, answer.url) == (302, to_page(bone_code))
    rule = bone_code.rules.get(slug="not-with-2")
    assert (rule.kind, rule.section, rule.state) == ("not-with", "billing", Rule.State.ACCEPTED)
    assert rule.params == {"codes": ["76942", "77021", "10004"], "service": {"procedure": "imaging guidance"}}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_can_be_picked_and_is_explained(as_educator: Client, bone_code: Code, kind: Kind[Any]) -> None:
    documentation = reverse("rule_kind", args=[kind.id])
    assert documentation in as_educator.get(ADD).text
    page = as_educator.get(ADD, {"code": bone_code.pk, "kind": kind.id}).text
    assert documentation in page
    assert fields_of(page)["section"] == kind.section
    assert [one.title in page for one in kind.clean] == [True] * len(kind.clean)


def test_the_rules_page_without_a_choice_asks_for_one(as_educator: Client, bone_code: Code) -> None:
    assert "errornote" not in as_educator.get(ADD, {"code": bone_code.pk}).text
    page = as_educator.get(ADD, {"code": "", "pick": "1"}).text
    assert "Choose the page that the rule stands on." in page
    assert "Choose one kind of rule." in page


@pytest.mark.parametrize("odd", [{"code": "0", "kind": "units"}, {"code": "x", "kind": "units"}, {"kind": "nonsense"}])
def test_an_odd_choice_leads_back_to_the_first_step(as_educator: Client, bone_code: Code, odd: dict[str, str]) -> None:
    for answer in (as_educator.get(ADD, {"code": bone_code.pk} | odd), as_educator.post(f"{ADD}?code=0&kind=units")):
        assert "What kind of rule is it?" in answer.text
    assert "errornote" in as_educator.get(ADD, {"code": bone_code.pk} | odd).text


def test_only_sections_of_the_page_are_offered(as_educator: Client, bone_code: Code) -> None:
    bone_code.section_set.filter(slug="history").delete()
    page = as_educator.get(ADD, {"code": bone_code.pk, "kind": "validity"}).text
    assert '<option value="billing"' in page
    assert '<option value="history"' not in page
    assert fields_of(page)["section"] == ""


def test_a_page_without_sections_offers_those_that_it_may_have(as_educator: Client, no_library: None) -> None:
    code = Code.objects.create(number="A1234", title="A page that was just begun")
    assert fields_of(as_educator.get(ADD, {"code": code.pk, "kind": "units"}).text)["section"] == "billing"


def test_a_name_is_given_only_once(as_educator: Client, bone_code: Code) -> None:
    url = f"{ADD}?code={bone_code.pk}&kind=documentation"
    page = as_educator.post(url, fields_of(as_educator.get(url).text) | {"slug": "units"})
    assert "The page has a rule called units already." in page.text


def test_a_new_page_is_told_to_save_first(as_educator: Client, db: None) -> None:
    assert "Save the page first" in as_educator.get(reverse("admin:codes_code_add")).text


# Changing -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "stored"), list(specimen_params()))
def test_saving_without_a_change_changes_nothing(
    as_educator: Client, bone_code: Code, kind: Kind[Any], stored: dict[str, Any]
) -> None:
    rule = Rule.objects.create(code=bone_code, slug="again", kind=kind.id, section="billing", params=stored)
    before = Rule.objects.filter(pk=rule.pk).values().get()
    answer = as_educator.post(change(rule), fields_of(as_educator.get(change(rule)).text))
    assert answer.status_code == 302
    assert Rule.objects.filter(pk=rule.pk).values().get() == before
    assert "No fields changed." in rule_history(as_educator, rule)


def rule_history(client: Client, rule: Rule) -> str:
    """What the admin wrote down about a rule."""
    return client.get(reverse("admin:codes_rule_history", args=[rule.pk])).text


def test_saving_the_rules_of_a_page_leaves_nothing_to_publish(as_educator: Client, bone_code: Code) -> None:
    published = digest_of(build_document(bone_code))
    for rule in bone_code.rules.all():
        assert as_educator.post(change(rule), fields_of(as_educator.get(change(rule)).text)).status_code == 302
    assert digest_of(build_document(bone_code)) == published


def test_the_page_of_a_rule_says_what_it_tells_a_learner(as_educator: Client, units: Rule) -> None:
    page = as_educator.get(change(units)).text
    assert units.sentence() in page
    assert fields_of(page)["param_counts"] == "one or more"


def test_an_emptied_optional_field_is_left_out(as_educator: Client, units: Rule) -> None:
    as_educator.post(change(units), fields_of(as_educator.get(change(units)).text) | {"param_noun": " "})
    units.refresh_from_db()
    assert units.params == {"counts": "one or more"}


def test_page_kind_and_name_of_an_accepted_rule_stay(as_educator: Client, units: Rule, starter_library: None) -> None:
    other = Code.objects.exclude(pk=units.code_id).first()
    sent = fields_of(as_educator.get(change(units)).text)
    assert "slug" not in sent
    as_educator.post(f"{change(units)}?kind=validity", sent | {"slug": "x", "kind": "validity", "code": other.pk})
    again = Rule.objects.get(pk=units.pk)
    assert (again.code_id, again.kind, again.slug) == (units.code_id, "units", "units")


def test_every_mistake_is_told_at_its_field_and_nothing_typed_is_lost(as_educator: Client, bone_code: Code) -> None:
    url = f"{ADD}?code={bone_code.pk}&kind=global-period"
    typed = {"param_days": "011", "param_apart-0-name": "visit", "starts": "2024-02-01", "ends": "2024-01-01"}
    sent = fields_of(as_educator.get(url).text) | typed | {"param_apart-0-values": "significant", "source": "A book"}
    page = as_educator.post(url, sent)
    assert page.status_code == 200
    assert page.context["errors"] == [
        ["This must be one of 000, 010, 090, XXX, YYY, ZZZ, MMM."],
        ["This is before the first day in force."],
    ]
    assert 'id="id_param_days_error"' in page.text
    assert 'aria-describedby="id_param_days_helptext id_param_days_error"' in page.text
    assert {name: fields_of(page.text)[name] for name in typed} == typed
    assert bone_code.rules.filter(kind="global-period").count() == 0


def test_a_missing_value_and_a_bad_one_are_told_together(as_educator: Client, bone_code: Code) -> None:
    url = f"{ADD}?code={bone_code.pk}&kind=each-additional"
    page = as_educator.post(url, fields_of(as_educator.get(url).text) | {"param_included": "many"})
    form = page.context["adminform"].form
    assert set(form.errors) == {"param_code", "param_included"}


def test_a_mistake_of_the_whole_rule_stands_above_its_fields(as_educator: Client, bone_code: Code) -> None:
    url = f"{ADD}?code={bone_code.pk}&kind=patient"
    page = as_educator.post(url, fields_of(as_educator.get(url).text))
    assert "Needs an age, a sex or a place, or it limits nothing." in page.text


def test_a_section_that_is_gone_is_named_and_asked_for(as_educator: Client, units: Rule) -> None:
    Rule.objects.filter(pk=units.pk).update(section="<nowhere>")
    page = as_educator.get(change(units))
    assert "It was “&lt;nowhere&gt;”, which the page does not have." in page.text
    assert as_educator.post(change(units), fields_of(page.text)).status_code == 200


def test_parameters_that_cannot_be_read_can_be_mended(as_educator: Client, units: Rule) -> None:
    Rule.objects.filter(pk=units.pk).update(params={"counts": "by the dozen", "noun": "eggs", "odd": 1})
    page = as_educator.get(change(units)).text
    assert "Cannot be read: odd: is not a parameter here" in page
    assert fields_of(page)["param_noun"] == "eggs"
    as_educator.post(change(units), fields_of(page) | {"param_counts": "each"})
    units.refresh_from_db()
    assert units.params == {"counts": "each", "noun": "eggs"}


@pytest.mark.parametrize(
    "stored", [[], "x", {"codes": "76940", "service": ["x"]}, {"codes": [1, None], "service": {"site": 5}}]
)
def test_whatever_is_stored_can_be_opened(as_educator: Client, bone_code: Code, stored: Any) -> None:
    rule = Rule.objects.create(code=bone_code, slug="odd", kind="not-with", section="billing", params=stored)
    assert "Cannot be read" in as_educator.get(change(rule)).text
    assert "Cannot be read" in as_educator.get(reverse("admin:codes_code_change", args=[bone_code.pk])).text


def test_a_rule_of_a_kind_that_is_gone_is_shown_and_not_saved(as_educator: Client, units: Rule) -> None:
    Rule.objects.filter(pk=units.pk).update(kind="gone")
    page = as_educator.get(change(units))
    assert "&#x27;gone&#x27; is not a rule kind" in page.text
    assert "is not a rule kind" in as_educator.post(change(units), fields_of(page.text)).text
    assert "gone" in as_educator.get(reverse("admin:codes_rule_changelist")).text


# Accepting and deleting -----------------------------------------------------------------


def test_a_proposed_rule_shows_what_it_was_read_from(as_educator: Client, proposed: Rule) -> None:
    page = as_educator.get(change(proposed)).text
    assert "It is reported once." in page
    assert "Save and accept" in page


def test_a_proposed_rule_is_mended_and_accepted_at_once(as_educator: Client, proposed: Rule) -> None:
    sent = fields_of(as_educator.get(change(proposed)).text) | {"param_noun": "tumors", "slug": "counting"}
    as_educator.post(change(proposed), sent | {"_accept": "Save and accept"})
    proposed.refresh_from_db()
    assert (proposed.state, proposed.slug, proposed.params["noun"]) == (Rule.State.ACCEPTED, "counting", "tumors")
    assert "Noun, Short name and State" in rule_history(as_educator, proposed)
    assert "Save and accept" not in as_educator.get(change(proposed)).text


def test_a_rule_with_a_mistake_is_not_accepted_and_can_be_mended(as_educator: Client, proposed: Rule) -> None:
    sent = fields_of(as_educator.get(change(proposed)).text) | {"param_counts": "", "slug": "counting"}
    page = as_educator.post(change(proposed), sent | {"_accept": "Save and accept"})
    assert proposed.sentence() in page.text
    assert "Save and accept" in page.text
    assert Rule.objects.get(pk=proposed.pk).state == Rule.State.PROPOSED
    again = as_educator.post(change(proposed), fields_of(page.text) | {"param_counts": "each"})
    assert again.status_code == 302
    assert Rule.objects.get(pk=proposed.pk).slug == "counting"


def test_a_rule_is_deleted_after_a_question(as_educator: Client, units: Rule) -> None:
    url = reverse("admin:codes_rule_delete", args=[units.pk])
    assert url in as_educator.get(reverse("admin:codes_code_change", args=[units.code_id])).text
    assert "Are you sure" in as_educator.get(url).text
    answer = as_educator.post(url, {"post": "yes"})
    assert (answer.status_code, answer.url) == (302, to_page(units.code))
    assert not Rule.objects.filter(pk=units.pk).exists()


# Who may --------------------------------------------------------------------------------


def test_a_trainee_is_sent_to_sign_in(as_trainee: Client, units: Rule) -> None:
    for url in (ADD, change(units), reverse("admin:codes_rule_delete", args=[units.pk])):
        assert as_trainee.get(url).status_code == 302
    as_trainee.post(reverse("admin:codes_rule_delete", args=[units.pk]), {"post": "yes"})
    assert Rule.objects.filter(pk=units.pk).exists()


@pytest.fixture
def looker(db: None) -> User:
    """Somebody on the staff who may look at rules and pages, and no more."""
    made = person("looker")
    made.is_staff = True
    made.save(update_fields=["is_staff"])
    made.user_permissions.set(Permission.objects.filter(codename__in=["view_rule", "view_code"]))
    return made


def test_somebody_who_may_only_look_reads_the_sentence(looker: User, proposed: Rule) -> None:
    client = signed_in(looker)
    page = client.get(change(proposed)).text
    assert proposed.sentence() in page
    assert fields_of(page).keys() == {"csrfmiddlewaretoken"}
    assert "Save" not in page
    assert client.post(change(proposed), {"param_counts": "each", "_accept": "1"}).status_code == 403


def test_somebody_who_may_only_look_is_offered_nothing_else(looker: User, units: Rule) -> None:
    client = signed_in(looker)
    assert client.get(ADD).status_code == 403
    assert client.get(reverse("admin:codes_rule_delete", args=[units.pk])).status_code == 403
    page = client.get(reverse("admin:codes_code_change", args=[units.code_id])).text
    assert units.sentence() in page
    assert change(units) not in page
    assert ADD not in page


# Lists ----------------------------------------------------------------------------------


def test_more_rules_take_no_more_queries(as_educator: Client, bone_code: Code) -> None:
    urls = [reverse("admin:codes_rule_changelist"), reverse("admin:codes_code_change", args=[bone_code.pk])]

    def queries() -> list[int]:
        counts = []
        for url in urls:
            with CaptureQueriesContext(connection) as seen:
                as_educator.get(url)
            counts.append(len(seen))
        return counts

    Rule.objects.exclude(code=bone_code, slug="units").delete()
    few = queries()
    Rule.objects.bulk_create(
        Rule(code=bone_code, slug=f"more-{n}", kind="units", section="billing", params={"counts": "each"})
        for n in range(20)
    )
    assert queries() == few


# A new kind -----------------------------------------------------------------------------


class Size(StrEnum):
    """A choice."""

    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """A parameter of each type."""

    word: str = param("A word")
    from_: date | None = param("A day", default=None)
    number: int = param("A number", default=3)
    limit: int | None = param("A limit", default=None)
    note: str | None = param("A note", default=None)
    strict: bool = param("Tick it", default=True)
    size: Size = param("How large", default=Size.SMALL)
    parts: tuple[str, ...] = param("Its parts", default=())
    where: Facets = param("Where it is", default_factory=dict)

    def __post_init__(self) -> None:
        if "bad" in self.parts:
            raise ParamError(f"parts.{self.parts.index('bad')}", "must be good")


class ThrowAway(Kind[Every]):
    """A kind that nobody wrote a line for in the admin."""

    id: ClassVar[str] = "throw-away"
    title: ClassVar[str] = "Throw-away"
    category: ClassVar[Category] = Category.OTHER
    Params = Every
    clean: ClassVar = ()
    caught: ClassVar = ()

    def describe(self, params: Every) -> str:
        return f"{params.word} of {params.size} size"


@pytest.fixture
def throw_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KIND, "throw-away", ThrowAway())


def test_a_new_kind_needs_no_line_in_the_admin(throw_away: None, as_educator: Client, bone_code: Code) -> None:
    assert "A kind that nobody wrote a line for" in as_educator.get(ADD).text
    url = f"{ADD}?code={bone_code.pk}&kind=throw-away"
    sent = fields_of(as_educator.get(url).text)
    del sent["param_strict"]
    sent |= {"param_word": "Bone", "param_from": "2024-03-01", "param_number": "4", "param_limit": "0"}
    sent |= {"param_size": "large", "param_parts": 'left, "right, or both"'}
    sent |= {"param_where-0-name": "site", "param_where-0-values": "bone, lung"}
    assert as_educator.post(url, sent).status_code == 302
    rule = bone_code.rules.get(kind="throw-away")
    assert rule.params == {
        "word": "Bone",
        "from": "2024-03-01",
        "number": 4,
        "limit": 0,
        "strict": False,
        "size": "large",
        "parts": ["left", "right, or both"],
        "where": {"site": ["bone", "lung"]},
    }
    again = fields_of(as_educator.get(change(rule)).text)
    assert as_educator.post(change(rule), again).status_code == 302
    assert Rule.objects.get(pk=rule.pk).params == rule.params


def test_a_new_kinds_own_mistakes_find_their_field(throw_away: None, as_educator: Client, bone_code: Code) -> None:
    url = f"{ADD}?code={bone_code.pk}&kind=throw-away"
    sent = fields_of(as_educator.get(url).text) | {"param_word": "Bone", "param_parts": "good\nbad"}
    page = as_educator.post(url, sent)
    assert page.context["adminform"].form.errors == {"param_parts": ["Value 2 must be good."]}


def test_what_a_new_kind_leaves_out_is_not_stored(throw_away: None, as_educator: Client, bone_code: Code) -> None:
    url = f"{ADD}?code={bone_code.pk}&kind=throw-away"
    as_educator.post(url, fields_of(as_educator.get(url).text) | {"param_word": "Bone", "param_number": ""})
    assert bone_code.rules.get(kind="throw-away").params == {"word": "Bone"}
