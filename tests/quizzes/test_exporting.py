"""Questions for other programs: each file is read back by a strict reader of its format and says the same."""

import html
import io
import random
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.models import Code
from quizzes.exporting import FORMATS, Exported, questions_of
from quizzes.exporting.questions import Blank, Choice
from quizzes.exporting.texts import held
from quizzes.formats import FORMATS as ASKED

# Strict readers -----------------------------------------------------------------------------


@dataclass
class Read:
    """A question as a reader found it: texts without their markup, choices with their worth and what is said."""

    title: str
    text: str
    choices: list[tuple[str, float, str]] = field(default_factory=list)
    blanks: list[list[str]] = field(default_factory=list)
    feedback: str = ""


def bare(markup: str) -> str:
    """The text of HTML that has nothing but paragraphs and line breaks in it."""
    assert not re.sub(r"</?p>|<br/>|[^<>]", "", markup), markup
    return html.unescape(
        re.sub(r"<br/>", "\n", markup.replace("</p><p>", "\n").removeprefix("<p>").removesuffix("</p>"))
    )


#: What Moodle's documentation names for each type of question, in any order; what may come more than once.
MOODLE = {
    "multichoice": {
        "name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber", "single",
        "shuffleanswers", "answernumbering", "answer",
    },
    "cloze": {"name", "questiontext", "generalfeedback", "penalty", "hidden", "idnumber"},
}  # fmt: skip
#: The shares that Moodle knows, in percent.
SHARES = {100, 50, 33.33333, 25, 20, 16.66667, 14.28571, 12.5, 11.11111, 10, 5, 0}
CLOZE = re.compile(r"\{(\d+):([A-Z]+):((?:\\.|[^\\}])*)\}", re.DOTALL)


def read_moodle(data: bytes) -> list[Read]:
    root = ET.fromstring(data)
    assert root.tag == "quiz"
    first, *rest = root
    assert (first.tag, first.attrib) == ("question", {"type": "category"})
    assert (first.findtext("category/text") or "").startswith("$course$/")
    return [_moodle_question(one) for one in rest]


def _moodle_question(one: ET.Element) -> Read:
    assert one.tag == "question"
    kind = one.attrib["type"]
    tags = [child.tag for child in one]
    assert set(tags) <= MOODLE[kind]
    assert [tag for tag in set(tags) if tags.count(tag) > 1] in ([], ["answer"])
    text = one.findtext("questiontext/text") or ""
    read = Read(
        title=one.findtext("name/text") or "", text=text, feedback=bare(one.findtext("generalfeedback/text") or "")
    )
    if kind == "cloze":
        read.blanks = [_cloze(blank) for blank in CLOZE.findall(text)]
        assert read.blanks
        return read
    read.text = bare(text)
    for answer in one.findall("answer"):
        share = float(answer.attrib["fraction"])
        assert abs(share) in SHARES
        read.choices.append((bare(answer.findtext("text") or ""), share, bare(answer.findtext("feedback/text") or "")))
    total = sum(share for _, share, _ in read.choices if share > 0)
    assert total == pytest.approx(100, abs=0.01)
    if one.findtext("single") == "true":
        assert [share for _, share, _ in read.choices if share] == [100]
    return read


def _cloze(blank: tuple[str, str, str]) -> list[str]:
    weight, kind, answers = blank
    assert (weight, kind) == ("1", "SHORTANSWER")
    parts = re.findall(r"(?:\\.|[^\\~])+", answers, re.DOTALL)
    assert parts[-1].startswith("*#")
    assert all(one.startswith("=") for one in parts[:-1])
    return [html.unescape(re.sub(r"\\(.)", r"\1", one[1:])) for one in parts[:-1]]


def read_gift(data: bytes) -> list[Read]:
    """By the grammar of GIFT: a comment, a title, a text, answers in braces; special signs only behind a backslash."""
    text = data.decode()
    head, *parts = re.split(r"\n{2,}", text.strip("\n"))
    assert re.fullmatch(r"\$CATEGORY: [^\n]+", head)
    return [_gift_question(part) for part in parts]


