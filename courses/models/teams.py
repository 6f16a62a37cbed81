"""Teams, who is in them, and who is invited."""

import secrets
import zoneinfo
from datetime import datetime, tzinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from quizzes.models import RuleReview


def is_time_zone(name: str) -> None:
    """ValidationError for a name that no time zone has."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is no time zone. One is written like America/Chicago.")


class Scoring(models.TextChoices):
    """What counts as a team's score. The formulas stand in ``courses.scoring``."""

    CLEAN_CLAIM = "clean claim", "Clean claim (case over case)"
    ELEMENTS = "elements", "Element accuracy"
    CODE_OVER_CODE = "code over code", "Code over code"
    PRACTICODE = "practicode", "Codes of the longer claim (as Practicode scores)"


class TeamQuerySet(models.QuerySet["Team"]):
    """Which teams there are."""

    def managed_by(self, person: User) -> "TeamQuerySet":
        """Those that a person manages now; all of them for an administrator of the site."""
        if person.is_superuser:
            return self.filter(archived_at=None)
        mine = Membership.objects.active().filter(person=person, role=Membership.Role.MANAGER)
        return self.filter(archived_at=None, pk__in=mine.values("team"))

    def joined_by(self, person: User) -> "TeamQuerySet":
        """Those that a person is in now, in whatever role."""
        return self.filter(archived_at=None, pk__in=Membership.objects.active().filter(person=person).values("team"))


class Team(models.Model):
    """People who learn together, and what their managers want to see."""

    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=60, default="UTC", validators=[is_time_zone])
    scoring = models.CharField("score", max_length=20, choices=Scoring.choices, default=Scoring.CLEAN_CLAIM)
    target_percent = models.PositiveSmallIntegerField(
        "target", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="The score the team aims at, drawn as a line in its charts; empty: none.",
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The dashboard."""
        return reverse("team", args=[self.pk])

    @property
    def zone(self) -> tzinfo:
        """The team's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


#: How people stand in lists: nobody need have given a name, and two may have the same.
BY_NAME = ("person__last_name", "person__first_name", "person__username")


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Who is in which team."""

    def active(self) -> "MembershipQuerySet":
        """Seats that are taken now."""
        return self.filter(ended_at=None)

    def counting(self) -> "MembershipQuerySet":
        """Those whose answers are in the sums of their team: taken seats, and what remains of the erased."""
        return self.filter(models.Q(ended_at=None) | models.Q(remains=True))

    def trainees(self) -> "MembershipQuerySet":
        """Those who learn."""
        return self.filter(role=Membership.Role.TRAINEE)

    def with_answered_at(self) -> "MembershipQuerySet":
        """Each with ``answered_at``, the moment of their newest answer whose result is shown; None without one."""
        newest = RuleReview.objects.filter(person=models.OuterRef("person")).order_by("-at").values("at")[:1]
        return self.annotate(answered_at=models.Subquery(newest))


class Membership(models.Model):
    """A seat in a team. It ends and is kept; whoever comes back gets another."""

    class Role(models.TextChoices):
        TRAINEE = "trainee", "Trainee"
        MANAGER = "manager", "Manager"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.TRAINEE)
    cohort = models.CharField(max_length=60, blank=True, help_text="A group within the team, as “Spring 2026”.")
    joined_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    remains = models.BooleanField(
        default=False, editable=False,
        help_text="Its person was erased: what they answered stays in the sums of the team, without a name.",
    )  # fmt: skip
    invitation = models.ForeignKey(
        "Invitation", null=True, blank=True, on_delete=models.SET_NULL, related_name="memberships"
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["team", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "person"], condition=models.Q(ended_at=None), name="one_seat_a_team_and_person"
            )
        ]
        indexes = [models.Index(fields=["person", "role"], condition=models.Q(ended_at=None), name="seats_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}"


def new_nonce() -> str:
    """Sixteen random bytes that make an invitation's link nobody's to guess."""
    return secrets.token_urlsafe(16)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations."""

    def open(self, at: datetime) -> "InvitationQuerySet":
        """Those that can still be accepted at a moment."""
        return self.filter(withdrawn_at=None, expires_at__gt=at, used__lt=models.F("uses"))


class Invitation(models.Model):
    """A seat that is offered: to one mail address, or by a link to as many as it says.

    The token in its link is signed from its id and ``nonce`` (``courses.invitations``), so that no token is stored;
    another nonce makes every link that was sent before dead.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(blank=True, help_text="Empty: whoever has the link.")
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Membership.Role.choices, default=Membership.Role.TRAINEE)
    cohort = models.CharField(max_length=60, blank=True)
    batch = models.UUIDField(null=True, blank=True, help_text="The CSV file it came from.")
    nonce = models.CharField(max_length=40, default=new_nonce, editable=False)
    uses = models.PositiveSmallIntegerField(default=1)
    used = models.PositiveSmallIntegerField(default=0)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"Invitation {self.pk} to {self.team}"
