"""Answers, reports and mended pages, as tests of what educators do with them need them."""

from datetime import datetime
from typing import Any

from accounts.models import User
from codes.models import Code, Edition, Rule
from codes.pages import read_part, write_part
from codes.publish import publish
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.models import Answer, AttemptItem, Report
from quizzes.reports import report
from tests.quizzes.learning import NOON, give, right

#: The blank claim, on the facts as they are written on the page.
CLAIMS = Recipe(formats=("code-the-claim",), as_written=1.0, size=3)
WHY = "The payer of this case asks for each session."


def begun(person: User, code: Code, *, seed: int = 1, recipe: Recipe = CLAIMS) -> list[AttemptItem]:
    """The open questions of a set."""
    attempt = practice.start(person, code, seed=seed, recipe=recipe)
    return list(attempt.items.select_related("attempt__exam", "version__question__scenario__code"))


def many_units(item: AttemptItem) -> dict[str, Any]:
    """The right claim but for the units of its first line."""
    payload = right(item)
    first, *others = payload["lines"]
    return payload | {"lines": [first | {"units": "9"}, *others]}


def answered(person: User, code: Code, *, at: datetime = NOON, seed: int = 1) -> AttemptItem:
    """A question that was answered with too many units."""
    item = begun(person, code, seed=seed)[0]
    give(item, many_units(item), at)
    return item


def reported(person: User, item: AttemptItem, text: str = "The payer wants it so.", at: datetime = NOON) -> Report:
    return report(Answer.objects.get(item=item, state="submitted"), person, "disagree", text, at)


def accept(item: AttemptItem, *, why: str = WHY) -> Edition:
    """Accept the answer's claim for its example, and publish the page."""
    scenario = item.version.question.scenario
    part = f"examples/{scenario.slug}"
    claim = Answer.objects.get(item=item, state="submitted").gradings.latest("pk").claim
    example = read_part(scenario.code, part) | {"also_accepted": [{"lines": claim["lines"], "why": why}]}
    write_part(scenario.code, part, example)
    return publish(scenario.code, by=None, why="A claim is accepted too")


def count_each(code: Code) -> Edition:
    """Mend the rule of units: what was one unit however many is counted one by one; and publish the page."""
    Rule.objects.filter(code=code, kind="units").update(params={"counts": "each", "noun": "lesions"})
    return publish(code, by=None, why="Each is counted")
