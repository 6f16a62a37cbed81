"""Taking a course: its page, and what can be done on it."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from courses import doing
from courses.access import TakenBack, own_assignment, own_step
from courses.course_page import assignment_page
from courses.models import Assignment, CourseItem
from quizzes import exams
from quizzes.drawing import TooFewQuestions
from quizzes.models import Attempt
from quizzes.practice import NoAttemptsLeft, NothingToAsk, OtherStart
from quizzes.sending import Form

View = Callable[[HttpRequest, int, int], HttpResponse]
NOTHING = "No question can be drawn for this now. Nothing was started; tell whoever assigned it."


@require_safe
@login_required
def assignment(request: HttpRequest, assignment: int) -> HttpResponse:
    """A course that is assigned to the person, or was and is taken back."""
    mine = own_assignment(person_of(request), assignment)
    if mine.unassigned_at is not None:
        return render(request, "courses/assignment_taken_back.html", {"assignment": mine})
    return _page(request, mine)


def _or_why_not(view: View) -> View:
    """Lead whoever does something on a page that was left open to where it is said that it was taken back."""

    @wraps(view)
    def wrapped(request: HttpRequest, assignment: int, item: int) -> HttpResponse:
        try:
            return view(request, assignment, item)
        except TakenBack:
            return redirect("assignment", assignment)

    return wrapped


@require_POST
@login_required
@_or_why_not
def item_start(request: HttpRequest, assignment: int, item: int) -> HttpResponse:
    """Begin a set or an exam, or go on with the one that is open."""
    step = own_step(person_of(request), assignment, item, (CourseItem.Kind.QUIZ, CourseItem.Kind.EXAM))
    try:
        return _to(doing.start(step, timezone.now(), key=Form.of(request.POST).key))
    except (doing.Locked, OtherStart) as refused:
        return _page(request, step.assignment, refused=str(refused))
    except (doing.Over, NoAttemptsLeft) as over:
        messages.info(request, str(over))
        return redirect(over.last or step.assignment)
    except exams.Closed:
        return _page(request, step.assignment, refused="This exam cannot be taken now. Nothing was started.")
    except (NothingToAsk, TooFewQuestions):
        return _page(request, step.assignment, refused=NOTHING)


@require_POST
@login_required
@_or_why_not
def item_read(request: HttpRequest, assignment: int, item: int) -> HttpResponse:
    """Say that a page is read."""
    step = own_step(person_of(request), assignment, item, (CourseItem.Kind.PAGE,))
    try:
        doing.mark_read(step, _edition(request.POST.get("edition", "")), timezone.now())
    except doing.Locked as locked:
        return _page(request, step.assignment, refused=str(locked))
    return redirect(f"{reverse('assignment', args=[assignment])}#item-{item}")


def _page(request: HttpRequest, mine: Assignment, refused: str = "") -> HttpResponse:
    context = assignment_page(mine, timezone.now()) | {"refused": refused, "moved": mine.extensions.last()}
    return render(request, "courses/assignment.html", context, status=409 if refused else 200)


def _to(attempt: Attempt) -> HttpResponse:
    """The next question; an exam begins on its cover."""
    return redirect(attempt) if attempt.is_exam else redirect(attempt.next_url())


def _edition(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 7 else None
