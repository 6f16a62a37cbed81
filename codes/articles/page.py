"""The article cut into parts and sentences: what every reader of rules, history and examples looks at."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from codes.articles.blocks import Block
from codes.articles.facts import Recogniser
from codes.articles.headings import Region
from codes.articles.mentions import mentions
from codes.articles.source import Source, fold, sentences, tidy
from codes.articles.types import ArticleError, Note, ReadRule, Span
from rulebook.kinds import KIND
from rulebook.params import ParamError, parse

INTRO = "intro"
OFFICIAL = "(the official description, left out)"
MOST_QUOTED = 300
#: Sections that tell a story or list what is read elsewhere: nothing there is a rule of its own.
SILENT = frozenset(("history", "examples", "documentation"))
MOST_SENTENCES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence and the section it stands in.

    ``text`` and ``folded`` (equally long) are for reading it, ``shown`` is what may be
    stored: empty where the sentence holds official text without a licence.
    """

    section: str
    start: int
    end: int
    text: str
    folded: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article after it was cut up; ``shown`` is its text without what must be left out."""

    number: str
    source: Source
    shown: str
    regions: tuple[Region, ...]
    blocks: Mapping[str, tuple[Block, ...]]
    sentences: tuple[Sentence, ...]
    recogniser: Recogniser

    @property
    def slugs(self) -> tuple[str, ...]:
        """The sections of the article, in its order."""
        return tuple(region.slug for region in self.regions)

    def of(self, *sections: str) -> Iterator[Sentence]:
        """The sentences of some sections, section by section."""
        for section in sections:
            yield from (sentence for sentence in self.sentences if sentence.section == section)

    def of_itself(self) -> list[Sentence]:
        """The sentences that say something of this code and name no other; stories and lists do not."""
        said = (one for one in self.sentences if one.section not in SILENT and one.section != "similar-codes")
        return [one for one in said if not names_others(self, one.folded)]

    def cited(self, section: str) -> str:
        """A section the page really has: this one, or the overview, or the first."""
        return next((slug for slug in (section, "overview", *self.slugs) if slug in self.slugs), section)


def cut(source: Source, parts: Iterable[tuple[str, tuple[Block, ...]]]) -> tuple[Sentence, ...]:
    """Every sentence of these parts, in their order; ArticleError when there are far too many."""
    spans = (
        (section, span)
        for section, blocks in parts
        for block in blocks
        if block.family != "heading"
        for span in sentences(source.text, block.start, block.end)
    )
    found = tuple(_sentence(source, section, span) for section, span in islice(spans, MOST_SENTENCES + 1))
    if len(found) > MOST_SENTENCES:
        raise ArticleError(f"The text has more than {MOST_SENTENCES:,} sentences; that is no article.")
    return found


def _sentence(source: Source, section: str, span: Span) -> Sentence:
    text = tidy(source.text[span.start : span.end])
    return Sentence(section=section, start=span.start, end=span.end, text=text, folded=fold(text), shown=text)


def names_others(page: Page, folded: str) -> bool:
    """Whether a text names a code that is not the page's own."""
    return any(code != page.number for mention in mentions(folded) for code in mention.codes)


def make_rule(
    page: Page,
    kind: str,
    params: dict[str, Any],
    said: Sentence,
    *,
    slug: str = "",
    section: str = "",
    certain: bool = True,
) -> tuple[ReadRule | None, Note]:
    """A rule with the sentence it rests on, and the line of the report; no rule when its parameters make no sense."""
    where = page.cited(section or said.section)
    try:
        meaning = KIND[kind].describe(parse(KIND[kind].Params, params))
    except ParamError as error:
        return None, look(where, f"A rule of kind {kind} was read and makes no sense ({error}): {quoted(said)}")
    rule = ReadRule(
        slug=slug or kind, kind=kind, params=params, section=where, certain=certain, sentence=said.shown or OFFICIAL,
        span=page.source.original(said.start, said.end),
    )  # fmt: skip
    if certain:
        return rule, understood(where, f"Rule {kind}: {meaning}")
    return rule, look(where, f"Rule {kind}, to be confirmed: {meaning} Read from: {quoted(said)}")


def quoted(said: Sentence) -> str:
    """The sentence for a note, not longer than anyone reads."""
    text = said.shown or OFFICIAL
    return f"“{text[:MOST_QUOTED]}…”" if len(text) > MOST_QUOTED else f"“{text}”"


def understood(where: str, message: str) -> Note:
    """A note of what was understood."""
    return Note(level="understood", where=where, message=message)


def kept(where: str, message: str) -> Note:
    """A note of what was kept as plain text."""
    return Note(level="kept", where=where, message=message)


def look(where: str, message: str) -> Note:
    """A note of what needs an educator's eye."""
    return Note(level="look", where=where, message=message)
