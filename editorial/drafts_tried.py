"""A draft tried before anybody else sees it. Nothing here is stored."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.urls import reverse

from codes.library import current_stamp, library_with
from codes.models import Code, PublishedCode, has_facts
from codes.narrative import sentences
from codes.pages import Content
from codes.phrasebook import phrasebook
from codes.publish import build_document
from codes.rule_forms import stored_params
from quizzes.asking import Candidate, Source
from quizzes.educators import line_in_words
from quizzes.feedback import Feedback, Shown, feedback
from quizzes.formats import FORMAT, FORMATS, Judged, Material
from quizzes.formats.base import I_DO_NOT_KNOW, Payload
from quizzes.formats.code_the_claim import CodeTheClaim, payload_of
from quizzes.models import QuestionVersion, Scenario
from quizzes.practice import grading_of
from quizzes.wording import in_words
from rulebook import Library
from rulebook.case_format import write_claim
from rulebook.variants import Variant

#: So many variants of an example are shown at once; another seed shows others.
MOST_VARIANTS = 8
MOST_WRONG = 12


class Unreadable(Exception):
    """A draft with a rule that says nothing yet; ``rules`` are their names."""

    def __init__(self, rules: list[str]) -> None:
        super().__init__(f"These rules cannot be read: {', '.join(rules)}.")
        self.rules = rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A page as an edition would hold it now, in the library as it would be then."""

    code: Code
    document: Content
    library: Library

    def examples(self) -> list[Mapping[str, Any]]:
        """Its examples that have facts."""
        return [example for example in self.document["examples"] if has_facts(example["encounter"])]

    def source(self, example: Mapping[str, Any]) -> Source:
        """What it takes to make questions of an example; its scenario is a row that is never saved."""
        values = {name: example[name] for name in ("slug", "title", "narrative", "encounter")}
        return Source(scenario=Scenario(code=self.code, **values), library=self.library, phrases=phrasebook())

    def row(self) -> PublishedCode:
        """The row that lists would have of it; never saved."""
        validity: Mapping[str, Any] = next(
            (rule["params"] for rule in self.document["rules"] if rule["kind"] == "validity"), {}
        )
        return PublishedCode(
            code=self.code, number=self.code.number, title=self.code.title, successors=validity.get("successors", []),
            valid_from=_day(validity.get("from")), valid_to=_day(validity.get("to")),
        )  # fmt: skip


def draft_of(code: Code) -> Draft:
    """The draft of a page; Unreadable where an accepted rule says nothing."""
    lost = [rule.slug for rule in code.rules.filter(state="accepted") if stored_params(rule) is None]
    if lost:
        raise Unreadable(lost)
    document = build_document(code)
    return Draft(code=code, document=document, library=library_with(document))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# The questions of an example ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An example as written, or a variant of it, with the questions that are asked on it."""

    place: int
    title: str
    changes: list[str]
    turns_on: str
    sentences: list[str]
    claim: list[str]
    questions: list[Candidate]

    @property
    def asked(self) -> int:
        """How many of the questions would be put before learners."""
        return sum(not one.reasons for one in self.questions)


def notes(source: Source, seed: int) -> list[Note]:
    """The example and variants of this seed, a bounded number, each with its questions in every format."""
    return [_note(source, place, variant, material, seed) for place, variant, material in _materials(source, seed)]


def _materials(source: Source, seed: int) -> Iterator[tuple[int, Variant | None, Material]]:
    found = enumerate(source.materials(seed, most=MOST_VARIANTS))
    return ((place, variant, material) for place, (variant, material) in found)


def _note(source: Source, place: int, variant: Variant | None, material: Material, seed: int) -> Note:
    changes = [in_words(one, source.encounter, variant.encounter) for one in variant.changes] if variant else []
    counted = [f"{words} ({times})" if times > 1 else words for words, times in Counter(changes).items()]
    made = (source.candidate(material, format, seed, variant) for format in FORMATS)
    return Note(
        place=place, title=material.title, changes=counted, turns_on=variant.rule if variant else "",
        sentences=[sentence.text for sentence in sentences(material.narrative)],
        claim=[line_in_words(line) for line in write_claim(material.accepted.claim)["lines"]],
        questions=[one for one in made if one is not None],
    )  # fmt: skip


# One question -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A question as its trainee would see it; ``version`` is a row that is never saved."""

    draft: Draft
    candidate: Candidate
    material: Material
    version: QuestionVersion

    def wrong(self) -> list[tuple[Payload, str]]:
        """Answers that are there to be wrong, each with the rule that it fails for; a bounded number."""
        form = self.candidate.format
        found = list(form.wrong(self.version))
        if not found and isinstance(form, CodeTheClaim):
            found = [(payload_of(one.claim), one.rule.id) for one in self.material.mistakes if not one.clean]
        return found[:MOST_WRONG]

    def right(self) -> Payload:
        """The right answer."""
        return self.candidate.format.right(self.version)

    def words(self, payload: Payload) -> str:
        """An answer read back."""
        return "; ".join(self.candidate.format.words(payload, self.version)) or "nothing to report"

    def judged(self, payload: Payload) -> Judged:
        """What the draft's rules say of an answer."""
        form, encounter = self.candidate.format, self.material.encounter
        if payload == I_DO_NOT_KNOW:
            return form.give_up(self.version, encounter, self.draft.library)
        return form.judge(payload, self.version, encounter, self.draft.library)

    def feedback(self, payload: Payload) -> Feedback:
        """The feedback as the page of a question shows it; what cites the draft leads to its preview."""
        judged = self.judged(payload)
        told = feedback(self.candidate.prompt, grading_of(judged.grade, judged.claim, current_stamp()))
        day, here = self.candidate.prompt["encounter"]["date_of_service"], self.draft.code.number
        faults, kept, optional = (
            tuple(_at_home(one, here, day) for one in group) for group in (told.faults, told.kept, told.optional)
        )
        return replace(told, faults=faults, kept=kept, optional=optional)


def question(
    draft: Draft, example: Mapping[str, Any], place: int, format: str, seed: int, day: date | None = None
) -> Tried | None:
    """One of the questions that ``notes`` lists, on its own date of service or another; None where there is none."""
    source = draft.source(example)
    for at, variant, material in _materials(source, seed):
        if at == place and format in FORMAT:
            asked = source.on(material, day) if day is not None else material
            candidate = source.candidate(asked, FORMAT[format], seed, variant) if asked is not None else None
            return _tried(draft, candidate, asked) if candidate is not None and asked is not None else None
    return None


def _tried(draft: Draft, candidate: Candidate, material: Material) -> Tried:
    version = QuestionVersion(prompt=candidate.prompt, options=candidate.pinned.options, key=candidate.key)
    return Tried(draft=draft, candidate=candidate, material=material, version=version)


def _at_home(shown: Shown, number: str, day: str) -> Shown:
    """A finding that cites the draft's own page leads to the preview of that."""
    cites = shown.finding["cites"]
    if not cites or cites["code"] != number:
        return shown
    return replace(shown, url=f"{reverse('try_page', args=[number])}?dos={day}#{cites['section']}")
