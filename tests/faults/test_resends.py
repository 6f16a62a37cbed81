"""The same form sent again and again, and another one with its key."""

import re
import uuid

import pytest

from quizzes.models import Answer, AttemptItem, Grading
from tests.faults.browser import Browser, Form, Reply
from tests.faults.people import Person, people, right_form
from tests.faults.serving import Site
from tests.faults.threads import at_once

TIMES = 50
AT_ONCE = 10


@pytest.fixture
def site(shared_site: Site) -> Site:
    return shared_site


@pytest.fixture
def person(site: Site) -> Person:
    return people(1)[0]


@pytest.fixture
def item(person: Person) -> AttemptItem:
    return person.items[0]


def send(site: Site, person: Person, item: AttemptItem, form: Form) -> tuple[Reply, Reply]:
    """Answer on a connection of its own and open the page that follows."""
    with Browser(site.port, person.session) as browser:
        sent = browser.post(item.get_absolute_url(), form)
        return sent, browser.get(sent.headers.get("Location", item.get_absolute_url()))


def shown(page: Reply) -> str:
    """A page without what is new on every page."""
    return re.sub(r'name="(csrfmiddlewaretoken|key|tab)" value="[^"]*"', "", page.text)


def stored(item: AttemptItem) -> list[tuple[str, dict[str, object]]]:
    return list(Answer.objects.filter(item=item).values_list("state", "payload"))


def test_an_answer_sent_fifty_times_is_one_answer_and_one_page(site: Site, person: Person, item: AttemptItem) -> None:
    form = right_form(item)
    pages = [page for _ in range(TIMES // AT_ONCE) for page in at_once(_once(site, person, item, form), range(AT_ONCE))]
    pages += [send(site, person, item, form) for _ in range(3)]
    assert {(sent.status, sent.headers["Location"]) for sent, _ in pages} == {(302, item.get_absolute_url())}
    assert len({shown(page) for _, page in pages}) == 1
    assert "Clean claim" in pages[0][1].text
    assert len(stored(item)) == Grading.objects.filter(answer__item=item).count() == 1


def test_a_draft_sent_fifty_times_is_one_draft(site: Site, person: Person, item: AttemptItem) -> None:
    form = right_form(item, action="")
    for _ in range(TIMES // AT_ONCE):
        at_once(_once(site, person, item, form), range(AT_ONCE))
    assert [state for state, _ in stored(item)] == [Answer.State.DRAFT]


def test_the_same_key_with_another_answer_is_refused(site: Site, person: Person, item: AttemptItem) -> None:
    form = right_form(item)
    send(site, person, item, form)
    before, gradings = stored(item), Grading.objects.filter(answer__item=item).count()
    answers = at_once(_once(site, person, item, {**form, "line-0-units": "9"}), range(4))
    assert {sent.status for sent, _ in answers} == {409}
    assert (stored(item), Grading.objects.filter(answer__item=item).count()) == (before, gradings)


def test_of_different_answers_at_once_one_counts_and_the_others_are_kept_and_told(
    site: Site, person: Person, item: AttemptItem
) -> None:
    forms = [right_form(item, **{"line-0-units": str(units)}) for units in range(1, 9)]
    answers = at_once(lambda form: send(site, person, item, form)[0].status, forms)
    assert sorted(answers) == [302] + [409] * 7
    assert [state for state, _ in stored(item)] == [Answer.State.SUBMITTED] + [Answer.State.LATE] * 7
    assert Grading.objects.filter(answer__item=item).count() == 1


def test_answers_to_all_questions_at_once_end_the_set_once(site: Site, person: Person) -> None:
    answers = at_once(lambda item: send(site, person, item, right_form(item))[0].status, person.items[:8])
    assert set(answers) == {302}
    attempt = person.items[0].attempt
    for item in person.items[8:]:
        attempt.refresh_from_db()
        assert attempt.finished_at is None
        send(site, person, item, right_form(item))
    attempt.refresh_from_db()
    assert attempt.finished_at is not None


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_looking_at_a_question_in_any_other_way_changes_nothing(
    site: Site, person: Person, item: AttemptItem, method: str
) -> None:
    with Browser(site.port, person.session) as browser:
        reply = browser.get(item.get_absolute_url(), method, Purpose="prefetch")
    assert reply.status in (200, 403, 405)
    item.refresh_from_db()
    assert (stored(item), item.hints, item.flagged, item.left_at) == ([], 0, False, None)


def _once(site: Site, person: Person, item: AttemptItem, form: Form):  # type: ignore[no-untyped-def]
    return lambda _: send(site, person, item, form)


def test_a_form_that_names_no_key_stores_nothing(site: Site, person: Person, item: AttemptItem) -> None:
    for key in ("", "x", str(uuid.uuid4())[:-1]):
        assert send(site, person, item, {**right_form(item), "key": key})[0].status == 422
    assert stored(item) == []
