"""A page as readable files, and back: page.toml, page.md and examples.toml (docs/content-files.md).

Pure text: nothing is stored here. There is one canonical form, so that reading a canonical file and writing it again
gives the same bytes, and writing a page and reading it again gives the same page.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from codes.pages import CODE_FIELDS, PARTS, SPARSE, Content, heading_of
from codes.spelling import spelled
from codes.toml_writing import toml_text, without_null

PAGE, SECTIONS_FILE, EXAMPLES = "page.toml", "page.md", "examples.toml"
FILES = (PAGE, SECTIONS_FILE, EXAMPLES)
#: Parts of page.toml, in the order in which they stand there.
LISTS = ("rules", "history", "documentation", "similar", "sources")
#: A section begins with its id; one with a heading of its own says it after a colon.
_SECTION = re.compile(r"^## +([a-z0-9-]+)(?:: (.*?))?[ \t]*$", re.MULTILINE)
#: A line of a text that would be taken for the beginning of a section, or for one that is marked as none.
_LOOKS_LIKE = re.compile(r"^(\\*## +[a-z0-9-]+(?:: .*)?[ \t]*)$", re.MULTILINE)
_MARKED = re.compile(r"^\\(\\*## +[a-z0-9-]+(?:: .*)?[ \t]*)$", re.MULTILINE)
#: What a row has where its file says nothing.
USUAL: dict[str, dict[str, Any]] = {
    "sections": {"heading": "", "body": ""},
    "rules": {"params": {}, "starts": None, "ends": None, "source": "", "state": "accepted", "origin": {}},
    "history": {"date": None, "text": "", "successor": ""},
    "documentation": {},
    "similar": {"gloss": ""},
    "sources": {"note": "", "url": ""},
    "examples": {"encounter": {}},
}
ABOUT: dict[str, Any] = {"system": "CPT", "summary": "", "search_words": []}
#: In which order the fields of a page and of its rows are written; what is in them keeps its own order.
ORDER = (
    "slug", *CODE_FIELDS, *LISTS, "examples", "date", "kind", "text", "gloss", "note", "url", "section", "starts",
    "ends", "source", "state", "successor", "narrative", "params", "origin", "encounter", "also_accepted",
)  # fmt: skip


class FileError(ValueError):
    """A file that cannot be read as part of a page: which, at which line (0: as a whole), and why."""

    def __init__(self, name: str, line: int, why: str) -> None:
        super().__init__(f"{name}:{line}: {why}" if line else f"{name}: {why}")
        self.name, self.line, self.why = name, line, why


# Writing --------------------------------------------------------------------------------------


def write_folder(content: Content) -> dict[str, str]:
    """The files of a page: name -> text. The official descriptor is left out where no licence is stated."""
    page = ordered(tidy(content))
    about = {field: page[field] for field in CODE_FIELDS if page.get(field) not in ("", [], None)}
    lists = {part: [_sparse(part, row) for row in page[part]] for part in LISTS if page[part]}
    files = {PAGE: toml_text(about | lists, ORDER), SECTIONS_FILE: _sections_text(page["sections"])}
    rows = [_sparse("examples", row) | {"narrative": f"{row['narrative']}\n"} for row in page["examples"]]
    files[EXAMPLES] = toml_text({"examples": rows}, ORDER)
    return files


def tidy(content: Content) -> Content:
    """A page as its files say it: whole, with one kind of line end, no empty lines around texts.

    Nothing that a reader sees or a rule says differs. Without a stated licence there is no official descriptor.
    """
    page = ABOUT | {field: content[field] for field in CODE_FIELDS if field in content}
    if not settings.CPT_LICENSE_REF or not page.get("official_descriptor"):
        page.pop("official_descriptor", None)
    for part in PARTS:
        page[part] = [_whole(part, row) for row in content.get(part, ())]
    for section in page["sections"]:
        section["heading"] = " ".join(section["heading"].split()) or heading_of(section["slug"])
        section["body"] = _bare(section["body"])
    for rule in page["rules"]:
        rule["params"] = spelled(rule["kind"], rule["params"])
    for example in page["examples"]:
        example["narrative"] = example["narrative"].strip()
    return page


def ordered(page: Content) -> Content:
    """A page with its rules and its history in the order in which the site keeps them."""
    history = sorted(page["history"], key=lambda row: (row["date"] is None, row["date"] or ""))
    return page | {"rules": sorted(page["rules"], key=lambda row: str(row["slug"])), "history": history}


def _whole(part: str, row: Mapping[str, Any]) -> dict[str, Any]:
    told = {field: value for field, value in row.items() if value or field not in SPARSE}
    return USUAL[part] | {
        field: None if value is None else without_null(_line_ends(value)) for field, value in told.items()
    }


def _line_ends(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _line_ends(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_line_ends(one) for one in value]
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") if isinstance(value, str) else value


def _bare(body: str) -> str:
    """A text without the empty lines before it and the space behind it; the first line keeps its indent."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", f"\n{body}".rstrip()).removeprefix("\n")


