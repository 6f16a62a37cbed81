"""What the article says of other codes: the rules that follow, and a note for everything that gives none."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from codes.articles import bundling, elsewhere
from codes.articles.mentions import Polarity
from codes.articles.page import Page, kept, look, make_rule, quoted
from codes.articles.statements import MOST_STATEMENTS, Proposal, Said, all_said
from codes.articles.types import Note, ReadMention, ReadRule

Read = tuple[ReadRule | None, Note]
#: More than any article has; they keep a nonsense text from filling the report.
MOST_MENTIONS = 500
MOST_CODES = 200

_UNCLEAR = re.compile(r"\b(?:includ\w+|bundl\w+|reimburs\w+|paid|pays?|denied|exclusive\w*|modifiers?|never|not)\b")
_MEANS = {
    Polarity.FORBID: "says what is not to be reported together with {codes}",
    Polarity.INCLUDE: "says that something includes {codes}, or the other way round",
    Polarity.REDIRECT: "sends the reader to {codes}",
    Polarity.ALTERNATIVE: "names {codes} as an alternative",
    Polarity.ADDITIONAL: "counts each additional one with {codes}",
    Polarity.SEPARATELY: "speaks of {codes} as reported separately",
    Polarity.REQUIRE: "makes {codes} an add-on, or this code an add-on of it",
}
_MEANS_WITHOUT_CODES = {
    Polarity.FORBID: "says what is not to be reported together and names no other code",
    Polarity.SEPARATELY: "speaks of something reported separately and names no other code",
    Polarity.REQUIRE: "seems to speak of an add-on and names no primary code",
    Polarity.ADDITIONAL: "counts each additional one with a code that it does not name",
}
#: What an article only says again where such a rule was made.
_ANSWERS = {"add-on": Polarity.REQUIRE, "each-additional": Polarity.ADDITIONAL}


def guidance(page: Page) -> Iterator[Read | Note | ReadMention]:
    """The rules about other codes, what is said of each, and a note for what no rule could be made of."""
    said = all_said(page)
    if len(said) == MOST_STATEMENTS:
        yield look("article", f"Only the first {MOST_STATEMENTS} statements about codes were read.")
    made = list(_proposals(page, said))
    for proposal in made:
        yield from proposal.notes
        yield _rule(page, proposal)
    yield from _wide(page, said)
    yield from _no_rule(page, said, made)
    yield from _mentioned(page, said)
    yield from _mentions(page, said)


def _rule(page: Page, proposal: Proposal) -> Read:
    """The rule of a proposal; a list of codes that no one wrote for this code makes none."""
    said = proposal.sentence
    longest = max((len(value) for value in proposal.params.values() if isinstance(value, list)), default=0)
    if longest > MOST_CODES:
        message = f"A list of {longest} codes is too long for a rule of kind {proposal.kind}: {quoted(said)}"
        return None, look(page.cited(said.section), message)
    return make_rule(page, proposal.kind, proposal.params, said, slug=proposal.slug, certain=proposal.certain)


def _proposals(page: Page, said: list[Said]) -> Iterator[Proposal]:
    yield from bundling.not_with(page, said)
    yield from bundling.this_is_part(page, said)
    yield from bundling.add_on(page, said)
    yield from elsewhere.redirects(page, said)
    yield from elsewhere.each_additional(page, said)


def _wide(page: Page, said: list[Said]) -> Iterator[Note]:
    """A range of a whole chapter is no list of codes: it is shown and not read."""
    for one in said:
        if one.is_open and one.polarity is not Polarity.MENTION:
            where = page.cited(one.sentence.section)
            yield look(where, f"A range too long to be a list was not read: {quoted(one.sentence)}")


def _no_rule(page: Page, said: list[Said], made: list[Proposal]) -> Iterator[Note]:
    """What no rule can hold is shown to an educator, never guessed."""
    covered = {one.key for proposal in made for one in proposal.covers}
    naming = {one.sentence.start for one in said if one.codes}
    answered = {polarity for kind, polarity in _ANSWERS.items() if any(proposal.kind == kind for proposal in made)}
    for one in (one for one in said if one.key not in covered):
        meaning = (_MEANS if one.codes else _MEANS_WITHOUT_CODES).get(one.polarity)
        listed = one.codes and one.sentence.section == "similar-codes"
        told = not one.codes and (one.is_open or one.sentence.start in naming or one.polarity in answered)
        if meaning and not listed and not told:
            labels = ", ".join(one.codes[:10])
            where = page.cited(one.sentence.section)
            yield look(where, f"The article {meaning.format(codes=labels)}; no rule was made: {quoted(one.sentence)}")


def _mentioned(page: Page, said: list[Said]) -> Iterator[Note]:
    """Codes that are only named, section by section; what may be a rule all the same is shown."""
    named: dict[str, dict[str, None]] = {}
    for one in (one for one in said if one.polarity is Polarity.MENTION):
        section = page.cited(one.sentence.section)
        if section != "similar-codes" and _UNCLEAR.search(one.statement.text) and any(_labels(page, one)):
            yield look(section, f"This may be a rule about other codes: {quoted(one.sentence)}")
        else:
            named.setdefault(section, {}).update(dict.fromkeys(_labels(page, one)))
    for section, codes in named.items():
        if codes:
            shown = ", ".join(list(codes)[:10]) + (" …" if len(codes) > 10 else "")
            yield kept(section, f"Mentions {shown}, and says nothing that a rule could hold.")


def _labels(page: Page, one: Said) -> Iterator[str]:
    """The other codes as they were written; those listed as similar are reported there."""
    listed = one.sentence.section == "similar-codes"
    for mention in one.statement.mentions:
        if mention.label != page.number and not (listed and len(mention.codes) == 1):
            yield mention.label


def _mentions(page: Page, said: Iterable[Said]) -> Iterator[ReadMention]:
    """What is said of each code, as the article writes it; the same only once."""
    once: dict[tuple[str, str, str], Said] = {}
    for one in said:
        for mention in one.statement.mentions:
            if mention.label != page.number:
                once.setdefault((mention.label, one.polarity, page.cited(one.sentence.section)), one)
    for (label, polarity, section), one in islice(once.items(), MOST_MENTIONS):
        yield ReadMention(code=label, polarity=polarity, section=section, sentence=quoted(one.sentence))
