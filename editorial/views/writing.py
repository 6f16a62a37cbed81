"""Writing a page: begun, seen at a glance, and part by part."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import person_of
from accounts.kept import sign_in_keeps_the_form
from accounts.models import User
from codes.markdown import render as rendered
from codes.models import SECTION_ORDER, SECTIONS, Code
from codes.pages import PageError, read_page, read_part
from editorial import autosaving, presence, writing
from editorial.access import draft, educator_required, part_of
from editorial.autosaving import Restored
from editorial.checking import problems_of
from editorial.conflicts import Clash, clash
from editorial.drafting import Stale, digest, save_part, wrong_reason
from editorial.models import FormDraft
from editorial.part_forms import TABLES, NewPageForm, PartForm, RowsForm, moved, part_form
from editorial.places import name_of, unsaved_url
from editorial.standards import standard
from editorial.states import standing
from editorial.views.autosave import keep_what_was_sent
from quizzes.sending import clean

FORM = ["GET", "HEAD", "POST"]
OTHER_SECTION = re.compile(r"other-[1-9][0-9]{0,2}")
OVER = "Saved knowingly over a newer version, which was shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody is writing: a part of a page, and what is stored of it (None: nothing yet)."""

    code: Code
    part: str
    stored: Any
    person: User
    at: datetime

    @property
    def name(self) -> str:
        """What the part is called; a section by its own heading."""
        return self.stored["heading"] if self.stored and "heading" in self.stored else name_of(self.part)

    @property
    def anchor(self) -> str:
        """Where the part stands on the page that shows all of them."""
        return self.part.replace("/", "-")


# A page ---------------------------------------------------------------------------------------


