"""Scenarios follow the examples of published pages."""

from codes.library import library_with
from codes.lint import why_not_asked
from codes.models import Edition, has_facts
from quizzes.models import Scenario
from rulebook import Library
from rulebook.case_format import read_encounter


def renew(edition: Edition) -> None:
    """Make a page's scenarios those of its new edition; the others are no longer asked.

    A page can also change what other pages' scenarios lead to, so their reasons are
    looked at again. Attempts keep the versions they were given.
    """
    examples = [example for example in edition.document["examples"] if has_facts(example["encounter"])]
    for example in examples:
        Scenario.objects.update_or_create(
            code=edition.code,
            slug=example["slug"],
            defaults={
                "title": example["title"],
                "narrative": example["narrative"],
                "encounter": example["encounter"],
                "edition": edition,
                "active": True,
            },
        )
    gone = Scenario.objects.filter(code=edition.code).exclude(slug__in=[example["slug"] for example in examples])
    gone.update(active=False)
    # Not the one kept in memory: should this transaction fail, its stamp may be given to another edition.
    judge_all(library_with())


def judge_all(pages: Library) -> None:
    """Note for each scenario why it cannot be asked, or that it can."""
    changed = []
    for scenario in Scenario.objects.filter(active=True):
        reason = why_not_asked(read_encounter(scenario.encounter), pages)
        if reason != scenario.reason:
            scenario.reason = reason
            changed.append(scenario)
    Scenario.objects.bulk_update(changed, ["reason"])
