"""Practising: start a set, answer its questions, see how it went."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe, require_http_methods, require_POST

from accounts.access import person_of
from codes.access import published_code
from codes.models import PublishedCode
from codes.narrative import sentences
from quizzes import practice
from quizzes.access import attempts_of, own_attempt, own_item
from quizzes.feedback import feedback, lit, tally
from quizzes.formats import FORMAT, BadAnswer
from quizzes.models import Answer, AttemptItem, Grading, Scenario

RECENT = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: find a code, go on practising."""
    context: dict[str, Any] = {"codes": PublishedCode.objects.all()[:8], "scenarios": Scenario.objects.live().count()}
    if request.user.is_authenticated:
        context["attempts"] = attempts_of(person_of(request)).with_progress()[:RECENT]
    return render(request, "quizzes/home.html", context)


@require_safe
@login_required
def practice_index(request: HttpRequest) -> HttpResponse:
    """Pages to practise, and the person's own sets."""
    counts = Scenario.objects.live().counts()
    pages = [(page, counts[page.number]) for page in PublishedCode.objects.all() if page.number in counts]
    context = {"pages": pages, "attempts": attempts_of(person_of(request)).with_progress()[:50]}
    return render(request, "quizzes/practice.html", context)


@require_POST
@login_required
def practise(request: HttpRequest, number: str) -> HttpResponse:
    """Start a set on one page and go to its first question."""
    code = published_code(number).code
    try:
        attempt = practice.start(person_of(request), code)
    except practice.NothingToAsk:
        messages.info(request, f"There are no scenarios for {number} yet.")
        return redirect("code_page", number)
    return redirect("question", attempt.pk, 1)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def question(request: HttpRequest, attempt: uuid.UUID, position: int) -> HttpResponse:
    """Ask a question, or show its answer with feedback; a POST answers it or changes the draft."""
    item = own_item(person_of(request), attempt, position)
    if request.method != "POST":
        return _show(request, item)
    key = _key(request.POST.get("key", ""))
    action = request.POST.get("action", "")
    if key is None:
        return _show(request, item, errors={"": "The form was incomplete. Nothing was stored; please send it again."})
    if action in ("check", "unknown"):
        return _answer(request, item, key, action)
    practice.save_draft(item, key, FORMAT[item.version.question.format].draft(request.POST))
    return redirect(item)


def _answer(request: HttpRequest, item: AttemptItem, key: uuid.UUID, action: str) -> HttpResponse:
    """Read and submit; what cannot be read is shown again with what is wrong."""
    form = FORMAT[item.version.question.format]
    try:
        payload = practice.I_DO_NOT_KNOW if action == "unknown" else form.read(request.POST, item.version)
        practice.submit(item, key, payload)
    except BadAnswer as bad:
        return _show(request, item, typed=form.draft(request.POST), errors=bad.errors)
    except practice.Answered:
        return _show(request, item, status=409)
    return redirect(item)


def _show(
    request: HttpRequest,
    item: AttemptItem,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The question's page in its present state."""
    answers = list(item.answers.prefetch_related("gradings"))
    answer = next((one for one in answers if one.state == Answer.State.SUBMITTED), None)
    last = answer or (answers[-1] if answers else None)
    form = FORMAT[item.version.question.format]
    payload = typed or (last.payload if last and last.payload != practice.I_DO_NOT_KNOW else None)
    told = feedback(item, list(answer.gradings.all())[-1]) if answer else None
    facts = told.lit if told else frozenset()
    context = {
        "item": item,
        "attempt": item.attempt,
        "format": form,
        "prompt": item.version.prompt,
        "day": date.fromisoformat(item.version.prompt["encounter"]["date_of_service"]),
        "sentences": [(one.number, lit(one, facts)) for one in sentences(item.version.prompt["narrative"])],
        "places": places(item.attempt_id),
        "feedback": told,
        "gave_up": bool(answer and answer.payload == practice.I_DO_NOT_KNOW),
        "already": status == 409,
        "errors": errors or {},
        "key": uuid.uuid4(),
        **form.context(payload, item.version),
    }
    return render(request, "quizzes/question.html", context, status=422 if errors and status == 200 else status)


@require_safe
@login_required
def attempt_summary(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """How the set went, question by question and rule by rule."""
    mine = own_attempt(person_of(request), attempt)
    items = list(mine.items.select_related("version__question"))
    gradings = newest_gradings(mine.pk)
    rows = [(item, gradings.get(item.pk)) for item in items]
    graded = [(item, grading) for item, grading in rows if grading]
    accuracy = sum(grading.element_accuracy for _, grading in graded) / len(graded) if graded else 0
    context = {
        "attempt": mine,
        "rows": rows,
        "graded": len(graded),
        "clean": sum(grading.is_clean for _, grading in graded),
        "percent": int(accuracy * 100),
        "next": next((item for item, grading in rows if grading is None), None),
        "rules": tally(graded),
    }
    return render(request, "quizzes/summary.html", context)


def newest_gradings(attempt: uuid.UUID) -> dict[int, Grading]:
    """Item -> its newest grading, for the answered items of an attempt."""
    rows = Grading.objects.filter(answer__item__attempt=attempt).select_related("answer").order_by("pk")
    return {grading.answer.item_id: grading for grading in rows}


def places(attempt: uuid.UUID) -> list[dict[str, Any]]:
    """Each place of a set with its state in a word, for the row of steps above a question."""
    gradings = newest_gradings(attempt)
    found = []
    for item in AttemptItem.objects.filter(attempt=attempt):
        grading = gradings.get(item.pk)
        state = "open" if grading is None else "clean" if grading.is_clean else "not clean"
        found.append({"position": item.position, "url": item.get_absolute_url(), "state": state})
    return found


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
