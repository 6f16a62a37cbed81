"""One question of a set: shown, answered, saved on the way."""

import uuid
from datetime import datetime, tzinfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from accounts.kept import kept_form, sign_in_keeps_the_form
from accounts.zones import clock, zone_of
from quizzes import exams, practice
from quizzes.access import own_item
from quizzes.formats import FORMAT, BadAnswer
from quizzes.formats.base import Payload
from quizzes.marking import mark
from quizzes.models import Answer, AttemptItem
from quizzes.news import look
from quizzes.pages import in_words, question_page, seconds_left
from quizzes.sending import Form, clean

#: The tag of a message that is shown inside the form: above everything it would push the form away from the pointer.
IN_THE_FORM = "in-the-form"
INCOMPLETE = {"": "The form was incomplete. Please send it again."}


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_keeps_the_form
def question(request: HttpRequest, attempt: uuid.UUID, position: int) -> HttpResponse:
    """Ask a question, or show its answer with feedback; a POST answers it or changes what is kept of it."""
    at = timezone.now()
    item = own_item(person_of(request), attempt, position, at)
    if request.method == "POST":
        request.POST = clean(request.POST)  # type: ignore[assignment]
        return _posted(request, item, at)
    elsewhere = exams.elsewhere(item)
    if elsewhere:
        return redirect(elsewhere)
    return _show(request, item, at, typed=_offered_again(request, item, at))


def _posted(request: HttpRequest, item: AttemptItem, at: datetime) -> HttpResponse:
    """Do what the form asks for, where this question can be answered now."""
    form = Form.of(request.POST)
    if form.action == "begin":
        return _begin(request, item, at)
    if exams.is_closed(item, at):
        return _late(request, item, form, at)
    elsewhere = exams.elsewhere(item)
    if elsewhere:
        return redirect(elsewhere)
    if form.key is None:
        return _show(request, item, at, typed=_typed(request, item), errors=INCOMPLETE)
    try:
        return _done(request, item, form, at)
    except practice.KeyReused as reused:
        return _show(request, item, at, typed=_typed(request, item), conflict=reused.answer)


def _begin(request: HttpRequest, item: AttemptItem, at: datetime) -> HttpResponse:
    """Start the clock and show the first question, both or neither, whichever question was asked for."""
    if item.attempt.begun_at is not None or not item.attempt.is_exam:
        return redirect(item)
    first = own_item(person_of(request), item.attempt_id, 1, at)
    with transaction.atomic():
        exams.begin(first.attempt, at)
        return _show(request, first, at)


def _done(request: HttpRequest, item: AttemptItem, form: Form, at: datetime) -> HttpResponse:
    """Answer, save and go on, skip, or keep the draft with whatever else a button does."""
    assert form.key is not None
    if form.action in ("check", "nothing", "unknown", "save", "go"):
        return (_go_on if item.attempt.is_exam else _answer)(request, item, form, at)
    focus = _keep(request, item, form, at)
    if form.action == "skip" and not item.attempt.is_exam:
        practice.skip(item, at)
        return redirect(item.attempt.next_url())
    if mark(item, form.action):
        focus = form.action
    return redirect(item.get_absolute_url() + (f"?focus={focus}" if focus else ""))


def _keep(request: HttpRequest, item: AttemptItem, form: Form, at: datetime) -> str:
    """Store what is typed, a blank form only where its rows were changed; the id of what to go to."""
    asked = FORMAT[item.version.question.format]
    draft = asked.draft(request.POST)
    focus = asked.focus(request.POST, draft)
    if focus or not asked.is_blank(draft, item.version) or item.answers.exists():
        assert form.key is not None
        kept = practice.save_draft(item, form.key, draft, at=at, sent=form.sent)
        _tell_of_other(request, kept)
    if said := asked.said(request.POST):
        messages.info(request, said, extra_tags=IN_THE_FORM)
    return focus


def _answer(request: HttpRequest, item: AttemptItem, form: Form, at: datetime) -> HttpResponse:
    """Read and submit; what cannot be read is shown again with what is wrong."""
    asked = FORMAT[item.version.question.format]
    assert form.key is not None
    try:
        payload = practice.I_DO_NOT_KNOW if form.action == "unknown" else asked.read(request.POST, item.version)
        given = practice.submit(item, form.key, payload, at=at, sent=form.sent)
    except BadAnswer as bad:
        _keep(request, item, form, at)
        return _show(request, item, at, typed=_typed(request, item), errors=bad.errors)
    except practice.KeyReused:
        raise
    except practice.Finished as finished:  # while this was on its way
        return _told_late(request, item, finished.answer)
    except practice.Answered as answered:
        return _show(request, item, at, conflict=answered.answer, sent=_typed(request, item))
    # A script puts the same page in this one's place; without one, a reload must not send the form again.
    return _show(request, item, at, given=given) if request.headers.get("HX-Request") else redirect(item)


def _go_on(request: HttpRequest, item: AttemptItem, form: Form, at: datetime) -> HttpResponse:
    """Save the answer to an exam's question and go to the next; right and wrong take the same way."""
    asked = FORMAT[item.version.question.format]
    assert form.key is not None
    draft, errors = asked.draft(request.POST), {}
    try:
        draft = asked.read(request.POST, item.version)
    except BadAnswer as bad:
        errors = bad.errors
    blank = asked.is_blank(draft, item.version)
    if not blank or item.answers.exists():
        kept = practice.save_draft(item, form.key, draft, at=at, sent=form.sent)
        if kept.is_late:  # the exam was finished while this was on its way
            return _told_late(request, item, kept.answer)
        _tell_of_other(request, kept)
    if errors and form.action != "go" and (not blank or item.attempt.sequential):
        return _show(request, item, at, typed=draft, errors=errors, may_go=True)
    return redirect(exams.go_on(item, at))


