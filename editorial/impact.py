"""What publishing a content would do, before it is done: to questions, people, courses and exams."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.core.cache import cache
from django.db.models import Q, QuerySet

from codes.library import current_stamp, library, library_with
from codes.models import Code
from codes.publish import whole_digest_of
from courses.models import Assignment, Course, CourseItem
from editorial.coming import KEPT, Touched, coming_ground, coming_scenarios, published_scenarios, touched
from quizzes.drawing import Ground, TooFewQuestions
from quizzes.exams import rehearse
from quizzes.models import Attempt, Exam, ExamPart, Report

#: So many exams are tried, and so many seconds long; the page says how many were not.
MOST_EXAMS, LONGEST = 20, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamImpact:
    """Exams that could be filled and no longer can, each with what is missing; and how many were not tried."""

    short: tuple[tuple[str, str], ...]
    tried: int
    not_tried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What publishing would do. Attempts keep the versions they were given, so nothing of the past is in here."""

    changed: tuple[Touched, ...]
    vanish: tuple[Touched, ...]
    appear: tuple[Touched, ...]
    open_attempts: int
    people: int
    courses: tuple[Course, ...]
    assignments: int
    exams: ExamImpact
    reports: int


def impact_of(code: Code, document: Mapping[str, Any]) -> Impact:
    """What happens when a document becomes the newest edition of a page."""
    moved = _scenarios(document)
    open_attempts = Attempt.objects.filter(finished_at=None, items__version__question__scenario__code=code)
    courses = courses_with(code)
    return Impact(
        changed=tuple(one for one in moved if one.changes),
        vanish=tuple(one for one in moved if one.vanishes),
        appear=tuple(one for one in moved if one.appears),
        open_attempts=open_attempts.distinct().count(),
        people=open_attempts.values("person").distinct().count(),
        courses=courses,
        assignments=Assignment.objects.open().filter(course__in=courses).count(),
        exams=_exams(code, document),
        reports=Report.objects.filter(replies=None, answer__item__version__question__scenario__code=code).count(),
    )


def _scenarios(document: Mapping[str, Any]) -> tuple[Touched, ...]:
    key = f"impact:{current_stamp()}:{whole_digest_of(document)}"
    found: tuple[Touched, ...] | None = cache.get(key)
    if found is None:
        found = _touched_by(document)
        cache.set(key, found, KEPT)
    return found


def _touched_by(document: Mapping[str, Any]) -> tuple[Touched, ...]:
    present = published_scenarios()
    coming = coming_scenarios(present, [document])
    return tuple(touched(present, coming, library_with(document), library()))


# Courses --------------------------------------------------------------------------------------


def courses_with(code: Code) -> tuple[Course, ...]:
    """The courses in use that name a page or a rule of it, by title."""
    items = CourseItem.objects.filter(course__archived_at=None).select_related("code")
    named = {item.course_id for item in items if _names(item, code.number)}
    exams = CourseItem.objects.filter(exam__parts__in=_parts(code)).values("course")
    return tuple(Course.objects.filter(Q(pk__in=named) | Q(pk__in=exams), archived_at=None))


def _names(item: CourseItem, number: str) -> bool:
    own = item.code is not None and item.code.number == number
    return own or number in item.codes or any(rule.partition("/")[0] == number for rule in item.rules if "/" in rule)


def _parts(code: Code) -> QuerySet[ExamPart]:
    return ExamPart.objects.filter(Q(code=code) | Q(rule__startswith=f"{code.number}/"))


# Exams ----------------------------------------------------------------------------------------


def _exams(code: Code, document: Mapping[str, Any]) -> ExamImpact:
    """The exams that can be taken and draw from a page, tried against the coming library."""
    exams = _drawing_from(code)
    blueprints = json.dumps([[one.pk, one.title, [str(part) for part in one.parts.all()]] for one in exams])
    key = f"exams:{current_stamp()}:{whole_digest_of(document)}:{crc32(blueprints.encode())}"
    found: ExamImpact | None = cache.get(key)
    if found is None:
        found = _tried(exams, coming_ground([document])) if exams else ExamImpact(short=(), tried=0, not_tried=0)
        cache.set(key, found, KEPT)
    return found


def _drawing_from(code: Code) -> list[Exam]:
    """Open exams with a part that names the page, a rule of it, or no page at all."""
    about = Q(parts__code=code) | Q(parts__rule__startswith=f"{code.number}/") | Q(parts__code=None)
    return list(Exam.objects.open().filter(about, parts__isnull=False).distinct().prefetch_related("parts__code"))


def _tried(exams: Sequence[Exam], coming: Ground) -> ExamImpact:
    short, tried, end = [], 0, time.monotonic() + LONGEST
    for exam in exams[:MOST_EXAMS]:
        if time.monotonic() > end:
            break
        missing = _missing(exam, coming)
        if missing and not _missing(exam, None):
            short.append((exam.title, missing))
        tried += 1
    return ExamImpact(short=tuple(short), tried=tried, not_tried=len(exams) - tried)


def _missing(exam: Exam, ground: Ground | None) -> str:
    """What an exam cannot be filled with; nothing where it can."""
    try:
        rehearse(exam, ground)
    except TooFewQuestions as short:
        return str(short)
    return ""
