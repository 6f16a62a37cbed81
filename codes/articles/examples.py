"""The billing examples: the facts each one states, and which of its words state them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from codes.articles.blocks import NUMBERED, Block, line_of
from codes.articles.facts import Hit, denied
from codes.articles.lists import MOST_ITEMS
from codes.articles.mentions import mentions
from codes.articles.page import Page, look, understood
from codes.articles.selection import SELECTING
from codes.articles.source import fold, lines, sentences
from codes.articles.statements import names_itself
from codes.articles.types import Note, ReadExample

_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: number for number, word in enumerate(_WORDS, start=2)}
_SEVERAL = {"multiple": 2, "several": 2, "many": 2, "numerous": 2, "both": 2}
_COUNT = re.compile(rf"(?<![\w.-])(?P<word>{'|'.join((*_NUMBERS, *_SEVERAL))}|[1-9][0-9]?)(?=[ -]\w)")
_WORD = re.compile(r"[\w']+|[^\w\s]")
_NOT_COUNTED = re.compile(
    r"(?:cm|mm|m|years?|months?|weeks?|days?|hours?|minutes?|and|or|of|in|with|to|for|by|at|on|x|sessions?)\Z"
)
_BRACKETS = str.maketrans("[]", "()")
MOST_BETWEEN = 4
#: Prose names this facet for where a disease began, too: another value says nothing of what was treated.
ORIGIN = "site"
MOST_NUMBERS = 50
SIDE = "laterality"
#: Alone they are everyday words: "left the room", "the right choice".
AMBIGUOUS = frozenset(("left", "right"))
FURTHER = ("extension", "modality", "for", "session")
_OWN_CODE = r"(?:\bthe )?(?:\bcpt\W{{1,3}})?(?:\bcodes? )?\b{}\b"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Words of the narrative that state the fact at ``path``."""

    start: int
    end: int
    path: str


@dataclass(slots=True, kw_only=True)
class _Draft:
    """An example while its facts are being collected."""

    text: str
    folded: str
    services: list[dict[str, Any]]
    marks: list[_Mark]
    filled: list[str]
    notes: list[str]

    def state(self, service: int, hit: Hit) -> None:
        """Add a fact that words of the text state."""
        self.services[service][hit.facet] = hit.value
        self.marks.append(_Mark(start=hit.start, end=hit.end, path=f"services.{service}.{hit.facet}"))

    def fill(self, service: int, facet: str, value: str) -> None:
        """Add a fact that the text leaves open."""
        self.services[service][facet] = value
        self.filled.append(f"services.{service}.{facet}")


def examples(page: Page, facets: dict[str, str], noun: str, *, sided: bool = False) -> Iterator[ReadExample | Note]:
    """The examples in their order; ``facets`` fill what they leave open, ``noun`` is what the code counts.

    ``sided``: the code is for one side, so left and right are facts.
    """
    groups = example_groups(page)
    if "examples" in page.slugs and not groups:
        yield look("examples", "No example was found here.")
    if len(groups) > MOST_ITEMS:
        yield look("examples", f"Only the first {MOST_ITEMS} of {len(groups)} examples were read.")
    read = [_read(page, group, facets, noun) for group in groups[:MOST_ITEMS]]
    for draft in read if sided else ():
        _side(page, draft)
    for number, draft in enumerate(read, start=1):
        yield _example(number, draft)
        yield from (look(f"example-{number}", message) for message in draft.notes)
    if read:
        open_ = list(dict.fromkeys(path for draft in read for path in draft.filled))
        filled = f" Filled from the page where they leave it open: {', '.join(open_)}." if open_ else ""
        yield understood("examples", f"Examples read: {len(read)}.{filled}")


def example_groups(page: Page) -> list[tuple[Block, ...]]:
    """The blocks of each example: a list item with what belongs to it; without a list, each paragraph."""
    parts = [part for part in page.blocks.get("examples", ()) if page.shown[part.start : part.end].strip()]
    if any(part.is_item for part in parts):
        return _of_list(page, parts)
    paragraphs = [part for part in parts if part.family == "text" and page.shown[part.end - 1] != ":"]
    return [(part,) for part in (_rows(page, paragraphs[0]) if len(paragraphs) == 1 else paragraphs)]


def _of_list(page: Page, parts: list[Block]) -> list[tuple[Block, ...]]:
    """Each item with its sub-items and the paragraphs that go on with it; what follows the whole list is no part."""
    first = next(part.family for part in parts if part.is_item)
    groups: list[list[Block]] = []
    for part in parts:
        if part.is_item and (part.family == first or first not in NUMBERED):
            groups.append([part])
        elif groups and _goes_on(page, groups[-1], part):
            groups[-1].append(part)
    usual = max((len(group) for group in groups[:-1]), default=len(groups[-1]))
    return [tuple(group[: usual if group is groups[-1] else None]) for group in groups]


