"""Public files: what is loaded, loading more in the background, and removing what is not needed any more."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from datasets.loading import remove
from datasets.unpacking import shown
from editorial import data_loads, uploads
from editorial.access import educator_required, seen_release
from editorial.data_forms import DataForm, SayForm
from editorial.data_loads import Kept, Looked
from editorial.tasks import load_data


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
    return _plan(request, [data_loads.look(one) for one in kept])


def _page(request: HttpRequest, form: DataForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "loaded": data_loads.loaded(), "under_way": data_loads.under_way()}
    return render(request, "editorial/data.html", context, status=status)


def _plan(request: HttpRequest, looked: Sequence[Looked], *, is_answer: bool = False) -> HttpResponse:
    """What the files are, with a form for each that does not say it all."""
    asked = {one.kept.file: _asked(request, one, is_answer=is_answer) for one in looked if one.untold}
    taken = [one for one in looked if one.untold or one.is_new]
    files = [[one.kept.file, one.kept.name] for one in taken]
    note = uploads.signed({"files": files}, person_of(request), data_loads.SALT)
    context = {
        "looked": [(one, asked.get(one.kept.file)) for one in looked], "taken": taken, "asked": asked, "shown": note,
        "wrong": [form for form in asked.values() if form.errors], "refused": [one for one in looked if one.why],
    }  # fmt: skip
    status = 422 if context["wrong"] or not (taken or any(one.rows for one in looked)) else 200
    return render(request, "editorial/data_plan.html", context, status=status)


def _asked(request: HttpRequest, looked: Looked, *, is_answer: bool) -> SayForm:
    assert looked.untold is not None
    return SayForm(looked.untold, request.POST if is_answer else None, prefix=looked.kept.file[:12])


def _confirmed(request: HttpRequest) -> HttpResponse:
    """The files that were shown, with what was said of them: loaded by a worker."""
    by = person_of(request)
    try:
        shown_files = uploads.read_signed(request.POST["shown"], by, data_loads.SALT)["files"]
    except BadSignature:
        messages.error(request, "This was shown too long ago, or not to you. Choose the files again.")
        return redirect("data")
    looked = [data_loads.look(_said(request, file, name)) for file, name in shown_files]
    if not looked or any(one.untold or one.why for one in looked):
        return _plan(request, looked, is_answer=True)
    key = data_loads.begin([one.kept for one in looked], by=by)
    load_data.enqueue(key)
    return redirect("data_load", key)


def _said(request: HttpRequest, file: str, name: str) -> Kept:
    quarter, setting = (request.POST.get(f"{file[:12]}-{field}", "")[:20] for field in ("quarter", "setting"))
    return Kept(file=file, name=name, quarter=quarter, setting=setting)


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
