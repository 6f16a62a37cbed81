"""Rules that cannot be read, lead nowhere, or do not agree with each other."""

from collections.abc import Iterator
from itertools import combinations

from codes.lint.days import FIRST, LAST, meet
from codes.lint.page import Page, Stated
from codes.lint.specimens import NOT_WITH, SIBLING, VALIDITY, page, rule, section, with_rules
from codes.lint.types import Check, Family, Found, Level, Specimen
from rulebook.kinds.base import listed
from rulebook.types import Rule

#: Kinds of which a code has one on each day.
ONE_A_DAY = ("units", "validity", "patient", "global-period")
#: Kind -> the parameter in which it names other codes.
NAMING = {"not-with": "codes", "redirect": "to", "validity": "successors", "add-on": "primaries"}


def unreadable(page: Page) -> Iterator[Found]:
    for one in page.stated:
        if one.error:
            yield Found(
                part=one.part, field=one.field(one.wrong), message=f"Its parameters cannot be read: {one.error}"
            )


def missing_section(page: Page) -> Iterator[Found]:
    for one in page.stated:
        if page.section(one.row["section"]) is None:
            message = f"Its findings would cite the section {one.row['section']}, which the page does not have."
            yield Found(part=one.part, field="section", message=message)


def empty_section(page: Page) -> Iterator[Found]:
    for one in page.stated:
        slug = one.row["section"]
        if page.is_empty(slug):
            message = f"Its findings would open the section {slug}, in which nothing is written."
            yield Found(part=one.part, field="section", message=message)


def contradicting(page: Page) -> Iterator[Found]:
    for (one, own), (other, others) in combinations(page.rules, 2):
        if one.kind == other.kind and one.kind in ONE_A_DAY and meet(own, others) and own.params != others.params:
            message = f"It and the rule {other.row['slug']} say different things about {one.kind} on the same day."
            yield Found(part=one.part, field=one.field(), message=message)


def said_twice(page: Page) -> Iterator[Found]:
    for (one, own), (other, others) in combinations(page.rules, 2):
        if own.kind == others.kind and own.params == others.params and meet(own, others):
            yield Found(part=one.part, message=f"The rule {other.row['slug']} says the same for the same days.")


def forbidden_and_wanted(page: Page) -> Iterator[Found]:
    forbidding = [(one, own) for one, own in page.rules if own.kind == "not-with"]
    for other, wanting in page.rules:
        for one, own in forbidding:
            both = set(own.params.codes) & _wanted(wanting) if meet(own, wanting) else set()
            if both:
                codes = listed(sorted(both))
                message = f"It forbids {codes} beside this code, and the rule {other.row['slug']} asks for it."
                yield Found(part=one.part, field=one.field("codes"), message=message)


def _wanted(one: Rule) -> set[str]:
    """The codes that a rule brings along or asks for beside its own."""
    if one.kind == "add-on":
        return set(one.params.primaries)
    return {one.params.code} if one.kind == "each-additional" else set()


def supports_heading(page: Page) -> Iterator[Found]:
    for one, own in page.rules:
        both = set(own.params.supports) & set(own.params.headers) if own.kind == "diagnosis" else set()
        if both:
            message = f"It says of {listed(sorted(both))} that it supports the code, and that it is too short to bill."
            yield Found(part=one.part, field=one.field("headers"), message=message)


def names_itself(page: Page) -> Iterator[Found]:
    for one, own in page.rules:
        if own.kind in NAMING and page.number in getattr(own.params, NAMING[own.kind]):
            naming = one.field(NAMING[own.kind])
            yield Found(part=one.part, field=naming, message="It names the code of this very page.")


def never_in_force(page: Page) -> Iterator[Found]:
    for one, own, valid in _beside_validity(page):
        if not meet(own, valid):
            message = f"It is in force {_days(own)}, and the code is valid {_days(valid)}; it never holds."
            yield Found(part=one.part, field="starts" if own.starts else "ends", message=message)


def beyond_validity(page: Page) -> Iterator[Found]:
    for one, own, valid in _beside_validity(page):
        early = own.starts is not None and own.starts < (valid.starts or FIRST)
        late = own.ends is not None and own.ends > (valid.ends or LAST)
        if meet(own, valid) and (early or late):
            message = f"It is in force {_days(own)}, on days on which the code is not valid ({_days(valid)})."
            yield Found(part=one.part, field="starts" if early else "ends", message=message)


def _beside_validity(page: Page) -> Iterator[tuple[Stated, Rule, Rule]]:
    """Each rule with days of its own, and the validity as a rule that is in force on the days it names."""
    stated = [own for _, own in page.rules if own.kind == "validity"]
    if len(stated) != 1:
        return
    bounds = stated[0].params
    valid = Rule(
        id="", code=page.number, kind="validity", params=bounds, section="", starts=bounds.from_, ends=bounds.to
    )
    for one, own in page.rules:
        if own.kind != "validity" and (own.starts or own.ends):
            yield one, own, valid


def waiting(page: Page) -> Iterator[Found]:
    for one in page.stated:
        if one.is_waiting:
            message = "Was read by machine and waits for a person; editions leave it out."
            yield Found(part=one.part, field="state", message=message)


def _days(one: Rule) -> str:
    if one.starts and one.ends:
        return f"from {one.starts} to {one.ends}"
    return f"from {one.starts} on" if one.starts else f"up to {one.ends}" if one.ends else "on every day"


