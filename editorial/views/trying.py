"""Trying a draft: its page, its questions as a trainee sees them, and the engine run on it. Nothing is stored."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from codes import reference
from codes.finding import day_asked
from codes.library import library
from codes.narrative import plain, sentences
from editorial import drafts_tried as tried
from editorial import engine_run as engine
from editorial.access import draft, educator_required
from quizzes.feedback import lit, takeaway
from quizzes.formats import BadAnswer
from quizzes.formats.base import I_DO_NOT_KNOW, Payload
from quizzes.models import Scenario
from quizzes.pages import caption
from rulebook.case_format import CaseError

LOOKS = {"phone": "Phone", "dark": "Dark", "print": "Print"}
A_PAGE = 25
View = Callable[..., HttpResponse]


def with_draft(view: View) -> View:
    """Hand the view a draft that can be tried; where a rule says nothing yet, tell which."""

    @wraps(view)
    def wrapped(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        code = draft(number)
        try:
            made = tried.draft_of(code)
        except tried.Unreadable as unreadable:
            context = {"code": code, "rules": unreadable.rules}
            return render(request, "editorial/try_unreadable.html", context, status=409)
        return view(request, made, *args, **kwargs)

    return wrapped


@require_safe
@educator_required
@with_draft
def try_draft(request: HttpRequest, made: tried.Draft) -> HttpResponse:
    """What there is to try: the page, and each example with its questions."""
    page = Paginator(made.examples(), A_PAGE).get_page(request.GET.get("page"))
    waiting = made.code.rules.filter(state="proposed").count()
    mute = len(made.document["examples"]) - page.paginator.count
    context = {"code": made.code, "page": page, "waiting": waiting, "mute": mute}
    return render(request, "editorial/try_draft.html", context)


@require_safe
@educator_required
@with_draft
def try_page(request: HttpRequest, made: tried.Draft) -> HttpResponse:
    """The page as readers would see it, on any date of service."""
    day, bad_day = day_asked(request.GET)
    page, row = made.document, made.row()
    context = {
        "code": made.code, "page": page, "sections": reference.sections(page, day), "day": day, "bad_day": bad_day,
        "examples": [(one["title"], plain(one["narrative"]).splitlines()) for one in page["examples"]],
        "timeline": reference.timeline(page), "published": reference.published_neighbours(page),
        "status": reference.status(row, day), "valid": row.covers(day), "units": reference.first_of(page, "units"),
        "banner": reference.banner(row, day, timezone.localdate()) if "dos" in request.GET and not bad_day else None,
    }  # fmt: skip
    return render(request, "editorial/try_page.html", context | _look(request))


@require_safe
@educator_required
@with_draft
def try_questions(request: HttpRequest, made: tried.Draft, slug: str) -> HttpResponse:
    """The questions that an example and variants of it give, and why some would not be asked."""
    example, seed = _example(made, slug), _whole(request.GET, "seed", 1)
    try:
        notes, wrong = tried.notes(made.source(example), seed), ""
    except CaseError as error:
        notes, wrong = [], str(error)
    context = {"code": made.code, "example": example, "seed": seed, "notes": notes, "wrong": wrong}
    return render(request, "editorial/try_questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
@with_draft
def try_question(request: HttpRequest, made: tried.Draft, slug: str) -> HttpResponse:
    """One question as its trainee would see it; an answer gives its feedback and is forgotten."""
    one = _question(request, made, slug)
    if request.method == "POST":
        return _answered(request, one, slug)
    payload = _ready(one, request.GET.get("as", ""))
    return _show(request, one, slug, payload=payload, feedback=payload is not None)


def _question(request: HttpRequest, made: tried.Draft, slug: str) -> tried.Tried:
    """The question asked for, or 404; on its own date where nothing can be asked on the one that is wanted."""
    place, seed = _whole(request.GET, "note", 0), _whole(request.GET, "seed", 1)
    asked = (made, _example(made, slug), place, request.GET.get("format", ""), seed)
    day = _day_wanted(request)
    one = (isinstance(day, date) and tried.question(*asked, day)) or tried.question(*asked)
    if one is None:
        raise Http404
    return one


def _day_wanted(request: HttpRequest) -> date | str | None:
    """The date of service that the preview is to have, the text that is none, or None: its own."""
    day, bad_day = day_asked(request.GET)
    return (bad_day or day) if request.GET.get("dos") else None


def _answered(request: HttpRequest, one: tried.Tried, slug: str) -> HttpResponse:
    """Judge what was filled in; a button other than Check only changes the form."""
    form, action = one.candidate.format, request.POST.get("action", "check")
    if action == "unknown":
        return _show(request, one, slug, payload=I_DO_NOT_KNOW, feedback=True)
    if action not in ("check", "nothing"):
        return _show(request, one, slug, payload=form.draft(request.POST))
    try:
        payload = form.read(request.POST, one.version)
    except BadAnswer as bad:
        return _show(request, one, slug, payload=form.draft(request.POST), errors=bad.errors)
    return _show(request, one, slug, payload=payload, feedback=True)


def _ready(one: tried.Tried, name: str) -> Payload | None:
    """The right answer, or one of the wrong ones by its number; None for neither."""
    if name == "right":
        return one.right()
    wrong, number = one.wrong(), name.removeprefix("wrong-")
    if number == name or not (number.isdecimal() and len(number) < 3 and int(number) < len(wrong)):
        return None
    return wrong[int(number)][0]


def _show(
    request: HttpRequest,
    one: tried.Tried,
    slug: str,
    *,
    payload: Payload | None = None,
    feedback: bool = False,
    errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The question with what was filled in, or with the feedback on it."""
    form, prompt = one.candidate.format, one.candidate.prompt
    told = one.feedback(payload) if feedback and payload is not None else None
    facts = told.lit if told else frozenset()
    day = date.fromisoformat(prompt["encounter"]["date_of_service"])
    context = {
        **form.context(None if payload == I_DO_NOT_KNOW else payload, one.version),
        "code": one.draft.code, "slug": slug, "candidate": one.candidate, "format": form, "prompt": prompt,
        "day": day, "errors": errors or {},
        "focus": form.focus(request.POST, payload) if payload and not told else "", "changed": form.said(request.POST),
        "not_on": request.GET.get("dos", "")[:60] if _day_wanted(request) not in (None, day) else "",
        "asked": [(name, request.GET[name][:60]) for name in request.GET if name != "dos"],
        "told": [(sentence.number, lit(sentence, facts)) for sentence in sentences(prompt["narrative"])],
        "right": one.words(one.right()), "wrong": [(one.words(wrong), rule) for wrong, rule in one.wrong()],
        "feedback": told, "verdicts": form.verdicts, "compares": form.compares, "caption": caption(form),
        "takeaway": takeaway(told, one.version, one.draft.library) if told else "",
        "gave_up": payload == I_DO_NOT_KNOW, "seed": _whole(request.GET, "seed", 1), "question_at": _at(request, "as"),
    }  # fmt: skip
    return render(request, "editorial/try_question.html", context | _look(request), status=422 if errors else 200)