def _goes_on(page: Page, group: list[Block], part: Block) -> bool:
    """Whether a block belongs to the item before it. What names the code is advice on it, and stays outside."""
    if names_itself(page, fold(page.shown[part.start : part.end])) or part.family == "heading":
        return False
    is_title = page.shown[group[-1].end - 1] not in ".!?"
    return part.is_item or group[0].family == "named" or is_title


def _rows(page: Page, part: Block) -> list[Block]:
    """The lines of a paragraph when each is a sentence of its own: a list that lost its marks."""
    rows = list(lines(page.shown, part.start, part.end))
    alone = all(page.shown[row.start].isupper() and page.shown[row.end - 1] in ".!?" for row in rows)
    return [Block(family="text", start=row.start, end=row.end) for row in rows] if alone else [part]


def _example(number: int, draft: _Draft) -> ReadExample:
    return ReadExample(
        slug=f"example-{number}",
        title=f"Example {number}",
        narrative=marked(draft.text, draft.marks),
        services=tuple(draft.services),
        filled=tuple(draft.filled),
    )


def _read(page: Page, group: tuple[Block, ...], facets: dict[str, str], noun: str) -> _Draft:
    """Collect the facts of one example."""
    text, notes = _without_code(page, _in_sentences(page, group))
    text = text.translate(_BRACKETS)
    draft = _Draft(text=text, folded=fold(text), services=[{}], marks=[], filled=[], notes=notes)
    found = page.recogniser.hits(draft.folded, dict.fromkeys((*SELECTING, *facets, *FURTHER)))
    # A word that names a procedure does not also say what guidance was for: that takes longer words.
    procedures = {hit.start for hit in found if hit.facet == "procedure"}
    asserted = (hit for hit in found if hit.facet != "for" or hit.start not in procedures)
    hits = [hit for hit in asserted if not denied(draft.folded, hit)]
    _main(draft, hits, facets)
    _further(page, draft, hits)
    if draft.services[0]:
        _count(page, draft, hits, noun)
    else:
        draft.services.clear()
        draft.notes.append("The vocabulary finds no fact in this example.")
    return draft


def _in_sentences(page: Page, group: tuple[Block, ...]) -> str:
    """The text of an example, one sentence a line; a title ends like a sentence."""
    texts = [line_of(page.shown, part).strip() for part in group]
    closed = [text if text.endswith((".", "!", "?", ":")) else f"{text}." for text in texts[:-1]]
    text = " ".join((*closed, texts[-1]))
    return "\n".join(text[span.start : span.end] for span in sentences(text, 0, len(text)))


def _without_code(page: Page, text: str) -> tuple[str, list[str]]:
    """The text without the number of the page's code, which would give the answer away; and a note of what was done."""
    notes = []
    bare = re.sub(_OWN_CODE.format(page.number), "the code", text, flags=re.IGNORECASE)
    if bare != text:
        notes.append("It names the code, which would give the answer away; “the code” was put in its place.")
    others = [mention.label for mention in mentions(fold(bare))]
    if others:
        notes.append(f"It names {', '.join(others[:5])}; see that this does not give the answer away.")
    return bare[:1].upper() + bare[1:] if bare != text else text, notes


def _main(draft: _Draft, hits: list[Hit], facets: dict[str, str]) -> None:
    """The main service: the page's facets, marked where the words are there and filled where not.

    Where the text says something else, the text is right, or the scenario would contradict itself.
    """
    for facet in dict.fromkeys((*SELECTING, *facets)):
        own = [hit for hit in hits if hit.facet == facet]
        said = next((hit for hit in own if hit.value == facets.get(facet, hit.value)), None)
        other = own[0] if own and not said and facet != "procedure" else None
        if other:
            draft.notes.append(f"It says {facet} {other.value}, and the page says {facets[facet]}.")
        if said or (other and facet != ORIGIN):
            draft.state(0, said or own[0])
        elif facet in facets:
            draft.fill(0, facet, facets[facet])
    for hit in [hit for hit in hits if hit.facet == "extension"][:1]:
        draft.state(0, hit)


