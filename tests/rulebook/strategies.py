"""Random libraries, encounters on them, and claims for those: small alphabets, so that things collide.

Parameters come from pools made once, because building them from parts for each example
would take most of the time of the laws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from rulebook import Claim, ClaimLine, Encounter, Library, Rulebook, Service, derive
from rulebook.case_format import write_encounter
from rulebook.kinds import KINDS
from rulebook.kinds.add_on import AddOnParams
from rulebook.kinds.code_first import CodeFirstParams
from rulebook.kinds.diagnosis import DiagnosisParams
from rulebook.kinds.distinct import DistinctParams
from rulebook.kinds.documentation import DocumentationParams
from rulebook.kinds.each_additional import EachAdditionalParams
from rulebook.kinds.excludes import ExcludesParams
from rulebook.kinds.global_period import GlobalPeriodParams
from rulebook.kinds.laterality import LateralityParams
from rulebook.kinds.modifier import ModifierParams
from rulebook.kinds.mue import MueParams
from rulebook.kinds.not_with import NotWithParams
from rulebook.kinds.patient import PatientParams
from rulebook.kinds.ptp_edit import PtpEditParams
from rulebook.kinds.redirect import RedirectParams
from rulebook.kinds.selection import SelectionParams
from rulebook.kinds.separate_procedure import SeparateProcedureParams
from rulebook.kinds.sequencing import SequencingParams
from rulebook.kinds.seventh_character import SeventhCharacterParams
from rulebook.kinds.units import Counting, UnitsParams
from rulebook.kinds.use_additional import UseAdditionalParams
from rulebook.kinds.validity import ValidityParams
from rulebook.params import dump
from rulebook.types import CodeFacts, Derivation, DocumentationItem, EarlierProcedure, Patient, Rule

FACETS = {
    "procedure": ("ablation", "biopsy", "imaging guidance"),
    "site": ("bone", "lung"),
    "technique": ("cryoablation", "radiofrequency"),
    "modality": ("ultrasound", "CT"),
}
CODES = tuple(f"X{number}" for number in (1001, 1002, 1003, 1004, 2001, 2002, 2003, 2004, 3001, 3002, 3003, 3004))
UNKNOWN = "Z9999"
#: Codes that only count what another code leaves: one with a page of its own, one without.
COUNTS_ON, COUNTS_ON_UNKNOWN = "X9001", "Z9001"
DAYS = (date(2024, 3, 1), date(2014, 12, 31), date(2015, 1, 1), date(2019, 6, 30))
DIAGNOSES = ("C79.51", "C79.52", "C40.01", "C40.0", "C34.10", "S83.241", "S83.241A", "S83.242D")
ITEMS = tuple(DocumentationItem(slug=slug, text=f"the {slug}") for slug in ("times", "signature", "progress"))
SLUGS = tuple(item.slug for item in ITEMS)
MODIFIERS = ("25", "59", "XE", "LT", "RT", "50")

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """An encounter, the library it is coded with, and what follows from the two."""

    library: Library
    encounter: Encounter
    book: Rulebook
    derivation: Derivation

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis prints of a failing example: the case and the rules, no more."""
        rules = [(rule.id, dump(rule.params)) for rule in self.library.rules if rule.kind != "missed-service"]
        printer.text(f"<{write_encounter(self.encounter)} coded with {rules}>")

    @property
    def claims(self) -> list[Claim]:
        """The acceptable claims."""
        return [accepted.claim for accepted in self.derivation.accepted]


def scene_of(library: Library, encounter: Encounter) -> Scene:
    """Derive once, for the tests to share."""
    book = library.on(encounter.date_of_service)
    return Scene(library=library, encounter=encounter, book=book, derivation=derive(encounter, book))


def subsets(values: tuple[str, ...], least: int = 0, most: int = 2) -> list[tuple[str, ...]]:
    """Every choice of so many of these, the small ones first."""
    return [chosen for size in range(least, most + 1) for chosen in combinations(values, size)]


def _choices(facet: str) -> list[dict[str, tuple[str, ...]]]:
    """The facet left open, with one value, with two."""
    return [{facet: values} if values else {} for values in subsets(FACETS[facet])]


