"""People."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone

from accounts.append_only import AppendOnly
from statements.prepared import Prepared


class User(AbstractUser):
    """A person who signs in. What somebody may do comes from groups and teams."""

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Preferences(models.Model):
    """How somebody likes to work. Without a row everything is as the fields' defaults say."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="preferences", primary_key=True)
    shortcuts = models.BooleanField(
        "Single-letter shortcuts", default=False, help_text="On a question: F flags, H gives a hint, N notes, C checks."
    )
    hide_timer = models.BooleanField(
        "Hide the timer in exams", default=False, help_text="You are still told at 10, 5 and 1 minutes."
    )
    ask_certainty = models.BooleanField(
        "Ask how certain I am", default=False, help_text="Three choices beside Check. Only you see them."
    )
    mail_reviews = models.BooleanField(
        "Mail me when reviews are due", default=False, help_text="At most one mail a day, and none when nothing is due."
    )
    mail_assignments = models.BooleanField(
        "Mail me about my assignments",
        default=True,
        help_text="When something is assigned, changed, taken back or due soon, and when a certificate is ready.",
    )
    mail_digest = models.BooleanField(
        "Mail me who is overdue",
        default=True,
        help_text="For managers: at most one mail a day, and none when nobody is.",
    )
    mailed_on = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"Preferences of {self.person}"


@transaction.atomic
def rename(person: User, first_name: str, last_name: str) -> None:
    """Let somebody be called otherwise, from their own hand; what they had been called is kept nowhere."""
    if (person.first_name, person.last_name) != (first_name, last_name):
        person.first_name, person.last_name = first_name, last_name
        person.save(update_fields=["first_name", "last_name"])
        audit(person, "name changed", person)


def preferences_of(person: User) -> Preferences:
    """A person's preferences, stored or not."""
    stored = _PREFERENCES.objects(person.pk)
    return stored[0] if stored else Preferences(person=person)


_PREFERENCES = Prepared(lambda person: Preferences.objects.filter(person=person), int)


def prefer(person: User, chosen: Mapping[str, Any]) -> Preferences:
    """Store what a person chose (field -> value); what is not named stays as it is."""
    return Preferences.objects.update_or_create(person=person, defaults=dict(chosen))[0]


class AuditEntry(AppendOnly):
    """Who changed what, when and why. Things and people are named by their ids, so that no name has to be erased."""

    at = models.DateTimeField(default=timezone.now)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60, help_text="What was done, as in “membership ended”.")
    subject = models.CharField(max_length=80, help_text="To what: a kind of thing and its id.")
    team = models.PositiveBigIntegerField(null=True, help_text="Id of the team in whose name it was done.")
    before: Any = models.JSONField(null=True)
    after: Any = models.JSONField(null=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["team", "-id"], name="audit_by_team"),
            models.Index(fields=["subject", "-id"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.verb}: {self.subject}"


def audit(
    who: User | None, verb: str, subject: models.Model | str, *, team: int | None = None, before: Any = None,
    after: Any = None, why: str = "",
) -> AuditEntry:  # fmt: skip
    """Note who did what, in the transaction that does it. ``before`` and ``after`` hold no names of people.

    ``subject`` as a text is for what has a name of its own that never changes, such as ``A1234/rules/not-with``
    (there: the number of a page and a part of it).
    """
    return AuditEntry.objects.create(
        who=who, verb=verb, subject=_named(subject), team=team, before=before, after=after, why=why[:300]
    )


def audit_all(who: User | None, verb: str, after: Mapping[models.Model, Any], *, team: int | None = None) -> None:
    """Note that somebody did the same to many things, each with what it is now."""
    AuditEntry.objects.bulk_create(
        AuditEntry(who=who, verb=verb, subject=_named(subject), team=team, after=now) for subject, now in after.items()
    )


def _named(subject: models.Model | str) -> str:
    return subject if isinstance(subject, str) else f"{subject._meta.model_name} {subject.pk}"
