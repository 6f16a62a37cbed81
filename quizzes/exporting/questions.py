"""Questions in a shape that every other program knows: a text, choices or short answers, and what to say of each.

Every format of the site becomes one of three. **One choice**: choose the code, minimal pair, worked example, audit
the claim (each line with what could be wrong with it is a choice). **Several choices**: what is missing in the note.
**Short answers**: code the claim and finish the claim, one blank for each line of the accepted claim, in the order
of their codes, written as code, modifiers and units, such as ``A9999-59 x 2``; every way of writing it that counts as
right is among its answers, and the whole claim with its reasons is the feedback.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from codes.library import library
from codes.models import Code
from codes.narrative import plain
from codes.pages import heading_of
from codes.phrasebook import phrasebook
from quizzes.asking import Candidate, Source
from quizzes.formats import FORMATS
from quizzes.formats.audit_the_claim import ACCEPT, NO_LINE
from quizzes.formats.base import Judged
from quizzes.formats.missing_in_the_note import NOTHING
from quizzes.models import Scenario
from rulebook import Library
from rulebook.case_format import read_encounter
from rulebook.types import Grade, Outcome

#: How many variants of each scenario are exported beside the scenario as it is written.
VARIANTS, MOST_VARIANTS = 1, 5
NOTHING_TO_REPORT = "nothing to report"
#: How a line is to be written.
PATTERN = "code-modifiers × units"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose: its text, whether it is right, and what to say to who chose it."""

    text: str
    right: bool
    feedback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """One short answer: what is asked, the accepted one first, then other ways of writing it."""

    asks: str
    accepted: tuple[str, ...]
    feedback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A question as any program can ask it. It has choices or blanks; with ``several`` more than one may be right."""

    id: str
    title: str
    format: str
    instruction: str
    paragraphs: tuple[str, ...]
    feedback: str
    choices: tuple[Choice, ...] = ()
    blanks: tuple[Blank, ...] = ()
    several: bool = False


def questions_of(code: Code, seed: int = 1, variants: int = VARIANTS) -> Iterator[Exported]:
    """The questions that the published page of a code gives, as they are asked; the same for the same seed."""
    pages, phrases = library(), phrasebook()
    for scenario in Scenario.objects.live().filter(code=code).select_related("code"):
        source = Source(scenario=scenario, library=pages, phrases=phrases)
        for place, candidate in enumerate(_asked(source, seed, variants), start=1):
            yield exported(candidate, pages, f"{code.number}-{scenario.slug}-{place}")


def _asked(source: Source, seed: int, variants: int) -> Iterator[Candidate]:
    for variant, material in source.materials(seed, most=variants):
        for format in FORMATS:
            candidate = source.candidate(material, format, seed, variant)
            if candidate is not None and not candidate.reasons:
                yield candidate


# One question ---------------------------------------------------------------------------------


def exported(candidate: Candidate, pages: Library, id: str) -> Exported:
    """A question of the site in the common shape."""
    format, prompt = candidate.format, candidate.prompt
    choices: tuple[Choice, ...] = ()
    blanks: tuple[Blank, ...] = ()
    if format.id == "audit-the-claim":
        choices = tuple(_audits(candidate, pages))
    elif format.id == "missing-in-the-note":
        choices = tuple(_missing(candidate, pages))
    elif "claims" in candidate.pinned.key and "option" not in candidate.pinned.key:
        blanks = tuple(_blanks(candidate))
    else:
        choices = tuple(_options(candidate, pages))
    right = _judged(candidate, format.right(candidate.pinned), pages)
    return Exported(
        id=f"{id}-{format.id}", title=f"{prompt['title']} ({format.title.lower()})", format=format.id,
        instruction=format.instruction, paragraphs=tuple(_reading(candidate)), feedback=said(right.grade),
        choices=choices, blanks=blanks, several=format.id == "missing-in-the-note",
    )  # fmt: skip


def _reading(candidate: Candidate) -> Iterator[str]:
    """What there is to read, paragraph by paragraph."""
    prompt = candidate.prompt
    yield from plain(prompt["narrative"]).splitlines()
    if "second" in prompt:
        first, second = (claim_in_words(claim) for claim in prompt["claims"])
        yield f"Claim of this encounter: {first}"
        yield "A second encounter:"
        yield from plain(prompt["second"]["narrative"]).splitlines()
        yield f"Claim of the second encounter: {second}"
    if "reviewed" in prompt:
        yield "The claim:"
        yield from (f"Line {n}: {line_in_words(line)}" for n, line in enumerate(prompt["reviewed"]["lines"], start=1))
    if "steps" in prompt:
        yield f"The claim: {claim_in_words(prompt['claim'])}"
        yield from (f"{step['element']}: {step['why']}" for step in prompt["steps"])
        yield f"The open step: {prompt['asked']}"
    if candidate.format.id == "finish-the-claim":
        yield "Given of the claim: " + "; ".join(_given(line) for line in candidate.pinned.options)


def _given(line: Mapping[str, str]) -> str:
    if "units" not in line:
        return f"one line with the code {line['code']}"
    return "-".join((line["code"], *line["modifiers"].split())) + f" × {line['units']}"


def _options(candidate: Candidate, pages: Library) -> Iterator[Choice]:
    right = candidate.pinned.key["option"]
    for option in candidate.pinned.options:
        judged = _judged(candidate, {"option": option["id"]}, pages)
        yield Choice(text=option["text"], right=option["id"] == right, feedback=said(judged.grade))


def _audits(candidate: Candidate, pages: Library) -> Iterator[Choice]:
    """Accepting the claim, and every fault that is offered, at the line where it is or at another."""
    key, lines = candidate.pinned.key, candidate.prompt["reviewed"]["lines"]
    answers = [{"line": ACCEPT, "fault": ""}]
    line = key["line"] if key["line"] != ACCEPT else "1" if lines else NO_LINE
    answers += [{"line": line, "fault": option["id"]} for option in candidate.pinned.options]
    words = {option["id"]: option["text"] for option in candidate.pinned.options}
    right = candidate.format.right(candidate.pinned)
    for answer in answers:
        where = "A line is missing" if answer["line"] == NO_LINE else f"Line {answer['line']}"
        text = "Accept the claim" if answer["line"] == ACCEPT else f"{where}: {words[answer['fault']]}"
        yield Choice(text=text, right=answer == right, feedback=said(_judged(candidate, answer, pages).grade))


def _missing(candidate: Candidate, pages: Library) -> Iterator[Choice]:
    missing = candidate.pinned.key["missing"]
    for option in candidate.pinned.options:
        judged = _judged(candidate, {"missing": [option["id"]]}, pages)
        about = [one for one in judged.grade.findings if one.element == f"documentation:{option['id']}"]
        feedback = " ".join(f"{one.why} {_cited(one)}" for one in about)
        yield Choice(text=option["text"], right=option["id"] in missing, feedback=feedback)
    judged = _judged(candidate, {"missing": [NOTHING]}, pages)
    yield Choice(text="Nothing is missing", right=not missing, feedback=said(judged.grade))


def _blanks(candidate: Candidate) -> Iterator[Blank]:
    """A blank for each line of the preferred claim that is not given; other accepted claims count where they fit."""
    claims = candidate.pinned.key["claims"]
    asked = _open_lines(claims[0]["lines"], candidate.pinned.options)
    if not asked:
        none = (NOTHING_TO_REPORT, "nothing", "none")
        yield Blank(asks="Write the line, or “nothing to report”", accepted=none, feedback=NOTHING_TO_REPORT)
    for place, line in enumerate(asked, start=1):
        others = [one for claim in claims[1:] for one in claim["lines"] if one["code"] == line["code"]]
        ways = tuple(dict.fromkeys(way for one in (line, *others) for way in _ways(one)))
        which = f"Line {place} of {len(asked)}, in the order of the codes" if len(asked) > 1 else "The line"
        yield Blank(asks=f"{which} ({PATTERN})", accepted=ways, feedback=f"The line: {line_in_words(line)}")


def _open_lines(lines: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, str]]) -> list[Mapping[str, Any]]:
    """The lines that are left to write, by their codes."""
    left = sorted(lines, key=lambda line: (line["code"], line["modifiers"]))
    for one in given:
        same = next((line for line in left if "units" in one and line["code"] == one["code"]), None)
        if same is not None:
            left.remove(same)
    return left


def _ways(line: Mapping[str, Any]) -> Iterator[str]:
    """The ways of writing a line that count: modifiers in any order, one unit said or left out."""
    for modifiers in list(permutations(line["modifiers"]))[:6]:
        code = "-".join((line["code"], *modifiers))
        if line["units"] == 1:
            yield code
        yield f"{code} x {line['units']}"
        yield f"{code} × {line['units']}"
        yield f"{code} x{line['units']}"


# What is said ---------------------------------------------------------------------------------


def _judged(candidate: Candidate, payload: dict[str, Any], pages: Library) -> Judged:
    encounter = read_encounter(candidate.prompt["encounter"])
    return candidate.format.judge(payload, candidate.pinned, encounter, pages)


def said(grade: Grade) -> str:
    """What the rules say of an answer: what is wrong, or else what was kept, each with the rule and section."""
    faults = [one for one in grade.findings if one.outcome not in (Outcome.KEPT, Outcome.OPTIONAL)]
    told = faults or [one for one in grade.findings if one.outcome is Outcome.KEPT]
    return " ".join(dict.fromkeys(f"{one.why} {one.fix} {_cited(one)}".replace("  ", " ") for one in told))


def _cited(finding: Any) -> str:
    """The rule, and the section that it follows from."""
    if finding.cites is None:
        return f"(rule {finding.rule})"
    return f"(rule {finding.rule}; {finding.cites.code}, {heading_of(finding.cites.section)})"


def claim_in_words(claim: Mapping[str, Any]) -> str:
    """A claim in one line."""
    return " + ".join(line_in_words(line) for line in claim["lines"]) or NOTHING_TO_REPORT


def line_in_words(line: Mapping[str, Any]) -> str:
    """A line of a claim: code, modifiers, units and diagnoses."""
    code = "-".join((line["code"], *line["modifiers"]))
    return f"{code} × {line['units']}" + (f" for {', '.join(line['diagnoses'])}" if line["diagnoses"] else "")
