"""The answers behind the figures: a list that can be narrowed, and one answer with its findings.

Only answers whose results are shown, of people who have a seat in the team; nothing of how sure they were, of their
notes, of drafts, or of how long they took at the keys.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import Exact
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from codes.narrative import sentences
from courses.models import Assignment, CourseItem, Membership, Team
from courses.reports.frame import KINDS_OF, PERIOD_NAMES, SLUGS, Frame, number
from quizzes.feedback import feedback, lit, takeaway
from quizzes.formats import FORMAT
from quizzes.formats.base import I_DO_NOT_KNOW
from quizzes.models import Answer, AttemptItem, Grading, RuleReview
from quizzes.pages import caption, in_words, newest_grading
from quizzes.shares import Share
from rulebook.kinds import KIND
from rulebook.types import Category

A_PAGE = 50
ERRORS = {one.value.replace(" ", "-"): one for one in Category}
OUTCOMES = {"clean": "Clean", "not-clean": "Not clean"}
LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which answers are wanted; what an address says otherwise stays out.

    ``category`` and ``kind`` are about the rules that an answer showed something of, ``error`` about what it broke;
    with ``broken``, ``category``, ``kind`` and ``rule`` mean rules that were broken. ``before`` and ``after`` name a
    remediation: what its person showed of its rules before it was assigned, and in its sets. ``until`` is a day that
    does not belong to it any more.
    """

    person: int | None = None
    category: str = ""
    error: str = ""
    kind: str = ""
    rule: str = ""
    broken: str = ""
    outcome: str = ""
    fresh: str = ""
    hinted: str = ""
    no_cohort: str = ""
    item: int | None = None
    week: str = ""
    since: str = ""
    until: str = ""
    before: int | None = None
    after: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        """Read from a query string."""
        return cls(
            person=number(given.get("person")),
            category=_one_of(SLUGS, given.get("category")),
            error=_one_of(ERRORS, given.get("error")),
            kind=_one_of(KIND, given.get("kind")),
            rule=_rule(given.get("rule", "")),
            broken=_tick(given.get("broken")),
            outcome=_one_of(OUTCOMES, given.get("outcome")),
            fresh=_tick(given.get("fresh")),
            hinted=_tick(given.get("hinted")),
            no_cohort=_tick(given.get("no_cohort")),
            item=number(given.get("item")),
            week=_day(given.get("week", "")),
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            before=number(given.get("before")),
            after=number(given.get("after")),
        )

    def query(self, frame: Frame, **changed: object) -> str:
        """The address with something else asked for; the page begins anew."""
        given = {one.name: getattr(self, one.name) for one in fields(self)} | changed
        return frame.asking(**given) or "?"

    @property
    def about_rules(self) -> bool:
        """Whether what answers showed of rules decides."""
        return bool(self.category or self.error or self.kind or self.rule or self.broken or self.remediation)

    @property
    def remediation(self) -> int | None:
        """The remediation whose answers are wanted, those before or those in its sets."""
        return self.before or self.after

    @property
    def unseen(self) -> list[tuple[str, object]]:
        """What is asked for by fields that a form does not show, so that it sends them along."""
        names = ("rule", "hinted", "no_cohort", "item", "week", "since", "until", "before", "after")
        return [(name, value) for name in names if (value := getattr(self, name))]


def _one_of(known: Iterable[str], text: str | None) -> str:
    return text if text and text in known else ""


def _rule(text: str) -> str:
    """The id of a rule has letters, digits, a stroke, dots and hyphens; anything else is no rule."""
    plain = text.replace("/", "").replace("-", "").replace("_", "").replace(".", "")
    return text if len(text) <= LONGEST and plain.isascii() and plain.isalnum() else ""


def _tick(text: str | None) -> str:
    return "1" if text == "1" else ""


def _day(text: str) -> str:
    try:
        first = date.fromisoformat(text)
    except ValueError:
        return ""
    # The calendar has to go on for the week after it.
    return first.isoformat() if len(text) == 10 and date(1900, 1, 1) < first < date(9999, 1, 1) else ""


def behind(frame: Frame, **asked: object) -> str:
    """The address of the answers behind a figure of a frame, narrowed by fields of ``Asked``."""
    return f"{reverse('team_answers', args=[frame.team.pk])}{frame.asking(**asked)}"


def behind_people(frame: Frame) -> Callable[[int], str]:
    """The same of one person, for many of them."""
    start = behind(frame)
    return lambda person: f"{start}{'&' if '?' in start else '?'}person={person}"


# The list ---------------------------------------------------------------------------------------


