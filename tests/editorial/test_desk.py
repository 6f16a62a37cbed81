"""The desk: every page with where it stands, and what waits."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, audit
from codes.models import Code, PublishedCode, Section
from codes.pages import read_page, write_page
from codes.publish import publish
from editorial import autosaving
from editorial.drafting import CHANGED, subject
from editorial.models import Revision
from editorial.states import State, found, in_state, standing
from quizzes.models import Answer, Report
from tests.conftest import signed_in
from tests.editorial.pages import sent

DESK = reverse("desk")


def rows(client: Client, **asked: Any) -> dict[str, str]:
    """Number -> where it stands, as the desk lists it."""
    return {row.code.number: row.label for row in client.get(DESK, asked).context["rows"]}


def hand_in(code: Code, author: User, state: str, **more: Any) -> Revision:
    """A draft on its way."""
    return Revision.objects.create(
        code=code, author=author, state=state, content=read_page(code), digest="x", why="Because", **more
    )


@pytest.fixture
def new_page(no_library: None) -> Code:
    """A page that was never published, and the only one."""
    return Code.objects.create(number="A1234", title="A page that was just begun")


# Where a page stands --------------------------------------------------------------------------


def test_a_page_that_was_never_published_is_new(new_page: Code) -> None:
    assert standing(new_page).state is State.NEW


def test_a_page_whose_draft_says_what_its_edition_says_is_published(bone_code: Code) -> None:
    assert (standing(bone_code).state, standing(bone_code).edition) == (State.PUBLISHED, 1)


def test_every_page_of_the_starter_library_is_published(starter_library: None) -> None:
    assert in_state(found(""), State.PUBLISHED) == list(Code.objects.values_list("pk", flat=True))


def test_a_page_that_was_written_on_has_changed_until_it_is_published(bone_code: Code, educator: User) -> None:
    bone_code.section_set.filter(slug="billing").update(body="Another text.")
    assert standing(bone_code).state is State.CHANGED
    publish(bone_code, by=educator, why="Another text")
    assert (standing(bone_code).state, standing(bone_code).edition) == (State.PUBLISHED, 2)


def test_a_change_that_was_taken_back_is_none(bone_code: Code) -> None:
    page = read_page(bone_code)
    write_page(page | {"title": "Another"})
    write_page(page)
    assert standing(bone_code).state is State.PUBLISHED


def test_a_proposed_rule_is_no_change_of_what_readers_see(bone_code: Code) -> None:
    bone_code.rules.create(slug="more", kind="units", section="billing", params={"counts": "each"}, state="proposed")
    assert standing(bone_code).state is State.PUBLISHED


@pytest.mark.parametrize("state", Revision.OPEN)
def test_a_draft_on_its_way_says_how_far_it_is(bone_code: Code, educator: User, state: str) -> None:
    hand_in(bone_code, educator, state)
    assert standing(bone_code).state == state
    assert in_state(found(""), State(state)) == [bone_code.pk]


def test_a_scheduled_page_names_its_day(bone_code: Code, educator: User) -> None:
    hand_in(bone_code, educator, "scheduled", publish_on=date(2027, 1, 1))
    assert standing(bone_code).label == "Scheduled for January 1, 2027"


def test_a_revision_that_is_closed_says_nothing(bone_code: Code, educator: User) -> None:
    hand_in(bone_code, educator, "withdrawn")
    assert standing(bone_code).state is State.PUBLISHED


def test_a_page_that_was_taken_off_the_site_is_retired(bone_code: Code) -> None:
    PublishedCode.objects.filter(pk=bone_code.pk).delete()
    assert standing(bone_code).state is State.RETIRED
    assert in_state(found(""), State.RETIRED) == [bone_code.pk]


def test_every_state_is_found_by_exactly_one_filter(bone_code: Code, educator: User) -> None:
    Code.objects.create(number="A1234", title="New")
    hand_in(Code.objects.exclude(pk=bone_code.pk).earliest("pk"), educator, "approved")
    bone_code.section_set.filter(slug="billing").update(body="Another text.")
    keys = [pk for state in State for pk in in_state(found(""), state)]
    assert sorted(keys) == sorted(Code.objects.values_list("pk", flat=True))


# The list -------------------------------------------------------------------------------------


def test_the_desk_lists_pages_with_their_state_and_edition(as_educator: Client, bone_code: Code) -> None:
    Code.objects.create(number="A1234", title="A page that was just begun")
    assert rows(as_educator, q="A1234") == {"A1234": "New, never published"}
    assert rows(as_educator, q=bone_code.number) == {bone_code.number: "Published"}
    assert 'data-label="Edition">1<' in as_educator.get(DESK, {"q": bone_code.number}).text


@pytest.mark.parametrize("text", ["a12", "JUST BEGUN", " A1234 "])
def test_a_page_is_found_by_number_and_by_title(as_educator: Client, bone_code: Code, text: str) -> None:
    Code.objects.create(number="A1234", title="A page that was just begun")
    assert list(rows(as_educator, q=text)) == ["A1234"]


def test_the_list_is_narrowed_to_a_state_and_a_text(as_educator: Client, bone_code: Code) -> None:
    Code.objects.create(number="A1234", title="One")
    Code.objects.create(number="A1235", title="Another")
    assert list(rows(as_educator, state="new")) == ["A1234", "A1235"]
    assert list(rows(as_educator, state="new", q="another")) == ["A1235"]
    assert "No page is like that" in as_educator.get(DESK, {"state": "retired"}).text


def test_odd_questions_are_answered(as_educator: Client, bone_code: Code) -> None:
    for asked in ({"q": "\x00"}, {"q": "%"}, {"state": "odd"}, {"page": "x"}, {"page": "999"}, {"q": "x" * 5000}):
        assert as_educator.get(DESK, asked).status_code == 200


def test_the_desk_says_who_changed_a_page_last_and_when(as_educator: Client, bone_code: Code, admin: User) -> None:
    audit(None, CHANGED, subject(bone_code, "about"))
    audit(admin, CHANGED, subject(bone_code, "sections/billing"))
    audit(None, CHANGED, f"{bone_code.number}9/about")
    last = standing(bone_code).last
    assert last is not None
    assert (last.who, last.subject) == (admin, subject(bone_code, "sections/billing"))
    assert str(admin) in as_educator.get(DESK, {"q": bone_code.number}).text


def test_a_section_that_was_taken_away_is_a_change_by_somebody(bone_code: Code, admin: User) -> None:
    Section.objects.filter(code=bone_code, slug="billing").delete()
    audit(admin, CHANGED, subject(bone_code, "sections/billing"))
    last = standing(bone_code).last
    assert last is not None
    assert last.who == admin


def test_my_unsaved_texts_are_listed_and_nobody_elses(
    as_educator: Client, educator: User, admin: User, bone_code: Code
) -> None:
    for person, part in ((educator, "sections/billing"), (admin, "history")):
        autosaving.keep(person, bone_code, part, sent(body="Typed"), at=timezone.now())
    texts = as_educator.get(DESK).context["texts"]
    assert [(text["name"], text["url"]) for text in texts] == [
        ("Billing", reverse("write_part", args=[bone_code.number, "sections/billing"]))
    ]


def test_what_waits_is_counted(as_educator: Client, educator: User, bone_code: Code, answer: Answer) -> None:
    hand_in(bone_code, educator, "in review")
    report = Report.objects.create(answer=answer, person=answer.item.attempt.person, kind="problem", text="Odd")
    page = as_educator.get(DESK)
    assert (page.context["revisions"], page.context["reports"]) == (1, 1)
    report.replies.create(by=educator, outcome="noted", text="Thank you")
    assert as_educator.get(DESK).context["reports"] == 0


def test_many_pages_are_listed_by_the_page(as_educator: Client, no_library: None) -> None:
    Code.objects.bulk_create(Code(number=f"A{n:04}", title="Many") for n in range(60))
    pages = [list(rows(as_educator, page=page)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 10]
    assert len({number for page in pages for number in page}) == 60


#: A page's draft lies in seven tables. To find those that say what their edition says, all drafts are read.
@pytest.mark.parametrize(
    ("asked", "most"), [({}, 24), ({"state": "new"}, 24), ({"q": "a"}, 24), ({"state": "changed"}, 36)]
)
def test_more_pages_take_no_more_queries(
    as_educator: Client, educator: User, bone_code: Code, asked: Any, most: int
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            as_educator.get(DESK, asked)
        return len(seen)

    def more(first: int, count: int) -> None:
        page = read_page(bone_code)
        for n in range(first, first + count):
            code = write_page(page | {"number": f"0{n:04}", "title": "Another"})
            if n % 2:
                publish(code, by=educator, why="One more")
                code.section_set.filter(slug="billing").update(body="Changed")
            audit(educator, CHANGED, subject(code, "about"))

    more(0, 2)
    few = queries()
    more(2, 6)
    assert queries() == few <= most


# Who ------------------------------------------------------------------------------------------


def test_the_desk_is_the_educators(as_trainee: Client, manager: User, db: None) -> None:
    assert as_trainee.get(DESK).status_code == 403
    assert signed_in(manager).get(DESK).status_code == 403
