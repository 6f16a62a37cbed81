"""People who answer while things break, and note what the server acknowledged; and the books of the database."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from accounts.models import User
from quizzes import memory
from quizzes.models import Answer, AttemptItem, Grading
from tests.faults.browser import Browser, Form, Lost, Reply
from tests.faults.people import Person, answer_of, draft_of, right_form
from tests.faults.serving import Site
from tests.patience import PATIENCE, wait_until

PAUSE = 0.1
DRAFTS = 2


def is_stored(reply: Reply, item: AttemptItem) -> bool:
    """Whether this says that the form is stored: autosave in words, the rest by a redirect within the set."""
    within = reply.headers.get("Location", "").startswith(item.attempt.get_absolute_url())
    return (reply.status == 302 and within) or (reply.status == 200 and '"say": "Saved at ' in reply.text)


@dataclass
class Entry:
    """One form that was sent until it was acknowledged."""

    item: AttemptItem
    key: uuid.UUID
    state: str
    payload: dict[str, Any]
    sent: int = 0
    acknowledged: bool = False


@dataclass
class Journal:
    """What one person sent, in order, and how often no answer, or no room, came back."""

    entries: list[Entry] = field(default_factory=list)
    lost: int = 0
    refused: int = 0
    unexpected: list[str] = field(default_factory=list)


class Answering(threading.Thread):
    """A person who saves drafts and answers, one question after the other, until told to stop."""

    def __init__(self, site: Site, person: Person, seed: int) -> None:
        super().__init__(daemon=True)
        self.journal, self.person = Journal(), person
        self._site, self._chance, self._stop_now = site, random.Random(seed), threading.Event()

    def run(self) -> None:
        """Answer; what was not acknowledged is sent again with its key."""
        with Browser(self._site.port, self.person.session) as browser:
            for item in self.person.items:
                for entry, form, by_script in self._forms(item):
                    if self._stop_now.is_set() or self.journal.unexpected:
                        return
                    self._send(browser, entry, form, by_script)
        self.journal.unexpected.append(f"{self.person.user} had nothing left to answer")

    def finish(self) -> Journal:
        """Stop after what is being sent has been acknowledged."""
        self._stop_now.set()
        self.join(PATIENCE)
        assert not self.is_alive(), "somebody still waits for an acknowledgement"
        return self.journal

    def _forms(self, item: AttemptItem) -> Iterator[tuple[Entry, Form, str]]:
        """Some drafts of a question, by script or without, then its answer, sometimes sent twice."""
        for _ in range(self._chance.randint(0, DRAFTS)):
            # Of a number that nobody has used yet, so that no draft says what the one before it said.
            form = right_form(item, action="", **{"line-0-units": str(1000 + len(self.journal.entries))})
            by_script = "draft/" if self._chance.random() < 0.5 else ""
            yield self._entry(item, form, Answer.State.DRAFT, draft_of(item, form)), form, by_script
        # In an exam every answer is a draft until the end.
        state = Answer.State.DRAFT if item.attempt.is_exam else Answer.State.SUBMITTED
        form = right_form(item)
        entry = self._entry(item, form, state, answer_of(item, form))
        for _ in range(1 + (self._chance.random() < 0.2)):
            yield entry, form, ""

    def _entry(self, item: AttemptItem, form: Form, state: str, payload: dict[str, Any]) -> Entry:
        entry = Entry(item=item, key=uuid.UUID(str(form["key"])), state=state, payload=payload)
        self.journal.entries.append(entry)
        return entry

    def _send(self, browser: Browser, entry: Entry, form: Form, by_script: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            entry.sent += 1
            try:
                reply = browser.post(entry.item.get_absolute_url() + by_script, form)
            except Lost:
                self.journal.lost += 1
            else:
                if is_stored(reply, entry.item):
                    entry.acknowledged = True
                    return
                if reply.status != 503:
                    self.journal.unexpected.append(f"{reply.status} for {entry}: {reply.text[-2000:]}")
                    return
                self.journal.refused += 1
            time.sleep(PAUSE)


@contextmanager
def answering(site: Site, people: list[Person], seed: int) -> Iterator[list[Journal]]:
    """Everybody answers while the block runs; the journals are whole when it is left."""
    crowd = [Answering(site, person, seed + place) for place, person in enumerate(people)]
    for one in crowd:
        one.start()
    journals = [one.journal for one in crowd]
    try:
        yield journals
    finally:
        for one in crowd:
            one.finish()


def keep_answering(journals: list[Journal]) -> None:
    """Let something more be acknowledged."""
    before = acknowledged(journals)
    wait_until(
        lambda: acknowledged(journals) > before or any(one.unexpected for one in journals),
        "nobody was answered any more",
    )


def be_refused(journals: list[Journal]) -> None:
    """Let somebody more be told that nothing was saved."""
    before = refused(journals)
    wait_until(
        lambda: refused(journals) > before or any(one.unexpected for one in journals),
        "nobody was refused, though nothing can be saved",
    )


def differences(journals: list[Journal]) -> list[str]:
    """Where the database does not hold what was acknowledged, each once and nothing else. Empty is as it must be."""
    found = [line for journal in journals for line in journal.unexpected]
    for journal in journals:
        # Somebody's entries stand together by question, in the order of answering.
        for item, entries in groupby(journal.entries, key=lambda entry: entry.item):
            found += _item_differences(item, list(entries))
    for user in User.objects.filter(attempts__items__in=[j.entries[0].item for j in journals if j.entries]).distinct():
        found += memory.differences(user)
    return found


def _item_differences(item: AttemptItem, entries: list[Entry]) -> list[str]:
    """The answers of one question against what was sent for it. What an exam's end makes of them is not sent."""
    stored = list(Answer.objects.filter(item=item).order_by("sequence"))
    submitted = [answer for answer in stored if answer.state == Answer.State.SUBMITTED]
    sent = [answer for answer in stored if not (item.attempt.is_exam and answer in submitted)]
    by_key = Counter(answer.key for answer in sent)
    found = [f"lost: {entry}" for entry in entries if entry.acknowledged and by_key[entry.key] == 0]
    found += [f"{count} times: {key}" for key, count in by_key.items() if count > 1]
    found += [f"nobody sent {key}" for key in by_key.keys() - {entry.key for entry in entries}]
    wanted = {entry.key: (entry.state, entry.payload) for entry in entries}
    found += [f"altered: {a}" for a in sent if a.key in wanted and wanted[a.key] != (a.state, a.payload)]
    if [answer.sequence for answer in stored] != list(range(1, len(stored) + 1)):
        found.append(f"{item} has the sequence {[answer.sequence for answer in stored]}")
    gradings = Grading.objects.filter(answer__item=item).count()
    if gradings != len(submitted) or len(submitted) > 1:
        found.append(f"{item} has {len(submitted)} answers and {gradings} gradings")
    return found


def acknowledged(journals: list[Journal], state: str | None = None) -> int:
    """How many forms were acknowledged."""
    entries = [entry for journal in journals for entry in journal.entries]
    return sum(entry.acknowledged and state in (None, entry.state) for entry in entries)


def refused(journals: list[Journal]) -> int:
    """How often somebody was told that nothing was saved."""
    return sum(journal.refused for journal in journals)


def told(journals: list[Journal], **more: Any) -> str:
    """One line for the report."""
    figures = {
        "acknowledged": acknowledged(journals),
        "answers": acknowledged(journals, Answer.State.SUBMITTED),
        "sent again": sum(entry.sent - 1 for journal in journals for entry in journal.entries),
        "connections lost": sum(journal.lost for journal in journals),
        "503": refused(journals),
        **more,
    }
    return ", ".join(f"{name} {value}" for name, value in figures.items())
