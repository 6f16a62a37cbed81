"""Examples of which no question, or no good one, can be made."""

from collections.abc import Iterator, Mapping
from typing import Any

from codes.lint.cases import is_valid
from codes.lint.page import Page
from codes.lint.specimens import (
    SELECTION,
    SIBLING,
    TOLD,
    UNITS,
    VALIDITY,
    content,
    example,
    page,
    rule,
    with_example,
    with_rules,
)  # fmt: skip
from codes.lint.types import Check, Family, Found, Level, Specimen
from codes.models import has_facts
from codes.phrasebook import PROCEDURES, book_of
from rulebook import Library
from rulebook.kinds.base import listed
from rulebook.types import Encounter

NOT_ASKED = "It is not asked as a question: "


def no_facts(page: Page) -> Iterator[Found]:
    for row in page.content["examples"]:
        if not has_facts(row["encounter"]):
            message = "It names no facts yet, so it is shown on the page and not asked as a question."
            yield Found(part=f"examples/{row['slug']}", field="encounter.services", message=message)


def unreadable(page: Page) -> Iterator[Found]:
    for case in page.cases:
        if case.error:
            yield Found(part=case.part, field=case.field, message=case.error)


def also_not_valid(page: Page) -> Iterator[Found]:
    for case in page.cases if page.readable else ():
        for claim in case.row.get("also_accepted", ()):
            gone = _gone(page.library, case.encounter, claim) if case.encounter else []
            if gone:
                message = f"A claim that is accepted besides names {listed(gone)}, which is not valid on that date."
                yield Found(part=case.part, field="also_accepted", message=message)


def _gone(library: Library, encounter: Encounter, claim: Mapping[str, Any]) -> list[str]:
    """The codes of a claim that are not valid on the day; those that the library does not know are let be."""
    lines = claim.get("claim", claim).get("lines", ())
    codes = {str(line.get("code", "")).upper() for line in lines}
    return sorted(code for code in codes if not is_valid(code, library, encounter.date_of_service))


def none_accepted(page: Page) -> Iterator[Found]:
    yield from _not_asked(page, "none-accepted", "no code of the library reports its services on that date.")


def not_valid(page: Page) -> Iterator[Found]:
    why = "the page’s code is not valid on its date of service, and no other code reports its services."
    yield from _not_asked(page, "not-valid-on-date", why, "date_of_service")


def undecided(page: Page) -> Iterator[Found]:
    yield from _not_asked(page, "undecided", "one of its services cannot be decided by the rules.")


def breaks_own_rules(page: Page) -> Iterator[Found]:
    why = "even the right claim would not be clean (a diagnosis or the documentation does not support it)."
    yield from _not_asked(page, "key-breaks-rules", why, "diagnoses")


def missing_fact(page: Page) -> Iterator[Found]:
    for case in page.cases:
        if case.missing:
            why = f"the facts do not say {listed(case.missing, 'or')}, by which the codes are told apart."
            yield Found(part=case.part, field="encounter.services", message=f"{NOT_ASKED}{why}")


def _not_asked(page: Page, trouble: str, why: str, fact: str = "services") -> Iterator[Found]:
    for case in page.cases:
        if case.trouble == trouble:
            yield Found(part=case.part, field=f"encounter.{fact}", message=f"{NOT_ASKED}{why}")


def unmarked(page: Page) -> Iterator[Found]:
    for case in page.cases:
        if case.untold:
            message = f"It is asked only in other words, because its text does not mark {', '.join(case.untold)}."
            yield Found(part=case.part, field="narrative", message=message)


def without_phrases(page: Page) -> Iterator[Found]:
    lacking: dict[str, set[str]] = {}
    for service in (one for case in page.cases if case.encounter for one in case.encounter.services):
        procedure = service.facets.get(PROCEDURES, "")
        if page.phrases and not page.phrases.knows(procedure):
            lacking.setdefault(procedure, set()).update({"count", *service.facets} - {PROCEDURES})
    for procedure, facts in sorted(lacking.items()):
        message = (
            f"No phrase tells of the procedure “{procedure}”, so notes only list it and its facts "
            f"({listed(sorted(facts))}): “Recorded: procedure {procedure} …”"
        )
        yield Found(part="phrases", message=message)


_SITE = {"date_of_service": "2024-03-01", "services": [{"procedure": "ablation", "site": "bone", "count": 1}]}
_LUNG = {"date_of_service": "2024-03-01", "services": [{"procedure": "biopsy", "site": "lung", "count": 1}]}
_FROZEN = {"procedure": "ablation", "site": "bone", "technique": "cryoablation", "count": 1}
_EARLY = {"date_of_service": "2014-03-01", "services": [_FROZEN]}
_TWO = {"date_of_service": "2024-03-01", "services": [_FROZEN, {"procedure": "biopsy", "site": "lung", "count": 1}]}
_MARROW = {"date_of_service": "2024-03-01", "diagnoses": ["C79.52"], "services": [_FROZEN]}
_BESIDES = [{"lines": [{"code": SIBLING, "units": 1}], "why": "The payer takes it."}]
_BONE_ONLY = rule("diagnosis", {"supports": ["C79.51"]})