_SIGNS = r"(?:\\[\\~=#{}:n]|[^\\~=#{}:\n])*"
_GIFT = re.compile(rf"// [^\n]*\n::({_SIGNS})::\[html\]({_SIGNS})\{{\n((?:\t[^\n]*\n)+)\}}\n?")
_ANSWER = re.compile(rf"\t(=|~%(-?[0-9.]+)%|~)({_SIGNS})#({_SIGNS})")


def _gift_question(part: str) -> Read:
    found = _GIFT.fullmatch(part)
    assert found, part
    *answers, last = found[3].rstrip("\n").split("\n")
    general = re.fullmatch(rf"\t####({_SIGNS})", last)
    assert general, last
    read = Read(title=_plain(found[1]), text=bare(_plain(found[2])), feedback=bare(_plain(general[1])))
    short = []
    for line in answers:
        answer = _ANSWER.fullmatch(line)
        assert answer, line
        worth = float(answer[2]) if answer[2] else 100.0 if answer[1] == "=" else 0.0
        told = _plain(answer[3])
        if told.startswith("<p>"):
            read.choices.append((bare(told), worth, bare(_plain(answer[4]))))
        else:
            short.append(told)
    assert bool(short) != bool(read.choices)
    if short:
        read.blanks = [short]
    return read


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda one: "\n" if one[1] == "n" else one[1], text)


