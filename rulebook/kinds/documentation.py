"""What the note must show."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Element
from rulebook.kinds.base import Contrast, Kind, Specimen
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.types import Category, CodeFacts, DocumentationItem, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationParams:
    """None: the items are those of the page's documentation list."""


class Documentation(Kind[DocumentationParams]):
    """The note has to show what the claim says.

    **Why it matters.** A reviewer pays for what is written down. An item that is not shown
    may well have been done, yet the claim is not supported without it.

    **Example.** The note describes the ablation and the tumor, and has no start and end
    time although the page asks for them: *not shown*, never *not done*.

    **What is checked.** The page's documentation list against the items that the note of
    the scenario shows, where the scenario says what it shows.

    **Source.** The documentation section of the page.
    """

    id: ClassVar[str] = "documentation"
    title: ClassVar[str] = "Shown in the note"
    category: ClassVar[Category] = Category.DOCUMENTATION
    section: ClassVar[str] = "documentation"
    Params = DocumentationParams

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        shown = case.encounter.documented
        facts = case.book.codes.get(rule.code)
        if shown is None or facts is None or not facts.documentation or not case.accepts(rule.code):
            return
        missing = [item for item in facts.documentation if item.slug not in shown]
        for item in missing:
            yield self.finding(
                rule,
                _element(rule, item.slug, Outcome.MISSING),
                facts=("documented",),
                why=f"The note does not show: {item.text}. The page of {rule.code} asks for it.",
                fix="Ask the provider to add it to the record before the claim goes out.",
            )
        if not missing:
            yield self.finding(
                rule,
                _element(rule, "all", Outcome.KEPT),
                facts=("documented",),
                why=f"The note shows everything that the page of {rule.code} asks for.",
            )

    def describe(self, params: DocumentationParams) -> str:
        return "The note must show every item of the documentation list."

    def contrasts(self, params: DocumentationParams) -> tuple[Contrast, ...]:
        return (
            Contrast(fact="documented", value=None, flips="an item that is not shown leaves the claim unsupported"),
        )

    _facts = CodeFacts(
        number="X1001",
        documentation=(
            DocumentationItem(slug="times", text="start and end time"),
            DocumentationItem(slug="signature", text="the provider's signature"),
        ),
    )
    _rule = Rule(
        id="X1001/documentation",
        code="X1001",
        kind="documentation",
        params=DocumentationParams(),
        section="documentation",
    )
    clean = (
        Specimen(
            title="Every item is shown",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "documented": ["times", "signature"],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, _rule),
            codes=(_facts,),
        ),
    )
    caught = (
        Specimen(
            title="The times are not shown",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE],
                "documented": ["signature"],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=(COLD, _rule),
            codes=(_facts,),
            finds=(Outcome.MISSING, "documentation:times"),
        ),
    )


def _element(rule: Rule, slug: str, outcome: Outcome) -> Element:
    name = f"documentation:{slug}"
    return Element(name=name, outcome=outcome, line=None, code=rule.code, yours=None, accepted=None)
