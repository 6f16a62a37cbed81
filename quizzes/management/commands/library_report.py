"""What the published library holds."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from codes.library import current_stamp, library
from codes.lint import lint
from codes.models import Code
from codes.phrasebook import phrasebook
from quizzes.asking import Candidate, Source
from quizzes.formats import FORMATS
from quizzes.models import Scenario
from rulebook import Library
from rulebook.kinds import KINDS


class Command(BaseCommand):
    """Print codes, rules by kind, scenarios, questions by format, and what lint says."""

    help = "Print what the library holds: codes, rules by kind, scenarios, questions by format, lint."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which variants are counted hangs on a seed; the questions of one page take seconds, those of all a minute."""
        parser.add_argument("--code", default="", help="Count only the questions of this code's scenarios.")
        parser.add_argument("--seed", type=int, default=1, help="Seed of the variants that are counted (default 1).")

    def handle(self, *args: Any, **options: Any) -> None:
        pages = library(current_stamp())
        if options["code"] and options["code"] not in pages.codes:
            raise CommandError(f"--code: no page is published for {options['code']}.")
        scenarios = Scenario.objects.live().select_related("code")
        live = list(scenarios.of(options["code"]) if options["code"] else scenarios)
        counted = self._count(live, pages, options["seed"])
        self.stdout.write(f"{len(pages.codes)} codes, {len(pages.rules)} rules, {len(live)} scenarios to ask")
        self.stdout.write(f"{counted.variants} variants told, {sum(counted.asked.values())} distinct questions")
        for name, count in (*rules_by_kind(pages).items(), *counted.by_format().items()):
            self.stdout.write(f"  {name:<30} {count:>5}")
        for reason, count in counted.refused.most_common():
            self.stdout.write(f"  not asked ({count}): {reason}")
        for scenario in Scenario.objects.filter(active=True).exclude(reason=""):
            self.stdout.write(f"  not asked: {scenario}: {scenario.reason}")
        for code in Code.objects.all():
            for problem in lint(code):
                self.stdout.write(f"  {problem.level} {code.number} {problem.where}: {problem.message}")

    def _count(self, scenarios: list[Scenario], pages: Library, seed: int) -> "Counted":
        """Every question that the scenarios give, with a progress bar, because it takes a while."""
        counted = Counted()
        phrases = phrasebook()
        with tqdm(scenarios, desc="Questions", unit="scenario", file=self.stderr, disable=None) as progress:
            for scenario in progress:
                counted.add(Source(scenario=scenario, library=pages, phrases=phrases), seed)
        return counted


@dataclass
class Counted:
    """What there is to ask: distinct questions by format, variants, and why others are not asked."""

    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    variants: int = 0
    seen: set[str] = field(default_factory=set)

    def add(self, source: Source, seed: int) -> None:
        """Count a scenario with its variants."""
        told = set()
        for candidate in source.candidates(seed):
            told.add(repr(candidate.prompt["encounter"]))
            self._one(candidate)
        self.variants += max(0, len(told) - 1)

    def _one(self, candidate: Candidate) -> None:
        if candidate.reasons:
            self.refused[candidate.reasons[0].partition(":")[0]] += 1
            return
        content = repr((candidate.format.id, candidate.prompt, candidate.pinned.options, candidate.key))
        if content not in self.seen:
            self.seen.add(content)
            self.asked[candidate.format.id] += 1

    def by_format(self) -> dict[str, int]:
        """Format -> how many distinct questions."""
        return {f"questions: {form.id}": self.asked[form.id] for form in FORMATS}


def rules_by_kind(pages: Library) -> dict[str, int]:
    """Rule kind -> how many rules, those that follow from others included."""
    counts = Counter(rule.kind for rule in pages.rules)
    return {f"rules: {kind.id}": counts[kind.id] for kind in KINDS}
