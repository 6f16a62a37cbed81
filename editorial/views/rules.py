"""Writing rules: the list in words, and the form of one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import person_of
from accounts.kept import sign_in_keeps_the_form
from codes.models import Code
from codes.pages import PageError
from codes.rule_forms import RuleForm
from editorial import autosaving, presence
from editorial import rule_editing as rules
from editorial.access import draft, educator_required
from editorial.checking import problems_of
from editorial.drafting import Stale, digest, wrong_reason
from editorial.left_over import url_of_left
from editorial.models import FormDraft
from editorial.views.autosave import keep_what_was_sent

SAY, STORE, ACCEPT, REMOVE = "say", "store", "accept", "remove"


@require_http_methods(["GET", "HEAD", "POST"])
@educator_required
def write_rules(request: HttpRequest, number: str) -> HttpResponse:
    """The rules of a draft in words; a POST accepts or removes proposed ones."""
    code = draft(number)
    if request.method != "POST":
        return _list(request, code)
    try:
        said = _decided(request, code)
    except Stale as stale:
        return _list(request, code, stale=stale, status=409)
    except PageError as error:
        return _list(request, code, refused=str(error), status=422)
    if not said:
        return _list(request, code, refused="Choose at least one rule to accept.", status=422)
    messages.success(request, said)
    return redirect("write_rules", code.number)


def _decided(request: HttpRequest, code: Code) -> str:
    """Do what the button says; what was done in words, or nothing where nothing was chosen."""
    action, _, slug = request.POST.get("action", "").partition(" ")
    by, at = person_of(request), timezone.now()
    if action == REMOVE and slug:
        hand = rules.stored_rule(code, slug)
        rules.remove(hand, seen=request.POST.get(f"seen-{slug}", ""), by=by, at=at, why="Not accepted.")
        return f"The rule {slug} is removed."
    chosen = [slug] if slug else request.POST.getlist("rule")[:200]
    seen = {one: request.POST.get(f"seen-{one}", "") for one in chosen if one.isprintable()}
    done = rules.accept(code, seen, by=by, at=at)
    return f"{done} rule{'' if done == 1 else 's'} accepted." if chosen else ""


def _list(
    request: HttpRequest, code: Code, *, stale: Stale | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    rows = rules.listed(code)
    context = {
        "code": code, "waiting": [row for row in rows if row.waits], "settled": [row for row in rows if not row.waits],
        "kinds": rules.kinds_to_add(), "stale": stale, "refused": refused,
    }  # fmt: skip
    return render(request, "editorial/write_rules.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_keeps_the_form
@educator_required
def write_rule(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """The form of a rule; a POST stores it, accepts it, takes it away, or only says what it would tell."""
    code = draft(number)
    left = url_of_left(person_of(request), code, f"rules/{slug}")
    if left and request.method != "POST":
        return redirect(left)
    hand = rules.stored_rule(code, slug, request.POST.get("kind", ""))
    return _posted(request, hand) if request.method == "POST" else _opened(request, hand)


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_keeps_the_form
@educator_required
def write_rule_new(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """The form of a new rule of a kind."""
    hand = rules.begun_rule(draft(number), kind)
    return _posted(request, hand) if request.method == "POST" else _opened(request, hand)


def _opened(request: HttpRequest, hand: rules.InHand) -> HttpResponse:
    """The form with what is stored, or with what this person typed and has not stored yet."""
    person = person_of(request)
    keep_what_was_sent(request, hand.code, hand.part)
    kept = autosaving.kept(person, hand.code, hand.part)
    presence.note(hand.code, person, hand.part, timezone.now())
    shown = autosaving.restored(rules.bound(hand), hand.seen, kept)
    return _show(request, hand, shown.form, kept=shown.draft, seen=shown.seen)


def _posted(request: HttpRequest, hand: rules.InHand) -> HttpResponse:
    """Do what the button says with the form as it was sent."""
    action = request.POST.get("action", STORE)
    form = rules.bound(hand, request.POST)
    if action == SAY:
        return _show(request, hand, form, unsaid=True)
    if action == REMOVE:
        return _removed(request, hand)
    if hand.kind is None or not form.is_valid():
        return _show(request, hand, form, status=422)
    return _stored(request, hand, form, accept=action == ACCEPT)


def _stored(request: HttpRequest, hand: rules.InHand, form: RuleForm, *, accept: bool) -> HttpResponse:
    seen = request.POST.get("seen", "")
    try:
        changed = rules.store(form, seen=seen, accept=accept, by=person_of(request), at=timezone.now())
    except Stale as stale:
        return _show(request, hand, form, stale=stale, status=409)
    except PageError as error:
        path, _, message = str(error).partition(": ")
        field = path.rpartition(".")[2]
        form.add_error(*((field, message) if field in form.fields else (None, str(error))))
        return _show(request, hand, form, status=422)
    slug = form.instance.slug
    autosaving.discard(person_of(request), hand.code, hand.part)  # a new one may have been given another name
    done = "accepted" if accept else "stored"
    if changed:
        messages.success(request, f"The rule {slug} is {done}; readers have it once published.")
        _warn(request, hand.code, f"rules/{slug}")
    else:
        messages.info(request, f"The rule {slug} was so already.")
    return redirect("write_rules", hand.code.number)


def _warn(request: HttpRequest, code: Code, part: str) -> None:
    """Say at once what keeps a page with such a rule from being published."""
    for one in problems_of(code, part):
        if one.is_error:
            messages.warning(request, f"The page cannot be published with it. {one.problem.message}")


def _removed(request: HttpRequest, hand: rules.InHand) -> HttpResponse:
    """Take the rule away, with a reason where readers have it."""
    why = request.POST.get("why_removed", "").strip()
    no_reason = wrong_reason(why, for_published="the rule" if hand.published else "")
    if no_reason:
        return _show(request, hand, rules.bound(hand), no_reason=no_reason, status=422)
    try:
        rules.remove(hand, seen=request.POST.get("seen", ""), by=person_of(request), at=timezone.now(), why=why)
    except Stale as stale:
        return _show(request, hand, rules.bound(hand), stale=stale, status=409)
    messages.success(request, f"The rule {hand.rule.slug} is removed from the draft.")
    return redirect("write_rules", hand.code.number)


def _show(
    request: HttpRequest,
    hand: rules.InHand,
    form: RuleForm,
    *,
    stale: Stale | None = None,
    unsaid: bool = False,
    no_reason: str = "",
    kept: FormDraft | None = None,
    seen: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form beside what the rule tells. After Stale, storing again means: over what the other one stored."""
    seen = request.POST.get("seen", hand.seen) if seen is None else seen
    says = rules.told(form)
    typed = rules.typed_value(form) if unsaid else None
    context = {
        "code": hand.code, "hand": hand, "form": form, "kind": hand.kind, "says": says, "unsaid": unsaid,
        "no_reason": no_reason, "stale": stale, "theirs": rules.sentence_of(stale.stored) if stale else "",
        "seen": digest(stale.stored) if stale else seen, "kept": kept,
        "others": presence.others(hand.code, person_of(request), timezone.now()),
        "typed": typed is not None, "problems": problems_of(hand.code, hand.part, typed),
    }  # fmt: skip
    return render(request, "editorial/write_rule.html", context, status=status)
