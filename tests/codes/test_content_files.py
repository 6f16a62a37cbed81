"""Pages as readable files: the same bytes there and back, and messages that name file, line and field."""

import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codes import starter
from codes.content_files import PAGE, FileError, line_of, ordered, read_files, tidy, write_folder
from codes.models import SECTIONS, Code
from codes.pages import heading_of, read_page, write_page
from codes.publish import build_document, digest_of, newest_edition
from codes.toml_writing import toml_text
from courses import starter as courses

FOLDERS = sorted(path for path in starter.FOLDER.iterdir() if path.is_dir())

# What a page can hold -----------------------------------------------------------------------

#: Any text, and often what files stumble over.
TRICKY = st.sampled_from(
    ['"""', '"', "\\", "\\\\", "'''", "## billing", "\\## billing", "## other-1: A heading", "\\\\## x", "[[rules]]",
     "=", "#", "[words](services.0.site)", "\t", "\n", "\n\n", "\r\n", "\u202e", "\u2028", "\ufeff", "😀", "é", "<b>",
     "```\n## documentation\n```", "    indented", "---", "\x1b[0m", "\x7f", "a\\", 'ends with "'],
)  # fmt: skip
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TEXT = st.lists(TRICKY | ANY, max_size=6).map("".join)
WORDS = TEXT.filter(lambda text: bool(text.strip()))
SLUG = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
DAY = st.dates().map(lambda day: day.isoformat())
SCALAR = TEXT | st.integers() | st.booleans() | st.floats(allow_nan=False)
JSON: Any = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=4)


def rows(fields: dict[str, Any], named: str = "") -> Any:
    unique = {"unique_by": lambda row: row[named]} if named else {}
    return st.lists(st.fixed_dictionaries(fields), max_size=3, **unique)


PAGES = st.fixed_dictionaries(
    {
        "system": st.sampled_from(Code.System.values),
        "number": st.from_regex(r"[0-9A-Z]{5}", fullmatch=True),
        "title": WORDS,
        "summary": TEXT,
        "official_descriptor": TEXT,
        "search_words": st.lists(TEXT, max_size=30),
        "sections": rows(
            {"slug": st.sampled_from([slug for slug, _ in SECTIONS] + ["other-1", "other-2"]), "heading": TEXT,
             "body": TEXT}, "slug",
        ),
        "rules": rows(
            {"slug": SLUG, "kind": SLUG, "params": OBJECT, "section": SLUG, "starts": st.none() | DAY,
             "ends": st.none() | DAY, "source": TEXT, "state": st.sampled_from(["proposed", "accepted"]),
             "origin": OBJECT}, "slug",
        ),
        "history": rows({"date": st.none() | DAY, "kind": SLUG, "text": TEXT, "successor": TEXT}),
        "documentation": rows({"slug": SLUG, "text": TEXT}, "slug"),
        "similar": rows({"number": SLUG, "gloss": TEXT}, "number"),
        "sources": rows({"title": TEXT, "note": TEXT, "url": TEXT}),
        "examples": st.lists(
            st.fixed_dictionaries(
                {"slug": SLUG, "title": TEXT, "narrative": TEXT, "encounter": OBJECT},
                optional={"also_accepted": st.lists(OBJECT, min_size=1, max_size=3)},
            ), max_size=3, unique_by=lambda row: row["slug"],
        ),
    }
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PAGES)
def test_any_page_is_the_same_after_its_files(page: Any) -> None:
    files = write_folder(page)
    again = read_files(files)
    assert again == ordered(tidy(page))
    assert write_folder(again) == files


@settings(max_examples=100, deadline=None)
@given(OBJECT)
def test_any_document_is_the_same_after_toml(document: Any) -> None:
    assert tomllib.loads(toml_text(document)) == document


def test_being_tidy_changes_nothing_that_is_shown(bone_code: Code) -> None:
    page = read_page(bone_code)
    untidy = page | {"sections": [{**row, "body": f"\r\n{row['body']}\r\n\n"} for row in page["sections"]]}
    assert tidy(untidy) == tidy(page)
    before = [row["html"] for row in build_document(bone_code)["sections"]]
    assert [row["html"] for row in build_document(write_page(untidy))["sections"]] == before


def test_the_first_line_of_a_text_keeps_its_indent() -> None:
    page = read_files({PAGE: 'number = "A9999"\ntitle = "x"', "page.md": "## overview\n\n\n    code\n\n  text  \n"})
    assert page["sections"][0]["body"] == "    code\n\n  text"


