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

Content = dict[str, Any]

CODE_FIELDS = ("system", "number", "title", "summary", "official_descriptor", "search_words")
PARTS: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "sections": (Section, ("slug", "heading", "body")),
    "rules": (Rule, ("slug", "kind", "params", "section", "starts", "ends", "source", "state", "origin")),
    "history": (HistoryEvent, ("date", "kind", "text", "successor")),
    "documentation": (DocumentationItem, ("slug", "text")),
    "similar": (SimilarCode, ("number", "gloss")),
    "sources": (Source, ("title", "note", "url")),
    "examples": (Example, ("slug", "title", "narrative", "encounter")),
}
HEADINGS = dict(SECTIONS)


class PageError(ValueError):
    """A page that cannot be stored; the text names the part, its place and the field."""


def read_page(code: Code) -> Content:
    """The draft rows of a code as one document."""
    content: Content = {field: getattr(code, field) for field in CODE_FIELDS}
    for part, (model, fields) in PARTS.items():
        rows = model._default_manager.filter(code=code)
        content[part] = [{field: _plain(getattr(row, field)) for field in fields} for row in rows]
    return content


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


def _add(model: type[models.Model], code: Code, part: str, place: int, row: Mapping[str, Any]) -> None:
    fields = PARTS[part][1]
    unknown = [field for field in row if field not in fields]
    if unknown:
        raise PageError(f"{part}.{place}.{unknown[0]}: is not known here; known are {', '.join(fields)}")
    instance = model(code=code, **row)
    if any(field.name == "order" for field in model._meta.fields):
        instance.order = place  # type: ignore[attr-defined]
    _check(instance, f"{part}.{place}")
    instance.save(force_insert=True)


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


def accepted_rules(content: Content) -> Iterable[dict[str, Any]]:
    """The rules a person stands behind; proposals wait and are in no edition."""
    return (rule for rule in content["rules"] if rule["state"] == Rule.State.ACCEPTED)
