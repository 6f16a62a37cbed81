"""Exams that are started, begun, answered and finished several times at once."""

import random
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from quizzes import exams, practice
from quizzes.models import Answer, Attempt, AttemptItem, Exam, Grading
from tests.faults.browser import Browser, Form, Lost, Reply, post
from tests.faults.conftest import Scratch
from tests.faults.dying import DIE
from tests.faults.journal import is_stored
from tests.faults.people import Person, exam_of, people, right_form, session_of, somebody
from tests.faults.serving import Site
from tests.faults.threads import at_once

TIMES = 8
FEW = 10
Sent = tuple[AttemptItem, Form]


@pytest.fixture
def site(shared_site: Site) -> Site:
    return shared_site


@pytest.fixture
def exam(shared: Scratch) -> Exam:
    return exam_of(3)


def test_whoever_presses_start_eight_times_takes_the_exam_once(site: Site, exam: Exam) -> None:
    url = reverse("exam_start", args=[exam.pk])
    for _ in range(FEW):
        session = session_of(somebody())
        replies = at_once(lambda _, session=session: post(site, session, url, {}), range(TIMES))  # type: ignore[misc]
        assert {reply.status for reply in replies} == {302}
        assert len({reply.headers["Location"] for reply in replies}) == 1
    assert Attempt.objects.filter(exam=exam).count() == FEW


def test_whoever_presses_begin_eight_times_has_one_clock(site: Site, exam: Exam) -> None:
    user = somebody()
    attempt = exams.start(user, exam)
    session, first = session_of(user), reverse("question", args=[attempt.pk, 1])

    def begin(_: int) -> int:
        return post(site, session, first, {"action": "begin"}).status

    assert set(at_once(begin, range(TIMES))) <= {200, 302}
    attempt.refresh_from_db()
    begun_at = attempt.begun_at
    assert begun_at is not None
    assert attempt.deadline == begun_at + timedelta(minutes=30)
    assert set(at_once(begin, range(TIMES))) == {302}
    attempt.refresh_from_db()
    assert attempt.begun_at == begun_at


def running(exam: Exam) -> Person:
    """Somebody in the middle of an exam of ten questions, with a draft for the first two."""
    person = people(1, exam=exam)[0]
    for item in person.items[:2]:
        practice.save_draft(item, uuid.uuid4(), {"lines": [], "diagnoses": []})
    return person


def finish_path(person: Person) -> str:
    return reverse("finish", args=[person.items[0].attempt_id])


def counted(item: AttemptItem) -> list[uuid.UUID]:
    """The keys of the answers that count; each must have one grading."""
    answers = Answer.objects.filter(item=item, state=Answer.State.SUBMITTED)
    assert all(answer.gradings.count() == 1 for answer in answers)
    return [answer.key for answer in answers]


def answers_amid_the_ends(site: Site, person: Person, forms: list[Sent], seed: int) -> list[tuple[Sent, Reply]]:
    """Send all forms while as many others finish, in another order each time; what became of the forms."""
    work = [*forms, *[None] * len(forms)]
    random.Random(seed).shuffle(work)
    replies = at_once(_sender(site, person), work)
    assert {reply.status for what, reply in zip(work, replies, strict=True) if what is None} == {302}
    return [(what, reply) for what, reply in zip(work, replies, strict=True) if what is not None]


def test_finishing_and_answering_at_once_ends_as_if_one_had_come_after_the_other(
    shared: Scratch, site: Site, exam: Exam
) -> None:
    before = asked = 0
    # So often, and until an answer has come before the end and another after it.
    while asked < FEW * TIMES or not 0 < before < asked:
        assert asked < 50 * FEW * TIMES, "they never come at once"
        person, asked = running(exam), asked + TIMES
        forms = [(item, right_form(item, action="save")) for item in person.items[:TIMES]]
        for (item, form), reply in answers_amid_the_ends(site, person, forms, asked):
            key = uuid.UUID(str(form["key"]))
            if is_stored(reply, item):
                before += 1
                assert counted(item) == [key]
            else:
                assert reply.status == 409
                assert key not in counted(item)
                assert Answer.objects.get(item=item, key=key).state == Answer.State.LATE
        assert_nothing_changes_any_more(site, person)
    assert shared.house.deadlocks(shared.name) == 0


