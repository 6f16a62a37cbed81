"""Where the text of a page, its rules and the other pages do not say the same."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from codes.articles.mentions import Polarity, statements
from codes.articles.source import fold
from codes.lint.page import Page
from codes.lint.specimens import (
    ADDED,
    HISTORY,
    NOT_WITH,
    RULES,
    SELECTION,
    SIBLING,
    UNITS,
    content,
    page,
    rule,
    section,
    sibling,
    with_rules,
    with_text,
)  # fmt: skip
from codes.lint.texts import codes_in, prose, quoted
from codes.lint.types import Check, Family, Found, Level, Specimen
from rulebook.kinds.base import listed
from rulebook.types import Rule

#: Sections that tell of other codes without saying what may stand beside this one.
TELLING = ("description", "history", "similar-codes", "examples")
#: So many similar codes are named; of more it is said how many.
MOST_NAMED = 3
#: Kinds that take something off a claim.
BUNDLING = ("not-with", "separate-procedure", "global-period", "add-on", "distinct", "each-additional", "modifier")
_NONE = re.compile(
    r"\b(?:there (?:are|is)|has|have|with) no (?:similar|related|comparable|neighbou?ring) codes?\b"
    r"|\bno (?:other )?codes? (?:is|are) (?:similar|related)\b|\bsimilar codes?: none\b"
)
_STAYED = re.compile(
    r"\b(?:no|not any|without|never) (?:updates?|changes?|revisions?)\b.{0,60}\bsince\b|\bunchanged since\b"
)
_ALONE = re.compile(
    r"\bnot (?:be )?(?:separately|additionally) (?:report|bill|cod|pa[iy])\w*"
    r"|\bnot (?:be )?(?:report|bill|cod|pa)\w* separately\b"
)


def unnamed_sibling(page: Page) -> Iterator[Found]:
    near = "" if page.content["similar"] else _near(page)
    if near:
        yield Found(part="similar", message=f"No similar code is named, yet {near}.")


def denied_sibling(page: Page) -> Iterator[Found]:
    listed_codes = [row["number"] for row in page.content["similar"]]
    near = _near(page) or (f"{listed_codes[0]} is in the list" if listed_codes else "")
    for slug, sentence in _sentences(page, ()) if near else ():
        if _NONE.search(fold(sentence)):
            message = f"{quoted(sentence)} says that no code is similar, yet {near}."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def _near(page: Page) -> str:
    """The published codes that differ in a single facet, in words, the nearest numbers first; "" for none."""
    found = sorted(_siblings(page), key=lambda one: (-_alike(one[0], page.number), one[0]))
    said = [f"{number} differs only in {facet}" for number, facet in found[:MOST_NAMED]]
    return ", ".join(said) + (f" (and {len(found) - MOST_NAMED} more in one thing)" if len(found) > MOST_NAMED else "")


def _alike(one: str, other: str) -> int:
    """How many characters two numbers begin with in common."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def _siblings(page: Page) -> Iterator[tuple[str, str]]:
    """Published codes that are selected by the same facets and differ in the value of one, with that facet.

    Codes that are selected by their procedure alone have nothing in common in which they could be alike.
    """
    mine = _facets(page.number, (own for _, own in page.rules))
    for number in page.published.codes if mine.keys() - {"procedure"} else ():
        theirs = _facets(number, page.published.rules)
        if number != page.number and theirs.keys() == mine.keys():
            differs = [facet for facet in mine if theirs[facet] != mine[facet]]
            if len(differs) == 1:
                yield number, differs[0]


def _facets(number: str, rules: Iterable[Rule]) -> dict[str, tuple[str, ...]]:
    selecting = (one for one in rules if one.kind == "selection" and one.code == number)
    return next((dict(one.params.facets) for one in selecting), {})


def unknown_similar(page: Page) -> Iterator[Found]:
    for place, row in enumerate(page.content["similar"]):
        if row["number"] == page.number:
            message = "The page names itself as a similar code."
            yield Found(part="similar", field=f"{place}.number", message=message)
        elif not row["gloss"].strip() and row["number"] not in page.published.codes:
            message = f"{row['number']} has no page here, and nothing says what sets it apart."
            yield Found(part="similar", field=f"{place}.gloss", message=message)