def answers_page(frame: Frame, asked: Asked, page: str) -> dict[str, Any]:
    """The answers that were asked for, the newest first, fifty a page."""
    listed, every = chosen(frame, asked), chosen(frame, asked, frame.people)
    found, total = Paginator(listed, A_PAGE).get_page(page), every.count()
    return {
        "team": frame.team,
        "frame": frame,
        "asked": asked,
        "page": found,
        "rows": list(rows_of(frame, found.object_list)),
        "more": asked.query(frame),
        "narrowed": _narrowed(frame, asked),
        "total": total,
        "erased": total - found.paginator.count,
        "clean": None if asked.outcome else every.filter(_is_clean(True)).count(),
        "shown": _shown_of_rules(frame, asked) if asked.about_rules else None,
        "when": _when(frame, asked),
        "periods": [(label, value) for value, label in PERIOD_NAMES.items()],
        "people": [(seat.person, seat.name) for seat in frame.seats],
        "categories": list(SLUGS.items()),
        "errors": list(ERRORS.items()),
        "kinds": [(kind.id, kind.title) for kind in KIND.values()],
        "outcomes": list(OUTCOMES.items()),
    }


def chosen(frame: Frame, asked: Asked, people: "QuerySet[Membership, int] | None" = None) -> "QuerySet[Answer]":
    """Submitted answers whose results are shown, of those who learn in the frame, in its period.

    ``people``: of these instead, as ``Frame.people`` for what figures count.
    """
    whose = _whose(frame, asked, frame.learners if people is None else people)
    shown = AttemptItem.objects.filter(attempt__person__in=whose).shown()
    submitted: QuerySet[Answer] = Answer.objects.filter(state=Answer.State.SUBMITTED, item__in=shown)
    rows = _in_period(submitted, frame, asked)
    if asked.about_rules:
        rows = rows.filter(item__in=_reviews(frame, asked).values("item"))
    if asked.fresh:
        rows = rows.filter(item__is_first=True)
    if asked.hinted:
        rows = rows.filter(hints__gt=0)
    if asked.item:
        rows = rows.filter(
            item__attempt__sitting__standing__item=asked.item,
            item__attempt__sitting__standing__assignment__team=frame.team,
        )
    if asked.outcome:
        rows = rows.filter(_is_clean(asked.outcome == "clean"))
    return rows.order_by("-created_at", "-pk")


def _whose(frame: Frame, asked: Asked, people: "QuerySet[Membership, int]") -> Any:
    if asked.person in {seat.person for seat in frame.every}:
        return [asked.person]
    return people.filter(cohort="") if asked.no_cohort else people


def _in_period(rows: "QuerySet[Answer]", frame: Frame, asked: Asked) -> "QuerySet[Answer]":
    """Of what a remediation is about, the remediation says when; else a week, or the period and what lies in it."""
    if asked.remediation:
        return rows
    if asked.week:
        start = _beginning(asked.week)
        return rows.filter(created_at__gte=start, created_at__lt=start + timedelta(weeks=1))
    first = [one for one in (frame.from_moment, _beginning(asked.since) if asked.since else None) if one]
    rows = rows.filter(created_at__gte=max(first)) if first else rows
    return rows.filter(created_at__lt=_beginning(asked.until)) if asked.until else rows


def _beginning(day: str) -> datetime:
    """Midnight by the clocks of the site, by which answers are added up."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time()))


def _when(frame: Frame, asked: Asked) -> str:
    """The time that is looked at, in words."""
    if asked.remediation:
        return "before it was assigned" if asked.before else "in its sets"
    return "in that week" if asked.week else frame.words


def _shown_of_rules(frame: Frame, asked: Asked) -> Share:
    """How often the answers that were asked for kept such rules, of how often they said something of one."""
    items = chosen(frame, asked, frame.people).order_by().values("item")
    counted = _reviews(frame, asked).filter(item__in=items)
    counts = counted.aggregate(tried=Count("pk"), kept=Count("pk", filter=Q(broken=False)))
    return Share(kept=counts["kept"], tried=counts["tried"])


def _reviews(frame: Frame, asked: Asked) -> "QuerySet[RuleReview]":
    """What answers must have shown of rules."""
    wanted = _of_remediation(frame.team, asked, asked.remediation) if asked.remediation else Q()
    if asked.category:
        wanted &= Q(kind__in=KINDS_OF[SLUGS[asked.category]])
    if asked.kind:
        wanted &= Q(kind=asked.kind)
    if asked.rule:
        wanted &= Q(rule=asked.rule)
    if asked.error:
        wanted &= Q(category=ERRORS[asked.error].value, broken=True)
    if asked.broken:
        wanted &= Q(broken=True)
    return RuleReview.objects.filter(wanted).order_by()


def _of_remediation(team: Team, asked: Asked, pk: int) -> Q:
    """What a remediation counted before it was assigned, or after."""
    found = Assignment.objects.filter(team=team, pk=pk, course__is_remediation=True).first()
    if found is None:
        return Q(pk__in=[])
    rules = [rule for item in found.course.items.all() for rule in item.rules]
    wanted = Q(person=found.person_id, rule__in=rules)
    if asked.after:
        return wanted & Q(item__attempt__sitting__standing__assignment=found)
    since = Q(at__gte=_beginning(found.before_since.isoformat())) if found.before_since else Q()
    return wanted & since & Q(at__lte=found.assigned_at)


def _is_clean(wanted: bool) -> Exact:
    """Whether the grading that counts says so."""
    return Exact(_newest("is_clean"), Value(wanted))


def _newest(name: str) -> Subquery:
    """A field of the grading that counts."""
    return Subquery(Grading.objects.filter(answer=OuterRef("pk")).order_by("-pk").values(name)[:1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer as a line: exactly what a manager sees of it."""

    answer: int
    person: int
    name: str
    day: datetime
    question: str
    format: str
    is_clean: bool
    hints: int


