"""The starter library: readable files beside this module, one folder a code."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from codes.content_files import FILES, read_files
from codes.models import Code, DocumentationTopic, Facet, FacetValue
from codes.pages import Content, read_page, write_page
from codes.phrasebook import load_phrasebook
from codes.publish import build_document, digest_of, newest_edition, publish
from codes.synonyms import load_synonyms

FOLDER = Path(__file__).parent / "content"
WHY = "Starter library"


@transaction.atomic
def load_vocabulary() -> None:
    """Add the facets, values, topics, phrases and synonyms that are not there yet; what is there stays."""
    data = tomllib.loads((FOLDER / "vocabulary.toml").read_text(encoding="utf-8"))
    for name, spec in data["facets"].items():
        facet, _ = Facet.objects.get_or_create(name=name, defaults={"label": spec["label"]})
        for value, synonyms in spec["values"].items():
            FacetValue.objects.get_or_create(facet=facet, value=value, defaults={"synonyms": synonyms})
    for slug, phrases in data["documentation"].items():
        DocumentationTopic.objects.get_or_create(slug=slug, defaults={"phrases": phrases})
    load_phrasebook()
    load_synonyms()


def pages() -> Iterator[Content]:
    """Every page of the starter library, by number."""
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        yield read_folder(folder)


def read_folder(folder: Path) -> Content:
    """One page: page.toml (facts and rules), page.md (sections), examples.toml (docs/content-files.md)."""
    files = {name: (folder / name).read_text(encoding="utf-8") for name in FILES if (folder / name).exists()}
    return read_files(files, f"{folder.name}/")


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
