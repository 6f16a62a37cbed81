"""What the published library holds."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from codes.library import current_stamp, library
from codes.lint import lint
from codes.models import Code
from quizzes.formats import FORMATS
from quizzes.models import Scenario
from rulebook import Library, derive
from rulebook.case_format import read_encounter
from rulebook.kinds import KINDS


class Command(BaseCommand):
    """Print codes, rules by kind, scenarios, questions by format, and what lint says."""

    help = "Print what the library holds: codes, rules by kind, scenarios, questions by format, lint."

    def handle(self, *args: Any, **options: Any) -> None:
        pages = library(current_stamp())
        live = list(Scenario.objects.live())
        self.stdout.write(f"{len(pages.codes)} codes, {len(pages.rules)} rules, {len(live)} scenarios to ask")
        for name, count in (*rules_by_kind(pages).items(), *questions_by_format(live, pages).items()):
            self.stdout.write(f"  {name:<22} {count:>5}")
        for scenario in Scenario.objects.filter(active=True).exclude(reason=""):
            self.stdout.write(f"  not asked: {scenario}: {scenario.reason}")
        for code in Code.objects.all():
            for problem in lint(code):
                self.stdout.write(f"  {problem.level} {code.number} {problem.where}: {problem.message}")


def rules_by_kind(pages: Library) -> dict[str, int]:
    """Rule kind -> how many rules, those that follow from others included."""
    counts = Counter(rule.kind for rule in pages.rules)
    return {f"rules: {kind.id}": counts[kind.id] for kind in KINDS}


def questions_by_format(scenarios: list[Scenario], pages: Library) -> dict[str, int]:
    """Format -> how many of the scenarios can be asked in it."""
    counts: Counter[str] = Counter()
    for scenario in scenarios:
        encounter = read_encounter(scenario.encounter)
        book = pages.on(encounter.date_of_service)
        derivation = derive(encounter, book)
        counts.update(form.id for form in FORMATS if form.pin(encounter, derivation, book, seed=0) is not None)
    return {f"questions: {form.id}": counts[form.id] for form in FORMATS}
