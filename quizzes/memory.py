"""What people remember of rules: kept up as answers are graded, and derived again from the gradings at any time.

``remember`` and ``rebuild`` end in the same rows. An answer counts from when its results may be seen, at
the moment it was given; what so comes late is put in its place by deriving everything again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery, prefetch_related_objects
from django.utils import timezone

from accounts.models import User
from codes.library import library
from quizzes import schedule
from quizzes.formats.base import I_DO_NOT_KNOW
from quizzes.models import Answer, Attempt, Grading, RuleMemory, RuleReview, WeekTally
from quizzes.schedule import Level, Memory, Shown
from quizzes.signals import broken, progressed
from quizzes.tallies import SUMS, Breaks, Tallies, breaks_of
from rulebook.granted import KIND as GRANTED
from rulebook.kinds import KIND
from rulebook.types import NO_FAULT, Outcome, Severity
from statements.inserting import insert
from statements.prepared import Prepared, as_moment

#: Sets that do not say beforehand which rule or page they are about; what is clean there can make a rule mastered.
MIXED = frozenset(
    {
        Attempt.Source.MIXED, Attempt.Source.DUE, Attempt.Source.EXAM, Attempt.Source.WEAK, Attempt.Source.MISTAKES,
        Attempt.Source.FLAGGED, Attempt.Source.UNSEEN,
    }
)  # fmt: skip
BATCH = 500
#: What a memory of the schedule and its row have in common; ``broken_at`` is read from the reviews.
_STORED = tuple(one.name for one in fields(Memory) if one.name != "broken_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one grading says of one rule."""

    rule: str
    kind: str
    category: str
    broken: bool
    flawed: bool = False


# Verbs ---------------------------------------------------------------------------------------


def remember(person_id: int, gradings: Sequence[Grading]) -> None:
    """Take new gradings of a person's answers into memory, in the transaction that stores them.

    An answer that is no newer than the last one of the same rule makes everything be derived again: an exam that
    was finished by the clock, or an answer that is graded once more.
    """
    if not gradings:
        return
    prefetch_related_objects(gradings, "answer__item__attempt", "answer__item__version")
    _lock(person_id)
    mind = _recalled(person_id, gradings)
    if any(mind.is_late(one) for one in gradings):
        _tell({person_id: _store_again(person_id)})
        return
    for grading in gradings:
        mind.take(grading)
    insert(mind.reviews)
    _store(mind.rows(person_id))
    _add_tallies(mind.tallies.rows(person_id))
    _tell({person_id: mind.breaks})


@transaction.atomic
def rebuild(*people: User) -> None:
    """Derive people's reviews and memories again from the newest gradings of what was submitted.

    They are locked in one order, so that of two that do it for the same people neither has what the other waits for.
    """
    breaks = {}
    for person in sorted(people, key=lambda one: one.pk):
        _lock(person.pk)
        breaks[person.pk] = _store_again(person.pk)
        progressed.send(User, person_id=person.pk, attempt_id=None)
    _tell(breaks)


def differences(person: User) -> list[str]:
    """Where what is stored is not what follows from the gradings, a line each; nothing is changed."""
    mind = _derived(person.pk)
    return [
        *_unlike("memory", RuleMemory.objects.filter(person=person), mind.rows(person.pk), lambda row: row.rule),
        *_unlike("review", RuleReview.objects.filter(person=person), mind.reviews, _place),
        *_unlike("tally", WeekTally.objects.filter(person=person), mind.tallies.rows(person.pk), _week),
    ]


def foreseen(person_id: int, instead: Mapping[int, Grading]) -> "Mind":
    """What would follow from a person's answers if these gradings (by answer) were the newest. Nothing is stored."""
    mind = Mind()
    for grading in _counting(person_id):
        other = instead.get(grading.answer_id)
        if other is not None:
            other.answer = grading.answer
        mind.take(other or grading)
    return mind


def _lock(person_id: int) -> None:
    """Of two answers at once the second starts from what the first has left. SQLite has one writer at a time anyway."""
    if connection.features.has_select_for_update:
        User.objects.select_for_update(no_key=True).get(pk=person_id)


def _store(rows: list[RuleMemory]) -> None:
    insert(rows, unique=("person", "rule"), renew=(*_STORED, "kind", "code"))


def _add_tallies(rows: list[WeekTally]) -> None:
    insert(rows, unique=("person", "week", "kind"), add=SUMS)


def _tell(breaks: Mapping[int, Breaks]) -> None:
    """Last of all, and of many people at once: whoever adds them up locks rows that many answers add to."""
    changed = {person: counts for person, counts in breaks.items() if any(counts.values())}
    if changed:
        broken.send(RuleReview, breaks=changed)


def _store_again(person_id: int) -> Breaks:
    """How much more, or less, is broken now."""
    mind = _derived(person_id)
    changed = mind.breaks
    changed.subtract(breaks_of(RuleReview.objects.filter(person=person_id).breaks()))
    RuleReview.objects.filter(person=person_id).delete()
    insert(mind.reviews)
    RuleMemory.objects.filter(person=person_id).exclude(rule__in=mind.memories).delete()
    _store(mind.rows(person_id))
    WeekTally.objects.filter(person=person_id).delete()
    _add_tallies(mind.tallies.rows(person_id))
    return changed