NEEDS = [a | b | c | d for d, c, b, a in product(*(_choices(facet) for facet in reversed(FACETS))) if "procedure" in a]
SELECTIONS = [SelectionParams(facets=needs) for needs in NEEDS]
UNITS = [None, *(UnitsParams(counts=counts) for counts in Counting), UnitsParams(counts=Counting.EACH, per=2)]
DIAGNOSIS_LISTS = [
    None,
    DiagnosisParams(supports=("C79.51",)),
    DiagnosisParams(supports=("C79.51", "C40.-"), headers=("C40.0",)),
    DiagnosisParams(supports=("C79.52", "C34.10")),
    DiagnosisParams(supports=("C00-D49", "S83.2-")),
]
DOCUMENTATION = [None, DocumentationParams()]
VALIDITIES = [
    ValidityParams(from_=date(2015, 1, 1)),
    ValidityParams(to=date(2014, 12, 31), successors=("X1001",)),
    ValidityParams(from_=date(2015, 1, 1), to=date(2019, 6, 30)),
]
ADD_ONS = [AddOnParams(primaries=codes, complete=full) for codes in subsets(CODES[:5], 1) for full in (True, False)]
NOT_WITH = [
    NotWithParams(codes=codes, service=service, this_code_is_part=part)
    for codes in subsets(CODES[:6], 1)
    for service in ({}, {"procedure": ("imaging guidance",)})
    for part in (False, True)
]
AGES = (0, 17, 18, 39, 40, 130)
PATIENT_LIMITS = [
    PatientParams(to_age=17),
    PatientParams(from_age=18),
    PatientParams(from_age=18, to_age=39),
    PatientParams(from_age=40, sex="F"),
    PatientParams(places=("11",)),
]
VISITS = ({}, {"procedure": ("imaging guidance",)}, {"procedure": ("biopsy",), "site": ("bone", "lung")})
GLOBAL_PERIODS = [
    GlobalPeriodParams(days=days, visits=visits, apart=apart)
    for days in ("000", "010", "090")
    for visits in VISITS
    for apart in ({}, {"laterality": ("left",)})
]
SEPARATE_PROCEDURES = [SeparateProcedureParams(), SeparateProcedureParams(same="laterality")]
REDIRECTS = [
    RedirectParams(when=when, to=codes)
    for when in ({"technique": ("radiofrequency",)}, {"site": ("bone",), "modality": ("CT", "ultrasound")})
    for codes in subsets(CODES[:4], 1)
]
EACH_ADDITIONAL = [
    EachAdditionalParams(code=code, included=included)
    for code in (COUNTS_ON, COUNTS_ON_UNKNOWN, *CODES[1:6])
    for included in (1, 2)
]
DISTINCT = [
    DistinctParams(beside=codes, **modifiers)
    for codes in subsets(CODES[:4], 1)
    for modifiers in ({}, {"modifiers": {"structure": ("XE",)}})
]
PTP_EDITS = [
    PtpEditParams(**{column: codes}, indicator=indicator)
    for codes in subsets(CODES[:5], 1)
    for column in ("column1", "column2")
    for indicator in (0, 1)
]
MUES = [None, MueParams(most=1, indicator=2), MueParams(most=2, indicator=3)]
SIDES = {"left": ("LT",), "right": ("RT",)}
LINE_MODIFIERS = [
    None,
    ModifierParams(facet="laterality", modifiers=SIDES),
    ModifierParams(facet="laterality", modifiers=SIDES, both=("50",)),
    ModifierParams(facet="laterality", modifiers={"left": ("25",)}, beside_global=("000",)),
    ModifierParams(facet="laterality", modifiers=SIDES, both=("50",), beside_global=("000", "090")),
    ModifierParams(facet="laterality", modifiers=SIDES, optional=True),
    ModifierParams(facet="laterality", modifiers={"left": ("25", "59")}, both=("50",), optional=True),
    ModifierParams(facet="relation", modifiers={"unrelated": ("25",)}, within_global=("010", "090")),
    ModifierParams(facet="relation", modifiers={"unrelated": ("59",)}, beside_global=("000",), within_global=("090",)),
]
SEQUENCES = [None, SequencingParams(first=("C79.52",)), SequencingParams(first=("C40.-", "C34.10"))]
EXCLUDES = [
    ExcludesParams(keeps=keeps, drops=drops)
    for keeps, drops in ((("C79.51",), ("C79.52", "S83.2-")), (("C40.-",), ("C79.51",)), (("C79.52",), ("C79.-",)))
]
CODES_FIRST = [
    CodeFirstParams(manifestations=("C79.51",), underlying=("C34.-", "C40.-")),
    CodeFirstParams(manifestations=("C79.-", "S83.2-"), underlying=("C00-C49",)),
]
ADDITIONAL = [
    UseAdditionalParams(with_=("C79.51", "C40.-"), add=("C34.10", "S83.2-")),
    UseAdditionalParams(with_=("S83.2-",), add=("C79.-",)),
]
SEVENTH_CHARACTERS = [
    SeventhCharacterParams(below=("S83.2-",), facet="laterality", characters=characters)
    for characters in ({"left": ("A",), "right": ("D",)}, {"left": ("A", "B"), "right": ("S",)})
]
SIDES_OF_DIAGNOSES = [
    LateralityParams(sides={"left": ("S83.242-", "C79.51"), "right": ("S83.241-", "C79.52")}),
    LateralityParams(sides={"left": ("C40.-",), "right": ("C34.10",)}, facet="site"),
    LateralityParams(sides={"bone": ("C40.-",), "lung": ("C34.10",)}, facet="site"),
]
#: The notes of ICD-10-CM that a page has, by themselves and in pairs that get in each other's way.
NOTES: list[tuple[Any, ...]] = [
    *[()] * 8,
    *[(note,) for note in EXCLUDES + CODES_FIRST + ADDITIONAL + SEVENTH_CHARACTERS + SIDES_OF_DIAGNOSES],
    *product(CODES_FIRST, ADDITIONAL),
    *product(SEVENTH_CHARACTERS[:1], SIDES_OF_DIAGNOSES[:2], EXCLUDES[:2]),
    *product(CODES_FIRST, EXCLUDES, SIDES_OF_DIAGNOSES[:1]),
]
#: What a line must show, and what it may stand beside: one draw for each instead of one for each kind.
DEMANDS = [
    tuple(filter(None, demands))
    for demands in product(UNITS, MUES, DIAGNOSIS_LISTS, DOCUMENTATION, LINE_MODIFIERS, SEQUENCES)
]
LIMITS = [
    *[()] * 80,
    *[(limit,) for limit in VALIDITIES * 6 + ADD_ONS + NOT_WITH],
    *zip(NOT_WITH[20:], NOT_WITH[::-1], strict=False),
    *zip(VALIDITIES * 3, NOT_WITH[::7], strict=False),
    *[(limit,) for limit in PATIENT_LIMITS * 12 + GLOBAL_PERIODS * 6 + SEPARATE_PROCEDURES * 40],
    *[(limit,) for limit in REDIRECTS * 3 + EACH_ADDITIONAL * 8],
    *zip(EACH_ADDITIONAL, NOT_WITH[::5], strict=False),
    *[(limit,) for limit in DISTINCT * 3],
    *zip(DISTINCT, NOT_WITH[::4], strict=False),
    *[(limit,) for limit in PTP_EDITS * 2],
    *zip(PTP_EDITS, NOT_WITH[::3], strict=False),
    *zip(PTP_EDITS, DISTINCT * 2, strict=False),
    *zip(DISTINCT * 2, SEPARATE_PROCEDURES * 20, strict=False),
    *zip(EACH_ADDITIONAL, GLOBAL_PERIODS, strict=False),
    *zip(SEPARATE_PROCEDURES * 10, PATIENT_LIMITS + EACH_ADDITIONAL, strict=False),
]
KIND_OF = {kind.Params: kind for kind in KINDS}
PAGES = st.tuples(
    st.sampled_from(SELECTIONS),
    st.sampled_from(DEMANDS),
    st.sampled_from(LIMITS),
    st.sampled_from(NOTES),
    st.sampled_from([ITEMS, (), ITEMS[:1], ITEMS[1:]]),
)


