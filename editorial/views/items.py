"""Questions judged by their answers."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from codes.models import Code
from codes.sheets import csv_file
from editorial.access import draft, educator_required, seen_question
from quizzes import exporting
from quizzes import items as analysis
from quizzes.formats import FORMATS
from quizzes.items import FLAGS, Figures, Kept
from quizzes.models import Report

A_PAGE = 50
LAST = float("inf")
#: How the questions can be sorted: in words, and by what.
SORTS: dict[str, tuple[str, Callable[[Figures], Any]]] = {
    "flags": ("What wants a look first", lambda one: (-len(one.flags), -one.answers)),
    "clean": ("Fewest clean first", lambda one: (one.first.percent is None, one.first.value)),
    "discrimination": ("Lowest discrimination first", lambda one: _or_last(one.discrimination)),
    "answers": ("Most answers first", lambda one: -one.answers),
    "time": ("Longest time first", lambda one: -(one.seconds or 0)),
    "reports": ("Most reports first", lambda one: -one.reports),
    "page": ("By page", lambda one: ()),
}
VIEWS = (("questions", "By question"), ("rules", "By rule"), ("codes", "By code"))


def _or_last(value: float | None) -> float:
    return LAST if value is None else value


@require_safe
@educator_required
def items(request: HttpRequest) -> HttpResponse:
    """Every question that was answered, every rule that was at stake, or every code."""
    return _listed(request, None)


@require_safe
@educator_required
def page_items(request: HttpRequest, number: str) -> HttpResponse:
    """The same of one page."""
    return _listed(request, draft(number))


def _listed(request: HttpRequest, code: Code | None) -> HttpResponse:
    view = request.GET.get("by", "")
    view = view if view in dict(VIEWS) and not (code and view == "codes") else "questions"
    rows: Sequence[Any] = _questions(request, code) if view == "questions" else _kept(view, code)
    if "csv" in request.GET:
        return _file(view, rows)
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "code": code,
        "view": view,
        "views": [one for one in VIEWS if not (code and one[0] == "codes")],
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "more": f"?{asked.urlencode()}",
        "asked": asked,
        "flags": FLAGS,
        "formats": FORMATS,
        "out": exporting.FORMATS,
        "sorts": [(name, words) for name, (words, _) in SORTS.items() if not (code and name == "page")],
        "codes": [] if code or view != "questions" else sorted({one.code for one in analysis.every_item()}),
    }
    return render(request, "editorial/items.html", context)


def _questions(request: HttpRequest, code: Code | None) -> list[Figures]:
    """The questions that are asked for, sorted."""
    asked, number = request.GET, code.number if code else request.GET.get("code", "")
    flag, form = asked.get("flag", ""), asked.get("format", "")
    found = [
        one
        for one in analysis.every_item()
        if number in ("", one.code)
        and form in ("", one.format)
        and (not flag or any(each.name == flag for each in one.flags) or (flag == "any" and one.flags))
    ]
    _, key = SORTS.get(asked.get("sort", ""), SORTS["flags"])
    return sorted(found, key=key)


def _kept(view: str, code: Code | None) -> list[Kept]:
    return analysis.by_rule(code.number if code else "") if view == "rules" else analysis.by_code()


HEAD = (
    "Code", "Question", "Format", "Answers", "First answers", "Clean at first", "Clean %", "From %", "To %",
    "Discrimination", "People compared", "Provisional", "Median seconds", "Timed answers", "With a hint",
    "I do not know", "Reports", "Reports waiting", "Disagreements", "Wants a look",
)  # fmt: skip


def _file(view: str, rows: Sequence[Any]) -> HttpResponse:
    """What is listed, all of it, as a CSV file."""
    if view == "questions":
        data = csv_file(HEAD, map(_line, rows))
    else:
        data = csv_file(["Code", "Rule", "At stake", "Kept", "Kept %"], map(_kept_line, rows))
    response = HttpResponse(data, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{view}.csv"'
    return response


def _line(one: Figures) -> list[Any]:
    low, high = one.first.between if one.first.is_enough else (None, None)
    r = one.discrimination
    return [
        one.code, one.title, one.format_title, one.answers, one.first.tried, one.first.kept, one.first.percent,
        low, high, None if r is None else round(r, 2), one.compared,
        "yes" if r is not None and one.is_provisional else "",
        one.seconds, one.timed, one.hinted, one.gave_up, one.reports, one.waiting, one.disagreements,
        "; ".join(flag.name for flag in one.flags),
    ]  # fmt: skip


def _kept_line(one: Kept) -> list[Any]:
    return [one.code, one.name, one.share.tried, one.share.kept, one.share.percent]


@require_safe
@educator_required
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """One question: its figures, what is answered, what is broken, and what was reported."""
    question = seen_question(pk)
    read = analysis.read_item(question)
    figures = next((one for one in analysis.every_item() if one.question == question.pk), None)
    reports = Report.objects.filter(answer__item__version__question=question)
    context = {
        "question": question,
        "code": question.scenario.code,
        "figures": figures,
        "read": read,
        "reports": reports.select_related("person").prefetch_related("replies").order_by("-pk")[:20],
        "versions": question.versions.count(),
        "least": analysis.LEAST,
        "most": analysis.READ,
    }
    return render(request, "editorial/item.html", context)
