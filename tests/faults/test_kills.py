"""kill -9 while people answer: what was acknowledged is there, once, and the site comes back by itself."""

import os
import random
import statistics
import time
from collections.abc import Iterator

import pytest
from django.urls import reverse

from quizzes.models import Answer, Grading
from tests.faults.browser import Browser, Lost
from tests.faults.conftest import Scratch
from tests.faults.databases import Postgres, Sqlite
from tests.faults.dying import DIE
from tests.faults.journal import Journal, acknowledged, answering, differences, is_stored, keep_answering, told
from tests.faults.people import Person, exam_of, people, right_form
from tests.faults.serving import WORKERS, Ready, Site
from tests.patience import wait_until

KILLS = int(os.environ.get("FAULT_KILLS", "10"))
SEED = int(os.environ.get("FAULT_SEED", "1"))
EXAM_KILLS = max(KILLS // 3, 3)
PEOPLE = 6
QUESTIONS = 50 + 20 * KILLS
#: Far above what it takes (it is printed): a start that hangs fails here, a busy machine does not.
READY_WITHIN = 60
#: Minutes: as long as it takes, the exam is not over before.
A_DAY = 24 * 60


@pytest.fixture
def chance() -> Iterator[random.Random]:
    """When to kill; the same for the same FAULT_SEED."""
    return random.Random(SEED)


def test_killing_the_whole_server_loses_no_acknowledged_answer(
    scratch: Scratch, site: Site, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    ready = []
    with answering(site, people(PEOPLE, QUESTIONS), SEED) as journals:
        for _ in range(KILLS):
            answer_for_a_while(journals, chance)
            site.kill()
            assert damage(scratch) == []
            ready.append(site.start())
        answer_for_a_while(journals, chance)
    assert differences(journals) == []
    assert damage(scratch) == []
    with capsys.disabled():
        print(f"\n{scratch.vendor}: kills {KILLS}, {told(journals)}, {seconds(ready)}")
    assert acknowledged(journals) > KILLS
    assert max(one.cpu for one in ready) <= READY_WITHIN


def test_killing_only_those_who_answer_loses_nothing_either(
    scratch: Scratch, site: Site, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(site, people(PEOPLE, QUESTIONS), SEED) as journals:
        for _ in range(KILLS):
            answer_for_a_while(journals, chance)
            site.kill_workers()
        answer_for_a_while(journals, chance)
    assert differences(journals) == []
    wait_until(lambda: len(site.workers()) == WORKERS, "a worker was not started again")
    with capsys.disabled():
        print(f"\n{scratch.vendor}: kills of the workers {KILLS}, {told(journals)}")
    assert acknowledged(journals) > KILLS


def test_killing_the_server_during_an_exam_loses_nothing_that_counts(
    scratch: Scratch, site: Site, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = people(PEOPLE, QUESTIONS, exam=exam_of(minutes=A_DAY))
    with answering(site, crowd, SEED) as journals:
        for _ in range(EXAM_KILLS):
            answer_for_a_while(journals, chance)
            site.kill()
            site.start()
        answer_for_a_while(journals, chance)
    assert differences(journals) == []
    finish(site, crowd)
    assert differences(journals) == []
    newest = {entry.item.pk: entry for journal in journals for entry in journal.entries if entry.acknowledged}
    results = Answer.objects.filter(state=Answer.State.SUBMITTED).values_list("item", "key", "payload")
    wanted = {(pk, entry.key) for pk, entry in newest.items()}
    assert {(item, key) for item, key, _ in results} == wanted
    with capsys.disabled():
        print(f"\n{scratch.vendor}: kills in exams {EXAM_KILLS}, {told(journals)}, results {len(results)}")


def answer_for_a_while(journals: list[Journal], chance: random.Random) -> None:
    """Let something be acknowledged, however slow the machine is, and then some random time pass."""
    keep_answering(journals)
    time.sleep(chance.uniform(0, 0.4))


def finish(site: Site, crowd: list[Person]) -> None:
    """Everybody presses Finish in every exam."""
    for person in crowd:
        with Browser(site.port, person.session) as browser:
            for attempt in dict.fromkeys(item.attempt_id for item in person.items):
                assert browser.post(reverse("finish", args=[attempt]), {}).status == 302


def damage(scratch: Scratch) -> list[str]:
    """What the database's own check finds."""
    if isinstance(scratch.house, Sqlite):
        return scratch.house.damage(scratch.name)
    assert isinstance(scratch.house, Postgres)
    return scratch.house.damage(scratch.name)


def seconds(ready: list[Ready]) -> str:
    """Median and worst."""
    clock, cpu = [one.seconds for one in ready], [one.cpu for one in ready]
    return f"ready after {statistics.median(clock):.2f} s ({max(clock):.2f} at worst; {max(cpu):.2f} of its own work)"


def test_an_answer_stored_by_a_server_that_dies_before_it_can_say_so_is_stored_once(
    scratch: Scratch, site: Site
) -> None:
    person = people(1)[0]
    item, form = person.items[0], right_form(person.items[0])
    with Browser(site.port, person.session) as browser:
        with pytest.raises(Lost):
            browser.post(item.get_absolute_url(), form, **{DIE: "now"})
        assert Answer.objects.filter(item=item).count() == 1
        reply = browser.post(item.get_absolute_url(), form)
    assert is_stored(reply, item)
    assert Answer.objects.filter(item=item).count() == Grading.objects.filter(answer__item=item).count() == 1
