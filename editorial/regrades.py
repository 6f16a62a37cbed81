"""Regrades: foresee, ask, run, and what is left for a person to decide.

A regrade runs person by person, each in a transaction of its own: gradings, memory, standings and the letter, or none
of them. So one that was killed in the middle goes on where it stopped and ends in the same rows. Nobody loses a
certificate by it: whoever would is left out, and named on its page, until an educator says so for that person.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, Max

from accounts.models import User, audit
from codes.library import current_stamp
from codes.models import Code
from courses.letters import post
from courses.models import Assignment, Certificate, CourseItem, Letter, Standing
from courses.reached import Change as Moved
from courses.reached import Facts
from quizzes.feedback import whole_percent
from quizzes.memory import Mind, foreseen
from quizzes.models import Answer, Attempt, AttemptItem, Grading, Regrade, RegradeChange
from quizzes.models.memory import Level
from quizzes.regrading import KINDS, Change, Judge, Scope, change_of, changes, grade_person, shown_changes
from rulebook import ENGINE_VERSION

log = logging.getLogger(__name__)
ASKED, FINISHED, DECIDED = "regrade asked for", "regrade finished", "graded again in spite of a certificate"
State = Regrade.State
#: So many people are looked at together; after each such portion its page shows how far it is.
PORTION = 25
KEPT_FOR = 600


# Foreseeing -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a change of results means for somebody: an exam, an item of a course, or a certificate."""

    person: User
    what: str
    before: str
    after: str
    loses_certificate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer that would change: how it stands, and how it would."""

    answer: int
    person: int
    kind: str
    clean: tuple[bool, bool]
    percent: tuple[int, int]

    @property
    def words(self) -> str:
        """What changes, in words."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a regrade would do. Nothing of it is stored."""

    answers: int
    rows: list[Row]
    fates: list[Fate]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many answers change in which way."""
        found = Counter(one.kind for one in self.rows)
        return [(words, found[kind]) for kind, words in KINDS.items()]

    @property
    def people(self) -> int:
        """How many people have an answer that changes."""
        return len({one.person for one in self.rows})

    @property
    def losing(self) -> int:
        """How many people would lose a certificate."""
        return len({one.person.pk for one in self.fates if one.loses_certificate})


def preview(scope: Scope) -> Preview:
    """What grading again by the present library would change, and for whom that means more than a score.

    Kept for a while, so that its pages can be turned, and until anything is graded or published anew.
    """
    newest = Grading.objects.aggregate(newest=Max("pk"))["newest"] or 0
    key = f"regrade:{scope.code.pk}:{'+'.join(scope.scenarios)}:{current_stamp()}:{ENGINE_VERSION}:{newest}"
    found: Preview | None = cache.get(key)
    if found is None:
        found = _preview(scope)
        cache.set(key, found, KEPT_FOR)
    return found


def _preview(scope: Scope) -> Preview:
    found = changes(scope, Judge(stamp=current_stamp()))
    return Preview(answers=scope.answers().count(), rows=[_row(one) for one in found], fates=fates_of(found))


def _row(change: Change) -> Row:
    both = (change.before, change.after)
    return Row(
        answer=change.before.answer_id, person=change.person, kind=change.kind,
        clean=(both[0].is_clean, both[1].is_clean),
        percent=(whole_percent(both[0].element_accuracy), whole_percent(both[1].element_accuracy)),
    )  # fmt: skip


def fates_of(found: Sequence[Change]) -> list[Fate]:
    """Who would pass or fail an exam or an item of a course, be done with it or not, or lose a certificate."""
    turned = [one for one in found if one.before.is_clean != one.after.is_clean]
    told = [*_exams(turned), *_courses(found)]
    return sorted(told, key=lambda one: (not one.loses_certificate, str(one.person), one.person.pk))


def _turns(found: Sequence[Change]) -> Counter[UUID]:
    """Set -> by how much its number of clean answers grows."""
    turns: Counter[UUID] = Counter()
    for one in found:
        turns[one.attempt] += int(one.after.is_clean) - int(one.before.is_clean)
    return turns


def _exams(turned: Sequence[Change]) -> Iterator[Fate]:
    """Finished exams with a pass mark that are passed now and were not, or the other way round."""
    turns = _turns(turned)
    rows = Attempt.objects.filter(pk__in=turns, finished_at__isnull=False, exam__pass_percent__isnull=False)
    attempts = list(rows.select_related("exam", "person"))
    sizes, clean = _sizes(attempts), _clean(attempts)
    for one in attempts:
        assert one.exam is not None
        mark, size = one.exam.pass_percent or 0, sizes[one.pk]
        passed = [100 * kept >= mark * size for kept in (clean[one.pk], clean[one.pk] + turns[one.pk])]
        if passed[0] != passed[1]:
            words = [f"{'passed' if yes else 'not passed'}" for yes in passed]
            held = "" if one.shows_results else " (held back)"
            yield Fate(person=one.person, what=f"Exam “{one.exam}”{held}", before=words[0], after=words[1])


def _sizes(attempts: Sequence[Attempt]) -> dict[UUID, int]:
    rows = AttemptItem.objects.filter(attempt__in=attempts).order_by().values_list("attempt")
    return dict(rows.annotate(size=Count("pk")))


def _clean(attempts: Sequence[Attempt]) -> Counter[UUID]:
    given = Grading.objects.filter(answer__state=Answer.State.SUBMITTED, answer__item__attempt__in=attempts)
    newest = given.order_by().values("answer").annotate(newest=Max("pk")).values("newest")
    rows = Grading.objects.filter(pk__in=newest, is_clean=True).order_by().values_list("answer__item__attempt")
    return Counter(dict(rows.annotate(clean=Count("pk"))))


def _courses(found: Sequence[Change]) -> Iterator[Fate]:
    """What becomes of assignments: by the same rules by which their standings are kept up."""
    assignments = {
        one.pk: one
        for one in Assignment.objects.standing()
        .filter(person__in={one.person for one in found})
        .select_related("course", "person", "team")
    }
    rows = list(Standing.objects.filter(assignment__in=assignments).select_related("item__exam", "item__code"))
    for row in rows:
        row.assignment = assignments[row.assignment_id]
    after = _facts_after(rows, found)
    done: dict[int, list[bool]] = {}
    for row in rows:
        will = after.reached(row).state == Standing.State.DONE
        done.setdefault(row.assignment_id, []).append(will)
        if (row.state == Standing.State.DONE) != will:
            what = f"“{row.item}” of “{row.assignment.course}”"
            yield Fate(person=row.assignment.person, what=what, before=_done(not will), after=_done(will))
    yield from _certificates({pk: all(items) for pk, items in done.items()}, assignments)


def _done(yes: bool) -> str:
    return "done" if yes else "not done"


def _certificates(done: Mapping[int, bool], assignments: Mapping[int, Assignment]) -> Iterator[Fate]:
    """Assignments that are done now and were not, or the other way round, with what that means for a certificate."""
    held = set(Certificate.objects.filter(assignment__in=done, revoked_at=None).values_list("assignment", flat=True))
    for pk, will in done.items():
        one = assignments[pk]
        if (one.done_at is not None) == will:
            continue
        if will and one.course.gives_certificate:
            yield Fate(person=one.person, what=f"Certificate for “{one.course}”", before="none", after="issued")
        elif not will and pk in held:
            what = f"Certificate for “{one.course}”"
            yield Fate(person=one.person, what=what, before="holds it", after="would lose it", loses_certificate=True)
        else:
            yield Fate(person=one.person, what=f"Course “{one.course}”", before=_done(not will), after=_done(will))


def _facts_after(rows: Sequence[Standing], found: Sequence[Change]) -> Facts:
    """The facts that standings rest on, as they would be."""
    facts, turns = Facts.of(rows), _turns(found)
    taken = {pk: replace(one, kept=one.kept + turns.get(pk, 0)) for pk, one in facts.taken.items()}
    memories, moved = dict(facts.memories), dict(facts.changes)
    masters = {row.assignment.person_id for row in rows if row.item.kind == CourseItem.Kind.MASTERY}
    instead = {one.before.answer_id: one.after for one in found}
    for person in sorted(masters & {one.person for one in found}):
        mind = foreseen(person, instead)
        memories |= {(person, one.rule): one for one in mind.rows(person)}
        moved[person] = _moved(mind)
    return Facts(rules=facts.rules, sittings=facts.sittings, taken=taken, memories=memories, changes=moved)


def _moved(mind: Mind) -> list[Moved]:
    """When rules rose to mastered, or fell from it."""
    top = Level.MASTERED.value
    crossed = [one for one in mind.reviews if (one.level_before == top) != (one.level_after == top)]
    return [
        Moved(at=one.at, rule=one.rule, mastered=one.level_after == top)
        for one in sorted(crossed, key=lambda one: one.at)
    ]


# Asking and running ---------------------------------------------------------------------------


@transaction.atomic
def ask(scope: Scope, why: str, *, by: User, at: datetime) -> Regrade:
    """Have the answers meant graded again by the present library. The same asked for twice is one regrade."""
    Code.objects.select_for_update().get(pk=scope.code.pk)
    stamp, scenarios = current_stamp(), list(scope.scenarios)
    for one in Regrade.objects.filter(code=scope.code, stamp=stamp, state__in=[State.WAITING, State.RUNNING]):
        if one.scenarios == scenarios:
            return one
    regrade = Regrade.objects.create(
        code=scope.code, scenarios=scenarios, why=why, by=by, stamp=stamp, total=scope.answers().count(), created_at=at
    )
    audit(by, ASKED, regrade, after={"page": scope.code.number, "examples": scenarios, "stamp": stamp}, why=why)
    enqueue(regrade)
    return regrade


def enqueue(regrade: Regrade) -> None:
    """Have the worker run it once this transaction is through. Where no queue can be written it can be begun again."""

    def put() -> None:
        from editorial.tasks import grade_again

        grade_again.enqueue(regrade.pk)

    transaction.on_commit(put, robust=True)


@transaction.atomic
def begin_again(regrade: Regrade, *, by: User, at: datetime) -> bool:
    """Put a regrade that is not done into the queue once more; False where it is done."""
    if not Regrade.objects.filter(pk=regrade.pk).exclude(state=State.DONE).update(state=State.WAITING):
        return False
    audit(by, "regrade begun again", regrade)
    enqueue(regrade)
    return True


def run(regrade_id: int, at: datetime) -> str:
    """Grade again what comes out otherwise, person by person; the state it is in then. Done twice it adds nothing."""
    regrade = Regrade.objects.select_related("code", "by").get(pk=regrade_id)
    if regrade.state == State.DONE:
        return State.DONE
    scope = Scope.of(regrade)
    Regrade.objects.filter(pk=regrade.pk).update(state=State.RUNNING, done=0, total=scope.answers().count())
    try:
        _run(regrade, scope, at)
    except Exception:
        log.exception("Regrade %s stopped.", regrade.pk)
        Regrade.objects.filter(pk=regrade.pk).update(state=State.FAILED)
        return State.FAILED
    _finish(regrade, at)
    return State.DONE


def _run(regrade: Regrade, scope: Scope, at: datetime) -> None:
    judge, people = Judge(stamp=regrade.stamp), scope.people()
    for start in range(0, len(people), PORTION):
        portion = people[start : start + PORTION]
        found = changes(scope, judge, portion)
        spared = _losing(found)
        for person in User.objects.filter(pk__in={one.person for one in found} - spared).order_by("pk"):
            _grade(regrade, person, judge, at)
        seen = scope.answers().filter(item__attempt__person__in=portion).count()
        Regrade.objects.filter(pk=regrade.pk).update(done=F("done") + seen)


def _losing(found: Sequence[Change]) -> set[int]:
    """Who would lose a certificate."""
    return {fate.person.pk for fate in fates_of(found) if fate.loses_certificate}


@transaction.atomic
def _grade(regrade: Regrade, person: User, judge: Judge, at: datetime) -> list[RegradeChange]:
    """One person's gradings and what follows from them, with the letter, or nothing."""
    made = grade_person(regrade, person, judge, at)
    told = {one.pk for one in made if change_of(one.before, one.after) != "said"}
    if told and shown_changes(person).filter(pk__in=told).exists():
        key = f"{regrade.pk}:{person.pk}"
        post(Letter.Kind.REGRADE, key, at=at, person=person, about={"regrade": regrade.pk})
    return made