def test_files_saved_on_windows_are_the_same() -> None:
    folder = FOLDERS[0]
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert read_files({name: text.replace("\n", "\r\n") for name, text in files.items()}) == read_files(files)


# The starter library ------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_the_starter_library_is_canonical_to_the_byte(folder: Any) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert write_folder(starter.read_folder(folder)) == files


def test_what_is_stored_is_written_as_the_file_it_came_from(starter_library: None) -> None:
    """Byte for byte where the database keeps the order of keys; else in all it says."""
    for folder in FOLDERS:
        stored = write_folder(read_page(Code.objects.get(number=folder.name)))
        assert read_files(stored) == starter.read_folder(folder)


def test_loading_what_was_written_changes_nothing(starter_library: None) -> None:
    for code in Code.objects.all():
        written = read_files(write_folder(read_page(code)))
        assert starter.load_page(written) == "unchanged"
        newest = newest_edition(code)
        assert newest is not None
        assert digest_of(build_document(code)) == newest.digest


def test_courses_are_canonical_to_the_byte() -> None:
    for path in courses.FOLDER.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert courses.write_course_file(courses.read_course_file(path.stem, text, path.name)) == text


def test_a_stored_course_is_written_as_its_file(starter_library: None) -> None:
    for content in courses.courses():
        courses.load_course(content)
        made = courses.Course.objects.get(slug=content["slug"])
        assert courses.write_course_file(courses.read_course(made)) == courses.write_course_file(content)
        assert courses.load_course(content) == "unchanged"


# The licence --------------------------------------------------------------------------------


def test_without_a_licence_no_descriptor_leaves_the_site(bone_code: Code, settings: Any) -> None:
    page = read_page(bone_code) | {"official_descriptor": "Words of their owner."}
    settings.CPT_LICENSE_REF = ""
    assert "Words of" not in "".join(write_folder(page).values())
    settings.CPT_LICENSE_REF = "Licence 1"
    assert 'official_descriptor = "Words of their owner."' in write_folder(page)[PAGE]


def test_a_file_without_a_descriptor_leaves_the_stored_one(bone_code: Code) -> None:
    Code.objects.filter(pk=bone_code.pk).update(official_descriptor="Words of their owner.")
    code = write_page(read_files(write_folder(read_page(bone_code))))
    assert code.official_descriptor == "Words of their owner."


# What is refused ----------------------------------------------------------------------------

HEAD = 'number = "A9999"\ntitle = "A service"\n'
RULE = '[[rules]]\nslug = "one"\nkind = "units"\nsection = "billing"\n'


@pytest.mark.parametrize(
    ("toml", "line", "why"),
    [
        (HEAD + "nonsense = 1\n", 3, "nonsense: is not known here"),
        (HEAD + "title = 2\n", 3, "cannot be read as TOML"),
        (HEAD + RULE + "wrong = true\n", 7, "rules.0.wrong: is not known here"),
        (HEAD + RULE + RULE, 8, "rules.1.slug: “one” stands there twice"),
        (HEAD + RULE.replace('"billing"', "3"), 6, "rules.0.section: is a text"),
        (HEAD + '[[rules]]\nslug = "x"\n', 3, "rules.0.kind: is missing"),
        (HEAD + "rules = 3\n", 3, "rules: is written as [[rules]]"),
        ('title = "x"\n', 1, "number: is needed"),
        (HEAD + "x = " + "[" * 5000, 0, "cannot be read as TOML"),
    ],
)
def test_a_fault_is_told_with_file_line_and_field(toml: str, line: int, why: str) -> None:
    with pytest.raises(FileError) as caught:
        read_files({PAGE: toml}, "A9999/")
    assert (caught.value.name, caught.value.line) == ("A9999/page.toml", line)
    assert why in str(caught.value)


def test_a_page_needs_its_first_file() -> None:
    with pytest.raises(FileError, match=r"page\.toml: is not there"):
        read_files({"page.md": "## overview\n"})


def test_lines_of_sections_and_fields_are_found() -> None:
    text = "## overview\n\nText\n\n## billing\n\nText\n"
    assert [line_of(text, "sections", place) for place in range(3)] == [1, 5, 0]
    assert line_of(HEAD + RULE, "rules", 0, "kind") == 5
    assert heading_of("billing") == "Billing"
