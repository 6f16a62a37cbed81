"""Public files: what is loaded, loading more in the background, and removing what is not needed any more."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from datasets.loading import remove
from datasets.unpacking import shown
from editorial import data_loads, uploads
from editorial.access import educator_required, seen_release
from editorial.data_forms import CorrectForm, DataForm, SayForm
from editorial.data_loads import Kept, Looked
from editorial.tasks import load_data

#: Of each file, by its key, the form for what it does not say or says wrong.
Forms = Mapping[str, SayForm | CorrectForm]


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def data(request: HttpRequest) -> HttpResponse:
    """What is loaded; files that are sent are looked at, and loaded when that was confirmed."""
    if request.method != "POST":
        return _page(request, DataForm())
    if "shown" in request.POST:
        return _confirmed(request)
    form = DataForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    kept = [Kept(file=uploads.put_aside(one.chunks()), name=shown(one.name)) for one in form.cleaned_data["file"]]
    looked = data_loads.look(kept)
    return _plan(request, looked, _forms(looked))


def _page(request: HttpRequest, form: DataForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "loaded": data_loads.loaded(), "under_way": data_loads.under_way()}
    return render(request, "editorial/data.html", context, status=status)


def _plan(request: HttpRequest, looked: Sequence[Looked], asked: Forms, *, is_changed: bool = False) -> HttpResponse:
    """What the files are, with a form for each that does not say it all, or says it wrong."""
    taken = [one for one in looked if one.untold or one.is_new]
    note = uploads.signed({"files": [_note(one) for one in taken]}, person_of(request), data_loads.SALT)
    context = {
        "looked": [(one, asked.get(one.kept.key)) for one in looked], "taken": taken, "asked": asked, "shown": note,
        "wrong": [form for form in asked.values() if form.errors], "refused": [one for one in looked if one.why],
        "is_changed": is_changed,
    }  # fmt: skip
    status = 422 if context["wrong"] or not (taken or any(one.rows for one in looked)) else 200
    return render(request, "editorial/data_plan.html", context, status=status)


def _note(one: Looked) -> list[Any]:
    """What was shown of a file: what somebody says of it, and what it would take the place of."""
    return [one.kept.file, one.kept.name, one.kept.quarter, one.kept.setting, one.replaced]


def _forms(looked: Sequence[Looked], answer: QueryDict | None = None) -> Forms:
    return {one.kept.key: _form(one, answer) for one in looked if one.untold or one.rows}


def _form(looked: Looked, answer: QueryDict | None) -> SayForm | CorrectForm:
    said = {"quarter": looked.kept.quarter, "setting": looked.kept.setting}
    common: dict[str, Any] = {"data": answer, "initial": said, "prefix": looked.kept.key}
    return SayForm(looked.untold, **common) if looked.untold else CorrectForm(**common)


def _confirmed(request: HttpRequest) -> HttpResponse:
    """The files that were shown, with what was said of them: loaded by a worker.

    What would take the place of something else than was shown is shown again first.
    """
    by = person_of(request)
    try:
        shown_files = uploads.read_signed(request.POST["shown"], by, data_loads.SALT)["files"]
    except BadSignature:
        messages.error(request, "This was shown too long ago, or not to you. Choose the files again.")
        return redirect("data")
    looked = data_loads.look([_said(request, *shown_file[:4]) for shown_file in shown_files])
    asked = _forms(looked, request.POST)
    is_said = all(form.is_valid() for form in asked.values())
    if not looked or not is_said or any(one.untold or one.why for one in looked):
        return _plan(request, looked, asked)
    if any(set(one.replaced) - set(replaced) for one, (*_, replaced) in zip(looked, shown_files, strict=True)):
        return _plan(request, looked, _forms(looked), is_changed=True)
    key = data_loads.begin([one.kept for one in looked], by=by)
    load_data.enqueue(key)
    return redirect("data_load", key)


def _said(request: HttpRequest, file: str, name: str, quarter: str, setting: str) -> Kept:
    """A file with what is said of it now, or was when it was shown."""
    key = Kept(file=file, name=name).key
    quarter = request.POST.get(f"{key}-quarter", quarter)[:20]
    return Kept(file=file, name=name, quarter=quarter, setting=request.POST.get(f"{key}-setting", setting)[:20])


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def data_load(request: HttpRequest, key: str) -> HttpResponse:
    """How far a load has come; one that ended before its time can be done again."""
    try:
        told = data_loads.news(key)
    except FileNotFoundError as error:
        raise Http404 from error
    if not told:
        raise Http404
    if request.method == "POST":
        if data_loads.again(key):
            load_data.enqueue(key)
        return redirect("data_load", key)
    return render(request, "editorial/data_load.html", {"told": told, "key": key})


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def data_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a release away, after what rests on it was shown."""
    release = seen_release(pk)
    if request.method != "POST":
        context = {"release": release, "resting": data_loads.resting(release)}
        return render(request, "editorial/data_remove.html", context)
    remove(release, by=person_of(request))
    messages.success(request, f"{release.title} is removed.")
    return redirect("data")