@transaction.atomic
def _finish(regrade: Regrade, at: datetime) -> None:
    rows = Regrade.objects.filter(pk=regrade.pk).exclude(state=State.DONE)
    if rows.update(state=State.DONE, finished_at=at, done=F("total")):
        audit(regrade.by, FINISHED, regrade, after=counts_of(regrade), why=regrade.why)


def counts_of(regrade: Regrade) -> dict[str, int]:
    """How many answers a regrade changed, in which way, and of how many people."""
    kinds: Counter[str] = Counter()
    people = set()
    rows = regrade.changes.select_related("before", "after")
    for one in rows.defer("before__findings", "after__findings", "before__claim", "after__claim").iterator():
        kinds[change_of(one.before, one.after)] += 1
        people.add(one.person_id)
    return {"answers": sum(kinds.values()), "people": len(people), **kinds}


# What is left to decide -----------------------------------------------------------------------


def left(regrade: Regrade) -> list[Fate]:
    """Certificates that would fall, and whose answers therefore were not graded again yet, by person."""
    scope = Scope.of(regrade)
    holders = Certificate.objects.filter(revoked_at=None, person__in=scope.people())
    people = list(holders.order_by().values_list("person", flat=True).distinct())
    found = changes(scope, Judge(stamp=regrade.stamp), people) if people else []
    return [fate for fate in fates_of(found) if fate.loses_certificate]


@transaction.atomic
def decide(regrade: Regrade, person: User, *, by: User, at: datetime) -> int:
    """Grade somebody's answers again though a certificate falls by it; how many changed. Again changes nothing."""
    made = _grade(regrade, person, Judge(stamp=regrade.stamp), at)
    if made:
        audit(by, DECIDED, regrade, after={"person": person.pk, "answers": len(made)}, why=regrade.why)
    return len(made)
