"""What the people of each team broke, added up by cohort and week, from the reviews that are stored."""

from collections import Counter
from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

#: So many people's reviews are read together, and so many rows are written together.
PEOPLE, ROWS = 200, 1_000


def fill(apps, schema_editor):
    """Team by team, so that no more than one team's figures are in memory."""
    for team in apps.get_model("courses", "Team").objects.order_by("pk"):
        fill_team(apps, team)


def fill_team(apps, team):
    """The tallies of one team from the reviews of its people, some people at a time."""
    tallies, reviews = apps.get_model("courses", "BreakTally"), apps.get_model("quizzes", "RuleReview")
    seats = team.memberships.filter(ended_at=None, role="trainee").order_by("person_id")
    cohorts = dict(seats.values_list("person_id", "cohort"))
    people, counts = list(cohorts), Counter()
    for start in range(0, len(people), PEOPLE):
        rows = reviews.objects.filter(person__in=people[start : start + PEOPLE], broken=True).order_by()
        for person, at, rule, category in rows.values_list("person_id", "at", "rule", "category").iterator():
            counts[cohorts[person], monday(at), rule, category] += 1
    made = (
        tallies(team=team, cohort=cohort, week=week, rule=rule, category=category, times=times)
        for (cohort, week, rule, category), times in sorted(counts.items())
    )
    tallies.objects.bulk_create(made, ROWS)


def monday(at):
    """Of the week of a moment, in the time zone of the site."""
    day = timezone.localtime(at).date()
    return day - timedelta(days=day.weekday())


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_editing"),
        ("quizzes", "0005_editing"),
    ]

    operations = [
        migrations.CreateModel(
            name="BreakTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cohort", models.CharField(blank=True, max_length=60)),
                ("week", models.DateField(help_text="Its Monday, in the time zone of the site.")),
                ("rule", models.CharField(max_length=80)),
                ("category", models.CharField(max_length=30)),
                ("times", models.IntegerField(default=0)),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="break_tallies",
                        to="courses.team",
                    ),
                ),
            ],
            options={
                "ordering": ["team", "cohort", "week", "rule", "category"],
            },
        ),
        migrations.AddConstraint(
            model_name="breaktally",
            constraint=models.UniqueConstraint(
                fields=("team", "cohort", "week", "rule", "category"), name="one_tally_a_group_week_and_break"
            ),
        ),
        migrations.AddIndex(
            model_name="breaktally",
            index=models.Index(fields=["team", "week", "rule", "category", "cohort", "times"], name="breaks_of_a_team"),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("done_at", None), ("unassigned_at", None)),
                fields=["team", "person", "due_at", "unassigned_at", "done_at"],
                name="open_in_a_team",
            ),
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(fields=["assignment", "state"], name="states_of_an_assignment"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
