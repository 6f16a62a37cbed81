"""Every way of asking: what it shows, what it hides, what it makes of an answer. A new one is tested by being there."""

import io
import json
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from codes.library import current_stamp, library
from codes.models import Code
from codes.phrasebook import phrasebook
from quizzes import practice
from quizzes.asking import Candidate, Source
from quizzes.formats import FORMAT, FORMATS, Format
from quizzes.management.commands.library_report import Counted
from quizzes.models import Answer, Attempt, AttemptItem, Exam, Grading, QuestionVersion, Scenario
from quizzes.pinning import pin

CODES = ("20983", "47383", "32994")
#: An article about a code that no code set knows.
ARTICLE = Path(__file__).parent.parent / "codes/articles/seed_layout.txt"
each_format = pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.id)


@cache
def questions(format: Format) -> list[Candidate]:
    """Some dozen questions in a format that the gate lets through, of scenarios and variants."""
    found = []
    for number in CODES:
        for scenario in Scenario.objects.live().of(number).order_by("slug"):
            source = Source(scenario=scenario, library=library(), phrases=phrasebook())
            materials = [(None, source.as_written()), *islice(source.varied(3), 3)]
            asked = [source.candidate(material, format, 3, variant) for variant, material in materials if material]
            found += [one for one in asked if one and not one.reasons]
    return found


@pytest.fixture
def asked(format: Format, trainee: User, starter_library: None) -> list[AttemptItem]:
    """A set of six questions in one format."""
    chosen = random.Random(1).sample(questions(format), 6)
    attempt = Attempt.objects.create(person=trainee, title="one format", seed=1)
    return practice.lay(attempt, pin(chosen, current_stamp()))


def sent(format: Format, payload: Any) -> dict[str, Any]:
    """The form as a browser would send it."""
    return {"key": str(uuid.uuid4()), "action": "check", **format.fields(payload)}


@each_format
def test_the_right_answer_is_right(format: Format, asked: list[AttemptItem], as_trainee: Client) -> None:
    for item in asked:
        page = as_trainee.post(item.get_absolute_url(), sent(format, format.right(item.version)), follow=True)
        assert page.status_code == 200
        assert format.verdicts[0] in page.text
    assert all(Grading.objects.values_list("is_clean", flat=True))


@each_format
def test_each_wrong_answer_is_wrong_and_cites_a_section(
    format: Format, asked: list[AttemptItem], as_trainee: Client
) -> None:
    for item in asked:
        for payload, rule in list(format.wrong(item.version))[:1]:
            page = as_trainee.post(item.get_absolute_url(), sent(format, payload), follow=True)
            assert format.verdicts[1] in page.text
            finding = next(one for one in Grading.objects.latest("pk").findings if one["rule"] == rule)
            assert f"#{finding['cites']['section']}" in page.text
    assert not any(Grading.objects.values_list("is_clean", flat=True))


@each_format
def test_what_is_read_is_what_was_sent(format: Format, asked: list[AttemptItem], as_trainee: Client) -> None:
    for item in asked:
        right = format.right(item.version)
        as_trainee.post(item.get_absolute_url(), sent(format, right))
        assert Answer.objects.latest("pk").payload == right


@each_format
def test_not_knowing_is_not_clean(format: Format, asked: list[AttemptItem], as_trainee: Client) -> None:
    for item in asked:
        page = as_trainee.post(item.get_absolute_url(), {"key": str(uuid.uuid4()), "action": "unknown"}, follow=True)
        assert "You chose “I do not know”" in page.text
    assert not any(Grading.objects.values_list("is_clean", flat=True))


@each_format
def test_a_blank_form_is_asked_again(format: Format, asked: list[AttemptItem], as_trainee: Client) -> None:
    for item in asked:
        page = as_trainee.post(item.get_absolute_url(), {"key": str(uuid.uuid4()), "action": "check"})
        assert page.status_code == 422
        assert re.search(r'<a href="#([\w-]+)">', page.text)
        field = re.search(r'<a href="#([\w-]+)">', page.text[page.text.index('class="errors"') :])
        assert field is not None
        assert f'id="{field[1]}"' in page.text
    assert not Answer.objects.filter(state=Answer.State.SUBMITTED).exists()