QTI, IMS = "{http://www.imsglobal.org/xsd/imsqti_v2p1}", "{http://www.imsglobal.org/xsd/imscp_v1p1}"
#: The order in which the schema wants the parts of an item.
PARTS = ("responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def read_qti(data: bytes) -> list[Read]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        assert manifest.tag == f"{IMS}manifest"
        assert [one.tag for one in manifest] == [f"{IMS}{tag}" for tag in ("metadata", "organizations", "resources")]
        resources = manifest.findall(f"{IMS}resources/{IMS}resource")
        assert {one.attrib["type"] for one in resources} == {"imsqti_item_xmlv2p1"}
        paths = [one.attrib["href"] for one in resources]
        assert [one.find(f"{IMS}file").attrib["href"] for one in resources] == paths  # type: ignore[union-attr]
        assert set(package.namelist()) == {"imsmanifest.xml", *paths}
        assert all(NAME.fullmatch(one.attrib["identifier"]) for one in resources)
        return [_qti_item(package.read(path)) for path in paths]


def _qti_item(data: bytes) -> Read:
    root = ET.fromstring(data)
    assert root.tag == f"{QTI}assessmentItem"
    assert NAME.fullmatch(root.attrib["identifier"])
    assert (root.attrib["adaptive"], root.attrib["timeDependent"]) == ("false", "false")
    order = [PARTS.index(one.tag.removeprefix(QTI)) for one in root]
    assert order == sorted(order)
    declared = {one.attrib["identifier"]: one for one in root.findall(f"{QTI}responseDeclaration")}
    outcomes = {one.attrib["identifier"] for one in root.findall(f"{QTI}outcomeDeclaration")}
    said = {(one.attrib["outcomeIdentifier"], one.attrib["identifier"]): one.text or ""
            for one in root.findall(f"{QTI}modalFeedback")}  # fmt: skip
    assert {outcome for outcome, _ in said} <= outcomes
    set_there = {one.attrib["identifier"] for one in root.findall(f"{QTI}responseProcessing/{QTI}setOutcomeValue")}
    assert {"SCORE", "SOLUTION"} <= set_there <= outcomes
    body = root.find(f"{QTI}itemBody")
    assert body is not None
    asked = [one for one in body.iter() if one.tag.endswith("Interaction")]
    assert {one.attrib["responseIdentifier"] for one in asked} == set(declared)
    read = Read(title=root.attrib["title"], text=_paragraphs(body), feedback=said["SOLUTION", "SHOWN"])
    for one in asked:
        response = declared[one.attrib["responseIdentifier"]]
        worth = {
            entry.attrib["mapKey"]: float(entry.attrib["mappedValue"]) for entry in response.iter(f"{QTI}mapEntry")
        }
        right = [value.text or "" for value in response.iterfind(f"{QTI}correctResponse/{QTI}value")]
        if one.tag == f"{QTI}choiceInteraction":
            read.text += "\n" + (one.findtext(f"{QTI}prompt") or "")
            offered = {choice.attrib["identifier"]: choice.text or "" for choice in one.findall(f"{QTI}simpleChoice")}
            assert set(offered) == set(worth)
            assert set(right) == {id for id, value in worth.items() if value > 0}
            assert (one.attrib["maxChoices"] == "1") == (response.attrib["cardinality"] == "single")
            read.choices = [(text, worth[id] * 100, said.get(("FEEDBACK", id), "")) for id, text in offered.items()]
        else:
            assert right[0].upper() in {key.upper() for key in worth}
            read.blanks.append(list(worth))
    return read


def _paragraphs(body: ET.Element) -> str:
    return "\n".join(one.text or "" for one in body.findall(f"{QTI}p") if not len(one))


READERS = {"moodle": read_moodle, "gift": read_gift, "qti": read_qti}

# What goes out comes back ---------------------------------------------------------------------

TRICKY = st.sampled_from(
    ["<b>", "</p>", "&lt;", "&", '"', "'", "\n", "\n\n", "{", "}", "~", "=", "#", ":", "::", "\\", "\\n", "//", "->",
     "%50%", "{1:SHORTANSWER:=x}", "[html]", "]]>", "<![CDATA[", "$CATEGORY: x", "שלום", "😀", "é", "\u202e", "####"],
)  # fmt: skip
ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
TEXT = st.lists(TRICKY | ANY, min_size=1, max_size=4).map(lambda parts: f"x{''.join(parts)}x")
CHOICES = st.lists(st.builds(Choice, text=TEXT, right=st.just(False), feedback=TEXT), min_size=2, max_size=5)


@st.composite
def exported(draw: Any) -> Exported:
    choices = draw(CHOICES)
    rights = draw(st.sets(st.integers(0, len(choices) - 1), min_size=1, max_size=3))
    choices = [Choice(text=one.text, right=n in rights, feedback=one.feedback) for n, one in enumerate(choices)]
    one_line = TEXT.map(lambda text: " ".join(text.split()))
    return Exported(
        id="A9999-x-1", title=draw(one_line), format="x", instruction=draw(TEXT),
        paragraphs=tuple(draw(st.lists(TEXT, min_size=1, max_size=3))), feedback=draw(TEXT), choices=tuple(choices),
        several=len(rights) > 1,
    )  # fmt: skip


def lines(*texts: str) -> str:
    return "\n".join(held(text) for text in texts)


@pytest.mark.parametrize("made", FORMATS, ids=lambda made: str(made.id))
@settings(max_examples=100, deadline=None)
@given(st.lists(exported(), min_size=1, max_size=3))
def test_any_text_comes_back_as_it_was(made: Any, questions: list[Exported]) -> None:
    read = READERS[made.id](made.write(questions, "A name / with {signs}"))
    assert len(read) == len(questions)
    for one, question in zip(read, questions, strict=True):
        assert one.title == held(question.title)
        assert one.text == lines(*question.paragraphs, question.instruction)
        assert one.feedback == held(question.feedback)
        assert [choice[0] for choice in one.choices] == [held(choice.text) for choice in question.choices]
        assert [choice[1] > 0 for choice in one.choices] == [choice.right for choice in question.choices]
        assert [choice[2] for choice in one.choices] == [held(choice.feedback) for choice in question.choices]


@pytest.mark.parametrize("made", FORMATS, ids=lambda made: str(made.id))
def test_short_answers_come_back_with_every_way_of_writing_them(made: Any) -> None:
    blanks = (
        Blank(asks="Line {1}: ~#=", accepted=("A9999-LT", "A9999-LT x 1"), feedback="It = {A9999}"),
        Blank(asks="Line 2", accepted=("B#~}9",), feedback="That # one"),
    )
    question = Exported(
        id="x", title="x", format="x", instruction="Do.", paragraphs=("P.",), feedback="F.", blanks=blanks
    )
    (read,) = READERS[made.id](made.write([question], "x"))
    if made.id == "gift":
        assert read.blanks == [["A9999-LT + B#~}9", "A9999-LT x 1 + B#~}9"]]
    else:
        assert [[way.upper() for way in ways] for ways in read.blanks] == [["A9999-LT", "A9999-LT X 1"], ["B#~}9"]]


def test_control_characters_do_not_break_a_file() -> None:
    question = Exported(
        id="x", title="a\x07b", format="x", instruction="\x00", paragraphs=("a\x1bb\r\nc",), feedback="\ufffe",
        choices=(Choice(text="\x0c", right=True, feedback=""), Choice(text="b", right=False, feedback="")),
    )  # fmt: skip
    for made in FORMATS:
        (read,) = READERS[made.id](made.write([question], "x\x00"))
        assert read.title == "a\ufffdb"


# The questions of the library -----------------------------------------------------------------


@pytest.fixture
def questions(bone_code: Code) -> list[Exported]:
    return list(questions_of(bone_code))


def test_every_format_of_the_site_goes_out(questions: list[Exported]) -> None:
    assert {one.format for one in questions} == {format.id for format in ASKED}
    assert len({one.id for one in questions}) == len(questions)
    for one in questions:
        assert bool(one.choices) != bool(one.blanks)
        assert not one.choices or any(choice.right for choice in one.choices)
        assert one.several or not one.choices or sum(choice.right for choice in one.choices) == 1


def test_every_feedback_cites_rule_and_section(questions: list[Exported]) -> None:
    cited = re.compile(r"\(rule [0-9A-Z]{5}/[a-z-]+; [0-9A-Z]{5}, [A-Z][a-z ]+\)")
    for one in questions:
        assert cited.search(one.feedback), one
        for choice in one.choices:
            assert cited.search(choice.feedback) or one.several, choice


@pytest.mark.parametrize("made", FORMATS, ids=lambda made: str(made.id))
def test_the_questions_of_a_page_are_read_by_another_program(made: Any, questions: list[Exported]) -> None:
    data = made.write(questions, "Bone")
    assert [one.title for one in READERS[made.id](data)] == [one.title for one in questions]
    assert made.write(questions, "Bone") == data


def test_the_same_seed_gives_the_same_and_another_another(bone_code: Code, questions: list[Exported]) -> None:
    random.seed()
    assert list(questions_of(bone_code)) == questions
    assert list(questions_of(bone_code, seed=2)) != questions
    assert len(list(questions_of(bone_code, variants=0))) < len(questions)


# Page and command -----------------------------------------------------------------------------


@pytest.mark.parametrize("made", FORMATS, ids=lambda made: str(made.id))
def test_an_educator_takes_a_file_away(as_educator: Client, bone_code: Code, made: Any) -> None:
    answer = as_educator.get(reverse("page_export", args=["20983", made.id]), {"variants": "0", "seed": "x"})
    assert READERS[made.id](answer.content)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="20983-questions.{made.ending}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_unknown_format_or_page_is_missing(as_educator: Client, bone_code: Code) -> None:
    for args in (["20983", "nonsense"], ["99999", "gift"], ["\x00", "gift"]):
        assert as_educator.get(reverse("page_export", args=args)).status_code == 404


def test_a_page_without_questions_says_so(as_educator: Client, db: None) -> None:
    Code.objects.create(number="A9999", title="x")
    assert as_educator.get(reverse("page_export", args=["A9999", "gift"])).url == reverse("files")


def test_a_command_writes_the_same_files(bone_code: Code, tmp_path: Path) -> None:
    out = tmp_path / "out.xml"
    told = StringIO()
    call_command("export_questions", "20983", out=str(out), variants=0, stdout=told, stderr=StringIO())
    assert f"{len(read_moodle(out.read_bytes()))} questions" in told.getvalue()
    bad: Sequence[tuple[list[str], dict[str, Any], str]] = [
        (["99999"], {}, "no page of 99999"),
        (["20983"], {"variants": 99}, "--variants: from 0 to"),
        (["20983"], {"out": str(tmp_path / "none" / "x"), "variants": 0}, "No such file"),
    ]
    for codes, options, said in bad:
        with pytest.raises(CommandError, match=said):
            call_command("export_questions", *codes, **{"out": str(out), **options}, stdout=told, stderr=StringIO())
