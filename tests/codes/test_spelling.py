"""The parameters of a rule are written in one way, wherever they come from."""

from typing import Any

import pytest

from codes.content_files import read_files, write_folder
from codes.models import Code, Rule
from codes.pages import read_page, read_part, write_page, write_part
from codes.publish import build_document, content_of
from codes.spelling import meaning, spelled
from editorial.differences import differences
from editorial.states import same_page
from rulebook.kinds import KINDS
from rulebook.kinds.base import Kind
from rulebook.params import dump, parse

LISTED = {"facets": {"procedure": ["ablation"], "site": ["bone"], "technique": ["cryoablation", "radiofrequency"]}}
PLAIN = {"facets": {"procedure": "ablation", "site": "bone", "technique": ["cryoablation", "radiofrequency"]}}


def written(kind: Kind[Any]) -> list[Any]:
    """The parameters of a kind in its specimens, as they are written."""
    rules = [rule for specimen in (*kind.clean, *kind.caught) for rule in specimen.rules]
    return [dump(rule.params) for rule in rules if rule.kind == kind.id]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_the_one_spelling_means_the_same(kind: Kind[Any]) -> None:
    for params in written(kind):
        for said in (spelled(kind.id, params), meaning(kind.id, params)):
            assert parse(kind.Params, said) == parse(kind.Params, params)
            assert spelled(kind.id, said) == said


def test_a_lone_value_is_that_value() -> None:
    assert spelled("selection", LISTED) == PLAIN


@pytest.mark.parametrize("params", [None, [], "x", {"facets": "x"}, {"facets": {"site": []}}, {"nosuch": {"a": ["b"]}}])
def test_what_cannot_be_read_stays_as_it_is(params: Any) -> None:
    assert spelled("selection", params) == params
    assert meaning("selection", params) == params
    assert spelled("no-such-kind", LISTED) == meaning("no-such-kind", LISTED) == LISTED


def test_what_says_no_more_than_its_default_means_the_same_without() -> None:
    params = {"primaries": ["77067"], "complete": True}
    assert spelled("add-on", params) == params
    assert meaning("add-on", params) == {"primaries": ["77067"]}


def test_every_way_into_the_draft_writes_it(bone_code: Code) -> None:
    part = read_part(bone_code, "rules/selection")
    write_part(bone_code, "rules/selection", part | {"params": LISTED})
    assert read_part(bone_code, "rules/selection")["params"] == PLAIN
    page = read_page(bone_code)
    listed = page | {
        "rules": [row | {"params": LISTED} if row["slug"] == "selection" else row for row in page["rules"]]
    }
    write_page(listed)
    assert read_page(bone_code) == page
    assert read_files(write_folder(listed)) == read_files(write_folder(page))


def test_a_page_that_was_stored_otherwise_says_what_its_edition_says(bone_code: Code) -> None:
    document = build_document(bone_code)
    rule = bone_code.rules.get(slug="selection")
    listed = {"facets": {facet: [value] for facet, value in rule.params["facets"].items()}}
    Rule.objects.filter(pk=rule.pk).update(params=listed)
    assert same_page(read_page(bone_code), document)
    assert differences(content_of(document), read_page(bone_code)) == ()
