"""Writing examples: prose with its facts marked, and the encounter in fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import person_of
from accounts.kept import sign_in_keeps_the_form
from codes.models import Code
from codes.pages import PageError, read_part
from codes.publish import newest_edition
from editorial import autosaving, marking_words, presence
from editorial import example_forms as forms
from editorial.access import draft, educator_required
from editorial.checking import problems_of
from editorial.drafting import Stale, digest, save_part, wrong_reason
from editorial.drafts_tried import Unreadable, draft_of
from editorial.example_reading import Reading, reading, recogniser, stored_reading
from editorial.left_over import url_of_left
from editorial.models import FormDraft
from editorial.views.autosave import keep_what_was_sent
from quizzes.try_it import Vocabulary, facets_asked, service_rows
from rulebook import Library
from rulebook.case_format import CaseError
from rulebook.types import Encounter

A_PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """An example as somebody writes it: its name, what is stored of it, and whether readers have it."""

    code: Code
    slug: str
    stored: Mapping[str, Any] | None
    published: bool
    new: bool = False

    @property
    def part(self) -> str:
        """Its name among the parts of the page."""
        return f"examples/{self.slug}"

    @property
    def kept_as(self) -> str:
        """The part under which its form is kept as it is typed; a new one has no name before it has a title."""
        return "examples/new" if self.new else self.part


@require_safe
@educator_required
def write_examples(request: HttpRequest, number: str) -> HttpResponse:
    """The examples of a draft with the claim that each comes to, and why one cannot be asked."""
    code = draft(number)
    library, broken = _library(code)
    page = Paginator(code.example_set.all(), A_PAGE).get_page(request.GET.get("page"))
    rows = [(one, stored_reading(vars(one), library)) for one in page]
    context = {"code": code, "page": page, "rows": rows, "broken": broken}
    return render(request, "editorial/write_examples.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_keeps_the_form
@educator_required
def write_example(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """The form of an example; a POST stores it, or changes the form and stores nothing."""
    code = draft(number)
    left = url_of_left(person_of(request), code, f"examples/{slug}")
    if left and request.method != "POST":
        return redirect(left)
    hand = _in_hand(code, slug, still="title" in request.POST)
    return _posted(request, hand) if request.method == "POST" else _opened(request, hand)


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_keeps_the_form
@educator_required
def write_example_new(request: HttpRequest, number: str) -> HttpResponse:
    """The form of a new example."""
    code = draft(number)
    slug = forms.free_slug(code, request.POST.get("title", ""))
    hand = InHand(code=code, slug=slug, stored=None, published=False, new=True)
    return _posted(request, hand) if request.method == "POST" else _opened(request, hand)


def _opened(request: HttpRequest, hand: InHand) -> HttpResponse:
    """The form with what is stored, or with what this person typed and has not stored yet."""
    person = person_of(request)
    keep_what_was_sent(request, hand.code, hand.kept_as)
    kept = autosaving.kept(person, hand.code, hand.kept_as)
    presence.note(hand.code, person, hand.kept_as, timezone.now())
    if kept is not None:
        form = forms.from_form(autosaving.typed(kept), hand.stored, forms.vocabulary())
        return _show(request, hand, form, kept=kept, seen=kept.seen)
    form = forms.of_example(hand.stored) if hand.stored else forms.ExampleForm()
    return _show(request, hand, form)


def _in_hand(code: Code, slug: str, *, still: bool) -> InHand:
    """An example of a page, or 404. ``still``: somebody has it in hand, so one that was removed is no 404."""
    stored = read_part(code, f"examples/{slug}")
    if stored is None and not still:
        raise Http404
    edition = newest_edition(code)
    published = slug in forms.published_examples(edition.document if edition else None)
    return InHand(code=code, slug=slug, stored=stored, published=published)


def _posted(request: HttpRequest, hand: InHand) -> HttpResponse:
    """Do what the button says with the form as it was sent."""
    words = forms.vocabulary()
    form = forms.from_form(request.POST, hand.stored, words)
    action = request.POST.get("action", "store")
    if action == "remove":
        return _removed(request, hand, form)
    form.errors = form.too_long()
    if form.errors:
        return _show(request, hand, form, status=422)
    if action != "store" and not action.startswith("refuse-claim "):
        _mark(request, form, action, words)
        return _show(request, hand, form, typed=form.as_typed(hand.stored, words), status=422 if form.errors else 200)
    value = form.value(hand.stored, words)
    if hand.published and not form.why:
        form.errors["why"] = "Say why it is changed: the example is in a published edition."
    if value is None or form.errors:
        return _show(request, hand, form, status=422)
    return _stored(request, hand, form, value)


def _mark(request: HttpRequest, form: forms.ExampleForm, action: str, words: Vocabulary) -> None:
    """Mark words, take a mark away, or propose marks; what cannot be done is noted on the form."""
    verb, _, place = action.partition(" ")
    try:
        if verb == "mark":
            typed, path = request.POST.get("words", ""), request.POST.get("fact", "")
            if path not in dict(_reading(form, None, words).facts):
                raise marking_words.MarkError("Choose the fact that the words state.")
            form.narrative = marking_words.mark(form.narrative, typed, path)
        elif verb == "unmark" and place.isdecimal() and len(place) < 5:
            form.narrative = marking_words.unmark(form.narrative, int(place))
        elif verb == "propose":
            form.narrative = marking_words.propose(form.narrative, form.encounter(words), *recogniser())
    except marking_words.MarkError as error:
        form.errors["words"] = str(error)
    except CaseError as error:
        form.errors["words"] = f"Fill in the facts first. {error}"


def _stored(request: HttpRequest, hand: InHand, form: forms.ExampleForm, value: Mapping[str, Any]) -> HttpResponse:
    seen, by, at = request.POST.get("seen", ""), person_of(request), timezone.now()
    try:
        changed = save_part(hand.code, hand.part, value, seen=seen, by=by, at=at, why=form.why)
    except Stale as stale:
        return _show(request, hand, form, stale=stale, status=409)
    except PageError as error:
        field, _, message = str(error).partition(": ")
        form.errors[field.rpartition(".")[2]] = message or str(error)
        return _show(request, hand, form, status=422)
    autosaving.discard(by, hand.code, hand.kept_as)
    if changed:
        messages.success(request, f"The example “{form.title}” is stored; readers have it once published.")
    else:
        messages.info(request, f"The example “{form.title}” was so already.")
    return redirect("write_example", hand.code.number, hand.slug)


def _removed(request: HttpRequest, hand: InHand, form: forms.ExampleForm) -> HttpResponse:
    """Take the example away, with a reason where readers have it."""
    why, seen = request.POST.get("why_removed", "").strip(), request.POST.get("seen", "")
    shown = forms.of_example(hand.stored) if hand.stored else form
    wrong = wrong_reason(why, for_published="the example" if hand.published else "")
    if wrong:
        shown.errors["why_removed"] = wrong
        return _show(request, hand, shown, status=422)
    try:
        save_part(hand.code, hand.part, None, seen=seen, by=person_of(request), at=timezone.now(), why=why)
    except Stale as stale:
        return _show(request, hand, shown, stale=stale, status=409)
    messages.success(request, "The example is removed from the draft.")
    return redirect("write_examples", hand.code.number)


def _show(
    request: HttpRequest,
    hand: InHand,
    form: forms.ExampleForm,
    *,
    stale: Stale | None = None,
    kept: FormDraft | None = None,
    seen: str | None = None,
    typed: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form beside what it comes to. After Stale, storing again means: over what the other one stored."""
    seen = request.POST.get("seen", digest(hand.stored)) if seen is None else seen
    words, look = forms.vocabulary(), form.looked_into()
    library, broken = _library(hand.code)
    context = {
        "code": hand.code, "hand": hand, "form": form, "errors": form.errors, "broken": broken, "stale": stale,
        "heading": "A new example" if hand.new else f"Example: {hand.stored['title'] if hand.stored else hand.slug}",
        "seen": digest(stale.stored) if stale else seen, "kept": kept,
        "others": presence.others(hand.code, person_of(request), timezone.now()),
        "typed": typed is not None, "problems": problems_of(hand.code, hand.part, typed),
        "rows": _rows(form, library, words), "items": forms.items_of(hand.code, form),
        "reading": _reading(look, library, words), "marks": forms.marks_of(look, words),
        "typed_words": request.POST.get("words", "") if form.errors.get("words") else "",
        "chosen_fact": request.POST.get("fact", ""), "may_add": len(form.services) < forms.MOST_SERVICES,
        "may_add_earlier": len(form.earlier) < forms.MOST_EARLIER,
        "theirs": stored_reading(stale.stored, library) if stale and stale.stored else None,
    }  # fmt: skip
    return render(request, "editorial/write_example.html", context, status=status)


def _rows(form: forms.ExampleForm, library: Library | None, words: Vocabulary) -> list[dict[str, Any]]:
    """The services as rows of choices: what is asked of each procedure, or every facet."""
    asked: Mapping[str, Any] = facets_asked(library) if library else {}
    if form.every_facet or library is None:
        asked = {row.get("procedure", ""): words for row in form.services}
    return service_rows(form.services, words, asked)


def _reading(form: forms.ExampleForm, library: Library | None, words: Vocabulary) -> Reading:
    """What the example comes to as it is filled in."""
    try:
        encounter: Encounter | str = form.encounter(words)
    except CaseError as error:
        encounter = f"Nothing follows yet. {error}"
    return reading(form.narrative, encounter, library or Library(codes=(), rules=()))


def _library(code: Code) -> tuple[Library | None, str]:
    """The library with the draft in it, or the reason why there is none."""
    try:
        return draft_of(code).library, ""
    except Unreadable as unreadable:
        return None, str(unreadable)
