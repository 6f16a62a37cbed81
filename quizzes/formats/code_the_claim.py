"""The blank claim: lines with code, modifiers, units and diagnosis pointers."""

import re
from typing import Any

from django.http import QueryDict

from quizzes.formats import diagnoses as listed
from quizzes.formats.base import Asked, BadAnswer, Format, Material, Payload, Pinned
from quizzes.formats.diagnoses import LETTERS
from rulebook.case_format import (
    is_code,
    is_diagnosis,
    is_modifier,
    normal_code,
    normal_diagnosis,
    read_claim,
    write_claim,
)
from rulebook.types import Claim, ClaimLine

MOST_LINES = 12
MOST_UNITS = 9999
#: The button that says that the encounter gives no line at all.
NOTHING = "nothing"
LINE_FIELDS = ("code", "modifiers", "units", "pointers")
BLANK = {"code": "", "modifiers": "", "units": "1", "pointers": "A"}


class CodeTheClaim(Format):
    """Code the whole claim from the scenario."""

    id = "code-the-claim"
    title = "Code the claim"
    instruction = "Code this encounter: one line for each service that is reported."
    template = "quizzes/_code_the_claim.html"
    may_be_empty = True

    def pin(self, material: Material, seed: int) -> Pinned | None:
        return Pinned(key={"claims": [write_claim(accepted.claim) for accepted in material.derivation.accepted]})

    def right(self, asked: Asked) -> Payload:
        return payload_of(read_claim(asked.key["claims"][0]))

    def fields(self, payload: Payload) -> dict[str, str | list[str]]:
        if not payload["lines"]:
            return {"action": NOTHING}
        fields: dict[str, str | list[str]] = {"lines": str(len(payload["lines"]))}
        fields |= {f"diagnosis-{letter}": code for letter, code in zip(LETTERS, payload["diagnoses"], strict=False)}
        for n, line in enumerate(payload["lines"]):
            fields |= {f"line-{n}-{name}": line[name] for name in LINE_FIELDS}
        return fields

    def draft(self, data: QueryDict) -> Payload:
        """A button that adds, removes or moves a row is a change of the draft, so it works without a script."""
        lines, diagnoses, action = _lines(data), listed.sent(data), data.get("action", "")
        if action == "add-line" and len(lines) < MOST_LINES:
            lines.append(dict(BLANK))
        removed = action.removeprefix("remove-line-")
        if action != removed and removed.isdecimal() and int(removed) < len(lines) and len(lines) > 1:
            del lines[int(removed)]
        change = listed.change(data)
        if change:
            diagnoses = change.after
            lines = [{**line, "pointers": change.follow(line["pointers"])} for line in lines]
        return {"lines": lines, "diagnoses": diagnoses}

    def focus(self, data: QueryDict, draft: Payload) -> str:
        """A new line is where one goes on; after a removal, the line that took its place; so with diagnoses."""
        last, action, change = len(draft["lines"]) - 1, data.get("action", ""), listed.change(data)
        removed = action.removeprefix("remove-line-")
        if action == "add-line" or (removed != action and removed.isdecimal()):
            return f"line-{min(int(removed), last) if removed.isdecimal() and len(removed) < 3 else last}-code"
        return change.focus if change else ""

    def said(self, data: QueryDict) -> str:
        change = listed.change(data)
        return change.said(_lines(data)) if change else ""

    def read(self, data: QueryDict, asked: Asked | None) -> Payload:
        if data.get("action") == NOTHING:
            return {"lines": [], "diagnoses": []}
        draft = self.draft(data)
        errors: dict[str, str] = {}
        diagnoses = {
            letter: _diagnosis(text, f"diagnosis-{letter}", errors)
            for letter, text in zip(LETTERS, draft["diagnoses"], strict=False)
            if text.strip()
        }
        lines = [_line(line, n, diagnoses, errors) for n, line in enumerate(draft["lines"]) if line["code"].strip()]
        if not lines:
            errors.setdefault("line-0-code", "Enter the code of at least one line, or choose “I do not know”.")
        if errors:
            raise BadAnswer(errors)
        rows = LETTERS[: len(draft["diagnoses"])]
        return {"lines": lines, "diagnoses": [diagnoses.get(letter, "") for letter in rows]}

    def is_blank(self, draft: Payload, asked: Asked) -> bool:
        """A claim without a line is an answer: nothing to report."""
        typed = [line["code"] + line["modifiers"] for line in draft["lines"]] + draft["diagnoses"]
        return bool(draft["lines"]) and not any(text.strip() for text in typed)

    def words(self, payload: Payload, asked: Asked) -> list[str]:
        if "lines" not in payload:
            return []
        named = dict(zip(LETTERS, payload["diagnoses"], strict=False))
        lines = [_in_words(line, named) for line in payload["lines"] if line["code"].strip()]
        return lines or ([] if payload["lines"] else ["nothing to report"])

    def claim(self, payload: Payload, asked: Asked | None) -> Claim:
        named = dict(zip(LETTERS, payload["diagnoses"], strict=False))
        return Claim(
            lines=tuple(
                ClaimLine(
                    code=line["code"],
                    units=int(line["units"]),
                    modifiers=tuple(line["modifiers"].split()),
                    diagnoses=tuple(
                        dict.fromkeys(named[letter] for letter in line["pointers"].split() if named.get(letter))
                    ),
                )
                for line in payload["lines"]
            )
        )

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        return claim_form(payload or blank_claim(), bool(asked.prompt["encounter"].get("diagnoses")))


