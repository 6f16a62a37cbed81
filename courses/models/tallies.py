"""What the people of teams come to together, kept with their answers."""

from django.db import models

from courses.models.teams import Team


class BreakTally(models.Model):
    """How often answers of one week broke a rule: those of the people who learn in a team now, by their cohort.

    It goes with the people: whoever gets a seat brings all they ever broke, and takes it along again
    (``courses.breaking``). 0 is as good as no row.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="break_tallies", db_index=False)
    cohort = models.CharField(max_length=60, blank=True)
    week = models.DateField(help_text="Its Monday, in the time zone of the site.")
    rule = models.CharField(max_length=80)
    category = models.CharField(max_length=30)
    times = models.IntegerField(default=0)

    class Meta:
        ordering = ["team", "cohort", "week", "rule", "category"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "cohort", "week", "rule", "category"], name="one_tally_a_group_week_and_break"
            )
        ]
        # All that the overview of a team adds up, so that it reads this index and nothing else.
        indexes = [
            models.Index(fields=["team", "week", "rule", "category", "cohort", "times"], name="breaks_of_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.team_id}, {self.cohort or 'no cohort'}, week of {self.week}, {self.rule}: {self.category}"
