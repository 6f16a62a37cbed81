"""What a person knows of a rule, and the reviews it follows from. All of it can be derived again from the gradings."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import RowNumber, TruncWeek

from accounts.models import User
from quizzes.models.attempts import AttemptItem, Grading


class Level(models.TextChoices):
    """How well a rule is known."""

    LEARNING = "learning", "Learning"
    STEADY = "steady", "Three in a row"
    MASTERED = "mastered", "Mastered"


class RuleMemoryQuerySet(models.QuerySet["RuleMemory"]):
    """What is remembered."""

    def of(self, person: User) -> "RuleMemoryQuerySet":
        """A person's own."""
        return self.filter(person=person)

    def due(self, at: datetime) -> "RuleMemoryQuerySet":
        """What is due again, the longest due first."""
        return self.filter(due__lte=at).order_by("due", "pk")

    def weak(self) -> "RuleMemoryQuerySet":
        """Rules that were broken and not kept three times in a row since, the most often broken first."""
        return self.filter(lapses__gt=0, level=Level.LEARNING).order_by("-lapses", "stability", "pk")


class RuleMemory(models.Model):
    """One rule in one person's memory: when it is due again, and how far it is from mastered."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memories")
    rule = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=12)
    stability = models.FloatField(help_text="Days until the chance of recall falls to nine in ten.")
    difficulty = models.FloatField()
    due = models.DateTimeField()
    reviewed_at = models.DateTimeField()
    reviews = models.PositiveIntegerField(default=0)
    lapses = models.PositiveIntegerField(default=0)
    streak = models.JSONField(default=list, help_text="Scenarios answered cleanly in a row, without hints.")
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.LEARNING)
    steady_since = models.DateTimeField(null=True, blank=True)
    first_met = models.DateTimeField()

    objects = RuleMemoryQuerySet.as_manager()

    class Meta:
        ordering = ["due", "pk"]
        verbose_name_plural = "rule memories"
        constraints = [models.UniqueConstraint(fields=["person", "rule"], name="one_memory_a_rule")]
        indexes = [models.Index(fields=["person", "due"], name="memory_by_due")]

    def __str__(self) -> str:
        return f"{self.person}: {self.rule}"


class RuleReviewQuerySet(models.QuerySet["RuleReview"]):
    """Reviews. There are some only for answers whose results are shown, so no hidden result is in anything counted."""

    def of(self, person: User) -> "RuleReviewQuerySet":
        """A person's own, in no order, so that they can be counted by group."""
        return self.filter(person=person).order_by()

    def breaks(self) -> Iterable[tuple[datetime, str, str]]:
        """What was broken: moment, rule and category of each."""
        return self.filter(broken=True).order_by().values_list("at", "rule", "category")

    def by_rule(self) -> Iterable[Mapping[str, Any]]:
        """Each ``rule`` with how often it was kept, when it was seen ``last``, and when it was ``last_kept``."""
        kept = models.Q(broken=False)
        return self.values("rule").annotate(
            kept=models.Count("pk", filter=kept), last=models.Max("at"), last_kept=models.Max("at", filter=kept)
        )

    def broken_rules(self) -> Iterable[Mapping[str, Any]]:
        """Each broken ``rule`` and ``category`` with how often (``times``) and when ``last``, the most often first."""
        rows = self.filter(broken=True).values("rule", "kind", "category")
        return rows.annotate(times=models.Count("pk"), last=models.Max("at")).order_by("-times", "rule", "category")

    def newest_breaks(self, most: int) -> Iterable[Mapping[str, Any]]:
        """The newest answers that broke each ``rule``, at most so many a rule.

        With their ``attempt``, ``position``, moment (``at``), the question's ``title`` and its date of service
        (``day``); the rest of a question, which is most of it, is not read.
        """
        place = models.Window(RowNumber(), partition_by="rule", order_by=["-at", "-pk"])
        newest = self.filter(broken=True).annotate(place=place).filter(place__lte=most).values("pk")
        prompt = "item__version__prompt"
        day = KeyTextTransform("date_of_service", KeyTransform("encounter", prompt))
        rows = self.model._default_manager.filter(pk__in=newest)
        return rows.order_by("rule", "-at", "-pk").values(
            "rule", "at", attempt=models.F("item__attempt"), position=models.F("item__position"),
            title=KeyTextTransform("title", prompt), day=day,
        )  # fmt: skip

    def fresh_by_week(self, since: datetime) -> Iterable[Mapping[str, Any]]:
        """Week -> how many questions never put before this person were answered (``tried``), how many cleanly."""
        rows = self.filter(is_fresh=True, at__gte=since).annotate(week=TruncWeek("at")).values("week")
        clean = models.Q(grading__is_clean=True)
        return rows.annotate(
            tried=models.Count("item", distinct=True), kept=models.Count("item", filter=clean, distinct=True)
        ).order_by("week")