def named(params: Any) -> tuple[str, ...]:
    """The other codes that a rule's parameters list."""
    match params:
        case NotWithParams(codes=codes) | AddOnParams(primaries=codes) | RedirectParams(to=codes):
            return codes
        case DistinctParams(beside=codes):
            return codes
        case PtpEditParams():
            return params.others
        case EachAdditionalParams(code=code):
            return (code,)
    return ()


def page(code: str, params: tuple[Any, ...]) -> list[Rule]:
    """The rules of one code; a code does not list itself."""
    others = [one for one in params if code not in named(one)]
    kinds = [KIND_OF[type(one)] for one in others]
    return [
        Rule(id=f"{code}/{kind.id}-{number}", code=code, kind=kind.id, params=one, section=kind.section)
        for number, (kind, one) in enumerate(zip(kinds, others, strict=True))
    ]


@st.composite
def libraries(draw: Draw) -> Library:
    """Five to twelve codes whose rules get in each other's way, and one that only counts on."""
    pages = list(zip(CODES, draw(st.lists(PAGES, min_size=5, max_size=len(CODES))), strict=False))
    rules = [
        rule
        for code, (selection, demands, limits, notes, _) in pages
        for rule in page(code, (selection, *demands, *limits, *notes))
    ]
    rules += page(COUNTS_ON, pages[0][1][1])
    return Library(
        codes=[CodeFacts(number=code, documentation=items) for code, (*_, items) in [*pages, (COUNTS_ON, pages[0][1])]],
        rules=rules,
    )


