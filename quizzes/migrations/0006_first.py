"""Note with each question of a set whether its case was new to its person, which was counted at every answer before."""

from django.db import migrations, models
from django.db.models import Min


def note(apps, schema_editor):
    """The first of each person's questions about a case, by their keys, as it was counted before."""
    items = apps.get_model("quizzes", "AttemptItem").objects.order_by()
    first = items.values("attempt__person", "version__case").annotate(first=Min("pk")).values("first")
    items.filter(pk__in=first).update(is_first=True)


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0005_editing")]

    operations = [
        migrations.AddField(
            model_name="attemptitem",
            name="is_first",
            field=models.BooleanField(default=False, help_text="Whether its case was new to the person in this place."),
        ),
        migrations.RunPython(note, migrations.RunPython.noop, elidable=True),
    ]