def blank_claim() -> Payload:
    """A claim as the form has it before anything is typed."""
    return {"lines": [dict(BLANK)], "diagnoses": [""]}


def claim_form(claim: Payload, asks_diagnoses: bool) -> dict[str, Any]:
    """What the template needs to show a claim with its rows, and whether there may be more."""
    diagnoses = listed.shown(claim["diagnoses"])
    return {
        "lines": claim["lines"] or [dict(BLANK)],
        "may_add": len(claim["lines"]) < MOST_LINES,
        "asks_diagnoses": asks_diagnoses,
        "diagnoses": list(zip(LETTERS, diagnoses, strict=False)),
        "may_add_diagnosis": len(diagnoses) < len(LETTERS),
    }


def payload_of(claim: Claim) -> Payload:
    """A claim as the form holds it: diagnoses by letter, lines that point to letters."""
    diagnoses = list(dict.fromkeys(code for line in claim.lines for code in line.diagnoses))
    letters = dict(zip(diagnoses, LETTERS, strict=False))
    return {
        "lines": [
            {
                "code": line.code,
                "modifiers": " ".join(line.modifiers),
                "units": str(line.units),
                "pointers": " ".join(letters[code] for code in line.diagnoses),
            }
            for line in claim.lines
        ],
        "diagnoses": diagnoses,
    }


def _in_words(line: dict[str, str], diagnoses: dict[str, str]) -> str:
    """A line as it was typed: code, modifiers, units, and the diagnoses it points to."""
    code = "-".join((line["code"].strip(), *line["modifiers"].split()))
    pointed = [diagnoses.get(letter) or letter for letter in line["pointers"].upper().split()]
    return f"{code} × {line['units'] or '?'}" + (f" for {', '.join(pointed)}" if pointed else "")


def _lines(data: QueryDict) -> list[dict[str, str]]:
    """The lines of the form that was sent, as typed."""
    return [{name: data.get(f"line-{n}-{name}", "")[:80] for name in LINE_FIELDS} for n in range(_count(data))]


def _count(data: QueryDict) -> int:
    """How many lines the form had."""
    text = data.get("lines", "1")
    return min(max(int(text), 1), MOST_LINES) if text.isdecimal() and len(text) < 4 else 1


def _diagnosis(text: str, field: str, errors: dict[str, str]) -> str:
    code = normal_diagnosis(text)
    if not is_diagnosis(code):
        errors[field] = f"“{text}” does not look like an ICD-10-CM code, such as C79.51."
    return code


def _line(line: dict[str, str], n: int, diagnoses: dict[str, str], errors: dict[str, str]) -> dict[str, str]:
    """One line in normal form; modifiers and pointers as texts separated by spaces."""
    code, _, tail = _split_modifier(line["code"])
    if not is_code(code):
        errors[f"line-{n}-code"] = f"Line {n + 1}: “{line['code']}” is not a code of five letters and digits."
    modifiers = re.findall(r"[0-9A-Z]+", f"{tail} {line['modifiers']}".upper())
    if len(modifiers) > 4 or not all(is_modifier(modifier) for modifier in modifiers):
        errors[f"line-{n}-modifiers"] = f"Line {n + 1}: up to four modifiers of two letters or digits, such as LT 59."
    units = line["units"].strip() or "1"
    if not (units.isascii() and units.isdecimal() and 1 <= int(units[:6]) <= MOST_UNITS):
        errors[f"line-{n}-units"] = f"Line {n + 1}: units must be a whole number from 1 to {MOST_UNITS}."
    pointers = list(dict.fromkeys(re.findall(r"[A-Z]", line["pointers"].upper()))) if diagnoses else []
    unknown = [letter for letter in pointers if letter not in diagnoses]
    if unknown:
        errors[f"line-{n}-pointers"] = f"Line {n + 1}: there is no diagnosis {unknown[0]}."
    return {"code": code, "modifiers": " ".join(modifiers), "units": units, "pointers": " ".join(pointers)}


def _split_modifier(text: str) -> tuple[str, str, str]:
    """``20999-59`` is how many people write a code with its modifier."""
    head, dash, tail = text.strip().partition("-")
    if dash and is_code(normal_code(head)) and is_modifier(tail.strip().upper()):
        return normal_code(head), dash, tail.strip()
    return normal_code(text), "", ""
