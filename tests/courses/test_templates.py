"""The template courses of the starter library."""

import random
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from codes.library import current_stamp, library
from codes.models import PublishedCode
from courses import starter
from courses.contents import Contents
from courses.doing import wishes
from courses.models import Course, CourseItem
from quizzes.drawing import RHYTHM, Drawing
from quizzes.stakes import table

COURSES = list(starter.courses())


def load() -> str:
    out = StringIO()
    call_command("load_courses", stdout=out, stderr=StringIO())
    return out.getvalue()


def test_there_are_courses_on_ablation_and_on_modifiers() -> None:
    assert {one["title"] for one in COURSES} >= {"Percutaneous ablation", "Modifiers"}


def test_loading_again_changes_nothing(starter_library: None) -> None:
    assert f"{len(COURSES)} loaded" in load()
    before = list(CourseItem.objects.values())
    assert f"{len(COURSES)} unchanged" in load()
    assert list(CourseItem.objects.values()) == before
    assert Course.objects.templates().count() == len(COURSES)


def test_a_template_that_was_changed_here_is_kept(starter_library: None) -> None:
    load()
    Course.objects.filter(slug=COURSES[0]["slug"]).update(title="As we call it")
    assert "1 kept" in load()
    assert Course.objects.filter(title="As we call it").exists()


def test_without_the_library_it_says_what_to_do(no_library: None) -> None:
    with pytest.raises(CommandError, match="Run load_library first"):
        load()
    assert not Course.objects.exists()


@pytest.mark.parametrize("content", COURSES, ids=lambda content: str(content["slug"]))
def test_a_template_has_pages_sets_and_mastery_and_every_item_can_be_done(
    starter_library: None, content: starter.Content
) -> None:
    starter.load_course(content)
    items = list(Course.objects.get(slug=content["slug"]).items.select_related("code", "exam"))
    assert {item.kind for item in items} == {"page", "quiz", "mastery"}
    assert items[0].kind == "page"
    contents, stakes = Contents.of(items, library().rules), table(current_stamp())
    for item in items:
        assert contents.rules_in(item), item
        if item.code:
            assert PublishedCode.objects.filter(code=item.code).exists()
        if item.kind == "quiz":
            chance = random.Random(1)
            drawing = Drawing(chance=chance, seen=frozenset())
            assert drawing.fill(wishes(item, stakes, chance), RHYTHM, item.number) == 0, item


def test_the_words_of_a_template_name_no_code() -> None:
    words = [text for one in COURSES for text in (one["title"], one["summary"], *(i["title"] for i in one["items"]))]
    assert not [text for text in words if re.search(r"\d{4}", text)]
