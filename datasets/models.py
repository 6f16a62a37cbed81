"""What is loaded. The rows of a release lie in tables of its own (``datasets.store``)."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

from datasets.kinds import KIND, KINDS

#: What settings are called that have no name of their own.
SETTINGS = {"qpp": "with quality programs", "nonqpp": "without quality programs"}
DATED = [kind.id for kind in KINDS if kind.dated]


def new_number() -> int:
    """A name for a build that no other has, whoever else is loading at this moment."""
    return secrets.randbelow(2**31 - 1) + 1


def place_of(kind: str, setting: str, in_force_from: date, build: int) -> str:
    """What the tables of a build are called by."""
    return f"{kind}_{setting or 'all'}_{in_force_from:%Y%m%d}_{build}".replace("-", "_")


class ReleaseQuerySet(models.QuerySet["Release"]):
    """What is loaded."""

    def of(self, kind: str, setting: str = "") -> "ReleaseQuerySet":
        """One kind of file, for one setting where there are several, the newest first."""
        return self.filter(kind=kind, setting=setting).order_by("-in_force_from")

    def on(self, day: date) -> "Release | None":
        """The newest of them in force on a day."""
        return self.holding(day).first()

    def holding(self, day: date) -> "ReleaseQuerySet":
        """Those in force on a day, the newest first; a file holds until the next one of its kind.

        For a day before the first of them the first one answers where its rows carry days of their own (``dated``).
        """
        begun = Q(in_force_from__lte=day)
        newest = Case(When(begun, then=F("in_force_from"))).desc(nulls_last=True)
        return self.filter(begun | Q(kind__in=DATED)).order_by(newest, "in_force_from")


class Release(models.Model):
    """One edition of one kind of public file, whole. It holds from a day on, until the next one of its kind."""

    kind = models.CharField(max_length=20)
    setting = models.CharField(max_length=20, blank=True, help_text="For whom it holds, where there are several.")
    in_force_from = models.DateField()
    label = models.CharField(max_length=40, help_text="As its publisher calls it: 2026 Q1, FY 2026.")
    build = models.PositiveIntegerField(default=0, help_text="Names its tables; each build has a number of its own.")
    files: Any = models.JSONField(default=list, help_text="Of each file its name, digest and number of rows.")
    rows = models.PositiveIntegerField(default=0)
    loaded_at = models.DateTimeField(default=timezone.now)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "setting", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "setting", "in_force_from"], name="one_release_an_edition")
        ]

    def __str__(self) -> str:
        return " ".join(word for word in (self.kind, self.setting, self.label) if word)

    @property
    def title(self) -> str:
        """What it is, for people: its kind, for whom, and which edition."""
        return ", ".join(word for word in (KIND[self.kind].title, self.for_whom, self.label) if word)

    @property
    def file_names(self) -> str:
        """The names of the files it was made of."""
        return ", ".join(file["name"] for file in self.files)

    @property
    def for_whom(self) -> str:
        """Its setting in words."""
        return SETTINGS.get(self.setting, self.setting)

    def until(self, others: "Iterable[Release]") -> date | None:
        """The last day that it answers for, given the releases there are; None where none comes after it."""
        same = (one.in_force_from for one in others if (one.kind, one.setting) == (self.kind, self.setting))
        after = min((day for day in same if day > self.in_force_from), default=None)
        return after - timedelta(days=1) if after else None

    @property
    def place(self) -> str:
        """What its tables are called by, on the disk or in the database; each build has its own."""
        return place_of(self.kind, self.setting, self.in_force_from, self.build)

    def renew(self, files: list[dict[str, Any]], at: datetime) -> None:
        """Let it be a new build of these files; not stored yet."""
        self.build, self.files, self.loaded_at = new_number(), files, at
