"""Building courses: who may, what is refused and where, and that a change holds at once."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from codes.models import Code
from courses import building, standing
from courses.assigning import unassign
from courses.models import Assignment, Course, CourseItem, Standing, Team
from courses.opening import circle, needs
from quizzes.models import Exam
from tests.conftest import signed_in
from tests.courses.builders import course_of, give_course, mastery, page, quiz, sit
from tests.courses.builders import standing as standing_of

Kind = CourseItem.Kind


@pytest.fixture
def own(team: Team, bone_code: Code) -> Course:
    """A course of the team with a page and a set."""
    return course_of(page(bone_code), quiz(bone_code), team=team)


def add(client: Client, course: Course, kind: str, **sent: Any) -> Any:
    return client.post(reverse("item_new", args=[course.pk, kind]), sent)


def edit(client: Client, item: CourseItem, **sent: Any) -> Any:
    return client.post(reverse("item_edit", args=[item.course_id, item.pk]), sent)


def titles(course: Course) -> list[str]:
    return [str(item) for item in course.items.all()]


# Courses -------------------------------------------------------------------------------------


def test_a_manager_makes_a_course_for_the_own_team(as_manager: Client, team: Team, manager: User) -> None:
    sent = {"title": "First weeks", "team": team.pk, "in_order": "on"}
    as_manager.post(reverse("course_new"), sent)
    course = Course.objects.get()
    assert (course.title, course.team, course.author, course.in_order) == ("First weeks", team, manager, True)
    assert AuditEntry.objects.get(verb="course made").team == team.pk


def test_a_manager_makes_none_for_another_team_or_the_site(as_manager: Client, other_manager: User) -> None:
    another = Team.objects.get(name="Another team")
    for chosen in (another.pk, "", "x", 999999):
        refused = as_manager.post(reverse("course_new"), {"title": "Mine", "team": chosen})
        assert refused.status_code == 422
        assert "For: choose one of your teams." in refused.text
        assert 'value="Mine"' in refused.text
    assert not Course.objects.exists()


def test_fields_that_are_not_in_the_form_are_not_set(as_manager: Client, team: Team) -> None:
    sent = {"title": "First weeks", "team": team.pk, "is_template": "on", "is_remediation": "on", "slug": "mine"}
    as_manager.post(reverse("course_new"), sent)
    course = Course.objects.get()
    assert (course.is_template, course.is_remediation, course.slug) == (False, False, None)


def test_an_educator_makes_courses_and_templates_for_the_site(as_educator: Client) -> None:
    as_educator.post(reverse("course_new"), {"title": "For all", "team": "", "is_template": "on"})
    course = Course.objects.get()
    assert (course.team, course.is_template) == (None, True)


def test_an_educator_finds_no_course_of_a_team(as_educator: Client, own: Course) -> None:
    for name in ("course", "course_edit", "course_copy", "course_archive", "course_preview"):
        assert as_educator.get(reverse(name, args=[own.pk])).status_code == 404


def test_a_manager_sees_a_course_of_the_site_and_changes_nothing_in_it(as_manager: Client, bone_code: Code) -> None:
    course = course_of(page(bone_code))
    item = course.items.get()
    shown = as_manager.get(course.get_absolute_url())
    assert shown.status_code == 200
    assert "Remove" not in shown.text
    for name, args in (("course_edit", [course.pk]), ("item_edit", [course.pk, item.pk])):
        assert as_manager.post(reverse(name, args=args), {"title": "Mine"}).status_code == 403
    for name in ("item_move", "item_remove"):
        assert as_manager.post(reverse(name, args=[course.pk, item.pk]), {"to": "up"}).status_code == 403
    assert add(as_manager, course, "page", code="20983").status_code == 403
    assert course.items.count() == 1


def test_another_manager_does_not_find_the_course(other_manager: User, own: Course) -> None:
    theirs, item = signed_in(other_manager), own.items.first()
    assert item is not None
    assert theirs.get(own.get_absolute_url()).status_code == 404
    assert add(theirs, own, "page", code="20983").status_code == 404
    assert theirs.post(reverse("item_remove", args=[own.pk, item.pk])).status_code == 404
    assert own.items.count() == 2


def test_an_item_of_another_course_is_not_found(as_manager: Client, own: Course, bone_code: Code) -> None:
    other = course_of(page(bone_code)).items.get()
    assert edit(as_manager, CourseItem(pk=other.pk, course=own), code="20983").status_code == 404


def test_continuing_education_needs_a_certificate(as_manager: Client, own: Course) -> None:
    refused = as_manager.post(reverse("course_edit", args=[own.pk]), {"title": "T", "ce_hours": "1.5"})
    assert refused.status_code == 422
    assert "Continuing education units: they stand on a certificate" in refused.text
    own.refresh_from_db()
    assert own.ce_hours is None


def test_a_copy_holds_everything_and_is_its_own(as_manager: Client, team: Team, bone_code: Code) -> None:
    course = course_of(page(bone_code), quiz(bone_code), mastery("units"), is_template=True, slug="t")
    course.items.get(position=3).requires.add(course.items.get(position=1))
    as_manager.post(reverse("course_copy", args=[course.pk]), {"team": team.pk})
    made = Course.objects.get(team=team)
    assert (made.is_template, made.slug) == (False, None)
    assert titles(made) == titles(course)
    assert list(made.items.get(position=3).requires.all()) == [made.items.get(position=1)]


def test_a_course_that_is_put_away_is_listed_no_more_and_goes_on(
    as_manager: Client, team: Team, trainee: User, own: Course
) -> None:
    given = give_course(team, own, trainee)
    as_manager.post(reverse("course_archive", args=[own.pk]))
    listed = as_manager.get(reverse("courses"))
    assert f"“{own}” is put away." in listed.text
    assert not listed.context["of_teams"]
    assert as_manager.get(own.get_absolute_url()).status_code == 404
    assert signed_in(trainee).get(given.get_absolute_url()).status_code == 200


def test_the_list_shows_own_courses_the_sites_and_templates(
    as_manager: Client, other_manager: User, own: Course, bone_code: Code
) -> None:
    course_of(title="Hidden from here", team=Team.objects.get(name="Another team"))
    course_of(title="Of the site")
    course_of(title="To be copied", is_template=True)
    course_of(title="Made for one", is_remediation=True, team=own.team)
    shown = as_manager.get(reverse("courses")).text
    assert [name in shown for name in (own.title, "Of the site", "To be copied")] == [True] * 3
    assert "Hidden from here" not in shown
    assert "Made for one" not in shown


@pytest.mark.parametrize("kind", ["of_site", "templates"])
def test_the_list_is_by_title_however_the_courses_were_made(as_manager: Client, kind: str) -> None:
    for title in ("Zoster", "Ablation", "Modifiers"):
        course_of(title=title, is_template=kind == "templates")
    found = as_manager.get(reverse("courses")).context[kind]
    assert [one.title for one in found] == ["Ablation", "Modifiers", "Zoster"]


def test_the_preview_is_what_a_trainee_sees(as_manager: Client, own: Course) -> None:
    own.in_order = True
    own.save()
    shown = as_manager.get(reverse("course_preview", args=[own.pk])).text
    assert "Done when 80 % of 4 questions are clean." in shown
    assert "Locked" in shown
    assert "<button" not in shown.split('class="course-items"')[1].split("</ol>")[0]


# Items ---------------------------------------------------------------------------------------


def test_an_item_is_named_after_what_it_holds(as_manager: Client, own: Course) -> None:
    add(as_manager, own, "page", code=" 20982 ")
    add(as_manager, own, "quiz", number="7", codes=["20982", "20983"], kinds=["units"])
    add(as_manager, own, "mastery", rules="20983/units")
    add(as_manager, own, "quiz", number="5", title="My own name")
    assert titles(own)[2:] == [
        "Read 20982 Radiofrequency ablation of bone tumors through the skin", "7 questions on units",
        "Master 20983: Units", "My own name",
    ]  # fmt: skip


def test_a_name_follows_its_item_until_somebody_gives_another(as_manager: Client, own: Course) -> None:
    add(as_manager, own, "quiz", number="7", codes=["20983"])
    item = own.items.get(position=3)
    edit(as_manager, item, number="9", codes=["20983"], title=item.title)
    item.refresh_from_db()
    assert (item.title, item.number) == ("9 questions on 20983", 9)
    edit(as_manager, item, number="9", codes=["20983"], title="Mine")
    edit(as_manager, item, number="8", codes=["20983"], title="Mine")
    item.refresh_from_db()
    assert (item.title, item.number) == ("Mine", 8)


@pytest.mark.parametrize(
    ("kind", "sent", "says"),
    [
        ("page", {"code": "99999"}, "Page: there is no published page for 99999."),
        ("page", {}, "Page: enter the code of a page."),
        ("quiz", {"number": "0"}, "Questions: enter a whole number from 1 to 50."),
        ("quiz", {"number": "1e3"}, "Questions: enter a whole number from 1 to 50."),
        ("quiz", {"number": "10", "minutes": "-5"}, "Time limit: enter a whole number"),
        ("quiz", {"number": "10", "codes": ["99999"]}, "Pages: one of those chosen cannot be practised."),
        ("quiz", {"number": "10", "kinds": ["poetry"]}, "Kinds of rules: one of those chosen cannot be practised."),
        ("quiz", {"number": "10", "rules": "20983/poetry"}, "Single rules: there is no rule 20983/poetry."),
        ("quiz", {"number": "10", "codes": ["20983"], "kinds": ["each-additional"]}, "No question can be drawn"),
        ("mastery", {}, "Kinds of rules: choose what is to be mastered."),
        ("mastery", {"codes": ["20983"], "kinds": ["each-additional"]}, "There is no rule of this kind on these pages"),
        ("exam", {"exam": "7"}, "Exam: choose one that can be taken now."),
        ("quiz", {"number": "10", "requires": ["999999"]}, "Opens after: one of these is not in this course."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    as_manager: Client, own: Course, kind: str, sent: dict[str, Any], says: str
) -> None:
    Exam.objects.create(pk=7, title="Closed", is_open=False)
    refused = add(as_manager, own, kind, **sent, title="Kept as typed")
    assert refused.status_code == 422
    assert says in refused.text
    assert "Kept as typed" in refused.text
    assert own.items.count() == 2


def test_a_kind_that_is_none_is_not_found(as_manager: Client, own: Course) -> None:
    assert as_manager.get(reverse("item_new", args=[own.pk, "poem"])).status_code == 404


def test_an_open_exam_is_added(as_manager: Client, own: Course) -> None:
    exam = Exam.objects.create(title="Bones", is_open=True)
    add(as_manager, own, "exam", exam=exam.pk)
    assert own.items.get(position=3).exam == exam
    assert titles(own)[2] == "Exam: Bones"


def test_items_change_places(as_manager: Client, own: Course) -> None:
    first, second = own.items.all()
    as_manager.post(reverse("item_move", args=[own.pk, second.pk]), {"to": "up"})
    assert list(own.items.all()) == [second, first]
    as_manager.post(reverse("item_move", args=[own.pk, second.pk]), {"to": "up"})
    assert list(own.items.all()) == [second, first]
    as_manager.post(reverse("item_move", args=[own.pk, second.pk]), {"to": "down"})
    assert list(own.items.all()) == [first, second]


def test_items_that_wait_for_each_other_are_refused(as_manager: Client, own: Course) -> None:
    first, second = own.items.all()
    edit(as_manager, second, number="4", codes=["20983"], title="The set", requires=[first.pk])
    refused = edit(as_manager, first, code="20983", title="The page", requires=[second.pk])
    assert refused.status_code == 422
    assert "This would go in a circle: “The page” needs “The set” needs “The page”." in refused.text
    assert not first.requires.exists()


def test_an_order_against_what_is_required_is_refused(as_manager: Client, own: Course) -> None:
    first, second = own.items.all()
    first.requires.add(second)
    refused = as_manager.post(reverse("course_edit", args=[own.pk]), {"title": "T", "in_order": "on"})
    assert refused.status_code == 422
    assert "This would go in a circle" in refused.text
    own.refresh_from_db()
    assert own.in_order is False
    first.requires.clear()
    second.requires.add(first)
    Course.objects.update(in_order=True)
    refused = as_manager.post(reverse("item_move", args=[own.pk, second.pk]), {"to": "up"})
    assert refused.status_code == 409
    assert list(own.items.all()) == [first, second]


def test_a_circle_is_found_however_long(bone_code: Code) -> None:
    course = course_of(*[quiz(bone_code)] * 5)
    items = list(course.items.prefetch_related("requires"))
    for one, other in zip(items, [*items[1:], items[0]], strict=True):
        one.requires.add(other)
    items = list(course.items.prefetch_related("requires"))
    assert len(circle(needs(course, items), items[2])) == 5
    items[0].requires.clear()
    items = list(course.items.prefetch_related("requires"))
    assert not any(circle(needs(course, items), item) for item in items)


# What holds at once --------------------------------------------------------------------------


def test_a_change_says_how_many_it_concerns_and_holds_for_them(
    as_manager: Client, team: Team, trainee: User, teammate: User, own: Course
) -> None:
    mine, other = give_course(team, own, trainee, teammate)
    assert "2 people are at this course" in as_manager.get(own.get_absolute_url()).text
    added = as_manager.post(reverse("item_new", args=[own.pk, "page"]), {"code": "20982"}, follow=True)
    assert "It holds at once for 2 open assignments." in added.text
    assert mine.standings.count() == other.standings.count() == 3


def test_another_page_in_place_of_one_that_was_read_is_refused(
    as_manager: Client, team: Team, trainee: User, own: Course
) -> None:
    given, item = give_course(team, own, trainee), own.items.get(position=1)
    standing.read(standing_of(given), 1, timezone.now())
    refused = edit(as_manager, item, code="20982", title="")
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["code"])
    assert "1 person has begun or done this item" in refused.text
    item.refresh_from_db()
    assert item.code is not None
    assert item.code.number == "20983"
    assert edit(as_manager, item, code="20983", title="Another name").status_code == 302


def test_another_page_in_place_of_one_that_nobody_read_is_that_page(
    as_manager: Client, team: Team, trainee: User, own: Course
) -> None:
    given, item = give_course(team, own, trainee), own.items.get(position=1)
    assert edit(as_manager, item, code="20982", title="").status_code == 302
    assert standing_of(given).state == Standing.State.NOT_STARTED
    assert standing_of(given).item.code.number == "20982"


@pytest.mark.parametrize(
    ("codes", "status"), [(["20982"], 422), (["20982", "20983"], 302), ([], 302)], ids=["other", "more", "all"]
)
def test_a_set_that_was_begun_stays_about_what_it_was(
    as_manager: Client, team: Team, trainee: User, own: Course, codes: list[str], status: int
) -> None:
    sit(give_course(team, own, trainee), 2)
    changed = edit(as_manager, own.items.get(position=2), number="4", codes=codes)
    assert changed.status_code == status


def test_another_exam_in_place_of_one_that_was_begun_is_refused(
    as_manager: Client, team: Team, trainee: User, own: Course
) -> None:
    first, second = (Exam.objects.create(title=title, is_open=True) for title in ("First", "Second"))
    add(as_manager, own, "exam", exam=first.pk)
    given, item = give_course(team, own, trainee), own.items.get(position=3)
    assert edit(as_manager, item, exam=second.pk).status_code == 302
    given.standings.filter(item=item).update(state=Standing.State.DONE)
    assert edit(as_manager, item, exam=first.pk).status_code == 422


def test_removing_an_item_tells_who_did_it_and_finishes_who_did_the_rest(
    as_manager: Client, team: Team, trainee: User, own: Course
) -> None:
    given = give_course(team, own, trainee)
    standing.read(standing_of(given), 1, timezone.now())
    first, second = own.items.all()
    asked = as_manager.get(reverse("item_remove", args=[own.pk, first.pk])).text
    assert "1 person has begun or done it" in asked
    as_manager.post(reverse("item_remove", args=[own.pk, second.pk]))
    assert Assignment.objects.get(pk=given.pk).done_at is not None
    assert Standing.objects.filter(assignment=given).count() == 1


def test_each_change_is_noted_once(as_manager: Client, own: Course, manager: User) -> None:
    add(as_manager, own, "page", code="20982")
    item = own.items.get(position=3)
    edit(as_manager, item, code="20983", title="")
    as_manager.post(reverse("item_move", args=[own.pk, item.pk]), {"to": "up"})
    as_manager.post(reverse("item_remove", args=[own.pk, item.pk]))
    as_manager.post(reverse("course_edit", args=[own.pk]), {"title": "Another"})
    as_manager.post(reverse("course_archive", args=[own.pk]))
    noted = list(AuditEntry.objects.order_by("pk").values_list("verb", "who", "team"))
    verbs = ["item added", "item changed", "item moved", "item removed", "changed", "put away"]
    assert noted == [(f"course {verb}", manager.pk, own.team_id) for verb in verbs]


def test_what_is_refused_stores_nothing_at_all(as_manager: Client, own: Course) -> None:
    first, second = own.items.all()
    second.requires.add(first)
    AuditEntry.objects.all()._raw_delete("default")
    edit(as_manager, first, code="20982", title="Another", requires=[second.pk])
    first.refresh_from_db()
    assert first.title != "Another"
    assert not AuditEntry.objects.exists()


def test_a_verb_of_building_raises_with_the_names_of_the_circle(own: Course, manager: User) -> None:
    first, second = own.items.all()
    second.requires.add(first)
    with pytest.raises(building.Circular, match="“A” needs"):
        building.change_item(first, {"title": "A"}, [second], by=manager, at=timezone.now())


def test_the_only_item_stays_while_people_are_at_the_course(
    as_manager: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    course = course_of(page(bone_code), team=team)
    url = reverse("item_remove", args=[course.pk, course.items.get().pk])
    given = give_course(team, course, trainee)
    asked, sent = as_manager.get(url), as_manager.post(url)
    assert (asked.status_code, sent.status_code) == (200, 409)
    assert "1 person has open" in sent.text
    assert "Remove it" not in asked.text
    assert course.items.count() == 1
    unassign(given, "Not needed", by=None, at=timezone.now())
    assert as_manager.post(url).status_code == 302
    assert not course.items.exists()


def test_one_of_two_items_is_removed_though_people_are_at_the_course(
    as_manager: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    course = course_of(page(bone_code), quiz(bone_code), team=team)
    give_course(team, course, trainee)
    as_manager.post(reverse("item_remove", args=[course.pk, course.items.first().pk]))
    assert course.items.count() == 1
