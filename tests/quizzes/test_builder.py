"""The practice builder and every other way to start a set."""

import random
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp, library
from codes.models import Code
from quizzes import practice, sets
from quizzes.builder import LISTED, MOST
from quizzes.drawing import FIRST_CONTACT, Recipe
from quizzes.models import Attempt, AttemptItem, Exam, Grading, RuleMemory, Scenario
from quizzes.models.memory import Level
from quizzes.pools import Choice, Past, Source, pool
from quizzes.stakes import Stakes, table
from tests.conftest import signed_in
from tests.quizzes.learning import give, right, wrong

BUNDLED, UNITS = "20983/not-with", "20983/units"
PLAIN = Recipe(formats=("code-the-claim", "choose-the-code"), as_written=1.0)
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _today() -> None:
    """A run may last through midnight, and the pages go by the clock."""
    global NOW
    NOW = timezone.now()


@pytest.fixture
def known(bone_code: Code) -> Stakes:
    return table(current_stamp())


def key() -> str:
    return str(uuid.uuid4())


def remember_rule(person: User, rule: str, **values: Any) -> RuleMemory:
    """A rule in somebody's memory, as it is after one clean answer, unless said otherwise."""
    usual = {
        "kind": rule.partition("/")[2], "code": rule.partition("/")[0], "stability": 3.0, "difficulty": 5.0,
        "due": NOW + timedelta(days=9), "reviewed_at": NOW, "first_met": NOW, "level": Level.LEARNING,
    }  # fmt: skip
    return RuleMemory.objects.create(person=person, rule=rule, **{**usual, **values})


def items_of(attempt: Attempt) -> list[AttemptItem]:
    return list(attempt.items.select_related("attempt__exam", "attempt__person", "version__question"))


def scenarios_of(attempt: Attempt) -> set[int]:
    return set(attempt.items.scenarios())


def newest() -> Attempt:
    return Attempt.objects.latest("created_at")


def answered(person: User, code: Code, *, rightly: bool, seed: int = 1) -> AttemptItem:
    """The first question of a set with wrong options, answered."""
    attempt = practice.start(person, code, seed=seed, recipe=Recipe(formats=("choose-the-code",), as_written=1.0))
    item = items_of(attempt)[0]
    give(item, right(item) if rightly else wrong(item), NOW)
    return item


# The page ---------------------------------------------------------------------------------------


def test_the_builder_says_how_much_there_is(as_trainee: Client, known: Stakes) -> None:
    page = as_trainee.get(reverse("practice")).text
    said = f"<b>10 questions</b> will be drawn from <b>{len(known.pages)} scenarios</b>, none of which you have seen."
    assert said in page


def test_each_mode_says_what_it_means(as_trainee: Client, known: Stakes) -> None:
    page = as_trainee.get(reverse("practice")).text
    assert "Feedback after each question" in page
    assert "No hints" in page


def test_only_the_sources_that_have_something_are_offered(as_trainee: Client, trainee: User, known: Stakes) -> None:
    def offered() -> list[str]:
        return re.findall(r'name="source" value="([a-z]+)"', as_trainee.get(reverse("practice")).text)

    assert offered() == ["mixed", "unseen"]
    remember_rule(trainee, UNITS, due=NOW - timedelta(days=1))
    remember_rule(trainee, BUNDLED, lapses=2)
    item = items_of(practice.start(trainee, Code.objects.get(number="99213"), seed=1))[0]
    AttemptItem.objects.filter(pk=item.pk).update(flagged=True)
    give(item, practice.I_DO_NOT_KNOW, NOW)
    assert offered() == ["mixed", "due", "weak", "mistakes", "flagged", "unseen"]


def test_a_source_that_was_asked_for_is_shown_though_it_is_empty(as_trainee: Client, known: Stakes) -> None:
    page = as_trainee.get(reverse("practice"), {"source": "due"}).text
    assert 'value="due" checked' in page
    assert "Nothing fits these choices" in page


