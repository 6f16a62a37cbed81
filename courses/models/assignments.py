"""What is assigned to whom, how far it is, and the sets that were answered for it."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.append_only import AppendOnly
from accounts.models import User
from courses.models.courses import Course, CourseItem
from courses.models.teams import Membership, Team
from quizzes.models import Attempt

#: By due date, what has none last.
BY_DUE = (models.F("due_at").asc(nulls_last=True), "pk")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Who must do what."""

    def standing(self) -> "AssignmentQuerySet":
        """Those that were not taken back."""
        return self.filter(unassigned_at=None)

    def open(self) -> "AssignmentQuerySet":
        """Those that are neither done nor taken back."""
        return self.standing().filter(done_at=None)

    def of_learners(self) -> "AssignmentQuerySet":
        """Those that count for a team: of people who have the seat of a trainee in it now."""
        whose = {"team": models.OuterRef("team"), "person": models.OuterRef("person")}
        return self.filter(models.Exists(Membership.objects.active().trainees().filter(**whose)))

    def overdue(self, at: datetime) -> "AssignmentQuerySet":
        """Open ones whose time is up."""
        return self.open().filter(due_at__lt=at)

    def not_passed(self) -> "AssignmentQuerySet":
        """Open ones that cannot be done as they are: the attempts at something in them are used up."""
        spent = Standing.objects.filter(assignment=models.OuterRef("pk"), state=Standing.State.SPENT)
        return self.open().filter(models.Exists(spent))

    def with_progress(self) -> "AssignmentQuerySet":
        """Each with how many ``items`` it has, and ``items_done``, ``items_begun`` and ``items_spent`` of them."""
        states = Standing.State
        which = {
            "done": [states.DONE],
            "begun": [states.IN_PROGRESS, states.DONE, states.SPENT],
            "spent": [states.SPENT],
        }
        counted = {
            f"items_{name}": models.Count("standings", filter=models.Q(standings__state__in=every))
            for name, every in which.items()
        }
        # Rows that are counted have lost the order of the model.
        return self.annotate(items=models.Count("standings"), **counted).order_by(*BY_DUE)

    def in_teams_of(self, person: User) -> "AssignmentQuerySet":
        """A person's own, as far as they still have a seat in the team that assigned them."""
        seats = models.Q(team__memberships__person=person, team__memberships__ended_at=None)
        return self.filter(seats, person=person, team__archived_at=None)


class Assignment(models.Model):
    """One course for one person, on terms that were agreed when it was assigned.

    ``before_*`` are what the person showed of the rules of a remediation before it was assigned.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="assignments")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    batch = models.UUIDField(default=uuid.uuid4, help_text="What was assigned together.")
    mode = models.CharField(max_length=10, choices=Attempt.Mode.choices, default=Attempt.Mode.TUTOR)
    pass_percent = models.PositiveSmallIntegerField(
        default=80, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Share of clean answers that passes a set or exam.",
    )  # fmt: skip
    attempts_allowed = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text="For each set; empty: as many as it takes.",
    )  # fmt: skip
    attempts_anew_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Sets that were begun before use up no attempt any more."
    )
    extra_percent = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(400)])
    due_at = models.DateTimeField(null=True, blank=True)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=timezone.now)
    unassigned_at = models.DateTimeField(null=True, blank=True)
    unassigned_why = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    repeats = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="repeated_as")
    before_tried = models.PositiveIntegerField(null=True, blank=True)
    before_kept = models.PositiveIntegerField(null=True, blank=True)
    before_since = models.DateField(null=True, blank=True, help_text="From when on that was counted; empty: ever.")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = [*BY_DUE]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "course", "person"],
                condition=models.Q(unassigned_at=None, done_at=None),
                name="one_open_assignment_a_course",
            )
        ]
        indexes = [
            models.Index(fields=["team", "person"], name="assignments_of_a_team"),
            # With all that the overview of a team reads of what is open, so that it reads this index and nothing else.
            models.Index(
                fields=["team", "person", "due_at", "unassigned_at", "done_at"],
                condition=models.Q(unassigned_at=None, done_at=None),
                name="open_in_a_team",
            ),
            models.Index(fields=["person", "due_at"], name="assignments_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.course} for {self.person}"

    def get_absolute_url(self) -> str:
        """The course as its trainee sees it."""
        return reverse("assignment", args=[self.pk])

    def is_overdue(self, at: datetime) -> bool:
        """Whether its time is up and it is not done."""
        is_open = self.done_at is None and self.unassigned_at is None
        return is_open and self.due_at is not None and self.due_at < at


class Extension(AppendOnly):
    """More time for one assignment. The newest one stands, and is the ``due_at`` of the assignment.

    But for a change of the team's time zone since: then the assignment has the same day by the new clocks.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    due_before = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="None: without a date from now on.")
    why = models.CharField(max_length=200)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.assignment} until {self.due_at}"


class Standing(models.Model):
    """How far one item of an assignment is. Derived from what was read and answered (``courses.standing``)."""

    class State(models.TextChoices):
        NOT_STARTED = "not started", "Not started"
        IN_PROGRESS = "in progress", "In progress"
        DONE = "done", "Done"
        SPENT = "spent", "Not passed, no attempt left"

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="standings")
    item = models.ForeignKey(CourseItem, on_delete=models.CASCADE, related_name="standings")
    state = models.CharField(max_length=12, choices=State.choices, default=State.NOT_STARTED)
    tried = models.PositiveSmallIntegerField(
        default=0, help_text="Of the best attempt: questions. For mastery: rules. 1 for a page."
    )
    kept = models.PositiveSmallIntegerField(default=0, help_text="Of the same: answered cleanly, mastered, read.")
    attempts = models.PositiveSmallIntegerField(default=0)
    hints = models.PositiveSmallIntegerField(default=0)
    edition = models.PositiveIntegerField(null=True, blank=True, help_text="The edition of the page that was read.")
    started_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["assignment", "item__position"]
        constraints = [models.UniqueConstraint(fields=["assignment", "item"], name="one_standing_an_item")]
        indexes = [models.Index(fields=["assignment", "state"], name="states_of_an_assignment")]

    def __str__(self) -> str:
        return f"{self.assignment}: {self.item}, {self.get_state_display()}"


class Sitting(models.Model):
    """A set or an exam that was begun for an item of an assignment."""

    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, related_name="sittings")
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="sitting")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.standing}: {self.attempt}"