@each_format
def test_nonsense_is_asked_again_or_judged_and_never_breaks(
    format: Format, asked: list[AttemptItem], as_trainee: Client
) -> None:
    names = ("option", "line", "fault", "missing", "line-0-code", "line-0-units", "lines", "diagnosis-A")
    for item, text in zip(asked, ("\x00", "٣", "<script>", "9" * 400, "{}", "option-1"), strict=True):
        form = dict.fromkeys(names, text) | {"key": str(uuid.uuid4()), "action": "check"}
        assert as_trainee.post(item.get_absolute_url(), form).status_code in (302, 422)


# What is hidden ---------------------------------------------------------------------------


def secrets(item: AttemptItem) -> list[str]:
    """Canaries: the rule of the key and every rationale there could be for this question."""
    format, version = FORMAT[item.version.question.format], item.version
    answers = [format.right(version), *(payload for payload, _ in format.wrong(version))]
    graded = [practice.grade_payload(version, payload)[0] for payload in [*answers, practice.I_DO_NOT_KNOW]]
    said = {finding.why for one in graded for finding in one.findings}
    shown = json.dumps([version.prompt, version.options])
    return [text for text in said if json.dumps(text)[1:-1] not in shown]


@each_format
def test_nothing_sent_before_the_answer_holds_key_or_rationale(
    format: Format, asked: list[AttemptItem], as_trainee: Client
) -> None:
    for item in asked:
        page = as_trainee.get(item.get_absolute_url())
        everything = page.text + str(page.headers) + str(page.cookies)
        canaries = secrets(item)
        assert canaries
        assert [text for text in canaries if text in everything or text.replace("'", "&#x27;") in everything] == []
        assert not re.search(r"\b[0-9A-Z]{5}/[a-z-]+\b", re.sub(r'(href|action|hx-\w+|src)="[^"]*"', "", everything))
        assert not re.search(r"<(input|label)[^>]*(\schecked|correct|right)", page.text)


@each_format
def test_nothing_sent_in_an_exam_holds_key_or_rationale(
    format: Format, asked: list[AttemptItem], as_trainee: Client
) -> None:
    # A worked step of one question may be the rationale of another, and is there to be read.
    shown = json.dumps([[item.version.prompt, item.version.options] for item in asked])
    canaries = [text for item in asked for text in secrets(item) if json.dumps(text)[1:-1] not in shown]
    sent = "".join(sitting(as_trainee, asked))
    assert canaries
    assert [text for text in canaries if text in sent or text.replace("'", "&#x27;") in sent] == []
    assert not Grading.objects.exists()


def sitting(client: Client, asked: list[AttemptItem]) -> Iterator[str]:
    """Everything that is sent while the questions are an exam: cover, questions, savings, review, autosave."""
    exam = Exam.objects.create(title="Exam", release=Exam.Release.BY_AUTHOR)
    attempt = asked[0].attempt
    Attempt.objects.filter(pk=attempt.pk).update(mode=Attempt.Mode.EXAM, exam=exam, begun_at=None, minutes=30)
    yield told(client.get(attempt.get_absolute_url()))
    yield told(client.post(asked[0].get_absolute_url(), {"action": "begin"}))
    for item in asked:
        form = FORMAT[item.version.question.format]
        fields = form.fields(form.right(item.version)) | {"key": str(uuid.uuid4())}
        yield told(client.get(item.get_absolute_url()))
        yield told(client.post(reverse("draft", args=[attempt.pk, item.position]), fields))
        yield told(client.get(reverse("draft", args=[attempt.pk, item.position])))
        for action in ("flag", "mark-1", "hint", "save"):
            fields = fields | {"key": str(uuid.uuid4()), "action": action}
            yield told(client.post(item.get_absolute_url(), fields, follow=True))
    yield told(client.get(attempt.get_absolute_url()))


def told(response: Any) -> str:
    """All of an answer: body, headers, cookies."""
    return f"{response.content.decode()} {response.headers} {response.cookies}"


@each_format
def test_a_wrong_option_looks_like_the_right_one(format: Format, asked: list[AttemptItem], as_trainee: Client) -> None:
    for item in asked:
        page = as_trainee.get(item.get_absolute_url()).text
        tags = re.findall(r"<input[^>]*type=\"(?:radio|checkbox)\"[^>]*>", page)
        shapes = {re.sub(r'(id|value|name)="[^"]*"', "", tag) for tag in tags}
        assert len(shapes) <= 1


