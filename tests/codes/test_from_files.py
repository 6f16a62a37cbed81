"""Rules that follow from public files: what they say on pages, what becomes of claims, and when they are taken up."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from codes.library import library
from codes.lint import lint
from codes.models import Code, Edition
from codes.publish import build_document, content_of, newest_edition, publish, said_otherwise, take_up
from datasets import lookups, store
from datasets.models import Release
from quizzes.models import Scenario
from rulebook.case_format import read_encounter
from rulebook.derive import derive
from rulebook.grade import grade
from rulebook.types import Claim, ClaimLine, Encounter, Grade, Outcome, Service
from tests.codes import public_files as files

DAY = date(2026, 3, 2)
BEFORE = date(2024, 3, 1)
#: A drainage and a biopsy: nothing on their pages pairs them.
WHOLE, PART = "10060", "11102"
#: A code that has no page.
STRANGE = "36000"


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where loaded files lie, each test's own."""
    settings.DATASETS_DIR = str(tmp_path / "datasets")
    yield tmp_path
    store.close()


def service(code: str, **more: str) -> Service:
    """Something that a code reports."""
    facets = next(rule.params.facets for rule in library().rules if rule.code == code and rule.kind == "selection")
    return Service(facets={name: values[0] for name, values in facets.items()} | more)


def encounter(*services: Service, on: date = DAY, diagnoses: tuple[str, ...] = ()) -> Encounter:
    return Encounter(date_of_service=on, services=services, diagnoses=diagnoses)


def claims(of: Encounter) -> list[list[tuple[str, tuple[str, ...]]]]:
    """Code and modifiers of each line of each acceptable claim."""
    found = derive(of, library().on(of.date_of_service)).accepted
    return [[(line.code, line.modifiers) for line in one.claim.lines] for one in found]


def graded(of: Encounter, *lines: ClaimLine) -> Grade:
    return grade(Claim(lines=lines), of, library().on(of.date_of_service))


def taken_up(*numbers: str) -> None:
    for number in numbers:
        assert take_up(Code.objects.get(number=number), by=None, why="New files") is not None


def filed(number: str) -> list[dict[str, Any]]:
    """The rules from files of a page, as its newest edition has them."""
    edition = newest_edition(Code.objects.get(number=number))
    assert edition is not None
    rules: list[dict[str, Any]] = edition.document.get("from_files", [])
    return rules


def test_without_files_a_page_is_as_it_was(starter_library: None) -> None:
    assert "from_files" not in build_document(Code.objects.get(number=WHOLE))


# Edits ----------------------------------------------------------------------------------------


@pytest.fixture
def paired(starter_library: None, place: Path) -> None:
    """The biopsy is column 2 of the drainage since 2015, with indicator 1."""
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "*", "1")))
    taken_up(PART)


def test_an_edit_stands_on_the_page_of_column_2_with_its_file(paired: None) -> None:
    (rule,) = filed(PART)
    assert rule["kind"] == "ptp-edit"
    assert rule["params"] == {"column1": [WHOLE], "indicator": 1, "rationale": "More extensive procedure"}
    assert (rule["starts"], rule["ends"], rule["section"]) == ("2015-01-01", None, "billing")
    assert rule["source"] == "NCCI procedure-to-procedure edits, practitioner, 2026 Q1"
    assert "from_files" not in build_document(Code.objects.get(number=WHOLE))


def test_column_2_comes_off_without_a_reason(paired: None) -> None:
    case = encounter(service(WHOLE), service(PART))
    assert claims(case) == [[(WHOLE, ())]]
    result = graded(case, ClaimLine(code=PART), ClaimLine(code=WHOLE))
    (finding,) = [one for one in result.findings if one.kind == "ptp-edit"]
    assert (finding.outcome, finding.line, finding.code) == (Outcome.EXTRA, 1, PART)
    assert finding.cites is not None
    assert finding.cites.code == PART
    assert f"{PART} in column 2" in finding.why


def test_with_a_reason_both_stay_and_column_2_has_its_modifier(paired: None) -> None:
    case = encounter(service(WHOLE), service(PART, structure="separate"))
    wanted = [sorted([(WHOLE, ()), (PART, (modifier,))]) for modifier in ("XS", "59")]
    assert [sorted(claim) for claim in claims(case)] == wanted
    bare = graded(case, ClaimLine(code=WHOLE), ClaimLine(code=PART))
    assert [(one.kind, one.element) for one in bare.findings if one.outcome is Outcome.MISSING] == [
        ("ptp-edit", "modifier:XS")
    ]


