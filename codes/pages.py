"""A page's draft rows as one plain document, and back.

The same shape is read from content files and from articles, stored in editions and, with
its Markdown rendered, shown. Dates are ISO texts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from codes.models import (
    SECTIONS,
    Code,
    DocumentationItem,
    Example,
    HistoryEvent,
    Rule,
    Section,
    SimilarCode,
    Source,
)
from codes.spelling import spelled

Content = dict[str, Any]

CODE_FIELDS = ("system", "number", "title", "summary", "official_descriptor", "search_words")
PARTS: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "sections": (Section, ("slug", "heading", "body")),
    "rules": (Rule, ("slug", "kind", "params", "section", "starts", "ends", "source", "state", "origin")),
    "history": (HistoryEvent, ("date", "kind", "text", "successor")),
    "documentation": (DocumentationItem, ("slug", "text")),
    "similar": (SimilarCode, ("number", "gloss")),
    "sources": (Source, ("title", "note", "url")),
    "examples": (Example, ("slug", "title", "narrative", "encounter", "also_accepted")),
}
#: Fields that a row has only where there is something in them, so that pages without them stay as they were.
SPARSE = frozenset({"also_accepted"})
HEADINGS = dict(SECTIONS)
#: Where an edition has the rules that follow from public files; no draft has them.
FROM_FILES = "from_files"


class PageError(ValueError):
    """A page that cannot be stored; the text names the part, its place and the field."""


def read_page(code: Code) -> Content:
    """The draft rows of a code as one document."""
    content: Content = {field: getattr(code, field) for field in CODE_FIELDS}
    for part, (model, fields) in PARTS.items():
        rows = model._default_manager.filter(code=code)
        content[part] = [_row(row, fields) for row in rows]
    return content


def read_pages(codes: Iterable[Code]) -> dict[int, Content]:
    """The drafts of many codes by their keys, in as many queries as those of one."""
    pages: dict[int, Content] = {code.pk: {field: getattr(code, field) for field in CODE_FIELDS} for code in codes}
    for part, (model, fields) in PARTS.items():
        for page in pages.values():
            page[part] = []
        for row in model._default_manager.filter(code__in=list(pages)):
            pages[row.code_id][part].append(_row(row, fields))  # type: ignore[attr-defined]
    return pages


def _row(instance: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    row = {field: _plain(getattr(instance, field)) for field in fields}
    return {field: value for field, value in row.items() if value or field not in SPARSE}


@transaction.atomic
def write_page(content: Mapping[str, Any]) -> Code:
    """Make the draft rows of a code those of a document: all of it, or PageError and nothing."""
    number = content["number"]
    code = Code.objects.filter(number=number).first() or Code(number=number)
    for field in CODE_FIELDS:
        if field in content:
            setattr(code, field, content[field])
    _check(code, number)
    code.save()
    for part, (model, _) in PARTS.items():
        model._default_manager.filter(code=code).delete()
        for place, row in enumerate(content.get(part, ())):
            _add(model, code, part, place, row)
    return code


# One part by itself ---------------------------------------------------------------------------

#: Parts of which each row is edited by itself, and the field that names a row.
NAMED = {"sections": "slug", "rules": "slug", "examples": "slug"}


def read_part(code: Code, part: str) -> Any:
    """One part of the draft, in the shape it has in the document; None where there is none.

    ``about`` is the code's own fields; ``sections/billing``, ``rules/NAME`` and ``examples/NAME`` are one row; every
    other part (history, documentation, similar, sources) is the list of its rows.
    """
    if part == "about":
        return {field: getattr(code, field) for field in CODE_FIELDS}
    name, _, key = part.partition("/")
    if name not in PARTS or bool(key) != (name in NAMED):
        return None
    model, fields = PARTS[name]
    rows = model._default_manager.filter(code=code)
    if not key:
        return [_row(row, fields) for row in rows]
    found = rows.filter(**{NAMED[name]: key}).first()
    return None if found is None else _row(found, fields)


@transaction.atomic
def write_part(code: Code, part: str, value: Any) -> None:
    """Store one part as ``read_part`` gives it; None takes a single row away. PageError names the field.

    What a row does not name stays as it was; a new row comes last.
    """
    name, _, key = part.partition("/")
    if part == "about":
        for field in CODE_FIELDS:
            setattr(code, field, value.get(field, getattr(code, field)))
        _check(code, part)
        code.save()
    elif name in NAMED and key:
        _write_row(code, name, key, value)
    elif name in PARTS and not key:
        PARTS[name][0]._default_manager.filter(code=code).delete()
        for place, row in enumerate(value or ()):
            _add(PARTS[name][0], code, name, place, row)
    else:
        raise PageError(f"{part}: is no part of a page")


def with_part(content: Content, part: str, value: Any) -> Content:
    """A document with one part as ``write_part`` would store it, without a look at the database; None for a list: none.

    A row of which there is none yet comes last, with what it does not name left empty.
    """
    name, _, key = part.partition("/")
    if part == "about":
        return content | {field: value[field] for field in CODE_FIELDS if field in value}
    if not key:
        return content | {name: list(value or ())}
    model, fields = PARTS[name]
    rows = content[name]
    if all(row[NAMED[name]] != key for row in rows):
        rows = [*rows, _row(model(**{NAMED[name]: key}), fields)]
    return content | {name: [row | value if row[NAMED[name]] == key else row for row in rows]}


def _write_row(code: Code, name: str, key: str, value: Any) -> None:
    model, _ = PARTS[name]
    rows = model._default_manager.filter(code=code)
    row = rows.filter(**{NAMED[name]: key}).first()
    if value is None:
        rows.filter(**{NAMED[name]: key}).delete()
    elif row is None:
        _add(model, code, name, rows.count(), {NAMED[name]: key, **value}, where=f"{name}/{key}")
    else:
        for field in PARTS[name][1]:
            setattr(row, field, value.get(field, getattr(row, field)))
        _spell(row)
        _check(row, f"{name}/{key}")
        row.save()


def _add(model: type[models.Model], code: Code, part: str, place: int, row: Mapping[str, Any], where: str = "") -> None:
    fields = PARTS[part][1]
    unknown = [field for field in row if field not in fields]
    if unknown:
        raise PageError(f"{where or f'{part}.{place}'}.{unknown[0]}: is not known here; known are {', '.join(fields)}")
    instance = model(code=code, **row)
    _spell(instance)
    if any(field.name == "order" for field in model._meta.fields):
        instance.order = place  # type: ignore[attr-defined]
    _check(instance, where or f"{part}.{place}")
    instance.save(force_insert=True)


def _spell(instance: models.Model) -> None:
    """Write the parameters of a rule in the one spelling, wherever they come from."""
    if isinstance(instance, Rule):
        instance.params = spelled(instance.kind, instance.params)


def _check(instance: models.Model, where: str) -> None:
    try:
        instance.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise PageError(f"{where}.{field}: {messages[0]}") from error


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def heading_of(slug: str) -> str:
    """The usual heading of a section id."""
    return HEADINGS.get(slug, "More")


def accepted_rules(content: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The rules a person stands behind; proposals wait and are in no edition."""
    return (rule for rule in content["rules"] if rule["state"] == Rule.State.ACCEPTED)
