"""From the text of an article to everything a page can be made of."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from codes.articles.blocks import Block, markdown
from codes.articles.cutting import Cut, cut_up
from codes.articles.descriptor import LEFT_OUT
from codes.articles.examples import SIDE, example_groups, examples
from codes.articles.guidance import guidance
from codes.articles.headings import WRAPPERS, Region, heading_text
from codes.articles.history import history
from codes.articles.limits import limits
from codes.articles.lists import documentation, items_of, similar
from codes.articles.mentions import CODE
from codes.articles.page import INTRO, Page, Sentence, kept, look, make_rule
from codes.articles.selection import selection, units
from codes.articles.sides import sides
from codes.articles.source import fold, tidy
from codes.articles.types import (
    Article,
    Note,
    ReadEvent,
    ReadExample,
    ReadItem,
    ReadMention,
    ReadRule,
    ReadSection,
    ReadSimilar,
    Span,
    Vocabulary,
)

MOST_NOTES = 300
INTRODUCTION = "Introduction"
MOST_HEADING = 120
_FRAME = re.compile(rf"how to (?:use|bill|report|code) (?:the )?(?:cpt|hcpcs)?\W{{0,3}}(?:codes? )?{CODE}\W{{0,3}}")
_TITLE_GOES_ON = re.compile(r"[:(]")
T = TypeVar("T")


def read_article(text: str, vocabulary: Vocabulary, *, keep_descriptor: bool = False) -> Article:
    """Read an article; ArticleError says in plain words why a text is none.

    ``keep_descriptor`` is for installations with a licence for the code set's text:
    without it the official wording appears nowhere in what is returned.
    """
    cut = cut_up(text, vocabulary, keep_descriptor=keep_descriptor)
    page = cut.page
    found = list(_everything(page))
    sections = tuple(_sections(page, cut, keep_descriptor))
    title, titled = _title(page, cut.title, "" if keep_descriptor or not cut.descriptor else cut.descriptor.text)
    return Article(
        number=page.number,
        title=title,
        summary=_summary(page),
        descriptor=cut.descriptor.text if keep_descriptor and cut.descriptor else None,
        sections=sections,
        rules=_named_apart(_only(found, ReadRule)),
        history=_only(found, ReadEvent),
        documentation=_only(found, ReadItem),
        examples=_only(found, ReadExample),
        similar=_only(found, ReadSimilar),
        mentions=_only(found, ReadMention),
        notes=_notes([*titled, *cut.notes, *_only(found, Note), *_plain(sections, found)]),
    )


def _everything(page: Page) -> Iterator[object]:
    """Whatever the readers of the single parts find, rules and their notes as single things."""
    said = list(_flat((*selection(page), *units(page), *guidance(page), *limits(page), *sides(page), *history(page))))
    params = {rule.kind: rule.params for rule in _only(said, ReadRule)}
    yield from said
    items = list(documentation(page))
    yield from items
    if any(isinstance(item, ReadItem) for item in items):
        listed = bool(items_of(page, "documentation"))
        yield from _flat(
            [make_rule(page, "documentation", {}, _lead_in(page), section="documentation", certain=listed)]
        )
    facets = {facet: values[0] for facet, values in params.get("selection", {}).get("facets", {}).items()}
    sided = any(rule.slug == SIDE for rule in _only(said, ReadRule))
    yield from examples(page, facets, params.get("units", {}).get("noun", ""), sided=sided)
    yield from similar(page)


def _flat(found: Iterable[object]) -> Iterator[object]:
    """A rule and its note come as a pair; either may be missing."""
    for one in found:
        yield from (part for part in (one if isinstance(one, tuple) else (one,)) if part is not None)


def _only(found: Iterable[object], kind: type[T]) -> tuple[T, ...]:
    return tuple(one for one in found if isinstance(one, kind))


def _named_apart(rules: Iterable[ReadRule]) -> tuple[ReadRule, ...]:
    """The rules with slugs of their own: redirect-12345, redirect-12345-2."""
    times: Counter[str] = Counter()
    apart = []
    for rule in rules:
        times[rule.slug] += 1
        number = times[rule.slug]
        apart.append(rule if number == 1 else replace(rule, slug=f"{rule.slug}-{number}"))
    return tuple(apart)


def _lead_in(page: Page) -> Sentence:
    """The sentence the documentation rule rests on: the one before the list, or the first item."""
    return next(page.of("documentation"))


def _title(page: Page, line: str, official: str) -> tuple[str, list[Note]]:
    """The title without "How to use CPT code N"; when nothing is left, a plain one that waits for a better."""
    line = line.strip(WRAPPERS)
    frame = _FRAME.match(fold(line))
    goes_on = frame is None or _TITLE_GOES_ON.search(line[: frame.end()][-4:])
    rest = heading_text(line[frame.end() if frame else 0 :]).strip(" .:()")
    if rest and goes_on and not (official and fold(official).strip(" .") in fold(rest)):
        return rest[:MOST_HEADING], []
    system = "CPT" if page.number[0].isdigit() else "HCPCS"
    return f"{system} {page.number}", [
        look("title", "The article's title does not say what the service is; write one.")
    ]


def _summary(page: Page) -> str:
    """The first sentence of the introduction, or of the overview."""
    return next((said.shown for said in page.of(INTRO, "overview") if said.shown), "")


def _sections(page: Page, cut: Cut, keep_descriptor: bool) -> Iterator[ReadSection]:
    """The sections in the article's order, and one for what else its introduction says."""
    for region in page.regions:
        heading = heading_text(tidy(page.source.text[region.heading.start : region.heading.end])).rstrip(" :")
        body = markdown(page.shown, _body(page, region.slug))
        if region.slug == "description" and not keep_descriptor and _described(cut, region):
            body = f"{LEFT_OUT}\n\n{body}".strip()
        yield ReadSection(slug=region.slug, heading=heading[:MOST_HEADING], body=body, span=_span(page, region))
    rest = [said for said in page.of(INTRO) if said.shown][1:]
    if rest:
        others = sum(slug.startswith("other-") for slug in page.slugs)
        span = page.source.original(rest[0].start, rest[-1].end)
        body = " ".join(said.shown for said in rest)
        yield ReadSection(slug=f"other-{others + 1}", heading=INTRODUCTION, body=body, span=span)


