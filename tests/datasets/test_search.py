"""The index over all loaded sets: what it has, on which days, and how it is asked."""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis.strategies import integers, sets

from datasets import store
from datasets.loading import load, load_files, recognise
from datasets.models import Release
from datasets.numbers import day_number
from datasets.search import building
from datasets.search.asking import MOST, Filters, Hit, Index, Vocabulary
from datasets.search.places import first, packed, together
from datasets.search.query import Query, Term, plain
from datasets.search.typos import meant, near_numbers
from datasets.search.words import bare_number, words_of

TODAY = date(2026, 2, 1)
NOTHING = Vocabulary({})
#: An order file as it is downloaded; the texts are made up.
LINES = (
    ("A00", 0, "Rusty hinge"),
    ("A000", 1, "Rusty hinge of left gate"),
    ("A001", 1, "Rusty hinge of right gate"),
    ("A0011", 1, "Rusty hinges of right gates, with squeaking"),
    ("B10", 1, "Crackled varnish"),
    ("C7951", 1, "Wobbly café table"),
)
Order = Callable[..., Path]
Build = Callable[..., Index]


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """Writes an order file of a year with these lines."""

    def write(*lines: tuple[str, int, str], year: int = 2026) -> Path:
        path = tmp_path / f"icd10cm-order-{year}.txt"
        rows = [
            f"{place:05d} {code:<7} {billable} {text[:60]:<60} {text}\n"
            for place, (code, billable, text) in enumerate(lines or LINES, start=1)
        ]
        path.write_text("".join(rows), encoding="latin-1")
        return path

    return write


@pytest.fixture
def build(db: None, order: Order) -> Build:
    """Loads files (without any: one of a few lines) and builds the index of them."""

    def load_and_build(*paths: Path) -> Index:
        for path in paths or [order()]:
            for found in recognise(path):
                load(found, at=timezone.now())
        return Index(place=building.rebuild(at=timezone.now()).place)

    return load_and_build


def hits(index: Index, asked: str | Query, **filters: Any) -> list[Hit]:
    query = plain(words_of(asked)) if isinstance(asked, str) else asked
    return index.hits(index.by_words(query, Filters(**{"on": TODAY, **filters})))


def numbers(index: Index, asked: str | Query, **filters: Any) -> list[str]:
    return [hit.number for hit in hits(index, asked, **filters)]


def by_number(index: Index, text: str) -> list[str]:
    return [hit.number for hit in index.hits(index.by_number(bare_number(text), Filters(on=TODAY)))]


# Words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["right hinge", "HINGE RIGHT", "hin rig", "hinges right", "gate, right: rusty"])
def test_all_words_are_found_in_any_order_each_by_its_beginning(build: Build, text: str) -> None:
    assert numbers(build(), text) == ["A00.1", "A00.11"]


def test_a_word_more_finds_fewer(build: Build) -> None:
    assert numbers(build(), "right hinge varnish") == []


def test_an_accent_does_not_matter(build: Build) -> None:
    index = build()
    assert numbers(index, "cafe") == numbers(index, "café") == ["C79.51"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ménière’s", ["meniere", "s"]),
        ("SJÖGREN", ["sjogren"]),
        ("Sjo\u0308gren", ["sjogren"]),
        ("Bjørn Łódź", ["bjorn", "lodz"]),
        ("straße", ["strasse"]),
        ("œdème", ["oedeme"]),
        ("ﬁbula", ["fibula"]),
        ("Ｃ７９.51", ["c7951"]),
        ("İzmir ılık", ["izmir", "ilik"]),
        ("50 µg", ["50", "μg"]),
        ("骨 bone 🦴", ["骨", "bone"]),
    ],
)
def test_letters_are_folded_the_same_whatever_the_database(text: str, words: list[str]) -> None:
    assert words_of(text) == words == words_of(" ".join(words))


def test_the_general_comes_before_the_special(build: Build) -> None:
    assert numbers(build(), "rusty") == ["A00", "A00.0", "A00.1", "A00.11"]


def test_a_word_that_is_to_be_whole_does_not_stand_for_its_beginning(build: Build) -> None:
    index = build()
    assert numbers(index, Query(groups=(((Term(word="gat", begins=False),),),))) == []
    assert numbers(index, Query(groups=(((Term(word="gate", begins=False),),),))) == ["A00.0", "A00.1"]


