"""Note from when on the answers before a remediation were counted."""

from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone


def note(apps, schema_editor):
    """It was not kept; eight weeks, the present one included, are what is looked at where nobody says otherwise."""
    assignments = apps.get_model("courses", "Assignment")
    for one in assignments.objects.filter(course__is_remediation=True):
        day = timezone.localtime(one.assigned_at).date()
        one.before_since = day - timedelta(days=day.weekday(), weeks=7)
        one.save(update_fields=["before_since"])


class Migration(migrations.Migration):
    dependencies = [("courses", "0004_extra_time_ends")]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="before_since",
            field=models.DateField(blank=True, help_text="From when on that was counted; empty: ever.", null=True),
        ),
        migrations.RunPython(note, migrations.RunPython.noop, elidable=True),
    ]