def test_with_indicator_0_no_reason_helps(starter_library: None, place: Path) -> None:
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "*", "0")))
    taken_up(PART)
    assert claims(encounter(service(WHOLE), service(PART, structure="separate"))) == [[(WHOLE, ())]]


@pytest.mark.parametrize(
    ("starts", "ends", "indicator"),
    [("20150101", "20150101", "1"), ("20150101", "*", "9")],
    ids=["never in force", "no edit"],
)
def test_what_was_never_in_force_is_no_rule(
    starter_library: None, place: Path, starts: str, ends: str, indicator: str
) -> None:
    files.load_file(files.edits(place, (WHOLE, PART, starts, ends, indicator)))
    assert take_up(Code.objects.get(number=PART), by=None, why="New files") is None


def test_an_edit_holds_from_its_first_day_until_the_day_of_its_deletion(starter_library: None, place: Path) -> None:
    files.load_file(files.edits(place, (WHOLE, PART, "20200101", "20250331", "0")))
    taken_up(PART)
    for day, held in (
        (date(2019, 12, 31), False),
        (date(2020, 1, 1), True),
        (date(2025, 3, 31), True),
        (date(2025, 4, 1), False),
    ):
        lines = claims(encounter(service(WHOLE), service(PART), on=day))[0]
        assert (len(lines) == 1) is held, day


def test_what_is_no_code_is_in_no_file(place: Path, db: None) -> None:
    """A page may say anything; asking the files of it must not end in an error."""
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "*", "1")))
    release = Release.objects.get()
    assert lookups.edits_between(WHOLE, ["j1100", "ünit5", "1110²", ""], release) == []
    assert lookups.edits_among([WHOLE, "j1100"], date(2026, 1, 1)) == []


def test_the_pages_own_words_come_before_an_edit(starter_library: None, place: Path) -> None:
    """The page of the bone says that guidance is never reported beside it; the edit would let it, for a reason."""
    files.load_file(files.edits(place, ("20983", "77013", "20150101", "*", "1")))
    assert take_up(Code.objects.get(number="77013"), by=None, why="New files") is None


# What no page knows ---------------------------------------------------------------------------


def test_a_code_without_a_page_in_column_2_is_unbundling(starter_library: None, place: Path) -> None:
    case = encounter(service(WHOLE))
    lines = (ClaimLine(code=WHOLE), ClaimLine(code=STRANGE))
    assert [one.outcome for one in graded(case, *lines).findings if one.code == STRANGE] == [Outcome.UNCLEAR]
    files.load_file(files.edits(place, (WHOLE, STRANGE, "20150101", "*", "1")))
    (finding,) = [one for one in graded(case, *lines).findings if one.code == STRANGE]
    assert (finding.kind, finding.outcome, finding.category) == ("ptp-edit", Outcome.EXTRA, "unbundling")
    assert finding.cites is not None
    assert finding.cites.code == WHOLE


def test_an_answer_is_judged_by_the_pages_where_a_file_is_not_in_its_place(
    starter_library: None, place: Path, client: Client
) -> None:
    files.load_file(files.edits(place, (WHOLE, STRANGE, "20150101", "*", "1")))
    store.close()
    store.drop(Release.objects.get(kind="ptp").place)
    result = graded(encounter(service(WHOLE)), ClaimLine(code=WHOLE), ClaimLine(code=STRANGE))
    assert [one.outcome for one in result.findings if one.code == STRANGE] == [Outcome.UNCLEAR]
    told = client.get(reverse("code_data", args=[WHOLE]))
    assert told.status_code == 503
    assert "Retry-After" in told


def test_what_was_asked_before_is_not_asked_again(
    starter_library: None, place: Path, django_assert_num_queries: Any
) -> None:
    files.load_file(files.edits(place, (WHOLE, STRANGE, "20150101", "*", "1")))
    case, lines = encounter(service(WHOLE)), (ClaimLine(code=WHOLE), ClaimLine(code=STRANGE))
    book = library().on(DAY)
    first = grade(Claim(lines=lines), case, book)
    with django_assert_num_queries(0):
        assert grade(Claim(lines=lines), case, book) == first


