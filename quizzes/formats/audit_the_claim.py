"""Audit a claim: accept it, or pick the line and say what is wrong with it."""

import random
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from quizzes.formats.base import (
    Asked,
    BadAnswer,
    Format,
    Judged,
    Material,
    NoLongerAsked,
    Payload,
    Pinned,
    answer_finding,
    answer_grade,
)
from rulebook import grade
from rulebook.case_format import read_claim, write_claim
from rulebook.library import Library
from rulebook.mistakes import Mistake
from rulebook.types import NO_FAULT, Category, Claim, Encounter, Finding, Grade, Outcome, Severity

#: How often the claim under review is right.
RIGHT_SHARE = 0.25
ACCEPT, NO_LINE = "accept", "missing"
FEWEST = 3
#: What can be wrong with a claim, in the order in which it is offered.
WORDS = {
    Category.WRONG_CODE: "Wrong code for what the note says",
    Category.INVALID_ON_DATE: "Code not valid on the date of service",
    Category.UNBUNDLING: "Unbundling: the work is part of another code",
    Category.OVER_CODING: "Nothing in the note stands behind it",
    Category.UNDER_CODING: "A reportable service has no line",
    Category.MISSING_PRIMARY: "An add-on without its primary",
    Category.UNITS: "Units",
    Category.MODIFIER: "Modifier",
    Category.DIAGNOSIS: "Diagnosis pointer",
    Category.SEQUENCING: "Order of the diagnoses",
    Category.OTHER: "Age, sex or place of the patient",
}


class AuditTheClaim(Format):
    """Accept a claim, or find its one fault."""

    id = "audit-the-claim"
    title = "Audit the claim"
    instruction = "A colleague coded this claim. Accept it, or name the line and what is wrong with it."
    template = "quizzes/_audit_the_claim.html"
    reading = "quizzes/_claim_reviewed.html"
    verdicts = ("Right", "Not right")
    compares = "Reviewed"

    def pin(self, material: Material, seed: int) -> Pinned | None:
        """The accepted claim itself or one with a single fault, and the kinds of fault that are possible here."""
        chance = random.Random(seed)
        faults = [one for one in material.mistakes if one.finding.category in WORDS]
        offered = {one.finding.category for one in faults}
        if len(offered) < 2 or len(faults) < FEWEST:
            return None
        if chance.random() < RIGHT_SHARE:
            return self._pinned(
                material.accepted.claim, offered, {"line": ACCEPT, "why": "", "rule": "", "category": ""}
            )
        faults = [one for one in faults if one.rule.id == material.rule] or faults
        kind = chance.choice(sorted({one.rule.kind for one in faults}))
        fault = chance.choice([one for one in faults if one.rule.kind == kind])
        return self._pinned(fault.claim, offered, _key(fault))

    def _pinned(self, claim: Claim, offered: set[Category], key: dict[str, Any]) -> Pinned:
        options = [{"id": category.value, "text": words} for category, words in WORDS.items() if category in offered]
        return Pinned(prompt={"reviewed": write_claim(claim)}, options=options, key=key)

    def right(self, asked: Asked) -> Payload:
        return {"line": asked.key["line"], "fault": asked.key["category"]}

    def wrong(self, asked: Asked) -> Iterator[tuple[Payload, str]]:
        """Accepting a faulty claim fails for its rule; so does every other fault on the same line."""
        if asked.key["line"] != ACCEPT:
            yield {"line": ACCEPT, "fault": ""}, asked.key["rule"]
            for option in asked.options:
                if option["id"] != asked.key["category"]:
                    yield {"line": asked.key["line"], "fault": option["id"]}, asked.key["rule"]

    def draft(self, data: QueryDict) -> Payload:
        return {"line": data.get("line", "")[:8], "fault": data.get("fault", "")[:40]}

    def read(self, data: QueryDict, asked: Asked) -> Payload:
        given = self.draft(data)
        if given["line"] not in _lines(asked):
            raise BadAnswer({"line-accept": "Accept the claim, or choose the line with the fault."})
        if given["line"] == ACCEPT:
            return {"line": ACCEPT, "fault": ""}
        if given["fault"] not in {option["id"] for option in asked.options}:
            raise BadAnswer({"fault-1": "Say what is wrong with it."})
        return given

    def words(self, payload: Payload, asked: Asked) -> list[str]:
        return [_said(payload)] if payload.get("line") else []

    def judge(self, payload: Payload, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        claim = read_claim(asked.prompt["reviewed"])
        graded = grade(claim, encounter, library.on(encounter.date_of_service))
        found = _found(asked, graded)
        if found is None and not _is_right(graded):
            raise NoLongerAsked
        result = _judged_clean(payload, graded) if found is None else _judged_fault(payload, asked, graded, found)
        return Judged(grade=result, claim=claim)

    def give_up(self, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        return self.judge({"line": "", "fault": ""}, asked, encounter, library)

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        given = payload or {}
        reviewed = asked.prompt["reviewed"]
        return {"options": asked.options, "claims_read": [reviewed], "reviewed": reviewed["lines"], "given": given}


def _key(fault: Mistake) -> dict[str, Any]:
    finding = fault.finding
    return {
        "line": str(finding.line) if finding.line else NO_LINE,
        "category": finding.category.value,
        "rule": fault.rule.id,
        "why": finding.why,
    }


def _lines(asked: Asked) -> set[str]:
    count = len(asked.prompt["reviewed"]["lines"])
    return {ACCEPT, NO_LINE, *(str(number) for number in range(1, count + 1))}


def _found(asked: Asked, graded: Grade) -> Finding | None:
    """The fault of the claim as the rules tell it, or None for a claim that is right."""
    return next((one for one in graded.findings if one.rule == asked.key["rule"] and one.outcome not in NO_FAULT), None)


def _is_right(graded: Grade) -> bool:
    """Whether nothing speaks against the claim itself, and something for it; what the note lacks is another matter."""
    wrong = [one for one in graded.findings if one.severity is Severity.ESSENTIAL and one.category in WORDS]
    return not wrong and any(one.outcome is Outcome.KEPT for one in graded.findings)


def _judged_fault(payload: Payload, asked: Asked, graded: Grade, found: Finding) -> Grade:
    """Half is right when the line is, and half when the kind of fault is."""
    kept = (payload["line"] == asked.key["line"]) + (payload["fault"] == asked.key["category"])
    right = {"line": asked.key["line"], "fault": asked.key["category"]}
    said = answer_finding(
        found, right=kept == 2, yours=_said(payload), accepted=_said(right), why=found.why, fix=found.fix
    )  # fmt: skip
    return answer_grade([said], graded.accepted, kept=kept, required=2)


def _judged_clean(payload: Payload, graded: Grade) -> Grade:
    """The claim was right: accepting it keeps its rules, a fault that is none breaks the first that speaks of it."""
    kept = [one for one in graded.findings if one.outcome is Outcome.KEPT]
    if payload["line"] == ACCEPT:
        return answer_grade(kept, graded.accepted, kept=1, required=1)
    about = next((one for one in kept if one.category.value == payload["fault"]), kept[0])
    wronged = answer_finding(
        about, right=False, yours=_said(payload), accepted="accept", why=about.why, fix="Accept the claim."
    )
    return answer_grade([wronged], graded.accepted, kept=0, required=1)


def _said(payload: Payload) -> str:
    """An answer in words."""
    if payload["line"] == ACCEPT:
        return "accept"
    if not payload["line"]:
        return "no answer"
    where = "a line is missing" if payload["line"] == NO_LINE else f"line {payload['line']}"
    return f"{where}: {payload['fault']}"
