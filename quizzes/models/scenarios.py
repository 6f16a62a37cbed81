"""What can be asked: scenarios, questions, and the pinned versions that are put before learners."""

from django.db import models

from accounts.append_only import AppendOnly
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
    case = models.CharField(max_length=16, blank=True, help_text="Digest of the encounter, whatever the format.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "digest"], name="one_version_a_digest")]

    def __str__(self) -> str:
        return f"{self.question}, version {self.pk}"
