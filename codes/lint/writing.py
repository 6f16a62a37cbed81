"""Flaws of questions: what gives the answer away, or makes a learner stumble over words instead of rules.

After the item-writing guide of the National Board of Medical Examiners.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from codes.lint.page import Page
from codes.lint.specimens import SIBLING, TOLD, page, sibling, with_example
from codes.lint.texts import codes_in, lines_of, quoted
from codes.lint.types import Check, Family, Found, Level, Specimen
from codes.narrative import plain

#: So many times the longest title beside it, a title stands out.
STANDS_OUT = 1.6
_ANSWER = re.compile(
    r"\b(?:(?:un)?bundl(?:ed|ing)|modifiers?|(?:one|two|three|four|five|\d+) units?"
    r"|separately (?:reported|billed|coded|reportable)"
    r"|not (?:reported|billed|coded|reportable|billable)|no (?:separate )?(?:code|claim|charge)"
    r"|(?:wrong|deleted|invalid|unlisted) code"
    r"|(?:over|under|up|down)-?cod(?:ed|ing)|included in)\b",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"\b(?:always|never|invariably|under no circumstances|in (?:all|every) cases?)\b", re.IGNORECASE)
_ABOUT_CODING = re.compile(
    r"\b(?:cod(?:e|es|ed|ing)|bill(?:s|ed|ing)?|report(?:s|ed|able|ing)?|claim(?:s|ed)?|modifiers?|payers?|covered|paid)\b",
    re.IGNORECASE,
)
_OF_THE_ABOVE = re.compile(
    r"\b(?:all|none|both|neither|any) of (?:the|these) (?:above|below|following|options|answers)\b", re.IGNORECASE
)
_NEGATIVE = re.compile(
    r"\b(?:NOT|EXCEPT|LEAST)\b|\b(?i:(?:which|what|who|when|where)\b[^.?]{0,80}\b(?:not|never|except|incorrect|false|wrong)\b[^.]{0,80}\?)"
)
_UN = (
    "un(?:able|aware|clear|common|likely|necessary|remarkable|related|reasonable|usual|documented|reported|supported"
    "|treated|specified)|in(?:appropriate|correct|valid|complete|frequent|sufficient)|im(?:possible|proper|probable)"
)
_TWICE = re.compile(
    rf"\b(?:not|never|neither) (?:\w+ ){{0,1}}?(?:without|{_UN}|lack(?:s|ing)?|absent|fail(?:s|ed)? to)\b"
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|will|should|must)n['’]t (?:\w+ ){0,3}?(?:not|never|no|without)\b",
    re.IGNORECASE,
)


def title_names_code(page: Page) -> Iterator[Found]:
    for row in page.content["examples"]:
        named = _codes(page, row["title"])
        if named:
            message = f"The title “{row['title']}” names {named}, which is what the question asks for."
            yield _at(row, "title", message)


def title_tells_answer(page: Page) -> Iterator[Found]:
    for row in page.content["examples"]:
        told = _ANSWER.search(row["title"])
        if told:
            yield _at(row, "title", f"The title “{row['title']}” gives the answer away: “{told[0]}”.")


def narrative_names_code(page: Page) -> Iterator[Found]:
    for row, line in _lines(page):
        named = _codes(page, line)
        if named:
            yield _at(
                row, "narrative", f"{quoted(line)} names {named}; a note tells what was done, not how it is coded."
            )


def _codes(page: Page, text: str) -> str:
    """A billing code of the library that a text names, or ""."""
    known = codes_in(text) & ({page.number} | page.published.codes.keys())
    return min(known, default="")


def absolute(page: Page) -> Iterator[Found]:
    for row, field, text in _stems(page):
        word = _ABSOLUTE.search(text)
        if word and (field == "title" or _ABOUT_CODING.search(text)):
            yield _at(row, field, f"{quoted(text)} says “{word[0].lower()}”, by which learners tell a wrong statement.")


def of_the_above(page: Page) -> Iterator[Found]:
    for row, field, text in _stems(page):
        word = _OF_THE_ABOVE.search(text)
        if word:
            yield _at(row, field, f"“{word[0]}” refers to options, which every question draws anew.")


def negative(page: Page) -> Iterator[Found]:
    for row, field, text in _stems(page):
        if _NEGATIVE.search(text):
            yield _at(row, field, f"{quoted(text)} asks for what is not so, which tests reading instead of rules.")


def double_negation(page: Page) -> Iterator[Found]:
    for row, field, text in _stems(page):
        twice = _TWICE.search(text)
        if twice:
            yield _at(row, field, f"“{twice[0]}” denies twice.")


def stands_out(page: Page) -> Iterator[Found]:
    others = [facts.title for number, facts in page.published.codes.items() if number in _near(page) and facts.title]
    longest = max(map(len, others), default=0)
    if others and len(page.content["title"]) > STANDS_OUT * longest > 0:
        message = "Beside its similar codes the page’s title is by far the longest, and stands out among options."
        yield Found(part="about", field="title", message=message)


def _near(page: Page) -> set[str]:
    return {row["number"] for row in page.content["similar"]}


def _stems(page: Page) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """What a learner reads of each example: its title, and each sentence of its text."""
    for row in page.content["examples"]:
        yield row, "title", row["title"]
    for row, line in _lines(page):
        yield row, "narrative", line


def _lines(page: Page) -> Iterator[tuple[Mapping[str, Any], str]]:
    for row in page.content["examples"]:
        for line in lines_of(plain(row["narrative"])):
            yield row, line


def _at(row: Mapping[str, Any], field: str, message: str) -> Found:
    return Found(part=f"examples/{row['slug']}", field=field, message=message)


def _check(id: str, find: Any, says: str, do: str) -> Check:
    return Check(id=id, level=Level.WARNING, find=find, says=says, do=do)


_LONG = "Destruction of one or more tumors of bone by cold, through the skin, with everything that belongs to it"
_NEAR = [{"number": SIBLING, "gloss": "heat"}]

WRITING = Family(
    title="How examples are written",
    checks=(
        _check(
            "title-names-code", title_names_code, "The title of an example names a code.",
            "Let the title say what happened to whom, such as “Two tumors of the hip”.",
        ),
        _check(
            "title-tells-answer", title_tells_answer, "The title of an example gives the answer away.",
            "Take out how it is coded; say what was done.",
        ),
        _check(
            "narrative-names-code", narrative_names_code, "The text of an example names a billing code.",
            "Tell what was done in the words of a clinical note.",
        ),
        _check(
            "absolute-word", absolute, "A statement about coding says “always” or “never”.",
            "Say when it holds, or leave the word out.",
        ),
        _check(
            "of-the-above", of_the_above, "A text says “all of the above” or the like.",
            "Leave it out; options come from the rules.",
        ),
        _check(
            "negative-stem", negative, "A text asks which is not so.", "Ask for what is so.",
        ),
        _check(
            "denied-twice", double_negation, "A sentence has two negations.", "Say it the positive way.",
        ),
        _check(
            "title-stands-out", stands_out, "The page’s title is much longer than those of its similar codes.",
            "Shorten it to what sets the code apart, or lengthen the others.",
        ),
    ),
    specimens=(
        Specimen(title="A plain note", page=page()),
        Specimen(
            title="“Never” about what was done",
            page=with_example(f"{TOLD}\nThe bone was never laid open, and the skin was not closed."),
        ),
        Specimen(
            title="Titles of one length", page=page(sibling(), similar=_NEAR),
        ),
        Specimen(title="A code", page=with_example(title="When to use A1001"), caught_by="title-names-code"),
        Specimen(title="Units", page=with_example(title="Three tumors, one unit"), caught_by="title-tells-answer"),
        Specimen(
            title="A code in the note",
            page=with_example("A1001 was done.", encounter={}), caught_by="narrative-names-code",
        ),
        Specimen(
            title="Never about coding",
            page=with_example("Guidance is never reported.", encounter={}), caught_by="absolute-word",
        ),
        Specimen(
            title="All of them", page=with_example("He had all of the above.", encounter={}), caught_by="of-the-above"
        ),
        Specimen(
            title="Which is not", page=with_example("Which of these was not treated?", encounter={}),
            caught_by="negative-stem",
        ),
        Specimen(
            title="Not without", page=with_example("He was not without pain.", encounter={}), caught_by="denied-twice"
        ),
        Specimen(
            title="The longest one", page=page(sibling(), title=_LONG, similar=_NEAR), caught_by="title-stands-out"
        ),
    ),
)  # fmt: skip
