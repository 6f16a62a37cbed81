"""The half-filled claim: some of it is given, the rest is for the learner."""

import random
from typing import Any

from django.http import QueryDict

from quizzes.formats.base import Asked, BadAnswer, Material, Payload, Pinned
from quizzes.formats.code_the_claim import CodeTheClaim
from rulebook.case_format import write_claim
from rulebook.types import ClaimLine


class FinishTheClaim(CodeTheClaim):
    """Fill in what is left open of a claim."""

    id = "finish-the-claim"
    title = "Finish the claim"
    may_be_empty = False
    instruction = "Part of this claim is done. Fill in the rest; add lines if the encounter needs them."

    def pin(self, material: Material, seed: int) -> Pinned | None:
        """With several lines all but one are given; of a single line the code, if more than units is left to say."""
        lines = material.accepted.claim.lines
        if len(lines) > 1:
            left = random.Random(seed).choice(_about(material) or range(len(lines)))
            given = [_whole(line) for place, line in enumerate(lines) if place != left]
        elif lines and (lines[0].modifiers or lines[0].diagnoses or _counted(material)):
            given = [{"code": lines[0].code}]
        else:
            return None
        return Pinned(options=given, key={"claims": [write_claim(one.claim) for one in material.derivation.accepted]})

    def is_blank(self, draft: Payload, asked: Asked) -> bool:
        """What was given is sent along, so only the learner's own fields tell."""
        given = [*asked.options, *({} for _ in draft["lines"])]
        own = [
            text
            for line, fixed in zip(draft["lines"], given, strict=False)
            for name, text in line.items()
            if name not in fixed and (name != "units" or fixed)
        ]
        return not any(text.strip() for text in [*own, *draft["diagnoses"]])

    def right(self, asked: Asked) -> Payload:
        """The accepted lines with the given ones first, as the form has them."""
        codes = [line["code"] for line in asked.options]
        payload = super().right(asked)
        payload["lines"].sort(key=lambda line: codes.index(line["code"]) if line["code"] in codes else len(codes))
        return payload

    def read(self, data: QueryDict, asked: Asked | None) -> Payload:
        """What is given stands, whatever was sent for it."""
        sent, given = data.copy(), asked.options if asked else []
        for n, line in enumerate(given):
            for name, text in line.items():
                sent[f"line-{n}-{name}"] = text
            if not sent.get(f"line-{n}-units", "").strip():
                raise BadAnswer({f"line-{n}-units": f"Line {n + 1}: enter the units."})
        sent["lines"] = str(max(len(given), _whole_number(data.get("lines", ""))))
        payload = super().read(sent, asked)
        if _one_is_left(given) and len(payload["lines"]) == len(given):
            raise BadAnswer({f"line-{len(given)}-code": "A line is still missing: add it."})
        return payload

    def context(self, payload: Payload | None, asked: Asked) -> dict[str, Any]:
        """The given cells are shown and cannot be typed into; a blank line waits where all lines are given whole."""
        blank = {"code": "", "modifiers": "", "units": "", "pointers": ""}
        typed = payload["lines"] if payload else []
        lines = [{**blank, **line} for line in typed] + [dict(blank) for _ in asked.options[len(typed) :]]
        if _one_is_left(asked.options) and len(lines) == len(asked.options):
            lines.append({**blank, "units": "1"})
        context = super().context({"lines": lines, "diagnoses": payload["diagnoses"] if payload else []}, asked)
        given = [*asked.options, *({} for _ in lines)]
        context["lines"] = [{**line, **fixed, "given": list(fixed)} for line, fixed in zip(lines, given, strict=False)]
        return context


def _one_is_left(given: list[dict[str, str]]) -> bool:
    """Whether the given lines are whole, so that another one is what is asked for."""
    return all("units" in line for line in given)


def _about(material: Material) -> list[int]:
    """The lines with the code of the rule that the question is wanted for."""
    code = material.rule.partition("/")[0]
    return [place for place, line in enumerate(material.accepted.claim.lines) if line.code == code]


def _whole(line: ClaimLine) -> dict[str, str]:
    """A line with everything but its pointers, which are the learner's."""
    return {"code": line.code, "modifiers": " ".join(line.modifiers), "units": str(line.units)}


def _counted(material: Material) -> bool:
    """Whether a claim without modifiers and diagnoses leaves units to think about."""
    return any(service.count > 1 for service in material.encounter.services)


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 1
