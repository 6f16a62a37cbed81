"""Review: who may approve what, what is published and when, and that two who press at once press once."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User
from accounts.roles import make_educator
from codes.models import Code, Edition, PublishedCode
from codes.pages import read_page
from codes.publish import content_of, publish
from courses.delivery import send
from courses.management.commands import tend
from courses.models import Letter
from editorial import reviewing
from editorial.models import Revision
from editorial.reviewing import OwnWork, Refused
from quizzes import practice
from quizzes.models import Grading, QuestionVersion
from tests.conftest import person, signed_in
from tests.editorial.pages import pressed
from tests.quizzes.learning import NOON as LONG_AGO
from tests.quizzes.learning import answer_all

State = Revision.State
#: A Wednesday, noon in London and morning in Chicago.
AT = datetime(2026, 12, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = "https://claims.example.org"
    settings.TIME_ZONE = "America/Chicago"


@pytest.fixture
def reviewer(db: None) -> User:
    """Another educator."""
    made = person("reviewer")
    make_educator(made)
    return made


@pytest.fixture
def draft(bone_code: Code) -> Code:
    """The page, with something new in its draft."""
    write(bone_code, "A new title")
    return bone_code


def write(code: Code, title: str) -> None:
    Code.objects.filter(pk=code.pk).update(title=title)
    code.refresh_from_db()


@pytest.fixture
def handed(draft: Code, educator: User, reviewer: User) -> Revision:
    """The draft, handed in."""
    return reviewing.hand_in(draft, "Clearer", by=educator, at=AT)


@pytest.fixture
def approved(handed: Revision, reviewer: User) -> Revision:
    reviewing.approve(handed, by=reviewer, at=AT)
    return now(handed)


def now(revision: Revision) -> Revision:
    return Revision.objects.select_related("code").get(pk=revision.pk)


def press(client: Client, revision: Revision, do: str, **sent: Any) -> Any:
    return pressed(client, reverse("revision", args=[revision.pk]), {"do": do, **sent})


# Handing in ----------------------------------------------------------------------------------


def test_handing_in_keeps_the_page_as_it_is_at_that_moment(handed: Revision, draft: Code) -> None:
    frozen = read_page(draft)
    write(draft, "Written on")
    assert (now(handed).content, now(handed).state, now(handed).why) == (frozen, State.IN_REVIEW, "Clearer")


def test_what_was_stored_a_moment_ago_is_handed_in_too(bone_code: Code, educator: User) -> None:
    seen = Code.objects.get(pk=bone_code.pk)
    write(bone_code, "Stored meanwhile")
    assert reviewing.hand_in(seen, "Why", by=educator, at=AT).content["title"] == "Stored meanwhile"


def test_nothing_new_is_not_handed_in(bone_code: Code, educator: User) -> None:
    with pytest.raises(Refused, match="Nothing changed since edition 1"):
        reviewing.hand_in(bone_code, "Why", by=educator, at=AT)


def test_a_draft_with_an_error_is_not_handed_in(draft: Code, educator: User) -> None:
    draft.section_set.filter(slug="billing").delete()
    with pytest.raises(Refused, match="An error stands in the way"):
        reviewing.hand_in(draft, "Why", by=educator, at=AT)
    assert not Revision.objects.exists()


def test_a_second_revision_of_a_page_waits_for_the_first(handed: Revision, draft: Code, reviewer: User) -> None:
    write(draft, "Other")
    with pytest.raises(Refused, match="under way: in review"):
        reviewing.hand_in(draft, "Me too", by=reviewer, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(code=draft, content={}, digest="x", author=reviewer)


def test_what_was_given_back_is_handed_in_again(handed: Revision, draft: Code, educator: User, reviewer: User) -> None:
    reviewing.ask_for_changes(handed, "Shorter", by=reviewer, at=AT)
    write(draft, "Short")
    again = reviewing.hand_in(draft, "Shorter now", by=educator, at=AT + HOUR)
    assert (again.pk, now(again).state, now(again).content["title"]) == (handed.pk, State.IN_REVIEW, "Short")


def test_its_author_withdraws_it_and_nobody_else(handed: Revision, educator: User, reviewer: User) -> None:
    assert press(signed_in(reviewer), handed, "withdraw").status_code == 403
    press(signed_in(educator), handed, "withdraw")
    assert now(handed).state == State.WITHDRAWN
    assert now(handed).code.title == "A new title"


# Deciding ------------------------------------------------------------------------------------


def test_an_author_does_not_approve_own_work(handed: Revision, educator: User) -> None:
    client = signed_in(educator)
    assert press(client, handed, "approve").status_code == 403
    assert press(client, handed, "publish").status_code == 409
    assert now(handed).state == State.IN_REVIEW
    assert 'value="approve"' not in client.get(reverse("revision", args=[handed.pk])).text


def test_somebody_else_does(handed: Revision, reviewer: User) -> None:
    press(signed_in(reviewer), handed, "approve")
    assert (now(handed).state, now(handed).decided_by) == (State.APPROVED, reviewer)


def test_an_administrator_may_approve_and_is_no_educator_who_could_be_asked(
    draft: Code, educator: User, admin: User
) -> None:
    assert reviewing.is_alone(educator)
    revision = reviewing.hand_in(draft, "Why", by=educator, at=AT)
    reviewing.approve(revision, by=admin, at=AT)
    assert now(revision).state == State.APPROVED


def test_an_educator_whose_account_is_closed_leaves_one_alone(handed: Revision, educator: User, reviewer: User) -> None:
    with pytest.raises(OwnWork):
        reviewing.approve(handed, by=educator, at=AT)
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    reviewing.approve(handed, by=educator, at=AT)
    assert now(handed).state == State.APPROVED


def test_asking_for_changes_takes_a_remark(handed: Revision, reviewer: User) -> None:
    refused = press(signed_in(reviewer), handed, "changes", remark=" ")
    assert refused.status_code == 422
    assert "What is to be changed: say it" in refused.text
    press(signed_in(reviewer), handed, "changes", remark="Cite the manual")
    assert (now(handed).state, now(handed).remark) == (State.CHANGES, "Cite the manual")


def test_approving_twice_is_once(handed: Revision, reviewer: User, admin: User) -> None:
    for _ in range(2):
        reviewing.approve(handed, by=reviewer, at=AT)
    with pytest.raises(Refused, match="approved already"):
        reviewing.approve(handed, by=admin, at=AT)
    assert AuditEntry.objects.filter(verb="approved").count() == 1


# Publishing ----------------------------------------------------------------------------------


def test_what_was_approved_is_published_although_the_draft_went_on(
    approved: Revision, draft: Code, educator: User
) -> None:
    write(draft, "Written on")
    client = signed_in(educator)
    assert "The draft has been written on since" in client.get(reverse("revision", args=[approved.pk])).text
    press(client, approved, "publish")
    assert PublishedCode.objects.get(code=draft).title == "A new title"
    assert Code.objects.get(pk=draft.pk).title == "Written on"
    assert content_of(now(approved).edition.document)["title"] == "A new title"  # type: ignore[union-attr]


def test_publishing_twice_makes_one_edition(approved: Revision, educator: User, reviewer: User) -> None:
    first = reviewing.publish_now(approved, by=educator, at=AT)
    assert reviewing.publish_now(approved, by=reviewer, at=AT) == first
    assert Edition.objects.filter(code=approved.code).count() == 2
    assert AuditEntry.objects.filter(verb="published").count() == 1


def test_what_was_withdrawn_is_not_published(approved: Revision, educator: User) -> None:
    stale = now(approved)
    reviewing.withdraw(approved, by=educator, at=AT)
    with pytest.raises(Refused, match="withdrawn"):
        reviewing.publish_now(stale, by=educator, at=AT)


def test_an_edition_that_came_between_is_not_undone(approved: Revision, draft: Code, educator: User) -> None:
    write(draft, "Faster")
    publish(draft, by=None, why="Past the review")
    with pytest.raises(Refused, match="Edition 2 was published meanwhile"):
        reviewing.publish_now(approved, by=educator, at=AT)
    assert PublishedCode.objects.get(code=draft).title == "Faster"


def test_alone_publishing_is_one_press(as_educator: Client, draft: Code) -> None:
    url = reverse("review_page", args=[draft.number])
    assert 'value="publish"' in as_educator.get(url).text
    assert pressed(as_educator, url, {"do": "publish", "why": "Clearer"}).status_code == 302
    assert PublishedCode.objects.get(code=draft).edition.why == "Clearer"


def test_beside_others_it_is_none(as_educator: Client, draft: Code, reviewer: User) -> None:
    url = reverse("review_page", args=[draft.number])
    assert 'value="publish"' not in as_educator.get(url).text
    assert pressed(as_educator, url, {"do": "publish", "why": "Clearer"}).status_code == 409
    assert Edition.objects.filter(code=draft).count() == 1
    assert not Revision.objects.exists()


def test_handing_in_asks_why(as_educator: Client, draft: Code) -> None:
    refused = as_educator.post(reverse("review_page", args=[draft.number]), {"do": "hand_in", "why": " "})
    assert refused.status_code == 422
    assert 'href="#id_why"' in refused.text


# On a day ------------------------------------------------------------------------------------


@pytest.fixture
def scheduled(approved: Revision, educator: User) -> Revision:
    """To go live on the first of January."""
    reviewing.schedule(approved, date(2027, 1, 1), by=educator, at=AT)
    return now(approved)


def test_a_day_that_is_not_to_come_is_refused(approved: Revision, educator: User) -> None:
    with pytest.raises(Refused, match="Choose a day to come"):
        reviewing.schedule(approved, timezone.localdate(AT), by=educator, at=AT)
    refused = press(signed_in(educator), approved, "schedule", day="2020-01-01")
    assert (refused.status_code, now(approved).state) == (422, State.APPROVED)


def test_what_is_not_approved_is_not_scheduled(handed: Revision, educator: User) -> None:
    with pytest.raises(Refused):
        reviewing.schedule(handed, date(2027, 1, 1), by=educator, at=AT)


def test_it_goes_live_on_its_day_by_the_sites_clock(scheduled: Revision) -> None:
    midnight = datetime(2027, 1, 1, 6, tzinfo=UTC)  # in Chicago
    assert reviewing.publish_due(midnight - timedelta(seconds=1)) == 0
    assert now(scheduled).state == State.SCHEDULED
    assert reviewing.publish_due(midnight) == 1
    assert now(scheduled).state == State.PUBLISHED
    assert PublishedCode.objects.get(code=scheduled.code).title == "A new title"


def test_it_goes_live_once(scheduled: Revision) -> None:
    for _ in range(2):
        reviewing.publish_due(AT + 60 * DAY)
    assert Edition.objects.filter(code=scheduled.code).count() == 2


def test_the_round_of_every_minute_publishes(
    scheduled: Revision, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tend.timezone, "now", lambda: AT + 60 * DAY)
    call_command("tend")
    assert "pages published: 1" in capsys.readouterr().out
    assert now(scheduled).state == State.PUBLISHED


def test_one_that_fails_stops_no_other_and_is_told(
    scheduled: Revision, educator: User, reviewer: User, starter_library: None
) -> None:
    other = Code.objects.get(number="47383")
    write(other, "Another title")
    second = reviewing.hand_in(other, "Too", by=educator, at=AT)
    reviewing.approve(second, by=reviewer, at=AT)
    reviewing.schedule(second, date(2027, 1, 1), by=educator, at=AT)
    broken = {
        **scheduled.content,
        "sections": [one for one in scheduled.content["sections"] if one["slug"] != "billing"],
    }
    Revision.objects.filter(pk=scheduled.pk).update(content=broken)
    assert reviewing.publish_due(AT + 60 * DAY) == 1
    assert (now(second).state, now(scheduled).state) == (State.PUBLISHED, State.CHANGES)
    assert "Could not be published on 2027-01-01" in now(scheduled).remark
    assert Edition.objects.filter(code=scheduled.code).count() == 1
    told = [one.person for one in Letter.objects.filter(about__what="failed")]
    assert told == [educator, reviewer]


def test_something_unforeseen_leaves_the_page_as_it_was(scheduled: Revision, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reviewing.letters, "tell", broken, raising=True)
    monkeypatch.setattr(reviewing, "_give_back", lambda *args: None)
    assert reviewing.publish_due(AT + 60 * DAY) == 0
    assert (now(scheduled).state, Edition.objects.filter(code=scheduled.code).count()) == (State.SCHEDULED, 1)


# Again, and off the site ---------------------------------------------------------------------


def published_twice(code: Code) -> None:
    write(code, "A worse title")
    publish(code, by=None, why="Worse")


def test_rolling_back_makes_an_edition_equal_to_the_old_one(bone_code: Code, educator: User) -> None:
    published_twice(bone_code)
    first = Edition.objects.get(code=bone_code, number=1)
    made = reviewing.roll_back(bone_code, first, "Better before", by=educator, at=AT)
    assert made.edition is not None
    assert (made.edition.number, made.edition.document) == (3, first.document)
    assert content_of(first.document) == read_page(Code.objects.get(pk=bone_code.pk))  # nobody was writing on it


def test_rolling_back_leaves_a_draft_that_somebody_writes_on(bone_code: Code, educator: User) -> None:
    published_twice(bone_code)
    write(bone_code, "In the middle of it")
    reviewing.roll_back(bone_code, Edition.objects.get(code=bone_code, number=1), "Back", by=educator, at=AT)
    assert Code.objects.get(pk=bone_code.pk).title == "In the middle of it"


def test_beside_others_an_old_edition_waits_for_review(bone_code: Code, educator: User, reviewer: User) -> None:
    published_twice(bone_code)
    sent = {"edition": 1, "why": "Better before"}
    signed_in(educator).post(reverse("compare_editions", args=[bone_code.number]), sent)
    assert Revision.objects.get().state == State.IN_REVIEW
    assert Edition.objects.filter(code=bone_code).count() == 2


def test_an_edition_of_another_page_is_not_taken(as_educator: Client, bone_code: Code) -> None:
    for number in ("2", "x", "", "99999999999999999999"):
        answer = as_educator.post(reverse("compare_editions", args=[bone_code.number]), {"edition": number, "why": "Y"})
        assert answer.status_code == 422


def test_retiring_goes_through_the_review(draft: Code, educator: User, reviewer: User, client: Client) -> None:
    url = reverse("review_page", args=[draft.number])
    pressed(signed_in(educator), url, {"do": "retire", "retire-why": "Deleted from the code set"})
    revision = Revision.objects.get()
    assert revision.retires
    reviewing.approve(revision, by=reviewer, at=AT)
    reviewing.publish_now(revision, by=educator, at=AT)
    assert client.get(reverse("code_page", args=[draft.number])).status_code == 410
    page = signed_in(educator).get(reverse("review_page", args=[draft.number]))
    assert "Publishing brings it back" in page.text


def test_a_retired_page_comes_back_through_the_review(bone_code: Code, educator: User) -> None:
    gone = reviewing.hand_in(bone_code, "Gone", by=educator, at=AT, retires=True)
    reviewing.publish_now(gone, by=educator, at=AT)
    back = reviewing.publish_alone(bone_code, "A mistake", by=educator, at=AT)
    assert (back.number, PublishedCode.objects.filter(code=bone_code).exists()) == (3, True)


def test_what_was_answered_stays_whatever_is_published(bone_code: Code, educator: User, trainee: User) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    answer_all(attempt, random.Random(1), LONG_AGO)
    first = Edition.objects.get(code=bone_code)
    before = past()
    write(bone_code, "Other")
    reviewing.publish_alone(bone_code, "Other", by=educator, at=AT)
    assert past() == before
    gone = reviewing.hand_in(bone_code, "Gone", by=educator, at=AT, retires=True)
    reviewing.publish_now(gone, by=educator, at=AT)
    assert past() == before
    reviewing.roll_back(bone_code, first, "Back", by=educator, at=AT)
    assert past() == before


def past() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Grading, QuestionVersion)]


# Letters -------------------------------------------------------------------------------------


def letters_of(somebody: User) -> list[str]:
    """The subjects of what somebody has got by now."""
    return [one.subject for one in mail.outbox if one.to == [somebody.email]]


def deliver() -> None:
    for letter in Letter.objects.filter(state=Letter.State.WAITING):
        send(letter.pk, AT + HOUR)


def test_the_others_are_asked_and_the_author_is_told(handed: Revision, educator: User, reviewer: User) -> None:
    deliver()
    assert letters_of(reviewer) == ["Waits for review: 20983 A new title"]
    reviewing.ask_for_changes(handed, "Cite the manual", by=reviewer, at=AT)
    deliver()
    assert letters_of(educator) == ["20983 A new title: changes asked for"]
    assert "Cite the manual" in mail.outbox[-1].body
    assert f"https://claims.example.org/write/reviews/{handed.pk}/" in mail.outbox[-1].body
    assert mail.outbox[-1].extra_headers["List-Unsubscribe"] == "<https://claims.example.org/settings/>"


def test_nobody_is_told_of_what_they_did_themselves(approved: Revision, educator: User, reviewer: User) -> None:
    before = Letter.objects.count()
    reviewing.publish_now(approved, by=educator, at=AT)
    assert Letter.objects.count() == before


def test_a_letter_is_dropped_when_nothing_waits_any_more(handed: Revision, educator: User, reviewer: User) -> None:
    reviewing.withdraw(handed, by=educator, at=AT)
    deliver()
    assert letters_of(reviewer) == []


def test_whoever_no_longer_edits_gets_none(handed: Revision, reviewer: User) -> None:
    reviewer.groups.clear()
    deliver()
    assert letters_of(reviewer) == []


def test_handing_in_again_asks_again(handed: Revision, draft: Code, educator: User, reviewer: User) -> None:
    reviewing.ask_for_changes(handed, "More", by=reviewer, at=AT)
    reviewing.hand_in(draft, "More", by=educator, at=AT + HOUR)
    assert Letter.objects.filter(kind=Letter.Kind.REVIEW, person=reviewer).count() == 2


# Pages ---------------------------------------------------------------------------------------


def test_every_step_is_noted_and_shown(approved: Revision, educator: User, reviewer: User) -> None:
    reviewing.publish_now(approved, by=educator, at=AT)
    assert [one.verb for one in reviewing.history_of(approved)] == ["published", "approved", "handed in for review"]
    page = signed_in(reviewer).get(reverse("revision", args=[approved.pk])).text
    assert "Handed in for review" in page
    assert "edition 2" in page


def test_the_queue_lists_each_state(scheduled: Revision, as_educator: Client) -> None:
    page = as_educator.get(reverse("reviews")).text
    assert "Scheduled (1)" in page
    assert f"{reverse('coming')}?on=2027-01-01" in page


def test_the_queue_asks_no_more_of_a_longer_list(
    as_educator: Client, educator: User, starter_library: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for code in Code.objects.all()[:2]:
        Revision.objects.create(code=code, content={}, digest="x", author=educator)
    as_educator.get(reverse("reviews"))
    with django_assert_max_num_queries(30) as few:
        as_educator.get(reverse("reviews"))
    for code in Code.objects.all()[2:12]:
        Revision.objects.create(code=code, content={}, digest="x", author=educator)
    with django_assert_max_num_queries(30) as many:
        as_educator.get(reverse("reviews"))
    assert len(few) == len(many)


def test_two_editions_are_compared_in_words(as_educator: Client, bone_code: Code) -> None:
    published_twice(bone_code)
    page = as_educator.get(reverse("compare_editions", args=[bone_code.number]), {"old": "1", "new": "2"}).text
    assert "From edition 1 to edition 2" in page
    assert '<ins><span class="visually-hidden">added: </span>' in page
    assert '<del><span class="visually-hidden">removed: </span>' in page


@pytest.mark.parametrize("name", ["review_page", "compare_editions"])
def test_a_page_that_was_never_published_has_these_pages_too(as_educator: Client, db: None, name: str) -> None:
    Code.objects.create(number="A1234", title="New")
    answer = as_educator.get(reverse(name, args=["A1234"]))
    assert answer.status_code == 200
    assert "never published" in answer.text


def test_a_text_that_is_markup_is_shown_as_text(as_educator: Client, draft: Code) -> None:
    write(draft, "<script>alert(1)</script>")
    page = as_educator.get(reverse("review_page", args=[draft.number])).text
    assert "<script>alert" not in page


def test_the_queue_is_for_educators(as_trainee: Client, handed: Revision, client_of: Callable[..., Client]) -> None:
    assert as_trainee.get(reverse("revision", args=[handed.pk])).status_code == 403
    assert client_of().get(reverse("revision", args=[handed.pk])).status_code == 302


@pytest.fixture
def client_of() -> Callable[..., Client]:
    return Client
