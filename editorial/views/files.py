"""Files in and out: pages, courses and rows, and questions for other programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from codes.models import Code
from codes.pages import PageError
from datasets.unpacking import Unsafe
from editorial import uploads
from editorial.access import draft, educator_required
from editorial.bulk_rows import rows_file
from editorial.bundles import texts_of, zipped
from editorial.differences import Difference
from editorial.file_forms import ExportForm, QuestionsForm, UploadForm
from editorial.files import Fate, NotAsShown, Plan, Planned, site_courses
from editorial.planned_changes import differences_of
from editorial.tasks import import_upload
from quizzes.exporting import FORMAT, FORMATS, questions_of
from quizzes.sending import clean

#: Imports of more pages than this are done in the background.
AT_ONCE = 40
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: So many rows of a plan are shown one by one, and so many answers that would change.
LISTED, ANSWERS_LISTED = 300, 30
#: So many pages are compared word by word.
COMPARED = 20
MOST_WHY = 200


# In -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def files(request: HttpRequest) -> HttpResponse:
    """Take files away, or show what would become of one and then do that."""
    if request.method != "POST":
        return _page(request, UploadForm())
    if "shown" in request.POST:
        return _confirmed(request)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            data = upload.read()
            plan = uploads.read(data, upload.name)
        except Unsafe as unsafe:
            form.add_error("file", str(unsafe))
        else:
            return _plan(request, plan, uploads.keep(data, plan, person_of(request)))
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: UploadForm, out: ExportForm | None = None, status: int = 200) -> HttpResponse:
    context = {"form": form, "out": out or ExportForm(), "formats": FORMATS, "pages": Code.objects.count()}
    return render(request, "editorial/files.html", context, status=status)


def _plan(
    request: HttpRequest, plan: Plan, shown: str, *, asked: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """The plan; ``asked``: what stands in the way, by the field in which it is said ("" for none)."""
    rows = [*plan.refused, *plan.stored]
    context: dict[str, Any] = {
        "plan": plan, "shown": shown, "asked": asked, "rows": [*_compared(rows[:LISTED])], "more": len(rows[LISTED:]),
        "why": _why(request),
        "unchanged": plan.unchanged[:LISTED], "more_unchanged": len(plan.unchanged[LISTED:]),
        "turned": plan.turned[:ANSWERS_LISTED], "more_turned": len(plan.turned[ANSWERS_LISTED:]),
    }  # fmt: skip
    return render(request, "editorial/files_plan.html", context, status=status)


def _confirmed(request: HttpRequest) -> HttpResponse:
    """The file that was shown, if it still is what was shown: stored at once, or in the background."""
    by, shown = person_of(request), request.POST["shown"]
    try:
        upload = uploads.shown_to(by, shown)
        plan = uploads.read(uploads.kept(upload), upload.name)
    except (BadSignature, FileNotFoundError, Unsafe):
        messages.error(request, "This was shown too long ago, or not to you. Choose the file again.")
        return redirect("files")
    if plan.digest != upload.plan:
        says = "Something was changed on the site since you saw this. Nothing was stored. Look once more."
        return _plan(request, plan, uploads.note(upload.file, plan, by), asked={"": says}, status=409)
    may_change, why = request.POST.get("answers") == "yes", _why(request)
    asked = {}
    if plan.turned and not may_change:
        asked["answers"] = "Say below that accepted claims may change."
    if plan.asks_why and not why:
        asked["why"] = "Say why pages that are here are changed: whoever asks later finds it beside each part."
    if asked and plan.may_be_carried_out:
        return _plan(request, plan, shown, asked=asked, status=422)
    if len(plan.stored) > AT_ONCE:
        uploads.tell(upload.file, {"by": by.pk, "state": "waiting", "done": 0, "of": len(plan.stored)})
        import_upload.enqueue(upload.file, upload.name, upload.plan, by.pk, may_change, why)
        return redirect("files_progress", upload.file)
    return _stored(request, upload, plan, may_change, why)


def _why(request: HttpRequest) -> str:
    """The reason that somebody gave; the name of the file has to have room beside it."""
    return " ".join(clean(request.POST).get("why", "").split())[:MOST_WHY]


def _compared(rows: Sequence[Planned]) -> Iterator[tuple[Planned, tuple[Difference, ...]]]:
    """The rows with what changes word by word, as far as somebody reads it."""
    changed = [row.name for row in rows if row.fate == Fate.CHANGED][:COMPARED]
    for row in rows:
        yield row, differences_of(row.stored, row.content) if row.name in changed and row.content else ()


def _stored(request: HttpRequest, upload: uploads.Shown, plan: Plan, may_change: bool, why: str) -> HttpResponse:
    by, at = person_of(request), timezone.now()
    try:
        number = uploads.carry_out_kept(upload, by=by, at=at, answers_may_change=may_change, why=why)
    except (NotAsShown, PageError) as error:
        return _plan(request, plan, uploads.note(upload.file, plan, by), asked={"": str(error)}, status=409)
    what = "One draft is" if number == 1 else f"{number} drafts are"
    messages.success(request, f"{what} stored from {upload.name}. Readers see them when they are published.")
    return redirect("files")


@require_safe
@educator_required
def files_progress(request: HttpRequest, digest: str) -> HttpResponse:
    """How far a long import has come."""
    try:
        told = uploads.told_of(digest)
    except FileNotFoundError as error:
        raise Http404 from error
    if not told:
        raise Http404
    return render(request, "editorial/files_progress.html", {"told": told, "digest": digest})


# Out ------------------------------------------------------------------------------------------


@require_safe
@educator_required
def files_export(request: HttpRequest) -> HttpResponse:
    """Pages and courses as an archive, or their rows as a workbook (``as=rows``)."""
    form = ExportForm(request.GET)
    if not form.is_valid():
        return _page(request, UploadForm(), form, status=422)
    codes, at = form.cleaned_data["codes"], timezone.now()
    if request.GET.get("as") == "rows":
        return _file(rows_file(codes), f"rows-{at:%Y-%m-%d}.xlsx", XLSX)
    courses = site_courses() if form.cleaned_data["courses"] else ()
    return _file(zipped(texts_of(codes, courses, at), at), f"content-{at:%Y-%m-%d}.zip", "application/zip")


@require_safe
@educator_required
def page_export(request: HttpRequest, number: str, format: str) -> HttpResponse:
    """The questions of a published page for another program."""
    code = draft(number)
    if format not in FORMAT:
        raise Http404
    seed, variants = QuestionsForm(request.GET).chosen()
    questions = list(questions_of(code, seed, variants))
    if not questions:
        messages.info(request, f"{code.number} gives no question that learners are asked, so there is no file.")
        return redirect(reverse("files"))
    made = FORMAT[format]
    return _file(made.write(questions, str(code)), f"{code.number}-questions.{made.ending}", made.type)


def _file(data: bytes, name: str, type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