@require_http_methods(FORM)
@educator_required
def write_new(request: HttpRequest) -> HttpResponse:
    """A new page: code set, number and title."""
    form = NewPageForm(clean(request.POST) if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            code = writing.begin(form.cleaned_data, by=person_of(request), at=timezone.now())
        except PageError as error:
            form.blame(error)
        else:
            messages.success(request, f"The page of {code.number} is begun. Nobody sees it before it is published.")
            return redirect("write_page", code.number)
    return render(request, "editorial/write_new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@educator_required
def write_page(request: HttpRequest, number: str) -> HttpResponse:
    """The whole page at a glance, with the way to each of its parts."""
    code, person, at = draft(number), person_of(request), timezone.now()
    page = read_page(code)
    have = {section["slug"] for section in page["sections"]}
    context = {
        "code": code,
        "draft": page,
        "sections": page["sections"],
        "missing": [(slug, heading) for slug, heading in SECTIONS if slug not in have],
        "next_other": next(f"other-{n}" for n in range(1, 1000) if f"other-{n}" not in have),
        "standing": standing(code),
        "others": presence.others(code, person, at),
        "texts": [(one, name_of(one.part), unsaved_url(code, one.part)) for one in _unsaved(code, person)],
        "accepted": sum(rule["state"] == "accepted" for rule in page["rules"]),
        "waiting": sum(rule["state"] != "accepted" for rule in page["rules"]),
    }
    presence.note(code, person, "page", at)
    return render(request, "editorial/write_page.html", context)


def _unsaved(code: Code, person: User) -> list[FormDraft]:
    return list(FormDraft.objects.filter(code=code, person=person).defer("fields"))


@require_POST
@educator_required
def section_move(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """One place up or down."""
    code = draft(number)
    part_of(code, f"sections/{slug}")
    up = request.POST.get("to") == "up"
    writing.move_section(code, slug, up=up, by=person_of(request), at=timezone.now())
    return redirect(f"{reverse('write_page', args=[code.number])}#sections-{slug}")


@require_http_methods(FORM)
@educator_required
def section_remove(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """Take a section away, after a question; not one that was changed since the question was asked."""
    code = draft(number)
    part = f"sections/{slug}"
    section: Any = part_of(code, part)
    stale = None
    why = clean(request.POST).get("why", "").strip()
    wrong = wrong_reason(why)
    if request.method == "POST" and not wrong:
        try:
            seen = request.POST.get("seen", "")
            save_part(code, part, None, seen=seen, by=person_of(request), at=timezone.now(), why=why)
        except Stale as raised:
            stale = raised
        else:
            messages.success(request, f"“{section['heading']}” is removed from the draft.")
            return redirect("write_page", code.number)
    context = {"code": code, "section": section, "seen": digest(section), "stale": stale, "why": why, "wrong": wrong}
    context["rules"] = list(code.rules.filter(section=slug))
    return render(request, "editorial/write_remove.html", context, status=409 if stale else 422 if wrong else 200)


# A part ---------------------------------------------------------------------------------------


@require_http_methods(FORM)
@sign_in_keeps_the_form
@educator_required
def write_part(request: HttpRequest, number: str, part: str) -> HttpResponse:
    """The form of one part. A POST saves it, or shows it otherwise (``action``): with a preview, with a row more."""
    here = _place(request, number, part)
    if request.method == "POST":
        return _posted(request, here, clean(request.POST))
    keep_what_was_sent(request, here.code, part)
    held = autosaving.kept(here.person, here.code, part)
    typed = autosaving.typed(held) if held else None
    form = part_form(part, here.stored, typed=typed)
    presence.note(here.code, here.person, part, here.at)
    return _show(request, here, autosaving.restored(form, digest(here.stored), held))


def _place(request: HttpRequest, number: str, part: str) -> Place:
    """The part asked for, or 404: rules and examples have pages of their own, and a section may be new."""
    code = draft(number)
    name, _, slug = part.partition("/")
    stored = read_part(code, part) if part.isprintable() and name not in ("rules", "examples") else None
    may_be_new = name == "sections" and (slug in SECTION_ORDER or OTHER_SECTION.fullmatch(slug))
    if stored is None and not may_be_new:
        raise Http404
    return Place(code=code, part=part, stored=stored, person=person_of(request), at=timezone.now())


def _posted(request: HttpRequest, here: Place, sent: QueryDict) -> HttpResponse:
    """Do what the button says; any that is not known saves."""
    action, name = sent.get("action", ""), here.part.partition("/")[0]
    if action == "preview":
        form = autosaving.fill(part_form(here.part, here.stored, typed=sent), sent)
        judged = part_form(here.part, here.stored, data=sent)
        typed = judged.value if judged.is_valid() or name == "sections" else None
        return _show(request, here, Restored(form=form, draft=None, seen=sent.get("seen", "")), typed=typed)
    if name in TABLES and (action == "add-row" or action.partition("-")[0] in ("remove", "up", "down")):
        data, focus = moved(sent, TABLES[name], action)
        autosaving.keep(here.person, here.code, here.part, data, at=here.at)
        return redirect(f"{request.path}?focus={focus}#id_{focus}")
    return _saved(request, here, sent, over=action == "overwrite")


def _saved(request: HttpRequest, here: Place, sent: QueryDict, *, over: bool) -> HttpResponse:
    """Store, and back to the page; or the form again with what stands in the way."""
    form = part_form(here.part, here.stored, data=sent)
    seen = sent.get("stored" if over else "seen", "")
    if form.is_valid():
        why = form.cleaned_data["why"] or (OVER if over else "")
        try:
            done = writing.store(here.code, here.part, form.value, seen=seen, by=here.person, at=here.at, why=why)
        except PageError as error:
            form.blame(error)
        except Stale as stale:
            return _clashed(request, here, sent, form, stale)
        else:
            messages.success(request, f"“{here.name}” is saved." if done else f"“{here.name}” was so already.")
            return redirect(f"{reverse('write_page', args=[here.code.number])}#{here.anchor}")
    return _show(request, here, Restored(form=form, draft=None, seen=sent.get("seen", "")))


def _clashed(request: HttpRequest, here: Place, sent: QueryDict, form: PartForm, stale: Stale) -> HttpResponse:
    """What is typed is kept, and shown beside what somebody else has stored meanwhile."""
    seen = sent.get("seen", "")
    autosaving.keep(here.person, here.code, here.part, sent, at=here.at)
    found = clash(here.code, here.part, seen, form.value, stale)
    return _show(request, here, Restored(form=form, draft=None, seen=seen), conflict=found)


def _show(
    request: HttpRequest, here: Place, shown: Restored[PartForm], *, conflict: Clash | None = None, typed: Any = None
) -> HttpResponse:
    """The form's page; 422 with what is wrong, 409 when somebody else has stored the part meanwhile."""
    _focus(shown.form, request.GET.get("focus", ""))
    status = 409 if conflict else 422 if shown.form.errors else 200
    context = _shown(here, shown, typed) | {"conflict": conflict}
    return render(request, "editorial/write_part.html", context, status=status)


def _shown(here: Place, shown: Restored[PartForm], typed: Any) -> dict[str, Any]:
    """What the page of a form shows besides its fields; ``typed`` is what the check looks at instead of the draft."""
    form, (name, _, slug) = shown.form, here.part.partition("/")
    context = {
        "code": here.code,
        "part": here.part,
        "here": here,
        "form": form,
        "table": TABLES.get(name),
        "rows": form.shown() if isinstance(form, RowsForm) else (),
        "seen": shown.seen,
        "kept": shown.draft,
        "outdated": shown.draft is not None and shown.seen != digest(here.stored),
        "others": presence.others(here.code, here.person, here.at),
        "typed": typed is not None,
        "problems": problems_of(here.code, here.part, typed),
    }
    if name == "sections":
        context |= {"standard": standard(slug), "preview": rendered(form["body"].value() or "")}
    return context


def _focus(form: forms.Form, name: str) -> None:
    """The field to go to, where there is such a one."""
    if name in form.fields:
        form.fields[name].widget.attrs["autofocus"] = True
