"""The text under a heading: paragraphs and lists, and their Markdown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from codes.articles.source import Source, lines, tidy
from codes.articles.types import Span

Family = Literal["text", "heading", "bullet", "number", "letter", "named", "plain"]
MOST_PLAIN_ITEM = 150

_MARK = re.compile(
    r"(?:(?P<bullet>[•‣⁃▪▫◦●○∙·■□➢➤✓✔]\s*|[*+–—-]\s+)|(?P<number>\(?\d{1,3}[.)]{1,2}\s+)|"
    r"(?P<letter>\(?[a-z]\)\s+|[a-z]\.\s+)|"
    r"(?P<named>(?:Example|EXAMPLE|Case|Scenario)\s#?\d{1,3}\s?[:.)–-]\s*))(?=\S)"
)
_LABEL = re.compile(r"(?:Example|EXAMPLE|Case|Scenario)\s#?\d{1,3}\s?[:.)–-]?")
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
    for line in lines(source.text, body.start, body.end):
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
    return tuple(found)


def _begin(text: str, line: Span, found: list[Block], label: bool) -> Block:
    """The block that a line would open."""
    mark = _MARK.match(text, line.start, line.end)
    if mark:
        return Block(family=mark.lastgroup or "bullet", start=mark.end(), end=line.end)  # type: ignore[arg-type]
    if label:
        return Block(family="named", start=line.start, end=line.end)
    return Block(family="plain" if _unmarked_item(text, line, found) else "text", start=line.start, end=line.end)


def _unmarked_item(text: str, line: Span, found: list[Block]) -> bool:
    """After a lead-in with a colon, short lines without the end of a sentence are a list that lost its marks."""
    led = bool(found) and (found[-1].family == "plain" or text[found[-1].end - 1] == ":")
    short = line.end - line.start <= MOST_PLAIN_ITEM
    return led and short and text[line.start].isupper() and text[line.end - 1] not in ".!?:"


def _goes_on(text: str, line: Span, block: Block, found: list[Block], gap: bool) -> bool:
    """Whether a line continues the block before it: no mark, no blank line between, no new sentence after an item."""
    if gap or not found or block.is_item:
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
    """A list in the marks of its first item; items with other marks are one step further in."""
    first, count = run[0].family, 0
    for part in run:
        if part.family != first:
            yield f"   - {_safe(shown, part)}"
            continue
        count += 1
        yield f"{count}. {_safe(shown, part)}" if first in ("number", "letter", "named") else f"- {_safe(shown, part)}"


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
