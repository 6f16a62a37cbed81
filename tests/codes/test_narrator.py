"""Notes told from facts: whole, in English, the same for the same seed."""

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from codes.library import library
from codes.models import Phrase
from codes.narrative import marked_paths, plain, sentences
from codes.narrator import Telling, tell
from codes.phrasebook import Phrasebook, book_of, load_phrasebook, phrasebook, starter_rows
from quizzes.models import Scenario
from rulebook import Encounter
from rulebook.case_format import read_encounter
from rulebook.facts import facts_of
from rulebook.types import Rule
from rulebook.variants import variants

ABLATION = {"procedure": "ablation", "site": "bone", "technique": "cryoablation", "approach": "percutaneous"}
CT = {"procedure": "imaging guidance", "modality": "CT", "for": "ablation"}


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return book_of(starter_rows())


def case(*services: dict[str, Any], **facts: Any) -> Encounter:
    whole = {"date_of_service": "2024-03-01", "patient": {"age": 61, "sex": "F"}, "place_of_service": "22"}
    return read_encounter({**whole, "services": services, **facts})


def told(encounter: Encounter, book: Phrasebook, seed: int = 1) -> str:
    telling = tell(encounter, book, seed)
    assert telling is not None
    return plain(telling.narrative)


def stated(telling: Telling, encounter: Encounter) -> frozenset[str]:
    return marked_paths(telling.narrative, encounter)


def test_every_fact_is_marked(book: Phrasebook) -> None:
    encounter = case({**ABLATION, "count": 3}, CT, diagnoses=["C79.51", "C64.2"])
    telling = tell(encounter, book, 1)
    assert telling is not None
    assert stated(telling, encounter) >= set(facts_of(encounter)) - {"patient.sex", "services.1.count"}


def test_what_is_not_documented_is_not_told(book: Phrasebook) -> None:
    shown = ["diagnosis", "procedure-details", "date", "tumor-details", "probe-position", "progress", "signature"]
    for seed in range(30):
        with_times = told(case(ABLATION, diagnoses=["C79.51"], documented=[*shown, "times"]), book, seed)
        without = told(case(ABLATION, diagnoses=["C79.51"], documented=shown), book, seed)
        assert re.search(r"\d:\d\d [ap]\.m\.", with_times)
        assert not re.search(r"\d:\d\d|[ap]\.m\.", without)


def test_sizes_are_not_told_when_the_note_lacks_them(book: Phrasebook) -> None:
    shown = ["diagnosis", "procedure-details", "date", "times", "probe-position", "progress", "signature"]
    for seed in range(30):
        assert " cm" not in told(case(ABLATION, diagnoses=["C79.51"], documented=shown), book, seed)


def test_a_fact_without_words_cannot_be_told(book: Phrasebook) -> None:
    assert tell(case({**ABLATION, "site": "liver", "extension": "adjacent soft tissue"}), book, 1) is None


def test_guidance_of_nothing_is_not_told(book: Phrasebook) -> None:
    assert tell(case(CT), book, 1) is None


def test_a_procedure_without_phrases_is_listed(book: Phrasebook) -> None:
    text = told(case({"procedure": "antler polishing", "site": "antler", "count": 2}), book)
    assert "Recorded: procedure antler polishing; site antler; number 2." in text


def test_the_phrase_of_the_guide_tells_its_procedure(book: Phrasebook) -> None:
    guide = (Path(settings.BASE_DIR) / "docs" / "first-page.md").read_text(encoding="utf-8")
    when, text = re.findall(r"when `(\{.*\})`, and\n   the text\n\n   ```\n   (.*)\n", guide)[0]
    own = {"part": "work", "when": json.loads(when), "beside": {}, "text": text}
    tests = case({"procedure": "glucose test", "count": 4})
    assert "Recorded: procedure glucose test; number 4." in told(tests, book)
    assert "measured four times" in told(tests, book_of([*starter_rows(), own]))


def test_times_end_after_they_begin(book: Phrasebook) -> None:
    for seed in range(60):
        text = told(case(ABLATION, documented=["date", "times", "procedure-details", "tumor-details"]), book, seed)
        start, end = (minutes(*found) for found in re.findall(r"(\d+):(\d\d) ([ap])", text))
        assert start < end


def minutes(hour: str, minute: str, half: str) -> int:
    return (int(hour) % 12 + (12 if half == "p" else 0)) * 60 + int(minute)


