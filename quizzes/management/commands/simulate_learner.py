"""What the schedule does to somebody who practises every day, without waiting sixty days for it."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes.schedule import MOST_A_DAY, RETENTION
from quizzes.simulation import DayOf, Life, live, retention, reviews
from quizzes.simulation_chart import SPAN, drawing


def at_least_one(text: str) -> int:
    """A number of days or rules."""
    if not text.isdecimal() or not 0 < int(text) <= 3650:
        raise ArgumentTypeError(f"{text} is no whole number from 1 to 3650")
    return int(text)


class Command(BaseCommand):
    """Let a seeded learner live so many days, and print reviews a day, retention, time to mastery and backlog."""

    help = "Simulate a learner: reviews a day, retention at review, time to mastery, backlog; --svg draws a chart."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=at_least_one, default=60, help="How many days (default 60).")
        parser.add_argument("--seed", type=int, default=1, help="The same seed gives the same life (default 1).")
        parser.add_argument("--new", type=at_least_one, default=1, help="New rules a day (default 1).")
        parser.add_argument("--svg", type=Path, metavar="FILE", help="Draw a chart into this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        life = live(options["days"], options["seed"], new_a_day=options["new"])
        for line in (*table(life), "", *told(life)):
            self.stdout.write(line)
        if options["svg"]:
            title = f"A simulated learner: {options['days']} days, {options['new']} new a day, seed {options['seed']}"
            try:
                options["svg"].write_text(drawing(life, title), encoding="utf-8")
            except OSError as error:
                raise CommandError(f"--svg: {error}.") from error


def table(life: Life) -> Iterator[str]:
    """Each ten days in a row, in Markdown."""
    yield "| days | reviews a day | clean | left for later | rules met | three in a row | mastered |"
    yield "|---|---|---|---|---|---|---|"
    for start in range(0, len(life.days), SPAN):
        yield _row(life.days[start : start + SPAN])


def _row(some: tuple[DayOf, ...]) -> str:
    last, number = some[-1], reviews(some)
    cells = (
        f"{some[0].day} to {last.day}", f"{number / len(some):.1f}", f"{retention(some):.0%}" if number else "none",
        last.backlog, last.met, last.steady, last.mastered,
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def told(life: Life) -> Iterator[str]:
    """The figures of the whole life."""
    last = life.days[-1]
    yield f"Reviews a day: {life.reviews / len(life.days):.1f}, at most {MOST_A_DAY}"
    yield f"Retention at review: {life.retention:.1%} of {life.reviews} clean, {RETENTION:.0%} wanted"
    soon = life.days_to_mastery
    mastered = "none yet" if soon is None else f"{soon:g} days, median of {len(life.to_mastery)} rules"
    yield f"Time to mastery: {mastered}"
    yield f"Left for later in the end: {last.backlog} of {last.met} rules met"
    yield f"In the learner's head in the end: {last.truth:.0%} of the rules met would be recalled the next morning"
