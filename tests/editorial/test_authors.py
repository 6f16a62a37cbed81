"""Who counts as an author of a revision, and so does not approve it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User, audit
from accounts.roles import make_educator
from codes import trail
from codes.models import Code, Edition
from codes.pages import read_page, read_part, write_page
from codes.publish import newest_edition, publish
from courses.models import Letter
from editorial import reviewing, writing
from editorial.authors import authors_of
from editorial.drafting import digest, save_part
from editorial.models import Revision
from editorial.reviewing import OwnWork
from tests.conftest import person, signed_in
from tests.editorial.pages import pressed

AT = datetime(2026, 12, 2, 12, tzinfo=UTC)


def colleague(name: str) -> User:
    made = person(name)
    make_educator(made)
    return made


@pytest.fixture
def anna(db: None) -> User:
    return colleague("anna")


@pytest.fixture
def bert(db: None) -> User:
    return colleague("bert")


@pytest.fixture
def carla(db: None) -> User:
    return colleague("carla")


def store(code: Code, part: str, by: User, **fields: Any) -> None:
    """Save a part with other words in it."""
    stored = read_part(code, part)
    save_part(code, part, {**stored, **fields}, seen=digest(stored), by=by, at=AT)


def told(revision: Revision) -> dict[str, tuple[str, ...]]:
    """The authors by name, with what they wrote."""
    return {str(one.person): one.parts for one in authors_of(revision)}


def again(revision: Revision, by: User, to: User) -> Revision:
    """Given back by somebody, and handed in by another."""
    reviewing.ask_for_changes(revision, "More", by=by, at=AT)
    return reviewing.hand_in(revision.code, "More", by=to, at=AT)


def test_whoever_wrote_it_is_its_author_whoever_hands_it_in(bone_code: Code, anna: User, bert: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    revision = again(reviewing.hand_in(bone_code, "Clearer", by=anna, at=AT), bert, bert)
    assert told(revision) == {"anna": ("The code itself",), "bert": ()}
    assert pressed(signed_in(anna), reverse("revision", args=[revision.pk]), {"do": "approve"}).status_code == 403
    assert Revision.objects.get().state == Revision.State.IN_REVIEW


def test_a_part_of_it_is_enough(bone_code: Code, anna: User, bert: User, carla: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    store(bone_code, "sections/billing", bert, body="Bert's words.")
    revision = reviewing.hand_in(bone_code, "Both", by=anna, at=AT)
    assert told(revision) == {"anna": ("The code itself",), "bert": ("Section “Billing”",)}
    with pytest.raises(OwnWork):
        reviewing.approve(revision, by=bert, at=AT)
    reviewing.approve(revision, by=carla, at=AT)


def test_the_page_says_who_they_are_and_who_may(bone_code: Code, anna: User, bert: User, carla: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    revision = reviewing.hand_in(bone_code, "Clearer", by=bert, at=AT)
    page = signed_in(anna).get(reverse("revision", args=[revision.pk])).text
    assert "<li>anna: The code itself</li>" in page
    assert "<li>bert, who handed it in</li>" in page
    assert "You are one of its authors, because you changed The code itself." in page
    assert "somebody else has to approve it: carla." in page
    assert 'value="approve"' not in page
    assert 'value="changes"' in page
    assert 'value="approve"' in signed_in(carla).get(reverse("revision", args=[revision.pk])).text


def test_those_who_may_approve_it_are_written_to(bone_code: Code, anna: User, bert: User, carla: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    reviewing.hand_in(bone_code, "Clearer", by=bert, at=AT)
    assert [one.person for one in Letter.objects.filter(kind=Letter.Kind.REVIEW)] == [carla]


def test_where_nobody_may_all_others_are(bone_code: Code, anna: User, bert: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    reviewing.hand_in(bone_code, "Clearer", by=bert, at=AT)
    assert [one.person for one in Letter.objects.filter(kind=Letter.Kind.REVIEW)] == [anna]


def test_where_all_wrote_an_administrator_is_named(bone_code: Code, anna: User, bert: User, admin: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    revision = reviewing.hand_in(bone_code, "Clearer", by=bert, at=AT)
    page = signed_in(bert).get(reverse("revision", args=[revision.pk])).text
    assert "an administrator, because every educator is one of its authors" in page
    reviewing.approve(revision, by=admin, at=AT)


def test_an_administrator_who_wrote_it_does_not_approve_it(
    bone_code: Code, anna: User, bert: User, admin: User
) -> None:
    store(bone_code, "about", admin, summary="The administrator's words.")
    revision = reviewing.hand_in(bone_code, "Clearer", by=anna, at=AT)
    with pytest.raises(OwnWork):
        reviewing.approve(revision, by=admin, at=AT)
    reviewing.approve(revision, by=bert, at=AT)


def test_alone_one_may_as_ever(bone_code: Code, anna: User, bert: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    User.objects.filter(pk=bert.pk).update(is_active=False)
    reviewing.publish_alone(bone_code, "Clearer", by=anna, at=AT)
    assert Edition.objects.filter(code=bone_code).count() == 2


def test_somebody_whose_account_is_closed_stays_an_author(bone_code: Code, anna: User, bert: User, carla: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    User.objects.filter(pk=anna.pk).update(is_active=False)
    revision = reviewing.hand_in(bone_code, "Clearer", by=bert, at=AT)
    assert set(told(revision)) == {"anna", "bert"}
    reviewing.approve(revision, by=carla, at=AT)


# Since when -----------------------------------------------------------------------------------


def test_what_was_written_before_the_edition_is_nobodys_now(
    bone_code: Code, anna: User, bert: User, carla: User
) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    first = reviewing.hand_in(bone_code, "Clearer", by=anna, at=AT)
    reviewing.approve(first, by=bert, at=AT)
    reviewing.publish_now(first, by=anna, at=AT)
    store(bone_code, "about", carla, summary="Carla's words.")
    revision = reviewing.hand_in(bone_code, "Clearer", by=carla, at=AT)
    assert told(revision) == {"carla": ("The code itself",)}
    reviewing.approve(revision, by=anna, at=AT)


def test_what_is_written_on_after_it_was_handed_in_is_not_in_it(bone_code: Code, anna: User, bert: User) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    revision = reviewing.hand_in(bone_code, "Clearer", by=anna, at=AT)
    store(bone_code, "about", bert, summary="Bert goes on.")
    assert set(told(revision)) == {"anna"}
    reviewing.approve(revision, by=bert, at=AT)


def test_what_was_written_while_another_was_in_review_is_in_the_next(
    bone_code: Code, anna: User, bert: User, carla: User
) -> None:
    store(bone_code, "about", anna, summary="Anna's words.")
    first = reviewing.hand_in(bone_code, "Clearer", by=anna, at=AT)
    store(bone_code, "sections/billing", bert, body="Bert goes on.")
    reviewing.approve(first, by=bert, at=AT)
    reviewing.publish_now(first, by=anna, at=AT)
    revision = reviewing.hand_in(bone_code, "The rest", by=anna, at=AT)
    assert told(revision) == {"anna": (), "bert": ("Section “Billing”",)}


def test_what_was_taken_back_is_not_in_it(bone_code: Code, anna: User, bert: User) -> None:
    before = read_part(bone_code, "about")["summary"]
    store(bone_code, "about", bert, summary="Bert's words.")
    store(bone_code, "about", bert, summary=before)
    store(bone_code, "about", anna, summary="Anna's words.")
    assert set(told(reviewing.hand_in(bone_code, "Clearer", by=anna, at=AT))) == {"anna"}


def test_an_old_edition_again_was_written_and_looked_at_before(bone_code: Code, anna: User, bert: User) -> None:
    first = newest_edition(bone_code)
    assert first is not None
    store(bone_code, "about", bert, summary="Bert's words.")
    publish(bone_code, by=None, why="Past the review")
    revision = reviewing.roll_back(bone_code, first, "Better before", by=anna, at=AT)
    assert told(revision) == {"anna": ()}
    reviewing.approve(revision, by=bert, at=AT)


def test_whoever_asks_for_a_page_to_be_taken_off_is_its_author(bone_code: Code, anna: User, bert: User) -> None:
    store(bone_code, "about", bert, summary="Bert's words, which are not in it.")
    revision = reviewing.hand_in(bone_code, "Gone", by=anna, at=AT, retires=True)
    assert told(revision) == {"anna": ()}


def test_a_page_that_comes_back_with_other_words_has_those_authors(bone_code: Code, anna: User, bert: User) -> None:
    gone = reviewing.hand_in(bone_code, "Gone", by=bert, at=AT, retires=True)
    reviewing.approve(gone, by=anna, at=AT)
    reviewing.publish_now(gone, by=bert, at=AT)
    store(bone_code, "about", bert, summary="Back again.")
    assert told(reviewing.hand_in(bone_code, "Back", by=anna, at=AT)) == {"anna": (), "bert": ("The code itself",)}


# Every way in ---------------------------------------------------------------------------------


def test_whoever_accepts_a_proposed_rule_is_an_author(bone_code: Code, anna: User, bert: User) -> None:
    part = {**read_part(bone_code, "rules/units"), "slug": "units-2", "state": "proposed"}
    save_part(bone_code, "rules/units-2", part, seen="", by=bert, at=AT)
    store(bone_code, "rules/units-2", anna, state="accepted")
    revision = reviewing.hand_in(bone_code, "A rule", by=bert, at=AT)
    assert told(revision) == {"anna": ("Rule “units-2”",), "bert": ()}


def test_whoever_removes_something_is_an_author(bone_code: Code, anna: User, bert: User) -> None:
    slug = bone_code.example_set.earliest("pk").slug
    part = f"examples/{slug}"
    save_part(bone_code, part, None, seen=digest(read_part(bone_code, part)), by=anna, at=AT)
    assert told(reviewing.hand_in(bone_code, "Less", by=bert, at=AT))["anna"] == (f"Example “{slug}”",)


def test_whoever_moves_sections_is_an_author(bone_code: Code, anna: User, bert: User) -> None:
    slugs = [row["slug"] for row in read_page(bone_code)["sections"]]
    writing.move_section(bone_code, slugs[0], up=False, by=anna, at=AT)
    assert told(reviewing.hand_in(bone_code, "Order", by=bert, at=AT)) == {"bert": (), "anna": ("Sections",)}


def in_the_admin(code: Code, by: User) -> None:
    before = trail.parts(read_page(code))
    written = write_page({**read_page(code), "summary": "From the admin."})
    trail.note_changes(code, before, trail.parts(read_page(written)), by=by)


def from_an_article(code: Code, by: User) -> None:
    before = read_page(code)
    written = write_page({**before, "summary": "From an article."})
    audit(by, trail.READ, trail.subject(code, "page"), before=before, after=read_page(written))


@pytest.mark.parametrize("write", [in_the_admin, from_an_article])
def test_another_way_in_makes_an_author_too(
    bone_code: Code, anna: User, bert: User, write: Callable[[Code, User], None]
) -> None:
    write(bone_code, anna)
    bone_code.refresh_from_db()
    assert told(reviewing.hand_in(bone_code, "Clearer", by=bert, at=AT)) == {"bert": (), "anna": ("The code itself",)}


def test_a_new_page_is_everybodys_who_wrote_on_it(db: None, anna: User, bert: User) -> None:
    about = {"number": "A9999", "system": "HCPCS", "title": "A service", "summary": "One."}
    code = writing.begin(about, by=anna, at=AT)
    save_part(code, "sections/billing", {"heading": "Billing", "body": "Once."}, seen="", by=bert, at=AT)
    made = Revision(code=code, content=read_page(code), digest="x", author=anna, base=None)
    made.pk = 0
    assert told(made) == {"anna": ("The code itself",), "bert": ("Section “Billing”",)}


def test_the_trail_is_asked_once_however_much_differs(
    bone_code: Code, anna: User, bert: User, django_assert_max_num_queries: Any
) -> None:
    for section in read_page(bone_code)["sections"]:
        store(bone_code, f"sections/{section['slug']}", anna, body=f"{section['body']} More.")
    revision = Revision.objects.select_related("code", "author", "base").get(
        pk=reviewing.hand_in(bone_code, "More", by=bert, at=AT).pk
    )
    with django_assert_max_num_queries(4):
        authors_of(revision)
