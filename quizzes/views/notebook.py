"""The notebook, and reports to the educators."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from accounts.back import back
from accounts.kept import kept_form, sign_in_keeps_the_form, sign_in_offers_the_form
from accounts.models import User
from quizzes import notebook as book
from quizzes import reports
from quizzes.access import own_answered, own_item, own_note
from quizzes.forms import ChangedNoteForm, NoteForm, ReportForm
from quizzes.models import AttemptItem
from quizzes.pages import reports_on

THANKS = (
    "Thank you. The educators have it now, beside your answer and the rules it was graded under. "
    "If a rule or the question is wrong, they mend the page and the questions follow it; "
    "your answer stays as you gave it and can be graded again."
)


@require_safe
@login_required
def notebook(request: HttpRequest) -> HttpResponse:
    """The person's notes, and a form for another one."""
    return render(request, "quizzes/notebook.html", book.notebook_page(person_of(request), request.GET.dict()))


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_keeps_the_form
def note_add(request: HttpRequest) -> HttpResponse:
    """Keep a note, on a question of the person's own or on none, and go back to where it was written."""
    person = person_of(request)
    data = request.POST if request.method == "POST" else _offered_again(request)
    item, form = _item(person, data or request.GET), NoteForm(data, initial=request.GET.dict())
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        context = {"item": item, "note_form": form, "feedback": item is not None and item.shows_feedback}
        return render(request, "quizzes/note_new.html", context, status=status)
    book.add_note(person, form.words(), timezone.now(), item)
    messages.success(request, "The note is in your notebook.")
    return back(request, "notebook")


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_offers_the_form
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a note of one's own."""
    mine = own_note(person_of(request), pk)
    form = ChangedNoteForm(request.POST or None, initial={"text": mine.text, "seen": mine.edition})
    context = {"form": form, "leaf": book.leaf(mine)}
    if request.method != "POST":
        return render(request, "quizzes/note.html", context)
    if not form.is_valid():
        return render(request, "quizzes/note.html", context, status=422)
    try:
        book.change_note(mine, form.cleaned_data["text"], timezone.now(), form.cleaned_data["seen"])
    except book.ChangedMeanwhile as changed:
        again = ChangedNoteForm({"text": form.cleaned_data["text"], "seen": changed.note.edition})
        return render(request, "quizzes/note.html", context | {"form": again, "now": changed.note}, status=409)
    messages.success(request, "The note is changed.")
    return redirect("notebook")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def note_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, then take a note of one's own out of the notebook."""
    mine = own_note(person_of(request), pk)
    if request.method != "POST":
        return render(request, "quizzes/note_remove.html", {"leaf": book.leaf(mine)})
    book.remove_note(mine)
    messages.success(request, "The note is removed.")
    return redirect("notebook")


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_keeps_the_form
def report(request: HttpRequest, attempt: uuid.UUID, position: int) -> HttpResponse:
    """Tell the educators about a question that was answered and whose result is shown."""
    person = person_of(request)
    item, grading = own_answered(person, attempt, position)
    data = request.POST if request.method == "POST" else _offered_again(request)
    form = ReportForm(data)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        context = {"item": item, "report_form": form, "reports": reports_on(grading.answer)}
        return render(request, "quizzes/report.html", context, status=status)
    reports.report(grading.answer, person, form.cleaned_data["kind"], form.cleaned_data["text"], timezone.now())
    messages.success(request, THANKS)
    # A script takes what is said there into the page that it is on.
    return redirect("report", attempt, position) if request.headers.get("HX-Request") else redirect(item)


def _offered_again(request: HttpRequest) -> QueryDict | None:
    """What was sent to this address after the session had ended, to be sent again; None where nothing was."""
    data = kept_form(request)
    if data is not None:
        messages.info(request, "You had been signed out. What you wrote is here again; it is not sent yet.")
    return data


def _item(person: User, data: QueryDict) -> AttemptItem | None:
    """The question that a note is to hang on; 404 for one that is not the person's, or is none."""
    attempt, position = data.get("attempt", ""), data.get("position", "")
    if not attempt and not position:
        return None
    try:
        return own_item(person, uuid.UUID(attempt), int(position[:4]))
    except ValueError:
        raise Http404 from None
