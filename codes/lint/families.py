"""Every family of checks, and so every check. To add a check: write its function, and name it in its family."""

from codes.lint.contradictions import CONTRADICTIONS
from codes.lint.examples import EXAMPLES
from codes.lint.files import FILES
from codes.lint.markdown import MARKDOWN
from codes.lint.patient_data import PATIENT_DATA
from codes.lint.reading import READING
from codes.lint.rules import RULES
from codes.lint.selections import SELECTIONS
from codes.lint.stale import STALE
from codes.lint.types import Check, Family
from codes.lint.wanted import WANTED
from codes.lint.words import WORDS
from codes.lint.writing import WRITING

FAMILIES: tuple[Family, ...] = (
    RULES,
    WORDS,
    SELECTIONS,
    WANTED,
    EXAMPLES,
    CONTRADICTIONS,
    FILES,
    PATIENT_DATA,
    WRITING,
    READING,
    STALE,
    MARKDOWN,
)

CHECKS: tuple[Check, ...] = tuple(check for family in FAMILIES for check in family.checks)
