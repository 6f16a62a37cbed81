"""What a page has to have before questions can be asked about it."""

from collections.abc import Iterator

from codes.lint.page import Page
from codes.lint.specimens import SELECTION, SIBLING, UNITS, VALIDITY, content, page, rule
from codes.lint.types import Check, Family, Found, Level, Specimen

_ITEM = {"slug": "signature", "text": "the signature of the provider"}


def no_section(page: Page) -> Iterator[Found]:
    if not page.content["sections"]:
        yield Found(part="sections", message="The page has no section.")


def no_selection(page: Page) -> Iterator[Found]:
    yield from _without(page, "selection", "no scenario can lead to this code")


def no_units(page: Page) -> Iterator[Found]:
    yield from _without(page, "units", "units cannot be judged")


def no_validity(page: Page) -> Iterator[Found]:
    yield from _without(page, "validity", "the date of service cannot be judged")


def _without(page: Page, kind: str, why: str) -> Iterator[Found]:
    if not any(one.kind == kind for one in page.stated) and not (kind != "validity" and _comes_along(page)):
        yield Found(part="rules", message=f"There is no {kind} rule, so {why}.")


def _comes_along(page: Page) -> bool:
    """Whether another page's code brings this one along and says how it counts."""
    return any(one.kind == "each-additional" and one.params.code == page.number for one in page.published.rules)


def no_source(page: Page) -> Iterator[Found]:
    if not page.content["sources"]:
        yield Found(part="sources", message="The page names no source.")


def unchecked_items(page: Page) -> Iterator[Found]:
    if page.content["documentation"] and not _documents(page):
        yield Found(part="documentation", message="There are items but no documentation rule, so nothing checks them.")


def no_items(page: Page) -> Iterator[Found]:
    if _documents(page) and not page.content["documentation"]:
        yield Found(part="documentation", message="There is a documentation rule but no item that it could check.")


def _documents(page: Page) -> bool:
    return any(one.kind == "documentation" for one in page.stated)


def no_example(page: Page) -> Iterator[Found]:
    if not page.content["examples"]:
        yield Found(part="examples", message="The page has no example, so no question is asked about it.")


def no_summary(page: Page) -> Iterator[Found]:
    if not page.content["summary"].strip():
        yield Found(part="about", field="summary", message="Lists and search results show no summary.")


def unlicensed(page: Page) -> Iterator[Found]:
    if page.content["official_descriptor"].strip() and page.content["system"] == "CPT" and not page.licensed:
        message = "The official wording belongs to its owner, and this installation states no licence for it."
        yield Found(part="about", field="official_descriptor", message=message)


_BRINGS = content(number=SIBLING, rules=[SELECTION, UNITS, rule("each-additional", {"code": "A1001"})])

WANTED = Family(
    title="What has to be there",
    checks=(
        Check(
            id="no-section", level=Level.ERROR, find=no_section,
            says="The page has no section.", do="Write at least the overview and the billing section.",
        ),
        Check(
            id="unlicensed-wording", level=Level.ERROR, find=unlicensed,
            says="The official descriptor of a CPT code is filled in, and CPT_LICENSE_REF is not set.",
            do="Empty the field, or have whoever runs this site set CPT_LICENSE_REF to its licence.",
        ),
        Check(
            id="no-selection", level=Level.WARNING, find=no_selection,
            says="No rule says which services lead to the code.", do="Add a rule of the kind “selection”.",
        ),
        Check(
            id="no-units", level=Level.WARNING, find=no_units,
            says="No rule says how the code counts.", do="Add a rule of the kind “units”.",
        ),
        Check(
            id="no-validity", level=Level.WARNING, find=no_validity,
            says="No rule says on which dates of service the code is valid.",
            do="Add a rule of the kind “validity”; leave its days open where the code has always been there.",
        ),
        Check(
            id="no-source", level=Level.WARNING, find=no_source,
            says="The page names no source.", do="Name what the page has its facts from, with the year.",
        ),
        Check(
            id="items-unchecked", level=Level.WARNING, find=unchecked_items,
            says="There are documentation items and no rule that checks them.",
            do="Add a rule of the kind “documentation”.",
        ),
        Check(
            id="no-items", level=Level.WARNING, find=no_items,
            says="There is a documentation rule and no item.", do="List what the note must show, or remove the rule.",
        ),
        Check(
            id="no-example", level=Level.WARNING, find=no_example,
            says="The page has no example.", do="Write one encounter with its facts; variants follow from it.",
        ),
        Check(
            id="no-summary", level=Level.WARNING, find=no_summary,
            says="The page has no summary.", do="Say in one or two sentences what the service is.",
        ),
    ),
    specimens=(
        Specimen(title="A page with everything", page=page()),
        Specimen(
            title="A code that another one brings along and counts", page=page(_BRINGS, rules=[VALIDITY]),
        ),
        Specimen(title="No text", page=page(sections=[]), caught_by="no-section"),
        Specimen(
            title="The owner’s words without a licence",
            page=page(official_descriptor="Their words"), caught_by="unlicensed-wording",
        ),
        Specimen(title="No selection", page=page(rules=[UNITS, VALIDITY]), caught_by="no-selection"),
        Specimen(title="No units", page=page(rules=[SELECTION, VALIDITY]), caught_by="no-units"),
        Specimen(title="No validity", page=page(rules=[SELECTION, UNITS]), caught_by="no-validity"),
        Specimen(title="From nowhere", page=page(sources=[]), caught_by="no-source"),
        Specimen(title="Items nobody asks for", page=page(documentation=[_ITEM]), caught_by="items-unchecked"),
        Specimen(
            title="A rule without items",
            page=page(rules=[SELECTION, UNITS, VALIDITY, rule("documentation", {})]), caught_by="no-items",
        ),
        Specimen(title="Nothing to ask", page=page(examples=[]), caught_by="no-example"),
        Specimen(title="No summary", page=page(summary=" "), caught_by="no-summary"),
    ),
)  # fmt: skip
