"""When the code was added, revised or deleted: events, and the validity rule that follows."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from codes.articles.dates import DateMention, dates
from codes.articles.mentions import mentions
from codes.articles.page import Page, Sentence, look, make_rule, quoted, understood
from codes.articles.types import EventKind, Note, ReadEvent, ReadRule

Read = tuple[ReadRule | None, Note]

_VERBS = re.compile(
    r"\b(?:(?P<deleted>deleted|removed|retired|discontinued|terminated|replaced (?:by|with)|deletion|"
    r"no longer (?:valid|active|in use|available|reportable)|sunset|expired)|"
    r"(?P<added>added|introduced|established|created|implemented|took effect|came into effect|addition|introduction)|"
    r"(?P<revised>revised|updated|changed|modified|amended|revision|update|change))\b"
)
# Says when, and only where no other verb says what, also what: the code began.
_BEGAN = re.compile(
    r"\b(?:(?:went|gone) into effect|(?:is|was|are|were|became|becomes|been) effective|in (?:use|effect) since)\b"
)
_EFFECTIVE = re.compile(r"\b(?:effective|effect|force)\b")
_AND = re.compile(r"(?:,|\band|\bor|\bon|\bagain|\bthen|\balso|\s)*\Z")
_SOME_DATE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? [0-9]{1,2}\b|\b(?:19|20)[0-9]{2}\b(?!-)"
)
_WITHOUT_YEAR = re.compile(
    r"\beffective(?: on| as of| from)?:? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? [0-9]{1,2}"
    r"(?:st|nd|rd|th)?\b(?!,? ?(?:19|20)[0-9]{2})"
)
# Before a date: it is a limit and not the day itself. "On or after" is the usual way to name a first day, and what is
# deleted "after" a day is valid on it.
_LIMIT = re.compile(
    r"\b(?:before|prior to|(?:earlier|later) than|until|till|up to|by|between|around|about|circa|approximately|roughly)"
    r"(?: the)? ?\Z"
)
_AFTER = re.compile(r"(?<!\bor )\bafter(?: the)? ?\Z")
#: More than any history tells; they keep a nonsense text from taking long.
MOST_EVENTS = 100
MOST_VERBS = 10
_KINDS: dict[str, EventKind] = {"added": "added", "revised": "revised", "deleted": "deleted"}
_ONCE = frozenset(("added", "deleted"))
_NOUNS = frozenset(("addition", "introduction", "revision", "deletion", "update", "change"))
_PASSIVE = re.compile(r"\b(?:was|were|been)(?: [a-z]{2,20}){0,2} ?\Z")
_NOTHING = re.compile(
    r"\b(?:no (?:[a-z]{3,20} ){0,2}?(?:updates?|changes?|revisions?|modifications?)|not been (?:[a-z]{2,20} ){0,2}?"
    r"(?:updated|changed|revised|modified)|not changed|(?:remain(?:s|ed)|is|been) unchanged|remain(?:s|ed) the same)\b"
    r"[^;]*?(?=,|;|\Z| and (?:was|is|it)\b)"
)
_DELETED = re.compile(
    r"\b(?:code|number|it|this)\W{1,3}(?:[\w']+\W{1,3}){0,4}?(?:deleted|retired|discontinued)\b|\bdeleted code\b"
)
_GOES_ON = re.compile(r"(?:please )?(?:see|use|report|to report|it was replaced|it is replaced|replaced|instead)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """An event, the sentence it stands in, and every code that follows a deleted one."""

    event: ReadEvent
    said: Sentence
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verb:
    kind: EventKind
    start: int
    end: int
    noun: bool


def tells_history(page: Page, said: Sentence) -> bool:
    """Whether a sentence outside the history tells an event of this code all the same."""
    verbs = _verbs(said.folded)
    if not verbs or said.section == "examples":
        return False
    if verbs[0].kind == "deleted":
        return bool(_DELETED.search(said.folded)) and not _of_another(page, said, verbs[0])
    named = page.number.lower() in said.folded or "this code" in said.folded
    return named and bool(dates(said.folded)) and not _of_another(page, said, verbs[0])


def history(page: Page) -> Iterator[ReadEvent | Read | Note]:
    """The events in the order told, the validity rule, and what an educator should look at."""
    everything = list(islice(_told(page), MOST_EVENTS))
    told = list(_unique(everything))
    for one in told:
        yield one.event
        yield understood(page.cited(one.said.section), f"History: {one.event.kind} {one.event.date or '(no date)'}.")
        if one.event.date is None and one.event.kind != "no change":
            yield look(page.cited(one.said.section), f"{_why_no_day(one)}: {quoted(one.said)}")
    yield from _strangers(page)
    yield from _unread(page, {one.said.start for one in everything})
    yield from _validity(page, told, everything)


def _why_no_day(one: _Event) -> str:
    if dates(one.said.folded):
        return f"It is told before, after or about which day the code was {one.event.kind}, and not on which one"
    return "The event has no full date"


def _exact(folded: str, verbs: list[_Verb]) -> list[DateMention]:
    """The dates that are days on which something happened, without those that only limit it."""
    limits = (_LIMIT,) if any(verb.kind == "deleted" for verb in verbs) else (_LIMIT, _AFTER)
    return [
        one
        for one in dates(folded)
        if not any(each.search(folded[max(0, one.start - 30) : one.start]) for each in limits)
    ]


def _told(page: Page) -> Iterator[_Event]:
    for index, said in enumerate(page.sentences):
        if said.section == "history" or tells_history(page, said):
            after = page.sentences[index + 1 : index + 2]
            yield from _events(page, said, after[0] if after and after[0].section == said.section else None)


def _unique(told: list[_Event]) -> Iterator[_Event]:
    """An event that is told twice counts once; what happens only once, and has a date elsewhere, too."""
    seen: set[tuple[date | None, str]] = set()
    seen.update((None, one.event.kind) for one in told if one.event.date and one.event.kind in _ONCE)
    for one in told:
        key = (one.event.date, one.event.kind)
        if key not in seen:
            seen.add(key)
            yield one


def _events(page: Page, said: Sentence, after: Sentence | None) -> Iterator[_Event]:
    """The events of one sentence; "no updates since ..." is one of its own and hides its verbs."""
    folded = said.folded
    nothing = _NOTHING.search(folded)
    if nothing:
        folded = folded[: nothing.start()] + " " * (nothing.end() - nothing.start()) + folded[nothing.end() :]
    for verb, day in (*_dated(folded), *_began(folded)):
        counts = day is not None or (not verb.noun and (verb.kind == "deleted" or _is_passive(folded, verb)))
        if counts and not _of_another(page, said, verb):
            yield _event(page, said, after, verb, day)
    if nothing:
        yield _Event(event=ReadEvent(date=None, kind="no change", text=said.shown), said=said)


def _event(page: Page, said: Sentence, after: Sentence | None, verb: _Verb, day: date | None) -> _Event:
    successors = _successors(page, said, after, verb) if verb.kind == "deleted" else ()
    event = ReadEvent(date=day, kind=verb.kind, text=said.shown, successor="".join(successors[:1]))
    return _Event(event=event, said=said, successors=successors)


def _is_passive(folded: str, verb: _Verb) -> bool:
    return bool(_PASSIVE.search(folded[max(0, verb.start - 50) : verb.start]))


def _verbs(folded: str) -> list[_Verb]:
    return [
        _Verb(kind=_KINDS[found.lastgroup or ""], start=found.start(), end=found.end(), noun=found.group() in _NOUNS)
        for found in islice(_VERBS.finditer(folded), MOST_VERBS)
    ]


def _dated(folded: str) -> Iterator[tuple[_Verb, date | None]]:
    """Each verb with its date: the next one before another verb, or the one the sentence begins with.

    "Deleted and replaced with 12345 on ..." is one event: a verb without a date waits for its like.
    """
    verbs = _verbs(folded)
    found = _exact(folded, verbs)
    opening = [mention.day for mention in found if verbs and mention.end <= verbs[0].start][-1:]
    first: _Verb | None = None
    for verb, after in zip(verbs, [*verbs[1:], None], strict=False):
        first = first or verb
        stop = after.start if after else len(folded)
        days = _days(folded, [mention for mention in found if verb.end <= mention.start < stop])
        if days or not after or after.kind != verb.kind:
            yield from ((first, day) for day in days or [*opening[:1], None][:1])
            opening = [] if not days else opening
            first = None


def _days(folded: str, found: list[DateMention]) -> list[date]:
    """The days of one verb: "revised on ... and ..." has two; "approved on ..., effective ..." has the second."""
    days = [mention.day for mention in found[:1]]
    for before, after in itertools.pairwise(found):
        between = folded[before.end : after.start]
        if _EFFECTIVE.search(between):
            days[-1] = after.day
        elif _AND.match(between):
            days.append(after.day)
        else:
            break
    return days


def _began(folded: str) -> Iterator[tuple[_Verb, date]]:
    """The first day of the code, in a sentence that says nothing else of it: "is effective January 1, 2015"."""
    cue = None if _VERBS.search(folded) else _BEGAN.search(folded)
    days = [mention.day for mention in _exact(folded, []) if cue and mention.start >= cue.end()]
    if cue and days:
        yield _Verb(kind="added", start=cue.start(), end=cue.end(), noun=False), days[0]


def _of_another(page: Page, said: Sentence, verb: _Verb) -> bool:
    """Whether the code named last before a verb is not the one the article is about."""
    before = [mention.codes for mention in mentions(said.folded) if mention.end <= verb.start]
    return bool(before) and page.number not in before[-1]


def _successors(page: Page, said: Sentence, after: Sentence | None, verb: _Verb) -> tuple[str, ...]:
    """The codes named after a deletion, in its sentence or in a next one such as "See 12345"."""
    found = [mention for mention in mentions(said.folded) if mention.start >= verb.end]
    if not found and after and _GOES_ON.match(after.folded):
        found = mentions(after.folded)
    codes = dict.fromkeys(code for mention in found if not mention.wide for code in mention.codes)
    return tuple(code for code in codes if code != page.number)


def _unread(page: Page, read: set[int]) -> Iterator[Note]:
    """Dates that gave no event: those of the history, and any that says from when without a year."""
    for said in (said for said in page.sentences if said.start not in read and said.section != "examples"):
        if _WITHOUT_YEAR.search(said.folded):
            yield look(page.cited(said.section), f"A date without a year was not read: {quoted(said)}")
        elif said.section == "history" and _SOME_DATE.search(said.folded) and not _of_strangers(page, said):
            yield look(page.cited("history"), f"A date here was not read as an event: {quoted(said)}")


def _of_strangers(page: Page, said: Sentence) -> bool:
    return any(_of_another(page, said, verb) for verb in _verbs(said.folded))


def _strangers(page: Page) -> Iterator[Note]:
    for said in islice(page.of("history"), MOST_EVENTS):
        if _of_strangers(page, said):
            yield look(page.cited("history"), f"This seems to be the history of another code: {quoted(said)}")


def _validity(page: Page, told: list[_Event], everything: list[_Event]) -> Iterator[Read | Note]:
    """From the first day it was added to the day before it was deleted; any sentence may name what came after."""
    added = sorted((one for one in told if one.event.kind == "added" and one.event.date), key=_day)
    deleted = sorted((one for one in told if one.event.kind == "deleted" and one.event.date), key=_day)
    undated = any(one.event.kind == "deleted" and not one.event.date for one in told)
    params: dict[str, Any] = {}
    if added:
        params["from"] = _day(added[0]).isoformat()
    ends = deleted[-1].event.date if deleted else None
    if ends:
        params["to"] = (ends if _is_last(ends) else ends - timedelta(days=1)).isoformat()
        params["successors"] = list(dict.fromkeys(code for one in everything for code in one.successors))
    if params:
        said = (deleted or added)[-1 if deleted else 0].said
        once = max(len(added), len(deleted)) < 2 and not undated
        yield make_rule(page, "validity", params, said, certain=once and not (ends and _is_last(ends)))


def _is_last(day: date) -> bool:
    """Whether a day ends a month: codes change on a first, so "deleted on December 31" names the last valid day."""
    return (day + timedelta(days=1)).day == 1


def _day(one: _Event) -> date:
    return one.event.date or date.max