@pytest.mark.parametrize(("age", "sex", "words"), [(8, "M", "an 8-year-old boy"), (84, "F", "an 84-year-old woman")])
def test_articles_and_people_agree(book: Phrasebook, age: int, sex: str, words: str) -> None:
    texts = [told(case(ABLATION, patient={"age": age, "sex": sex}), book, seed) for seed in range(20)]
    assert any(words in text or words.replace("an", "An", 1) in text for text in texts)
    assert not any(re.search(rf"\b[Aa] {age}-year", text) for text in texts)


def test_as_many_tumors_are_named_as_are_counted(book: Phrasebook) -> None:
    for count in range(2, 7):
        for diagnosis in ("C79.51", "D16.31"):
            text = told(case({**ABLATION, "count": count}, diagnoses=[diagnosis]), book)
            assert text.count(" cm ") == count


VISIT = {"procedure": "office visit", "status": "established patient", "decision-making": "low complexity"}
BIOPSY = {"procedure": "skin biopsy", "technique": "tangential"}
INJECTION = {"procedure": "drug injection", "route": "intramuscular"}
SUPPLY = {"procedure": "drug supply", "drug": "dexamethasone"}


def office(*services: dict[str, Any], **facts: Any) -> Encounter:
    return case(*services, **{"place_of_service": "11", **facts})


def test_complaint_and_advice_of_a_visit_belong_together(book: Phrasebook) -> None:
    texts = [told(office(VISIT), book, seed) for seed in range(60)]
    coughs = [text for text in texts if "cough" in text]
    assert coughs
    assert all(re.search("[Hh]oney|fever", text) and "knee" not in text for text in coughs)


def test_a_visit_with_diabetes_is_about_sugar(book: Phrasebook) -> None:
    for seed in range(20):
        assert re.search("sugar|readings|A1c|feet", told(office(VISIT, diagnoses=["E11.9"]), book, seed))


def test_the_visit_is_told_before_the_biopsy(book: Phrasebook) -> None:
    visit = {**VISIT, "visit": "significant"}
    for services in ((BIOPSY, visit), (visit, BIOPSY)):
        text = told(office(*services), book)
        assert text.index("decision making") < re.search("skin biopsy|biopsy of the skin", text).start()  # type: ignore[union-attr]


def test_a_visit_that_was_part_of_the_biopsy_has_no_complaint_of_its_own(book: Phrasebook) -> None:
    for seed in range(30):
        text = told(office({**VISIT, "visit": "routine"}, BIOPSY), book, seed)
        assert not re.search("knee|cough|sneez|shoulder had|pressure", text)


def test_a_sentence_whose_slot_has_no_word_is_not_said(book: Phrasebook) -> None:
    rows = [*starter_rows(), {"part": "reason", "when": {"procedure": "ablation"}, "beside": {}, "text": "A {gnome}."}]
    texts = [told(case(ABLATION), book_of(rows), seed) for seed in range(20)]
    assert not any("gnome" in text for text in texts)


def test_a_part_of_nothing_is_not_told(book: Phrasebook) -> None:
    assert tell(office({**VISIT, "visit": "routine"}), book, 1) is None


@pytest.mark.parametrize("drug", ["dexamethasone", "triamcinolone acetonide"])
@pytest.mark.parametrize("milligrams", [2, 3, 4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60, 80])
def test_a_dose_can_be_counted_in_milligrams(book: Phrasebook, drug: str, milligrams: int) -> None:
    for seed in range(12):
        text = told(office(INJECTION, {**SUPPLY, "drug": drug, "count": milligrams}), book, seed)
        assert drug in text
        assert dose(text) == milligrams


def dose(text: str) -> float:
    """The milligrams of a note, from the milliliters where it gives those."""
    amounts = {
        "two and a half": 2.5, "one and a half": 1.5, "half a milliliter": 0.5,
        "one milliliter": 1, "two milliliters": 2, "three milliliters": 3,
    }  # fmt: skip
    milliliters = next((number for words, number in amounts.items() if words in text.lower()), None)
    strength = re.search(r"at (\d+) mg per milliliter", text)
    if milliliters is not None and strength:
        return milliliters * int(strength[1])
    plain_dose = re.search(r"(\d+) mg of ", text)
    assert plain_dose is not None, text
    return int(plain_dose[1])


def test_a_drug_of_which_no_supply_is_told_came_from_elsewhere(book: Phrasebook) -> None:
    for seed in range(20):
        assert "pharmacy" in told(office(INJECTION), book, seed) or "brought along" in told(
            office(INJECTION), book, seed
        )
        assert "pharmacy" not in told(office(INJECTION, SUPPLY), book, seed)


