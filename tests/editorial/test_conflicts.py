"""Two people on one page: told of each other, and neither overwrites the other unseen."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from codes.pages import read_part
from editorial.models import FormDraft, Presence
from tests.conftest import person, signed_in
from tests.editorial.pages import form_of, opened, part_url, saved

BILLING = "sections/billing"


@pytest.fixture
def anna(db: None) -> User:
    """Another educator."""
    from accounts.roles import make_educator

    made = person("anna")
    made.first_name, made.last_name = "Anna", "Berg"
    made.save(update_fields=["first_name", "last_name"])
    make_educator(made)
    return made


@pytest.fixture
def as_anna(anna: User) -> Client:
    """A browser in which she is signed in."""
    return signed_in(anna)


@pytest.fixture
def met(as_educator: Client, as_anna: Client, bone_code: Code) -> Any:
    """What the educator gets who began with the same text as Anna and saves after her."""
    bone_code.section_set.filter(slug="billing").update(body="Report it once a session.")
    mine = opened(as_educator, bone_code, BILLING) | {"body": "Report it once a visit."}
    saved(as_anna, bone_code, BILLING, body="Report it twice a session.", why="As the payer says")
    return as_educator.post(part_url(bone_code, BILLING), mine)


def wording(changes: Any) -> list[tuple[str, str]]:
    """What went and what came, over all fields."""
    return [(span.kind.value, span.text) for one in changes for span in one.spans if span.kind != "same"]


def test_the_second_is_told_who_and_loses_nothing(met: Any, bone_code: Code, educator: User) -> None:
    assert met.status_code == 409
    assert "Anna Berg changed “Billing” meanwhile" in met.text
    assert form_of(met)["body"] == "Report it once a visit."
    assert read_part(bone_code, BILLING)["body"] == "Report it twice a session."
    assert FormDraft.objects.get(person=educator).fields["body"] == ["Report it once a visit."]


def test_both_changes_are_shown_word_by_word(met: Any) -> None:
    clash = met.context["conflict"]
    assert wording(clash.theirs) == [("removed", "once"), ("added", "twice")]
    assert wording(clash.mine) == [("removed", "twice"), ("added", "once"), ("removed", "session"), ("added", "visit")]
    assert "<del>once</del><ins>twice</ins>" in met.text


def test_saving_the_same_form_again_is_refused_again(met: Any, as_educator: Client, bone_code: Code) -> None:
    assert as_educator.post(part_url(bone_code, BILLING), form_of(met)).status_code == 409


def test_saving_over_it_knowingly_works_and_is_noted(met: Any, as_educator: Client, bone_code: Code) -> None:
    over = form_of(met) | {"action": "overwrite", "stored": met.context["conflict"].stored}
    assert as_educator.post(part_url(bone_code, BILLING), over).status_code == 302
    assert read_part(bone_code, BILLING)["body"] == "Report it once a visit."
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert entry.before["body"] == "Report it twice a session."
    assert "knowingly" in entry.why
    assert not FormDraft.objects.exists()


def test_what_was_changed_once_more_is_not_overwritten_unseen(
    met: Any, as_educator: Client, as_anna: Client, bone_code: Code
) -> None:
    over = form_of(met) | {"action": "overwrite", "stored": met.context["conflict"].stored}
    saved(as_anna, bone_code, BILLING, body="A third text.")
    again = as_educator.post(part_url(bone_code, BILLING), over)
    assert again.status_code == 409
    assert read_part(bone_code, BILLING)["body"] == "A third text."
    newest = form_of(again) | {"action": "overwrite", "stored": again.context["conflict"].stored}
    assert as_educator.post(part_url(bone_code, BILLING), newest).status_code == 302


def test_theirs_is_taken_and_mine_discarded(met: Any, as_educator: Client, bone_code: Code) -> None:
    url = part_url(bone_code, BILLING)
    assert 'value="discard"' in met.text
    discard = form_of(met) | {"action": "discard", "next": url}
    assert as_educator.post(f"/write/{bone_code.number}/autosave/", discard).url == url
    assert opened(as_educator, bone_code, BILLING)["body"] == "Report it twice a session."


def test_what_was_begun_with_may_be_unknown(as_educator: Client, bone_code: Code) -> None:
    mine = opened(as_educator, bone_code, BILLING) | {"body": "Mine."}
    bone_code.section_set.filter(slug="billing").update(body="Changed by no form.")
    met = as_educator.post(part_url(bone_code, BILLING), mine)
    assert met.status_code == 409
    assert met.context["conflict"].theirs is None
    assert "somebody changed" in met.text


def test_a_part_that_was_removed_meanwhile_is_told_and_can_be_saved_again(
    as_educator: Client, as_anna: Client, bone_code: Code
) -> None:
    mine = opened(as_educator, bone_code, BILLING) | {"body": "Mine."}
    seen = opened(as_anna, bone_code, BILLING)["seen"]
    as_anna.post(f"/write/{bone_code.number}/sections/billing/remove/", {"seen": seen})
    met = as_educator.post(part_url(bone_code, BILLING), mine)
    assert "Anna Berg removed “Billing” meanwhile" in met.text
    over = form_of(met) | {"action": "overwrite", "stored": met.context["conflict"].stored}
    assert as_educator.post(part_url(bone_code, BILLING), over).status_code == 302
    assert read_part(bone_code, BILLING)["body"] == "Mine."


def test_a_part_that_both_begin_is_told(as_educator: Client, as_anna: Client, bone_code: Code) -> None:
    mine = opened(as_educator, bone_code, "sections/other-1") | {"heading": "Mine", "body": "Mine."}
    saved(as_anna, bone_code, "sections/other-1", heading="Hers", body="Hers.")
    met = as_educator.post(part_url(bone_code, "sections/other-1"), mine)
    assert met.status_code == 409
    assert ("added", "Hers.") in wording(met.context["conflict"].theirs)


def test_rows_are_told_as_lines(as_educator: Client, as_anna: Client, bone_code: Code) -> None:
    mine = opened(as_educator, bone_code, "sources") | {"rows-0-title": "My source"}
    saved(as_anna, bone_code, "sources", **{"rows-0-title": "Her source"})
    met = as_educator.post(part_url(bone_code, "sources"), mine)
    assert wording(met.context["conflict"].mine) == [("removed", "Her"), ("added", "My")]


def test_two_on_different_parts_do_not_disturb_each_other(
    as_educator: Client, as_anna: Client, bone_code: Code
) -> None:
    mine = opened(as_educator, bone_code, BILLING) | {"body": "Mine."}
    hers = opened(as_anna, bone_code, "sections/overview") | {"body": "Hers."}
    about = opened(as_anna, bone_code, "about") | {"title": "Another title"}
    for client, part, typed in (
        (as_educator, BILLING, mine),
        (as_anna, "sections/overview", hers),
        (as_anna, "about", about),
    ):
        assert client.post(part_url(bone_code, part), typed).status_code == 302
    assert read_part(bone_code, BILLING)["body"] == "Mine."
    assert read_part(bone_code, "sections/overview")["body"] == "Hers."
    assert Code.objects.get(pk=bone_code.pk).title == "Another title"


# Presence -------------------------------------------------------------------------------------


def test_who_else_has_the_page_open_is_told(as_educator: Client, as_anna: Client, bone_code: Code) -> None:
    opened(as_anna, bone_code, BILLING)
    for url in (part_url(bone_code, BILLING), part_url(bone_code, "about"), f"/write/{bone_code.number}/"):
        assert "Anna Berg has Billing open (just now)." in as_educator.get(url).text
    assert "has Billing open" not in as_anna.get(part_url(bone_code, BILLING)).text


def test_minutes_are_said_and_after_five_nothing_is(
    as_educator: Client, as_anna: Client, anna: User, bone_code: Code
) -> None:
    opened(as_anna, bone_code, BILLING)
    for minutes, told in ((2, True), (4, True), (6, False)):
        Presence.objects.filter(person=anna).update(at=timezone.now() - timedelta(minutes=minutes))
        page = as_educator.get(part_url(bone_code, BILLING)).text
        assert (f"Anna Berg has Billing open ({minutes} minutes ago)." in page) is told


def test_typing_says_that_one_is_still_there(as_anna: Client, anna: User, bone_code: Code) -> None:
    typed = opened(as_anna, bone_code, BILLING)
    Presence.objects.filter(person=anna).update(at=timezone.now() - timedelta(minutes=6))
    as_anna.post(f"/write/{bone_code.number}/autosave/", {name: typed[name] for name in typed if name != "action"})
    assert timezone.now() - Presence.objects.get(person=anna).at < timedelta(minutes=1)
