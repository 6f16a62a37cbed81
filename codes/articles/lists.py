"""The two plain lists of an article: what the note must show, and which codes are similar."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from codes.articles.blocks import Block, line_of
from codes.articles.descriptor import FEWEST_WORDS, quotations
from codes.articles.mentions import CODE, mentions
from codes.articles.page import Page, look, understood
from codes.articles.source import Source, fold, tidy
from codes.articles.types import Note, ReadItem, ReadSimilar, Span

#: More entries than this are no list that anyone wrote by hand.
MOST_ITEMS = 200
MOST_TEXT = 300
MOST_SLUG = 50
WORDS_OF_SLUG = 6

_DESCRIBES = re.compile(
    r"\W{0,3}(?:(?:is|are|which is|which|that|describes?|covers?|reports?|represents?|for|used)\b\W{0,3}){0,4}",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"(?:(?:cpt|hcpcs|code)\W{{1,3}}){{0,3}}(?P<code>{CODE})(?!\w)")
_WITHIN = re.compile(
    r"\s?\(([^()]{1,300})\)|\s?[:-]\s?([^;.]{1,300})|,? (?:which|that) (?:is|describes?|covers?) ([^;.,]{1,300})"
)


def items_of(page: Page, section: str) -> list[Block]:
    """The list items of a section that hold something to show."""
    parts = page.blocks.get(section, ())
    return [part for part in parts if part.is_item and page.shown[part.start : part.end].strip()]


def documentation(page: Page) -> Iterator[ReadItem | Note]:
    """The items of the documentation list, each with a slug of its own."""
    listed = items_of(page, "documentation")
    if "documentation" in page.slugs and not listed:
        yield look("documentation", "No list was found here, so there are no documentation items.")
    if len(listed) > MOST_ITEMS:
        yield look("documentation", f"Only the first {MOST_ITEMS} of {len(listed)} items were read.")
    texts = [_item_text(tidy(page.shown[part.start : part.end])) for part in listed[:MOST_ITEMS]]
    slugs = _slugs(page, texts)
    for text, slug in zip(texts, slugs, strict=True):
        yield ReadItem(slug=slug, text=text)
    if texts:
        yield understood("documentation", f"Items read: {', '.join(slugs)}.")


def _item_text(text: str) -> str:
    """As it reads after a colon: a small first letter (CT stays CT), no full stop, not too long."""
    bare = text.rstrip(" .;,")
    if len(bare) > MOST_TEXT:
        bare = bare[: MOST_TEXT - 1].rsplit(" ", 1)[0] + "…"
    return bare[:1].lower() + bare[1:] if bare[1:2].islower() or bare[1:2] == " " else bare


def _slugs(page: Page, texts: list[str]) -> list[str]:
    """A slug for each item: the vocabulary's where its phrase is found (the longest phrase first), else its words."""
    found = (
        (-length, index, slug)
        for index, text in enumerate(texts)
        for slug, length in page.recogniser.items(fold(text)).items()
    )
    given: dict[int, str] = {}
    for _, index, slug in sorted(found):
        if index not in given and slug not in given.values():
            given[index] = slug
    used = set(given.values())
    return [given.get(index) or _own_slug(text, used) for index, text in enumerate(texts)]


def _own_slug(text: str, used: set[str]) -> str:
    """A slug of an item's first words that no other item has; it is added to ``used``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    base = "-".join(re.findall(r"[a-z0-9]+", plain)[:WORDS_OF_SLUG])[:MOST_SLUG].strip("-") or "item"
    slug = next(name for name in (base, *(f"{base}-{n}" for n in range(2, MOST_ITEMS + 3))) if name not in used)
    used.add(slug)
    return slug


def similar(page: Page) -> Iterator[ReadSimilar | Note]:
    """The similar codes, each once, from the list or from the sentences."""
    found: dict[str, str] = {}
    for part in page.blocks.get("similar-codes", ()):
        text = line_of(page.shown, part)
        pairs = [_listed(text)] if part.is_item else _in_prose(text)
        for number, gloss in filter(None, pairs):
            if number != page.number and len(found) < MOST_ITEMS:
                found.setdefault(number, gloss)
    for number, gloss in found.items():
        yield ReadSimilar(number=number, gloss=gloss)
    if found:
        yield understood("similar-codes", f"Similar codes read: {', '.join(list(found)[:20])}.")


def _listed(text: str) -> tuple[str, str] | None:
    """``CPT A1234 - heat instead of cold`` -> the code and what is said of it."""
    opening = _OPENING.match(fold(text))
    if opening is None:
        return next(iter(_in_prose(text)), None)
    cue = _DESCRIBES.match(text, opening.end())
    return opening["code"].upper(), _gloss(text[cue.end() if cue else opening.end() :])


def _in_prose(text: str) -> list[tuple[str, str]]:
    """Single codes in a sentence with the words in brackets or after a dash; a range is no similar code."""
    folded = fold(text)
    if re.search(r"\bno (?:other )?(?:similar|related)\b", folded):
        return []
    single = [mention for mention in mentions(folded) if len(mention.codes) == 1]
    ends = [*(mention.start for mention in single[1:]), len(text)]
    return [(one.codes[0], _after(text, one.end, end)) for one, end in zip(single, ends, strict=False)]


def _after(text: str, start: int, end: int) -> str:
    found = _WITHIN.match(text, start, end)
    return _gloss(next(filter(None, found.groups()), "")) if found else ""


def _gloss(text: str) -> str:
    bare = tidy(text).strip(" .,;:-–—\"'“”‘’")
    return bare if len(bare) <= MOST_TEXT else bare[: MOST_TEXT - 1].rsplit(" ", 1)[0] + "…"


def official_glosses(source: Source, parts: Iterable[Block]) -> list[Span]:
    """Quotations long enough to be official wording of other codes, with their marks."""
    return [
        Span(start=quote.start - 1, end=min(quote.end + 1, part.end))
        for part in parts
        for quote in quotations(source, part)
        if len(source.text[quote.start : quote.end].split()) >= FEWEST_WORDS
    ]
