"""What is wrong with a draft, and what could be better.

Each family of checks is a module here; ``families.py`` names every check. docs/lint.md says what each of them says.
"""

from codes.lint.cases import why_not_asked
from codes.lint.families import CHECKS, FAMILIES
from codes.lint.page import Page
from codes.lint.run import lint, problems_in
from codes.lint.types import Check, Family, Found, Level, Problem, Specimen

__all__ = [
    "CHECKS",
    "FAMILIES",
    "Check",
    "Family",
    "Found",
    "Level",
    "Page",
    "Problem",
    "Specimen",
    "lint",
    "problems_in",
    "why_not_asked",
]
