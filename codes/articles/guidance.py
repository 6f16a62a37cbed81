"""What the article says of other codes: never together, only together, see there, reported separately."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from codes.articles.history import tells_history
from codes.articles.mentions import Mention, Polarity, Statement, mentions, statements
from codes.articles.page import Page, Sentence, kept, look, make_rule, quoted
from codes.articles.types import Note, ReadRule

Read = tuple[ReadRule | None, Note]

_NAMES_SERVICE = re.compile(
    r"\b(?:related to|relating to|which are|that are|which is|such as|"
    r"(?:which|that) (?:describes?|reports?|covers?)|codes? for)\b"
)
_NAMED_PART = 80
#: More than any article has; it keeps a nonsense text from taking long.
MOST_STATEMENTS = 1000
_UNCLEAR = re.compile(r"\b(?:includ\w+|bundl\w+|reimburs\w+|paid|pays?|denied|exclusive\w*|modifiers?|never|not)\b")
_ITSELF = re.compile(r"\b(?:this|the|that) (?:code|procedure|service)\b|\bit\b|\bthis\b")
_MEANS = {
    Polarity.REDIRECT: "sends the reader to {codes}",
    Polarity.ALTERNATIVE: "names {codes} as an alternative",
    Polarity.SEPARATELY: "speaks of {codes} as reported separately",
    Polarity.REQUIRE: "makes {codes} an add-on, or this code an add-on of it",
}
_MEANS_WITHOUT_CODES = {
    Polarity.FORBID: "says what is not to be reported together and names no other code",
    Polarity.SEPARATELY: "speaks of something reported separately and names no other code",
    Polarity.REQUIRE: "seems to speak of an add-on and names no primary code",
}
#: Sections whose codes are read elsewhere, or are part of a story.
_SILENT = frozenset(("history", "examples", "documentation"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A statement, the sentence it stands in, and the other codes it names."""

    sentence: Sentence
    statement: Statement
    codes: tuple[str, ...]


def guidance(page: Page) -> Iterator[Read | Note]:
    """The not-with and add-on rules, and a note for everything said of codes that no rule kind can hold."""
    said = list(islice(_said(page), MOST_STATEMENTS))
    if len(said) == MOST_STATEMENTS:
        yield look("article", f"Only the first {MOST_STATEMENTS} statements about codes were read.")
    forbidden = [one for one in said if one.codes and one.statement.polarity is Polarity.FORBID]
    required = [one for one in said if one.codes and _is_add_on(page, one)]
    done = {id(one) for one in (*forbidden, *required)}
    yield from _not_with(page, forbidden)
    yield from _add_on(page, required)
    yield from _wide(page, [*forbidden, *required])
    yield from _no_rule(page, [one for one in said if id(one) not in done])
    yield from _mentioned(page, said)


def _said(page: Page) -> Iterator[_Said]:
    """Every statement outside the history, the lists and the examples."""
    for sentence in page.sentences:
        if sentence.section in _SILENT or tells_history(page, sentence):
            continue
        for statement in statements(sentence.folded):
            if statement.mentions or statement.polarity is not Polarity.MENTION:
                yield _Said(sentence=sentence, statement=statement, codes=_other_codes(page, statement.mentions))


def _add_on(page: Page, required: list[_Said]) -> Iterator[Read]:
    """A proposal: an article seldom names every primary, so the list is never called complete."""
    if required:
        primaries = list(dict.fromkeys(code for one in required for code in one.codes))
        params = {"primaries": primaries, "complete": False}
        yield make_rule(page, "add-on", params, required[0].sentence, certain=False)


def _other_codes(page: Page, found: Iterable[Mention]) -> tuple[str, ...]:
    once = {mention.label: mention.codes for mention in found}
    codes = dict.fromkeys(code for own in once.values() for code in own)
    return tuple(code for code in codes if code != page.number)