# What follows from gradings ------------------------------------------------------------------


@dataclass(kw_only=True)
class Mind:
    """The memories of one person while gradings are taken in; ``reviews`` are those that follow, not stored yet."""

    memories: dict[str, Memory] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    reviews: list[RuleReview] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Tallies)

    @property
    def breaks(self) -> Breaks:
        """What of the reviews was broken, by week."""
        return breaks_of((one.at, one.rule, one.category) for one in self.reviews if one.broken)

    def is_late(self, grading: Grading) -> bool:
        """Whether an answer as new as this one has been counted already for one of its rules."""
        known = [self.memories[one.rule] for one in rules_seen(grading) if one.rule in self.memories]
        return any(memory.reviewed_at >= grading.answer.created_at for memory in known)

    def take(self, grading: Grading) -> None:
        """One review for each rule that the grading says something of, and all of it into the tallies of the week."""
        every = rules_seen(grading)
        self.tallies.take(grading, [(seen.kind, seen.broken) for seen in every])
        for seen in every:
            before = self.memories.get(seen.rule)
            shown = _shown(seen, grading.answer)
            after = schedule.review(before, shown)
            self.reviews.append(self._review(seen, grading, shown, before, after))
            self.memories[seen.rule], self.kinds[seen.rule] = after, seen.kind

    def _review(self, seen: Seen, grading: Grading, shown: Shown, before: Memory | None, after: Memory) -> RuleReview:
        item = grading.answer.item
        return RuleReview(
            person_id=item.attempt.person_id, rule=seen.rule, kind=seen.kind, category=seen.category, item=item,
            grading=grading, at=shown.at, rating=shown.rating, broken=shown.broken, hints=shown.hints,
            is_fresh=item.is_first,
            recall=schedule.recall(before, shown.at) if before else None,
            level_before=before.level.value if before else "", level_after=after.level.value, due=after.due,
        )  # fmt: skip

    def rows(self, person_id: int) -> list[RuleMemory]:
        """The memories as rows."""
        return [self._row(person_id, rule, memory) for rule, memory in sorted(self.memories.items())]

    def _row(self, person_id: int, rule: str, memory: Memory) -> RuleMemory:
        values = {name: getattr(memory, name) for name in _STORED}
        values |= {"streak": list(memory.streak), "level": memory.level.value}
        code = rule.partition("/")[0]
        return RuleMemory(person_id=person_id, rule=rule, kind=self.kinds[rule], code=code, **values)


