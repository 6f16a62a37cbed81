"""The two plain lists of an article: what the note must show, and which codes are similar."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile

from codes.articles.blocks import Block, line_of
from codes.articles.descriptor import FEWEST_WORDS, quotations
from codes.articles.mentions import Mention, mentions
from codes.articles.page import Page, look, understood
from codes.articles.source import Source, fold, sentences, tidy
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
_BEFORE_CODE = re.compile(r"\W{0,3}(?:(?:cpt|hcpcs|codes?)\W{1,3}){0,3}")
_BETWEEN_CODES = re.compile(r"(?:[\s,/&]|\b(?:and|or|cpt|codes?)\b)*")
# These may name a code themselves: "12345 (deleted, see 12346)".
_WHOLE = re.compile(r"\s?\(([^()]{1,300})\)|,?(?: (?:was|has been|is))? (deleted[^.]{0,300})")
_WITHIN = re.compile(
    r"\s?[:-]\s?([^;.]{1,300})|,? (?:which|that) (?:is|describes?|covers?) ([^;.,]{1,300})|"
    r" (?:is|are) (?:used )?(?:for|to report) ([^;.]{1,300})|"
    r" (?:describes?|covers?|reports?|represents?) ([^;.]{1,300})"
)
_SUCCESSOR = re.compile(r"\b(?:see|use|report|replaced (?:by|with))\W{1,3}(?:(?:cpt|hcpcs|codes?)\W{1,3}){0,3}\Z")
_LEFT_OVER = re.compile(r",?\s(?:while|whereas|and|but|or)\Z")
_MUST = re.compile(
    r"\b(?:should|must|needs? to|has to|have to|required to|shall)\b[^:.]{0,80}?"
    r"\b(?:includes?|document|show|contain|record|state|list|note|describe)\b:?\s|\bfollowing\b[^:.]{0,80}:\s"
)
_INLINE_MARK = re.compile(r"(?:\A|[\s,;])\(?(?:[0-9]{1,2}|[a-h])[).]\s")
_COMMAS = re.compile(r",\s(?:and\s|or\s)?|\s(?:and|as well as)\s(?=[^,]*\Z)")
_LEADING = re.compile(r"\A(?:(?:and|or|the|an?|all|any)\s)+", re.IGNORECASE)
_ENDS = " .,;:-–—\"'“”‘’"
#: Fewer entries in a sentence are hardly a list.
FEWEST_IN_SENTENCE = 3
MOST_ENTRY = 150
MOST_TITLE = 40


def items_of(page: Page, section: str) -> list[Block]:
    """The list items of a section that hold something to show."""
    parts = page.blocks.get(section, ())
    return [part for part in parts if part.is_item and page.shown[part.start : part.end].strip()]


def documentation(page: Page) -> Iterator[ReadItem | Note]:
    """The items of the documentation list, each with a slug of its own."""
    listed = [tidy(page.shown[part.start : part.end]) for part in items_of(page, "documentation")]
    if "documentation" in page.slugs and not listed:
        listed = in_a_sentence(page)
        missing = "No list was found here, so there are no documentation items."
        told = "There is no list here; the items were read from a sentence. Compare them with it."
        yield look("documentation", told if listed else missing)
    if len(listed) > MOST_ITEMS:
        yield look("documentation", f"Only the first {MOST_ITEMS} of {len(listed)} items were read.")
    texts = [_item_text(text) for text in listed[:MOST_ITEMS]]
    slugs = _slugs(page, texts)
    for text, slug in zip(texts, slugs, strict=True):
        yield ReadItem(slug=slug, text=text)
    if texts:
        yield understood("documentation", f"Items read: {', '.join(slugs)}.")


def in_a_sentence(page: Page) -> list[str]:
    """The entries of "must include the date, the findings, and a signature": the first sentence that lists enough."""
    for said in page.of("documentation"):
        cue = _MUST.search(said.folded)
        marked = len(_INLINE_MARK.findall(said.folded)) >= FEWEST_IN_SENTENCE
        entries = _entries(said.text[cue.end() if cue else 0 :]) if said.shown == said.text and (cue or marked) else []
        if len(entries) >= FEWEST_IN_SENTENCE and max(map(len, entries)) <= MOST_ENTRY:
            return entries
    return []


def _entries(text: str) -> list[str]:
    """A list within a sentence, cut at its marks, its semicolons or its commas."""
    marks = list(_INLINE_MARK.finditer(fold(text)))
    if len(marks) > 1:
        pieces = [
            text[mark.end() : end] for mark, end in zip(marks, [*(m.start() for m in marks[1:]), None], strict=True)
        ]
    else:
        pieces = text.split(";") if ";" in text else _COMMAS.split(text)
    bare = (_LEADING.sub("", piece.strip(" .,;:")).strip() for piece in pieces)
    return [_LEFT_OVER.sub("", piece) for piece in bare if piece]


def _item_text(text: str) -> str:
    """As it reads after a colon: a small first letter (CT stays CT), no full stop, not too long."""
    bare = text.rstrip(" .;,:")
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
    texts = [(part, line_of(page.shown, part)) for part in page.blocks.get("similar-codes", ())]
    for (part, text), below in zip(texts, [*(text for _, text in texts[1:]), ""], strict=False):
        below = _first_words(below) if (is_title := _is_title(text)) else ""
        for number, gloss in _listed(text) if part.is_item or is_title or _is_entry(text) else _in_prose(text):
            if number != page.number and len(found) < MOST_ITEMS:
                found.setdefault(number, gloss or below)
    for number, gloss in found.items():
        yield ReadSimilar(number=number, gloss=gloss)
    if found:
        yield understood("similar-codes", f"Similar codes read: {', '.join(list(found)[:20])}.")


def _is_title(text: str) -> bool:
    """Whether a line is the number of a code and nothing else."""
    named = mentions(fold(text)) if len(text) <= MOST_TITLE else []
    return len(named) == 1 and not tidy(_DESCRIBES.sub("", text[named[0].end :])) and _opens(fold(text), named)


def _is_entry(text: str) -> bool:
    """Whether a paragraph begins with a code and speaks of no other."""
    named = _entered(fold(text)) if len(text) <= MOST_TEXT else []
    return len(named) == 1 and _opens(fold(text), named)


def _entered(folded: str) -> list[Mention]:
    """The single codes that are entries themselves; "see 12345" names what came after one."""
    single = (mention for mention in mentions(folded) if len(mention.codes) == 1)
    return [one for one in single if not _SUCCESSOR.search(folded[max(0, one.start - 40) : one.start])]


def _opens(folded: str, named: list[Mention]) -> bool:
    return bool(named) and _BEFORE_CODE.fullmatch(folded, 0, named[0].start) is not None


def _first_words(text: str) -> str:
    """What the paragraph under a code says of it; nothing where it speaks of other codes."""
    said = next(iter(sentences(text, 0, len(text))), None)
    return "" if said is None or mentions(fold(text)) else _gloss(text[: said.end])


def _listed(text: str) -> list[tuple[str, str]]:
    """``CPT A1234 - heat instead of cold`` -> the code and what is said of it; several codes may share that."""
    folded = fold(text)
    named = mentions(folded)
    if not _opens(folded, named):
        return _in_prose(text)[:1]
    beside = (_BETWEEN_CODES.fullmatch(folded, a.end, b.start) for a, b in pairwise(named))
    opening = [named[0], *(mention for mention, _ in zip(named[1:], takewhile(bool, beside), strict=False))]
    cue = _DESCRIBES.match(text, opening[-1].end)
    gloss = _gloss(text[cue.end() if cue else opening[-1].end :])
    return [(one.codes[0], gloss) for one in opening if len(one.codes) == 1]


def _in_prose(text: str) -> list[tuple[str, str]]:
    """Single codes in a sentence with the words in brackets or after a dash; a range is no similar code."""
    folded = fold(text)
    if re.search(r"\bno (?:other )?(?:similar|related)\b", folded):
        return []
    pairs, told = [], 0
    single = _entered(folded)
    for one, end in zip(single, [*(mention.start for mention in single[1:]), len(text)], strict=False):
        if one.start >= told:
            found = _WHOLE.match(folded, one.end) or _WITHIN.match(folded, one.end, end)
            told = found.end() if found else 0
            pairs.append((one.codes[0], _gloss(text[found.start(found.lastindex or 0) : told]) if found else ""))
    return pairs


def _gloss(text: str) -> str:
    bare = _LEFT_OVER.sub("", tidy(text).strip(_ENDS)).strip(_ENDS)
    if bare.startswith("(") and bare.find(")") in (-1, len(bare) - 1):
        bare = bare.strip("()").strip(_ENDS)
    elif bare.endswith(")") and "(" not in bare:
        bare = bare[:-1].strip(_ENDS)
    return bare if len(bare) <= MOST_TEXT else bare[: MOST_TEXT - 1].rsplit(" ", 1)[0] + "…"


def official_glosses(source: Source, parts: Iterable[Block]) -> list[Span]:
    """Quotations long enough to be official wording of other codes, with their marks."""
    return [
        Span(start=quote.start - 1, end=min(quote.end + 1, part.end))
        for part in parts
        for quote in quotations(source, part)
        if len(source.text[quote.start : quote.end].split()) >= FEWEST_WORDS
    ]
