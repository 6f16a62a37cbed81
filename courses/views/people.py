"""The people of a team: seats, and inviting by mail, by a link and from a list."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import person_of
from accounts.kept import sign_in_offers_the_form
from courses import invitations as invite_verbs
from courses import inviting, rosters, seats
from courses.access import managed_team, team_invitation, team_seat
from courses.models import Invitation, Team
from courses.people import people_page
from courses.people_forms import LinkForm, ListForm, MailForm, SeatForm

LAST_MANAGER = "Nobody else manages this team. Make somebody else a manager first."


@require_safe
@login_required
def people(request: HttpRequest, team: int) -> HttpResponse:
    """Who is in the team, and who is invited."""
    mine = managed_team(person_of(request), team)
    context = people_page(mine, request.GET.dict(), timezone.now())
    return render(request, "courses/people.html", context | {"team": mine})


# Seats --------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def seat(request: HttpRequest, team: int, person: int) -> HttpResponse:
    """Another role or cohort for somebody in the team."""
    mine = managed_team(person_of(request), team)
    taken = team_seat(mine, person)
    form = SeatForm(request.POST if request.method == "POST" else None, initial=vars(taken))
    if form.is_bound and form.is_valid():
        try:
            seats.change(taken, **form.cleaned_data, by=person_of(request), at=timezone.now())
        except seats.LastManager:
            form.add_error("role", LAST_MANAGER)
        else:
            messages.success(request, f"The seat of {taken.person} is changed.")
            return redirect("people", mine.pk)
    at_it = mine.assignments.open().of_learners().filter(person=taken.person).count()
    context = {"team": mine, "seat": taken, "form": form, "open": at_it}
    return render(request, "courses/seat.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def seat_withdraw(request: HttpRequest, team: int, person: int) -> HttpResponse:
    """Ask once, then end the seat of somebody in the team."""
    mine = managed_team(person_of(request), team)
    taken = team_seat(mine, person)
    context = {"team": mine, "seat": taken, "is_self": taken.person_id == person_of(request).pk}
    if request.method != "POST":
        return render(request, "courses/seat_withdraw.html", context)
    try:
        seats.withdraw(taken, by=person_of(request), at=timezone.now())
    except seats.LastManager:
        return render(request, "courses/seat_withdraw.html", context | {"refused": LAST_MANAGER}, status=422)
    messages.success(request, f"{taken.person} has no seat in {mine} any more.")
    return redirect("teams" if context["is_self"] else "people", *([] if context["is_self"] else [mine.pk]))


# Inviting -----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_offers_the_form
def invite(request: HttpRequest, team: int) -> HttpResponse:
    """Invite one or several addresses by mail."""
    mine = managed_team(person_of(request), team)
    form = MailForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        offers = form.offers()
        made = invite_verbs.invite_all(mine, offers, by=person_of(request), at=timezone.now())
        _say_who_was_invited(request, made, {offer.email for offer in offers})
        return redirect("people", mine.pk)
    return render(request, "courses/invite.html", {"team": mine, "form": form}, status=422 if form.errors else 200)


def _say_who_was_invited(request: HttpRequest, made: list[Invitation], asked: set[str]) -> None:
    left_out = sorted(asked - {invitation.email for invitation in made})
    if made:
        number = "One invitation is" if len(made) == 1 else f"{len(made)} invitations are"
        messages.success(request, f"{number} on the way.")
    if left_out:
        messages.warning(request, f"In the team or invited already: {', '.join(left_out)}.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invite_link(request: HttpRequest, team: int) -> HttpResponse:
    """Open a link by which trainees come in."""
    mine = managed_team(person_of(request), team)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = invite_verbs.open_link(mine, **form.cleaned_data, by=person_of(request), at=timezone.now())
        return redirect("invitation", mine.pk, made.pk)
    context = {"team": mine, "form": form}
    return render(request, "courses/invite_link.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_offers_the_form
def invite_list(request: HttpRequest, team: int) -> HttpResponse:
    """Read a list, show what would become of it, and then do that."""
    mine = managed_team(person_of(request), team)
    if request.method != "POST":
        return render(request, "courses/invite_list.html", {"team": mine, "form": ListForm()})
    if "shown" in request.POST:
        return _shown_list(request, mine)
    form = ListForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            plan = inviting.plan_of(mine, form.cleaned_data["text"], timezone.now())
        except rosters.Unreadable as error:
            form.add_error("file" if request.FILES else "text", str(error))
        else:
            return _report(request, mine, plan)
    return render(request, "courses/invite_list.html", {"team": mine, "form": form}, status=422)


def _report(request: HttpRequest, team: Team, plan: inviting.Plan, *, changed: bool = False) -> HttpResponse:
    context = {"team": team, "plan": plan, "shown": inviting.carried(plan, team, person_of(request))}
    status = 409 if changed else 200
    return render(request, "courses/invite_report.html", context | {"changed": changed}, status=status)


def _shown_list(request: HttpRequest, team: Team) -> HttpResponse:
    """The list whose report was shown: its bad rows as a file, or its good ones invited."""
    by, at, shown = person_of(request), timezone.now(), request.POST["shown"]
    try:
        if request.POST.get("action") == "download":
            return _bad_rows(inviting.shown_plan(shown, team, by, at)[0])
        plan = inviting.confirm(shown, team, by=by, at=at)
    except BadSignature:
        messages.error(request, "This report is too old, or not the one you were shown. Read the list again.")
        return redirect("invite_list", team.pk)
    except inviting.Changed as error:
        return _report(request, team, error.plan, changed=True)
    return _invited(request, team, plan)


def _bad_rows(plan: inviting.Plan) -> HttpResponse:
    """With a mark at the beginning that spreadsheets need to know the encoding by."""
    text = rosters.as_csv((planned.row, planned.why) for planned in plan.wrong)
    return HttpResponse(
        f"\ufeff{text}", content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="not-invited.csv"', "Cache-Control": "no-store, private"},
    )  # fmt: skip


def _invited(request: HttpRequest, team: Team, plan: inviting.Plan) -> HttpResponse:
    """On to the people, or to what is still to be corrected."""
    number = team.invitations.filter(batch=plan.batch).count()
    messages.success(request, f"{number} invitation{'' if number == 1 else 's'} on the way.")
    if not plan.wrong:
        return redirect("people", team.pk)
    text = rosters.as_csv((planned.row, planned.why) for planned in plan.wrong)
    form = ListForm(initial={"text": text})
    context = {"team": team, "form": form, "plan": plan, "shown": inviting.carried(plan, team, person_of(request))}
    return render(request, "courses/invite_rest.html", context)


# Invitations that stand ---------------------------------------------------------------------


@require_safe
@login_required
def invitation(request: HttpRequest, team: int, invitation: int) -> HttpResponse:
    """One invitation with its link."""
    mine = managed_team(person_of(request), team)
    shown = team_invitation(mine, invitation)
    is_open = Invitation.objects.open(timezone.now()).filter(pk=shown.pk).exists()
    context = {"team": mine, "invitation": shown, "link": invite_verbs.join_url(shown) if is_open else ""}
    return render(request, "courses/invitation.html", context)


@require_POST
@login_required
def invitation_renew(request: HttpRequest, team: int, invitation: int) -> HttpResponse:
    """A new link, mailed again where the invitation has an address."""
    mine = managed_team(person_of(request), team)
    shown = team_invitation(mine, invitation)
    if invite_verbs.renew(shown, by=person_of(request), at=timezone.now()):
        again = f" {shown.email} gets another mail." if shown.email else ""
        messages.success(request, f"The invitation is renewed.{again} Links that were sent before open nothing now.")
    else:
        messages.warning(request, "This invitation was withdrawn or used up, so it cannot be renewed.")
    return redirect("invitation", mine.pk, shown.pk)


@require_POST
@login_required
def invitation_withdraw(request: HttpRequest, team: int, invitation: int) -> HttpResponse:
    """Let the links of an invitation open nothing any more."""
    mine = managed_team(person_of(request), team)
    shown = team_invitation(mine, invitation)
    invite_verbs.withdraw(shown, by=person_of(request), at=timezone.now())
    messages.success(request, "The invitation is withdrawn.")
    return redirect("people", mine.pk)