def _late(request: HttpRequest, item: AttemptItem, form: Form, at: datetime) -> HttpResponse:
    """An answer after the end: kept as late, told so, not counted."""
    draft = FORMAT[item.version.question.format].draft(request.POST)
    return _told_late(
        request, item, practice.save_draft(item, form.key or uuid.uuid4(), draft, at=at, sent=form.sent).answer
    )


def _told_late(request: HttpRequest, item: AttemptItem, answer: Answer) -> HttpResponse:
    """What came too late, beside what counts."""
    counted = item.answers.filter(state=Answer.State.SUBMITTED).first()
    context = {"item": item, "attempt": item.attempt, "late": answer, "words": in_words(answer)}
    context |= {"counted": counted, "counted_words": in_words(counted) if counted else []}
    return render(request, "quizzes/late.html", context, status=409)


def _show(
    request: HttpRequest,
    item: AttemptItem,
    at: datetime,
    *,
    typed: Payload | None = None,
    errors: dict[str, str] | None = None,
    conflict: Answer | None = None,
    sent: Payload | None = None,
    given: practice.Given | None = None,
    may_go: bool = False,
) -> HttpResponse:
    """The question's page in its present state; 422 with what is wrong, 409 when something else was stored before."""
    form = FORMAT[item.version.question.format]
    context = question_page(item, at, typed, given) | {"errors": errors or {}, "conflict": conflict, "may_go": may_go}
    context["conflict_words"] = in_words(conflict) if conflict else []
    context["sent_words"] = form.words(sent, item.version) if sent else []
    context["focus"] = request.GET.get("focus", "")[:20]
    context["changed"] = _changed(request) if context["focus"] else ""
    if context.get("reports") or context.get("regrades"):
        look(request.session, item)
    return render(request, "quizzes/question.html", context, status=422 if errors else 409 if conflict else 200)


def _changed(request: HttpRequest) -> str:
    """What a button did to the form on the way here, once also where it was pressed twice."""
    told = [str(one) for one in messages.get_messages(request) if one.extra_tags == IN_THE_FORM]
    return " ".join(dict.fromkeys(told))


def _offered_again(request: HttpRequest, item: AttemptItem, at: datetime) -> Payload | None:
    """What was sent after the session had ended, as a draft; None where nothing was."""
    data = kept_form(request)
    if data is None:
        return None
    draft = FORMAT[item.version.question.format].draft(data)
    _tell_of_other(request, practice.save_draft(item, uuid.uuid4(), draft, at=at, sent=Form.of(data).sent))
    messages.info(request, "You had been signed out. What you typed is here again and saved; it is not sent yet.")
    return draft


def _tell_of_other(request: HttpRequest, kept: practice.Kept) -> None:
    if kept.other:
        messages.warning(request, _other(kept.other, zone_of(request), newest=False))


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, attempt: uuid.UUID, position: int) -> JsonResponse:
    """Autosave: a POST keeps the draft, a GET says whether another page has changed it; both answer in words."""
    if not request.user.is_authenticated:
        return JsonResponse({"say": "You are signed out. Your answer is still here."}, status=401)
    at = timezone.now()
    item = own_item(person_of(request), attempt, position, at)
    request.POST = clean(request.POST)  # type: ignore[assignment]
    form = Form.of(request.POST if request.method == "POST" else request.GET)
    left = {"left": seconds_left(item.attempt, at)}
    if request.method == "GET":
        return JsonResponse(_news(item, form, zone_of(request)) | left)
    if form.key is None or (exams.elsewhere(item) and not exams.is_closed(item, at)):
        return JsonResponse({"say": "Not saved: this question is not open."}, status=409)
    try:
        kept = practice.save_draft(item, form.key, _typed(request, item), at=at, sent=form.sent)
    except practice.KeyReused:
        return JsonResponse({"say": "Not saved: the form had expired. Reload the page."}, status=409)
    return JsonResponse(_receipt(kept, zone_of(request)) | left, status=409 if kept.is_late else 200)


def _typed(request: HttpRequest, item: AttemptItem) -> Payload:
    return FORMAT[item.version.question.format].draft(request.POST)


def _receipt(kept: practice.Kept, zone: tzinfo) -> dict[str, object]:
    """What became of a draft, in words."""
    time = clock(kept.answer.created_at, zone)
    if kept.is_late:
        say = f"Too late: kept at {time}, but it does not count. The question is closed."
    else:
        say = f"Saved at {time}"
    other = _other(kept.other, zone, newest=False) if kept.other else ""
    return {"say": say, "seen": kept.answer.sequence, "late": kept.is_late, "other": other}


def _news(item: AttemptItem, form: Form, zone: tzinfo) -> dict[str, object]:
    """Whether another page stored something that this one has not seen."""
    answers = list(item.answers.all())
    other = practice.other_page(answers, form.sent)
    other = other if other is not None and other == answers[-1] else None
    return {"say": "", "seen": answers[-1].sequence if answers else 0, "other": _other(other, zone) if other else ""}


def _other(answer: Answer, zone: tzinfo, newest: bool = True) -> str:
    """What another page stored, and which of the two counts."""
    time = clock(answer.created_at, zone)
    if answer.state == Answer.State.SUBMITTED:
        return f"This question was answered on another page at {time}. That answer counts; reload to see it."
    words = "; ".join(in_words(answer)) or "an empty answer"
    counts = "That one counts; reload to see it." if newest else "What this page has sent is newer and counts."
    return f"Another page stored something else at {time}: {words}. {counts}"
