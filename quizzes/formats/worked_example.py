"""The worked claim: every step is shown with its fact, and one is left for the learner to explain."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from quizzes.formats.base import (
    Asked,
    Choice,
    Judged,
    Material,
    NoLongerAsked,
    Payload,
    Pinned,
    answer_finding,
    answer_grade,
)
from rulebook import Library, derive, grade
from rulebook.case_format import read_claim, write_claim
from rulebook.kinds import KIND
from rulebook.types import Claim, Encounter, Finding, Grade, Outcome, Rule

OPTIONS = 4
FEWEST = 3


class WorkedExample(Choice):
    """Read a claim that is right, and explain one step of it."""

    id = "worked-example"
    title = "Worked example"
    instruction = "This claim is right. Read how it follows from the note, then choose the rule behind the open step."
    reading = "quizzes/_worked_example.html"
    verdicts = ("Right", "Not right")
    compares = ""

    def pin(self, material: Material, seed: int) -> Pinned | None:
        """The accepted claim with its steps; the options are rules at stake here, each in one sentence."""
        chance = random.Random(seed)
        steps = _steps(material.graded)
        rules = {rule.id: rule for code in material.book.rules for rule in material.book.of(code)}
        sentences = {finding.rule: _sentence(rules[finding.rule]) for finding in steps}
        if len(set(sentences.values())) < FEWEST:
            return None
        asked = chance.choice([one for one in steps if one.rule == material.rule] or steps)
        others = [one for one in dict.fromkeys(sentences) if sentences[one] != sentences[asked.rule]]
        options = [asked.rule, *chance.sample(others, min(len(others), OPTIONS - 1))]
        chance.shuffle(options)
        return Pinned(
            prompt={
                "claim": write_claim(material.accepted.claim),
                "steps": [_step(one) for one in steps if sentences[one.rule] != sentences[asked.rule]],
                "asked": _element_in_words(asked),
            },
            options=[{"id": str(n), "text": sentences[rule]} for n, rule in enumerate(options, start=1)],
            key={
                "option": str(options.index(asked.rule) + 1),
                "rules": options,
                "rule": asked.rule,
                "element": asked.element,
                "why": asked.why,
            },
        )

    def wrong(self, asked: Asked) -> Iterator[tuple[Payload, str]]:
        for option in asked.options:
            if option["id"] != asked.key["option"]:
                yield {"option": option["id"]}, asked.key["rule"]

    def judge(self, payload: Payload, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        book = library.on(encounter.date_of_service)
        derivation = derive(encounter, book)
        claim = read_claim(asked.prompt["claim"])
        finding = _asked_for(asked, grade(claim, encounter, book, derivation))
        texts = {option["id"]: option["text"] for option in asked.options}
        right = payload["option"] == asked.key["option"]
        said = answer_finding(
            finding, right=right, yours=texts.get(payload["option"], ""), accepted=texts[asked.key["option"]],
            why=finding.why, fix="Look at the fact that the step rests on.",
        )  # fmt: skip
        accepted = tuple(one.claim for one in derivation.accepted)
        graded = answer_grade([replace(said, element="answer")], accepted, kept=int(right), required=1)
        return Judged(grade=graded, claim=Claim(lines=()))

    def give_up(self, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        return self.judge({"option": ""}, asked, encounter, library)

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        prompt = asked.prompt
        shown = {"claims_read": [prompt["claim"]], "steps": prompt["steps"], "asked": prompt["asked"]}
        return super().context(payload, asked) | shown


def _steps(graded: Grade) -> list[Finding]:
    """What the rules have to say of the right claim, one step a rule and element."""
    return [one for one in graded.findings if one.outcome is Outcome.KEPT and one.cites]


def _asked_for(asked: Asked, graded: Grade) -> Finding:
    key = asked.key
    for one in _steps(graded):
        if (one.rule, one.element) == (key["rule"], key["element"]):
            return one
    raise NoLongerAsked


def _sentence(rule: Rule) -> str:
    return KIND[rule.kind].describe(rule.params)


def _step(finding: Finding) -> dict[str, Any]:
    return {"element": _element_in_words(finding), "why": finding.why, "facts": list(finding.facts)}


_WORDS = {
    "not-with": "No line for work that {code} includes",
    "validity": "{code} on this date of service",
    "missed-service": "A line for {code}",
    "documentation": "The note supports {code}",
    "sequencing": "{code}: {accepted} is pointed to first",
}


def _element_in_words(finding: Finding) -> str:
    """What a step is about, without saying why."""
    if finding.kind in _WORDS:
        return _WORDS[finding.kind].format(code=finding.code, accepted=finding.accepted)
    group, _, value = finding.element.partition(":")
    words = {
        "code": f"The code is {finding.code}",
        "units": f"{finding.code} has {finding.accepted} unit{'' if finding.accepted == '1' else 's'}",
        "modifier": f"{finding.code} has modifier {value}",
        "diagnosis": f"{finding.code} points to {value}",
    }
    return words.get(group, f"{finding.code}: {group}")
