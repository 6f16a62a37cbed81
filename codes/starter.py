"""The starter library: readable files beside this module, one folder a code."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from codes.models import Code, DocumentationTopic, Facet, FacetValue
from codes.pages import Content, heading_of, read_page, write_page
from codes.phrasebook import load_phrasebook
from codes.publish import build_document, digest_of, newest_edition, publish

FOLDER = Path(__file__).parent / "content"
WHY = "Starter library"
_SECTION = re.compile(r"^## +([a-z0-9-]+) *$", re.MULTILINE)


@transaction.atomic
def load_vocabulary() -> None:
    """Add the facets, values, documentation topics and phrases that are not there yet; what is there stays."""
    data = tomllib.loads((FOLDER / "vocabulary.toml").read_text(encoding="utf-8"))
    for name, spec in data["facets"].items():
        facet, _ = Facet.objects.get_or_create(name=name, defaults={"label": spec["label"]})
        for value, synonyms in spec["values"].items():
            FacetValue.objects.get_or_create(facet=facet, value=value, defaults={"synonyms": synonyms})
    for slug, phrases in data["documentation"].items():
        DocumentationTopic.objects.get_or_create(slug=slug, defaults={"phrases": phrases})
    load_phrasebook()


def pages() -> Iterator[Content]:
    """Every page of the starter library, by number."""
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        yield read_folder(folder)


def read_folder(folder: Path) -> Content:
    """One page: page.toml (facts and rules), page.md (sections), examples.toml."""
    content: Content = _dates_as_text(tomllib.loads((folder / "page.toml").read_text(encoding="utf-8")))
    content["sections"] = _sections((folder / "page.md").read_text(encoding="utf-8"))
    examples = folder / "examples.toml"
    loaded = _dates_as_text(tomllib.loads(examples.read_text(encoding="utf-8"))) if examples.exists() else {}
    content["examples"] = [
        {**example, "narrative": example["narrative"].strip()} for example in loaded.get("examples", [])
    ]
    return content


@transaction.atomic
def load_page(content: Content) -> str:
    """Store and publish one page: "loaded", "unchanged", or "kept" where somebody here edited it.

    A draft that was never published (an article that was read) stays the draft; the page
    is published beneath it, so that scenarios have somewhere to lead.
    """
    code = Code.objects.filter(number=content["number"]).first()
    if code is not None and newest_edition(code) is None:
        draft = read_page(code)
        publish(write_page(content), by=None, why=WHY)
        write_page(draft)
        return "loaded"
    if code is not None and not _untouched(code):
        return "kept"
    before = newest_edition(code) if code else None
    edition = publish(write_page(content), by=None, why=WHY)
    return "unchanged" if before and before.pk == edition.pk else "loaded"


def _untouched(code: Code) -> bool:
    """Whether the page is still as the starter library left it."""
    newest = newest_edition(code)
    return newest is not None and newest.why == WHY and newest.digest == digest_of(build_document(code))


def _sections(text: str) -> list[dict[str, str]]:
    _, *parts = _SECTION.split(text)
    return [
        {"slug": slug, "heading": heading_of(slug), "body": body.strip()}
        for slug, body in zip(parts[::2], parts[1::2], strict=True)
    ]


def _dates_as_text(value: Any) -> Any:
    """TOML has dates of its own; documents hold ISO texts."""
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
