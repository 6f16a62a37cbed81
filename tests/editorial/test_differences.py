"""What was changed between two contents of a page: nothing is left out, and nothing is made up."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from codes.models import Code
from codes.pages import CODE_FIELDS, PARTS, Content, read_page
from editorial.differences import Change, Difference, differences, publishable, same
from editorial.wording_diff import Kind

words = st.text("ab c", max_size=6)
leaves = st.one_of(words, st.integers(0, 2), st.booleans(), st.none(), st.just(1.0))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pq"), inner, max_size=2)
)


def rows(part: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of a part, some of which are called the same."""
    fields: dict[str, Any] = dict.fromkeys(PARTS[part][1], st.sampled_from(["", "a b", None]))
    fields |= {name: values for name in ("params", "encounter") if name in fields}
    fields |= {name: st.sampled_from(["x", "y", "z", "w"]) for name in ("slug", "number", "kind") if name in fields}
    if part == "rules":
        fields["state"] = st.just("accepted")
    return st.lists(st.fixed_dictionaries(fields), max_size=3)


few = settings(max_examples=40, deadline=None)
contents = st.fixed_dictionaries(dict.fromkeys(CODE_FIELDS, leaves) | {part: rows(part) for part in PARTS})


def applied(old: Content, found: Sequence[Difference]) -> Content:
    """What the differences make of a content."""
    new = dict(publishable(old))
    for one in found:
        if one.part == "about":
            assert one.new is not None
            new |= one.new
    for part in PARTS:
        new[part] = _applied(new[part], [one for one in found if one.part == part])
    return new


def _applied(old: Sequence[Mapping[str, Any]], found: Sequence[Difference]) -> list[Any]:
    kept = list(old)
    for one in found:
        if one.old is not None and (one.new is None or one.moved):
            del kept[next(place for place, row in enumerate(kept) if row is one.old)]  # that one, not one like it
        elif one.old is not None:
            kept[next(place for place, row in enumerate(kept) if row is one.old)] = one.new  # type: ignore[call-overload]
    for one in sorted((one for one in found if one.new is not None), key=lambda one: one.place or 0):
        if one.old is None or one.moved:
            assert one.place is not None
            kept.insert(one.place, one.new)  # type: ignore[arg-type]
    return kept


@few
@given(old=contents, new=contents)
def test_there_is_a_difference_exactly_where_two_contents_differ(old: Content, new: Content) -> None:
    assert (not differences(old, new)) == same(publishable(old), publishable(new))


@few
@given(content=contents)
def test_a_content_does_not_differ_from_its_copy(content: Content) -> None:
    assert differences(content, json.loads(json.dumps(content))) == ()


@few
@given(old=contents, new=contents)
def test_the_differences_lead_from_the_old_content_to_the_new(old: Content, new: Content) -> None:
    seen = publishable(old)
    assert same(applied(seen, differences(seen, new)), publishable(new))


@few
@given(content=contents)
def test_of_a_new_page_all_is_added(content: Content) -> None:
    found = differences(None, content)
    assert {one.change for one in found} == {Change.ADDED}
    assert len(found) == 1 + sum(len(publishable(content)[part]) for part in PARTS)


@given(rows=st.lists(st.sampled_from("abcdef"), unique=True), data=st.data())
def test_what_stayed_in_order_is_not_called_moved(rows: list[str], data: st.DataObject) -> None:
    """Taking one row out and putting it elsewhere moves at most that one."""
    if not rows:
        return
    chosen = data.draw(st.sampled_from(rows))
    rest = [row for row in rows if row != chosen]
    rest.insert(data.draw(st.integers(0, len(rest))), chosen)
    found = differences(_page(rows), _page(rest))
    assert len(found) <= 1
    assert all(one.change is Change.MOVED and one.fields == () for one in found)


def _page(slugs: Sequence[str]) -> Content:
    return {"sections": [{"slug": slug} for slug in slugs]}


def edited(bone_code: Code) -> tuple[Content, Content]:
    return read_page(bone_code), read_page(bone_code)


def test_a_rule_is_compared_by_its_sentence_and_each_parameter(bone_code: Code) -> None:
    old, new = edited(bone_code)
    rule = next(one for one in new["rules"] if one["slug"] == "not-with")
    rule["params"] = {**rule["params"], "codes": rule["params"]["codes"][1:]}
    (found,) = differences(old, new)
    assert (found.part, found.name, found.change) == ("rules", "Rule “not-with”", Change.CHANGED)
    assert [field.label for field in found.fields] == ["What it tells", "Codes"]
    removed = [span.text for field in found.fields for span in field.spans if span.kind is Kind.REMOVED]
    assert removed == ["76940, ", "76940, "]


def test_a_fact_of_an_example_is_named_by_its_path(bone_code: Code) -> None:
    old, new = edited(bone_code)
    new["examples"][0]["encounter"]["services"][0]["site"] = "lung"
    (found,) = differences(old, new)
    assert [field.label for field in found.fields] == ["Facts, services, 1, site"]


def test_words_of_a_section_are_told_one_by_one(bone_code: Code) -> None:
    old, new = edited(bone_code)
    new["sections"][0]["body"] += " Quite."
    (found,) = differences(old, new)
    (field,) = found.fields
    assert [span.text for span in field.spans if span.kind is Kind.ADDED] == [" Quite."]


def test_a_rule_that_waits_for_a_person_makes_no_difference(bone_code: Code) -> None:
    old, new = edited(bone_code)
    new["rules"].append({**new["rules"][0], "slug": "proposed", "state": "proposed"})
    assert differences(old, new) == ()
