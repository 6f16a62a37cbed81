"""Remediation: a short set on the rules that somebody breaks, assigned in one press, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import User
from codes.library import library
from courses import building
from courses.assigning import Before, Terms, assign, end_of_day
from courses.models import Assignment, Course, CourseItem, Team
from courses.reports.frame import KINDS_OF, Frame
from quizzes.models import RuleReview
from quizzes.shares import Share
from rulebook.kinds import KIND
from rulebook.types import Category

MOST_RULES, QUESTIONS = 5, 8
#: It is due so many days after it is assigned, at the end of that day by the team's clocks.
DAYS = 7


class AlreadyAssigned(Exception):
    """The person has an open remediation on one of these rules."""


class NothingToMend(Exception):
    """No rule that can be asked was broken in the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """The rules to mend, and what was shown of them so far."""

    rules: tuple[str, ...]
    kinds: tuple[str, ...]
    tried: int
    kept: int


def weak_rules(frame: Frame, person: int, category: Category | None) -> Weak:
    """The rules that a person broke most in the period, of one category or of all, as far as they can be asked."""
    rows = frame.reviews(person)
    rows = rows if category is None else rows.filter(kind__in=KINDS_OF[category])
    counted = rows.values("rule", "kind").annotate(tried=Count("pk"), kept=Count("pk", filter=Q(broken=False)))
    asked = {rule.id for rule in library().rules}
    broken = [row for row in counted if row["kept"] < row["tried"] and row["rule"] in asked]
    worst = sorted(broken, key=lambda row: (row["kept"] - row["tried"], row["rule"]))[:MOST_RULES]
    return Weak(
        rules=tuple(row["rule"] for row in worst), kinds=tuple(dict.fromkeys(row["kind"] for row in worst)),
        tried=sum(row["tried"] for row in worst), kept=sum(row["kept"] for row in worst),
    )  # fmt: skip


def open_remediations(team: Team, person: int) -> "list[Assignment]":
    """What was assigned to somebody to mend a weakness, and is not done."""
    rows = Assignment.objects.open().filter(team=team, person=person, course__is_remediation=True)
    return list(rows.select_related("course").prefetch_related("course__items"))


@transaction.atomic
def remediate(frame: Frame, person: User, category: Category | None, *, by: User, at: datetime) -> Assignment:
    """Assign eight questions on the rules that somebody breaks most.

    Raises NothingToMend without such a rule, AlreadyAssigned while a set on one of them is open.
    """
    # Of two managers who press at once, the second finds what the first did.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    weak = weak_rules(frame, person.pk, category)
    if not weak.rules:
        raise NothingToMend
    if _are_open(frame.team, person.pk, weak.rules):
        raise AlreadyAssigned
    course = _course(frame.team, weak, category, by, at)
    terms = Terms(due_at=end_of_day(_today(frame, at) + timedelta(days=DAYS), frame.team))
    before = Before(tried=weak.tried, kept=weak.kept, since=frame.since)
    [made] = assign(frame.team, course, [person], terms, by=by, at=at, before=before)
    return made


def _today(frame: Frame, at: datetime) -> date:
    return timezone.localtime(at, frame.team.zone).date()


def in_words(made: Assignment) -> str:
    """What was assigned, for the one who pressed."""
    rules = [rule for item in made.course.items.all() for rule in item.rules]
    due = f"{timezone.localtime(made.due_at, made.team.zone):%A, %b %-d}" if made.due_at else "no date"
    about = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    return f"{made.person} has {QUESTIONS} questions on {about} to answer until {due}: {', '.join(rules)}."


def _are_open(team: Team, person: int, rules: Sequence[str]) -> bool:
    items = (item for one in open_remediations(team, person) for item in one.course.items.all())
    return any(not set(rules).isdisjoint(item.rules) for item in items)


def _course(team: Team, weak: Weak, category: Category | None, by: User, at: datetime) -> Course:
    about = category.value if category else "; ".join(KIND[kind].title.lower() for kind in weak.kinds[:3])
    course = Course.objects.create(
        title=f"Remediation: {about}"[:120], team=team, author=by, is_remediation=True,
        summary="A short set on the rules that your answers broke most often lately. The cases are new to you.",
    )  # fmt: skip
    values = {"rules": list(weak.rules), "number": QUESTIONS}
    building.add_item(course, CourseItem.Kind.QUIZ, values, by=by, at=at)
    return course


# What came of it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """One remediation: the rules, what was shown of them before, and in the set itself."""

    assignment: Assignment
    rules: tuple[str, ...]
    before: Share
    after: Share

    @property
    def before_url(self) -> str:
        """The answers that were counted before it was assigned."""
        return self._behind("before")

    @property
    def after_url(self) -> str:
        """The answers in its sets."""
        return self._behind("after")

    def _behind(self, side: str) -> str:
        asked = urlencode({"person": self.assignment.person_id, side: self.assignment.pk})
        return f"{reverse('team_answers', args=[self.assignment.team_id])}?{asked}"

    @property
    def label(self) -> str:
        """What it was about."""
        return self.assignment.course.title.removeprefix("Remediation: ").capitalize()


def remediations(team: Team, person: int) -> list[Mended]:
    """Every remediation of somebody's, the newest first, with what came of it; three queries."""
    rows = Assignment.objects.standing().filter(team=team, person=person, course__is_remediation=True)
    found = list(rows.select_related("course").prefetch_related("course__items").order_by("-assigned_at", "-pk"))
    shown = _shown_in([one.pk for one in found])
    return [_mended(one, shown) for one in found]


def _shown_in(assignments: Sequence[int]) -> dict[tuple[int, str], tuple[int, int]]:
    """(assignment, rule) -> tried and kept in the sets that were answered for it."""
    place = "item__attempt__sitting__standing__assignment"
    rows = RuleReview.objects.filter(**{f"{place}__in": assignments}).order_by().values(place, "rule")
    counted = rows.annotate(tried=Count("pk"), kept=Count("pk", filter=Q(broken=False)))
    return {(row[place], row["rule"]): (row["tried"], row["kept"]) for row in counted}


def _mended(assignment: Assignment, shown: dict[tuple[int, str], tuple[int, int]]) -> Mended:
    rules = tuple(rule for item in assignment.course.items.all() for rule in item.rules)
    after = [shown.get((assignment.pk, rule), (0, 0)) for rule in rules]
    return Mended(
        assignment=assignment, rules=rules,
        before=Share(kept=assignment.before_kept or 0, tried=assignment.before_tried or 0),
        after=Share(kept=sum(kept for _, kept in after), tried=sum(tried for tried, _ in after)),
    )  # fmt: skip
