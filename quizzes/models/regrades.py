"""Grading answers once more, after a page was mended: what was done, and whose result it changed."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.append_only import AppendOnly
from codes.models import Code
from quizzes.models.attempts import Answer, Grading


class Regrade(models.Model):
    """Answers to one page's questions, graded again under the present editions. Gradings are only added."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped; what was graded stays, and it can be run again"

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="regrades")
    scenarios = models.JSONField(default=list, help_text="Slugs of the scenarios it is about; empty: all of the page.")
    why = models.CharField(max_length=300, help_text="Learners are told this.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    stamp = models.BigIntegerField(help_text="State of the library it grades under.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0, help_text="How many answers it concerns.")
    done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.code.number} graded again on {self.created_at:%Y-%m-%d}"


class RegradeChange(AppendOnly):
    """One answer that a regrade judged otherwise than before."""

    regrade = models.ForeignKey(Regrade, on_delete=models.PROTECT, related_name="changes")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="regrade_changes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="regrade_changes")
    before = models.ForeignKey(Grading, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(Grading, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["regrade", "answer"], name="one_change_an_answer")]

    def __str__(self) -> str:
        return f"{self.answer} in {self.regrade}"