def _sparse(part: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what goes without saying."""
    return {field: value for field, value in row.items() if field not in USUAL[part] or value != USUAL[part][field]}


def _sections_text(sections: list[dict[str, str]]) -> str:
    parts = []
    for section in sections:
        own = "" if section["heading"] == heading_of(section["slug"]) else f": {section['heading']}"
        body = _LOOKS_LIKE.sub(r"\\\1", section["body"])
        parts.append(f"## {section['slug']}{own}\n\n{body}\n" if body else f"## {section['slug']}{own}\n")
    return "\n".join(parts)


# Reading --------------------------------------------------------------------------------------


def read_files(files: Mapping[str, str], folder: str = "") -> Content:
    """A page from the text of its files. FileError names the file, the line and what is wrong with it."""
    if PAGE not in files:
        raise FileError(f"{folder}{PAGE}", 0, "is not there; each page needs one")
    content = ABOUT | _toml(f"{folder}{PAGE}", files[PAGE], (*CODE_FIELDS, *LISTS))
    content["sections"] = list(_sections(files.get(SECTIONS_FILE, "")))
    loaded = _toml(f"{folder}{EXAMPLES}", files.get(EXAMPLES, ""), ("examples",))
    content["examples"] = loaded.get("examples", [])
    for part in PARTS:
        _check_rows(f"{folder}{file_of(part)}", files.get(file_of(part), ""), part, content.setdefault(part, []))
    for field in CODE_FIELDS:
        if field in ("number", "title") and field not in content:
            raise FileError(f"{folder}{PAGE}", 1, f"{field}: is needed")
        if field in content and not _is_about(field, content[field]):
            what = "a list of texts" if field == "search_words" else "a text, in quotes"
            raise FileError(f"{folder}{PAGE}", line_of(files[PAGE], "", None, field), f"{field}: is {what}")
    return _told(content, f"{folder}{PAGE}")


def _is_about(field: str, value: Any) -> bool:
    if field == "search_words":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def _told(content: Content, name: str) -> Content:
    try:
        return tidy(content)
    except (ValueError, TypeError, AttributeError) as error:
        raise FileError(name, 0, f"has a value that no page can hold ({error})") from error


def file_of(part: str) -> str:
    """The file in which a part of a page stands."""
    return {"sections": SECTIONS_FILE, "examples": EXAMPLES}.get(part, PAGE)


def line_of(text: str, part: str, place: int | None = None, field: str = "") -> int:
    """The line (from 1) at which a part, its row, or a field of the row stands in a file; 0 where it is not found."""
    head = _SECTION if part == "sections" else re.compile(rf"^\[\[ *{re.escape(part)} *\]\]", re.MULTILINE)
    starts = [found.start() for found in head.finditer(text)]
    start, end = 0, starts[0] if starts else len(text)
    if place is not None:
        if place >= len(starts):
            return 0
        start, end = starts[place], starts[place + 1] if place + 1 < len(starts) else len(text)
    said = re.compile(rf"^(\[{re.escape(part)}\.)?\"?{re.escape(field)}\"?( *=|\])", re.MULTILINE).search(
        text, start, end
    )
    at = said.start() if field and said else start
    return text.count("\n", 0, at) + 1


def _toml(name: str, text: str, known: tuple[str, ...]) -> Content:
    try:
        found = _dates_as_text(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        told = re.search(r"at line (\d+)", str(error))
        raise FileError(name, int(told[1]) if told else 0, f"cannot be read as TOML: {error}") from error
    for key in found:
        if key not in known:
            line = max(line_of(text, "", None, key), line_of(text, key, 0), 1)
            raise FileError(name, line, f"{key}: is not known here; known are {', '.join(known)}")
    return dict(found)


def _check_rows(name: str, text: str, part: str, rows: Any) -> None:
    """Every part is a list of rows; what a row is called stands there once."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FileError(name, max(1, line_of(text, "", None, part)), f"{part}: is written as [[{part}]], row by row")
    seen = set[Any]()
    for place, row in enumerate(rows):
        why, field = _wrong(part, row, seen)
        if why:
            raise FileError(name, line_of(text, part, place, field), f"{part}.{place}.{field}: {why}")
        seen.add(row[NEEDED[part][0]])


def _wrong(part: str, row: Mapping[str, Any], seen: set[Any]) -> tuple[str, str]:
    """What is wrong with a row, and with which of its fields; two empty texts for nothing."""
    allowed = PARTS[part][1]
    for field, value in row.items():
        if field not in allowed:
            return f"is not known here; known are {', '.join(allowed)}", field
        if field in TEXTS and not isinstance(value, str):
            return "is a text, in quotes", field
        if field not in TEXTS and not isinstance(value, list if field == "also_accepted" else dict):
            return "is a list" if field == "also_accepted" else "is a table, as in { key = 1 }", field
    for field in NEEDED[part]:
        if field not in row:
            return "is missing", field
    first = NEEDED[part][0]
    return (f"“{row[first]}” stands there twice", first) if part in SINGLE and row[first] in seen else ("", "")


#: Fields that are texts, what a row cannot be without, and the parts in which its first such field names one row.
TEXTS = frozenset((
    "slug", "heading", "body", "kind", "section", "starts", "ends", "source", "state", "date", "text", "successor",
    "number", "gloss", "title", "note", "url", "narrative",
))  # fmt: skip
NEEDED = {
    "sections": ("slug",), "rules": ("slug", "kind", "section"), "history": ("kind",),
    "documentation": ("slug", "text"), "similar": ("number",), "sources": ("title",),
    "examples": ("slug", "title", "narrative"),
}  # fmt: skip
SINGLE = frozenset(("sections", "rules", "documentation", "similar", "examples"))


def _sections(text: str) -> Iterator[dict[str, str]]:
    _, *parts = _SECTION.split(_line_ends(text))
    for slug, heading, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        told = _MARKED.sub(r"\1", _bare(body))
        yield {"slug": slug, "heading": heading or heading_of(slug), "body": told}


def _dates_as_text(value: Any) -> Any:
    """TOML has dates of its own; documents hold ISO texts."""
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