def test_what_nothing_fits_says_which_filter_to_loosen(as_trainee: Client, trainee: User, known: Stakes) -> None:
    remember_rule(trainee, UNITS, lapses=1)
    page = as_trainee.get(reverse("practice"), {"source": "weak", "codes": "99213", "kinds": "units"}).text
    ways = re.findall(r'<li><a href="/practice/\?([^"]+)">([^<]+)</a>: (\d+) scenario', page)
    assert [words for _, words, _ in ways] == ["From everything", "On all pages"]
    for query, _, scenarios in ways:
        loosened = as_trainee.get(reverse("practice") + "?" + query.replace("&amp;", "&")).text
        assert f"from <b>{scenarios} scenario" in loosened


def test_when_no_single_filter_helps_it_leads_back_to_everything(as_trainee: Client, known: Stakes) -> None:
    page = as_trainee.get(reverse("practice"), {"source": "due", "codes": "71046", "kinds": "sequencing"}).text
    assert "start again with all scenarios" in page


def test_a_page_is_found_by_its_number_or_a_word(as_trainee: Client, known: Stakes) -> None:
    for text in ("20983", "cryoablation OF bone"):
        page = as_trainee.get(reverse("practice"), {"find": text, "codes": "99213"}).text
        assert re.findall(r'name="codes" value="(\w+)"( checked)?', page) == [("20983", ""), ("99213", " checked")]