def test_a_claim_that_pages_know_asks_the_files_nothing(paired: None, django_assert_num_queries: Any) -> None:
    case, book = encounter(service(WHOLE)), library().on(DAY)
    with django_assert_num_queries(0):
        assert grade(Claim(lines=(ClaimLine(code=WHOLE),)), case, book).clean


def test_an_incomplete_diagnosis_is_told_by_the_order_file(starter_library: None, place: Path) -> None:
    files.load_file(files.order(place, ("C795", "0", "Secondary malignant neoplasm of bone and bone marrow"),
                                ("C7951", "1", "Secondary malignant neoplasm of bone")))  # fmt: skip
    case = encounter(service("20983"), on=BEFORE, diagnoses=("C79.51",))
    heading, none = (graded(case, ClaimLine(code="20983", diagnoses=(code,))) for code in ("C79.5", "C79.59"))
    assert [one.kind for one in heading.findings if one.element == "diagnosis:C79.5"] == ["billable"]
    (finding,) = [one for one in none.findings if one.element == "diagnosis:C79.59"]
    assert finding.why == "ICD-10-CM has no code C79.59 on this date of service."


# Units, days, add-ons -------------------------------------------------------------------------


def test_units_beyond_the_value_are_told_from_the_quarter_on(starter_library: None, place: Path) -> None:
    files.load_file(files.most_units(place, ("19105", "2", "3"), quarter="2025q4"))
    files.load_file(files.most_units(place, ("19105", "4", "2"), quarter="2026q1"))
    taken_up("19105")
    told = {rule["slug"]: (rule["params"]["most"], rule["starts"], rule["ends"]) for rule in filed("19105")}
    assert told == {"mue-until-20251231": (2, "2025-10-01", "2025-12-31"), "mue": (4, "2026-01-01", None)}
    case = encounter(Service(facets=service("19105").facets, count=2))
    findings = graded(case, ClaimLine(code="19105", units=5)).findings
    assert "mue" in {one.kind for one in findings} or "units" in {one.kind for one in findings}


def test_what_the_note_leads_to_beyond_the_value_counts_for_nobody(starter_library: None, place: Path) -> None:
    files.load_file(files.most_units(place, ("19105", "2", "2")))
    taken_up("19105")
    case = encounter(Service(facets=service("19105").facets, count=3))
    result = graded(case, ClaimLine(code="19105", units=3))
    assert result.clean


def test_global_days_come_from_the_fee_schedule_where_the_page_has_none(starter_library: None, place: Path) -> None:
    files.load_file(files.values(place, ("77013", "010"), (WHOLE, "000")))
    taken_up("77013")
    (rule,) = filed("77013")
    assert (rule["kind"], rule["params"]["days"], rule["starts"]) == ("global-period", "010", "2026-01-01")
    assert rule["params"]["visits"] == {"procedure": ["office visit"]}
    assert take_up(Code.objects.get(number=WHOLE), by=None, why="It states its own") is None


@pytest.mark.parametrize(("kind", "complete"), [("1", True), ("2", False), ("3", False)])
def test_add_on_lists_are_closed_or_open(starter_library: None, place: Path, kind: str, complete: bool) -> None:
    files.load_file(files.add_ons(place, (kind, "77013", "47383")))
    taken_up("77013")
    (rule,) = filed("77013")
    assert rule["kind"] == "add-on"
    assert rule["params"].get("complete", True) is complete
    assert rule["params"]["primaries"] == ["47383"]


# Diagnoses ------------------------------------------------------------------------------------


