"""Mail that is to be sent, or was. A letter is written when it is sent; here is only what it is about."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from courses.models.assignments import Assignment
from courses.models.certificates import Certificate
from courses.models.teams import Invitation, Team


class LetterQuerySet(models.QuerySet["Letter"]):
    """Letters."""

    def waiting(self, at: datetime) -> "LetterQuerySet":
        """Those that are to be sent at a moment."""
        return self.filter(state=Letter.State.WAITING, not_before__lte=at)


class Letter(models.Model):
    """One mail to one person or address. ``key`` names it, so that nobody gets the same one twice."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", "Invitation"
        ASSIGNMENT = "assignment", "Assignment"
        DUE_SOON = "due soon", "Due soon"
        MOVED = "moved", "Another due date"
        TAKEN_BACK = "taken back", "Taken back"
        DIGEST = "digest", "Who is overdue"
        CERTIFICATE = "certificate", "Certificate"
        REPORT = "report", "Answer to a report"
        REGRADE = "regrade", "Graded again"
        REVIEW = "review", "A page waits for review"
        DECISION = "decision", "What became of a review"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        DROPPED = "dropped", "Not sent: no longer wanted or true"
        FAILED = "failed", "Could not be sent"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=120, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="letters"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="letters")
    invitation = models.ForeignKey(Invitation, null=True, blank=True, on_delete=models.CASCADE, related_name="letters")
    assignment = models.ForeignKey(Assignment, null=True, blank=True, on_delete=models.CASCADE, related_name="letters")
    certificate = models.ForeignKey(
        Certificate, null=True, blank=True, on_delete=models.CASCADE, related_name="letters"
    )
    about = models.JSONField(default=dict, blank=True, help_text="Ids of what it is about that lies in other apps.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["not_before"], condition=models.Q(state="waiting"), name="letters_to_send")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"
