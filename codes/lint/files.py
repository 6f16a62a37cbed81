"""Where a page and the public files that are loaded do not say the same."""

from collections.abc import Iterator
from dataclasses import replace

from codes.from_files import Doubt
from codes.lint.page import Page
from codes.lint.specimens import NOT_WITH, page, with_rules
from codes.lint.types import Check, Family, Found, Level, Specimen


def disagree(page: Page) -> Iterator[Found]:
    return (_found(one) for one in page.doubts if one.disagrees)


def undecided(page: Page) -> Iterator[Found]:
    return (_found(one) for one in page.doubts if not one.disagrees)


def _found(doubt: Doubt) -> Found:
    return Found(part=doubt.part, field=doubt.field, message=doubt.message)


_CLEAN = page()
_EDIT = Doubt(
    part="rules/not-with",
    field="params.codes",
    message="The page forbids A1001 with B2002, whatever the reason. NCCI (2024 Q2) has B2002 in column 2 of A1001 and "
    "allows both with a modifier and a reason.",
)
_EXCLUDED = Doubt(
    part="examples/one",
    field="encounter.diagnoses",
    message="At C79 ICD-10-CM excludes C40.11 (Excludes1), and no rule says which of C79.51 and it stays.",
    disagrees=False,
)

FILES = Family(
    title="Public files",
    checks=(
        Check(
            id="files-disagree",
            level=Level.WARNING,
            find=disagree,
            says="A rule or example and a public file do not say the same. The page is what learners are judged by.",
            do="Look at both. Mend the rule, or leave it where the page is deliberately stricter than the file.",
        ),
        Check(
            id="files-undecided",
            level=Level.WARNING,
            find=undecided,
            says="A public file leaves open what the page has to decide.",
            do="Decide it with a rule of the page, or change the example.",
        ),
    ),
    specimens=(
        Specimen(title="Nothing is loaded, or everything agrees", page=_CLEAN),
        Specimen(
            title="Stricter than the edit",
            page=replace(with_rules(NOT_WITH), doubts=(_EDIT,)),
            caught_by="files-disagree",
        ),
        Specimen(
            title="Two diagnoses that exclude each other",
            page=replace(_CLEAN, doubts=(_EXCLUDED,)),
            caught_by="files-undecided",
        ),
    ),
)