def test_the_notes_of_a_code_and_of_those_above_it_become_rules(starter_library: None, place: Path) -> None:
    files.load_file(files.order(
        place, ("C79", "0", "Secondary malignant neoplasm of other and unspecified sites"),
        ("C795", "0", "Secondary malignant neoplasm of bone and bone marrow"),
        ("C7951", "1", "Secondary malignant neoplasm of bone"), ("C4011", "1", "Malignant neoplasm of right arm"),
        ("C4012", "1", "Malignant neoplasm of left arm"),
    ))  # fmt: skip
    files.load_file(files.tabular(
        place,
        "<diag><name>C79</name><desc>x</desc><codeFirst><note>the primary (C34.-)</note></codeFirst>"
        "<diag><name>C79.5</name><desc>x</desc></diag></diag>",
        "<diag><name>C40</name><desc>x</desc><useAdditionalCode><note>pain (G89.3)</note></useAdditionalCode></diag>",
    ))  # fmt: skip
    taken_up("20983")
    rules = {rule["slug"]: rule for rule in filed("20983")}
    assert rules["billable"]["params"]["headers"] == ["C79", "C79.5"]
    assert rules["laterality"]["params"]["sides"] == {"left": ["C40.12"], "right": ["C40.11"]}
    assert rules["code-first-c79"]["params"] == {"manifestations": ["C79", "C79.-"], "underlying": ["C34.-"]}
    assert rules["use-additional-c40"]["params"] == {"with": ["C40", "C40.-"], "add": ["G89.3"]}
    assert {rule["section"] for rule in rules.values()} == {"qualifying-circumstances"}


def test_seventh_characters_have_the_phases_of_the_vocabulary(starter_library: None, place: Path) -> None:
    files.load_file(files.tabular(
        place,
        '<diag><name>C79</name><desc>x</desc><sevenChrDef><extension char="A">initial encounter for x</extension>'
        '<extension char="D">subsequent encounter</extension><extension char="S">sequela</extension></sevenChrDef>'
        "<includes><note>x</note></includes></diag>",
    ))  # fmt: skip
    taken_up("20983")
    (rule,) = filed("20983")
    assert rule["params"] == {
        "below": ["C79.-"],
        "characters": {"active treatment": ["A"], "routine healing": ["D"], "sequela": ["S"]},
    }


# Doubts ---------------------------------------------------------------------------------------


def problems(number: str) -> list[tuple[str, str, str]]:
    """What lint says about a page and the files, as check, part and field."""
    found = lint(Code.objects.get(number=number))
    return [(one.check, one.part, one.field) for one in found if one.check.startswith("files-")]


def test_an_edit_that_allows_what_the_page_forbids_is_shown(starter_library: None, place: Path) -> None:
    assert problems("20983") == []
    files.load_file(files.edits(place, ("20983", "77013", "20150101", "*", "1")))
    ((check, part, field),) = problems("20983")
    assert (check, part.partition("/")[0], field) == ("files-disagree", "rules", "params.codes")


def test_an_edit_that_says_the_same_is_no_doubt(starter_library: None, place: Path) -> None:
    files.load_file(files.edits(place, ("20983", "77013", "20150101", "*", "0")))
    assert problems("20983") == []


def test_an_edit_with_the_other_column_2_is_shown(starter_library: None, place: Path) -> None:
    files.load_file(files.edits(place, ("77013", "20983", "20150101", "*", "0")))
    assert [check for check, _, _ in problems("20983")] == ["files-disagree"]


def test_other_days_other_units_and_another_list_are_shown(starter_library: None, place: Path) -> None:
    files.load_file(files.values(place, (WHOLE, "090")))
    files.load_file(files.most_units(place, ("19105", "1", "2")))
    files.load_file(files.add_ons(place, ("1", "77063", "99213")))
    assert [field for _, _, field in problems(WHOLE)] == ["params.days"]
    assert "params.counts" in [field for _, _, field in problems("19105")]
    assert "params.primaries" in [field for _, _, field in problems("77063")]


def test_diagnoses_that_cannot_be_billed_or_exclude_each_other_are_shown(bone_code: Code, place: Path) -> None:
    example = bone_code.example_set.exclude(encounter=None)[0]
    example.encounter |= {"date_of_service": "2024-03-01", "diagnoses": ["C79.51", "C40.11"]}
    example.save()
    files.load_file(files.order(place, ("C7951", "1", "x"), ("C4011", "0", "x"), year=2024))
    files.load_file(files.tabular(
        place, "<diag><name>C79</name><desc>x</desc><excludes1><note>x (C40.-)</note></excludes1></diag>", year=2024
    ))  # fmt: skip
    found = [(check, field) for check, part, field in problems("20983") if part == f"examples/{example.slug}"]
    assert sorted(found) == [
        ("files-disagree", "encounter.diagnoses"),
        ("files-undecided", "encounter.diagnoses"),
    ]