class RuleReview(models.Model):
    """What one graded answer showed of one rule, and what it did to the memory of it."""

    class Rating(models.IntegerChoices):
        AGAIN = 1, "Again"
        HARD = 2, "Hard"
        GOOD = 3, "Good"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    rule = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    category = models.CharField(max_length=30)
    item = models.ForeignKey(AttemptItem, on_delete=models.CASCADE, related_name="reviews")
    grading = models.ForeignKey(Grading, on_delete=models.CASCADE, related_name="reviews")
    at = models.DateTimeField()
    rating = models.PositiveSmallIntegerField(choices=Rating.choices)
    broken = models.BooleanField()
    hints = models.PositiveSmallIntegerField(default=0)
    is_fresh = models.BooleanField(help_text="Whether this very question had never been put before the person.")
    recall = models.FloatField(null=True, help_text="The chance of recall that was expected; none at first contact.")
    level_before = models.CharField(max_length=10, choices=Level.choices, blank=True)
    level_after = models.CharField(max_length=10, choices=Level.choices)
    due = models.DateTimeField(help_text="When it was due again after this.")

    objects = RuleReviewQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["grading", "rule"], name="one_review_a_grading_and_rule")]
        indexes = [
            models.Index(fields=["person", "at"], name="reviews_by_time"),
            models.Index(fields=["person", "rule", "at"], name="reviews_by_rule"),
            models.Index(fields=["person", "at", "rule"], condition=models.Q(broken=True), name="breaks_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.rule}, {self.get_rating_display()}"


class WeekTally(models.Model):
    """What one person's answers of one week come to, kept with the answers so that no report has to count them.

    With ``kind`` empty it is about answers: ``kept`` are the clean ones. Otherwise it is about what they showed
    of rules of one kind. The sums for scores count code lines: right, of the key, and the more of key and given.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="weeks")
    week = models.DateField(help_text="Its Monday, in the time zone of the site.")
    kind = models.CharField(max_length=40, blank=True)
    tried = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    fresh_tried = models.PositiveIntegerField(default=0, help_text="On questions never put before the person.")
    fresh_kept = models.PositiveIntegerField(default=0)
    hinted = models.PositiveIntegerField(default=0, help_text="Answers given after a hint.")
    accuracy = models.PositiveBigIntegerField(default=0, help_text="Sum of element accuracies, in ten-thousandths.")
    codes_right = models.PositiveIntegerField(default=0)
    codes_key = models.PositiveIntegerField(default=0)
    codes_most = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["week", "kind"]
        constraints = [models.UniqueConstraint(fields=["person", "week", "kind"], name="one_tally_a_week_and_kind")]
        # What scores are made of, so that a report on many people reads this index and nothing else.
        indexes = [
            models.Index(
                fields=[
                    "person", "week", "kind", "tried", "kept", "accuracy", "codes_right", "codes_key", "codes_most",
                ],
                condition=models.Q(kind=""), name="answers_by_week",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.person_id}, week of {self.week}, {self.kind or 'answers'}"