def _side(page: Page, draft: _Draft) -> None:
    """The side, when the words say it of a place: "left kidney", and not "the right choice"."""
    places = page.recogniser.words("site", "procedure")
    hits = [
        hit
        for hit in page.recogniser.hits(draft.folded, (SIDE,))
        if draft.folded[hit.start : hit.end] not in AMBIGUOUS or _next_word(draft.folded, hit.end) in places
    ]
    if len({hit.value for hit in hits}) > 1:
        draft.notes.append("It names several sides; none was taken.")
    elif hits and draft.services:
        draft.state(0, hits[0])


def _next_word(folded: str, at: int) -> str:
    found = _WORD.search(folded, at)
    return found.group() if found else ""


def _count(page: Page, draft: _Draft, hits: list[Hit], noun: str) -> None:
    """How many were treated, when a number word stands before what the code counts; one is not written."""
    sites = [draft.folded[hit.start : hit.end].split()[-1] for hit in hits if hit.facet == "site"]
    heads = {
        one
        for word in (*noun.split()[-1:], *sites)
        for form in _forms(word)
        for one in page.recogniser.same_thing(form)
    }
    for found in islice(_COUNT.finditer(draft.folded), MOST_NUMBERS):
        if _counts(draft.folded[found.end() : found.end() + 80], heads):
            word = found["word"]
            count = _NUMBERS.get(word) or _SEVERAL.get(word) or int(word)
            if count > 1:
                draft.services[0]["count"] = count
                draft.marks.append(_Mark(start=found.start(), end=found.end(), path="services.0.count"))
            return


def _forms(word: str) -> tuple[str, ...]:
    return (word, word[:-1]) if word.endswith("s") else (word, f"{word}s")


def _counts(follows: str, heads: set[str]) -> bool:
    """Whether the next few words lead to something that is counted, in the plural."""
    for word in _WORD.findall(follows)[:MOST_BETWEEN]:
        if word in heads and word.endswith("s"):
            return True
        if _NOT_COUNTED.match(word) or not (word[0].isalnum() or word == "-"):
            return False
    return False


def _further(page: Page, draft: _Draft, hits: list[Hit]) -> None:
    """Each other procedure that the text names is a service of its own, with what belongs to it."""
    main = draft.services[0].get("procedure")
    others = {hit.value: hit for hit in reversed(hits) if hit.facet == "procedure" and hit.value != main}
    for hit in sorted(others.values(), key=lambda hit: hit.start):
        draft.services.append({})
        _support(page, draft, hit, [own for own in hits if _belongs(own, hit, others.values())], main)
    if not others:
        _alone(page, draft, hits, main)


def _alone(page: Page, draft: _Draft, hits: list[Hit], main: str | None) -> None:
    """Without further services, a modality belongs to the main one, if that is guidance."""
    for facet in ("modality", "for"):
        named = next((hit for hit in hits if hit.facet == facet), None)
        if named and page.recogniser.guides(main):
            draft.state(0, named)
        elif named and facet == "modality":
            draft.notes.append(f"It names {named.value}, and no service that this could belong to.")


def _belongs(hit: Hit, service: Hit, services: Iterable[Hit]) -> bool:
    """Whether a word stands nearest to this service of all."""
    return min(services, key=lambda one: (abs(one.start - hit.start), one.start)) == service


def _support(page: Page, draft: _Draft, service: Hit, near: list[Hit], main: str | None) -> None:
    """State a further service: its procedure, the modality and session named with it, and what it was for."""
    index = len(draft.services) - 1
    draft.state(index, service)
    for facet in ("modality", "session"):
        named = [hit for hit in near if hit.facet == facet]
        if named:
            draft.state(index, named[0])
        if len({hit.value for hit in named}) > 1:
            draft.notes.append(f"It names several values of {facet}; {named[0].value} was taken.")
    if main is not None and page.recogniser.has("for", main) and page.recogniser.guides(service.value):
        said = next((hit for hit in near if hit.facet == "for" and hit.value == main), None)
        if said:
            draft.state(index, said)
        else:
            draft.fill(index, "for", main)


def marked(text: str, marks: list[_Mark]) -> str:
    """The text with ``[words](paths)`` around the words of each mark; marks that overlap become one."""
    pieces, last = [], 0
    for group in _groups(sorted(marks, key=lambda mark: (mark.start, mark.end))):
        start, end = group[0].start, max(mark.end for mark in group)
        paths = " ".join(dict.fromkeys(mark.path for mark in group))
        pieces += [text[last:start], f"[{text[start:end]}]({paths})"]
        last = end
    return "".join((*pieces, text[last:]))


def _groups(marks: list[_Mark]) -> Iterator[list[_Mark]]:
    group: list[_Mark] = []
    for mark in marks:
        if group and mark.start >= max(one.end for one in group):
            yield group
            group = []
        group.append(mark)
    if group:
        yield group
