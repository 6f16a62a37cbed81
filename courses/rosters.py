"""Lists of people to invite, as a CSV file or pasted from a spreadsheet: read row by row, nothing stored here.

Text in, rows out; what is wrong with a row stands in the row, with the column and the reason.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.names import tidy
from courses.invitations import Offer
from courses.models import Membership

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
COLUMNS = ("email", "name", "role", "cohort")
#: How columns are called elsewhere -> what they are here.
CALLED = {
    "email": "email", "e-mail": "email", "mail": "email", "email address": "email", "e-mail address": "email",
    "name": "name", "full name": "name", "first name": "first", "firstname": "first", "given name": "first",
    "last name": "last", "lastname": "last", "surname": "last", "family name": "last", "role": "role",
    "cohort": "cohort", "group": "cohort",
}  # fmt: skip
ROLES = {"": "trainee", "trainee": "trainee", "learner": "trainee", "coder": "trainee", "manager": "manager"}
LONGEST = {"name": 150, "cohort": 60}
#: What a spreadsheet takes for the beginning of a formula, in its full-width form too.
FORMULA = ("=", "+", "-", "@", "|", "＝", "＋", "－", "＠", "｜")


class Unreadable(Exception):
    """The list as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a list: what it says, what it offers, and what is wrong with it, each as (column, reason)."""

    line: int
    said: Mapping[str, str]
    offer: Offer
    wrong: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The rows of a list, and the names of its columns that say nothing here."""

    rows: tuple[Row, ...]
    unused: tuple[str, ...] = ()


# Reading ------------------------------------------------------------------------------------


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or Windows' Latin-1. Raises Unreadable for what is no text, or too long."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"This file has {len(data):,} bytes; a list takes {MOST_BYTES:,}. Make two of it.")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("This is a workbook. Save it as CSV, or copy its cells and paste them below.")
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("This is no text that can be read. Save the list as CSV in UTF-8.")


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    # Half of the bytes of plain words in UTF-16 are zero, before or after each letter.
    if data[:2].find(b"\0") >= 0:
        return ("utf-16-be" if data[:1] == b"\0" else "utf-16-le",)
    return ("utf-8-sig",) if b"\0" in data else ("utf-8-sig", "cp1252", "latin-1")


def read(text: str) -> Roster:
    """The rows of a list. Raises Unreadable where there are none, too many, or no column of addresses."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Unreadable(f"This list is too long; it may have {MOST_BYTES:,} bytes. Make two of it.")
    lines = _lines(text.removeprefix("\ufeff"))
    head = next(lines, None)
    if head is None:
        raise Unreadable("The list is empty.")
    columns = _columns(head[1])
    rows = [_row(line, dict(zip(columns, cells, strict=False))) for line, cells in lines]
    if not rows:
        raise Unreadable("There is no row below the names of the columns.")
    unused = tuple(cell for cell, column in zip(head[1], columns, strict=True) if column not in CALLED.values())
    return Roster(rows=tuple(_only_once(rows)), unused=tuple(name for name in unused if name))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The records that say something, each with the number of the line it begins in."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=_delimiter(plain))
    begins, found = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found += 1
                if found > MOST_ROWS + 1:
                    raise Unreadable(f"A list takes {MOST_ROWS:,} rows; this one has more. Make two of it.")
                yield begins, [cell.strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(
            f"Line {begins} cannot be read ({error}). Look for a quotation mark without its end."
        ) from None


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: whichever stands most often in the first line that says something."""
    head = next((line for line in text.split("\n") if line.strip()), "")
    return max(",;\t", key=head.count)


def _columns(head: list[str]) -> list[str]:
    """What each column is; a name of its own for one that says nothing here."""
    named = [" ".join(cell.lower().replace("_", " ").split()) for cell in head]
    columns = [CALLED.get(name, f"unused {place}") for place, name in enumerate(named)]
    twice = {column for column in columns if columns.count(column) > 1}
    if twice:
        raise Unreadable(f"Two columns are called {min(twice)}. Keep one of them.")
    if "email" not in columns:
        raise Unreadable("No column is called email. The first line names the columns: email, name, role, cohort.")
    return columns


# Rows ---------------------------------------------------------------------------------------


def _row(line: int, cells: Mapping[str, str]) -> Row:
    said = {column: _unguarded(cells.get(column, "")) for column in COLUMNS}
    parts = (_unguarded(cells.get(part, "")) for part in ("first", "last"))
    said["name"] = said["name"] or " ".join(part for part in parts if part)
    wrong: list[tuple[str, str]] = []
    found = {}
    for column, reader in READERS.items():
        try:
            found[column] = reader(said[column])
        except ValidationError as error:
            wrong.append((column, error.messages[0]))
            found[column] = ""
    return Row(line=line, said=said, offer=Offer(**found), wrong=tuple(wrong))


def _email(said: str) -> str:
    """An address, in lower case."""
    if not said:
        raise ValidationError("There is no address.")
    if len(said) > 254:
        raise ValidationError("The address is too long.")
    try:
        validate_email(said)
    except ValidationError:
        raise ValidationError("This is not a mail address.") from None
    return said.lower()


def _role(said: str) -> str:
    role = ROLES.get(said.lower())
    if role is None:
        raise ValidationError("There is no such role; write trainee or manager, or leave it empty.")
    return str(Membership.Role(role).value)


def _name(said: str) -> str:
    return _short(tidy(said), "name")


def _cohort(said: str) -> str:
    return _short(tidy(said), "cohort")


def _short(text: str, column: str) -> str:
    if len(text) > LONGEST[column]:
        raise ValidationError(f"This has {len(text):,} characters; a {column} takes {LONGEST[column]}.")
    return text


READERS = {"email": _email, "name": _name, "role": _role, "cohort": _cohort}


def _only_once(rows: Iterable[Row]) -> Iterable[Row]:
    """The second row for an address is wrong."""
    first: dict[str, int] = {}
    for row in rows:
        email = row.offer.email
        if email and email in first:
            wrong = (*row.wrong, ("email", f"The same address stands in line {first[email]}."))
            yield replace(row, wrong=wrong)
        else:
            first.setdefault(email, row.line)
            yield row


# Writing ------------------------------------------------------------------------------------


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; reading it again gives the cell back."""
    begins = unicodedata.normalize("NFC", cell).lstrip()[:1]
    return f"'{cell}" if begins and begins in FORMULA else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip()[:1] in FORMULA and len(cell) > 1 else cell


def as_csv(rows: Iterable[tuple[Row, str]]) -> str:
    """Rows as a list again, each with the reason why it was left out in a column of its own."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, "reason"])
    for row, reason in rows:
        writer.writerow([guarded(row.said[column]) for column in COLUMNS] + [guarded(reason)])
    return out.getvalue()
