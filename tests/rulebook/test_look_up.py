"""What no page knows is asked of a look-up that is handed in, once for a claim and only if there is anything."""

from datetime import date

import pytest

from rulebook.book import Rulebook
from rulebook.grade import grade
from rulebook.kinds.billable import BillableParams
from rulebook.kinds.ptp_edit import PtpEditParams
from rulebook.library import Library
from rulebook.types import Claim, ClaimLine, Encounter, Grade, Outcome, Rule, Service, Strange
from tests.rulebook.builders import rule, selects

DAY = date(2024, 3, 1)
RULES = (selects("X1001", procedure="ablation"), rule("X1001", "diagnosis", supports=["C79.51"]))


class Files:
    """Stands for the files: remembers what it was asked, and says what it is told to."""

    def __init__(self, *said: Rule) -> None:
        self.asked: list[Strange] = []
        self.said = said

    def __call__(self, book: Rulebook, strange: Strange) -> tuple[Rule, ...]:
        self.asked.append(strange)
        return self.said


def graded(files: Files, *lines: ClaimLine) -> Grade:
    encounter = Encounter(
        date_of_service=DAY, services=(Service(facets={"procedure": "ablation"}),), diagnoses=("C79.51",)
    )
    library = Library(codes=(), rules=RULES, look_up=files)
    return grade(Claim(lines=lines), encounter, library.on(DAY))


def line(code: str = "X1001", diagnosis: str = "C79.51") -> ClaimLine:
    return ClaimLine(code=code, diagnoses=(diagnosis,))


def test_a_claim_that_pages_know_asks_nothing() -> None:
    files = Files()
    assert graded(files, line()).clean
    assert files.asked == []


def test_all_of_it_is_asked_at_once() -> None:
    files = Files()
    graded(files, line(diagnosis="C79.5"), line("99999"), line("88888"))
    assert files.asked == [Strange(on=DAY, codes=("99999", "88888"), diagnoses=("C79.5",), beside=("X1001",))]


def test_without_a_word_from_the_files_a_strange_code_counts_for_nobody() -> None:
    (finding,) = [one for one in graded(Files(), line(), line("99999")).findings if one.code == "99999"]
    assert finding.outcome is Outcome.UNCLEAR


def test_an_edit_makes_it_unbundling_and_cites_the_page_beside_it() -> None:
    edit = Rule(
        id="X1001/ncci", code="X1001", kind="ptp-edit", section="billing",
        params=PtpEditParams(column2=("99999",), indicator=1),
    )  # fmt: skip
    result = graded(Files(edit), line(), line("99999"))
    (finding,) = [one for one in result.findings if one.code == "99999"]
    assert (finding.outcome, finding.category, finding.cites) == (Outcome.EXTRA, "unbundling", edit.cites)
    assert not result.clean


@pytest.mark.parametrize("params", [{"headers": ("C79.5",)}, {"unknown": ("C79.5",)}])
def test_what_files_say_of_a_diagnosis_comes_before_the_pages_list(params: dict[str, tuple[str, ...]]) -> None:
    said = Rule(id="X1001/b", code="X1001", kind="billable", section="billing", params=BillableParams(**params))
    result = graded(Files(said), line(diagnosis="C79.5"))
    assert [one.kind for one in result.findings if one.element == "diagnosis:C79.5"] == ["billable"]