def _described(cut: Cut, region: Region) -> bool:
    found = cut.descriptor
    return found is not None and region.body.start <= found.span.start < region.body.end


def _body(page: Page, slug: str) -> Iterator[Block]:
    """What stays prose: lists that are stored as items or as examples are left to those."""
    structured: list[Block] = []
    if slug == "documentation":
        structured = items_of(page, slug)
    elif slug == "examples":
        structured = [part for group in example_groups(page) for part in group]
    taken = {part.start for part in structured}
    return (part for part in page.blocks[slug] if part.start not in taken)


def _span(page: Page, region: Region) -> Span:
    parts = page.blocks[region.slug]
    end = max((part.end for part in parts if part.end <= region.body.end), default=region.heading.end)
    return page.source.original(region.heading.start, end)


def _plain(sections: Iterable[ReadSection], found: Iterable[object]) -> Iterator[Note]:
    """A note for each section that nothing was read from."""
    told = {one.where for one in found if isinstance(one, Note)}
    for section in sections:
        if section.heading == INTRODUCTION:
            yield kept(section.slug, "What else the introduction says was kept.")
        elif section.slug.startswith("other-"):
            yield kept(section.slug, f"The heading “{section.heading}” is not known; its text was kept.")
        elif section.slug not in told and section.body != LEFT_OUT:
            yield kept(section.slug, "Kept as plain text.")


def _notes(notes: list[Note]) -> tuple[Note, ...]:
    """The report, each line once and no longer than anyone can read."""
    once = list(dict.fromkeys(notes))
    if len(once) > MOST_NOTES:
        left = len(once) - MOST_NOTES
        once = [*once[:MOST_NOTES], look("article", f"{left} more notes are not shown; this may be no single article.")]
    return tuple(once)
