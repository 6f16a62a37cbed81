"""What all formats need: texts as XML and HTML can hold them."""

import html
import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from quizzes.exporting.questions import Exported

#: What XML cannot hold: control characters but for tab and line ends, halves of pairs, non-characters.
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def held(text: str) -> str:
    """A text without what a file cannot hold, its line ends as one character."""
    return UNSPEAKABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def as_html(*paragraphs: str) -> str:
    """Texts as paragraphs of HTML; every sign stands for itself, and each line keeps its own."""
    return "".join(f"<p>{html.escape(held(one), quote=False).replace(chr(10), '<br/>')}</p>" for one in paragraphs)


def asked(question: Exported) -> tuple[str, ...]:
    """Everything there is to read, the task last."""
    return (*question.paragraphs, question.instruction)


def shares(number: int) -> float:
    """The share of one of several right answers, in percent, as Moodle knows it."""
    return round(100 / number, 5) if number <= 10 else 5.0


def element(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """One more element with a text."""
    made = ET.SubElement(parent, tag, {name: held(value) for name, value in attributes.items()})
    made.text = held(text) or None
    return made


def xml_bytes(root: ET.Element) -> bytes:
    """A document in UTF-8 with its declaration."""
    ET.indent(root)
    out: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return out + b"\n"


def unique(ids: Iterable[str]) -> list[str]:
    """Identifiers as XML allows them, each once."""
    return [f"Q{place:03d}-{re.sub(r'[^A-Za-z0-9_.-]', '-', one)}"[:80] for place, one in enumerate(ids, start=1)]
