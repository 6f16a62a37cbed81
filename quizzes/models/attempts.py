"""Sets of questions and what became of them. Answers and gradings are only ever added."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.append_only import AppendOnly
from accounts.models import User
from codes.models import Code
from quizzes.models.exams import Exam, Readmission
from quizzes.models.scenarios import QuestionVersion


def _counts() -> Any:
    begun = {name: models.OuterRef(name) for name in ("person", "exam")}
    return ~models.Exists(Readmission.objects.filter(created_at__gt=models.OuterRef("created_at"), **begun))


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Sets of questions."""

    def with_progress(self) -> "AttemptQuerySet":
        """Each with ``total`` questions and how many are ``done``."""
        done = models.Q(items__answers__state="submitted")
        return self.annotate(
            total=models.Count("items", distinct=True), done=models.Count("items", filter=done, distinct=True)
        )

    def counting(self) -> "AttemptQuerySet":
        """Those that use up an attempt at their exam: all that were begun since its person was readmitted last."""
        return self.filter(_counts())

    def told_whether_counting(self) -> "AttemptQuerySet":
        """The same rows, each with whether it ``counts``."""
        return self.annotate(counts=_counts())

    def running_exams(self, at: datetime) -> "AttemptQuerySet":
        """Those without feedback until the end that are begun, not handed in, and have time left."""
        in_time = models.Q(deadline=None) | models.Q(deadline__gte=at)
        return self.filter(in_time, mode=Attempt.Mode.EXAM, begun_at__isnull=False, finished_at=None)

    def open_first(self) -> "AttemptQuerySet":
        """What is not finished before what is, the newest first."""
        return self.annotate(is_open=models.Q(finished_at=None)).order_by("-is_open", "-created_at")