def dates_differ(page: Page) -> Iterator[Found]:
    for one, own in page.rules:
        first, last = (own.params.from_, own.params.to) if own.kind == "validity" else (None, None)
        for event in page.content["history"]:
            day = date.fromisoformat(event["date"]) if event["date"] else None
            if own.kind == "validity" and day and _disagrees(event["kind"], day, first, last):
                stated = first if event["kind"] == "added" else last
                says = f"valid from {stated} on" if event["kind"] == "added" else f"valid up to {stated}"
                says = says if stated else "open on that side"
                message = f"The history says {event['kind']} on {day}, and this rule that the code is {says}."
                yield Found(
                    part=one.part, field=one.field("from" if event["kind"] == "added" else "to"), message=message
                )


def _disagrees(kind: str, day: date, first: date | None, last: date | None) -> bool:
    """Whether an event does not go with the validity; what is deleted on a day was valid up to the day before."""
    return (kind == "added" and day != first) or (kind == "deleted" and last not in (day, day - timedelta(days=1)))


def denied_change(page: Page) -> Iterator[Found]:
    days = sorted(
        event["date"] for event in page.content["history"] if event["kind"] in ("revised", "deleted") and event["date"]
    )
    for slug, sentence in _sentences(page, ()) if days else ():
        if _STAYED.search(fold(sentence)):
            message = f"{quoted(sentence)} says that nothing has changed, and the history tells of {days[-1]}."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def said_not_ruled(page: Page) -> Iterator[Found]:
    known = _ruled(page)
    for slug, sentence in _sentences(page, TELLING):
        forbidden = _forbidden(sentence) - known - {page.number}
        if forbidden:
            codes = listed(sorted(forbidden))
            message = f"{quoted(sentence)} forbids {codes}, and no rule does; a claim with it would be called clean."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def _forbidden(sentence: str) -> set[str]:
    """The codes that a sentence forbids beside the page's own, without a condition."""
    found: set[str] = set()
    for said in statements(fold(sentence)):
        if said.polarity in (Polarity.FORBID, Polarity.INCLUDE) and not said.conditional:
            found |= {code for mention in said.mentions if not mention.wide for code in mention.codes}
    return found


def _ruled(page: Page) -> set[str]:
    """The codes that a rule of the page names, and those with a rule that names the page's code."""
    found = {code for one in page.stated for code in codes_in(str(one.row["params"]))}
    return found | {one.code for one in page.published.rules if page.number in codes_in(str(one.params))}


def alone_not_ruled(page: Page) -> Iterator[Found]:
    if any(own.kind in BUNDLING for _, own in page.rules):
        return
    for slug, sentence in _sentences(page, TELLING):
        if _ALONE.search(fold(sentence)) and not codes_in(sentence):
            message = f"{quoted(sentence)} takes something off the claim, and no rule does."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def ruled_not_said(page: Page) -> Iterator[Found]:
    for one, own in page.rules:
        body = page.section(own.section)
        if own.kind == "not-with" and body is not None and body.strip():
            silent = sorted(set(own.params.codes) - codes_in(body))
            if silent:
                message = f"It forbids {listed(silent)}, and the section {own.section} that it cites does not say so."
                yield Found(part=one.part, field="section", message=message)


