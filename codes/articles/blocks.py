"""The text under a heading: paragraphs and lists, and their Markdown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from codes.articles.source import Source, lines, tidy, trimmed
from codes.articles.types import Span

Family = Literal["text", "heading", "bullet", "number", "letter", "named", "step", "plain"]
MOST_PLAIN_ITEM = 150
MOST_ROW = 60
FEWEST_ROWS = 3

_NAME = r"(?:(?:Billing |Clinical )?(?:[Ee]xample|EXAMPLE)|Case|Scenario|Patient)\s#?(?:\d{1,3}|[A-Z](?![\w']))"
_MARK = re.compile(
    r"(?:(?P<bullet>[•‣⁃▪▫◦●○∙·■□➢➤✓✔]\s*|[*+–—-]\s+)|(?P<number>\(?\d{1,3}[.)]{1,2}\s+)|"
    r"(?P<letter>\(?[a-z]\)\s+|[a-z]\.\s+)|"
    rf"(?P<step>(?:Step|STEP)\s\d{{1,2}}\s?[:.)–-]\s*)|(?P<named>{_NAME}\s?[:.)–-]\s*))(?=\S)"
)
_LABEL = re.compile(rf"{_NAME}\s?[:.)–-]?")
# Bullets that no author writes inside a sentence: a copied list may have lost its line ends.
_INLINE = re.compile(r"\s[•‣⁃▪▫◦●○∙■□➢➤✓✔]\s*(?=\S)")
_NUMBER_BEFORE = re.compile(r"\(?(\d{1,3})[.)]{1,2}\s+\Z")
_TITLED = re.compile(r"[A-Z][\w'’ /-]{1,60}:\s\S")
#: Families whose items are counted.
NUMBERED = frozenset(("number", "letter", "named", "step"))
_SPECIAL = re.compile(r"[#>=|~`+*_-]")
_ORDINAL = re.compile(r"(\d{1,9})([.)])(?=\s|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph (family text), a heading within the section, or an item of a list; without its mark."""

    family: Family
    start: int
    end: int

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list."""
        return self.family not in ("text", "heading")


def blocks(source: Source, body: Span) -> tuple[Block, ...]:
    """Cut a stretch of text into paragraphs and list items."""
    found: list[Block] = []
    gap, label = True, False
    for line in _pieces(source.text, body):
        if line.start == line.end:
            gap = True
            continue
        block = _begin(source.text, line, found, label)
        label = _LABEL.fullmatch(source.text, line.start, line.end) is not None
        if label:
            gap = True
        elif _goes_on(source.text, line, block, found, gap):
            found[-1] = replace(found[-1], end=line.end)
            gap = False
        else:
            found.append(block)
            gap = False
    return tuple(_without_marks(source.text, found))


def _without_marks(text: str, found: list[Block]) -> Iterator[Block]:
    """Three short lines or more that are no sentences are a list, even without marks and without a lead-in."""
    for is_list, run in groupby(found, key=lambda block: block.family == "text" and _all_short(text, block)):
        blocks_of_run = list(run)
        rows = [line for block in blocks_of_run for line in lines(text, block.start, block.end)]
        if is_list and len(rows) >= FEWEST_ROWS:
            yield from (Block(family="plain", start=line.start, end=line.end) for line in rows)
        else:
            yield from blocks_of_run


def _all_short(text: str, block: Block) -> bool:
    return all(
        line.end - line.start <= MOST_ROW and text[line.start].isupper() and text[line.end - 1] not in ".!?:;,\"'’”)"
        for line in lines(text, block.start, block.end)
    )


def _pieces(text: str, body: Span) -> Iterator[Span]:
    """The lines, and the items of a list that stands in one line."""
    for line in lines(text, body.start, body.end):
        start = line.start
        if _MARK.match(text, line.start, line.end):
            for mark in _INLINE.finditer(text, line.start + 1, line.end):
                yield trimmed(text, start, mark.start())
                start = mark.start() + 1
        yield Span(start=start, end=line.end)


def _begin(text: str, line: Span, found: list[Block], label: bool) -> Block:
    """The block that a line would open."""
    mark = _MARK.match(text, line.start, line.end)
    if mark:
        return Block(family=mark.lastgroup or "bullet", start=mark.end(), end=line.end)  # type: ignore[arg-type]
    if label:
        return Block(family="named", start=line.start, end=line.end)
    return Block(family="plain" if _unmarked_item(text, line, found) else "text", start=line.start, end=line.end)


def _unmarked_item(text: str, line: Span, found: list[Block]) -> bool:
    """After a lead-in with a colon, short lines without a full stop or with a title are a list that lost its marks."""
    led = bool(found) and (found[-1].family == "plain" or text[found[-1].end - 1] == ":")
    short = line.end - line.start <= MOST_PLAIN_ITEM
    ends = text[line.end - 1]
    titled = ends != ":" and _TITLED.match(text, line.start, line.end) is not None
    return led and short and text[line.start].isupper() and (ends not in ".!?:" or titled)


def _goes_on(text: str, line: Span, block: Block, found: list[Block], gap: bool) -> bool:
    """Whether a line continues the block before it: no mark, no blank line between, no new sentence after an item."""
    if gap or not found or block.is_item:
        return False
    if text[found[-1].end - 1] == ":" and text[line.start].isupper():
        return False
    return found[-1].family == "text" or text[line.start].islower() or _indented(text, line)


def _indented(text: str, line: Span) -> bool:
    return text[max(0, line.start - 2) : line.start] == "  "


def markdown(shown: str, parts: Iterable[Block]) -> str:
    """Paragraphs and lists as Markdown; what is blank in ``shown`` is left out."""
    written: list[str] = []
    for run in _runs(part for part in parts if shown[part.start : part.end].strip()):
        if run[0].is_item:
            written.append("\n".join(_items(shown, run)))
        else:
            written += [("### " if part.family == "heading" else "") + _safe(shown, part) for part in run]
    return "\n\n".join(written)


def _runs(parts: Iterable[Block]) -> Iterator[list[Block]]:
    """Neighbours that are all items, or all no items."""
    run: list[Block] = []
    for part in parts:
        if run and run[0].is_item != part.is_item:
            yield run
            run = []
        run.append(part)
    if run:
        yield run


def _items(shown: str, run: list[Block]) -> Iterator[str]:
    """A list in the marks of its first item; items with other marks are one step further in.

    A list that a paragraph interrupts counts on behind it.
    """
    first, count = run[0].family, _count_before(shown, run[0])
    for part in run:
        if part.family != first:
            yield f"   - {_safe(shown, part)}"
            continue
        count += 1
        yield f"{count}. {_safe(shown, part)}" if first in NUMBERED else f"- {_safe(shown, part)}"


def _count_before(shown: str, part: Block) -> int:
    """One less than the number an item was given; 0 without a number."""
    mark = _NUMBER_BEFORE.search(shown, max(0, part.start - 12), part.start)
    return max(0, int(mark[1]) - 1) if mark and part.family == "number" else 0


def _safe(shown: str, part: Block) -> str:
    """One line of text that Markdown does not take for a heading, a quotation or a list."""
    text = tidy(shown[part.start : part.end])
    if _SPECIAL.match(text):
        return "\\" + text
    return _ORDINAL.sub(r"\1\\\2", text, count=1) if _ORDINAL.match(text) else text


def line_of(shown: str, part: Block) -> str:
    """The text of a block on one line, its spaces as they were."""
    return " ".join(
        shown[line.start : line.end] for line in lines(shown, part.start, part.end) if line.start < line.end
    )