class Attempt(models.Model):
    """One person's set of questions, with the terms it was begun on, which later changes of an exam do not touch."""

    class Mode(models.TextChoices):
        TUTOR = "tutor", "Tutor: feedback after each question"
        EXAM = "exam", "Exam: no hints, feedback at the end"

    class Source(models.TextChoices):
        PAGE = "page", "One reference page"
        MIXED = "mixed", "A mixed set"
        WEAK = "weak", "Rules that you break"
        DUE = "due", "Rules that are due"
        MISTAKES = "mistakes", "Questions that went wrong"
        FLAGGED = "flagged", "Questions that you flagged"
        UNSEEN = "unseen", "Scenarios that you have not seen"
        RULES = "rules", "Chosen rules"
        VARIANT = "variant", "A variant of a question"
        REMEDIATION = "remediation", "A short set on one rule"
        EXAM = "exam", "An exam"
        ASSIGNED = "assigned", "What is assigned to you"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.TUTOR)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.PAGE)
    title = models.CharField(max_length=200)
    code = models.ForeignKey(Code, null=True, on_delete=models.SET_NULL, related_name="+")
    rules = models.JSONField(default=list, help_text="The rules the set was made for; empty: whatever comes.")
    exam = models.ForeignKey(Exam, null=True, on_delete=models.PROTECT, related_name="attempts")
    seed = models.BigIntegerField()
    start_key = models.UUIDField(null=True, help_text="Idempotency key: the same form sent again starts no other set.")
    start_terms = models.UUIDField(null=True, help_text="The key and what the form asked for, which must be the same.")
    minutes = models.PositiveSmallIntegerField(null=True, help_text="Time limit without anybody's extra time.")
    sequential = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True, help_text="When its first question was shown; the clock runs from here.")
    deadline = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["person", "start_key"], name="one_attempt_a_start"),
            models.UniqueConstraint(
                fields=["person", "exam"], condition=models.Q(finished_at=None), name="one_open_attempt_an_exam"
            ),
        ]
        indexes = [
            models.Index(fields=["deadline"], condition=models.Q(finished_at=None), name="open_by_deadline"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The summary, which leads on to the next open question."""
        return reverse("attempt_summary", args=[self.pk])

    def next_url(self) -> str:
        """The next question that is neither answered nor skipped, or the summary."""
        if self.finished_at is not None:
            return self.get_absolute_url()
        still_open = self.items.filter(left_at=None).exclude(answers__state=Answer.State.SUBMITTED)
        return (still_open.first() or self).get_absolute_url()

    @property
    def is_exam(self) -> bool:
        """Whether there are neither hints nor feedback before the end."""
        return self.mode == self.Mode.EXAM

    @property
    def shows_results(self) -> bool:
        """Whether the person may see how it went."""
        if not self.is_exam:
            return True
        return self.finished_at is not None and (self.exam is None or self.exam.results_are_shown())

    def is_over(self, at: datetime) -> bool:
        """Whether no answer counts any more at this moment. The deadline itself still counts."""
        return self.finished_at is not None or (self.deadline is not None and at > self.deadline)

    def left(self, at: datetime) -> timedelta | None:
        """The time that is left, never negative; None without a limit or before the clock runs."""
        return max(timedelta(), self.deadline - at) if self.deadline is not None else None


class AttemptItemQuerySet(models.QuerySet["AttemptItem"]):
    """Questions in sets."""

    def of(self, person: User) -> "AttemptItemQuerySet":
        """Those of a person's own sets."""
        return self.filter(attempt__person=person)

    def shown(self) -> "AttemptItemQuerySet":
        """Those whose results the person may see."""
        released = models.Q(attempt__exam=None) | models.Q(attempt__exam__release=Exam.Release.AT_END)
        released |= models.Q(attempt__exam__released_at__isnull=False)
        over = models.Q(attempt__finished_at__isnull=False) & released
        return self.filter(models.Q(attempt__mode=Attempt.Mode.TUTOR) | over)

    def flagged(self) -> "AttemptItemQuerySet":
        """Those that somebody wants to come back to."""
        return self.filter(flagged=True)

    def mistakes(self) -> "AttemptItemQuerySet":
        """Of one person's: those not answered cleanly, nor their scenario since; the newest grading counts."""
        graded = self.shown().filter(answers__state=Answer.State.SUBMITTED, answers__gradings__isnull=False)
        rows = graded.order_by("answers__pk", "answers__gradings__pk").values_list(
            "pk", "version__question__scenario", "answers__gradings__is_clean"
        )
        newest = {item: (scenario, clean) for item, scenario, clean in rows}
        wrong: dict[int, list[int]] = {}
        for item, (scenario, clean) in newest.items():
            wrong[scenario] = [] if clean else [*wrong.get(scenario, ()), item]
        return self.filter(pk__in=[item for items in wrong.values() for item in items])

    def scenarios(self) -> frozenset[int]:
        """The scenarios they were made of."""
        return frozenset(self.order_by().values_list("version__question__scenario", flat=True).distinct())


class AttemptItem(models.Model):
    """One place in a set: the pinned question, and what its learner did to it besides answering."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    is_first = models.BooleanField(default=False, help_text="Whether its case was new to the person in this place.")
    flagged = models.BooleanField(default=False)
    hints = models.PositiveSmallIntegerField(default=0, help_text="How many hints were asked for, 3 at most.")
    marked = models.JSONField(default=list, help_text="Numbers of the sentences that were marked.")
    ruled_out = models.JSONField(default=list, help_text="Ids of the options that were ruled out.")
    left_at = models.DateTimeField(null=True, help_text="When it was skipped, or left behind in a sequential exam.")

    objects = AttemptItemQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["attempt", "position"], name="one_item_a_position")]

    def __str__(self) -> str:
        return f"{self.attempt}, question {self.position}"

    def get_absolute_url(self) -> str:
        """The question's page."""
        return reverse("question", args=[self.attempt_id, self.position])

    @property
    def shows_feedback(self) -> bool:
        """Whether it is answered, and its results are not held back."""
        return self.attempt.shows_results and self.answers.filter(state=Answer.State.SUBMITTED).exists()


class Answer(AppendOnly):
    """What a person gave, as given. Drafts precede the one submitted answer; what comes too late is kept as such."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        LATE = "late", "Late: kept, not counted"

    class Certainty(models.IntegerChoices):
        UNSURE = 1, "Unsure"
        RATHER = 2, "Rather sure"
        SURE = 3, "Sure"

    item = models.ForeignKey(AttemptItem, on_delete=models.PROTECT, related_name="answers")
    sequence = models.PositiveIntegerField()
    key = models.UUIDField(help_text="Idempotency key: the same form sent again is the same answer.")
    state = models.CharField(max_length=10, choices=State.choices)
    payload: Any = models.JSONField()
    tab = models.CharField(max_length=36, blank=True, help_text="Which opened page of a browser it came from.")
    offline_seconds = models.PositiveIntegerField(
        null=True, help_text="How long it waited for a connection, as the browser says; the arrival counts."
    )
    hints = models.PositiveSmallIntegerField(default=0, help_text="How many hints had been asked for.")
    certainty = models.PositiveSmallIntegerField(null=True, choices=Certainty.choices)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["item", "sequence"], name="one_answer_a_sequence"),
            models.UniqueConstraint(fields=["item", "key", "state"], name="one_answer_a_key"),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(state="submitted"), name="one_submitted_answer_an_item"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}, answer {self.sequence}"


class Grading(AppendOnly):
    """What the rules said of an answer. Grading again adds a row; the newest counts."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="gradings")
    engine = models.CharField(max_length=20)
    stamp = models.BigIntegerField(help_text="State of the library it was graded under.")
    is_clean = models.BooleanField()
    required = models.PositiveSmallIntegerField()
    kept = models.PositiveSmallIntegerField()
    extra = models.PositiveSmallIntegerField()
    element_accuracy = models.FloatField()
    claim = models.JSONField()
    accepted = models.JSONField()
    findings = models.JSONField()
    undecided = models.PositiveSmallIntegerField(default=0, help_text="How many findings the rules left open.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.answer}: {'clean' if self.is_clean else 'not clean'}"
