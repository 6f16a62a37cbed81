"""A stored grading as a page shows it: verdict, two claims side by side, findings in reading order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.urls import reverse

from codes.library import current_stamp, library
from codes.models import Edition
from codes.narrative import Sentence, sentences
from quizzes.models import AttemptItem, Grading, QuestionVersion
from rulebook import Library
from rulebook.granted import KIND as GRANTED
from rulebook.kinds import KIND

Line = Mapping[str, Any]
Link = Callable[[Mapping[str, str]], str]
OPEN_AT_ONCE = 3
VERDICTS = {
    "kept": "Kept",
    "broken": "Not right",
    "missing": "Missing",
    "extra": "Should not be there",
    "optional": "Optional",
    "unclear": "Not decided",
}
CELLS = ("code", "modifiers", "units", "diagnoses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a claim table; ``differs`` marks it in words and colour."""

    name: str
    text: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One of your lines beside the accepted line it was measured by; either may be absent."""

    number: int | None
    yours: tuple[Cell, ...]
    accepted: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A finding with everything a page needs to show it."""

    finding: Mapping[str, Any]
    verdict: str
    numbers: tuple[int, ...]
    url: str
    heading: str
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """All of it."""

    grading: Grading
    broken: int
    rules: int
    rows: tuple[Row, ...]
    faults: tuple[Shown, ...]
    kept: tuple[Shown, ...]
    optional: tuple[Shown, ...]
    granted: tuple[Shown, ...]
    lit: frozenset[str]
    alternatives: tuple[Mapping[str, Any], ...]

    @property
    def percent(self) -> int:
        """Element accuracy in whole percent."""
        return whole_percent(self.grading.element_accuracy)


def feedback(prompt: Mapping[str, Any], grading: Grading) -> Feedback:
    """What the rules say about an answer to a prompt (its ``narrative`` and ``encounter``)."""
    told = sentences(prompt["narrative"])
    link = section_links(prompt["encounter"]["date_of_service"], grading.stamp, current_stamp())
    shown = [_shown(finding, told, link) for finding in grading.findings]
    faults = [one for one in shown if one.finding["outcome"] not in ("kept", "optional")]
    decided = [finding for finding in grading.findings if finding["outcome"] != "unclear"]
    broken = {finding["rule"] for finding in decided if finding["outcome"] not in ("kept", "optional")}
    return Feedback(
        grading=grading,
        broken=len(broken),
        rules=len({finding["rule"] for finding in decided}),
        rows=_rows(grading),
        faults=tuple(_folded(one, place) for place, one in enumerate(faults)),
        kept=tuple(one for one in shown if one.finding["outcome"] == "kept"),
        optional=tuple(one for one in shown if one.finding["outcome"] == "optional" and not _is_granted(one.finding)),
        granted=tuple(one for one in shown if _is_granted(one.finding)),
        lit=frozenset(fact for one in faults for fact in one.finding["facts"]),
        alternatives=tuple(grading.accepted[1:]),
    )


def _is_granted(finding: Mapping[str, Any]) -> bool:
    return bool(finding["kind"] == GRANTED)


def takeaway(told: Feedback, version: QuestionVersion, pages: Library | None = None) -> str:
    """The one sentence to keep in mind: the rule broken first, or the one that the question turned on.

    ``pages`` stand in for the library that the question was made with, such as one with a draft in it.
    """
    turned_on = version.key.get("variant", {}).get("rule", "")
    wanted = told.faults[0].finding["rule"] if told.faults else turned_on
    day = date.fromisoformat(version.prompt["encounter"]["date_of_service"])
    book = (pages or library(version.stamp)).on(day)
    rule = next((one for one in book.of(wanted.partition("/")[0]) if one.id == wanted), None)
    return KIND[rule.kind].describe(rule.params) if rule else ""


def whole_percent(share: float) -> int:
    """A share as whole percent; 100 means all of it and 0 nothing, never the rounding."""
    return round(share * 100) if share in (0, 1) else min(99, max(1, round(share * 100)))


def lit(sentence: Sentence, facts: frozenset[str]) -> list[tuple[str, bool]]:
    """A sentence in runs, each with whether it states one of these facts."""
    return [(piece.text, not facts.isdisjoint(piece.facts)) for piece in sentence.pieces]


