"""Nobody approves, hands in or publishes what they were not shown."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.roles import make_educator
from codes.models import Code, Edition
from codes.pages import read_part
from codes.publish import publish
from editorial import reviewing
from editorial.drafting import digest, save_part
from editorial.models import Revision
from tests.conftest import person, signed_in

State = Revision.State
AT = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture
def reviewer(db: None) -> User:
    """Another educator."""
    made = person("reviewer")
    make_educator(made)
    return made


def summarise(code: Code, text: str, by: User) -> None:
    """Save another summary, as the form does."""
    about = read_part(code, "about")
    save_part(code, "about", {**about, "summary": text}, seen=digest(about), by=by, at=AT)


@pytest.fixture
def handed(bone_code: Code, educator: User, reviewer: User) -> Revision:
    """A first version, handed in."""
    summarise(bone_code, "First words.", educator)
    return reviewing.hand_in(bone_code, "Clearer", by=educator, at=AT)


def second(handed: Revision, educator: User, reviewer: User) -> None:
    """It is given back, and another version is handed in."""
    reviewing.ask_for_changes(handed, "Shorter", by=reviewer, at=AT)
    summarise(handed.code, "Second words.", educator)
    reviewing.hand_in(handed.code, "Shorter", by=educator, at=AT)


def opened(who: User, url: str) -> dict[str, str]:
    """What the forms of a page carry."""
    return {"seen": signed_in(who).get(url).context["seen"]}


SENT = {
    "approve": {},
    "changes": {"remark": "Longer"},
    "schedule": {"day": "2099-01-01"},
    "publish": {},
    "withdraw": {},
}


@pytest.mark.parametrize("do", ["approve", "changes"])
def test_a_second_version_is_not_decided_from_the_page_of_the_first(
    handed: Revision, educator: User, reviewer: User, do: str
) -> None:
    url = reverse("revision", args=[handed.pk])
    first = opened(reviewer, url)
    second(handed, educator, reviewer)
    entries = AuditEntry.objects.count()
    answer = signed_in(reviewer).post(url, {"do": do, **SENT[do], **first})
    assert (answer.status_code, Revision.objects.get().state) == (409, State.IN_REVIEW)
    assert "educator has handed it in again" in answer.text
    assert "Second words" in answer.text
    assert AuditEntry.objects.count() == entries
    again = signed_in(reviewer).post(url, {"do": do, **SENT[do], "seen": answer.context["seen"]})
    assert again.status_code == 302


@pytest.mark.parametrize("do", ["publish", "schedule", "withdraw"])
def test_a_second_version_goes_nowhere_from_the_page_of_the_first(
    handed: Revision, educator: User, reviewer: User, do: str
) -> None:
    url = reverse("revision", args=[handed.pk])
    reviewing.approve(handed, by=reviewer, at=AT)
    first = opened(educator, url)
    second(handed, educator, reviewer)
    reviewing.approve(handed, by=reviewer, at=AT)
    assert signed_in(educator).post(url, {"do": do, **SENT[do], **first}).status_code == 409
    assert Revision.objects.get().state == State.APPROVED
    assert Edition.objects.filter(code=handed.code).count() == 1


@pytest.mark.parametrize("do", list(SENT))
def test_a_button_that_carries_nothing_does_nothing(handed: Revision, educator: User, reviewer: User, do: str) -> None:
    if do in ("schedule", "publish"):
        reviewing.approve(handed, by=reviewer, at=AT)
    before = Revision.objects.get().state
    who = educator if do == "withdraw" else reviewer
    answer = signed_in(who).post(reverse("revision", args=[handed.pk]), {"do": do, **SENT[do]})
    assert (answer.status_code, Revision.objects.get().state) == (409, before)


def test_another_note_beside_the_same_text_is_another_revision(
    handed: Revision, educator: User, reviewer: User
) -> None:
    first = reviewing.seen_revision(handed)
    reviewing.ask_for_changes(handed, "Say why", by=reviewer, at=AT)
    reviewing.hand_in(handed.code, "Because of the manual", by=educator, at=AT)
    with pytest.raises(reviewing.Outdated):
        reviewing.approve(handed, by=reviewer, at=AT, seen=first)
    reviewing.approve(handed, by=reviewer, at=AT, seen=reviewing.seen_revision(Revision.objects.get()))


# The draft ------------------------------------------------------------------------------------


def test_a_colleagues_words_are_not_handed_in_unseen(bone_code: Code, educator: User, reviewer: User) -> None:
    url = reverse("review_page", args=[bone_code.number])
    summarise(bone_code, "Mine.", educator)
    first = opened(educator, url)
    summarise(bone_code, "Hers instead.", reviewer)
    answer = signed_in(educator).post(url, {"do": "hand_in", "why": "Clearer", **first})
    assert (answer.status_code, Revision.objects.exists()) == (409, False)
    assert "The page is not as you were shown it: reviewer changed it" in answer.text
    assert "Hers instead" in answer.text
    assert 'value="Clearer"' in answer.text
    again = signed_in(educator).post(url, {"do": "hand_in", "why": "Clearer", "seen": answer.context["seen"]})
    assert (again.status_code, Revision.objects.get().content["summary"]) == (302, "Hers instead.")


def test_alone_nothing_is_published_unseen_either(bone_code: Code, educator: User, admin: User) -> None:
    url = reverse("review_page", args=[bone_code.number])
    summarise(bone_code, "Mine.", educator)
    first = opened(educator, url)
    summarise(bone_code, "The administrator's.", admin)
    answer = signed_in(educator).post(url, {"do": "publish", "why": "Clearer", **first})
    assert (answer.status_code, Edition.objects.filter(code=bone_code).count()) == (409, 1)
    assert not Revision.objects.exists()


@pytest.mark.parametrize("sent", [{"do": "hand_in", "why": "Y"}, {"do": "retire", "retire-why": "Y"}])
def test_an_edition_that_came_meanwhile_is_shown_first(
    bone_code: Code, educator: User, reviewer: User, sent: dict[str, Any]
) -> None:
    url = reverse("review_page", args=[bone_code.number])
    first = opened(educator, url)
    summarise(bone_code, "Faster.", reviewer)
    publish(bone_code, by=None, why="Past the review")
    Code.objects.filter(pk=bone_code.pk).update(summary=Edition.objects.earliest("pk").document["summary"])
    assert signed_in(educator).post(url, {**sent, **first}).status_code == 409
    assert not Revision.objects.exists()


def test_what_is_compared_is_what_is_kept(
    bone_code: Code, educator: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who writes past the lock, in the middle of it, is not taken along."""
    summarise(bone_code, "Mine.", educator)
    check = reviewing.problems_of

    def meanwhile(code: Code) -> Any:
        Code.objects.filter(pk=code.pk).update(summary="Slipped in.")
        return check(code)

    monkeypatch.setattr(reviewing, "problems_of", meanwhile)
    assert reviewing.hand_in(bone_code, "Clearer", by=educator, at=AT).content["summary"] == "Mine."


def test_a_day_is_kept_as_it_was(handed: Revision, educator: User, reviewer: User) -> None:
    reviewing.approve(handed, by=reviewer, at=AT)
    seen = reviewing.seen_revision(Revision.objects.get())
    reviewing.schedule(handed, date(2027, 1, 1), by=educator, at=AT, seen=seen)
    reviewing.schedule(handed, date(2027, 2, 1), by=educator, at=AT, seen=seen)
    assert Revision.objects.get().publish_on == date(2027, 2, 1)