def rows_of(frame: Frame, answers: Any) -> Iterable[Row]:
    """Answers as lines. A page of a list and a whole export are read alike."""
    names = {seat.person: seat.name for seat in frame.every}
    told = answers.annotate(
        newest_is_clean=_newest("is_clean"),
        question=KeyTextTransform("title", "item__version__prompt"),
        person=F("item__attempt__person"),
        format=F("item__version__question__format"),
    )
    values = told.values_list(
        "pk", "person", "created_at", "question", "format", "newest_is_clean", "hints", named=False
    )  # fmt: skip
    for pk, person, day, question, form, is_clean, hints in values:
        yield Row(
            answer=pk, person=person, name=names.get(person, ""), day=day, question=question or "",
            format=FORMAT[form].title if form in FORMAT else form, is_clean=bool(is_clean), hints=hints,
        )  # fmt: skip


def _narrowed(frame: Frame, asked: Asked) -> list[tuple[str, str]]:
    """What the list is narrowed to, in words, each with the address without it."""
    names = {seat.person: seat.name for seat in frame.every}
    said = {
        "person": names.get(asked.person or 0, ""),
        "category": f"rules on {SLUGS[asked.category].value}" if asked.category else "",
        "error": f"errors: {ERRORS[asked.error].value}" if asked.error else "",
        "kind": KIND[asked.kind].title if asked.kind else "",
        "rule": asked.rule,
        "broken": "broken only" if asked.broken else "",
        "outcome": OUTCOMES.get(asked.outcome, "").lower(),
        "fresh": "cases never seen before" if asked.fresh else "",
        "hinted": "with hints" if asked.hinted else "",
        "no_cohort": "without a cohort" if asked.no_cohort else "",
        "item": _item_name(frame.team, asked.item),
        "week": f"week from {_said(asked.week)}" if asked.week else "",
        "since": f"from {_said(asked.since)} on" if asked.since else "",
        "until": f"before {_said(asked.until)}" if asked.until else "",
        "before": _remediation_name(frame.team, asked.before, "before"),
        "after": _remediation_name(frame.team, asked.after, "after"),
    }
    return [(words, asked.query(frame, **{name: ""})) for name, words in said.items() if words]


def _said(day: str) -> str:
    return f"{date.fromisoformat(day):%b %-d, %Y}"


def _remediation_name(team: Team, pk: int | None, side: str) -> str:
    if pk is None:
        return ""
    found = Assignment.objects.filter(team=team, pk=pk, course__is_remediation=True).select_related("course").first()
    return f"{side} “{found.course}”" if found else f"{side} a remediation that is not there"


def _item_name(team: Team, item: int | None) -> str:
    if item is None:
        return ""
    found = CourseItem.objects.filter(pk=item, course__assignments__team=team).select_related("course").first()
    return f"{found.course}: {found}" if found else ""


# One answer -------------------------------------------------------------------------------------


def team_answer(team: Team, pk: int) -> Answer:
    """A submitted answer whose result is shown, of somebody who learns in the team now; 404 for any other."""
    seats = team.memberships.active().trainees().filter(person=OuterRef("item__attempt__person"))
    shown = AttemptItem.objects.filter(answers=pk).shown()
    rows = Answer.objects.filter(Exists(seats), pk=pk, state=Answer.State.SUBMITTED, item__in=shown)
    rows = rows.filter(Exists(Grading.objects.filter(answer=OuterRef("pk"))))
    found: Answer | None = rows.select_related("item__attempt__person", "item__version__question").first()
    if found is None:
        raise Http404
    return found


def answer_page(frame: Frame, answer: Answer) -> dict[str, Any]:
    """The question as it was asked, the claim given, the accepted one, and the findings with their sections."""
    item = answer.item
    version, form = item.version, FORMAT[item.version.question.format]
    told = feedback(version.prompt, newest_grading(answer))
    return {
        "team": frame.team,
        "frame": frame,
        "answer": answer,
        "person": item.attempt.person,
        "prompt": version.prompt,
        "day": date.fromisoformat(version.prompt["encounter"]["date_of_service"]),
        "sentences": [(one.number, lit(one, told.lit)) for one in sentences(version.prompt["narrative"])],
        "options": version.options,
        "words": in_words(answer),
        "gave_up": answer.payload == I_DO_NOT_KNOW,
        "feedback": told,
        "verdicts": form.verdicts,
        "compares": form.compares,
        "caption": caption(form).replace("Your claim", "The claim given"),
        "takeaway": takeaway(told, version),
        "format": form,
        **_reading(form, version),
    }


def _reading(form: Any, version: Any) -> dict[str, Any]:
    """What else there was to read, as a claim to audit; only where the format shows it apart from the claims."""
    return form.context(None, version) if form.reading and not form.compares else {}