def test_the_first_hour_is_no_longer_than_an_hour(book: Phrasebook) -> None:
    infusion = {"procedure": "chemotherapy infusion", "duration": "first hour"}
    for seed in range(40):
        text = told(office(infusion), book, seed)
        start, end = (minutes(*found) for found in re.findall(r"(\d+):(\d\d) ([ap])", text))
        assert 15 < end - start <= 60


def test_each_lesion_has_its_own_place(book: Phrasebook) -> None:
    for seed in range(20):
        text = told(office({**BIOPSY, "count": 4}), book, seed)
        assert len(set(re.findall(r" mm ([^,.]+?)(?:,| and |\.)", text))) == 4


def test_a_condition_can_shut_values_out(book: Phrasebook) -> None:
    row = {
        "part": "closing",
        "when": {"others": ["not skin biopsy", "not blood count"]},
        "beside": {},
        "text": "Alone.",
    }
    own = book_of([*starter_rows(), row])
    alone = [told(office(VISIT), own, seed) for seed in range(40)]
    beside = [told(office({**VISIT, "visit": "significant"}, BIOPSY), own, seed) for seed in range(40)]
    assert any("Alone." in text for text in alone)
    assert not any("Alone." in text for text in beside)


def test_a_diagnosis_anywhere_in_the_list_can_give_the_theme(book: Phrasebook) -> None:
    visit = {**VISIT, "visit": "significant"}
    drainage = {"procedure": "abscess drainage", "drainage": "simple or single"}
    for seed in range(20):
        assert " back" in told(office(drainage, visit, diagnoses=["L02.31", "M54.50"]), book, seed)


def test_what_was_done_under_fluoroscopy_was_not_done_without_imaging(book: Phrasebook) -> None:
    injection = {"procedure": "joint injection", "joint": "hip", "guidance": "without ultrasound", "laterality": "left"}
    image = {"procedure": "imaging guidance", "modality": "fluoroscopy", "for": "needle placement"}
    for seed in range(30):
        text = told(office(injection, image), book, seed)
        assert "luoroscopy" in text
        assert not re.search("by touch|any imaging|fingers|landmarks|could be felt", text)


def test_an_injection_beside_an_operation_is_told_after_it(book: Phrasebook) -> None:
    injection = {"procedure": "joint injection", "joint": "shoulder", "guidance": "without ultrasound"}
    operation = {"procedure": "meniscectomy", "approach": "arthroscopic", "meniscus": "medial meniscus"}
    services = ({**injection, "laterality": "left", "structure": "separate"}, {**operation, "laterality": "left"})
    for seed in range(20):
        text = told(case(*services, place_of_service="24"), book, seed)
        assert text.index("meniscus") < text.index("shoulder")


def test_a_visit_after_a_procedure_does_not_say_that_nobody_was_seen_for_months(book: Phrasebook) -> None:
    earlier = [{"code": "10060", "date": "2024-02-20"}]
    for seed in range(30):
        text = told(office({**VISIT, "relation": "unrelated"}, earlier=earlier), book, seed)
        assert not re.search(r"months ago|knee", text)


def test_an_operation_that_was_broken_off_has_no_end(book: Phrasebook) -> None:
    operation = {"procedure": "meniscectomy", "approach": "arthroscopic", "meniscus": "medial meniscus"}
    for seed in range(20):
        text = told(case({**operation, "laterality": "left", "completion": "discontinued"}), book, seed)
        assert not re.search("stable|firm tissue|smoothed|dealt with", text)


def test_a_diagnosis_that_only_men_have_is_not_told_of_a_woman(book: Phrasebook) -> None:
    infusion = {"procedure": "chemotherapy infusion", "duration": "first hour"}
    told_of = {sex: tell(office(infusion, diagnoses=["C61"], patient={"age": 61, "sex": sex}), book, 1) for sex in "FM"}
    assert told_of["F"] is None
    assert told_of["M"] is not None


def test_a_fibroadenoma_is_not_told_of_a_man(book: Phrasebook) -> None:
    breast = {**ABLATION, "site": "breast"}
    assert tell(case(breast), book, 1) is not None
    assert tell(case(breast, patient={"age": 61, "sex": "M"}), book, 1) is None


