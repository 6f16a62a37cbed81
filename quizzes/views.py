"""Practising: start a set, answer its questions, see how it went."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import person_of
from codes.access import published_code
from codes.models import PublishedCode
from quizzes import practice
from quizzes import try_it as build
from quizzes.access import attempts_of, own_attempt, own_item
from quizzes.formats import FORMAT, BadAnswer
from quizzes.formats.base import Payload
from quizzes.models import AttemptItem, Scenario
from quizzes.pages import question_page, summary_page

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
        return _show(request, item, focus=request.GET.get("line", ""))
    key = _key(request.POST.get("key", ""))
    action = request.POST.get("action", "")
    if key is None:
        typed = FORMAT[item.version.question.format].draft(request.POST)
        return _show(request, item, typed=typed, errors={"": "The form was incomplete. Please send it again."})
    if action in ("check", "unknown", "nothing"):
        return _answer(request, item, key, action)
    return _keep(request, item, key)


def _keep(request: HttpRequest, item: AttemptItem, key: uuid.UUID) -> HttpResponse:
    """Store the draft and show it, with the focus where the change was."""
    form = FORMAT[item.version.question.format]
    draft = form.draft(request.POST)
    practice.save_draft(item, key, draft)
    line = form.focus(request.POST, draft)
    return redirect(item.get_absolute_url() + (f"?line={line}" if line is not None else ""))


def _answer(request: HttpRequest, item: AttemptItem, key: uuid.UUID, action: str) -> HttpResponse:
    """Read and submit; what cannot be read is shown again with what is wrong."""
    form = FORMAT[item.version.question.format]
    try:
        payload = practice.I_DO_NOT_KNOW if action == "unknown" else form.read(request.POST, item.version)
        practice.submit(item, key, payload)
    except BadAnswer as bad:
        return _show(request, item, typed=form.draft(request.POST), errors=bad.errors)
    except practice.Answered:
        return _show(request, item, already=True)
    return redirect(item)


def _show(
    request: HttpRequest,
    item: AttemptItem,
    *,
    typed: Payload | None = None,
    errors: dict[str, str] | None = None,
    already: bool = False,
    focus: str = "",
) -> HttpResponse:
    """The question's page in its present state; 422 with what is wrong, 409 when it was answered before."""
    context = question_page(item, typed) | {"errors": errors or {}, "already": already, "key": uuid.uuid4()}
    context["focus"] = int(focus) if focus.isdecimal() and len(focus) < 3 else None
    return render(request, "quizzes/question.html", context, status=422 if errors else 409 if already else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def try_it(request: HttpRequest) -> HttpResponse:
    """Build an encounter and a claim, and see what the rules say; nothing is stored."""
    words = build.vocabulary()
    tried = build.from_form(request.POST, words) if request.method == "POST" else build.TryIt()
    return render(request, "quizzes/try_it.html", build.page(tried, words), status=422 if tried.errors else 200)


@require_safe
@login_required
def attempt_summary(request: HttpRequest, attempt: uuid.UUID) -> HttpResponse:
    """How the set went, question by question and rule by rule."""
    mine = own_attempt(person_of(request), attempt)
    return render(request, "quizzes/summary.html", summary_page(mine))


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
