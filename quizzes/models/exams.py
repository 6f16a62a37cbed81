"""Exams: what they are drawn from, how long they take, and when their results are shown."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.append_only import AppendOnly
from accounts.models import User
from codes.models import Code
from rulebook.kinds import KIND

MOST_QUESTIONS = 100


class ExamQuerySet(models.QuerySet["Exam"]):
    """Which exams there are."""

    def open(self) -> "ExamQuerySet":
        """Those that can be taken now."""
        return self.filter(is_open=True)


class Exam(models.Model):
    """An exam as its author set it up. Every attempt draws questions of its own from the blueprint, and keeps them."""

    class Order(models.TextChoices):
        FREE = "free", "Free: go back and forth"
        SEQUENTIAL = "sequential", "One after the other, without going back"

    class Release(models.TextChoices):
        AT_END = "at end", "When the exam is finished"
        BY_AUTHOR = "by author", "When the author releases them"

    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="Shown before the exam begins.")
    minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text="Time limit; empty for none. Extra time is given by person.",
    )  # fmt: skip
    order = models.CharField(max_length=10, choices=Order.choices, default=Order.FREE)
    attempts_allowed = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    release = models.CharField("results are shown", max_length=10, choices=Release.choices, default=Release.AT_END)
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    pass_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Share of clean answers that passes; empty: nobody passes or fails.",
    )  # fmt: skip
    is_open = models.BooleanField("can be taken", default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExamQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """What it is about, before it begins."""
        return reverse("exam", args=[self.pk])

    def results_are_shown(self) -> bool:
        """Whether those who finished may see how it went."""
        return self.release == self.Release.AT_END or self.released_at is not None


class ExamPart(models.Model):
    """One row of a blueprint: so many questions, of a code, about a rule or a kind of rule, in a format."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField(
        "questions", default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_QUESTIONS)]
    )
    code = models.ForeignKey(Code, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(
        max_length=80, blank=True, help_text="A kind of rule, such as units, or one rule, such as 99999/units."
    )
    format = models.CharField(max_length=40, blank=True, help_text="Empty: formats by turns.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        about = " ".join(str(one) for one in (self.code, self.rule, self.format) if one)
        return f"{self.number} × {about or 'anything'}"

    def clean(self) -> None:
        """ValidationError for a rule that is neither a kind nor written as one rule."""
        if self.rule and self.rule not in KIND and "/" not in self.rule:
            raise ValidationError({"rule": f"“{self.rule}” is no kind of rule. Kinds are {', '.join(KIND)}."})


class ExtraTime(AppendOnly):
    """More time for one person, for one exam or (``exam`` None) for all.

    Of the rows with the same ``basis`` the newest that fits counts; of several bases the one with most time. What ends
    with its basis is followed by a row of 0 %.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="extra_time")
    exam = models.ForeignKey(Exam, null=True, blank=True, on_delete=models.CASCADE, related_name="extra_time")
    percent = models.PositiveSmallIntegerField(validators=[MaxValueValidator(400)], help_text="On top of the limit.")
    basis = models.CharField(
        max_length=40, blank=True, help_text="What it is granted for and ends with; empty: for good."
    )
    why = models.CharField(max_length=200)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "extra time"

    def __str__(self) -> str:
        return f"{self.percent} % for {self.person}"


def percent_for(person_id: int, exam_id: int | None) -> int:
    """How much extra time a person has for an exam, or (None) for whatever has a time limit; 0 without any."""
    counting = _counting(_newest(ExtraTime.objects.filter(person=person_id)), exam_id)
    return counting.percent if counting else 0


def extra_time_of(person: User) -> list[ExtraTime]:
    """What a person has now: for all exams, then for each exam that has more or less of its own."""
    newest = _newest(ExtraTime.objects.filter(person=person).select_related("exam", "granted_by"))
    named = {exam for _, exam in newest} | {None}
    rows = {row.pk: row for exam in named if (row := _counting(newest, exam)) and (row.percent or not row.basis)}
    return sorted(rows.values(), key=lambda row: (row.exam is not None, str(row.exam)))


#: Basis and exam -> the row that was added last.
Newest = dict[tuple[str, int | None], ExtraTime]


def _newest(rows: "models.QuerySet[ExtraTime]") -> Newest:
    return {(row.basis, row.exam_id): row for row in rows.order_by("pk")}


def _counting(newest: Newest, exam_id: int | None) -> ExtraTime | None:
    """The row that counts for an exam: what was granted for good, or what came with something where that is more."""
    for_good = newest.get(("", exam_id)) or newest.get(("", None))
    passing = [row for (basis, exam), row in newest.items() if basis and exam in (exam_id, None)]
    return max([*([for_good] if for_good else []), *passing], key=lambda row: row.percent, default=None)


class Readmission(AppendOnly):
    """Somebody may take an exam from the beginning: what they took of it before uses up no attempt any more."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="readmissions")
    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="readmissions")
    why = models.CharField(max_length=200)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["person", "exam", "created_at"], name="readmitted_to_an_exam")]

    def __str__(self) -> str:
        return f"{self.person} may take {self.exam} anew"
