"""Teams, seats and invitations for administrators of the site, who seat people directly. All of it calls the verbs."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import person_of
from codes.admin import ReadOnly
from courses import invitations, seats
from courses.models import Invitation, Membership, Team
from courses.people_forms import zones

LAST_MANAGER = "This is the last manager of the team. Make somebody else a manager first."


class TeamAdminForm(forms.ModelForm[Team]):
    """What is decided of a team."""

    class Meta:
        model = Team
        fields = seats.DECIDED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields:
            self.fields["time_zone"] = forms.ChoiceField(choices=zones(self.instance.time_zone))


class Kept(admin.ModelAdmin[Any]):
    """Rows that are never deleted, because answers and reports hang on them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


@admin.register(Team)
class TeamAdmin(Kept):
    """Teams. Whoever makes one here has no seat in it; seats are given under *Memberships*."""

    form = TeamAdminForm
    list_display = ["name", "people", "time_zone", "scoring", "archived_at"]
    list_filter = [("archived_at", admin.EmptyFieldListFilter)]
    search_fields = ["name"]
    actions = ["put_away", "bring_back"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Team]":
        """Each with how many are in it."""
        taken = Count("memberships", filter=Q(memberships__ended_at=None))
        rows: QuerySet[Team] = super().get_queryset(request).annotate(taken=taken)
        return rows

    @admin.display(description="People", ordering="taken")
    def people(self, team: Any) -> int:
        """How many are in it."""
        return int(team.taken)

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        """By the verbs, which note who did it."""
        by, at = person_of(request), timezone.now()
        if change:
            seats.change_team(obj, form.cleaned_data, by=by, at=at)
        else:
            _become(obj, seats.make_team(form.cleaned_data, manager=None, by=by, at=at))

    @admin.action(description="Put away")
    def put_away(self, request: HttpRequest, chosen: "QuerySet[Team]") -> None:
        """Nobody finds them any more."""
        done = sum(seats.archive_team(team, by=person_of(request), at=timezone.now()) for team in chosen)
        messages.success(request, f"Put away: {done}.")

    @admin.action(description="Bring back")
    def bring_back(self, request: HttpRequest, chosen: "QuerySet[Team]") -> None:
        """Teams that were put away."""
        done = sum(seats.restore_team(team, by=person_of(request), at=timezone.now()) for team in chosen)
        messages.success(request, f"Brought back: {done}.")


class SeatAdminForm(forms.ModelForm[Membership]):
    """A seat: whose and where is decided once, its role and cohort may change."""

    class Meta:
        model = Membership
        fields = ("team", "person", "role", "cohort")

    def clean(self) -> dict[str, Any]:
        """One seat a team and person, and no team without a manager."""
        data = super().clean() or self.cleaned_data
        team, person = data.get("team"), data.get("person")
        if team and person and team.memberships.active().filter(person=person).exists():
            self.add_error("person", f"{person} is in {team} already.")
        if self.instance.pk and data.get("role") != Membership.Role.MANAGER and seats.is_last_manager(self.instance):
            self.add_error("role", LAST_MANAGER)
        return data

    def _post_clean(self) -> None:
        """The seat as it was stays in the instance until the verb has changed it."""


@admin.register(Membership)
class MembershipAdmin(Kept):
    """Seats. *Withdraw* ends them; they stay in the list of those that were."""

    form = SeatAdminForm
    list_display = ["person", "team", "role", "cohort", "joined_at", "ended_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter), "role", "team"]
    list_select_related = ["person", "team"]
    search_fields = ["person__username", "person__email", "person__last_name", "team__name"]
    autocomplete_fields = ["person", "team"]
    actions = ["withdraw"]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        """Whose seat it is stays; of one that has ended everything does."""
        if obj is None:
            return ()
        return ("team", "person") if obj.ended_at is None else ("team", "person", "role", "cohort")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """By the verbs, which note who did it."""
        by, at, chosen = person_of(request), timezone.now(), form.cleaned_data
        if not change:
            made = seats.seat(chosen["team"], chosen["person"], chosen["role"], cohort=chosen["cohort"], by=by, at=at)
            _become(obj, made)
        elif chosen:
            seats.change(obj, role=chosen["role"], cohort=chosen["cohort"], by=by, at=at)

    @admin.action(description="Withdraw")
    def withdraw(self, request: HttpRequest, chosen: "QuerySet[Membership]") -> None:
        """End these seats at once; the last manager of a team keeps theirs."""
        by, at, done = person_of(request), timezone.now(), 0
        for taken in chosen.select_related("team", "person"):
            try:
                done += seats.withdraw(taken, by=by, at=at)
            except seats.LastManager:
                messages.error(request, f"{taken}: {LAST_MANAGER}")
        messages.success(request, f"Withdrawn: {done}.")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Who is invited. Invitations are made on the pages of the team; their links are shown there only."""

    list_display = ["pk", "team", "email", "role", "cohort", "used", "uses", "created_at", "expires_at", "withdrawn_at"]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter), "role", "team"]
    list_select_related = ["team"]
    search_fields = ["email", "name", "team__name"]
    exclude = ["nonce"]
    actions = ["withdraw"]

    @admin.action(description="Withdraw")
    def withdraw(self, request: HttpRequest, chosen: "QuerySet[Invitation]") -> None:
        """Let their links open nothing any more."""
        by, at = person_of(request), timezone.now()
        done = sum(invitations.withdraw(invitation, by=by, at=at) for invitation in chosen)
        messages.success(request, f"Withdrawn: {done}.")


def _become(row: Team | Membership, made: Team | Membership) -> None:
    """The admin goes on with its own object, which now stands for the stored one."""
    for field in made._meta.concrete_fields:
        setattr(row, field.attname, getattr(made, field.attname))
    row._state.adding = False
