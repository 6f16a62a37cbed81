"""Keeping what is typed: by itself as one types, and by a button."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from accounts.access import person_of
from accounts.back import back
from accounts.kept import keep_form, kept_form
from codes.models import Code
from codes.pages import read_part
from editorial import autosaving, presence
from editorial.access import draft, educator_required
from editorial.drafting import digest, last_change
from editorial.models import FormDraft
from quizzes.sending import clean

SIGNED_OUT = "You are signed out. What you typed is still here; sign in again in another tab and go on."
SIGNED_OUT_AND_BACK = "You had been signed out. What you typed is here again; the page does not have it yet."
NOT_DONE = "You had been signed out, and nothing was done. Press the button again if you still want it."
NO_PART = "Nothing was kept: the form does not say which part of the page it is for. Reload the page."


@require_POST
def write_autosave(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what a form holds and say so in words; with a button (``action``) keep or discard it, and go back."""
    if request.user.is_authenticated:
        return _keep(request, number)
    if "action" not in request.POST:
        return _says(SIGNED_OUT, 401)
    target = back(request, "desk").url
    keep_form(request, target)
    return redirect_to_login(target)


@educator_required
def _keep(request: HttpRequest, number: str) -> HttpResponse:
    """Nothing is stored on the page itself."""
    code, person, at = draft(number), person_of(request), timezone.now()
    sent = clean(request.POST)
    part, action = sent.get("part", ""), sent.get("action", "")
    if action == "discard":
        autosaving.discard(person, code, part)
        messages.info(request, "What you typed is discarded. This is the part as it is saved.")
        return back(request, "desk")
    try:
        held = autosaving.keep(person, code, part, sent, at=at)
    except autosaving.NoPart:
        return _says(NO_PART, 422)
    presence.note(code, person, part, at)
    return back(request, "desk") if action else _says(_in_words(code, held))


def keep_what_was_sent(request: HttpRequest, code: Code, part: str) -> None:
    """Let what was sent to this form after the session had ended stand in it, as anything else that was not saved."""
    sent = kept_form(request)
    if sent is None:
        return
    if "part" not in sent:  # another form at the same address, as that which removes
        messages.info(request, NOT_DONE)
    else:
        autosaving.keep(person_of(request), code, part, clean(sent), at=timezone.now())
        messages.info(request, SIGNED_OUT_AND_BACK)


def _says(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _in_words(code: Code, held: FormDraft) -> str:
    """When it was kept, and whether somebody else has saved the part since the form was opened."""
    says = f"Kept at {_time(held.saved_at)}, not yet saved on the page."
    if digest(read_part(code, held.part)) == held.seen:
        return says
    last = last_change(code, held.part)
    return f"{says} {last.who if last and last.who else 'Somebody'} has changed this part meanwhile; saving shows both."


def _time(at: object) -> str:
    return date_format(timezone.localtime(at), "H:i")  # type: ignore[arg-type]
