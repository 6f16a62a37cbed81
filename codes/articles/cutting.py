"""Cutting an article up: its number, its parts, and what of its text may be shown."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from codes.articles.blocks import Block, blocks
from codes.articles.descriptor import FEWEST_REPEATED, Descriptor, find_descriptor, runs
from codes.articles.facts import Recogniser
from codes.articles.headings import Outline, Region, outline
from codes.articles.lists import official_glosses
from codes.articles.mentions import mentions
from codes.articles.page import INTRO, Page, Sentence, cut, kept, look, understood
from codes.articles.source import Source, blank, fold, read_source, tidy
from codes.articles.types import ArticleError, Note, Span, Vocabulary

_ANNOUNCES = re.compile(
    r"(?:in )?(?:this|the following) (?:article|post|guide|page|blog(?: post)?|tutorial)\b.{0,60}?"
    r"\b(?:will|covers?|explains?|provides?|discusses?|describes?|aims?|we|you|looks?|explores?)\b|"
    r"(?:here|below),? (?:we|you)\b|we(?:'ll| will) (?:cover|discuss|explore|look|explain)\b"
)
MOST_QUOTED_SITE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An article in parts, the official text that was found in it, and the notes on what was left out."""

    page: Page
    title: str
    descriptor: Descriptor | None
    notes: tuple[Note, ...]


def cut_up(text: str, vocabulary: Vocabulary, *, keep_descriptor: bool) -> Cut:
    """Cut a text into parts; ArticleError when it is no article."""
    source = read_source(text)
    plan = outline(source)
    regions, parts, joined = _parts(source, plan)
    intro, site = _introduction(source, plan)
    parts = {INTRO: intro, **parts}
    everything = cut(source, parts.items())
    announcing = [said for said in everything if _ANNOUNCES.match(said.folded)]
    descriptor = _descriptor(source, parts)
    withheld = [] if keep_descriptor else list(_withheld(source, everything, descriptor, parts))
    shown = blank(source.text, [*withheld, *(Span(start=said.start, end=said.end) for said in announcing)])
    page = Page(
        number=_number(source, plan),
        source=source,
        shown=shown,
        regions=regions,
        blocks=parts,
        sentences=_shown(everything, shown, withheld, announcing),
        recogniser=Recogniser(vocabulary),
    )
    notes = (*joined, *_left_out(source, site, announcing), *_official(page, descriptor, bool(withheld)))
    return Cut(page=page, title=_line(source, plan.title), descriptor=descriptor, notes=notes)


def _line(source: Source, span: Span | None) -> str:
    return tidy(source.text[span.start : span.end]) if span else ""


def _introduction(source: Source, plan: Outline) -> tuple[tuple[Block, ...], list[Span]]:
    """The paragraphs before the first heading, and all text of the site."""
    found = blocks(source, plan.intro)
    prose = tuple(one for one in found if _is_prose(source, one))
    return prose, [*plan.site, *(Span(start=one.start, end=one.end) for one in found if not _is_prose(source, one))]


def _is_prose(source: Source, block: Block) -> bool:
    """Whether a block before the first heading is a sentence, not a by-line or a table of contents."""
    return not block.is_item and source.text[block.end - 1] in ".!?:\"'’”)"


def _parts(source: Source, plan: Outline) -> tuple[tuple[Region, ...], dict[str, tuple[Block, ...]], list[Note]]:
    """The sections, each slug once, with their blocks; what stands twice is joined under the first heading."""
    regions: dict[str, Region] = {}
    parts: dict[str, tuple[Block, ...]] = {}
    notes = []
    for region in plan.regions:
        cut_blocks = blocks(source, region.body)
        if not parts.get(region.slug):
            regions[region.slug] = region
            parts[region.slug] = cut_blocks
        elif cut_blocks:
            heading = Block(family="heading", start=region.heading.start, end=region.heading.end)
            parts[region.slug] += (heading, *cut_blocks)
            notes.append(kept(region.slug, f"“{_line(source, region.heading)}” was joined to this section."))
    ordered = sorted(regions.values(), key=lambda region: region.heading.start)
    return tuple(ordered), parts, notes


