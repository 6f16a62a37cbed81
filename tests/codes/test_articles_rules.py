"""Which rules and which history an article gives."""

import json
from datetime import date

import pytest

from codes.articles.types import Article
from rulebook.kinds import KIND
from rulebook.params import parse
from tests.codes.article_words import article_with, kinds, looks, rule, rules_of


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
        "Do not report this code in conjunction with: 79901; 79902.",
        "This code should not be reported in conjunction with 79901, 79902, or 79901.",
        "It is inappropriate to bill 59991 with 79901 or 79902.",
        "Neither 79901 nor 79902 may be reported with 59991.",
        "Avoid reporting 79901 and/or 79902 together with this code.",
        "79901 through 79902 should never be billed on the same date as 59991.",
        "This code is not to be reported with 79901 and 79902, but 79903 may be reported separately.",
        "Do not report 79901 or 79902 with 59991 or 59992.",
        "Do not report it with 79901 or 79902, and it should be reported in conjunction with 79950.",
    ],
)
def test_what_is_forbidden_becomes_a_rule(sentence: str) -> None:
    assert rule(article_with("Billing guidelines", sentence), "not-with").params["codes"] == ["79901", "79902"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Lamps (79901) are separately reportable.",
        "Lamps are separately reportable; see 79901.",
        "For shiny antlers, see 79901.",
        "You can use 79901 instead because it pays more.",
        "Report 79901 if the antler was not steamed.",
        "For steaming and sanding together, see 79901.",
        "For sanding or acid, see 79901 or 79902, respectively.",
        "Do not use 79901 for sanding.",
        "The add-on code 79901 can be used for each additional 15 minutes.",
        "The add-on code 79901 can be used for each additional 20 square centimeters.",
        "The add-on codes 79901 and 79902 can be used for each additional spot.",
        "Do not forget to report 79901 with this code.",
        "It is not wrong to report 79901 with 59991.",
        "Payers will not deny 79901 reported with 59991.",
        "59991 is mutually exclusive with 79901.",
        "This code does not include 79901.",
        "79901 is a part of 79902.",
        "Do not report 79901 with 79902.",
        "The code may be reported with 79901.",
        "An additional spot is reported with 79901.",
    ],
)
def test_what_no_kind_can_hold_is_shown_and_never_guessed(sentence: str) -> None:
    found = article_with("Billing guidelines", sentence)
    assert kinds(found) == ["selection"]
    assert "79901" in looks(found)


@pytest.mark.parametrize("sentence", [
    "Do not report 59991 with 79901, except in a separate session.",
    "Do not report 59991 with 79901 for the same spot.",
    "Do not report 59991 with 79901. Lamps (79901) are separately reportable on another antler.",
    "59991 and 79901 should not be billed together.",
])  # fmt: skip
def test_what_is_forbidden_with_a_doubt_waits_for_a_person(sentence: str) -> None:
    one = rule(article_with("Billing guidelines", sentence), "not-with")
    assert (one.params["codes"], one.certain) == (["79901"], False)


def test_a_doubt_about_one_code_leaves_the_others_certain() -> None:
    found = article_with("Billing", "Do not report it with 79901. Do not report it with 79902 unless the payer asks.")
    plain, doubtful = rules_of("not-with", found)
    assert (plain.slug, plain.params["codes"], plain.certain) == ("not-with", ["79901"], True)
    assert (doubtful.slug, doubtful.params["codes"], doubtful.certain) == ("not-with-2", ["79902"], False)


@pytest.mark.parametrize("codes", ["00100-99999", "79903-79901", "A1000 to G9999"])
def test_a_range_that_is_no_list_is_shown_and_not_read(codes: str) -> None:
    found = article_with("Billing", f"Do not report 59991 with {codes}.")
    assert kinds(found) == ["selection"]
    assert "too long to be a list" in looks(found)


def test_a_list_that_nobody_wrote_makes_no_rule() -> None:
    found = article_with("Billing", "Do not report it with 10000-10090, 20000-20090, 30000-30090.")
    assert kinds(found) == ["selection"]
    assert "273 codes is too long" in looks(found)


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


@pytest.mark.parametrize(
    ("sentence", "counts"),
    [
        ("Report one unit regardless of the number of spots.", {"counts": "one or more", "noun": "spots"}),
        ("It covers single or multiple spots.", {"counts": "one or more", "noun": "spots"}),
        ("Report it once per spot treated.", {"counts": "each"}),
        ("This add-on code is for each additional spot.", {"counts": "each", "noun": "spots"}),
        (
            "This add-on code is for each additional 20 square centimeters, or part thereof.",
            {"counts": "each", "noun": "square centimeters", "per": 20},
        ),
    ],
)
def test_units_are_counted_in_many_wordings(sentence: str, counts: dict[str, str]) -> None:
    assert rule(article_with("Billing", sentence), "units").params == counts


