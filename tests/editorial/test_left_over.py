"""A text that was typed for a rule or an example which a colleague removed meanwhile."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code, Example
from codes.pages import read_part
from editorial import autosaving
from editorial.drafting import digest, save_part
from editorial.models import FormDraft
from tests.editorial.pages import sent

EXAMPLE = "examples/solitary-iliac-metastasis"


def removed(code: Code, part: str, by: User) -> None:
    """A colleague removes it."""
    seen = digest(read_part(code, part))
    save_part(code, part, None, seen=seen, by=by, at=timezone.now(), why="Twice there")


def at(code: Code, part: str) -> str:
    return reverse("kept_text", args=[code.number, part])


def typed(person: User, code: Code, part: str, **fields: str) -> FormDraft:
    return autosaving.keep(person, code, part, sent(seen="x", **fields), at=timezone.now())


@pytest.fixture
def kept(educator: User, admin: User, bone_code: Code) -> FormDraft:
    """What an educator typed into an example that the administrator removed."""
    text = {"title": "Two <b>tumors</b>", "narrative": "Both were frozen.", "service-0-site": "bone", "services": "1"}
    made = typed(educator, bone_code, EXAMPLE, **text)
    removed(bone_code, EXAMPLE, admin)
    return made


def test_the_desk_leads_to_it_and_it_can_be_read(as_educator: Client, bone_code: Code, kept: FormDraft) -> None:
    url = at(bone_code, EXAMPLE)
    assert url in as_educator.get(reverse("desk")).text
    assert url in as_educator.get(reverse("write_page", args=[bone_code.number])).text
    page = as_educator.get(url).text
    assert "admin removed “Example solitary-iliac-metastasis” on" in page
    assert "Twice there" in page
    for said in ("Both were frozen.", "Two &lt;b&gt;tumors&lt;/b&gt;", "Service 1 site"):
        assert said in page


def test_its_own_address_leads_to_it_too(as_educator: Client, bone_code: Code, kept: FormDraft) -> None:
    own = reverse("write_example", args=[bone_code.number, "solitary-iliac-metastasis"])
    assert as_educator.get(own).url == at(bone_code, EXAMPLE)  # type: ignore[attr-defined]


def test_it_is_begun_again_as_a_new_one(as_educator: Client, bone_code: Code, kept: FormDraft) -> None:
    answer = as_educator.post(at(bone_code, EXAMPLE), {"do": "again"})
    assert answer.url == reverse("write_example_new", args=[bone_code.number])  # type: ignore[attr-defined]
    form = as_educator.get(answer["Location"])
    assert form.context["form"].narrative == "Both were frozen."
    sent_again = {"title": "Two tumors", "narrative": "Both were frozen.", "seen": form.context["seen"]}
    as_educator.post(answer["Location"], sent_again)
    assert Example.objects.filter(code=bone_code, title="Two tumors").exists()
    assert not FormDraft.objects.exists()


def test_another_new_one_in_hand_is_not_overwritten(
    as_educator: Client, educator: User, bone_code: Code, kept: FormDraft
) -> None:
    typed(educator, bone_code, "examples/new", narrative="Something else.")
    answer = as_educator.post(at(bone_code, EXAMPLE), {"do": "again"})
    assert answer.status_code == 409
    assert "another new one in hand" in answer.text
    assert set(FormDraft.objects.values_list("part", flat=True)) == {EXAMPLE, "examples/new"}


def test_it_is_discarded(as_educator: Client, bone_code: Code, kept: FormDraft) -> None:
    assert as_educator.post(at(bone_code, EXAMPLE), {"do": "discard"}).status_code == 302
    assert not FormDraft.objects.exists()
    assert as_educator.get(at(bone_code, EXAMPLE)).status_code == 404


def test_nobody_else_sees_it(bone_code: Code, kept: FormDraft, admin: User) -> None:
    other = Client()
    other.force_login(admin)
    assert other.get(at(bone_code, EXAMPLE)).status_code == 404
    assert other.post(at(bone_code, EXAMPLE), {"do": "discard"}).status_code == 404
    assert FormDraft.objects.exists()


def test_a_row_that_is_there_leads_to_its_form(as_educator: Client, bone_code: Code) -> None:
    answer: Any = as_educator.get(at(bone_code, EXAMPLE))
    assert answer.url == reverse("write_example", args=[bone_code.number, "solitary-iliac-metastasis"])


# Rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["units", "by-the-tumor"])
def test_a_rule_that_was_removed_is_begun_again(
    as_educator: Client, educator: User, admin: User, bone_code: Code, slug: str
) -> None:
    bone_code.rules.filter(slug="units").update(slug=slug)
    typed(educator, bone_code, f"rules/{slug}", kind="units", param_noun="frozen tumors")
    removed(bone_code, f"rules/{slug}", admin)
    url = at(bone_code, f"rules/{slug}")
    assert as_educator.get(reverse("write_rule", args=[bone_code.number, slug]))["Location"] == url
    assert url in as_educator.get(reverse("desk")).text
    page = as_educator.get(url).text
    assert f"admin removed “Rule {slug}” on" in page
    assert "frozen tumors" in page
    answer: Any = as_educator.post(url, {"do": "again"})
    assert answer.url == reverse("write_rule_new", args=[bone_code.number, "units"])
    form = as_educator.get(answer.url)
    assert "frozen tumors" in form.text
    assert form.context["seen"] == ""


def test_a_rule_of_no_kind_can_be_read_and_discarded_only(as_educator: Client, educator: User, bone_code: Code) -> None:
    typed(educator, bone_code, "rules/of-no-kind", param_noun="frozen tumors")
    url = at(bone_code, "rules/of-no-kind")
    page = as_educator.get(url).text
    assert "frozen tumors" in page
    assert "Begin it again" not in page
    assert as_educator.post(url, {"do": "again"}).status_code == 409
