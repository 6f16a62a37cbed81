"""Every link that the check of a draft can give leads to an element of the page it leads to."""

import pytest
from django.test import Client

from codes.lint import CHECKS, FAMILIES, Problem, Specimen
from codes.lint.run import problems_of_page
from codes.models import Code
from codes.pages import read_part, write_page, write_part
from editorial.checking import problems_of, where_to_mend

BROKEN = [one for family in FAMILIES for one in family.specimens if one.caught_by]


def missing(client: Client, number: str, problems: tuple[Problem, ...]) -> list[str]:
    """The links that lead to no page, or to nothing on it."""
    links = {where_to_mend(number, one.part, one.field): f"{one.check}, {one.part}, {one.field}" for one in problems}
    return [f"{link} ({said})" for link, said in links.items() if not _found(client, link)]


def _found(client: Client, link: str) -> bool:
    address, _, name = link.partition("#")
    page = client.get(address)
    return page.status_code == 200 and (not name or f'id="{name}"' in page.text)


@pytest.mark.parametrize("specimen", BROKEN, ids=lambda one: one.title)
def test_every_link_leads_to_an_element(
    as_educator: Client, starter_library: None, monkeypatch: pytest.MonkeyPatch, specimen: Specimen
) -> None:
    problems = problems_of_page(specimen.page, CHECKS)
    assert specimen.caught_by in {one.check for one in problems}
    # Stored as it may have been before a word or a kind became another.
    monkeypatch.setattr("codes.pages._check", lambda instance, where: None)
    code = write_page(specimen.page.content)
    assert missing(as_educator, code.number, problems) == []


def test_what_stands_in_a_field_leads_to_that_field(bone_code: Code) -> None:
    part = read_part(bone_code, "similar")
    write_part(bone_code, "similar", [part[0], part[1] | {"gloss": "Call (312) 555-0199."}, *part[2:]])
    write_part(bone_code, "rules/units", read_part(bone_code, "rules/units") | {"source": "TODO"})
    at = {one.url.partition("#")[2] for one in problems_of(bone_code)}
    assert {"id_rows-1-gloss", "id_source"} <= at


@pytest.mark.parametrize(
    ("part", "field", "wanted"),
    [
        ("sections/overview", "", ""),
        ("about", "search_words.2", "id_search_words"),
        ("rules/x", "params.facets.site.0", "id_param_facets"),
        ("examples/x", "encounter.services.1.site", "service-1-procedure"),
        ("examples/x", "encounter.services.1.count", "service-1-count"),
        ("examples/x", "encounter.patient.shoe", "age"),
        ("examples/x", "encounter.patient.sex", "sex"),
        ("examples/x", "encounter.earlier.0.date", "earlier-0-day"),
        ("examples/x", "encounter.documented", "documents"),
        ("examples/x", "encounter.nonsense", "day"),
    ],
)
def test_a_path_becomes_the_id_of_a_field(part: str, field: str, wanted: str) -> None:
    assert where_to_mend("20983", part, field).partition("#")[2] == wanted
