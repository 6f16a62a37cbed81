"""Certificates: what somebody finished, as it was called then. Whoever is shown one can ask whether it still holds."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.models.assignments import Assignment

LONGEST_NAME = 200


def name_for(person: User) -> str:
    """The name that a certificate issued now has on it."""
    return str(person)[:LONGEST_NAME]


class Certificate(models.Model):
    """Issued when an assignment is done. Names are kept as they were; the code on it verifies it."""

    code = models.CharField(max_length=20, unique=True, help_text="Twelve letters and digits, in groups of four.")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="certificate")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="certificates")
    name = models.CharField(max_length=LONGEST_NAME)
    course_title = models.CharField(max_length=120)
    team_name = models.CharField(max_length=100)
    result = models.CharField(max_length=200, blank=True, help_text="What was reached, in words.")
    ce_hours = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    ce_provider = models.CharField(max_length=100, blank=True)
    ce_number = models.CharField(max_length=60, blank=True)
    issued_at = models.DateTimeField(default=timezone.now)
    renamed_at = models.DateTimeField(null=True, blank=True, help_text="When it was issued anew with a corrected name.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return f"{self.code}: {self.course_title}"

    def get_absolute_url(self) -> str:
        """Where anybody can see whether it holds."""
        return reverse("verify", args=[self.code])

    @property
    def has_old_name(self) -> bool:
        """Whether it holds, and its person is called otherwise now."""
        return self.revoked_at is None and self.name != name_for(self.person)
