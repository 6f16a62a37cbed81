"""Sections that time has overtaken."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from codes.lint.page import Page
from codes.lint.specimens import ADDED, page, with_text
from codes.lint.texts import prose, quoted
from codes.lint.types import Check, Family, Found, Level, Specimen

#: Years after which a text that says what is so "as of" a year should be looked at.
STALE_AFTER = 2
#: Years after which any text should.
LOOK_AGAIN_AFTER = 3
#: Sections that tell what has been, and stay true.
PAST = ("history", "examples")
_YEAR = re.compile(
    r"\b(?:as of|current(?:ly)?(?: as of)?|in effect (?:in|for)|effective (?:for|in)|for(?: calendar| fiscal)? year)\s+"
    r"(?:[A-Z][a-z]+ (?:\d{1,2}, )?)?((?:19|20)\d\d)\b"
    r"|\b(?:CPT|HCPCS|ICD-10-CM|NCCI|MPFS|Medicare)(?: code set| manual| guidelines?| edits?)?,? ((?:19|20)\d\d)\b"
    r"|\b((?:19|20)\d\d) (?:edition|code set|code book|fee schedule|guidelines?|manual|edits?|values?|rates?)\b",
    re.IGNORECASE,
)


def older_than_history(page: Page) -> Iterator[Found]:
    events = [
        date.fromisoformat(one["date"]) for one in page.content["history"] if one["date"] and one["kind"] != "no change"
    ]
    last = max((day for day in events if day <= page.today), default=None)
    for slug, since in _known(page) if last else ():
        if last and since < last:
            message = f"Its text is that of {since}, and the code was changed on {last}."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def past_year(page: Page) -> Iterator[Found]:
    for row in page.content["sections"]:
        for sentence in prose(row["body"]) if row["slug"] not in PAST else ():
            years = [int(year) for hit in _YEAR.finditer(sentence) for year in hit.groups() if year]
            if years and max(years) < page.today.year - STALE_AFTER:
                message = f"{quoted(sentence)} speaks of {max(years)} as if it were now."
                yield Found(part=f"sections/{row['slug']}", field="body", message=message)


def unchanged(page: Page) -> Iterator[Found]:
    line = page.today - timedelta(days=365 * LOOK_AGAIN_AFTER)
    for slug, since in _known(page):
        if since < line:
            message = f"Nobody has changed it since {since}, more than {LOOK_AGAIN_AFTER} years."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def _known(page: Page) -> Iterator[tuple[str, date]]:
    """The sections of which it is known since when they are as they are, but for those that tell of the past."""
    for row in page.content["sections"]:
        if row["slug"] in page.unchanged_since and row["slug"] not in PAST:
            yield row["slug"], page.unchanged_since[row["slug"]]


_NEW = ADDED | {"kind": "revised", "date": "2024-01-01"}

STALE = Family(
    title="What time has overtaken",
    checks=(
        Check(
            id="older-than-history", level=Level.WARNING, find=older_than_history,
            says="The text of a section was written before the last change of the code.",
            do="Read it against the new wording, and change at least the sentence that the change is about.",
        ),
        Check(
            id="past-year", level=Level.WARNING, find=past_year,
            says="A section speaks of a year or an edition more than two years past as if it were now.",
            do="Look up what holds now, and name that year, or tell it in the history.",
        ),
        Check(
            id="unchanged", level=Level.WARNING, find=unchanged,
            says="A section has been the same in every edition for more than three years.",
            do="Read it against its sources. Where it still holds, say so with the year in the sources.",
        ),
    ),
    specimens=(
        Specimen(title="Written this year", page=page(unchanged_since={"billing": date(2024, 2, 1)}, history=[_NEW])),
        Specimen(title="Since 2015 is no year past", page=with_text("One unit since 2015, as of 2024.")),
        Specimen(
            title="Revised after it was written",
            page=page(unchanged_since={"billing": date(2023, 2, 1)}, history=[_NEW]),
            caught_by="older-than-history",
        ),
        Specimen(title="As of 2019", page=with_text("As of January 2019, it is one unit."), caught_by="past-year"),
        Specimen(title="An old edition", page=with_text("The 2016 edition says one unit."), caught_by="past-year"),
        Specimen(
            title="Nobody looked", page=page(unchanged_since={"billing": date(2020, 2, 1)}), caught_by="unchanged"
        ),
    ),
)  # fmt: skip
