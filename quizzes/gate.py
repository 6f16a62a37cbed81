"""The publishing gate: why a question is not put before a learner. No reason: it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codes.narrative import NarrativeError, untold_facts
from quizzes.formats.base import Asked, Format, Material, NoLongerAsked, Payload, Pinned
from rulebook.types import NO_FAULT, Grade, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class _AsPinned:
    """A question as the format will see it, before it is stored."""

    prompt: dict[str, Any]
    options: list[dict[str, Any]]
    key: dict[str, Any]


def reasons(material: Material, format: Format, pinned: Pinned, prompt: dict[str, Any]) -> Iterator[str]:
    """Everything that stands against a question, in words for an educator."""
    asked = _AsPinned(prompt=prompt, options=pinned.options, key=pinned.key)
    yield from _unsupported(material, format)
    yield from _untold(material, prompt["narrative"])
    judged = _judged(format, format.right(asked), asked, material)
    if judged is None or not judged.clean:
        yield "The right answer itself is not judged right."
    yield from _harmless(format, asked, material)


def _unsupported(material: Material, format: Format) -> Iterator[str]:
    """The derived claim has to be clean; only the note may lack something, where that is the question."""
    for finding in material.graded.findings:
        allowed = format.asks_documentation and finding.kind == "documentation"
        if finding.severity is Severity.ESSENTIAL and not allowed:
            yield f"Even the right claim would not be clean: {finding.why}"


def _untold(material: Material, narrative: str) -> Iterator[str]:
    """Every fact that the claim rests on has its words in the note."""
    try:
        untold = untold_facts(narrative, material.encounter, material.graded)
    except NarrativeError as error:
        yield str(error)
        return
    if untold:
        yield f"The note does not mark what the claim rests on: {', '.join(untold)}."


def _harmless(format: Format, asked: Asked, material: Material) -> Iterator[str]:
    """Each wrong answer fails, and for the rule it is there for."""
    for payload, rule in format.wrong(asked):
        judged = _judged(format, payload, asked, material)
        if judged is None:
            yield f"A wrong answer cannot be judged: {_shown(payload, asked)}."
        elif judged.clean:
            yield f"A wrong answer is judged right: {_shown(payload, asked)}."
        elif rule not in {finding.rule for finding in judged.findings if finding.outcome not in NO_FAULT}:
            yield f"A wrong answer does not fail for the rule {rule}: {_shown(payload, asked)}."


def _judged(format: Format, payload: Payload, asked: Asked, material: Material) -> Grade | None:
    """None where the question does not stand by the rules it was made by."""
    try:
        return format.judge(payload, asked, material.encounter, material.library).grade
    except NoLongerAsked:
        return None


def _shown(payload: Payload, asked: Asked) -> str:
    """An answer as the educator knows it."""
    texts = {option.get("id"): option.get("text") for option in asked.options}
    said = [one for value in payload.values() for one in (value if isinstance(value, list) else [value])]
    return ", ".join(str(texts.get(one, one)) for one in said if one) or "nothing"
