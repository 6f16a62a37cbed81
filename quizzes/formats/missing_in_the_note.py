"""What is missing in the note: the page's checklist against what the note shows."""

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
from rulebook import derive
from rulebook.library import Library
from rulebook.types import Category, Claim, Encounter, Finding, Outcome, Rule, Severity

NOTHING = "nothing"
FEWEST = 3


class MissingInTheNote(Format):
    """Hold the note against the documentation list of the page."""

    id = "missing-in-the-note"
    title = "What is missing in the note"
    instruction = "Which of these does the note not show? Choose all of them, or say that nothing is missing."
    template = "quizzes/_missing_in_the_note.html"
    verdicts = ("Right", "Not right")
    compares = ""
    asks_documentation = True
    about = "documentation"

    def pin(self, material: Material, seed: int) -> Pinned | None:
        """The items of the first reported code that has a list; the key is what the note does not show."""
        shown = material.encounter.documented
        for line in material.accepted.claim.lines:
            facts, rule = material.book.codes.get(line.code), material.book.first(line.code, "documentation")
            if shown is None or facts is None or rule is None or len(facts.documentation) < FEWEST:
                continue
            options = [{"id": item.slug, "text": item.text} for item in facts.documentation]
            missing = [item.slug for item in facts.documentation if item.slug not in shown]
            return Pinned(options=options, key={"rule": rule.id, "code": line.code, "missing": missing})
        return None

    def right(self, asked: Asked) -> Payload:
        return {"missing": asked.key["missing"] or [NOTHING]}

    def wrong(self, asked: Asked) -> Iterator[tuple[Payload, str]]:
        """Each single item that the note does show, and, where something is missing, the word that nothing is."""
        for option in asked.options:
            if option["id"] not in asked.key["missing"]:
                yield {"missing": [option["id"]]}, asked.key["rule"]
        if asked.key["missing"]:
            yield {"missing": [NOTHING]}, asked.key["rule"]

    def draft(self, data: QueryDict) -> Payload:
        return {"missing": [text[:60] for text in data.getlist("missing")[:50]]}

    def read(self, data: QueryDict, asked: Asked) -> Payload:
        known = [option["id"] for option in asked.options]
        chosen = set(data.getlist("missing"))
        if NOTHING in chosen and len(chosen) > 1:
            raise BadAnswer({"missing-nothing": "Either nothing is missing, or the items that you chose are."})
        if NOTHING in chosen:
            return {"missing": [NOTHING]}
        if not chosen & set(known):
            raise BadAnswer({"missing-1": "Choose what the note does not show, or say that nothing is missing."})
        return {"missing": [slug for slug in known if slug in chosen]}

    def words(self, payload: Payload, asked: Asked) -> list[str]:
        texts = {option["id"]: option["text"] for option in asked.options} | {NOTHING: "nothing is missing"}
        return [texts[slug] for slug in payload.get("missing", ()) if slug in texts]

    def judge(self, payload: Payload, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        book = library.on(encounter.date_of_service)
        said, missing = set(payload["missing"]) - {NOTHING}, set(asked.key["missing"])
        rule = next((one for one in book.of(asked.key["code"], "documentation") if one.id == asked.key["rule"]), None)
        if rule is None:
            raise NoLongerAsked
        findings = [_about(option, said, missing, rule) for option in asked.options if option["id"] in said | missing]
        if not findings:
            right = NOTHING in payload["missing"]
            findings = [
                _finding(rule, "all", right=right, why="The note shows every item of the list.", facts=("documented",))
            ]
        accepted = tuple(one.claim for one in derive(encounter, book).accepted)
        kept, required = len(said & missing), max(1, len(missing))
        if not missing:
            kept = int(NOTHING in payload["missing"])
        return Judged(
            grade=answer_grade(findings, accepted, kept=kept, required=required, extra=len(said - missing)),
            claim=Claim(lines=()),
        )

    def give_up(self, asked: Asked, encounter: Encounter, library: Library) -> Judged:
        return self.judge({"missing": []}, asked, encounter, library)

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        return {"options": asked.options, "chosen": (payload or {}).get("missing", [])}


def _about(option: dict[str, str], said: set[str], missing: set[str], rule: Rule) -> Finding:
    """What to say of an item that was chosen, or should have been."""
    slug, text = option["id"], option["text"]
    if slug in missing:
        why = f"The note does not show: {text}. The page of {rule.code} asks for it."
        return _finding(rule, slug, right=slug in said, why=why, facts=("documented",))
    return _finding(rule, slug, right=False, why=f"The note does show: {text}.", facts=(f"documented.{slug}",))


def _finding(rule: Rule, slug: str, *, right: bool, why: str, facts: tuple[str, ...]) -> Finding:
    plain = Finding(
        rule=rule.id, kind=rule.kind, outcome=Outcome.KEPT, severity=Severity.INFORMATIVE,
        category=Category.DOCUMENTATION, element=f"documentation:{slug}", line=None, code=rule.code, yours=None,
        accepted=None, facts=facts, why=why, fix="", cites=rule.cites,
    )  # fmt: skip
    return answer_finding(
        plain, right=right, yours="", accepted="", why=why, fix="Read the note against the list again."
    )
