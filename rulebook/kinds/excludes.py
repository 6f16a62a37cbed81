"""Diagnoses that are never reported together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft
from rulebook.changes import with_pointers
from rulebook.icd import any_covers, single
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.diagnosis import DiagnosisParams
from rulebook.kinds.selection import COLD, FROZEN_BONE
from rulebook.params import ParamError, param
from rulebook.shapes import DIAGNOSES
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludesParams:
    """Which of the two diagnoses stays when the note gives both."""

    keeps: tuple[str, ...] = param("Diagnoses that stay: M54.4-", what=DIAGNOSES)
    drops: tuple[str, ...] = param("Diagnoses that are never reported beside them: M54.5-", what=DIAGNOSES)

    def __post_init__(self) -> None:
        for field in ("keeps", "drops"):
            if not getattr(self, field):
                raise ParamError(field, "needs at least one diagnosis")

    def stays(self, code: str) -> bool:
        """Whether a diagnosis is one that stays."""
        return any_covers(self.keeps, code)

    def goes(self, code: str) -> bool:
        """Whether a diagnosis is never reported beside one that stays."""
        return any_covers(self.drops, code) and not self.stays(code)


class Excludes(Kind[ExcludesParams]):
    """Two diagnoses shut each other out, even when the note has both.

    An *Excludes1* note of ICD-10-CM says that two codes are never reported together: they cannot both
    be true, or one of them already says what the other says. The rule names the one that stays.

    **Why it matters.** Software rejects such a pair by itself, however well the service was chosen.

    **Example.** The note complains of low back pain, M54.50, and the assessment is low back pain with
    sciatica on the right, M54.41. The second says everything; the first stays off.

    **What is checked.** The diagnoses on one line. *Excludes2* notes are another matter: there both codes may
    stand together, and this rule has nothing to do with them.

    **Source.** The Excludes1 notes of ICD-10-CM and section I.A.12.a of its Official Guidelines; the
    section that the finding cites names them.
    """

    id: ClassVar[str] = "excludes"
    title: ClassVar[str] = "Never together (Excludes1)"
    category: ClassVar[Category] = Category.DIAGNOSIS
    about: ClassVar[str | None] = "diagnosis"
    section: ClassVar[str] = "qualifying-circumstances"
    Params = ExcludesParams

    def refine(self, params: ExcludesParams, line: Draft.Line, draft: Draft) -> None:
        if any(map(params.stays, line.diagnoses)):
            line.diagnoses = tuple(code for code in line.diagnoses if not params.goes(code))

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        given = tuple(filter(rule.params.goes, case.encounter.diagnoses))
        for element in case.elements_of(rule.code, "diagnosis") if given else ():
            line = case.pointers(element)
            stays = next((one.accepted for one in line if one.accepted and rule.params.stays(one.accepted)), None)
            entered = [one.yours for one in line if one.outcome is Outcome.EXTRA and one.yours in given]
            if stays is None:
                continue
            facts = (*case.where(stays), *case.where(given[0]))
            if element.outcome is Outcome.KEPT and element.accepted == stays:
                why = f"{stays} and {given[0]} are never reported together (Excludes1), and {stays} stays."
                yield self.finding(rule, element, facts=facts, why=why)
            elif element.outcome is Outcome.EXTRA and element.yours in given:
                why = (
                    f"{self._never(stays, element.yours or '')} The note gives both, and {stays} is the one that stays."
                )
                fix = f"Take {element.yours} off line {element.line}."
                yield self.finding(rule, element, facts=facts, why=why, fix=fix)
            elif element.outcome is Outcome.MISSING and element.accepted == stays and entered:
                why = f"{self._never(stays, entered[0] or '')} This line has the one that goes."
                fix = f"Point the line to {stays} instead of {entered[0]}."
                yield self.finding(rule, element, facts=facts, why=why, fix=fix)

    def _never(self, stays: str, goes: str) -> str:
        return f"ICD-10-CM has an Excludes1 note between {stays} and {goes}: they are never reported together."

    def describe(self, params: ExcludesParams) -> str:
        return (
            f"Excludes1: {listed(params.drops, 'or')} is not reported beside {listed(params.keeps, 'or')}, which stays."
        )

    def contrasts(self, params: ExcludesParams) -> tuple[Contrast, ...]:
        return tuple(
            Contrast(fact="diagnoses", value=code, flips=f"{code} is in the note now, and still stays off the claim")
            for code in single(params.drops)[:1]
        ) + tuple(
            Contrast(fact="undiagnosed", value=entry, flips=f"without {entry} the other one may be reported")
            for entry in params.keeps
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        params = rule.params
        goes = tuple(filter(params.goes, case.encounter.diagnoses))
        yield from with_pointers(case.claim, rule.code, lambda own: tuple(dict.fromkeys((*own, *goes))))
        yield from with_pointers(
            case.claim, rule.code, lambda own: (*(code for code in own if not params.stays(code)), *goes)
        )

    _list = Rule(
        id="X1001/diagnosis",
        code="X1001",
        kind="diagnosis",
        params=DiagnosisParams(supports=("M54.4-", "M54.5-")),
        section="qualifying-circumstances",
    )
    _never_both = Rule(
        id="X1001/excludes",
        code="X1001",
        kind="excludes",
        params=ExcludesParams(keeps=("M54.4-",), drops=("M54.5-",)),
        section="qualifying-circumstances",
    )
    _rules = (COLD, _list, _never_both)
    _case = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE], "diagnoses": ["M54.50", "M54.41"]}
    clean = (
        Specimen(
            title="The one that says both",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["M54.41"]}]}},
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="Both of them",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["M54.41", "M54.50"]}]}},
            rules=_rules,
            finds=(Outcome.EXTRA, "diagnosis:M54.50"),
        ),
        Specimen(
            title="The one that goes",
            case={**_case, "claim": {"lines": [{"code": "X1001", "diagnoses": ["M54.50"]}]}},
            rules=_rules,
            finds=(Outcome.MISSING, "diagnosis:M54.41"),
        ),
    )
