"""Exams: what they are about, taking one, finishing."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_of
from quizzes import exams, practice
from quizzes.access import exam_for, own_attempt
from quizzes.drawing import TooFewQuestions
from quizzes.pages import exam_page
from quizzes.sending import Form


@require_safe
@login_required
def exam(request: HttpRequest, pk: int) -> HttpResponse:
    """What an exam is about, and the person's attempts at it."""
    person = person_of(request)
    return render(request, "quizzes/exam.html", exam_page(exam_for(person, pk), person))


@require_POST
@login_required
def exam_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the questions and go to the cover page; where no attempt is left, to the last result."""
    taken = exam_for(person_of(request), pk)
    try:
        attempt = exams.start(person_of(request), taken, key=Form.of(request.POST).key)
    except practice.NoAttemptsLeft as none_left:
        messages.info(request, "You have taken this exam as often as it may be taken. This is your last attempt.")
        return redirect(none_left.last)
    except practice.OtherStart as other:
        messages.warning(request, str(other))
        return redirect(taken)
    except exams.Closed:
        messages.info(request, "This exam cannot be taken now.")
        return redirect(taken)
    except (TooFewQuestions, practice.NothingToAsk):
        messages.error(request, "The library cannot fill this exam now. Nothing was started; tell its author.")
        return redirect(taken)
    return redirect(attempt)


@require_POST
@login_required
def finish(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """End a set; a second time changes nothing."""
    at = timezone.now()
    mine = own_attempt(person_of(request), attempt, at)
    if mine.begun_at is not None:
        (exams.finish if mine.is_exam else practice.finish)(mine, at)
    return redirect(mine)