_BIOPSIES = book_of([{"part": "work", "when": {"procedure": ["biopsy"]}, "beside": {}, "text": "Tissue was taken."}])
_ABLATIONS = book_of([{"part": "work", "when": {"procedure": ["ablation"]}, "beside": {}, "text": "It was destroyed."}])

EXAMPLES = Family(
    title="Examples",
    checks=(
        Check(
            id="example-unreadable", level=Level.ERROR, find=unreadable,
            says="The facts of an example cannot be read, or a mark points to a fact that is not there.",
            do="Mend the fact or the mark that is named.",
        ),
        Check(
            id="besides-not-valid", level=Level.ERROR, find=also_not_valid,
            says="A claim that is accepted besides names a code that is not valid on the date of service.",
            do="Take that claim out, or mend the date of service.",
        ),
        Check(
            id="example-without-facts", level=Level.WARNING, find=no_facts,
            says="An example is prose only.", do="Say what was done, where and when; then it becomes a question.",
        ),
        Check(
            id="none-accepted", level=Level.WARNING, find=none_accepted,
            says="No code of the library reports what an example tells.",
            do="Mend its facts or the selection rule, or publish the page of the code that reports it.",
        ),
        Check(
            id="not-valid-on-date", level=Level.WARNING, find=not_valid,
            says="The page’s code is not valid on the date of an example, and no other code takes its place.",
            do="Mend the date of service or the validity rule.",
        ),
        Check(
            id="undecided", level=Level.WARNING, find=undecided,
            says="The rules cannot decide one of the services of an example.",
            do="Add a rule that tells the codes apart, or take the service out.",
        ),
        Check(
            id="missing-fact", level=Level.WARNING, find=missing_fact,
            says="An example leaves a fact open by which codes are told apart.",
            do="Add the fact, and mark the words of the text that state it.",
        ),
        Check(
            id="key-breaks-rules", level=Level.WARNING, find=breaks_own_rules,
            says="The claim that follows from an example breaks a rule itself.",
            do="Add a diagnosis or the documentation that supports it, or mend the rule.",
        ),
        Check(
            id="words-not-marked", level=Level.WARNING, find=unmarked,
            says="The text of an example does not mark the words that state a fact on which the claim rests.",
            do="Select the words in the text that say it and mark them with that fact.",
        ),
        Check(
            id="procedure-without-phrases", level=Level.WARNING, find=without_phrases,
            says="Examples are of a procedure of which no phrase tells, so notes list its facts like a telegram.",
            do="Write phrases for it (Phrases, in the admin): docs/first-page.md shows how.",
        ),
    ),
    specimens=(
        Specimen(title="An example with its facts", page=page()),
        Specimen(
            title="A date before the code came, on a page without validity",
            page=page(rules=[SELECTION, UNITS], examples=[example(TOLD, encounter=_EARLY)]),
        ),
        Specimen(
            title="A mark that points nowhere",
            page=with_example("A [tumor](services.7.site)."), caught_by="example-unreadable",
        ),
        Specimen(
            title="A claim besides, with a code that came later",
            page=page(
                content(number=SIBLING, rules=[VALIDITY]), rules=[SELECTION, UNITS],
                examples=[example(TOLD, encounter=_EARLY, also_accepted=_BESIDES)],
            ),
            caught_by="besides-not-valid",
        ),
        Specimen(title="Prose", page=with_example("A tumor.", encounter={}), caught_by="example-without-facts"),
        Specimen(
            title="Something else", page=with_example("A biopsy.", encounter=_LUNG), caught_by="none-accepted"
        ),
        Specimen(
            title="A year before the code came",
            page=with_example(TOLD, encounter=_EARLY), caught_by="not-valid-on-date",
        ),
        Specimen(
            title="One service of two is nobody’s",
            page=with_example("Two.", encounter=_TWO), caught_by="undecided",
        ),
        Specimen(
            title="Hot or cold?", page=with_example("A [tumor](services.0.site).", encounter=_SITE),
            caught_by="missing-fact",
        ),
        Specimen(
            title="A diagnosis that does not support the line",
            page=with_rules(_BONE_ONLY, examples=[example(TOLD, encounter=_MARROW)]),
            caught_by="key-breaks-rules",
        ),
        Specimen(title="Nothing is marked", page=with_example("A tumor was frozen."), caught_by="words-not-marked"),
        Specimen(title="Phrases for its procedure", page=page(phrases=_ABLATIONS)),
        Specimen(
            title="Phrases for other procedures alone", page=page(phrases=_BIOPSIES),
            caught_by="procedure-without-phrases",
        ),
    ),
)  # fmt: skip