def _look(request: HttpRequest) -> dict[str, Any]:
    """How the preview is to look: as on a phone, in the dark theme, or as printed; and the links to the others."""
    look = request.GET.get("look", "")
    links = [(words, f"{_at(request, 'look')}look={name}", name == look) for name, words in LOOKS.items()]
    context = {"look": look if look in LOOKS else "", "looks": [("Screen", _at(request, "look"), not look), *links]}
    return context | ({"theme": "dark"} if look == "dark" else {})


def _at(request: HttpRequest, without: str) -> str:
    """The query of this page without one of its parts, ready for more."""
    rest = {name: request.GET.get(name, "")[:60] for name in request.GET if name != without}
    return f"?{urlencode(rest)}&" if rest else "?"


def _example(made: tried.Draft, slug: str) -> Mapping[str, Any]:
    """An example of the draft that has facts, or 404."""
    found = next((example for example in made.examples() if example["slug"] == slug), None)
    if found is None:
        raise Http404
    return found


def _whole(query: QueryDict, name: str, otherwise: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise


# Run the engine -----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
@with_draft
def run_draft(request: HttpRequest, made: tried.Draft) -> HttpResponse:
    """Every example, expected against computed; pasted cases; and what the draft changes on published scenarios."""
    published, typed = library(), request.POST.get("cases", "")
    cases, wrong = [], ""
    if request.method == "POST":
        try:
            cases = engine.run_cases(typed, made, published)
        except engine.BadCases as bad:
            wrong = str(bad)
    examples = engine.run_examples(made, published)
    context = {
        "code": made.code, "typed": typed[: engine.MOST_CHARACTERS], "wrong": wrong, "cases": cases,
        "examples": Paginator(examples, A_PAGE).get_page(request.GET.get("examples")),
        "differing": sum(one.differs for one in examples), **_changes(request, made),
    }  # fmt: skip
    return render(request, "editorial/run_draft.html", context, status=422 if wrong else 200)


def _changes(request: HttpRequest, made: tried.Draft) -> dict[str, Any]:
    """The published scenarios that come to something else with the draft, a bounded number looked at in one go."""
    scenarios = Scenario.objects.filter(active=True).select_related("code")
    begin, total = _whole(request.GET, "from", 0), scenarios.count()
    found = engine.changes(scenarios[begin : begin + engine.MOST_SCENARIOS], made, library())
    end = min(begin + engine.MOST_SCENARIOS, total)
    return {
        "changes": Paginator(found, A_PAGE).get_page(request.GET.get("changes")),
        "begin": begin, "end": end, "total": total, "more": end if end < total else 0,
    }  # fmt: skip
