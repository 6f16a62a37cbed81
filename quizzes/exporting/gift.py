"""GIFT: choices as they are; a claim is one short answer, its lines joined by ``+`` in the order of their codes."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, product

from quizzes.exporting.questions import PATTERN, Blank, Exported
from quizzes.exporting.texts import as_html, asked, held, shares

_SPECIAL = re.compile(r"([\\~=#{}:])")
#: So many ways of writing a whole claim are named; the most usual come first.
MOST_WAYS = 24


def gift(questions: Sequence[Exported], name: str) -> bytes:
    """The questions as one text."""
    category = re.sub(r"\s+", " ", held(name)).replace("/", "-")
    parts = [f"$CATEGORY: $course$/top/{category}\n", *map(_question, questions)]
    return "\n".join(parts).encode()


def _question(question: Exported) -> str:
    text = as_html(*asked(question), *_how_to_write(question))
    head = f"// {_line(question.id)}\n::{_escaped(question.title)}::[html]{_escaped(text)}{{\n"
    answers = _claim(question.blanks) if question.blanks else _choices(question)
    return head + "".join(f"\t{one}\n" for one in answers) + f"\t####{_html(question.feedback)}\n}}\n"


def _how_to_write(question: Exported) -> Iterator[str]:
    if len(question.blanks) > 1:
        yield f"Write each line as {PATTERN}, the lines in the order of their codes, joined by “ + ”."
    elif question.blanks:
        yield f"Write the line as {PATTERN}."


def _choices(question: Exported) -> Iterator[str]:
    rights = sum(choice.right for choice in question.choices)
    for choice in question.choices:
        mark = "=" if choice.right else "~"
        if question.several:
            mark = f"~%{shares(rights) if choice.right else -shares(rights):.5f}%".replace(".00000%", "%")
        yield f"{mark}{_html(choice.text)}#{_html(choice.feedback)}"


def _claim(blanks: Sequence[Blank]) -> Iterator[str]:
    """The whole claim in its ways; nobody is told which of them was meant."""
    told = "; ".join(blank.feedback for blank in blanks)
    for ways in islice(product(*(blank.accepted for blank in blanks)), MOST_WAYS):
        yield f"={_escaped(' + '.join(ways))}#{_html(told)}"


def _html(text: str) -> str:
    return _escaped(as_html(text))


def _escaped(text: str) -> str:
    """Signs that mean something to GIFT stand for themselves; a question is without empty lines."""
    return _SPECIAL.sub(r"\\\1", held(text)).replace("\n", "\\n")


def _line(text: str) -> str:
    return " ".join(held(text).split())
