"""Rules of a page that follow from the public files that are loaded: edits, units, global days, add-ons, diagnoses.

A page's own rules come first: where one of them speaks about the same thing, the files are silent (lint tells the
educator where the two disagree). To add a file: write a module with ``rules(asked)`` and ``doubts(asked, on)``, and
name it here.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from codes.from_files import add_ons, diagnoses, edits, global_days, units
from codes.from_files.asked import Asked, Doubt, Row
from datasets.models import Release
from rulebook.library import Library

FILES = (edits, units, global_days, add_ons, diagnoses)


def rules_from_files(content: Mapping[str, Any], published: Callable[[], Library]) -> list[Row]:
    """The rules of a page that the files state beside its own, in the shape that editions have; none without files.

    ``published`` gives the library of the other pages. ParamError where an own rule cannot be read.
    """
    if not Release.objects.exists():
        return []
    asked = Asked(content=content, published=published())
    return [row for file in FILES for row in file.rules(asked)] if asked.section() else []


def doubts(content: Mapping[str, Any], published: Callable[[], Library], on: date) -> list[Doubt]:
    """Where a page and the files do not say the same on a day. ParamError where an own rule cannot be read."""
    asked = Asked(content=content, published=published())
    return [one for file in FILES for one in file.doubts(asked, on)]


__all__ = ["FILES", "Asked", "Doubt", "Row", "doubts", "rules_from_files"]