def test_of_many_pages_the_first_are_listed_and_the_others_can_be_found(
    as_trainee: Client, known: Stakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(set(known.pages.values())) <= LISTED
    monkeypatch.setattr("quizzes.builder.LISTED", 5)
    page = as_trainee.get(reverse("practice")).text
    assert page.count('name="codes"') == 5
    assert f"{len(set(known.pages.values())) - 5} more; type to find them." in page


def test_open_sets_come_first(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    old, new = (practice.start(trainee, bone_code, seed=seed) for seed in (1, 2))
    practice.finish(new, NOW)
    page = as_trainee.get(reverse("practice")).text
    assert page.index(old.get_absolute_url()) < page.index(new.get_absolute_url())


def test_the_page_costs_the_same_queries_however_much_was_done(
    as_trainee: Client, trainee: User, bone_code: Code
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert as_trainee.get(reverse("practice"), {"source": "mistakes"}).status_code == 200
        return len(asked)

    answered(trainee, bone_code, rightly=False)
    queries()
    few = queries()
    for seed in range(2, 6):
        answered(trainee, bone_code, rightly=False, seed=seed)
    remember_rule(trainee, "99213/selection", lapses=1)
    assert queries() == few <= 18


def test_the_token_and_the_key_are_in_no_address(as_trainee: Client, known: Stakes) -> None:
    form = {"csrfmiddlewaretoken": "secret-token", "key": key(), "action": "count", "codes": ["20983", "99213"]}
    answer = as_trainee.post(reverse("practice_start"), {**form, "find": "bone", "minutes": ""})
    assert answer.url == "/practice/?codes=20983&codes=99213&minutes=&find=bone#count"
    assert not Attempt.objects.exists()
    assert 'hx-params="not csrfmiddlewaretoken,key,action"' in as_trainee.get(reverse("practice")).text


# What is typed wrongly --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("number", "0", "Number of questions: enter a whole number from 1 to 50."),
        ("number", "51", "Number of questions"),
        ("number", "-1", "Number of questions"),
        ("number", "1e309", "Number of questions"),
        ("number", "٣", "Number of questions"),
        ("number", "", "Number of questions"),
        ("number", "9" * 400, "Number of questions"),
        ("minutes", "0", "Minutes: enter a whole number from 1 to 1440, or leave it empty for no limit."),
        ("minutes", "many", "Minutes"),
        ("mode", "cheat", "Mode: choose tutor or exam."),
        ("source", "secrets", "Source: choose one"),
        ("codes", "00000", "Pages: one of those"),
        ("codes", "2098\x003", "Pages: one of those"),
        ("kinds", "no-kind", "Kinds of rules: one of those"),
        ("formats", "no-format", "Formats: one of those"),
    ],
)
def test_bad_input_names_the_field_and_keeps_what_was_typed(
    as_trainee: Client, known: Stakes, field: str, value: str, said: str
) -> None:
    form = {"mode": "exam", "source": "mixed", "number": "7", "minutes": "33", "kinds": "units", "key": key()}
    page = as_trainee.post(reverse("practice_start"), form | {field: value})
    assert page.status_code == 422
    assert f'<a href="#{field}">{said}' in page.text
    assert 'value="units" checked' in page.text or field == "kinds"
    assert 'value="33"' in page.text or field == "minutes"
    assert not Attempt.objects.exists()


def test_the_count_of_a_bad_number_says_so(as_trainee: Client, known: Stakes) -> None:
    page = as_trainee.get(reverse("practice"), {"number": "99"}, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert f"whole number from 1 to {MOST}" in page.text.partition('id="count"')[2]


def test_choices_that_give_no_question_are_said(as_trainee: Client, known: Stakes) -> None:
    """A simple blood count has no note whose documentation could be asked for."""
    form = {"codes": "71046", "formats": "missing-in-the-note", "key": key()}
    page = as_trainee.post(reverse("practice_start"), form)
    assert page.status_code == 422
    assert "Nothing can be asked with these choices" in page.text
    assert not Attempt.objects.exists()


# Starting ---------------------------------------------------------------------------------------


def test_a_tutor_set_begins_with_its_first_question(as_trainee: Client, known: Stakes) -> None:
    answer = as_trainee.post(reverse("practice_start"), {"key": key(), "number": "6"})
    attempt = Attempt.objects.get()
    assert answer.url == reverse("question", args=[attempt.pk, 1])
    assert (attempt.mode, attempt.source, attempt.minutes, attempt.items.count()) == ("tutor", "mixed", None, 6)
    assert len({known.pages[pk] for pk in scenarios_of(attempt)}) == 6


def test_an_exam_begins_on_its_own_page_and_asks_nothing_as_a_page_tells_it(as_trainee: Client, known: Stakes) -> None:
    answer = as_trainee.post(reverse("practice_start"), {"key": key(), "mode": "exam", "codes": "20983"})
    attempt = Attempt.objects.get()
    assert answer.url == attempt.get_absolute_url()
    assert (attempt.mode, attempt.minutes, attempt.begun_at) == ("exam", 20, None)
    told = set(Scenario.objects.values_list("narrative", flat=True))
    assert not told & {item.version.prompt["narrative"] for item in items_of(attempt)}
    assert not known.written & set(attempt.items.values_list("version__case", flat=True))


@pytest.mark.parametrize(("sent", "kept"), [({}, 16), ({"minutes": "5"}, 5), ({"minutes": ""}, None)])
def test_two_minutes_a_question_unless_it_is_said(
    as_trainee: Client, known: Stakes, sent: dict[str, str], kept: int | None
) -> None:
    as_trainee.post(reverse("practice_start"), {"key": key(), "mode": "exam", "number": "8"} | sent)
    assert Attempt.objects.get().minutes == kept


@pytest.mark.parametrize("formats", [["minimal-pair"], ["audit-the-claim", "choose-the-code"]])
def test_only_the_chosen_formats_are_asked(as_trainee: Client, known: Stakes, formats: list[str]) -> None:
    as_trainee.post(reverse("practice_start"), {"key": key(), "formats": formats, "number": "6"})
    assert set(newest().items.values_list("version__question__format", flat=True)) == set(formats)


def test_chosen_kinds_are_at_stake_in_every_question(trainee: User, known: Stakes) -> None:
    choice = Choice(kinds=("units", "not-with"), number=8)
    found = pool(choice, Past.of(trainee, NOW), known)
    drawn = sets.drawn(choice, Past.of(trainee, NOW), found, known, random.Random(1), frozenset())
    assert len(drawn) == 8
    assert all({known.cards[rule].kind for rule in one.rules} & {"units", "not-with"} for one in drawn)


def test_fewer_questions_than_were_asked_for_is_said(
    as_trainee: Client, known: Stakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quizzes.asking.moved", lambda *_: None)
    form = {"key": key(), "codes": "77063", "kinds": "diagnosis", "number": "50"}
    page = as_trainee.post(reverse("practice_start"), form, follow=True)
    found = newest().items.count()
    assert 0 < found < 50
    assert f"Only {found} of 50 questions could be drawn" in page.text


START: dict[str, dict[str, Any]] = {
    "practice_start": {"number": "3"},
    "practise_rules": {"rule": UNITS},
    "practise_mixed": {},
    "repair": {"rule": BUNDLED},
    "practise": {},
    "variant": {},
}


@pytest.mark.parametrize("name", START)
def test_the_same_form_sent_again_starts_one_set(
    as_trainee: Client, trainee: User, known: Stakes, bone_code: Code, name: str
) -> None:
    item = answered(trainee, bone_code, rightly=False)
    arguments: dict[str, list[Any]] = {"practise": ["20983"], "variant": [item.attempt_id, item.position]}
    url, form = reverse(name, args=arguments.get(name, [])), START[name] | {"key": key()}
    addresses = {as_trainee.post(url, form).url for _ in range(3)}
    assert len(addresses) == 1
    assert Attempt.objects.count() == 2
    as_trainee.post(url, form | {"key": key()})
    assert Attempt.objects.count() == 3


def test_one_form_starts_a_set_on_each_of_several_pages(as_trainee: Client, known: Stakes) -> None:
    form = {"key": key()}
    for number in ("20983", "99213", "20983"):
        as_trainee.post(reverse("practise", args=[number]), form)
    assert sorted(Attempt.objects.values_list("code__number", flat=True)) == ["20983", "99213"]


@pytest.mark.parametrize("name", [*START, "exam_start", "review_start"])
def test_the_key_of_another_start_starts_nothing(
    as_trainee: Client, trainee: User, known: Stakes, bone_code: Code, name: str
) -> None:
    item, exam = answered(trainee, bone_code, rightly=False), Exam.objects.create(title="An exam", is_open=True)
    exam.parts.create(number=1, code=bone_code)
    remember_rule(trainee, UNITS, due=NOW - timedelta(days=2))
    of = {"practise": ["20983"], "variant": [item.attempt_id, item.position], "exam_start": [exam.pk]}
    taken = uuid.uuid4()
    # The form of several pages derives a key for each of them; whoever knows how cannot use that either.
    sent = uuid.uuid5(taken, "20983") if name == "practise" else taken
    as_trainee.post(reverse("practice_start"), {"number": "1", "key": str(sent)})
    before = set(Attempt.objects.all())
    answer = as_trainee.post(
        reverse(name, args=of.get(name, [])), START.get(name, {}) | {"key": str(taken)}, follow=True
    )
    assert set(Attempt.objects.all()) == before
    assert len(before) == 2
    assert "Nothing was started: this form has begun something else before" in answer.text
    assert answer.wsgi_request.path not in {one.get_absolute_url() for one in before}
    assert answer.status_code == (409 if name == "practice_start" else 200)


def test_each_form_of_a_page_has_a_key_of_its_own(
    as_trainee: Client, trainee: User, known: Stakes, bone_code: Code
) -> None:
    item = answered(trainee, bone_code, rightly=False)
    answered(trainee, bone_code, rightly=False, seed=2)
    for address in (item.get_absolute_url(), item.attempt.get_absolute_url(), reverse("practice")):
        keys = re.findall(r'name="key" value="([^"]+)"', as_trainee.get(address).text)
        assert len(keys) == len(set(keys)) > 1, address


# Sources ----------------------------------------------------------------------------------------


@pytest.fixture
def busy(trainee: User, bone_code: Code, known: Stakes) -> User:
    """Somebody with weak and due rules, a mistake, a mistake made good, and something flagged."""
    remember_rule(trainee, "99213/selection", lapses=2)
    remember_rule(trainee, "71046/units", lapses=3, level=Level.STEADY)
    remember_rule(trainee, "96372/units", due=NOW - timedelta(days=2))
    remember_rule(trainee, "50593/not-with", due=NOW + timedelta(days=2))
    first, second, third, *_ = items_of(practice.start(trainee, bone_code, seed=1, recipe=PLAIN))
    give(first, practice.I_DO_NOT_KNOW, NOW)
    give(second, right(second), NOW)
    AttemptItem.objects.filter(pk=third.pk).update(flagged=True)
    return trainee


def expected(source: str, busy: User, known: Stakes) -> set[int]:
    mine = AttemptItem.objects.filter(attempt__person=busy).order_by("pk").values_list("version__question__scenario")
    had = [pk for (pk,) in mine]
    return {
        Source.MIXED: set(known.pages),
        Source.WEAK: {pk for rule in Past.of(busy, NOW).weak for pk in known.where(rule)},
        Source.DUE: set(known.scenarios["96372/units"]),
        Source.MISTAKES: {had[0]},
        Source.FLAGGED: {had[2]},
        Source.UNSEEN: set(known.pages) - set(had),
    }[Source(source)]


SOURCES = [Source.MIXED, Source.WEAK, Source.DUE, Source.MISTAKES, Source.FLAGGED, Source.UNSEEN]


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_draws_from_what_it_says_and_what_was_counted(busy: User, known: Stakes, source: Source) -> None:
    client = signed_in(busy)
    said = client.get(reverse("practice"), {"source": source, "number": "4"}).text
    counted = re.search(r"drawn from <b>(\d+) scenario", said)
    wanted = expected(source, busy, known)
    assert counted is not None
    assert int(counted[1]) == len(wanted)
    client.post(reverse("practice_start"), {"source": source, "number": "4", "key": key()})
    attempt = newest()
    assert attempt.source == source
    assert attempt.items.count() == 4
    assert scenarios_of(attempt) <= wanted


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("filters", [{"codes": ("20983",)}, {"kinds": ("units", "selection")}], ids=["codes", "kinds"])
def test_filters_narrow_what_is_counted_and_drawn(
    busy: User, known: Stakes, source: Source, filters: dict[str, tuple[str, ...]]
) -> None:
    past, choice = Past.of(busy, NOW), Choice(source=source, number=5, **filters)  # type: ignore[arg-type]
    wide, found = pool(Choice(source=source), past, known), pool(choice, past, known)
    assert found.scenarios <= wide.scenarios
    assert all(known.pages[pk] in choice.codes for pk in found.scenarios if choice.codes)
    assert found.unseen == len(found.scenarios - past.seen)
    drawn = sets.drawn(choice, past, found, known, random.Random(1), frozenset())
    assert {one.scenario.pk for one in drawn} <= found.scenarios
    assert bool(drawn) == bool(found.scenarios)


def test_weak_are_rules_broken_and_not_kept_three_times_since(busy: User) -> None:
    assert "99213/selection" in Past.of(busy, NOW).weak
    assert "71046/units" not in Past.of(busy, NOW).weak


def test_a_weak_rule_is_at_stake_in_what_is_drawn_for_it(busy: User, known: Stakes) -> None:
    past, choice = Past.of(busy, NOW), Choice(source=Source.WEAK, number=6)
    drawn = sets.drawn(choice, past, pool(choice, past, known), known, random.Random(1), frozenset())
    assert all(one.rules & set(past.weak) for one in drawn)


def test_a_mistake_made_good_is_none_any_more(trainee: User, bone_code: Code, known: Stakes) -> None:
    item = answered(trainee, bone_code, rightly=False)
    mine = AttemptItem.objects.of(trainee)
    assert list(mine.mistakes()) == [item]
    attempt = sets.variant_of(item, Grading.objects.get(), seed=1)
    fresh = items_of(attempt)[0]
    assert list(mine.mistakes()) == [item]
    give(fresh, right(fresh), NOW + timedelta(hours=1))
    assert not mine.mistakes().exists()


def test_the_newest_grading_says_whether_it_was_a_mistake(trainee: User, bone_code: Code) -> None:
    item = answered(trainee, bone_code, rightly=False)
    grading = Grading.objects.get()
    graded, claim = practice.grade_payload(item.version, right(item))
    practice.record(grading.answer, graded, claim, grading.stamp)
    assert not AttemptItem.objects.of(trainee).mistakes().exists()


def test_what_an_exam_does_not_show_yet_is_in_no_source(trainee: User, bone_code: Code, educator: User) -> None:
    exam = Exam.objects.create(title="Bones", is_open=True, author=educator, release=Exam.Release.BY_AUTHOR)
    item = answered(trainee, bone_code, rightly=False)
    AttemptItem.objects.update(flagged=True)
    Attempt.objects.update(mode=Attempt.Mode.EXAM, exam=exam, finished_at=NOW)
    past = Past.of(trainee, NOW)
    assert (past.mistakes, past.flagged) == ({}, frozenset())
    Exam.objects.update(released_at=NOW)
    assert list(AttemptItem.objects.of(trainee).mistakes()) == [item]


def test_a_teammates_mistakes_are_nobody_elses(trainee: User, teammate: User, bone_code: Code) -> None:
    answered(teammate, bone_code, rightly=False)
    assert Past.of(trainee, NOW).mistakes == {}


# Rules, a mixture, repair -----------------------------------------------------------------------


def test_rules_are_practised_by_turns(as_trainee: Client, trainee: User, known: Stakes) -> None:
    for rule in (UNITS, BUNDLED):
        remember_rule(trainee, rule)
    as_trainee.post(reverse("practise_rules"), {"rule": [UNITS, BUNDLED, "20983/no-such"], "key": key()})
    attempt = newest()
    assert (attempt.source, attempt.rules, attempt.items.count()) == ("rules", [UNITS, BUNDLED], 5)
    assert attempt.title == "2 rules of 20983"
    as_trainee.post(reverse("practise_rules"), {"rule": UNITS, "size": "3", "key": key()})
    assert newest().items.count() == 3
    assert newest().title == "20983: Units"


@pytest.mark.parametrize("size", ["0", "51", "x", "-3", "٣"])
def test_an_odd_size_is_five(as_trainee: Client, known: Stakes, size: str) -> None:
    as_trainee.post(reverse("practise_rules"), {"rule": UNITS, "size": size, "key": key()})
    assert newest().items.count() == 5


def test_rules_that_cannot_be_asked_lead_back_with_a_word(as_trainee: Client, known: Stakes) -> None:
    for form in ({"rule": "20983/no-such"}, {}, {"rule": "\x00"}):
        page = as_trainee.post(reverse("practise_rules"), form | {"key": key()}, follow=True)
        assert "There is no question of this kind" in page.text
    assert not Attempt.objects.exists()


def test_a_mixed_set_has_weak_rules_and_new_scenarios(as_trainee: Client, trainee: User, known: Stakes) -> None:
    practice.start(trainee, Code.objects.get(number="20983"), seed=1, recipe=PLAIN)
    remember_rule(trainee, "99213/selection", lapses=4)
    as_trainee.post(reverse("practise_mixed"), {"key": key()})
    attempt = newest()
    had = Past.of(trainee, NOW)
    assert (attempt.source, attempt.items.count()) == ("mixed", 10)
    numbers = [known.pages[pk] for pk in scenarios_of(attempt)]
    assert "99213" in numbers
    assert len(set(numbers)) >= 9
    assert scenarios_of(attempt) <= had.seen


def test_five_minutes_are_a_worked_example_a_minimal_pair_and_two_variants(as_trainee: Client, known: Stakes) -> None:
    as_trainee.post(reverse("repair"), {"rule": BUNDLED, "key": key()})
    attempt = newest()
    formats = list(attempt.items.values_list("version__question__format", flat=True))
    assert formats == ["worked-example", "minimal-pair", "code-the-claim", "code-the-claim"]
    assert (attempt.source, attempt.rules) == ("remediation", [BUNDLED])
    worked, pair, *variants = items_of(attempt)
    assert {worked.version.key["rule"], pair.version.key["rule"]} == {BUNDLED}
    assert all(item.version.key.get("variant") for item in (worked, pair, *variants))


def test_documentation_is_repaired_with_what_is_missing_in_the_note(trainee: User, known: Stakes) -> None:
    attempt = sets.repair(trainee, "20983/documentation", seed=1)
    formats = list(attempt.items.values_list("version__question__format", flat=True))
    assert formats.count("missing-in-the-note") >= 2


def test_an_unknown_rule_is_missing(as_trainee: Client, known: Stakes) -> None:
    for rule in ("20983/no-such", "", "\x00"):
        assert as_trainee.post(reverse("repair"), {"rule": rule, "key": key()}).status_code == 404


# A variant --------------------------------------------------------------------------------------


def test_a_variant_is_fresh_on_the_same_scenario_in_the_same_format(
    as_trainee: Client, trainee: User, bone_code: Code
) -> None:
    item = answered(trainee, bone_code, rightly=False)
    broken = sets.broken_rules(Grading.objects.get())[0]
    for _ in range(3):
        answer = as_trainee.post(reverse("variant", args=[item.attempt_id, item.position]), {"key": key()})
        attempt = newest()
        assert answer.url == reverse("question", args=[attempt.pk, 1])
        (fresh,) = items_of(attempt)
        assert fresh.version.question == item.version.question
        assert (attempt.source, attempt.rules) == ("variant", [broken])
        assert broken in {*fresh.version.key["rules"], *rules_kept(fresh)}
    cases = list(AttemptItem.objects.values_list("version__case", flat=True))
    assert len(cases) == len(set(cases))


def rules_kept(item: AttemptItem) -> set[str]:
    """The rules that the right answer to a question keeps."""
    graded, _ = practice.grade_payload(item.version, right(item))
    return {finding.rule for finding in graded.findings}


def test_a_variant_of_a_right_answer_turns_on_what_it_turned_on(trainee: User, bone_code: Code) -> None:
    attempt = practice.start(trainee, bone_code, seed=1, recipe=Recipe(formats=("code-the-claim",), as_written=0))
    item = items_of(attempt)[0]
    grading = give(item, right(item), NOW)
    assert sets.variant_of(item, grading, seed=1).rules == [item.version.key["variant"]["rule"]]


def test_there_is_no_variant_before_the_answer(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    assert as_trainee.post(reverse("variant", args=[attempt.pk, 1]), {"key": key()}).status_code == 404
    assert Attempt.objects.count() == 1


def test_a_teammate_gets_no_variant_of_mine(trainee: User, teammate: User, bone_code: Code) -> None:
    item = answered(trainee, bone_code, rightly=False)
    url = reverse("variant", args=[item.attempt_id, item.position])
    missing = reverse("variant", args=[uuid.uuid4(), item.position])
    assert signed_in(teammate).post(url, {"key": key()}).status_code == 404
    assert signed_in(teammate).post(missing, {"key": key()}).status_code == 404
    assert Attempt.objects.count() == 1


def test_an_exam_gives_no_variant_before_its_results(
    as_trainee: Client, trainee: User, bone_code: Code, educator: User
) -> None:
    exam = Exam.objects.create(title="Bones", is_open=True, author=educator, release=Exam.Release.BY_AUTHOR)
    item = answered(trainee, bone_code, rightly=False)
    url = reverse("variant", args=[item.attempt_id, item.position])
    Attempt.objects.update(mode=Attempt.Mode.EXAM, exam=exam, begun_at=NOW, finished_at=NOW)
    assert as_trainee.post(url, {"key": key()}).status_code == 404
    Exam.objects.update(released_at=NOW)
    assert as_trainee.post(url, {"key": key()}).status_code == 302


def test_a_scenario_that_was_taken_away_gives_no_variant_but_a_word(
    as_trainee: Client, trainee: User, bone_code: Code
) -> None:
    item = answered(trainee, bone_code, rightly=False)
    Scenario.objects.update(active=False)
    page = as_trainee.post(reverse("variant", args=[item.attempt_id, item.position]), {"key": key()}, follow=True)
    assert "There is no question of this kind" in page.text
    assert page.request["PATH_INFO"] == item.get_absolute_url()


# First contact ----------------------------------------------------------------------------------


def formats_in(attempt: Attempt) -> list[str]:
    return list(attempt.items.values_list("version__question__format", flat=True))


def test_a_newcomer_begins_a_page_with_one_of_its_rules(trainee: User, bone_code: Code, known: Stakes) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    assert tuple(formats_in(attempt)[:3]) == FIRST_CONTACT
    assert attempt.items.count() == 10


def test_who_knows_the_rules_gets_the_mixed_rhythm(trainee: User, bone_code: Code, known: Stakes) -> None:
    for rule in {rule.id for rule in library().rules if rule.code == "20983"}:
        remember_rule(trainee, rule)
    assert "worked-example" not in formats_in(practice.start(trainee, bone_code, seed=1))


@pytest.mark.parametrize("filters", [{"codes": "20983"}, {"kinds": "not-with"}], ids=["page", "kind"])
def test_a_built_set_on_one_page_or_kind_begins_so_too(
    as_trainee: Client, known: Stakes, filters: dict[str, str]
) -> None:
    as_trainee.post(reverse("practice_start"), {"key": key()} | filters)
    assert formats_in(newest())[0] == "worked-example"
    as_trainee.post(reverse("practice_start"), {"key": key(), "mode": "exam"} | filters)
    assert "worked-example" not in formats_in(newest())


def test_a_mixture_of_pages_begins_with_no_rule_in_particular(as_trainee: Client, known: Stakes) -> None:
    as_trainee.post(reverse("practice_start"), {"key": key()})
    assert "worked-example" not in formats_in(newest())


# On the reference page --------------------------------------------------------------------------


def test_a_section_with_rules_can_be_practised(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    page = as_trainee.get(bone_code.get_absolute_url()).text
    billing = page.partition('<section id="billing"')[2].partition("</section>")[0]
    rules = re.findall(r'name="rule" value="([^"]+)"', billing)
    assert "Practise this section (5)" in billing
    assert BUNDLED in rules
    token = re.search(r'name="key" value="([^"]+)"', billing)
    assert token is not None
    as_trainee.post(reverse("practise_rules"), {"rule": rules, "key": token[1]})
    assert newest().rules == rules
    assert str(newest().start_key) == token[1]


def test_a_section_without_rules_cannot(as_trainee: Client, bone_code: Code) -> None:
    page = as_trainee.get(bone_code.get_absolute_url()).text
    similar = page.partition('<section id="similar-codes"')[2].partition("</section>")[0]
    assert "<h2" in similar
    assert "Practise this section" not in similar


def test_every_rule_of_a_section_to_practise_can_be_asked(known: Stakes, as_trainee: Client) -> None:
    for number in sorted(set(known.pages.values())):
        page = as_trainee.get(reverse("code_page", args=[number])).text
        assert set(re.findall(r'name="rule" value="([^"]+)"', page)) <= known.scenarios.keys()


def test_a_site_without_pages_says_one_thing(no_library: None, as_trainee: Client) -> None:
    page = as_trainee.get(reverse("practice"), {"find": "bone"}).text
    assert "There is nothing to practise yet" in page
    for other in ("No page has", "Nothing fits", "to blame", "Loosen", "Start</button>"):
        assert other not in page
