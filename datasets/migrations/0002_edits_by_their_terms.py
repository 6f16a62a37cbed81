"""Edits lie in other tables from here on; those that were loaded before go, and their files load again."""

from typing import Any

from django.db import migrations

from datasets import store
from datasets.models import place_of


def forget_edits(apps: Any, schema_editor: Any) -> None:
    """Without their release the pages say nothing of edits, instead of asking tables that are not there."""
    older = apps.get_model("datasets", "Release").objects.filter(kind="ptp")
    places = [place_of(one.kind, one.setting, one.in_force_from, one.build) for one in older]
    older.delete()
    for place in places:
        store.drop(place)


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial")]

    operations = [migrations.RunPython(forget_edits, migrations.RunPython.noop)]
