"""Codes that are part of another and are not reported beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rulebook.case import Case, Draft, Element, Reading
from rulebook.changes import beside
from rulebook.evidence import on_other_side, set_apart
from rulebook.kinds.base import Asked, Contrast, Kind, Specimen, asked, fits, listed
from rulebook.kinds.selection import COLD, FROZEN_BONE, GUIDANCE, ULTRASOUND
from rulebook.params import Facets, ParamError, param
from rulebook.shapes import CODE
from rulebook.types import Category, Claim, Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWithParams:
    """The codes that must not stand beside this one, and the service they would report."""

    codes: tuple[str, ...] = param("Codes not to report together with this one", what=CODE)
    service: Facets = param("The service those codes report, as far as the page names it", default_factory=dict)
    this_code_is_part: bool = param(
        "Tick when this code is the one that is left off, because the others include it", default=False
    )

    def __post_init__(self) -> None:
        if not self.codes:
            raise ParamError("codes", "needs at least one code")


class NotWith(Kind[NotWithParams]):
    """Some work is part of the code and never has a line of its own beside it.

    **Why it matters.** Reporting a part beside the whole is unbundling: it is the most
    common reason for a denied line, and when it happens again and again it is what payers
    call abuse.

    **Example.** A code whose wording includes imaging guidance is reported alone, whether
    the guidance was by ultrasound, fluoroscopy, CT or MR. For another organ the very same
    guidance may have a line of its own, so the page of the code decides, not the habit.

    **What is checked.** Both codes on one claim for one date, in the same session. A
    service for which the note gives a reason to stand apart is not bundled: a separate
    session, another structure, another practitioner, or work that the code does not
    usually contain.

    **Source.** The "do not report with" note of the code, in the section that the finding
    cites.
    """

    id: ClassVar[str] = "not-with"
    title: ClassVar[str] = "Not reported together"
    category: ClassVar[Category] = Category.UNBUNDLING
    section: ClassVar[str] = "billing"
    Params = NotWithParams

    def bundles(self, rule: Rule, draft: Draft) -> None:
        if rule.params.this_code_is_part:
            whole = draft.codes & set(rule.params.codes)
            parts = [line for line in draft.lines if line.code == rule.code] if whole else []
        else:
            parts = [line for line in draft.lines if line.code in rule.params.codes]
            for reading in tuple(draft.open):
                if self._covers(rule.params, reading):
                    draft.include_open(reading, rule)
        for line in parts:
            services = draft.encounter.services
            wholes = [services[index] for index in self._wholes(rule, draft)]
            if wholes:
                included = [index for index in _together(line, draft) if not on_other_side(services[index], wholes)]
                draft.include(line, included, rule)

    def _wholes(self, rule: Rule, draft: Draft) -> list[int]:
        """The including services that were done together with the rest, and not apart from everything."""
        codes = rule.params.codes if rule.params.this_code_is_part else (rule.code,)
        return [index for line in draft.lines if line.code in codes for index in _together(line, draft)]

    def _covers(self, params: NotWithParams, reading: Reading) -> bool:
        """A service without a decided code is covered when nothing but listed codes could report it."""
        if set_apart(reading.service):
            return False
        if reading.candidates:
            return set(reading.candidates) <= set(params.codes)
        return bool(params.service) and fits(params.service, reading.service)

    def check(self, rule: Rule, case: Case) -> Iterator[Finding]:
        applied = rule.id in [bundled.rule.id for bundled in case.accepted.bundled]
        added = self._added(rule, case)
        whole = self._whole(rule, applied, case) if applied or added else None
        if whole is None:
            return
        for element in added:
            code = element.code
            yield self.finding(
                rule,
                element,
                facts=self._facts(rule, code, case),
                why=self._why(rule, code, whole),
                fix=f"Take the line with {code} off; {whole} reports the work.",
            )
        if applied and not added:
            for element in case.elements_of(whole, "code"):
                if element.outcome is Outcome.KEPT:
                    yield self.finding(
                        rule,
                        element,
                        facts=self._facts(rule, "", case),
                        why=f"{self._what(rule).capitalize()} is part of {whole}, and it is not reported again.",
                    )

    def _added(self, rule: Rule, case: Case) -> list[Element]:
        """The lines that the rule takes off and that no other has spoken about."""
        parts = (rule.code,) if rule.params.this_code_is_part else rule.params.codes
        entered = [line.code for line in case.claim.lines if line.code in parts]
        if not entered:
            return []
        return [
            element
            for code in sorted(set(entered))
            for element in case.elements_of(code, "entered")
            if element.outcome is Outcome.EXTRA
        ]

    def _whole(self, rule: Rule, applied: bool, case: Case) -> str | None:
        """The code that includes the others, if it is on the accepted claim or on this one."""
        if rule.params.this_code_is_part:
            return next((code for code in rule.params.codes if case.present(code)), None)
        return rule.code if applied or case.present(rule.code) else None

    def _facts(self, rule: Rule, code: str, case: Case) -> tuple[str, ...]:
        """The bundled service in the note; where there is none, the service it would belong to."""
        services = [
            bundled.service for bundled in case.accepted.bundled if bundled.rule.id == rule.id or code in bundled.codes
        ]
        if not services and rule.params.service:
            services = [
                index for index, service in enumerate(case.encounter.services) if fits(rule.params.service, service)
            ]
        return case.facts(tuple(services) or case.services_of(rule.code), ("procedure",))

    def _what(self, rule: Rule) -> str:
        for values in rule.params.service.values():
            return listed(values, "or") or "that work"
        return "that work"

    def _why(self, rule: Rule, code: str, whole: str) -> str:
        what = f"{self._what(rule)}, which " if rule.params.service else "work that "
        included = f"{code} reports {what}{whole} already includes"
        return f"{code} stands beside {whole}. {included}, so it has no line of its own."

    def asks(self, params: NotWithParams) -> tuple[Asked, ...]:
        return asked("service", params.service)

    def describe(self, params: NotWithParams) -> str:
        if params.this_code_is_part:
            return f"Do not report this code beside {listed(params.codes, 'or')}: they include it."
        what = (
            f": {listed([listed(v, 'or') for v in params.service.values()][:1])} is included" if params.service else ""
        )
        return f"Do not report {listed(params.codes, 'or')} together with this code{what}."

    def contrasts(self, params: NotWithParams) -> tuple[Contrast, ...]:
        return (
            Contrast(
                fact="session",
                value="separate",
                flips="work in a separate session is no part of this code",
                bundled=True,
            ),
            *self._more(params),
        )

    def _more(self, params: NotWithParams) -> Iterator[Contrast]:
        """With or without the included work the claim is the same."""
        if params.service and not params.this_code_is_part:
            yield Contrast(
                fact="service", value=None, service=params.service, flips="it is part of the code either way"
            )

    def mistakes(self, rule: Rule, case: Case) -> Iterator[Claim]:
        applied = [bundled for bundled in case.accepted.bundled if bundled.rule.id == rule.id]
        likely = [code for bundled in applied for code in bundled.codes]
        parts = (rule.code,) if rule.params.this_code_is_part else (*likely, *rule.params.codes)
        for code in dict.fromkeys(parts):
            if code not in case.accepted_codes:
                yield beside(case.claim, code)

    def names(self, params: NotWithParams) -> tuple[str, ...]:
        return params.codes if params.this_code_is_part else ()

    _rules = (
        COLD,
        GUIDANCE,
        Rule(
            id="X1001/not-with",
            code="X1001",
            kind="not-with",
            params=NotWithParams(codes=("X2001",), service={"procedure": ("imaging guidance",)}),
            section="billing",
        ),
    )
    clean = (
        Specimen(
            title="Guidance was used and is not reported again",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, ULTRASOUND],
                "claim": {"lines": [{"code": "X1001"}]},
            },
            rules=_rules,
        ),
        Specimen(
            title="Guidance in a separate session has its own line",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, {**ULTRASOUND, "session": "separate"}],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X2001"}]},
            },
            rules=_rules,
        ),
    )
    caught = (
        Specimen(
            title="Guidance reported beside the code that includes it",
            case={
                "date_of_service": "2024-03-01",
                "services": [FROZEN_BONE, ULTRASOUND],
                "claim": {"lines": [{"code": "X1001"}, {"code": "X2001"}]},
            },
            rules=_rules,
            finds=(Outcome.EXTRA, "code"),
        ),
    )


def _together(line: Draft.Line, draft: Draft) -> list[int]:
    """The services of a line that nothing sets apart from the rest."""
    return [index for index in line.services if not set_apart(draft.encounter.services[index])]