def test_finishing_a_set_and_answering_it_at_once_ends_as_if_one_had_come_after_the_other(
    shared: Scratch, site: Site
) -> None:
    before = asked = 0
    while asked < FEW * TIMES or not 0 < before < asked:
        assert asked < 50 * FEW * TIMES, "they never come at once"
        person, asked = people(1)[0], asked + TIMES
        forms = [(item, right_form(item)) for item in person.items[:TIMES]]
        for (item, form), reply in answers_amid_the_ends(site, person, forms, asked):
            key = uuid.UUID(str(form["key"]))
            if reply.status == 302:
                before += 1
                assert counted(item) == [key]
            else:
                assert reply.status == 409
                assert counted(item) == []
                assert Answer.objects.get(item=item, key=key).state == Answer.State.LATE
        left_open = person.items[-1]
        assert _sender(site, person)((left_open, right_form(left_open))).status == 409
        assert counted(left_open) == []
    assert shared.house.deadlocks(shared.name) == 0


def test_the_newest_of_several_answers_to_one_question_counts_whenever_the_end_comes(
    shared: Scratch, site: Site, exam: Exam
) -> None:
    for _ in range(FEW):
        person = running(exam)
        item = person.items[0]
        forms = [(item, right_form(item, action="save", **{"line-0-units": str(n)})) for n in range(2, TIMES + 2)]
        at_once(_sender(site, person), [*forms, None])
        answers = list(Answer.objects.filter(item=item).order_by("sequence"))
        drafts = [answer for answer in answers if answer.state == Answer.State.DRAFT]
        late = [answer for answer in answers if answer.state == Answer.State.LATE]
        assert counted(item) in ([drafts[-1].key], [])
        assert len(drafts) + len(late) == TIMES + 1
        submitted = [answer.sequence for answer in answers if answer.state == Answer.State.SUBMITTED]
        assert all(answer.sequence < end for answer in drafts for end in submitted)
        assert all(answer.sequence > end for answer in late for end in submitted)
    assert shared.house.deadlocks(shared.name) == 0


def _sender(site: Site, person: Person):  # type: ignore[no-untyped-def]
    """Answers a question, or finishes."""

    def send(what: Sent | None) -> Reply:
        if what is None:
            return post(site, person.session, finish_path(person), {})
        return post(site, person.session, what[0].get_absolute_url(), what[1])

    return send


def assert_nothing_changes_any_more(site: Site, person: Person) -> None:
    """Neither another Finish nor another answer makes another result."""
    attempt = Attempt.objects.get(pk=person.items[0].attempt_id)
    gradings = list(Grading.objects.filter(answer__item__attempt=attempt).values_list("pk", "answer__key"))
    replies = at_once(_sender(site, person), [None, None, (person.items[0], right_form(person.items[0]))])
    assert [reply.status for reply in replies] == [302, 302, 409]
    assert Attempt.objects.get(pk=attempt.pk).finished_at == attempt.finished_at
    assert list(Grading.objects.filter(answer__item__attempt=attempt).values_list("pk", "answer__key")) == gradings


def test_an_exam_finished_by_a_server_that_dies_before_it_can_say_so_is_finished_once(site: Site, exam: Exam) -> None:
    person = running(exam)
    form = right_form(person.items[0], action="save")
    post(site, person.session, person.items[0].get_absolute_url(), form)
    with Browser(site.port, person.session) as browser, pytest.raises(Lost):
        browser.post(finish_path(person), {}, **{DIE: "now"})
    assert counted(person.items[0]) == [uuid.UUID(str(form["key"]))]
    assert_nothing_changes_any_more(site, person)


def test_facts_marked_at_once_are_all_marked(site: Site, exam: Exam) -> None:
    person = people(1)[0]
    item = person.items[0]

    def mark(number: int) -> int:
        form = {"key": str(uuid.uuid4()), "action": f"mark-{number}"}
        return post(site, person.session, item.get_absolute_url(), form).status

    assert set(at_once(mark, range(1, TIMES + 1))) == {302}
    item.refresh_from_db()
    assert sorted(item.marked) == list(range(1, TIMES + 1))