def test_both_sides_are_named(book: Phrasebook) -> None:
    both = {**ABLATION, "site": "lung", "laterality": "bilateral"}
    for count in (1, 3):
        text = told(case({**both, "count": count}), book)
        assert re.search("left", text)
        assert re.search("right", text)


def test_an_earlier_procedure_is_told_in_words_with_its_date(book: Phrasebook) -> None:
    earlier = [{"code": "29881", "date": "2024-02-20"}, {"code": "11102", "date": "2024-02-28"}]
    encounter = office(VISIT, earlier=earlier)
    for seed in range(10):
        telling = tell(encounter, book, seed)
        assert telling is not None
        assert stated(telling, encounter) >= {"earlier.0", "earlier.1"}
        assert re.search("removal of part of a meniscus on February 20, 2024", plain(telling.narrative))
        assert "29881" not in telling.narrative


def test_what_a_note_does_not_show_was_booked_or_referred(book: Phrasebook) -> None:
    shown = ["times", "tumor-details", "probe-position", "progress", "signature"]
    for seed in range(20):
        text = told(case(ABLATION, diagnoses=["C79.51"], documented=shown), book, seed)
        assert re.search("[Ss]chedule|[Bb]ooked|appointment", text)
        assert re.search("referral", text)


MAMMOGRAM = {"procedure": "mammography", "purpose": "screening", "laterality": "bilateral"}
SECTIONS = {"procedure": "tomosynthesis"}


def test_sections_at_a_diagnostic_examination_are_said_to_have_no_line(book: Phrasebook) -> None:
    for seed in range(20):
        screening = told(office(MAMMOGRAM, SECTIONS), book, seed)
        diagnostic = told(office({**MAMMOGRAM, "purpose": "diagnostic"}, SECTIONS), book, seed)
        assert "plan" not in screening
        assert re.search(r"her plan (has no line|takes no line|counts|pays for them at screening)", diagnostic)


def test_sections_without_a_mammogram_are_not_told(book: Phrasebook) -> None:
    assert tell(office(SECTIONS), book, 1) is None


@pytest.mark.parametrize(("first", "second"), [("professional", "technical"), ("professional", ""), ("", "technical")])
def test_a_mammogram_and_its_sections_are_read_by_one(book: Phrasebook, first: str, second: str) -> None:
    def of(value: str) -> dict[str, str]:
        return {"component": value} if value else {}

    assert tell(office({**MAMMOGRAM, **of(first)}, {**SECTIONS, **of(second)}), book, 1) is None
    assert tell(office({**MAMMOGRAM, **of(first)}, {**SECTIONS, **of(first)}), book, 1) is not None


def test_who_only_makes_the_images_gives_no_assessment(book: Phrasebook) -> None:
    for seed in range(20):
        text = told(office({**MAMMOGRAM, "component": "technical"}), book, seed)
        assert not re.search("BI-RADS|[Cc]ategory|signature|signed", text)


@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
def test_the_lump_is_in_the_breast_that_was_imaged(book: Phrasebook, side: str, other: str) -> None:
    lumps = {"diagnoses": ["N63.10", "N63.20"]}
    for seed in range(20):
        text = told(office({**MAMMOGRAM, "purpose": "diagnostic", "laterality": side}, **lumps), book, seed)
        reason = re.sub(r"(Diagnos|Reasons|The order lists).*", "", text)
        assert f"lump in the {side} breast" in reason or f"felt in the {side} breast" in reason
        assert f"{other} breast" not in reason


def test_a_man_is_not_recalled_from_screening(book: Phrasebook) -> None:
    for seed in range(30):
        study = {**MAMMOGRAM, "purpose": "diagnostic"}
        text = told(office(study, patient={"age": 61, "sex": "M"}), book, seed)
        assert not re.search("screening had shown|called back", text)


def test_an_examination_of_which_the_reason_is_not_shown_was_booked(book: Phrasebook) -> None:
    shown = ["procedure-details", "date", "assessment", "signature"]
    for seed in range(20):
        assert re.search("schedule|[Bb]ooked", told(office(MAMMOGRAM, SECTIONS, documented=shown), book, seed))


# Over the whole library -------------------------------------------------------------------


@pytest.fixture
def tellings(starter_library: None) -> list[tuple[Encounter, Telling]]:
    """What can be told of the scenarios of the library and their variants."""
    return all_tellings()


@cache
def all_tellings() -> list[tuple[Encounter, Telling]]:
    """Told once for all tests of this file: the library is the same in each."""
    return [(one, telling) for n, one in enumerate(encounters()) if (telling := tell(one, phrasebook(), n))]


