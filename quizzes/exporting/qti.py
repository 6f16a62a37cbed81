"""QTI 2.1: a content package with one item a question and a manifest.

Choices are a ``choiceInteraction``; each line of a claim is a ``textEntryInteraction`` in which every way of writing it
that counts is mapped to its share. What there is to say of a choice is shown when it was chosen.
"""

import io
import zipfile
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from quizzes.exporting.questions import Blank, Choice, Exported
from quizzes.exporting.texts import element, held, unique, xml_bytes

QTI, IMS = "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.imsglobal.org/xsd/imscp_v1p1"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
#: The first moment that a zip archive can name, so that the same questions are the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def qti(questions: Sequence[Exported], name: str) -> bytes:
    """The questions as one package."""
    ids = unique(question.id for question in questions)
    files = {f"items/{id}.xml": _item(id, question) for id, question in zip(ids, questions, strict=True)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for path, data in {"imsmanifest.xml": _manifest(ids, name), **files}.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            package.writestr(entry, data)
    return out.getvalue()


def _manifest(ids: Sequence[str], name: str) -> bytes:
    root = ET.Element("manifest", {"xmlns": IMS, "identifier": "MANIFEST", XSI: f"{IMS} {IMS}.xsd"})
    metadata = element(root, "metadata")
    element(metadata, "schema", "QTIv2.1 Package")
    element(metadata, "schemaversion", "1.0.0")
    element(root, "organizations")
    resources = element(root, "resources")
    for id in ids:
        href = f"items/{id}.xml"
        one = element(resources, "resource", identifier=f"R-{id}", type="imsqti_item_xmlv2p1", href=href)
        element(one, "file", href=href)
    return xml_bytes(root)


def _item(id: str, question: Exported) -> bytes:
    root = ET.Element("assessmentItem", {
        "xmlns": QTI, XSI: f"{QTI} {QTI}.xsd", "identifier": id, "title": _title(question), "adaptive": "false",
        "timeDependent": "false", "toolName": "Claimwright", "toolVersion": "1",
    })  # fmt: skip
    (_declare_blanks if question.blanks else _declare_choices)(root, question)
    score = element(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    element(element(score, "defaultValue"), "value", "0")
    element(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier")
    element(root, "outcomeDeclaration", identifier="SOLUTION", cardinality="single", baseType="identifier")
    body = element(root, "itemBody")
    for text in question.paragraphs:
        element(body, "p", text)
    (_ask_blanks if question.blanks else _ask_choices)(body, question)
    _processing(root, question)
    for place, choice in enumerate(question.choices, start=1):
        _said(root, "FEEDBACK", _choice(place), choice.feedback)
    _said(root, "SOLUTION", "SHOWN", " ".join([*(blank.feedback for blank in question.blanks), question.feedback]))
    return xml_bytes(root)


def _title(question: Exported) -> str:
    return held(" ".join(question.title.split()))


def _choice(place: int) -> str:
    return f"C{place}"


def _blank(place: int) -> str:
    return f"LINE{place}"


# What is right --------------------------------------------------------------------------------


def _declare_choices(root: ET.Element, question: Exported) -> None:
    cardinality = "multiple" if question.several else "single"
    declared = element(
        root, "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType="identifier"
    )
    right = element(declared, "correctResponse")
    for place, choice in enumerate(question.choices, start=1):
        if choice.right:
            element(right, "value", _choice(place))
    rights = sum(choice.right for choice in question.choices)
    mapping = element(declared, "mapping", lowerBound="0", upperBound="1", defaultValue="0")
    for place, choice in enumerate(question.choices, start=1):
        element(mapping, "mapEntry", mapKey=_choice(place), mappedValue=_worth(choice, rights, question.several))


def _worth(choice: Choice, rights: int, several: bool) -> str:
    share = 1 / rights if choice.right else -1 / rights if several else 0
    return f"{share:.6g}"


def _declare_blanks(root: ET.Element, question: Exported) -> None:
    for place, blank in enumerate(question.blanks, start=1):
        declared = element(
            root, "responseDeclaration", identifier=_blank(place), cardinality="single", baseType="string"
        )
        element(element(declared, "correctResponse"), "value", blank.accepted[0])
        mapping = element(declared, "mapping", defaultValue="0")
        for way in dict.fromkeys(way.casefold() for way in blank.accepted):
            worth = f"{1 / len(question.blanks):.6g}"
            element(mapping, "mapEntry", mapKey=way.upper(), mappedValue=worth, caseSensitive="false")


# How it is asked ------------------------------------------------------------------------------


def _ask_choices(body: ET.Element, question: Exported) -> None:
    most = "0" if question.several else "1"
    asked = element(body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="false", maxChoices=most)
    element(asked, "prompt", question.instruction)
    for place, choice in enumerate(question.choices, start=1):
        element(asked, "simpleChoice", choice.text, identifier=_choice(place))


def _ask_blanks(body: ET.Element, question: Exported) -> None:
    element(body, "p", question.instruction)
    for place, blank in enumerate(question.blanks, start=1):
        line = element(body, "p", f"{blank.asks}: ")
        element(line, "textEntryInteraction", responseIdentifier=_blank(place), expectedLength=_length(blank))


def _length(blank: Blank) -> str:
    return str(max(len(way) for way in blank.accepted) + 4)


def _processing(root: ET.Element, question: Exported) -> None:
    rules = element(root, "responseProcessing")
    score = element(rules, "setOutcomeValue", identifier="SCORE")
    if question.blanks:
        total = element(score, "sum")
        for place in range(1, len(question.blanks) + 1):
            element(total, "mapResponse", identifier=_blank(place))
    else:
        element(score, "mapResponse", identifier="RESPONSE")
        chosen = element(rules, "setOutcomeValue", identifier="FEEDBACK")
        told = chosen if question.several else element(chosen, "multiple")
        element(told, "variable", identifier="RESPONSE")
    solved = element(rules, "setOutcomeValue", identifier="SOLUTION")
    element(solved, "baseValue", "SHOWN", baseType="identifier")


def _said(root: ET.Element, outcome: str, identifier: str, text: str) -> None:
    element(root, "modalFeedback", text, outcomeIdentifier=outcome, identifier=identifier, showHide="show")
