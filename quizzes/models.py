"""What is asked, what was answered, and how it was graded. Answers and gradings are only ever added."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from codes.append_only import AppendOnly
from codes.models import Code, Edition


class ScenarioQuerySet(models.QuerySet["Scenario"]):
    """Which scenarios there are."""

    def live(self) -> "ScenarioQuerySet":
        """Those of the newest editions, that can be asked."""
        return self.filter(active=True, reason="")

    def of(self, number: str) -> "ScenarioQuerySet":
        """Those of one code's page."""
        return self.filter(code__number=number)

    def counts(self) -> dict[str, int]:
        """Code number -> how many."""
        rows = self.order_by().values_list("code__number").annotate(count=models.Count("pk"))
        return dict(rows.values_list("code__number", "count"))


class Scenario(models.Model):
    """An encounter to code: prose with its facts marked, made from an example of a published page."""

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="scenarios")
    slug = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    narrative = models.TextField()
    encounter = models.JSONField()
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it cannot be asked; empty when it can.")

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        ordering = ["code__number", "pk"]
        constraints = [models.UniqueConstraint(fields=["code", "slug"], name="one_scenario_a_slug")]

    def __str__(self) -> str:
        return f"{self.code.number}: {self.title}"


class Question(models.Model):
    """A scenario asked in one format."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="questions")
    format = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scenario", "format"], name="one_question_a_format")]

    def __str__(self) -> str:
        return f"{self.scenario} ({self.format})"


class QuestionVersion(AppendOnly):
    """What is put before a learner: prompt, options and key as they were, and under which editions.

    ``stamp`` names the state of the library (see Edition); ``key`` never leaves the server
    before the answer.
    """

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    stamp = models.BigIntegerField()
    seed = models.BigIntegerField()
    prompt = models.JSONField()
    options = models.JSONField(default=list)
    key = models.JSONField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "digest"], name="one_version_a_digest")]

    def __str__(self) -> str:
        return f"{self.question}, version {self.pk}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Sets of questions."""

    def with_progress(self) -> "AttemptQuerySet":
        """Each with ``total`` questions and how many are ``done``."""
        done = models.Q(items__answers__state="submitted")
        return self.annotate(
            total=models.Count("items", distinct=True), done=models.Count("items", filter=done, distinct=True)
        )


class Attempt(models.Model):
    """One person's set of questions."""

    class Mode(models.TextChoices):
        TUTOR = "tutor", "Tutor: feedback after each question"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.TUTOR)
    title = models.CharField(max_length=200)
    code = models.ForeignKey(Code, null=True, on_delete=models.SET_NULL, related_name="+")
    seed = models.BigIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The summary, which leads on to the next open question."""
        return reverse("attempt_summary", args=[self.pk])


class AttemptItem(models.Model):
    """One place in a set: the pinned question."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["attempt", "position"], name="one_item_a_position")]

    def __str__(self) -> str:
        return f"{self.attempt}, question {self.position}"

    def get_absolute_url(self) -> str:
        """The question's page."""
        return reverse("question", args=[self.attempt_id, self.position])


class Answer(AppendOnly):
    """What a person gave, as given. Drafts precede the one submitted answer."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"

    item = models.ForeignKey(AttemptItem, on_delete=models.PROTECT, related_name="answers")
    sequence = models.PositiveIntegerField()
    key = models.UUIDField(help_text="Idempotency key: the same form sent again is the same answer.")
    state = models.CharField(max_length=10, choices=State.choices)
    payload: Any = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.answer}: {'clean' if self.is_clean else 'not clean'}"