def encounters() -> Iterator[Encounter]:
    for scenario in Scenario.objects.live():
        encounter = read_encounter(scenario.encounter)
        yield encounter
        yield from (variant.encounter for variant in variants(encounter, library(), scenario.pk))


def test_every_scenario_of_the_library_can_be_told(starter_library: None) -> None:
    silent = [
        str(scenario)
        for scenario in Scenario.objects.live().select_related("code")
        if tell(read_encounter(scenario.encounter), phrasebook(), scenario.pk) is None
    ]
    assert not silent


def test_no_slot_shows_and_every_sentence_ends(tellings: list[tuple[Encounter, Telling]]) -> None:
    assert len(tellings) > 1000
    for _, telling in tellings:
        for sentence in sentences(telling.narrative):
            own = re.sub(r" ?\((s|severe|chronic|current|primary)\)", "", sentence.text)  # as ICD-10-CM writes them
            assert not re.search(r"[{}\[\]()]|\.\.|  |None", own), sentence.text
            assert re.fullmatch(r"[A-Z0-9].*[.!?]", sentence.text), sentence.text


def test_every_note_states_its_facts(tellings: list[tuple[Encounter, Telling]]) -> None:
    for encounter, telling in tellings:
        silent = set(facts_of(encounter)) - stated(telling, encounter)
        assert all(path == "patient.sex" or path.endswith(".count") for path in silent), (silent, telling)


def test_every_diagnosis_has_its_name(tellings: list[tuple[Encounter, Telling]]) -> None:
    codes = {code for encounter, _ in tellings for code in encounter.diagnoses}
    assert not codes - phrasebook().diagnoses.keys()


def test_a_count_of_more_than_one_is_always_told(tellings: list[tuple[Encounter, Telling]]) -> None:
    for encounter, telling in tellings:
        several = {f"services.{n}.count" for n, service in enumerate(encounter.services) if service.count > 1}
        assert several <= stated(telling, encounter)


def test_the_same_seed_tells_the_same_bytes(tellings: list[tuple[Encounter, Telling]]) -> None:
    for encounter, _ in tellings[:200]:
        assert tell(encounter, phrasebook(), 7) == tell(encounter, phrasebook(), 7)


def test_seeds_tell_every_scenario_differently(starter_library: None) -> None:
    for scenario in Scenario.objects.live():
        encounter = read_encounter(scenario.encounter)
        texts = {telling.narrative for seed in range(6) if (telling := tell(encounter, phrasebook(), seed))}
        assert len(texts) > 3, scenario


def test_every_procedure_of_a_page_has_phrases_of_its_own(starter_library: None) -> None:
    silent = [
        one for rule in rules("selection") for one in rule.params.facets["procedure"] if not phrasebook().knows(one)
    ]
    assert not silent


def test_every_value_that_chooses_a_code_or_a_modifier_is_told(tellings: list[tuple[Encounter, Telling]]) -> None:
    spoken = {item for encounter, _ in tellings for service in encounter.services for item in service.facets.items()}
    chosen = {
        (facet, value)
        for rule in rules("selection")
        for facet, values in rule.params.facets.items()
        for value in values
    }
    modified = {(rule.params.facet, value) for rule in rules("modifier") for value in rule.params.modifiers}
    assert not (chosen | modified) - spoken


def rules(kind: str) -> list[Rule]:
    """The rules of a kind that are in force today."""
    book = library().on(date(2025, 6, 1))
    return [rule for code in book.codes for rule in book.of(code, kind)]


# The rows --------------------------------------------------------------------------------


def test_loading_again_adds_nothing(starter_library: None) -> None:
    assert load_phrasebook() == 0
    assert Phrase.objects.count() == len(list(starter_rows()))


def test_a_phrase_put_away_stays_away(starter_library: None) -> None:
    phrase = Phrase.objects.filter(part="way").first()
    assert phrase is not None
    phrase.active = False
    phrase.save(update_fields=["active", "changed_at"])
    load_phrasebook()
    assert all(phrase.text != one.text for one in phrasebook().phrases["way"])


def test_an_educator_adds_a_phrase(as_educator: Client, starter_library: None) -> None:
    form = {"part": "closing", "when": "{}", "beside": "{}", "text": "The patient said thank you.", "active": "on"}
    as_educator.post("/admin/codes/phrase/add/", form)
    assert "The patient said thank you." in {one.text for one in phrasebook().phrases["closing"]}
