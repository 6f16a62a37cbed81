"""What people write about questions: notes for themselves, and reports to the educators."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.append_only import AppendOnly
from accounts.models import User
from quizzes.models.attempts import Answer, AttemptItem


class NoteQuerySet(models.QuerySet["Note"]):
    """Notes."""

    def of(self, person: User) -> "NoteQuerySet":
        """A person's own, the newest first."""
        return self.filter(person=person)

    def about(self, subject: str) -> "NoteQuerySet":
        """Those on a code (its rules included) or on one rule (``code/slug``)."""
        return self.filter(models.Q(rule=subject) if "/" in subject else models.Q(code=subject))

    def saying(self, words: str) -> "NoteQuerySet":
        """Those in which the words stand just like that."""
        return self.filter(text__icontains=words)

    def subjects(self) -> list[str]:
        """The codes and rules that there are notes on, each code before its rules."""
        rows = self.order_by().values_list("code", "rule").distinct()
        return sorted({subject for row in rows for subject in row if subject})

    def with_questions(self) -> "NoteQuerySet":
        """Each with the question it hangs on, without what only the server may know of it."""
        return self.select_related("item__attempt", "item__version").defer(
            "item__version__key", "item__version__options"
        )


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports."""

    def with_answers(self) -> "ReportQuerySet":
        """Each with who reported, and the answer and question it is about."""
        return self.select_related("person", "answer__item__attempt", "answer__item__version__question__scenario__code")


class Note(models.Model):
    """A page of somebody's notebook; nobody else reads it. It may hang on a question, a section, a rule."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(max_length=4000)
    item = models.ForeignKey(AttemptItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="notes")
    code = models.CharField(max_length=12, blank=True)
    section = models.CharField(max_length=60, blank=True)
    rule = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return self.text[:60]

    def get_absolute_url(self) -> str:
        """Where it can be changed."""
        return reverse("note", args=[self.pk])

    @property
    def edition(self) -> str:
        """Changes with each change, so that a form opened before one can be told from one opened after it."""
        return self.changed_at.isoformat()


class Report(models.Model):
    """What a learner says of a question or its grading; it waits for an educator."""

    class Kind(models.TextChoices):
        PROBLEM = "problem", "Something is wrong with the question"
        DISAGREE = "disagree", "I disagree with the grading"

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="reports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"


class ReportReply(AppendOnly):
    """What an educator answered to a report. A report without one waits; the newest says how it ended."""

    class Outcome(models.TextChoices):
        STANDS = "stands", "The grading stands"
        ACCEPTED = "accepted", "The claim is accepted too"
        COMING = "coming", "The claim will be accepted too"
        MENDED = "mended", "The page is mended"
        NOTED = "noted", "Noted"

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="replies")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.text[:60]}"