def test_the_place_of_the_right_option_says_nothing(starter_library: None) -> None:
    for format in FORMATS:
        places = Counter(one.pinned.key["option"] for one in questions(format) if "option" in one.pinned.key)
        if places:
            assert set(places) >= {"1", "2", "3"}
            assert max(places.values()) < 0.55 * sum(places.values()), (format.id, places)


def test_claims_to_audit_are_right_as_well_as_wrong(starter_library: None) -> None:
    lines = Counter(one.pinned.key["line"] for one in questions(FORMAT["audit-the-claim"]))
    assert lines["accept"] > 0.1 * sum(lines.values())
    assert {"1", "2"} <= set(lines)


def test_half_an_audit_is_half_right(starter_library: None, trainee: User) -> None:
    format = FORMAT["audit-the-claim"]
    chosen = next(one for one in questions(format) if one.pinned.key["line"] == "1")
    [version] = pin([chosen], current_stamp())
    other = next(option["id"] for option in version.options if option["id"] != version.key["category"])
    graded, _ = practice.grade_payload(version, {"line": "1", "fault": other})
    assert (graded.clean, graded.element_accuracy) == (False, 0.5)


def test_what_is_given_cannot_be_overwritten(starter_library: None, trainee: User, as_trainee: Client) -> None:
    format = FORMAT["finish-the-claim"]
    [version] = pin(questions(format)[:1], current_stamp())
    attempt = Attempt.objects.create(person=trainee, title="half a claim", seed=1)
    [item] = practice.lay(attempt, [version])
    form = sent(format, format.right(version)) | {"line-0-code": "99999"}
    assert "Clean claim" in as_trainee.post(item.get_absolute_url(), form, follow=True).text


# The gate ---------------------------------------------------------------------------------


def test_an_unmarked_fact_keeps_a_question_back(bone_code: Code) -> None:
    scenario = Scenario.objects.live().of("20983")[0]
    scenario.narrative = scenario.narrative.replace("services.0.technique", "services.0.procedure")
    source = Source(scenario=scenario, library=library(), phrases=phrasebook())
    written = [one for one in source.candidates(1) if one.variant is None and one.format.id == "code-the-claim"]
    assert "services.0.technique" in written[0].reasons[0]


def test_an_unsupported_claim_is_not_asked(bone_code: Code) -> None:
    scenario = Scenario.objects.live().of("20983")[0]
    scenario.encounter = scenario.encounter | {"diagnoses": ["Z99.89"]}
    source = Source(scenario=scenario, library=library(), phrases=phrasebook())
    candidates = [one for one in source.candidates(1) if one.variant is None]
    assert candidates
    assert all("would not be clean" in " ".join(one.reasons) for one in candidates)


def test_a_distractor_that_is_right_is_found(starter_library: None, monkeypatch: pytest.MonkeyPatch) -> None:
    format = FORMAT["choose-the-code"]
    chosen = questions(format)[0]
    right = chosen.format.right(as_version(chosen))
    monkeypatch.setattr(type(format), "wrong", lambda self, asked: iter([(right, "20983/units")]))
    source = Source(scenario=chosen.scenario, library=library(), phrases=phrasebook())
    found = next(one for one in source.candidates(3) if one.format is format)
    assert any("judged right" in reason for reason in found.reasons)


def as_version(candidate: Candidate) -> QuestionVersion:
    return QuestionVersion(prompt=candidate.prompt, options=candidate.pinned.options, key=candidate.key)


# How many --------------------------------------------------------------------------------


def counted(scenarios: list[Scenario], enough: int) -> Counted:
    """Distinct questions, as far as it takes to have enough."""
    found = Counted()
    for scenario in scenarios:
        found.add(Source(scenario=scenario, library=library(), phrases=phrasebook()), seed=1)
        if sum(found.asked.values()) >= enough:
            break
    return found


def test_the_library_gives_fifteen_hundred_questions(starter_library: None) -> None:
    every_tenth = list(Scenario.objects.live().order_by("code__number", "slug"))[::10]
    assert sum(counted(every_tenth, 1500).asked.values()) >= 1000  # of a tenth of the scenarios
    assert Scenario.objects.live().count() >= 150


def test_one_article_alone_gives_sixty_questions(no_library: None) -> None:
    """Without any other page: distractors and variants from its own rules."""
    call_command("import_article", str(ARTICLE), publish=True, stdout=io.StringIO())
    assert Code.objects.count() == 1
    assert sum(counted(list(Scenario.objects.live()), 60).asked.values()) >= 60