def rules_seen(grading: Grading) -> list[Seen]:
    """What a grading says of rules, one entry a rule, in the order of their names.

    A clean answer also keeps the rules that it could have broken, of which no finding speaks then; but not one that
    is clean only because educators accept it too, for it does not follow from the rules. Whoever gives up has broken
    every rule at fault and the one that the question turns on, and has kept none.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for finding in grading.findings:
        if finding["cites"] and finding["outcome"] not in (Outcome.OPTIONAL, Outcome.UNCLEAR):
            found.setdefault(finding["rule"], []).append(finding)
    seen = {rule: _summed(rule, findings) for rule, findings in found.items()}
    key = grading.answer.item.version.key
    if grading.answer.payload == I_DO_NOT_KNOW:
        at_fault = {rule: replace(one, broken=True) for rule, one in seen.items() if one.flawed}
        seen = _unspoken({turns_on(key)}, grading, broken=True) | at_fault
    elif grading.is_clean and not any(one["kind"] == GRANTED for one in grading.findings):
        seen = _unspoken(_tempting(key), grading, broken=False) | seen
    return [seen[rule] for rule in sorted(seen)]


def turns_on(key: Mapping[str, Any]) -> str:
    """The rule that a question is about, or that its variant turns on; empty where it is about all of them."""
    return str(key.get("rule") or key.get("variant", {}).get("rule", ""))


def _tempting(key: Mapping[str, Any]) -> set[str]:
    """Rules that wrong options break, and that the variant turns on; a question about one rule says nothing else."""
    return set() if key.get("rule") else {*key.get("rules", ()), turns_on(key)}


def _unspoken(rules: set[str], grading: Grading, *, broken: bool) -> dict[str, Seen]:
    """Rules of the library without a finding of their own."""
    named = {one.id: one.kind for one in library(grading.stamp).rules if one.id in rules} if any(rules) else {}
    return {
        rule: Seen(rule=rule, kind=kind, category=KIND[kind].category.value, broken=broken, flawed=broken)
        for rule, kind in named.items()
    }


def _summed(rule: str, findings: list[Mapping[str, Any]]) -> Seen:
    """A lesser fault leaves the claim clean, so it breaks nothing; but it is no sign that the rule is known either."""
    faults = [one for one in findings if one["outcome"] not in NO_FAULT]
    worst = next((one for one in faults if one["severity"] == Severity.ESSENTIAL), None)
    told = worst or (faults or findings)[0]
    return Seen(
        rule=rule, kind=told["kind"], category=told["category"], broken=worst is not None, flawed=bool(faults)
    )  # fmt: skip


def _shown(seen: Seen, answer: Answer) -> Shown:
    item = answer.item
    return Shown(
        at=timezone.localtime(answer.created_at),
        scenario=item.version.case or f"scenario {item.version.question.scenario_id}",
        broken=seen.broken,
        flawed=seen.flawed,
        hints=answer.hints,
        unsure=answer.certainty == Answer.Certainty.UNSURE,
        mixed=is_mixed(item.attempt),
    )


def is_mixed(attempt: Attempt) -> bool:
    """Whether nobody could tell beforehand which rule a question of the set is about."""
    return attempt.source in MIXED and attempt.code_id is None


# Reading -------------------------------------------------------------------------------------


def _recalled(person_id: int, gradings: Sequence[Grading]) -> Mind:
    """The memories of the rules that gradings touch; one query."""
    rules = sorted({one.rule for grading in gradings for one in rules_seen(grading)})
    mind = Mind()
    for rule, kind, *stored in _recalling(_rounded(len(rules))).rows(person_id, *_padded(rules)):
        mind.memories[rule], mind.kinds[rule] = _memory(stored), kind
    return mind


@lru_cache(maxsize=64)
def _recalling(rules: int) -> Prepared:
    """The query for so many rules."""

    def make(person: int, *names: str) -> "QuerySet[Any, Any]":
        broken = RuleReview.objects.filter(person=OuterRef("person"), rule=OuterRef("rule"), broken=True)
        last = broken.order_by("-at").values("at")[:1]
        memories = RuleMemory.objects.filter(person=person, rule__in=names).order_by()
        return memories.values_list("rule", "kind", *_STORED, Subquery(last))

    return Prepared(make, int, *[str] * rules)


def _rounded(count: int) -> int:
    """Up to the next power of two, so that few queries do for all numbers."""
    return 1 << max(0, count - 1).bit_length()


def _padded(names: list[str]) -> list[str]:
    """The last one again, as often as it takes; ``in`` does not mind."""
    return names + (names[-1:] or [""]) * (_rounded(len(names)) - len(names))


def _memory(stored: Sequence[Any]) -> Memory:
    """From the columns in ``_STORED`` and when the rule was last broken, as the database gives them."""
    values = dict(zip((*_STORED, "broken_at"), stored, strict=True))
    for name in ("due", "reviewed_at", "steady_since", "first_met", "broken_at"):
        values[name] = as_moment(values[name])
    return Memory(**values | {"streak": tuple(json.loads(values["streak"])), "level": Level(values["level"])})


def memory_of(row: RuleMemory, broken_at: datetime | None = None) -> Memory:
    """A stored memory as the schedule knows it."""
    values = {name: getattr(row, name) for name in _STORED}
    values |= {"streak": tuple(row.streak), "level": Level(row.level)}
    return Memory(broken_at=broken_at, **values)


def _derived(person_id: int) -> Mind:
    """Everything that follows from a person's answers, in the order in which they were given."""
    mind = Mind()
    for grading in _counting(person_id):
        mind.take(grading)
    return mind


def _counting(person_id: int) -> Iterator[Grading]:
    """The newest grading of each submitted answer whose results may be seen."""
    submitted = Answer.objects.filter(item__attempt__person=person_id, state=Answer.State.SUBMITTED)
    newest = Grading.objects.filter(answer__in=submitted).order_by().values("answer").annotate(newest=Max("pk"))
    rows = Grading.objects.filter(pk__in=newest.values("newest")).order_by("answer__created_at", "answer_id")
    rows = rows.select_related("answer__item__attempt__exam", "answer__item__version__question")
    # The texts are most of it, and nothing follows from them here.
    rows = rows.defer("answer__item__version__prompt", "answer__item__version__options")
    for grading in rows.iterator(chunk_size=BATCH):
        if grading.answer.item.attempt.shows_results:
            yield grading


# Comparing -----------------------------------------------------------------------------------


def _place(review: RuleReview) -> str:
    return f"{review.rule} of grading {review.grading_id}"


def _week(tally: WeekTally) -> str:
    return f"of the week of {tally.week}, {tally.kind or 'answers'}"


def _unlike(name: str, stored: "QuerySet[Any]", derived: Iterable[Any], place: Callable[[Any], str]) -> Iterator[str]:
    """What is too much, what is missing, and what differs."""
    there, here = {place(row): row for row in stored}, {place(row): row for row in derived}
    for key in sorted(there.keys() | here.keys()):
        if key not in here:
            yield f"{name} {key}: stored, but follows from no answer"
        elif key not in there:
            yield f"{name} {key}: not stored"
        elif wrong := _unlike_fields(there[key], here[key]):
            yield f"{name} {key}: {', '.join(wrong)}"


def _unlike_fields(stored: Any, derived: Any) -> list[str]:
    names = [one.attname for one in stored._meta.concrete_fields if not one.primary_key]
    pairs = [(name, getattr(stored, name), getattr(derived, name)) for name in names]
    return [f"{name} is {is_now} and should be {should}" for name, is_now, should in pairs if is_now != should]
