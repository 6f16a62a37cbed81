"""The ladder of hints: the fact to look at, the rule to think of, the worked step."""

from dataclasses import dataclass
from typing import Any

from codes.library import current_stamp, library
from codes.narrative import Sentence, sentences
from quizzes.feedback import section_links
from quizzes.models import AttemptItem, QuestionVersion
from rulebook import derive, grade
from rulebook.case_format import read_encounter
from rulebook.kinds import KIND
from rulebook.types import Finding, Outcome

MOST = 3
#: From this one on the step is given away, so that the answer no longer counts towards mastery.
WORKED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """The hints that were asked for so far: ``numbers`` of the sentences to look at, then a rule, then its step."""

    given: int
    numbers: tuple[int, ...]
    rule: str
    url: str
    step: str

    @property
    def more(self) -> bool:
        """Whether there is another one."""
        return self.given < MOST


def hints(item: AttemptItem) -> Hints | None:
    """What was asked for of a question; None when nothing was, or when no rule has anything to say.

    Nothing is worked out before it is asked for: what is not given is nowhere on the page.
    """
    if not item.hints:
        return None
    version = item.version
    finding = _turned_on(version)
    if finding is None:
        return None
    kind = KIND[finding.kind]
    link = section_links(version.prompt["encounter"]["date_of_service"], version.stamp, current_stamp())
    cites: Any = {"code": finding.cites.code, "section": finding.cites.section} if finding.cites else None
    return Hints(
        given=item.hints,
        numbers=tuple(one.number for one in _stating(finding, version)),
        rule=f"{kind.title} ({finding.code})" if item.hints > 1 else "",
        url=link(cites) if item.hints > 1 and cites else "",
        step=finding.why if item.hints >= WORKED else "",
    )


def _turned_on(version: QuestionVersion) -> Finding | None:
    """What the rules say of the accepted claim about the rule that the question turns on; else the most telling."""
    encounter = read_encounter(version.prompt["encounter"])
    book = library(version.stamp).on(encounter.date_of_service)
    derivation = derive(encounter, book)
    if not derivation.accepted:
        return None
    graded = grade(derivation.accepted[0].claim, encounter, book, derivation)
    told = [one for one in graded.findings if one.cites and one.outcome in (Outcome.KEPT, Outcome.BROKEN)]
    wanted = (version.key.get("rule"), version.key.get("variant", {}).get("rule"))
    stated = [one for one in told if _stating(one, version)]
    ranked = sorted(stated or told, key=lambda one: (one.rule not in wanted, one.kind == "validity"))
    return ranked[0] if ranked else None


def _stating(finding: Finding, version: QuestionVersion) -> list[Sentence]:
    """The sentences of the note that state a finding's facts."""
    return [one for one in sentences(version.prompt["narrative"]) if not one.facts.isdisjoint(finding.facts)]