def test_one_of_several_phrases_is_enough(build: Build) -> None:
    either = (
        (Term(word="varnish"),),
        (Term(word="wobbly"), Term(word="table")),
        (Term(word="wobbly"), Term(word="gate")),
    )
    assert numbers(build(), Query(groups=(either,))) == ["B10", "C79.51"]


def test_words_and_a_number_go_together(build: Build) -> None:
    assert numbers(build(), "a00 left") == ["A00.0"]


def test_no_more_are_counted_than_can_be_paged_through(made: Any, build: Build) -> None:
    index = build(made("icd10-order", 3000))
    assert len(index.by_words(plain(["of"]), Filters(on=TODAY))) == MOST + 1


# Numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["C79.51", "c7951", "C79 51", "c79-51", " c79.51 "])
def test_a_number_is_read_as_people_type_it(build: Build, text: str) -> None:
    assert bare_number(text) == "C7951"
    assert by_number(build(), text) == ["C79.51"]


@pytest.mark.parametrize("text", ["", "knee", "type 2 diabetes", "C79.51.22.33", "é1", "%"])
def test_what_cannot_be_a_number_is_none(text: str) -> None:
    assert bare_number(text) == ""


def test_the_beginning_of_a_number_finds_all_of_it_in_order(build: Build) -> None:
    assert by_number(build(), "A00") == ["A00", "A00.0", "A00.1", "A00.11"]


@pytest.mark.parametrize("typed", ["2O983", "29083", "20938", "2983", "209883", "20984"])
def test_a_number_with_one_slip_is_near(typed: str) -> None:
    assert "20983" in near_numbers(typed)


def test_a_look_alike_is_nearer_than_any_other_slip() -> None:
    for typed, like, other in (("2O983", "20983", "2983"), ("C795I", "C7951", "C7952")):
        near = near_numbers(typed)
        assert near.index(like) < near.index(other)


def test_codes_of_two_sets_may_have_the_same_number_but_for_the_point(made: Any, build: Build, order: Order) -> None:
    supplies = made("hcpcs", 200)
    bare = next(line.split(",")[0] for line in supplies.read_text("latin-1").splitlines()[10:])
    index = build(order((bare, 1, "Rusty hinge")), supplies)
    assert by_number(index, bare) == [f"{bare[:3]}.{bare[3:]}", bare]
    assert len(index.of_numbers([bare], Filters(on=TODAY))) == 2


# Days and filters ------------------------------------------------------------------------------


def test_a_code_that_the_next_edition_leaves_out_ended_the_day_before(build: Build, order: Order) -> None:
    index = build(order(year=2025), order(*LINES[:-1], year=2026))
    (gone,) = hits(index, "wobbly")
    assert (gone.valid_from, gone.valid_to) == (None, date(2025, 9, 30))
    assert numbers(index, "wobbly", valid=True) == []
    assert numbers(index, "wobbly", valid=True, on=date(2025, 9, 30)) == ["C79.51"]


def test_a_code_that_a_later_edition_brings_begins_with_it(build: Build, order: Order) -> None:
    index = build(order(*LINES[:-1], year=2025), order(year=2026))
    (new,) = hits(index, "wobbly")
    assert (new.valid_from, new.valid_to) == (date(2025, 10, 1), None)
    assert numbers(index, "wobbly", valid=True, on=date(2025, 9, 30)) == []


def test_the_newest_text_is_found_and_the_first_day_stays(build: Build, order: Order) -> None:
    renamed = [*LINES[:-1], ("C7951", 1, "Unsteady table")]
    index = build(order(*LINES[:-1], year=2024), order(year=2025), order(*renamed, year=2026))
    assert numbers(index, "wobbly") == []
    assert hits(index, "unsteady")[0].valid_from == date(2024, 10, 1)


