"""Full dates in prose: January 1, 2015; 1 January 2015; 01/31/2015; 01-31-2015; 2015-01-31; 2015/01/31."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<{0}>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:[a-z]{{3,6}})?\.?"
_YEAR = r"(?P<{0}>(?:19|20)[0-9]{{2}})(?!\w)"
_DAY = r"(?P<{0}>[0-9]{{1,2}})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(r"(?<![\w/-])" + form)
    for form in (
        _MONTH.format("month") + r"\s{1,3}" + _DAY.format("day") + r",?\s{1,3}(?:of\s)?" + _YEAR.format("year"),
        _DAY.format("day") + r"\s{1,3}(?:of\s)?" + _MONTH.format("month") + r",?\s{1,3}" + _YEAR.format("year"),
        r"(?P<month>[0-9]{1,2})(?P<mark>[/-])(?P<day>[0-9]{1,2})(?P=mark)" + _YEAR.format("year"),
        _YEAR.format("year").replace(r"(?!\w)", "")
        + r"(?P<mark>[/-])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})(?!\w)",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """A date in a text, and where it stands."""

    day: date
    start: int
    end: int


def dates(folded: str) -> list[DateMention]:
    """Every full date of the calendar in a folded text, in its order; 30 February is none."""
    found = (mention for form in _FORMS for mention in _read(form, folded))
    return sorted(found, key=lambda mention: mention.start)


def _read(form: re.Pattern[str], folded: str) -> Iterator[DateMention]:
    for found in form.finditer(folded):
        month = found["month"]
        number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
        try:
            day = date(int(found["year"]), number, int(found["day"]))
        except ValueError:
            continue
        yield DateMention(day=day, start=found.start(), end=found.end())