def _number(source: Source, plan: Outline) -> str:
    """The code the article is about: from its title, else from its headings, else the one it names most."""
    spans = [*([plan.title] if plan.title else []), *(region.heading for region in plan.regions)]
    for span in spans:
        found = mentions(source.folded[span.start : span.end])
        if found:
            return found[0].codes[0]
    named = Counter(mention.codes[0] for mention in mentions(source.folded))
    if not named:
        raise ArticleError("No code number of five characters was found.")
    return named.most_common(1)[0][0]


def _descriptor(source: Source, parts: dict[str, tuple[Block, ...]]) -> Descriptor | None:
    others = (block for slug, own in parts.items() if slug not in ("description", "similar-codes") for block in own)
    return find_descriptor(source, parts.get("description", ()), others)


def _withheld(
    source: Source, everything: Iterable[Sentence], descriptor: Descriptor | None, parts: dict[str, tuple[Block, ...]]
) -> Iterator[Span]:
    """Every stretch that needs a licence: the official text, its repetitions, quoted texts of other codes."""
    yield from official_glosses(source, parts.get("similar-codes", ()))
    if descriptor is None:
        return
    yield descriptor.span
    wanted = fold(descriptor.text).strip(" .,;'\"")
    for said in everything:
        if len(wanted) >= FEWEST_REPEATED and wanted in said.folded:
            yield Span(start=said.start, end=said.end)


def _shown(
    everything: Iterable[Sentence], shown: str, withheld: Iterable[Span], announcing: list[Sentence]
) -> tuple[Sentence, ...]:
    """The sentences that say something, each with what of it may be shown."""
    hidden = {said.start for said in announcing}
    remaining = [said for said in everything if said.start not in hidden]
    if not withheld:
        return tuple(remaining)
    return tuple(replace(said, shown=tidy(shown[said.start : said.end])) for said in remaining)


def _left_out(source: Source, site: list[Span], announcing: list[Sentence]) -> Iterator[Note]:
    for said in announcing:
        yield understood(
            "article", f"Left out, because it only announces the article: “{said.text[:MOST_QUOTED_SITE]}…”"
        )
    if site:
        named = ", ".join(f"“{_line(source, span)[:MOST_QUOTED_SITE]}”" for span in site[:10])
        yield understood("article", f"Left out as text of the site it came from: {named}.")


def _official(page: Page, descriptor: Descriptor | None, withheld: bool) -> Iterator[Note]:
    if withheld and descriptor:
        where = next((region.slug for region in page.regions if _within(descriptor.span, region.body)), "article")
        how = "" if descriptor.quoted else " It stands without quotation marks, so its whole paragraph went."
        yield look(
            where, f"The official description was left out: no licence for the code set's text is recorded.{how}"
        )
        yield from _echoes(page, fold(descriptor.text))
    elif descriptor is None and "description" in page.slugs:
        yield look("description", "No official text was recognised here; check that none of it was kept.")
    if withheld and any(page.shown[one.start : one.end] != page.source.text[one.start : one.end]
                        for one in page.blocks.get("similar-codes", ())):  # fmt: skip
        yield look("similar-codes", "Quoted texts of other codes were left out: no licence is recorded.")


def _echoes(page: Page, official: str) -> Iterator[Note]:
    """Sentences of the author that are nearly the official wording stay, and an educator rewords them."""
    wanted = set(runs(official))
    sections = dict.fromkeys(
        page.cited(said.section) for said in page.sentences if said.shown and not wanted.isdisjoint(runs(said.folded))
    )
    for section in sections:
        yield look(section, "A sentence here repeats much of the official wording, which needs a licence; reword it.")


def _within(span: Span, other: Span) -> bool:
    return other.start <= span.start and span.end <= other.end
