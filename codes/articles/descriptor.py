"""The code's official wording: where it stands, so that it can be left out without a licence."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codes.articles.blocks import Block
from codes.articles.source import Source, sentences, tidy
from codes.articles.types import Span

LEFT_OUT = "The official description is left out: no licence for the code set's text is recorded."
FEWEST_WORDS = 3
#: Shorter than this, the same words elsewhere are no quotation.
FEWEST_REPEATED = 20
#: As many words in a row are more than chance.
MOST_SHARED = 8

_OPEN = re.compile(r"(?<!\w)[\"'](?=\S)")
_CLOSE = {'"': re.compile(r'"'), "'": re.compile(r"'(?!\w)")}
_OFFICIAL = re.compile(r"\b(?:official|cpt|code)\b.{0,40}\b(?:description|descriptor|definition)\b")
_LEAD_IN = re.compile(
    r"\b(?:cpt (?:manual|book|codebook)|code ?book|ama|american medical association)\b[^.:]{0,60}"
    r"\b(?:describes|defines|lists|gives)\b[^.:]{0,40}:|"
    r"\bis (?:officially )?(?:described|defined) (?:by|in) [^.:]{0,40}(?:\bas\b:?|:)|"
    r"\bofficial (?:\w+ )?(?:descript(?:ion|or)|definition|wording|text)\b[^.:]{0,60}?"
    r"(?:\b(?:is|reads|states|as)\b:?|:)|\bdescript(?:ion|or)\b[^.:]{0,60}:"
)
# An official text never speaks of the code; an author's own words nearly always do.
# The code set's own parenthesis, and a number before the text, speak of codes too.
_NOT_OWN = re.compile(r"\(list separately[^()]{0,120}\)|\A\W*(?:(?:cpt|hcpcs|code)\W{1,3}){0,3}[0-9a-z]{5}\s?[:-]")
_OWN_WORDS = re.compile(r"\b(?:codes?|cpt|hcpcs|provider|this|these)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """The official text, and the stretch of the article that goes when it is left out."""

    text: str
    span: Span
    quoted: bool


def find_descriptor(source: Source, described: Iterable[Block], others: Iterable[Block]) -> Descriptor | None:
    """Look in the description, then for a quotation that is called official anywhere else."""
    own = [block for block in described if block.family != "heading"]
    for block in own:
        found = _quoted(source, block)
        if found:
            return found
    if own and (told := _told(source, own)):
        return told
    called = (block for block in others if _OFFICIAL.search(source.folded, block.start, block.end))
    return next(filter(None, (_quoted(source, block) for block in called)), None)


def quotations(source: Source, block: Block) -> Iterator[Span]:
    """What stands between quotation marks in a block; one that is never closed reaches to its end."""
    at = block.start
    while opened := _OPEN.search(source.folded, at, block.end):
        closed = _closing(source, opened.group(), opened.end(), block.end)
        yield Span(start=opened.end(), end=closed)
        at = closed + 1
        if at >= block.end:
            return


def _closing(source: Source, mark: str, start: int, end: int) -> int:
    """Where a quotation closes. Single marks are apostrophes too, so one at the end of a sentence is preferred."""
    last = end
    for close in _CLOSE[mark].finditer(source.folded, start, end):
        last = close.start()
        if mark == '"' or _at_end(source.text, close.start(), end):
            return last
    return last


def _at_end(text: str, close: int, end: int) -> bool:
    return text[close - 1] in ".,;!?)" or text[close + 1 : min(close + 5, end)].lstrip()[:1] in ("", ".", ",", ";")


def _quoted(source: Source, block: Block) -> Descriptor | None:
    """The first quotation that is long enough, with the sentence that holds it."""
    for quote in quotations(source, block):
        text = tidy(source.text[quote.start : quote.end])
        if len(text.split()) >= FEWEST_WORDS:
            return Descriptor(text=text, span=_holding(source, quote, block), quoted=True)
    return None


def _holding(source: Source, quote: Span, block: Block) -> Span:
    """The sentence around a quotation; the marks themselves belong to it."""
    *_, before = (Span(start=block.start, end=block.start), *sentences(source.text, block.start, quote.start - 1))
    ended = before.end > block.start and source.text[before.end - 1] in ".!?"
    after = source.text[quote.end + 1 : block.end].lstrip()
    if not after or after[0].isupper():
        end = min(quote.end + 1, block.end)
    else:
        end = next(sentences(source.text, quote.end + 1, block.end)).end
    return Span(start=before.end if ended else before.start, end=end)


def _told(source: Source, own: list[Block]) -> Descriptor | None:
    """An official text without quotation marks: after a lead-in, or a paragraph that does not speak of the code."""
    for block in own:
        lead = _LEAD_IN.search(source.folded, block.start, min(block.end, block.start + 300))
        if lead and source.text[lead.end() : block.end].strip():
            return _whole(source, lead.end(), block)
    first = own[0]
    said = _NOT_OWN.sub(" ", source.folded[first.start : first.end])
    return None if _OWN_WORDS.search(said) else _whole(source, first.start, first)


def _whole(source: Source, start: int, block: Block) -> Descriptor:
    span = Span(start=block.start, end=block.end)
    return Descriptor(text=tidy(source.text[start : block.end]), span=span, quoted=False)


def runs(folded: str) -> Iterator[tuple[str, ...]]:
    """Every few words in a row; a sentence that shares one with the official text is hardly its author's own."""
    words = re.findall(r"\w+", folded)
    return zip(*(words[shift:] for shift in range(MOST_SHARED)), strict=False)