def _folded(shown: Shown, place: int) -> Shown:
    return Shown(
        finding=shown.finding, verdict=shown.verdict, numbers=shown.numbers, url=shown.url, heading=shown.heading,
        open=place < OPEN_AT_ONCE,
    )  # fmt: skip


def _shown(finding: Mapping[str, Any], told: tuple[Sentence, ...], link: Link) -> Shown:
    facts = set(finding["facts"])
    cites = finding["cites"]
    return Shown(
        finding=finding,
        verdict=VERDICTS[finding["outcome"]],
        numbers=tuple(one.number for one in told if not facts.isdisjoint(one.facts)),
        url=link(cites) if cites else "",
        heading=f"{cites['code']}, {cites['section'].replace('-', ' ')}" if cites else "",
    )


def section_links(day: str, stamp: int, newest: int) -> Link:
    """A function from a citation to the address of its section, on a date and as it was at a stamp."""
    return lambda cites: _section_url(cites["code"], cites["section"], day, stamp if stamp != newest else None)


@lru_cache(maxsize=4096)
def _section_url(code: str, section: str, day: str, stamp: int | None) -> str:
    """``stamp`` None: the newest edition. What was the edition at a stamp never changes, so it is remembered."""
    url = f"{reverse('code_page', args=[code])}?dos={day}"
    if stamp is not None:
        then = Edition.objects.filter(code__number=code, pk__lte=stamp).order_by("-pk").values_list("number", flat=True)
        url += f"&edition={then[0]}" if then else ""
    return f"{url}#{section}"


def _rows(grading: Grading) -> tuple[Row, ...]:
    """Pair the lines as the engine did: its finding about a line's code names the accepted code."""
    yours = grading.claim["lines"]
    accepted = list(grading.accepted[0]["lines"]) if grading.accepted else []
    partner = {
        finding["line"]: finding["accepted"]
        for finding in reversed(grading.findings)
        if finding["element"] == "code" and finding["line"] and finding["accepted"]
    }
    rows = []
    for number, line in enumerate(yours, start=1):
        match = next((one for one in accepted if one["code"] == partner.get(number, line["code"])), None)
        if match is not None:
            accepted.remove(match)
        rows.append(_row(number, line, match))
    return (*rows, *(_row(None, None, line) for line in accepted))


def _row(number: int | None, yours: Line | None, accepted: Line | None) -> Row:
    return Row(number=number, yours=_cells(yours, accepted), accepted=_cells(accepted, yours))


def _cells(line: Line | None, other: Line | None) -> tuple[Cell, ...]:
    if line is None:
        return ()
    return tuple(
        Cell(name=name, text=_text(line[name]), differs=other is None or _same(line[name]) != _same(other[name]))
        for name in CELLS
    )


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _same(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """How one rule went in a set."""

    rule: str
    broken: int
    tried: int
    url: str
    category: str


def tally(gradings: list[tuple[AttemptItem, Grading]]) -> list[RuleTally]:
    """The rules broken in a set, the most often broken first."""
    newest = current_stamp()
    broken: dict[str, int] = {}
    tried: dict[str, int] = {}
    first: dict[str, RuleTally] = {}
    for item, grading in gradings:
        for rule, findings in _by_rule(grading).items():
            tried[rule] = tried.get(rule, 0) + 1
            faults = [finding for finding in findings if finding["outcome"] not in ("kept", "optional")]
            if faults:
                broken[rule] = broken.get(rule, 0) + 1
                day = item.version.prompt["encounter"]["date_of_service"]
                url = section_links(day, grading.stamp, newest)(faults[0]["cites"])
                first.setdefault(rule, RuleTally(rule=rule, broken=0, tried=0, url=url, category=faults[0]["category"]))
    rows = [
        RuleTally(rule=rule, broken=broken[rule], tried=tried[rule], url=row.url, category=row.category)
        for rule, row in first.items()
    ]
    return sorted(rows, key=lambda row: (-row.broken, row.rule))


def _by_rule(grading: Grading) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for finding in grading.findings:
        if finding["outcome"] != "unclear" and finding["cites"]:
            found.setdefault(finding["rule"], []).append(finding)
    return found
