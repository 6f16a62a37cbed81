"""Who may write what. Views get pages and their parts from here and nowhere else."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from codes.access import educator_required
from codes.models import Code
from codes.pages import read_part
from datasets.kinds import KIND
from datasets.models import Release
from quizzes.models import Question, Regrade, Report

__all__ = ["draft", "educator_required", "part_of", "seen_question", "seen_regrade", "seen_release", "seen_report"]


def draft(number: str) -> Code:
    """The page of a code as it is being written, published or not, or 404."""
    if not number.isprintable():  # PostgreSQL takes no NUL in what is looked for
        raise Http404
    return get_object_or_404(Code, number=number.upper())


def seen_report(pk: int) -> Report:
    """A report with the answer and question it is about, or 404."""
    found: Report = get_object_or_404(Report.objects.with_answers(), pk=pk)
    return found


def seen_regrade(pk: int) -> Regrade:
    """A regrade, or 404."""
    found: Regrade = get_object_or_404(Regrade.objects.select_related("code", "by"), pk=pk)
    return found


def seen_question(pk: int) -> Question:
    """A question, that is a scenario in a format, or 404."""
    found: Question = get_object_or_404(Question.objects.select_related("scenario__code"), pk=pk)
    return found


def seen_release(pk: int) -> Release:
    """A release of a public file, or 404."""
    found: Release = get_object_or_404(Release, pk=pk, kind__in=KIND)
    return found


def part_of(code: Code, part: str) -> object:
    """A part of the page as it is stored (``codes.pages.read_part``), or 404 where there is none."""
    stored = read_part(code, part)
    if stored is None:
        raise Http404
    return stored
