"""What educators have in hand: unsaved texts, who is writing where, and drafts on their way to readers."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.append_only import AppendOnly
from codes.models import Code, Edition


class FormDraft(models.Model):
    """What somebody has typed into the form of a part of a page and not saved yet; kept as it is typed."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="form_drafts")
    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="form_drafts")
    part = models.CharField(max_length=80, help_text="As in codes.pages.read_part: about, sections/billing, history.")
    seen = models.CharField(
        max_length=64, blank=True, help_text="Digest of the part as it was when the form was opened."
    )
    fields: Any = models.JSONField(help_text="Name of a form field -> the values sent for it.")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["person", "code", "part"], name="one_form_draft_a_part")]

    def __str__(self) -> str:
        return f"{self.person}, {self.code.number} {self.part}"


class Presence(models.Model):
    """Who has which part of a page open, so that others are told."""

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="presences")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presences")
    part = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["code", "person"], name="one_presence_a_page")]

    def __str__(self) -> str:
        return f"{self.person} in {self.code.number} {self.part}"


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Drafts on their way."""

    def open(self) -> "RevisionQuerySet":
        """Those that are neither published nor given up."""
        return self.filter(state__in=Revision.OPEN)


class Revision(models.Model):
    """A draft of a page as it was handed in for review, and what became of it. One at a time for each page.

    ``content`` is the whole page as ``codes.pages.read_page`` gives it: what is approved is what is published, even
    where the draft is written on meanwhile.
    """

    class State(models.TextChoices):
        IN_REVIEW = "in review", "In review"
        CHANGES = "changes", "Changes asked for"
        APPROVED = "approved", "Approved"
        SCHEDULED = "scheduled", "Scheduled"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    OPEN = ("in review", "changes", "approved", "scheduled")

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="revisions")
    state = models.CharField(max_length=10, choices=State.choices, default=State.IN_REVIEW)
    content: Any = models.JSONField()
    digest = models.CharField(max_length=64, help_text="As the edition would have it.")
    base = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="+")
    retires = models.BooleanField(default=False, help_text="Takes the page off the site instead of renewing it.")
    why = models.CharField(max_length=300, help_text="The revision note: what changed, and why.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="revisions")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True, max_length=2000, help_text="What the reviewer says of it.")
    publish_on = models.DateField(null=True, help_text="The day on which it goes live by itself.")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(state__in=["in review", "changes", "approved", "scheduled"]),
                name="one_open_revision_a_page",
            ),
        ]
        indexes = [models.Index(fields=["publish_on"], condition=models.Q(state="scheduled"), name="revisions_due")]

    def __str__(self) -> str:
        return f"{self.code.number}, {self.get_state_display().lower()}"


class Attestation(AppendOnly):
    """An educator's word that what looks like a patient's data on a page is made up."""

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="attestations")
    part = models.CharField(max_length=80)
    digest = models.CharField(
        max_length=64, help_text="Of the very text that was looked at; other text is asked again."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["code", "digest"], name="one_attestation_a_text")]

    def __str__(self) -> str:
        return f"{self.code.number} {self.part}"