def _not_with(page: Page, forbidden: list[_Said]) -> Iterator[Read | Note]:
    """One rule for all codes that must not stand beside this one, in their order of appearance."""
    if not forbidden:
        return
    codes = list(dict.fromkeys(code for one in forbidden for code in one.codes))
    params: dict[str, Any] = {"codes": codes}
    services, covers_all = _services(page, forbidden, codes)
    if services and covers_all:
        params["service"] = {"procedure": services}
    elif services:
        yield look("billing", f"{', '.join(services)} is named for some of the codes {', '.join(codes)} only.")
    best = min(forbidden, key=_section_rank)
    yield make_rule(page, "not-with", params, best.sentence, certain=all(_is_plain(page, one) for one in forbidden))


def _section_rank(one: _Said) -> int:
    order = ("billing", "when-to-use")
    return order.index(one.sentence.section) if one.sentence.section in order else len(order)


def _is_plain(page: Page, one: _Said) -> bool:
    """No condition, no range too long to list, and clearly about this code."""
    about = _ITSELF.search(one.sentence.folded) or page.number.lower() in one.sentence.folded
    return not one.statement.conditional and not any(m.wide for m in one.statement.mentions) and bool(about)


def _services(page: Page, forbidden: list[_Said], codes: list[str]) -> tuple[list[str], bool]:
    """The procedures these codes are said to report, and whether that is said of all of them."""
    named = {id(one): _named(page, one.sentence) for one in forbidden}
    told = {code for one in forbidden if named[id(one)] for code in one.codes}
    services = list(dict.fromkeys(value for values in named.values() for value in values))
    return services, told == set(codes)


def _named(page: Page, sentence: Sentence) -> list[str]:
    """The procedures after "related to", "which are" or "such as"."""
    for cue in _NAMES_SERVICE.finditer(sentence.folded):
        part = sentence.folded[cue.end() : cue.end() + _NAMED_PART]
        values = [hit.value for hit in page.recogniser.hits(part, ("procedure",))]
        if values:
            return list(dict.fromkeys(values))
    return []


def _is_add_on(page: Page, one: _Said) -> bool:
    """Whether this code is the one that needs the others: no other code stands before the requirement."""
    if one.statement.polarity is not Polarity.REQUIRE:
        return False
    before = [found for found in mentions(one.statement.text) if found.end <= one.statement.cue]
    return not _other_codes(page, before)


def _wide(page: Page, acting: list[_Said]) -> Iterator[Note]:
    for one in acting:
        if any(mention.wide for mention in one.statement.mentions):
            yield look(
                page.cited(one.sentence.section), f"Only the ends of a long range were read: {quoted(one.sentence)}"
            )


def _no_rule(page: Page, said: list[_Said]) -> Iterator[Note]:
    """What no rule kind can hold yet is shown to an educator, never guessed."""
    naming = {one.sentence.start for one in said if one.codes}
    for one in said:
        means = _MEANS if one.codes else _MEANS_WITHOUT_CODES
        meaning = means.get(one.statement.polarity)
        told = one.sentence.section == "similar-codes" if one.codes else one.sentence.start in naming
        if meaning and not told:
            labels = ", ".join(one.codes[:10])
            where = page.cited(one.sentence.section)
            yield look(where, f"The article {meaning.format(codes=labels)}; no rule was made: {quoted(one.sentence)}")


def _mentioned(page: Page, said: list[_Said]) -> Iterator[Note]:
    """Codes that are only named, section by section; what may be a rule all the same is shown."""
    named: dict[str, dict[str, None]] = {}
    for one in (one for one in said if one.codes and one.statement.polarity is Polarity.MENTION):
        section = page.cited(one.sentence.section)
        if section != "similar-codes" and _UNCLEAR.search(one.statement.text):
            yield look(section, f"This may be a rule about other codes: {quoted(one.sentence)}")
        else:
            named.setdefault(section, {}).update(dict.fromkeys(_labels(page, one)))
    for section, codes in named.items():
        if codes:
            shown = ", ".join(list(codes)[:10]) + (" …" if len(codes) > 10 else "")
            yield kept(section, f"Mentions {shown}, and says nothing that a rule could hold.")


def _labels(page: Page, one: _Said) -> Iterator[str]:
    """The other codes as they were written; those listed as similar are reported there."""
    listed = one.sentence.section == "similar-codes"
    for mention in one.statement.mentions:
        if mention.label != page.number and not (listed and len(mention.codes) == 1):
            yield mention.label
