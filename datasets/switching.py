"""The switch from one build to the next: one row changes."""

from django.db import IntegrityError, transaction

from datasets import store
from datasets.models import Release
from datasets.sources import Unreadable


def put_in_place(release: Release, older: str, began_from: int) -> None:
    """From here on readers find the new build; the older one goes once that is through.

    Of two loads into one release at once, the second would leave out what the first has loaded, and is refused.
    """
    try:
        with transaction.atomic():
            if older and Release.objects.select_for_update().get(pk=release.pk).build != began_from:
                raise IntegrityError
            release.save()
            if older:
                transaction.on_commit(lambda: store.drop(older))
    except IntegrityError as error:
        store.drop(release.place)
        raise Unreadable(f"{release}: another file of it was loaded meanwhile. Load this one again.") from error
