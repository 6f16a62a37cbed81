"""Pairs of codes of which one is not paid beside the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rulebook.case import Case, Draft, Element
from rulebook.changes import beside
from rulebook.evidence import on_other_side, set_apart
from rulebook.kinds.base import Contrast, Kind, Specimen, listed
from rulebook.kinds.distinct import Distinct, DistinctParams
from rulebook.kinds.selection import COLD, FROZEN_BONE, selects
from rulebook.params import ParamError, param
from rulebook.shapes import CODE
from rulebook.types import Category, Claim, Finding, Outcome, Rule, Service

#: What the modifier indicator of an edit says.
NEVER, WITH_REASON = 0, 1
NAMED = 4
_DISTINCT = Distinct()
_SAME_PLACE = ({"procedure": "inspection"},)
_OTHER_PLACE = ({"procedure": "inspection", "structure": "separate"},)


@dataclass(frozen=True, slots=True, kw_only=True)
class PtpEditParams:
    """The other side of the pairs, and whether a modifier and a reason let both be paid."""

    column1: tuple[str, ...] = param("Codes that are paid, beside which this one is not", what=CODE, default=())
    column2: tuple[str, ...] = param("Codes that are not paid beside this one", what=CODE, default=())
    indicator: int = param("0: never both; 1: both with a modifier and a reason in the note")
    rationale: str | None = param("Why the pair exists, in the words of the file", default=None)

    def __post_init__(self) -> None:
        if bool(self.column1) == bool(self.column2):
            raise ParamError("column1", "or column 2 needs at least one code, and not both of them")
        if self.indicator not in (NEVER, WITH_REASON):
            raise ParamError("indicator", "must be 0 or 1; with 9 there is no edit")

    @property
    def others(self) -> tuple[str, ...]:
        """The codes of the other column."""
        return self.column1 or self.column2

    @property
    def distinct(self) -> DistinctParams:
        """What lets both be paid, for the code in column 2."""
        return DistinctParams(beside=self.column1)


def _shows(
    title: str, services: tuple[dict[str, str], ...], edit: Rule, *lines: str, finds: tuple[Outcome, str] | None = None
) -> Specimen:
    """A specimen in which something was frozen and looked at, with an edit; lines are a code and its modifiers."""
    entered = [{"code": code, "modifiers": modifiers} for code, *modifiers in map(str.split, lines)]
    case = {"date_of_service": "2024-03-01", "services": [FROZEN_BONE, *services], "claim": {"lines": entered}}
    rules = (COLD, selects("X6001", procedure="inspection"), edit)
    return Specimen(title=title, case=case, rules=rules, finds=finds)


class PtpEdit(Kind[PtpEditParams]):
    """A national edit pairs two codes: the one in column 2 is not paid beside the one in column 1.

    With modifier indicator 1 both are paid where the note gives a reason (another session, structure or
    practitioner, or unusual work) and the column 2 code has a modifier that says so, or where modifiers
    for places on the body tell the two apart. With indicator 0 nothing does.

    **Why it matters.** Every claim for Medicare, and for most other payers, runs through these pairs before
    anybody reads it. The line in column 2 is denied, and the patient may not be billed for it.

    **Example.** A diagnostic look into a joint is column 2 beside the operation in the same joint. The look
    is left off. Had it been the other knee, LT and RT would tell the two apart, and both would be paid.

    **What is checked.** Both codes on one claim for one date of service, in force on that day; which of them
    is column 2; the indicator; and the reason in the note. That there is no edit for two codes proves nothing:
    the notes of the codes themselves come first.

    **Source.** The procedure-to-procedure edits of the National Correct Coding Initiative, in the file and
    quarter that the rule names.
    """

    id: ClassVar[str] = "ptp-edit"
    title: ClassVar[str] = "NCCI edit"
    category: ClassVar[Category] = Category.UNBUNDLING
    section: ClassVar[str] = "billing"
    from_files: ClassVar[bool] = True
    Params = PtpEditParams

    def bundles(self, rule: Rule, draft: Draft) -> None:
        params: PtpEditParams = rule.params
        firsts, seconds = _columns(rule)
        for line in [one for one in draft.lines if one.code in seconds]:
            services = draft.encounter.services
            paid = [index for one in draft.lines if one.code in firsts for index in one.services]
            if params.indicator == NEVER:
                included = list(line.services) if paid else []
            else:
                together = [services[index] for index in paid if not set_apart(services[index])]
                included = [index for index in line.services if together and not _apart(services[index], together)]
            if included:
                draft.include(line, included, rule)

    def alternatives(self, params: PtpEditParams, line: Draft.Line, draft: Draft) -> tuple[tuple[str, ...], ...]:
        if params.indicator == NEVER or not params.column1:
            return ()
        return _DISTINCT.alternatives(params.distinct, line, draft)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        firsts, seconds = _columns(rule)
        paid = sorted(code for code in firsts if case.present(code))
        applied = [one for one in case.accepted.bundled if one.rule.id == rule.id]
        added = [
            element
            for code in sorted(seconds)
            for element in (case.elements_of(code, "entered") if paid else ())
            if element.outcome is Outcome.EXTRA
        ]
        for element in added:
            yield self._added(rule, element, paid[0], case)
        if applied and paid and not added:
            yield from self._left_off(rule, paid[0], case)
        if rule.params.indicator == WITH_REASON and rule.params.column1:
            said = replace(rule, params=rule.params.distinct)
            for finding in _DISTINCT.check(said, case):
                yield replace(finding, kind=self.id)

    def _added(self, rule: Rule, element: Element, paid: str, case: Case) -> Finding:
        services = tuple(one.service for one in case.accepted.bundled if element.code in one.codes)
        why = f"{element.code} stands beside {paid}. NCCI pairs them, with {element.code} in column 2: "
        if rule.params.indicator == NEVER:
            why += "with indicator 0 no modifier lets both be paid."
        else:
            why += "with indicator 1 both are paid only for a reason, and the note gives none."
        return self.finding(
            rule,
            element,
            facts=case.facts(services or case.services_of(paid), ("procedure",)),
            why=why + (f" The file says: {rule.params.rationale}." if rule.params.rationale else ""),
            fix=f"Take the line with {element.code} off; {paid} is the code that is paid.",
        )

    def _left_off(self, rule: Rule, paid: str, case: Case) -> Iterator[Finding]:
        bundled = [one for one in case.accepted.bundled if one.rule.id == rule.id]
        codes = listed(sorted({code for one in bundled for code in one.codes}))
        for element in case.elements_of(paid, "code"):
            if element.outcome is Outcome.KEPT:
                facts = case.facts(tuple(one.service for one in bundled), ("procedure",))
                why = f"NCCI has {codes} in column 2 of {paid}, and the claim leaves that off."
                yield self.finding(rule, element, facts=facts, why=why)

    def describe(self, params: PtpEditParams) -> str:
        others = listed(params.others, "or", NAMED)
        pair = f"column 2 beside {others}" if params.column1 else f"column 1, with {others} in column 2"
        allows = "never both" if params.indicator == NEVER else "both are paid only with a modifier and a reason"
        why = f". {params.rationale}" if params.rationale else ""
        return f"NCCI has this code in {pair}: {allows} (indicator {params.indicator}){why}."

    def contrasts(self, params: PtpEditParams) -> tuple[Contrast, ...]:
        if params.indicator == NEVER:
            return (Contrast(fact="session", value="separate", flips="with indicator 0 nothing changes", bundled=True),)
        why = "with a reason and a modifier both are paid"
        return tuple(
            Contrast(fact=fact, value=value, flips=why, bundled=True)
            for fact, value in (("session", "separate"), ("structure", "separate"))
        )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        firsts, seconds = _columns(rule)
        if case.accepted_codes.isdisjoint(firsts):
            return
        likely = [code for one in case.accepted.bundled if one.rule.id == rule.id for code in one.codes]
        for code in dict.fromkeys((*likely, *sorted(seconds))):
            if code not in case.accepted_codes:
                yield beside(case.claim, code)
        if rule.params.column1:
            yield from _DISTINCT.mistakes(replace(rule, params=rule.params.distinct), case)

    def names(self, params: PtpEditParams) -> tuple[str, ...]:
        return params.others

    _never, _reason = (
        Rule(
            id=f"X6001/ptp-edit-{indicator}",
            code="X6001",
            kind="ptp-edit",
            params=PtpEditParams(column1=("X1001",), indicator=indicator, rationale="More extensive procedure"),
            section="billing",
        )
        for indicator in (NEVER, WITH_REASON)
    )
    _first = Rule(
        id="X1001/ptp-edit",
        code="X1001",
        kind="ptp-edit",
        params=PtpEditParams(column2=("X6001",), indicator=NEVER),
        section="billing",
    )
    clean = (
        _shows("The code in column 2 is left off", _SAME_PLACE, _never, "X1001"),
        _shows("A reason in the note, and its modifier", _OTHER_PLACE, _reason, "X1001", "X6001 XS"),
        _shows("The general modifier says it as well", _OTHER_PLACE, _reason, "X1001", "X6001 59"),
        _shows("With indicator 0 no reason lets both be paid", _OTHER_PLACE, _never, "X1001"),
    )
    caught = (
        _shows(
            "Both codes, one after the other", _SAME_PLACE, _reason, "X1001", "X6001", finds=(Outcome.EXTRA, "code")
        ),
        _shows("Column 2 first on the claim", _SAME_PLACE, _reason, "X6001", "X1001", finds=(Outcome.EXTRA, "code")),
        _shows("Both, as column 1 tells it", _SAME_PLACE, _first, "X1001", "X6001", finds=(Outcome.EXTRA, "code")),
        _shows(
            "A modifier where none lets both be paid",
            _OTHER_PLACE,
            _never,
            "X1001",
            "X6001 59",
            finds=(Outcome.EXTRA, "code"),
        ),
        _shows("59 without a reason", _SAME_PLACE, _reason, "X1001", "X6001 59", finds=(Outcome.EXTRA, "modifier:59")),
        _shows(
            "A reason in the note, and nothing on the claim",
            _OTHER_PLACE,
            _reason,
            "X1001",
            "X6001",
            finds=(Outcome.MISSING, "modifier:XS"),
        ),
    )


def _columns(rule: Rule) -> tuple[frozenset[str], frozenset[str]]:
    """The codes in column 1 and those in column 2 of the pairs."""
    own, others = frozenset({rule.code}), frozenset(rule.params.others)
    return (others, own) if rule.params.column1 else (own, others)


def _apart(service: Service, paid: Sequence[Service]) -> bool:
    """Whether the note sets a service apart from those of the code in column 1."""
    return set_apart(service) or on_other_side(service, paid)