@pytest.mark.parametrize("sentence", ["Report it once per session.", "Check each claim, each kind and each session."])
def test_what_does_not_say_what_is_counted_makes_no_units_rule(sentence: str) -> None:
    assert "units" not in kinds(article_with("Billing", sentence))


@pytest.mark.parametrize("day", [
    "July 1, 2014", "Jul. 1st, 2014", "1 July 2014", "07/01/2014", "2014-07-01", "2014/07/01", "07-01-2014",
    "the 1st of July 2014", "July 1 of 2014",
])  # fmt: skip
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


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("It was revised on October 6, 2020.", ["revised 2020-10-06"]),
        ("It is effective January 1, 2015.", ["added 2015-01-01"]),
        ("The code went into effect on January 1, 2015.", ["added 2015-01-01"]),
        ("It was approved on July 1, 2014 and became effective on January 1, 2015.", ["added 2015-01-01"]),
        ("It was added on July 1, 2014, effective January 1, 2015.", ["added 2015-01-01"]),
        ("It was revised on January 1, 2016 and October 6, 2020.", ["revised 2016-01-01", "revised 2020-10-06"]),
        ("It was revised, effective June 25.", ["revised None"]),
        ("Effective January 1, 2018, this code is deleted. Use 59992.", ["deleted 2018-01-01 59992"]),
        ("It was deleted and replaced with 59992 on January 1, 2018.", ["deleted 2018-01-01 59992"]),
        ("Code deleted, see 59992.", ["deleted None 59992"]),
        ("(59991 has been deleted. To report, use 59992)", ["deleted None 59992"]),
        ("59991 is no longer valid as of January 1, 2018; see 59992 or 59993.", ["deleted 2018-01-01 59992"]),
        ("It was retired. It was deleted on January 1, 2018.", ["deleted 2018-01-01"]),
        ("The code has remained the same since 2015.", ["no change None"]),
        ("No historical changes have been made.", ["no change None"]),
    ],
)
def test_events_are_read_in_many_wordings(text: str, events: list[str]) -> None:
    told = article_with("History", text).history
    assert [f"{one.kind} {one.date} {one.successor}".strip() for one in told] == events


@pytest.mark.parametrize(
    "text",
    [
        "The code is effective June 25.",
        "It was reinstated on January 1, 2019.",
        "59991 was valid until December 31, 2017.",
        "59991 replaced 59990 on January 1, 2008.",
    ],
)
def test_a_date_that_says_nothing_clear_is_shown(text: str) -> None:
    found = article_with("History", text)
    assert found.history == ()
    assert text in looks(found)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The code was added to CPT before January 1, 1990.", "added"),
        ("It was introduced prior to January 1, 1990.", "added"),
        ("It was added no later than January 1, 1990.", "added"),
        ("It was added some time after January 1, 1990.", "added"),
        ("Before January 1, 1990, the code was added.", "added"),
        ("It was established around January 1, 1990.", "added"),
        ("It was deleted before January 1, 2018.", "deleted"),
        ("It was added by January 1, 2015.", "added"),
    ],
)
def test_a_day_that_only_limits_an_event_is_no_day_of_it(text: str, kind: str) -> None:
    found = article_with("History", text)
    assert [(event.date, event.kind) for event in found.history] == [(None, kind)]
    assert "validity" not in kinds(found)
    assert f"about which day the code was {kind}, and not on which one" in looks(found)


@pytest.mark.parametrize(
    "text",
    ["Its addition before January 1, 1990 is known.", "It was effective until December 31, 2017.",
     "It has been in use since before January 1, 1990."],
)  # fmt: skip
def test_a_limit_that_tells_no_event_is_shown(text: str) -> None:
    found = article_with("History", text)
    assert (found.history, "validity" in kinds(found)) == ((), False)
    assert text in looks(found)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("It is effective for services on or after January 1, 2015.", {"from": "2015-01-01"}),
        ("It is no longer valid after December 31, 2017.", {"to": "2017-12-31", "successors": []}),
    ],
)
def test_on_or_after_names_the_first_day_and_no_longer_after_the_last(text: str, params: dict[str, object]) -> None:
    assert rule(article_with("History", text), "validity").params == params


def test_a_date_without_a_year_is_shown_wherever_it_stands() -> None:
    assert "without a year" in looks(article_with("Billing", "Effective June 25, payers ask for a picture."))


def test_every_successor_stands_in_the_validity_rule() -> None:
    found = article_with("History", "It was deleted on January 1, 2018. See 59992, 59994 and 59996-59997.")
    assert rule(found, "validity").params["successors"] == ["59992", "59994", "59996", "59997"]


def test_a_code_deleted_on_the_last_of_a_month_was_valid_on_it_and_waits_for_a_person() -> None:
    one = rule(article_with("History", "It was deleted on December 31, 2017."), "validity")
    assert (one.params["to"], one.certain) == ("2017-12-31", False)
