"""Courses: what they hold, in which order, and what counts as done."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from codes.models import Code
from courses.models.teams import Team
from quizzes.models import Exam


class CourseQuerySet(models.QuerySet["Course"]):
    """Which courses there are."""

    def listed(self) -> "CourseQuerySet":
        """Those that can be chosen: not put away, and not made for one person's weakness."""
        return self.filter(archived_at=None, is_remediation=False)

    def templates(self) -> "CourseQuerySet":
        """Those that are copied rather than assigned."""
        return self.listed().filter(is_template=True)

    def assignable_in(self, team: Team) -> "CourseQuerySet":
        """Those of the site and of the team."""
        return self.listed().filter(models.Q(team=None) | models.Q(team=team), is_template=False)


class Course(models.Model):
    """Something to learn: pages, sets, exams and rules to master. Without a team it is the whole site's."""

    title = models.CharField(max_length=120)
    summary = models.TextField(blank=True, max_length=2000, help_text="What it is about, shown to whoever takes it.")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="courses")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    slug = models.SlugField(
        max_length=60, null=True, blank=True, unique=True, help_text="Of the starter library; empty for others."
    )
    is_template = models.BooleanField(default=False, help_text="To be copied by a team, not assigned as it is.")
    is_remediation = models.BooleanField(default=False, editable=False)
    in_order = models.BooleanField(
        "one after the other", default=True, help_text="Each item opens when the one before it is done."
    )
    gives_certificate = models.BooleanField("gives a certificate", default=False)
    ce_hours = models.DecimalField(
        "continuing education units", max_digits=4, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(99)],
        help_text="As your association approved them; empty: none are claimed.",
    )  # fmt: skip
    ce_provider = models.CharField("approved by", max_length=100, blank=True)
    ce_number = models.CharField("approval number", max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """What is in it."""
        return reverse("course", args=[self.pk])


class CourseItem(models.Model):
    """One thing to do. What its kind needs is set, the rest is empty."""

    class Kind(models.TextChoices):
        PAGE = "page", "Read a page"
        QUIZ = "quiz", "Answer a set of questions"
        EXAM = "exam", "Pass an exam"
        MASTERY = "mastery", "Master rules"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=120, blank=True, help_text="Empty: named after what it holds.")
    code = models.ForeignKey(
        Code, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="The page to read."
    )
    exam = models.ForeignKey(Exam, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    codes = models.JSONField(default=list, blank=True, help_text="Numbers of the pages that questions are drawn from.")
    rules = models.JSONField(
        default=list, blank=True, help_text="Rules such as 99999/units, or kinds of rules such as units."
    )
    number = models.PositiveSmallIntegerField(
        "questions", default=10, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    minutes = models.PositiveSmallIntegerField(
        "time limit", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text="In minutes, where the set is assigned in exam mode; empty for none.",
    )  # fmt: skip
    around_year = models.PositiveSmallIntegerField(
        null=True, blank=True,
        help_text="Only cases with a date of service close to the day on which one of the rules changed in this year.",
    )  # fmt: skip
    requires = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="opens", help_text="What must be done before."
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title or f"{self.get_kind_display()} ({self.position})"
