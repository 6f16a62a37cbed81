"""Starting a set, answering it, and what is kept."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.append_only import WrittenOnce
from accounts.models import User
from codes.models import Code
from codes.publish import publish
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.models import Answer, Attempt, AttemptItem, Grading, RuleReview
from tests.quizzes.learning import give, right

#: Scenarios as they are written, in the two plain formats.
PLAIN = Recipe(formats=("code-the-claim", "code-the-claim", "choose-the-code"), as_written=1.0)
KEY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def attempt(trainee: User, bone_code: Code) -> Attempt:
    return practice.start(trainee, bone_code, seed=1, recipe=PLAIN)


def item_in(attempt: Attempt, format: str) -> AttemptItem:
    found = attempt.items.filter(version__question__format=format).first()
    assert found is not None
    return found


@pytest.fixture
def claim_item(attempt: Attempt) -> AttemptItem:
    return item_in(attempt, "code-the-claim")


@pytest.fixture
def choice_item(attempt: Attempt) -> AttemptItem:
    return item_in(attempt, "choose-the-code")


def right_form(item: AttemptItem) -> dict[str, Any]:
    """The form of the accepted claim, filled in as a person would."""
    lines = item.version.key["claims"][0]["lines"]
    diagnoses = list(dict.fromkeys(code for line in lines for code in line["diagnoses"]))
    form: dict[str, Any] = {"key": KEY, "action": "check", "lines": str(len(lines))}
    for n, line in enumerate(lines):
        letters = " ".join("ABCDEFGHIJKL"[diagnoses.index(code)] for code in line["diagnoses"])
        form |= {f"line-{n}-code": line["code"], f"line-{n}-units": line["units"], f"line-{n}-pointers": letters}
    return form | {f"diagnosis-{letter}": code for letter, code in zip("ABCDEFGHIJKL", diagnoses, strict=False)}


def test_a_set_has_each_scenario_of_the_page_once(attempt: Attempt) -> None:
    scenarios = [item.version.question.scenario_id for item in attempt.items.all()]
    assert len(scenarios) == len(set(scenarios)) == 10


def test_a_set_mixes_formats_and_variants(trainee: User, bone_code: Code) -> None:
    items = practice.start(trainee, bone_code, seed=1).items.select_related("version__question")
    assert len({item.version.question.format for item in items}) >= 5
    assert {bool(item.version.key.get("variant")) for item in items} == {True, False}


def test_a_set_of_two_formats_has_both(attempt: Attempt) -> None:
    assert set(attempt.items.values_list("version__question__format", flat=True)) == {
        "code-the-claim",
        "choose-the-code",
    }


def test_the_same_seed_gives_the_same_set(teammate: User, attempt: Attempt, bone_code: Code) -> None:
    again = practice.start(teammate, bone_code, seed=1, recipe=PLAIN)
    assert [i.version_id for i in again.items.all()] == [i.version_id for i in attempt.items.all()]


def test_the_derived_claim_is_clean(as_trainee: Client, claim_item: AttemptItem) -> None:
    page = as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item), follow=True)
    assert "Clean claim" in page.text
    grading = Grading.objects.get()
    assert (grading.is_clean, grading.element_accuracy) == (True, 1.0)


def test_a_bundled_line_is_found_and_cites_the_section(as_trainee: Client, claim_item: AttemptItem) -> None:
    form = right_form(claim_item) | {"lines": "2", "line-1-code": "76940", "line-1-units": "1"}
    page = as_trainee.post(claim_item.get_absolute_url(), form, follow=True)
    assert "Not yet clean: 1 of" in page.text
    day = claim_item.version.prompt["encounter"]["date_of_service"]
    assert f'href="/codes/20983/?dos={day}#billing"' in page.text
    finding = Grading.objects.get().findings[0]
    assert (finding["rule"], finding["category"], finding["line"]) == ("20983/not-with", "unbundling", 2)


def test_the_right_option_is_clean(as_trainee: Client, choice_item: AttemptItem) -> None:
    form = {"key": KEY, "action": "check", "option": choice_item.version.key["option"]}
    assert "Clean claim" in as_trainee.post(choice_item.get_absolute_url(), form, follow=True).text


def test_every_other_option_is_not(trainee: User, choice_item: AttemptItem) -> None:
    others = [o["id"] for o in choice_item.version.options if o["id"] != choice_item.version.key["option"]]
    graded = [practice.grade_payload(choice_item.version, {"option": option})[0] for option in others]
    assert len(others) >= 2
    assert not any(one.clean for one in graded)


def test_codes_are_accepted_as_people_type_them(as_trainee: Client, claim_item: AttemptItem) -> None:
    form = right_form(claim_item)
    form["line-0-code"] = f" {form['line-0-code'][:2]} {form['line-0-code'][2:]} "
    form |= {name: form[name].lower().replace(".", "") for name in form if name.startswith("diagnosis-")}
    assert "Clean claim" in as_trainee.post(claim_item.get_absolute_url(), form, follow=True).text


def test_i_do_not_know_shows_the_accepted_claim(as_trainee: Client, claim_item: AttemptItem) -> None:
    page = as_trainee.post(claim_item.get_absolute_url(), {"key": KEY, "action": "unknown"}, follow=True)
    assert "You chose “I do not know”" in page.text
    assert not Grading.objects.get().is_clean


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("line-0-code", "2098", "not a code of five"),
        ("line-0-code", "", "Enter the code of at least one line"),
        ("line-0-units", "0", "whole number from 1"),
        ("line-0-units", "1e309", "whole number from 1"),
        ("line-0-units", "٣", "whole number from 1"),
        ("line-0-modifiers", "ABC", "up to four modifiers"),
        ("line-0-pointers", "L", "no diagnosis L"),
        ("diagnosis-B", "<b>", "does not look like an ICD-10-CM code"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(
    as_trainee: Client, attempt: Attempt, field: str, value: str, said: str
) -> None:
    item = next(
        i
        for i in attempt.items.filter(version__question__format="code-the-claim")
        if i.version.prompt["encounter"].get("diagnoses")
    )
    page = as_trainee.post(
        item.get_absolute_url(), right_form(item) | {field: value, "line-0-units": "7"} | {field: value}
    )
    assert page.status_code == 422
    assert said in page.text
    assert f'href="#{field}"' in page.text
    assert [answer.state for answer in Answer.objects.all()] == ["draft"]
    assert field == "line-0-units" or 'value="7"' in page.text


def test_a_line_can_be_added_and_removed_without_a_script(as_trainee: Client, claim_item: AttemptItem) -> None:
    url = claim_item.get_absolute_url()
    form = right_form(claim_item)
    page = as_trainee.post(url, form | {"action": "add-line"}, follow=True)
    assert 'name="line-1-code"' in page.text
    assert f'value="{form["line-0-code"]}"' in page.text
    page = as_trainee.post(url, form | {"action": "remove-line-0", "lines": "2", "key": str(uuid.uuid4())}, follow=True)
    assert 'name="line-1-code"' not in page.text


def test_the_same_form_sent_again_is_one_answer(as_trainee: Client, claim_item: AttemptItem) -> None:
    pages = [as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item), follow=True) for _ in range(5)]
    assert {page.status_code for page in pages} == {200}
    assert (Answer.objects.count(), Grading.objects.count()) == (1, 1)


@pytest.mark.parametrize("change", [{}, {"line-0-units": "9"}, {"line-0-code": "99999"}, {"action": "unknown"}])
def test_what_is_told_at_once_is_what_is_read_later(
    as_trainee: Client, claim_item: AttemptItem, change: dict[str, str]
) -> None:
    url, typed = claim_item.get_absolute_url(), right_form(claim_item) | {"line-0-units": "3"}
    as_trainee.post(url, typed | {"action": "flag", "key": str(uuid.uuid4())})
    told = as_trainee.post(url, right_form(claim_item) | change, headers={"HX-Request": "true"})
    read = as_trainee.get(url, headers={"HX-Request": "true"})
    assert told.status_code == 200
    assert _told(told) == _told(read)


def _told(page: Any) -> str:
    """The page without what is another in each that is sent."""
    main: str = page.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r'(csrfmiddlewaretoken|key|tab)" value="[^"]+"', "", main)


def test_telling_at_once_takes_fourteen_queries(
    as_trainee: Client, attempt: Attempt, django_assert_max_num_queries: Any
) -> None:
    scripted = {"HX-Request": "true", "HX-Target": "main"}
    locks = 2 if connection.features.has_select_for_update else 0  # of set and person; SQLite locks all there is
    first, second = attempt.items.filter(version__question__format="code-the-claim")[:2]
    as_trainee.post(first.get_absolute_url(), right_form(first), headers=scripted)
    form = right_form(second) | {"key": str(uuid.uuid4())}
    with django_assert_max_num_queries(14 + locks + 2):  # two are of the transaction
        as_trainee.post(second.get_absolute_url(), form, headers=scripted)


def test_another_answer_to_an_answered_question_is_refused(as_trainee: Client, claim_item: AttemptItem) -> None:
    as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item))
    other = right_form(claim_item) | {"line-0-units": "9"}
    page = as_trainee.post(claim_item.get_absolute_url(), other)
    assert page.status_code == 409
    assert "answered already" in page.text
    assert Answer.objects.count() == 1


def test_a_form_without_its_key_stores_nothing(as_trainee: Client, claim_item: AttemptItem) -> None:
    page = as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item) | {"key": "x"})
    assert page.status_code == 422
    assert not Answer.objects.exists()


def test_answers_and_gradings_are_never_changed(as_trainee: Client, claim_item: AttemptItem) -> None:
    as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item))
    grading = Grading.objects.get()
    with pytest.raises(WrittenOnce):
        grading.save()
    with pytest.raises(WrittenOnce):
        Answer.objects.all().delete()
    with pytest.raises(WrittenOnce):
        Answer.objects.update(sequence=2)


def test_an_edited_rule_changes_the_next_question_and_no_old_one(
    as_trainee: Client, trainee: User, educator: User, bone_code: Code, claim_item: AttemptItem
) -> None:
    rule = bone_code.rules.get(slug="not-with")
    rule.params = rule.params | {"codes": ["77002"]}
    rule.save(update_fields=["params"])
    publish(bone_code, by=educator, why="The guidance codes may stand beside it from now on")
    form = right_form(claim_item) | {"lines": "2", "line-1-code": "77013", "line-1-units": "1"}
    as_trainee.post(claim_item.get_absolute_url(), form)
    assert Grading.objects.get().findings[0]["rule"] == "20983/not-with"
    new = practice.start(trainee, bone_code, seed=1, recipe=PLAIN)
    assert new.items.first().version.stamp > claim_item.version.stamp  # type: ignore[union-attr]


def test_an_answer_after_the_end_of_a_set_is_kept_and_does_not_count(
    as_trainee: Client, attempt: Attempt, claim_item: AttemptItem
) -> None:
    as_trainee.post(reverse("finish", args=[attempt.pk]))
    form = right_form(claim_item)
    for _ in range(2):
        page = as_trainee.post(claim_item.get_absolute_url(), form)
        assert page.status_code == 409
        assert "This set was finished at" in page.text
        assert "it does not count" in page.text
    assert claim_item.answers.get().state == Answer.State.LATE
    assert not Grading.objects.exists()
    assert not RuleReview.objects.exists()


def score_of(page: str, name: str) -> list[str]:
    """What the summary says of a score: the figure, and what stands below it."""
    found = re.search(rf"<dt>{name}</dt>(.*?)</div>", page)
    return re.findall(r"<dd[^>]*>(.*?)</dd>", found[1]) if found else []


def test_a_summary_of_nothing_has_no_percentage(as_trainee: Client, attempt: Attempt) -> None:
    page = as_trainee.post(reverse("finish", args=[attempt.pk]), follow=True).text
    scores = page.partition('class="scores large"')[2].partition("</dl>")[0]
    assert "%" not in scores
    assert "lement" not in scores
    assert score_of(page, "Answered") == ["0 of 10"]


def test_below_ten_answers_a_summary_counts_and_from_ten_on_it_says_a_percentage_with_its_interval(
    as_trainee: Client, attempt: Attempt
) -> None:
    asked = list(attempt.items.select_related("version__question", "attempt"))
    for item in asked[:9]:
        give(item, right(item), timezone.now())
    page = as_trainee.get(attempt.get_absolute_url()).text
    required = sum(Grading.objects.values_list("required", flat=True))
    assert score_of(page, "Clean or right") == ["9 of 9"]
    assert score_of(page, "Elements right") == [
        f"{required} of {required}",
        "in 9 answers; a percentage follows from 10 on",
    ]
    assert score_of(page, "Element accuracy") == []
    give(asked[9], practice.I_DO_NOT_KNOW, timezone.now())
    page = as_trainee.get(attempt.get_absolute_url()).text
    assert score_of(page, "Clean or right") == ["9 of 10", "90 %; likely between 60 and 98 %"]
    assert score_of(page, "Element accuracy") == ["90 %", "mean over 10 answers; likely between 60 and 98 %"]
    assert score_of(page, "Elements right") == []


@pytest.mark.parametrize("action", ["hint", "flag", "unknown", "skip", "add-line"])
def test_nothing_can_be_done_to_a_question_of_a_finished_set(
    as_trainee: Client, attempt: Attempt, claim_item: AttemptItem, action: str
) -> None:
    as_trainee.post(reverse("finish", args=[attempt.pk]))
    assert as_trainee.post(claim_item.get_absolute_url(), {"key": KEY, "action": action}).status_code == 409
    claim_item.refresh_from_db()
    assert (claim_item.hints, claim_item.flagged, claim_item.left_at) == (0, False, None)


def test_a_draft_after_the_end_of_a_set_is_late(as_trainee: Client, attempt: Attempt, claim_item: AttemptItem) -> None:
    as_trainee.post(reverse("finish", args=[attempt.pk]))
    said = as_trainee.post(reverse("draft", args=[attempt.pk, claim_item.position]), {"key": KEY, "line-0-code": "1"})
    assert (said.status_code, said.json()["late"]) == (409, True)


def test_of_a_finished_set_what_is_answered_has_its_feedback_and_what_is_not_can_only_be_read(
    as_trainee: Client, attempt: Attempt, claim_item: AttemptItem
) -> None:
    as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item))
    as_trainee.post(reverse("finish", args=[attempt.pk]))
    assert "Clean claim" in as_trainee.get(claim_item.get_absolute_url()).text
    left_open = attempt.items.exclude(pk=claim_item.pk).first()
    assert left_open is not None
    page = as_trainee.get(left_open.get_absolute_url()).text
    assert "This set is finished" in page
    assert "answer-form" not in page
    assert left_open.version.prompt["title"] in page
    assert f"Question {left_open.position}, not answered" in page
    attempt.refresh_from_db()
    assert attempt.next_url() == attempt.get_absolute_url()


def test_an_answer_that_is_overtaken_by_the_end_of_its_set_does_not_count(
    as_trainee: Client, attempt: Attempt, claim_item: AttemptItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = practice.grade_payload

    def slowly(*asked: Any) -> Any:
        practice.finish(attempt, timezone.now())
        return judge(*asked)

    monkeypatch.setattr(practice, "grade_payload", slowly)
    assert as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item)).status_code == 409
    assert claim_item.answers.get().state == Answer.State.LATE


def test_the_set_is_finished_with_its_last_answer(as_trainee: Client, attempt: Attempt) -> None:
    for item in attempt.items.all():
        attempt.refresh_from_db()
        assert attempt.finished_at is None
        as_trainee.post(item.get_absolute_url(), {"key": KEY, "action": "unknown"})
    attempt.refresh_from_db()
    assert attempt.finished_at is not None
    page = as_trainee.get(attempt.get_absolute_url())
    assert "0 of 10" in page.text
    assert "20983/missed-service" in page.text


def test_a_code_without_scenarios_says_so(as_trainee: Client, bone_code: Code) -> None:
    bone_code.scenarios.update(active=False)
    page = as_trainee.post(reverse("practise", args=["20983"]), follow=True)
    assert "There are no scenarios for 20983 yet" in page.text


def test_a_set_costs_the_same_queries_at_any_place(
    as_trainee: Client, attempt: Attempt, django_assert_max_num_queries: Any
) -> None:
    for item in (attempt.items.first(), attempt.items.last()):
        with django_assert_max_num_queries(8):
            as_trainee.get(item.get_absolute_url())  # type: ignore[union-attr]


@pytest.mark.parametrize("position", ["0", "11", "32767", "32768", "9" * 25])
def test_a_question_that_is_not_there_is_missing(as_trainee: Client, attempt: Attempt, position: str) -> None:
    url = attempt.items.all()[0].get_absolute_url().removesuffix("1/") + f"{position}/"
    assert as_trainee.get(url).status_code == 404


def test_what_the_rules_leave_open_is_listed_for_educators(
    as_trainee: Client, as_educator: Client, claim_item: AttemptItem
) -> None:
    as_trainee.post(claim_item.get_absolute_url(), right_form(claim_item) | {"line-0-modifiers": "ZZ"})
    assert Grading.objects.get().undecided == 1
    listed = as_educator.get(reverse("admin:quizzes_grading_changelist"), {"open": "yes"})
    assert "1 grading" in listed.text
    assert Grading.objects.get().is_clean
