"""Which rules and which history an article gives."""

import json
from datetime import date

import pytest

from codes.articles.types import Article
from rulebook.kinds import KIND
from rulebook.params import parse
from tests.codes.article_words import article_with, kinds, looks, rule


def test_every_rule_has_parameters_of_its_kind(nines: Article, other: Article, close: Article) -> None:
    for found in (nines, other, close):
        for one in found.rules:
            parse(KIND[one.kind].Params, json.loads(json.dumps(one.params)))
            assert one.section in [section.slug for section in found.sections]


def test_all_forbidden_codes_make_one_rule_in_their_order(nines: Article) -> None:
    one = rule(nines, "not-with")
    assert one.params == {"codes": ["79901", "79902", "79904", "79903"], "service": {"procedure": ["lamp guidance"]}}
    assert (one.section, one.certain, kinds(nines).count("not-with")) == ("billing", True, 1)


def test_a_forbidden_range_is_listed_and_a_condition_is_for_a_person(close: Article) -> None:
    one = rule(close, "not-with")
    assert (one.params, one.certain) == ({"codes": ["79901", "79902", "79903"]}, False)


@pytest.mark.parametrize(
    "sentence",
    [
        "Do not report 59991 with 79901 or 79902.",
        "Codes 79901-79902 cannot be billed together with this code.",
        "59991 may not be used on the same day as 79901 and 79902.",
        "79901 and 79902 should never be reported separately.",
        "Lamps (79901, 79902) are not separately reportable.",
    ],
)
def test_what_is_forbidden_becomes_a_rule(sentence: str) -> None:
    assert rule(article_with("Billing guidelines", sentence), "not-with").params["codes"] == ["79901", "79902"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Lamps (79901) are separately reportable.",
        "Lamps are separately reportable; see 79901.",
        "For sanding, see 79901.",
        "You can use 79901 instead because sand is used.",
        "Report 79901 if sand was used.",
        "This code should not be used for sanding, see 79901.",
        "The add-on code 79901 can be used for each additional spot.",
        "This code always includes 79901.",
    ],
)
def test_what_no_kind_can_hold_is_shown_and_never_guessed(sentence: str) -> None:
    found = article_with("Billing guidelines", sentence)
    assert kinds(found) == ["selection"]
    assert "79901" in looks(found)


def test_a_primary_code_is_proposed_and_waits_for_a_person(other: Article) -> None:
    one = rule(other, "add-on")
    assert (one.params, one.certain) == ({"primaries": ["59997"], "complete": False}, False)


def test_another_code_that_needs_this_one_makes_no_rule() -> None:
    found = article_with("Billing guidelines", "79901 should be used in conjunction with 59991.")
    assert "add-on" not in kinds(found)


def test_one_or_more_counts_once(nines: Article, close: Article) -> None:
    assert rule(nines, "units").params == {"counts": "one or more", "noun": "antler spots"}
    assert rule(close, "units").params == {"counts": "one or more", "noun": "brushes"}


def test_each_counts_every_one(other: Article) -> None:
    assert rule(other, "units").params == {"counts": "each"}


def test_two_ways_of_counting_make_no_rule() -> None:
    found = article_with("When to use it", "Use it for one or more spots.\n\nBilling\n\nReport it for each spot.")
    assert "units" not in kinds(found)
    assert "“each”" in looks(found)


def test_what_is_optional_does_not_select(nines: Article) -> None:
    one = rule(nines, "selection")
    assert one.params["facets"] == {
        "procedure": ["polishing"], "site": ["antler"], "technique": ["steaming"], "approach": ["topical"],
    }  # fmt: skip
    assert (one.section, one.certain) == ("when-to-use", True)


def test_a_facet_with_several_values_is_left_out() -> None:
    found = article_with("Overview", "It is polishing of an antler or a hoof with steam.")
    assert "site" not in rule(found, "selection").params["facets"]
    assert not rule(found, "selection").certain
    assert "antler, hoof" in looks(found)


# History --------------------------------------------------------------------------------


def test_the_day_it_was_added_is_the_first_valid_day(nines: Article) -> None:
    assert [(event.date, event.kind) for event in nines.history] == [(date(2019, 1, 1), "added"), (None, "no change")]
    assert rule(nines, "validity").params == {"from": "2019-01-01"}


def test_the_day_before_the_deletion_is_the_last_valid_day(other: Article) -> None:
    assert [event.kind for event in other.history] == ["added", "revised", "deleted"]
    assert other.history[2].successor == "59993"
    assert rule(other, "validity").params == {"from": "2014-07-01", "to": "2017-12-31", "successors": ["59993"]}


def test_a_deletion_without_a_date_makes_no_rule(close: Article) -> None:
    assert [(event.date, event.kind, event.successor) for event in close.history] == [(None, "deleted", "G9999")]
    assert "validity" not in kinds(close)
    assert "no full date" in looks(close)


@pytest.mark.parametrize("day", ["July 1, 2014", "Jul. 1st, 2014", "1 July 2014", "07/01/2014", "2014-07-01"])
def test_a_date_may_be_written_in_many_ways(day: str) -> None:
    found = article_with("History", f"The code was added to the system on {day}.")
    assert found.history[0].date == date(2014, 7, 1)


@pytest.mark.parametrize("day", ["February 30, 2014", "June 25", "2014"])
def test_half_a_date_is_none(day: str) -> None:
    found = article_with("History", f"The code was added to the system on {day}.")
    assert found.history[0].date is None


def test_the_history_of_another_code_is_not_this_one_s() -> None:
    found = article_with("History", "Code 0997T was deleted on January 1, 2018 and replaced with 59991.")
    assert found.history == ()
    assert "history of another code" in looks(found)
