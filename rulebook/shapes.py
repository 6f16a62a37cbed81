"""What the texts of a parameter are where they are no words of a note: codes, diagnoses, modifiers, places.

A text of another shape would never meet a claim, so that its rule would stay silent or find a right claim wrong.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from rulebook.case_format import is_diagnosis, is_modifier, normal_code, normal_diagnosis

_CPT = re.compile(r"\d{4}[0-9A-Z]", re.ASCII)
_HCPCS = re.compile(r"[A-Z]\d{4}", re.ASCII)
_PLACE = re.compile(r"\d\d", re.ASCII)
_CHARACTER = re.compile(r"[0-9A-Z]")
_CATEGORY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of text: what it is called, with an example; whether a text is one; how typing is made one."""

    wanted: str
    holds: Callable[[str], bool]
    tidy: Callable[[str], str]

    def normal(self, typed: str) -> str:
        """A text as it is written down; one that is of no such shape stays as it was typed."""
        made = self.tidy(typed)
        return made if self.holds(made) else typed


def _is_cpt(text: str) -> bool:
    return _CPT.fullmatch(text) is not None


def _is_hcpcs(text: str) -> bool:
    return _HCPCS.fullmatch(text) is not None


def _is_entry(text: str) -> bool:
    """``C79.51``, ``C40.-``, ``C79.5-`` or ``C00-D49``: what ``rulebook.icd.covers`` understands."""
    first, dash, last = text.partition("-")
    if last:
        return all(len(one) == _CATEGORY and is_diagnosis(one) for one in (first, last)) and first <= last
    return is_diagnosis(first.removesuffix(".") if dash and len(first) == _CATEGORY + 1 else first)


def _tidy_entry(typed: str) -> str:
    """In capitals, the point where it belongs; everything below a category is written with one too."""
    first, dash, last = re.sub(r"[\u2010-\u2015]", "-", typed).upper().partition("-")
    if last.strip():
        return f"{first.strip()}-{last.strip()}"
    code = normal_diagnosis(first)
    return f"{code}{'' if '.' in code else '.'}-" if dash else code


def _tidy(typed: str) -> str:
    return typed.strip().upper()


CPT = Shape(wanted="one CPT code, such as 12345 or 1234T", holds=_is_cpt, tidy=normal_code)
HCPCS = Shape(wanted="one HCPCS code, such as A1234", holds=_is_hcpcs, tidy=normal_code)
CODE = Shape(
    wanted="one code, such as 12345 or A1234", holds=lambda text: _is_cpt(text) or _is_hcpcs(text), tidy=normal_code
)
DIAGNOSIS = Shape(wanted="one diagnosis, such as C79.51", holds=is_diagnosis, tidy=normal_diagnosis)
DIAGNOSES = Shape(
    wanted="one diagnosis or what is below one, such as C79.51, C40.- or C00-D49", holds=_is_entry, tidy=_tidy_entry
)
MODIFIER = Shape(wanted="one modifier of two characters, such as 59 or LT", holds=is_modifier, tidy=_tidy)
PLACE = Shape(
    wanted="one place of service of two digits, such as 11",
    holds=lambda text: _PLACE.fullmatch(text) is not None,
    tidy=_tidy,
)
CHARACTER = Shape(
    wanted="one character, such as A", holds=lambda text: _CHARACTER.fullmatch(text) is not None, tidy=_tidy
)