def of_claims(number: str) -> list[str]:
    """What the check says of pairs on the claims of a page's examples."""
    return [one.message for one in lint(Code.objects.get(number=number)) if one.message.startswith("Its claim has")]


def test_two_lines_of_an_examples_claim_that_no_modifier_lets_stand_are_shown(
    starter_library: None, place: Path
) -> None:
    files.load_file(files.edits(place, ("47383", "76940", "20150101", "*", "0")))
    told = of_claims("47383")
    assert told
    assert set(told) == {
        "Its claim has both 47383 and 76940. NCCI (2026 Q1) has 76940 in column 2 of 47383 and allows no modifier."
    }


def test_an_edit_of_other_days_or_without_effect_says_nothing_of_an_examples_claim(
    starter_library: None, place: Path
) -> None:
    ended = ("47383", "76940", "20100101", "20120101", "0")
    files.load_file(files.edits(place, ended, ("47383", "76940", "20150101", "*", "9")))
    assert of_claims("47383") == []


# The laws -------------------------------------------------------------------------------------


def test_whatever_files_say_derived_claims_stay_clean(starter_library: None, place: Path) -> None:
    """Edits between all codes of the library, values and days at random: every published scenario is still coherent."""
    chance, numbers = random.Random(7), sorted(library().codes)
    pairs = [(one, two) for one in numbers for two in numbers if one != two and chance.random() < 0.3]
    files.load_file(files.edits(place, *((one, two, "20100101", "*", chance.choice("01")) for one, two in pairs)))
    files.load_file(
        files.most_units(place, *((one, str(chance.randint(1, 3)), chance.choice("123")) for one in numbers))
    )
    files.load_file(files.values(place, *((one, chance.choice(("000", "010", "XXX"))) for one in numbers)))
    changed = [take_up(code, by=None, why="New files") for code in Code.objects.all()]
    assert sum(one is not None for one in changed) > len(numbers) // 2
    tried, spoke = 0, set()
    for row in Scenario.objects.live():
        case = replace(read_encounter(row.encounter), date_of_service=DAY)
        book = library().on(DAY)
        for accepted in derive(case, book).accepted:
            result = grade(accepted.claim, case, book)
            tried += 1
            assert result.clean, row
            spoke |= {one.rule.kind for one in accepted.bundled}
    assert tried > 100
    assert "ptp-edit" in spoke


# Taking up ------------------------------------------------------------------------------------


def test_loading_changes_no_page_before_it_is_taken_up(starter_library: None, place: Path) -> None:
    stamp = library().stamp
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "*", "1")))
    assert library().stamp == stamp
    assert len(claims(encounter(service(WHOLE), service(PART)))[0]) == 2
    code = Code.objects.get(number=PART)
    assert publish(code, by=None, why="Nothing was written") == newest_edition(code)


def test_a_new_quarter_that_says_the_same_changes_nothing(paired: None, place: Path) -> None:
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "*", "1"), quarter="2026q2"))
    assert take_up(Code.objects.get(number=PART), by=None, why="New files") is None


def test_old_stamps_keep_what_the_files_said_then(paired: None, place: Path) -> None:
    then = library().stamp
    files.load_file(files.edits(place, (WHOLE, PART, "20150101", "20250101", "1"), quarter="2026q2"))
    taken_up(PART)
    case = encounter(service(WHOLE), service(PART))
    assert len(claims(case)[0]) == 2
    assert len(derive(case, library(then).on(DAY)).accepted[0].claim.lines) == 1


def test_what_files_say_is_in_no_draft(paired: None) -> None:
    edition = newest_edition(Code.objects.get(number=PART))
    assert edition is not None
    assert "from_files" not in content_of(edition.document)
    assert not said_otherwise(edition.document, build_document(Code.objects.get(number=PART)))


def test_a_retired_page_takes_nothing_up(paired: None, place: Path) -> None:
    from codes.publish import retire

    code = Code.objects.get(number=PART)
    retired = retire(code, by=None, why="Gone")
    assert "from_files" not in retired.document
    assert take_up(code, by=None, why="New files") is None
    assert Edition.objects.filter(code=code).count() == 3
