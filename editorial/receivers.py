"""What happens here when something happens below."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User, audit
from accounts.signals import person_erased
from datasets.models import Release
from datasets.signals import release_loaded, release_removed
from editorial.data_loads import LOADED, REMOVED
from editorial.models import FormDraft, Presence


@receiver(person_erased)
def forget_person(person: User, **kwargs: Any) -> None:
    """What somebody typed and never saved, and where they were last seen writing."""
    FormDraft.objects.filter(person=person).delete()
    Presence.objects.filter(person=person).delete()


@receiver(release_loaded)
def note_load(release: Release, by: User | None, **kwargs: Any) -> None:
    """Who loaded which public file; nobody where it was a command."""
    audit(by, LOADED, release, after=_told(release))


@receiver(release_removed)
def note_removal(release: Release, by: User | None, **kwargs: Any) -> None:
    """Who removed it."""
    audit(by, REMOVED, release, before=_told(release))


def _told(release: Release) -> dict[str, Any]:
    return {"data": release.title, "file": release.files[-1]["name"], "rows": release.rows}
