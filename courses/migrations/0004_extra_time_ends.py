"""Let extra time that came with an assignment hang on it, and end where the assignment has ended."""

from django.db import migrations
from django.utils import timezone


def hang(apps, schema_editor):
    """Rows that were written with an assignment are known by person, who granted them, and the very moment."""
    extra_time = apps.get_model("quizzes", "ExtraTime")
    at = timezone.now()
    for one in apps.get_model("courses", "Assignment").objects.filter(extra_percent__gt=0):
        basis = f"assignment {one.pk}"
        rows = extra_time.objects.filter(
            person=one.person_id, granted_by=one.assigned_by_id, created_at=one.assigned_at, percent=one.extra_percent,
            exam__isnull=False, basis="", why__startswith="Assigned with ",
        )  # fmt: skip
        exams = set(rows.values_list("exam", flat=True))
        rows.update(basis=basis)
        if one.done_at or one.unassigned_at:
            for exam in sorted(exams):
                extra_time.objects.create(
                    person_id=one.person_id, exam_id=exam, percent=0, basis=basis, why="The assignment has ended",
                    created_at=at,
                )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_break_tallies"), ("quizzes", "0008_extra_time_and_readmission")]

    operations = [migrations.RunPython(hang, migrations.RunPython.noop, elidable=True)]