_CODE_FIRST = rule("add-on", {"primaries": [SIBLING]})
_UNITS_EACH = rule("units", {"counts": "each", "noun": "tumors"}, slug="units-each")

RULES = Family(
    title="Rules",
    checks=(
        Check(
            id="rule-unreadable", level=Level.ERROR, find=unreadable,
            says="The parameters of a rule cannot be read by its kind.",
            do="Open the rule and fill in the field that is named.",
        ),
        Check(
            id="rule-without-section", level=Level.ERROR, find=missing_section,
            says="A rule cites a section that the page does not have.",
            do="Write that section, or let the rule cite another one.",
        ),
        Check(
            id="rule-cites-nothing", level=Level.ERROR, find=empty_section,
            says="A rule cites a section in which nothing is written, so a finding would lead nowhere.",
            do="Write in that section what the rule follows from, or let the rule cite another one.",
        ),
        Check(
            id="rules-contradict", level=Level.ERROR, find=contradicting,
            says="Two rules of a kind of which a code has one say different things about the same day.",
            do="Give the older one its last day and the newer one its first, or remove the wrong one.",
        ),
        Check(
            id="forbidden-and-wanted", level=Level.ERROR, find=forbidden_and_wanted,
            says="One rule forbids a code beside this one, and another one asks for it.",
            do="Take the code out of one of the two rules.",
        ),
        Check(
            id="supports-a-heading", level=Level.ERROR, find=supports_heading,
            says="A diagnosis rule lists the same diagnosis as supporting and as too short to be billed.",
            do="Keep it in one of the two lists.",
        ),
        Check(
            id="rule-names-itself", level=Level.ERROR, find=names_itself,
            says="A rule about other codes names the page's own.",
            do="Take the page's own code out of the rule.",
        ),
        Check(
            id="rule-never-in-force", level=Level.ERROR, find=never_in_force,
            says="The days of a rule lie outside those on which the code is valid, so it never holds.",
            do="Mend the days of the rule or those of the validity.",
        ),
        Check(
            id="rule-beyond-validity", level=Level.WARNING, find=beyond_validity,
            says="A rule names days before the code came or after it went.",
            do="Leave the day open, or mend the validity.",
        ),
        Check(
            id="rule-said-twice", level=Level.WARNING, find=said_twice,
            says="Two rules say the same for the same days, so a learner would read it twice.",
            do="Remove one of them.",
        ),
        Check(
            id="rule-waits", level=Level.WARNING, find=waiting,
            says="A rule was read by machine and nobody has accepted it.",
            do="Compare it with its sentence, then accept it, mend it or remove it.",
        ),
    ),
    specimens=(
        Specimen(title="A page whose rules agree", page=page()),
        Specimen(
            title="A rule followed by another one",
            page=page(rules=[
                rule("units", {"counts": "one or more"}, ends="2019-12-31"),
                rule("units", {"counts": "each"}, slug="units-2020", starts="2020-01-01"),
            ]),
        ),
        Specimen(
            title="A kind that asks for what is not there",
            page=with_rules(rule("redirect", {"when": {"site": "lung"}})), caught_by="rule-unreadable",
        ),
        Specimen(
            title="A section that is not there",
            page=with_rules(rule("not-with", {"codes": [SIBLING]}, section="when-to-use")),
            caught_by="rule-without-section",
        ),
        Specimen(
            title="A section without a word",
            page=page(sections=[section("billing", " "), section("history", "Since 2015.")]),
            caught_by="rule-cites-nothing",
        ),
        Specimen(
            title="One unit for all, and one for each", page=with_rules(_UNITS_EACH), caught_by="rules-contradict"
        ),
        Specimen(
            title="Two first days",
            page=with_rules(rule("validity", {"from": "2016-01-01"}, slug="validity-2")), caught_by="rules-contradict",
        ),
        Specimen(
            title="An add-on that may not stand beside its primary",
            page=with_rules(NOT_WITH, _CODE_FIRST), caught_by="forbidden-and-wanted",
        ),
        Specimen(
            title="A heading that supports",
            page=with_rules(rule("diagnosis", {"supports": ["C79.5"], "headers": ["C79.5"]})),
            caught_by="supports-a-heading",
        ),
        Specimen(
            title="Not with itself",
            page=with_rules(rule("not-with", {"codes": ["A1001", SIBLING]})), caught_by="rule-names-itself",
        ),
        Specimen(
            title="A rule that ended before the code came",
            page=with_rules(rule("not-with", {"codes": [SIBLING]}, ends="2012-12-31")),
            caught_by="rule-never-in-force",
        ),
        Specimen(
            title="A rule that begins before the code came",
            page=with_rules(rule("not-with", {"codes": [SIBLING]}, starts="2014-01-01")),
            caught_by="rule-beyond-validity",
        ),
        Specimen(
            title="The same words under two names",
            page=page(rules=[VALIDITY, NOT_WITH, rule("not-with", {"codes": [SIBLING]}, slug="again")]),
            caught_by="rule-said-twice",
        ),
        Specimen(
            title="Read by machine",
            page=with_rules(rule("not-with", {"codes": [SIBLING]}, state="proposed")), caught_by="rule-waits",
        ),
    ),
)  # fmt: skip
