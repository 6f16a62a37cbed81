"""Moodle XML: ``multichoice`` for choices, ``cloze`` with short answers for claims."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from quizzes.exporting.questions import Choice, Exported
from quizzes.exporting.texts import as_html, asked, element, held, shares, xml_bytes

_CLOZE = re.compile(r'([\\}#~/"])')


def moodle_xml(questions: Sequence[Exported], name: str) -> bytes:
    """The questions as one file for Moodle's question bank, in a category of their own."""
    root = ET.Element("quiz")
    category = element(root, "question", type="category")
    element(element(category, "category"), "text", f"$course$/top/{name.replace('/', '-')}")
    for question in questions:
        (_cloze if question.blanks else _multichoice)(root, question)
    return xml_bytes(root)


def _head(root: ET.Element, question: Exported, type: str, text: str) -> ET.Element:
    made = element(root, "question", type=type)
    element(element(made, "name"), "text", question.title[:255])
    element(element(made, "questiontext", format="html"), "text", text)
    element(element(made, "generalfeedback", format="html"), "text", as_html(question.feedback))
    if type != "cloze":
        element(made, "defaultgrade", "1.0000000")
    element(made, "penalty", "0.3333333")
    element(made, "hidden", "0")
    element(made, "idnumber", question.id[:100])
    return made


def _multichoice(root: ET.Element, question: Exported) -> None:
    made = _head(root, question, "multichoice", as_html(*asked(question)))
    element(made, "single", "false" if question.several else "true")
    element(made, "shuffleanswers", "false")
    element(made, "answernumbering", "abc")
    rights = sum(choice.right for choice in question.choices)
    for choice in question.choices:
        answer = element(made, "answer", fraction=_fraction(choice, rights, question.several), format="html")
        element(answer, "text", as_html(choice.text))
        element(element(answer, "feedback", format="html"), "text", as_html(choice.feedback))


def _fraction(choice: Choice, rights: int, several: bool) -> str:
    """In percent; where several are right, a wrong one takes away what a right one gives."""
    share = shares(rights) if choice.right else -shares(rights) if several else 0
    return f"{share:.5f}".rstrip("0").rstrip(".")


def _cloze(root: ET.Element, question: Exported) -> None:
    blanks = (
        as_html(f"{blank.asks}: ").removesuffix("</p>") + _answers(blank.accepted, blank.feedback) + "</p>"
        for blank in question.blanks
    )
    _head(root, question, "cloze", as_html(*asked(question)) + "".join(blanks))


def _answers(accepted: Sequence[str], feedback: str) -> str:
    """A blank as Moodle writes it into the text; whatever else is typed is answered with the line."""
    right = "~".join(f"={_escaped(one)}" for one in accepted)
    return f"{{1:SHORTANSWER:{right}~*#{_escaped(feedback)}}}"


def _escaped(text: str) -> str:
    told = as_html(text).removeprefix("<p>").removesuffix("</p>")
    return _CLOZE.sub(r"\\\1", held(told).replace("\n", " "))