def test_what_is_not_valid_on_the_day_comes_last(build: Build, order: Order) -> None:
    lines = [("A00", 1, "Rust"), ("A01", 1, "Rust of a gate"), ("A02", 1, "Rust of the old gate")]
    index = build(order(*lines, year=2025), order(*lines[1:], year=2026))
    assert numbers(index, "rust") == ["A01", "A02", "A00"]
    assert numbers(index, "rust", on=date(2025, 1, 1)) == ["A01", "A02", "A00"]


def test_categories_can_be_left_out(build: Build) -> None:
    assert numbers(build(), "rusty", billable=True) == ["A00.0", "A00.1", "A00.11"]


def test_one_set_can_be_asked_for(made: Any, build: Build, order: Order) -> None:
    index = build(order(), made("hcpcs", 200))
    assert {hit.system for hit in hits(index, "h")} == {"HCPCS", "ICD-10-CM"}
    assert {hit.system for hit in hits(index, "h", system="HCPCS")} == {"HCPCS"}


def test_a_code_of_level_two_holds_on_the_days_of_its_file(made: Any, build: Build) -> None:
    index = build(made("hcpcs", 300))
    rows = store.select(index.place, "SELECT DISTINCT starts, ends FROM entries")
    assert set(rows) == {(20150101, 0), (20150101, 20261231)}


def test_licensed_wordings_are_found_only_while_there_is_a_licence(made: Any, build: Build, settings: Any) -> None:
    settings.CPT_LICENSE_REF = "a licence"
    index = build(made("cpt", 200))
    (word, *_) = index.vocabulary().uses
    assert {hit.system for hit in hits(index, word)} == {"CPT"}
    settings.CPT_LICENSE_REF = ""
    assert hits(index, word) == []


# The law of it ---------------------------------------------------------------------------------


def test_an_index_finds_what_reading_every_text_finds(made: Any, build: Build) -> None:
    index = build(made("icd10-order", 2500), made("hcpcs", 400))
    rows = store.select(index.place, "SELECT id, system, bare, text, starts, ends, billable FROM entries ORDER BY id")
    texts = {row[0]: [row[2].lower(), *words_of(row[3])] for row in rows}
    chance = random.Random(1)
    lengths = set()
    for _ in range(150):
        query, filters = drawn_query(chance, texts), drawn_filters(chance)
        valid = {row[0] for row in rows if row[4] <= day_number(filters.on) and not 0 < row[5] < day_number(filters.on)}
        left = [
            row[0] for row in rows if filters.system in ("", row[1]) and row[6] >= filters.billable
            and (row[0] in valid or not filters.valid) and is_match(query, texts[row[0]])
        ]  # fmt: skip
        found = index.by_words(query, filters)
        assert found == sorted(left, key=lambda place: (place not in valid, place))[: MOST + 1]
        lengths.add(min(len(found), 2))
    assert lengths == {0, 1, 2}


def drawn_query(chance: random.Random, texts: Mapping[int, list[str]]) -> Query:
    """Up to three groups of up to two choices of up to two words of one text, whole or begun."""
    said = chance.choice(list(texts.values()))

    def term() -> Term:
        word, begins = chance.choice(said), chance.random() < 0.7
        return Term(word=word[: chance.randint(1, len(word))] if begins else word, begins=begins)

    return Query(
        groups=tuple(
            tuple(tuple(term() for _ in range(chance.randint(1, 2))) for _ in range(chance.randint(1, 2)))
            for _ in range(chance.randint(1, 3))
        )
    )


def drawn_filters(chance: random.Random) -> Filters:
    return Filters(
        on=chance.choice((TODAY, date(2014, 1, 1), date(2027, 1, 1))), system=chance.choice(("", "", "HCPCS")),
        billable=chance.random() < 0.3, valid=chance.random() < 0.3,
    )  # fmt: skip


def is_match(query: Query, words: list[str]) -> bool:
    def stands(term: Term) -> bool:
        return any(word.startswith(term.word) if term.begins else word == term.word for word in words)

    return all(any(all(map(stands, terms)) for terms in group) for group in query.groups)