FREE = [dict(zip(FACETS, values, strict=True)) for values in product(*((None, *values) for values in FACETS.values()))]
FREE_FACETS = [{facet: value for facet, value in facets.items() if value} for facets in FREE if any(facets.values())]


def _fitting(library: Library) -> list[dict[str, str]]:
    """What the library's codes ask for, so that encounters are often codable."""
    needs = [rule.params.facets for rule in library.rules if rule.kind == "selection"]
    return [{facet: pick(values) for facet, values in need.items()} for need in needs for pick in (min, max)]


def services(library: Library) -> st.SearchStrategy[Service]:
    """Something done, more often than not something that a code reports."""
    facets = st.one_of(*[st.sampled_from(_fitting(library))] * 3, st.sampled_from(FREE_FACETS))
    apart, left, right = {"session": "separate"}, {"laterality": "left"}, {"laterality": "right"}
    unrelated, elsewhere = {"relation": "unrelated"}, {"structure": "separate"}
    session = st.sampled_from(
        [{}, {}, {}, {}, apart, apart, left, right, {**apart, **left}, unrelated, elsewhere, {**elsewhere, **apart}]
    )
    return st.builds(
        lambda own, when, count: Service(facets={**own, **when}, count=count),
        facets,
        session,
        st.sampled_from([1, 1, 2, 3]),
    )


PATIENTS = st.builds(Patient, age=st.sampled_from([None, *AGES]), sex=st.sampled_from([None, "F", "M"]))
SHOWN = [None, *map(frozenset, reversed(subsets(SLUGS, 0, 3)))]


#: Code and days before the encounter, on both sides of the ends of each global period.
BEFORE = [(code, days) for code in (*CODES[:5], UNKNOWN) for days in (0, 1, 10, 11, 90, 91)]
EARLIER = [*[()] * 40, *[(one,) for one in BEFORE], *zip(BEFORE, BEFORE[7:], strict=False)]


def _earlier(day: date, before: tuple[tuple[str, int], ...]) -> tuple[EarlierProcedure, ...]:
    return tuple(EarlierProcedure(code=code, date=day - timedelta(days=days)) for code, days in before)


def encounters(library: Library) -> st.SearchStrategy[Encounter]:
    """One to four services on a day that matters to somebody, some of them in the wake of others."""
    return st.builds(
        lambda day, before, **facts: Encounter(date_of_service=day, earlier=_earlier(day, before), **facts),
        day=st.sampled_from(DAYS),
        before=st.sampled_from(EARLIER),
        services=st.lists(services(library), min_size=1, max_size=4).map(tuple),
        patient=PATIENTS,
        place_of_service=st.sampled_from([None, "11", "22"]),
        diagnoses=st.sampled_from(subsets(DIAGNOSES, 0, 3)),
        documented=st.sampled_from(SHOWN),
    )


@st.composite
def scenes(draw: Draw) -> Scene:
    """Any encounter on any library."""
    library = draw(libraries())
    return scene_of(library, draw(encounters(library)))


def codable_scenes() -> st.SearchStrategy[Scene]:
    """Scenes with at least one acceptable claim."""
    return scenes().filter(lambda scene: scene.claims)


VALUES = {
    "units": st.integers(1, 3),
    "modifiers": st.sampled_from(subsets(MODIFIERS)),
    "diagnoses": st.sampled_from(subsets(DIAGNOSES)),
}
LINES = st.builds(ClaimLine, code=st.sampled_from([*CODES, UNKNOWN]), **VALUES)


def claims(scene: Scene) -> st.SearchStrategy[Claim]:
    """Lines that are right, lines that crowd around two codes, and lines that are anything."""
    right = [line for claim in scene.claims for line in claim.lines]
    near = st.builds(ClaimLine, code=st.sampled_from([*(line.code for line in right), *CODES][:2]), **VALUES)
    lines = st.one_of(st.sampled_from(right), near, LINES) if right else near | LINES
    return st.lists(lines, max_size=5).map(lambda chosen: Claim(lines=tuple(chosen)))


@st.composite
def answered(draw: Draw) -> tuple[Scene, Claim]:
    """A scene and any claim for it."""
    scene = draw(scenes())
    return scene, draw(claims(scene))