def _sentences(page: Page, without: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each section's sentences, with its slug."""
    for row in page.content["sections"]:
        if row["slug"] not in without:
            for sentence in prose(row["body"]):
                yield row["slug"], sentence


_NO_LIST = "There are no similar codes to this one."
_SAYS = section("billing", f"Do not report {SIBLING} together with this code.")

CONTRADICTIONS = Family(
    title="Contradictions",
    checks=(
        Check(
            id="sibling-not-named", level=Level.WARNING, find=unnamed_sibling,
            says="No similar code is named, although a published one differs in a single facet.",
            do="Add it to the similar codes, with what sets it apart.",
        ),
        Check(
            id="sibling-denied", level=Level.WARNING, find=denied_sibling,
            says="A text says that there is no similar code, although there is one.",
            do="Change the sentence, and name the code and what sets it apart.",
        ),
        Check(
            id="similar-unknown", level=Level.WARNING, find=unknown_similar,
            says="A similar code has no page here and no word about it, or is the page itself.",
            do="Correct the number, say what sets it apart, or take it out.",
        ),
        Check(
            id="history-against-validity", level=Level.WARNING, find=dates_differ,
            says="The history and the validity rule give different days.",
            do="Look the day up in a source, and mend whichever is wrong.",
        ),
        Check(
            id="change-denied", level=Level.WARNING, find=denied_change,
            says="A text says that the code has not changed, and the history tells of a change.",
            do="Change the sentence, or take the event out.",
        ),
        Check(
            id="said-not-ruled", level=Level.WARNING, find=said_not_ruled,
            says="A section forbids a code beside this one, and no rule does.",
            do="Add the code to a “not with” rule that cites this section, or change the sentence.",
        ),
        Check(
            id="alone-not-ruled", level=Level.WARNING, find=alone_not_ruled,
            says="A section says that something is not separately reported, and the page has no rule that bundles.",
            do="Say which codes are meant and add the rule, or change the sentence.",
        ),
        Check(
            id="ruled-not-said", level=Level.WARNING, find=ruled_not_said,
            says="A rule forbids codes that the section it cites does not mention.",
            do="Name the codes in that section, or let the rule cite the section that names them.",
        ),
    ),
    specimens=(
        Specimen(title="A page that stands alone", page=page()),
        Specimen(
            title="A sibling that is named",
            page=page(sibling(), similar=[{"number": SIBLING, "gloss": "heat"}]),
        ),
        Specimen(
            title="Beside a code that has nothing in common with it",
            page=page(
                content(number=SIBLING, rules=[rule("selection", {"facets": {"procedure": "x-ray"}}), UNITS]),
                rules=[rule("selection", {"facets": {"procedure": "ablation"}}), UNITS],
                sections=[section("similar-codes", _NO_LIST), HISTORY],
            ),
        ),
        Specimen(title="Said and ruled", page=page(rules=[*RULES, NOT_WITH], sections=[_SAYS, HISTORY])),
        Specimen(
            title="Deleted, and valid up to the day before",
            page=page(
                rules=[SELECTION, UNITS, rule("validity", {"from": "2015-01-01", "to": "2020-12-31"})],
                history=[ADDED, {"date": "2021-01-01", "kind": "deleted", "text": "", "successor": ""}],
            ),
        ),
        Specimen(title="No list", page=page(sibling()), caught_by="sibling-not-named"),
        Specimen(
            title="Said to be none",
            page=with_text(_NO_LIST, "similar-codes", similar=[{"number": SIBLING, "gloss": "heat"}]),
            caught_by="sibling-denied",
        ),
        Specimen(
            title="A slip in the number",
            page=page(similar=[{"number": "B2020", "gloss": ""}]), caught_by="similar-unknown",
        ),
        Specimen(
            title="Added in 2016",
            page=page(history=[ADDED | {"date": "2016-01-01"}]), caught_by="history-against-validity",
        ),
        Specimen(
            title="Deleted, and valid ever after",
            page=page(history=[ADDED, {"date": "2020-01-01", "kind": "deleted", "text": "", "successor": ""}]),
            caught_by="history-against-validity",
        ),
        Specimen(
            title="No change since, and one in 2018",
            page=with_text(
                "There have been no updates to the code since its addition.", "history",
                history=[ADDED, {"date": "2018-01-01", "kind": "revised", "text": "", "successor": ""}],
            ),
            caught_by="change-denied",
        ),
        Specimen(title="Forbidden in words only", page=page(sections=[_SAYS, HISTORY]), caught_by="said-not-ruled"),
        Specimen(
            title="Guidance without a rule",
            page=with_text("Imaging guidance is not separately reported."), caught_by="alone-not-ruled",
        ),
        Specimen(title="Forbidden in the rule only", page=with_rules(NOT_WITH), caught_by="ruled-not-said"),
    ),
)  # fmt: skip