@given(sets(integers(1, 5000), min_size=1), integers(0, 5000), integers(0, 200))
def test_a_set_of_places_is_read_as_it_was_kept(kept: set[int], more: int, most: int) -> None:
    places = sorted(kept)
    read = together([packed(places, places[-1] + more)])
    assert first(read, 5001) == places
    assert first(read, most) == places[:most]
    half = together([packed(places[: len(places) // 2 + 1], 5000)])
    assert together([packed(places, 10), packed([1], 5000)]) == read | 2
    assert first(read & half, 5000) == places[: len(places) // 2 + 1]


# Slips of the pen ------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["hngie", "hinhe", "hine", "hhinge", "ihnge"])
def test_a_letter_too_many_too_few_wrong_or_in_the_wrong_place_is_seen(build: Build, typed: str) -> None:
    assert "hinge" in meant(typed, build(), NOTHING)


@pytest.mark.parametrize("typed", ["varmisch", "vrnsh", "avrnsih"])
def test_two_slips_are_seen(build: Build, typed: str) -> None:
    assert meant(typed, build(), NOTHING) == ["varnish"]


def test_a_slip_in_the_beginning_of_a_word_is_seen_while_it_is_typed(build: Build) -> None:
    assert meant("squaek", build(), NOTHING)[0] == "squeak"


@pytest.mark.parametrize("typed", ["hinge", "hing", "gat", "a00", "xylophone", "é"])
def test_a_word_that_is_there_or_is_like_no_other_stays(build: Build, typed: str) -> None:
    assert meant(typed, build(), NOTHING) == []


def test_words_of_pages_count_as_well(build: Build) -> None:
    assert meant("cryoablaton", build(), Vocabulary({"cryoablation": 1})) == ["cryoablation"]
    assert meant("cryoablaton", None, Vocabulary({"cryoablation": 1})) == ["cryoablation"]


# Building --------------------------------------------------------------------------------------


def test_the_index_follows_what_was_loaded_once(db: None, order: Order) -> None:
    list(load_files([order()], at=timezone.now()))
    assert building.is_stale()
    index = building.renew(at=timezone.now())
    assert index == building.current()
    assert index is not None
    assert index.rows == len(LINES)
    assert not building.is_stale()
    assert building.renew(at=timezone.now()) is None


def test_loading_what_has_no_words_leaves_the_index_alone(db: None, made: Any) -> None:
    list(load_files([made("mue", 100)], at=timezone.now()))
    assert building.renew(at=timezone.now()) is None
    assert building.current() is None


def test_the_index_is_built_beside_the_one_in_use_which_then_goes(
    build: Build, order: Order, django_capture_on_commit_callbacks: Any
) -> None:
    before = build()
    assert numbers(before, "varnish") == ["B10"]
    with django_capture_on_commit_callbacks(execute=True):
        after = build(order(*LINES, ("D00", 1, "Varnish remover"), year=2027))
    assert numbers(after, "varnish") == ["B10", "D00"]
    assert after.place != before.place
    store.close()
    with pytest.raises(store.Gone):
        numbers(before, "varnish")


def test_the_index_is_built_by_a_command_and_not_without_need(db: None, order: Order, capsys: Any) -> None:
    for found in recognise(order()):
        load(found, at=timezone.now())
    call_command("index_codes")
    assert f"{len(LINES)} codes can be searched" in capsys.readouterr().out
    first = Release.objects.get(kind=building.KIND).build
    call_command("index_codes", if_needed=True)
    assert Release.objects.get(kind=building.KIND).build == first
    call_command("index_codes")
    assert Release.objects.get(kind=building.KIND).build != first


def test_an_index_of_an_older_layout_is_built_anew(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build()
    assert not building.is_stale()
    monkeypatch.setattr(building, "LAYOUT", "another one")
    assert building.is_stale()


def test_without_anything_loaded_there_is_nothing_to_index(db: None) -> None:
    assert not building.is_stale()


def test_a_release_of_the_middle_of_a_year_counts_from_its_day(build: Build, order: Order) -> None:
    build(order(*LINES[:-1], year=2026))
    path = order(year=2027)
    for found in recognise(path.rename(path.with_name("icd10cm-order-april-2026.txt"))):
        load(found, at=timezone.now())
    index = Index(place=building.rebuild(at=timezone.now()).place)
    assert hits(index, "wobbly")[0].valid_from == date(2026, 4, 1)
    assert numbers(index, "wobbly", valid=True, on=date(2026, 4, 1) - timedelta(days=1)) == []
