"""What happens here when something happens below."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import person_erased
from editorial.models import FormDraft, Presence


@receiver(person_erased)
def forget_person(person: User, **kwargs: Any) -> None:
    """What somebody typed and never saved, and where they were last seen writing."""
    FormDraft.objects.filter(person=person).delete()
    Presence.objects.filter(person=person).delete()
