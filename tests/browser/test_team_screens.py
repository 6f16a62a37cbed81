"""Every screen of teams, courses, assigning, reports, mail and certificates, held to the bars of all others."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from codes.models import Code
from coding_edu.throttle import MISSES
from courses import doing
from courses.assigning import extend, unassign
from courses.certificates import issue, revoke
from courses.invitations import token_of, withdraw
from courses.models import Assignment, Certificate, Course, CourseItem, Invitation, Letter, Membership, Team
from courses.standing import read
from courses.views import certificates
from quizzes.models import Answer, Attempt, Exam
from tests.browser.conftest import OpenAs, Witness
from tests.browser.screens import MEANT, check_screen, unfold
from tests.courses.builders import answer, course_of, give_course, mastery, page, quiz
from tests.courses.builders import standing as standing_of
from tests.courses.inviting import link, mailed
from tests.courses.showing import answer_set

DAY = timedelta(days=1)
BAD_LIST = "email,name,role,cohort\ngood@example.org,Good,trainee,Spring\nno address,Bad,chief,"
#: Fields stay as they are sent: without it the browser would not send what it can see is wrong.
SEND_ANYTHING = "document.querySelectorAll('form').forEach(one => { one.noValidate = true; })"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A team with something on every page. ``late`` is begun and overdue, ``done`` gave a certificate."""

    team: Team
    course: Course
    late: Assignment
    done: Assignment
    holds: Certificate
    revoked: Certificate
    mailed: Invitation
    link: Invitation

    def address(self, text: str) -> str:
        """An address with the numbers of this team in it."""
        numbers = {
            "team": self.team.pk, "trainee": self.late.person_id, "course": self.course.pk, "late": self.late.pk,
            "done": self.done.pk, "mailed": self.mailed.pk, "link": self.link.pk,
            "manager": self.team.memberships.get(role=Membership.Role.MANAGER).person_id,
            "quiz": self.course.items.get(position=2).pk,
            "answer": Answer.objects.filter(state=Answer.State.SUBMITTED).latest("pk").pk,
            "holds": self.holds.code, "revoked": self.revoked.code,
        }  # fmt: skip
        return text.format(**numbers)


Opener = Callable[[Page, Shown], Any]


@pytest.fixture
def shown(team: Team, trainee: User, teammate: User, manager: User, bone_code: Code) -> Shown:
    """Made once a test: what was answered, assigned, mailed, invited and certified in a team."""
    at = timezone.now()
    Membership.objects.filter(person=trainee).update(cohort="Spring 2026")
    Membership.objects.filter(person=teammate).update(cohort="Fall 2026")
    answer_set(trainee, bone_code, "rrwwrrwrw", at - 2 * DAY)
    answer_set(teammate, bone_code, "wrrr", at - 9 * DAY, seed=2)
    course, late = _late(team, trainee, bone_code)
    done, again = _done(team, trainee, bone_code), _done(team, teammate, bone_code)
    holds, gone = issue(done, at), issue(again, at)
    assert holds
    assert gone
    revoke(gone, "Somebody else sat at the keys.", by=manager, at=at)
    _letters(team)
    expired = mailed(team, "late@example.org", name="Larry Late")
    Invitation.objects.filter(pk=expired.pk).update(expires_at=at - DAY)
    return Shown(
        team=team, course=course, late=late, done=done, holds=holds, revoked=gone,
        mailed=mailed(team, "guest@example.org", name="Gwen Guest"), link=link(team, cohort="Spring 2026"),
    )  # fmt: skip


def _late(team: Team, trainee: User, code: Code) -> tuple[Course, Assignment]:
    """One item of each state, past the time it was given twice."""
    items = (page(code), quiz(code, title="First set"), quiz(code, title="Second set"), mastery("units"))
    course = course_of(*items, title="First steps in ablation", summary="From bone to lung.", team=team)
    course.items.get(position=4).requires.add(course.items.get(position=3))
    made: Assignment = give_course(team, course, trainee, attempts_allowed=1, extra_percent=25)
    read(standing_of(made), 1, timezone.now())
    answer(begun(made, 2), 1)
    begun(made, 3)
    extend(made, timezone.now() + DAY, "On leave", by=None, at=timezone.now())
    Assignment.objects.filter(pk=made.pk).update(due_at=timezone.now() - DAY)
    made.refresh_from_db()
    return course, made


def begun(made: Assignment, place: int) -> Attempt:
    """A set as its trainee begins it."""
    return doing.start(doing.Step(assignment=made, standing=standing_of(made, place)), timezone.now(), seed=place)


def _done(team: Team, person: User, code: Code) -> Assignment:
    """A course to the end, with a certificate of continuing education."""
    course = course_of(
        page(code), title="The page itself", gives_certificate=True, ce_hours="1.5", ce_provider="AAPC", ce_number="7"
    )
    made: Assignment = give_course(team, course, person)
    Assignment.objects.filter(pk=made.pk).update(done_at=timezone.now())
    made.refresh_from_db()
    return made


def _letters(team: Team) -> None:
    """At least one in each state."""
    rows = Letter.objects.filter(assignment__team=team).order_by("pk")
    for letter, state in zip(rows, Letter.State.values, strict=False):
        Letter.objects.filter(pk=letter.pk).update(state=state, tries=3, error="no answer", sent_at=timezone.now())


# Openers -------------------------------------------------------------------------------------


def goto(address: str) -> Opener:
    """An address is enough."""

    def opened(page: Page, shown: Shown) -> None:
        page.goto(shown.address(address))
        unfold(page)

    return opened


def refused(address: str, button: str, **fields: str) -> Opener:
    """A form with something wrong in it, and the summary that says so."""

    def opened(page: Page, shown: Shown) -> None:
        page.goto(shown.address(address))
        send(page, button, **fields)
        expect(page.locator(".errors")).to_be_focused()

    return opened


def send(page: Page, button: str, **fields: str) -> None:
    """Fill in fields by their names and press a button."""
    page.evaluate(SEND_ANYTHING)
    for name, text in fields.items():
        field = page.locator(f"main [name={name}]")
        field.select_option(text) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(text)
    page.locator("main").get_by_role("button", name=button).first.click()


def checked(page: Page, shown: Shown) -> None:
    """The second step of assigning, with somebody who is left out."""
    page.goto(shown.address("/teams/{team}/assign/?course={course}"))
    page.get_by_label("Everybody").check()
    page.get_by_role("button", name="Check").click()
    expect(page.locator("main")).to_contain_text("Left out")


def changing(page: Page, shown: Shown) -> None:
    """Two assignments that are to be changed."""
    page.goto(shown.address("/teams/{team}/assignments/?state=all"))
    for one in page.locator(".pick").all()[:2]:
        one.check()
    page.get_by_role("button", name="Change the chosen ones").click()
    expect(page.locator("h1")).to_have_text("Change assignments")


def changed_wrongly(page: Page, shown: Shown) -> None:
    """Without saying what or why."""
    changing(page, shown)
    send(page, "Change", due_on="2020-01-01")
    expect(page.locator(".errors")).to_be_focused()


def taken_back(page: Page, shown: Shown) -> None:
    """An assignment that does not count any more, which comes last of its page."""
    unassign(shown.late, "Has left for another team", by=None, at=timezone.now())
    page.goto(shown.address("/teams/{team}/assignments/{late}/"))
    expect(page.locator("main")).to_contain_text("taken back")


def listed(page: Page, shown: Shown) -> None:
    """The report on a list with a good row and a bad one."""
    page.goto(shown.address("/teams/{team}/people/invite/list/"))
    page.get_by_label("Or paste it here").fill(BAD_LIST)
    page.get_by_role("button", name="Check the list").click()
    expect(page.locator("main")).to_contain_text("1 of 2 rows will be invited")


def listed_too_late(page: Page, shown: Shown) -> None:
    """The same when somebody else was quicker."""
    listed(page, shown)
    quicker = mailed(shown.team, "good@example.org")
    page.get_by_role("button", name="Invite 1 person").click()
    expect(page.locator("main")).to_contain_text("Something changed")
    quicker.delete()


def list_done(page: Page, shown: Shown) -> None:
    """The rows that are left, with those that were invited on the page of people afterwards."""
    listed(page, shown)
    page.get_by_role("button", name="Invite 1 person").click()
    expect(page.locator("main")).to_contain_text("1 row to correct")


def remediated(page: Page, shown: Shown) -> None:
    """The member's page with what was assigned a moment ago."""
    page.goto(shown.address("/teams/{team}/people/{trainee}/"))
    page.get_by_role("button", name="Assign remediation").click()
    expect(page.locator("main")).to_contain_text("questions on")


#: The pages of a team, as they are without anything in it as well.
PAGES = {
    "dashboard": "/teams/{team}/",
    "heat map": "/teams/{team}/map/",
    "answers": "/teams/{team}/answers/",
    "cohorts": "/teams/{team}/cohorts/",
    "assignments": "/teams/{team}/assignments/",
    "assign": "/teams/{team}/assign/",
    "people": "/teams/{team}/people/",
    "certificates": "/teams/{team}/certificates/",
    "mail": "/teams/{team}/mail/",
    "settings": "/teams/{team}/settings/",
}
#: In this order: a later screen has the changes of the earlier ones.
MANAGING: dict[str, Opener] = {
    "teams": goto("/teams/"),
    **{name: goto(address) for name, address in PAGES.items()},
    "dashboard, a cohort": goto("/teams/{team}/?weeks=all&cohort=Fall+2026&sort=score"),
    "dashboard, nobody found": goto("/teams/{team}/?find=zzz&show=overdue"),
    "heat map, weakest first": goto("/teams/{team}/map/?weeks=4&sort=weakest"),
    "cell": goto("/teams/{team}/map/{trainee}/unbundling/"),
    "cell, nothing in it": goto("/teams/{team}/map/{trainee}/sequencing/?weeks=4"),
    "member": goto("/teams/{team}/people/{trainee}/"),
    "answers, narrowed": goto("/teams/{team}/answers/?weeks=all&person={trainee}&broken=1&outcome=clean"),
    "one answer": goto("/teams/{team}/answers/{answer}/"),
    "assignments, all": goto("/teams/{team}/assignments/?state=all"),
    "assignments, none": goto("/teams/{team}/assignments/?state=open&person={manager}"),
    "one assignment": goto("/teams/{team}/assignments/{late}/"),
    "one assignment, done": goto("/teams/{team}/assignments/{done}/"),
    "assign, check": checked,
    "assign, with errors": refused("/teams/{team}/assign/", "Check", due_on="2020-01-01", pass_percent="0"),
    "change assignments": changing,
    "change assignments, with errors": changed_wrongly,
    "mail, failed": goto("/teams/{team}/mail/?state=failed"),
    "people, nobody": goto("/teams/{team}/people/?role=manager&cohort=Fall+2026"),
    "seat": goto("/teams/{team}/people/{trainee}/seat/"),
    "seat, the last manager": refused("/teams/{team}/people/{manager}/seat/", "Save", role="trainee"),
    "withdraw a seat": goto("/teams/{team}/people/{trainee}/withdraw/"),
    "withdraw a seat, refused": refused("/teams/{team}/people/{manager}/withdraw/", "Withdraw the seat"),
    "invite": goto("/teams/{team}/people/invite/"),
    "invite, with errors": refused("/teams/{team}/people/invite/", "Invite", addresses="nobody, no@where"),
    "invite by a link": goto("/teams/{team}/people/invite/link/"),
    "invite by a link, with errors": refused("/teams/{team}/people/invite/link/", "Make the link", uses="0", days="91"),
    "invite from a list": goto("/teams/{team}/people/invite/list/"),
    "invite from a list, with errors": refused("/teams/{team}/people/invite/list/", "Check the list"),
    "a list, checked": listed,
    "a list, too late": listed_too_late,
    "a list, done": list_done,
    "people, with a list": goto(PAGES["people"]),
    "an invitation": goto("/teams/{team}/invitations/{mailed}/"),
    "an invitation by a link": goto("/teams/{team}/invitations/{link}/"),
    "settings, with errors": refused("/teams/{team}/settings/", "", name="", target_percent="101"),
    "put the team away": goto("/teams/{team}/archive/"),
    "new team": goto("/teams/new/"),
    "new team, with errors": refused("/teams/new/", "", name="", target_percent="101"),
    "revoke": goto("/certificates/{holds}/revoke/"),
    "revoke, without a reason": refused("/certificates/{holds}/revoke/", "Revoke the certificate"),
    "revoke, revoked already": goto("/certificates/{revoked}/revoke/"),
    "member, remediated": remediated,
    "cell, remediated": goto("/teams/{team}/map/{trainee}/unbundling/"),
    "taken back": taken_back,
    "nothing here": goto("/teams/{team}/people/999999/"),
    "not for this account": goto("/articles/read/"),
}


def item_refused(kind: str, **fields: str) -> Opener:
    """An item that cannot be asked."""
    return refused(f"/courses/{{course}}/items/new/{kind}/", "Add", **fields)


def waiting_for_each_other(page: Page, shown: Shown) -> None:
    """An item that cannot go below one that waits for it."""
    Course.objects.filter(pk=shown.course.pk).update(in_order=True)
    page.goto(shown.course.get_absolute_url())
    page.get_by_role("button", name="Move Second set down").click()
    expect(page.locator(".errors")).to_be_focused()
    Course.objects.filter(pk=shown.course.pk).update(in_order=False)


BUILDING: dict[str, Opener] = {
    "courses": goto("/courses/"),
    "course": goto("/courses/{course}/"),
    "course, not to be moved": waiting_for_each_other,
    "preview": goto("/courses/{course}/preview/"),
    "edit": goto("/courses/{course}/edit/"),
    "edit, with errors": refused("/courses/{course}/edit/", "Store", title="", ce_hours="100"),
    "new course": goto("/courses/new/"),
    "new course, with errors": refused("/courses/new/", "Make the course", title="", ce_hours="100"),
    "copy": goto("/courses/{course}/copy/"),
    "put away": goto("/courses/{course}/archive/"),
    **{f"new item: {kind}": goto(f"/courses/{{course}}/items/new/{kind}/") for kind in CourseItem.Kind.values},
    "new page, with errors": item_refused("page", code="99999"),
    "new set, with errors": item_refused("quiz", number="0", minutes="0", rules="20983/nothing"),
    "new exam, with errors": item_refused("exam"),
    "new mastery, with errors": item_refused("mastery"),
    "item": goto("/courses/{course}/items/{quiz}/"),
    "item, with errors": refused("/courses/{course}/items/{quiz}/", "Store", number="51"),
    "remove an item": goto("/courses/{course}/items/{quiz}/remove/"),
    "what changed": goto("/courses/changes/?team={team}"),
}


def locked_meanwhile(page: Page, shown: Shown) -> None:
    """What was open when the page was read is not any more."""
    items = shown.done.course.items
    second = CourseItem.objects.create(course=shown.done.course, position=2, kind="page", code=items.get().code)
    Assignment.objects.filter(pk=shown.done.pk).update(done_at=None)
    shown.done.standings.create(item=second)
    page.goto(shown.done.get_absolute_url())
    Course.objects.filter(pk=shown.done.course_id).update(in_order=True)
    page.get_by_role("button", name="I have read").last.click()
    expect(page.locator(".errors")).to_be_focused()
    Assignment.objects.filter(pk=shown.done.pk).update(done_at=timezone.now())


def running(page: Page, shown: Shown) -> None:
    """A question of a set that is assigned."""
    page.goto(shown.late.get_absolute_url())
    page.get_by_role("link", name="Go on with Second set").click()
    expect(page.locator("h1")).to_contain_text("Question 1 of 4")


def result(page: Page, shown: Shown) -> None:
    """The summary of such a set, with the way back."""
    page.goto(shown.late.get_absolute_url())
    page.get_by_role("link", name="Last result of First set").click()
    expect(page.locator("main")).to_contain_text("Back to the course")


def walked(page: Page, shown: Shown) -> None:
    """Whoever tries numbers is told to wait."""
    for number in range(MISSES):
        page.request.get(f"/teams/{900_000 + number}/people/")
    page.goto("/teams/999999/people/")
    expect(page.locator("h1")).to_have_text("Too many tries")


TAKING: dict[str, Opener] = {
    "today": goto("/"),
    "course, begun and overdue": goto("/assignments/{late}/"),
    "course, done": goto("/assignments/{done}/"),
    "course, locked meanwhile": locked_meanwhile,
    "question of a course": running,
    "result of a course": result,
    "page of a course": goto("/codes/20983/"),
    "practice, with a course": goto("/practice/"),
    "what my manager sees": goto("/progress/"),
    "my certificates": goto("/certificates/"),
    "settings": goto("/settings/"),
    "teams": goto("/teams/"),
    "not for this account": goto("/teams/{team}/"),
    "no builder": goto("/courses/"),
    "nothing here": goto("/assignments/999999/"),
    "too many tries": walked,
}


def invited(invitation: str) -> Opener:
    """Where the link of an invitation leads."""
    return lambda page, shown: page.goto(f"/join/{token_of(getattr(shown, invitation))}/")


def joined_wrongly(page: Page, shown: Shown) -> None:
    """An account that cannot be made."""
    invited("mailed")(page, shown)
    send(page, "Make the account and join", username="a b", password="short", again="other")
    expect(page.locator(".errors")).to_be_focused()


def unusable(page: Page, shown: Shown) -> None:
    """A link that opens nothing, which comes last."""
    withdraw(shown.mailed, by=None, at=timezone.now())
    invited("mailed")(page, shown)
    expect(page.locator("h1")).to_contain_text("cannot be used")


def too_many_codes(page: Page, shown: Shown) -> None:
    """Whoever tries codes is told to wait."""
    for number in range(certificates.MISSES):
        page.request.get(f"/verify/{number}/")
    page.goto(shown.address("/verify/{holds}/"))
    expect(page.locator("h1")).to_have_text("Too many codes")


JOINING: dict[str, Opener] = {
    "join by mail": invited("mailed"),
    "join by a link": invited("link"),
    "unusable": unusable,
}
OUTSIDE: dict[str, Opener] = {
    "join, with errors": joined_wrongly,
    **JOINING,
    "verify": goto("/verify/"),
    "verify, it holds": goto("/verify/{holds}/"),
    "verify, it is revoked": goto("/verify/{revoked}/"),
    "verify, no such code": goto("/verify/ABCD-EFGH-JKLM/"),
    "verify, too many": too_many_codes,
}


# Tests ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """Goes from screen to screen and looks at each."""

    witness: Witness
    subtests: pytest.Subtests
    shown: Shown

    def __call__(self, page: Page, screens: dict[str, Opener]) -> None:
        """Each screen is a subtest of its own."""
        self.witness.expect(*MEANT, "status of 409", "status of 410", "status of 429")
        for name, opened in screens.items():
            with self.subtests.test(name):
                opened(page, self.shown)
                check_screen(page)


@pytest.fixture
def walk(witness: Witness, subtests: pytest.Subtests, shown: Shown) -> Walk:
    """Over the screens of the team that shows something."""
    return Walk(witness, subtests, shown)


@pytest.mark.long
def test_every_screen_for_managing(open_as: OpenAs, manager: User, walk: Walk) -> None:
    walk(open_as(manager), MANAGING)


def test_every_screen_of_a_team_without_anybody(open_as: OpenAs, other_manager: User, walk: Walk) -> None:
    empty = Team.objects.get(name="Another team")
    walk(open_as(other_manager), {name: goto(to.format(team=empty.pk)) for name, to in PAGES.items()})


@pytest.mark.long
def test_every_screen_for_building_courses(open_as: OpenAs, manager: User, walk: Walk) -> None:
    Exam.objects.create(title="Finals", is_open=True)
    course_of(title="A template", summary="To be copied.", is_template=True)
    walk(open_as(manager), BUILDING)


def test_every_screen_of_courses_of_the_site(open_as: OpenAs, educator: User, walk: Walk, bone_code: Code) -> None:
    of_site = course_of(page(bone_code), title="For everybody")
    changes = {"what changed": goto("/courses/changes/"), "courses": goto("/courses/"), "new": goto("/courses/new/")}
    walk(open_as(educator), changes | {"course": goto(of_site.get_absolute_url())})


def test_every_screen_for_taking_a_course(open_as: OpenAs, trainee: User, walk: Walk) -> None:
    walk(open_as(trainee), TAKING)


def test_a_certificate_that_was_revoked_says_so(open_as: OpenAs, teammate: User, walk: Walk) -> None:
    walk(open_as(teammate), {"mine": goto("/certificates/"), "on paper": goto("/certificates/{revoked}/pdf/")})


def test_every_screen_for_whoever_is_not_signed_in(open_as: OpenAs, walk: Walk) -> None:
    walk(open_as(), OUTSIDE)


def test_every_screen_for_joining(open_as: OpenAs, educator: User, walk: Walk) -> None:
    none = {"in no team": goto("/teams/"), "no certificate": goto("/certificates/"), "nothing assigned": goto("/")}
    walk(open_as(educator), none | JOINING)


def test_whoever_is_in_already_is_told(open_as: OpenAs, trainee: User, walk: Walk) -> None:
    walk(open_as(trainee), {"in already": invited("link")})


def test_erasing_a_person_asks_first(open_as: OpenAs, admin: User, trainee: User, walk: Walk) -> None:
    def asked(page: Page, shown: Shown) -> None:
        page.goto("/admin/accounts/user/")
        page.locator(f"input[name=_selected_action][value='{trainee.pk}']").check()
        page.locator("select[name=action]").select_option("erase_person")
        page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).first.click()
        expect(page.locator("main")).to_contain_text("This cannot be taken back")

    walk(open_as(admin), {"erase": asked, "teams": goto("/admin/courses/team/"), "teams of all": goto("/teams/")})


@pytest.mark.parametrize("where", ["team", "assignments"])
def test_on_a_phone_it_is_told_who_is_late_without_scrolling_sideways(
    open_as: OpenAs, manager: User, shown: Shown, where: str
) -> None:
    page = open_as(manager, viewport={"width": 360, "height": 740})
    page.goto(reverse(where, args=[shown.team.pk]))
    row = page.locator(".stacks tbody tr").filter(has=page.locator(".tag-broken")).first
    told = [row.locator("th a"), row.locator(".tag-broken"), row.locator("td[data-label*=ue]").last]
    for part in told:
        box = part.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_on_a_phone_an_assignment_can_be_chosen(open_as: OpenAs, manager: User, shown: Shown) -> None:
    """Its box stands beside a name that takes the whole line, and has to lie above it."""
    page = open_as(manager, viewport={"width": 360, "height": 740})
    page.goto(reverse("assignments", args=[shown.team.pk]))
    page.locator(".pick").first.check()
    page.get_by_role("button", name="Change the chosen ones").click()
    expect(page.get_by_role("heading", name="Change assignments")).to_be_visible()
    page.go_back()
    page.locator(".stacks th a").first.click()
    expect(page).to_have_url(re.compile("/people/"))


def test_on_letter_paper_the_heat_map_lies_and_no_column_is_cut_off(
    open_as: OpenAs, manager: User, shown: Shown
) -> None:
    page = open_as(manager)
    page.goto(reverse("heat_map", args=[shown.team.pk]))
    assert b"/MediaBox [0 0 792 612]" in page.pdf(format="Letter")
    page.emulate_media(media="print")
    within = 11 * 96 - 24 / 25.4 * 96  # a sheet that lies, without its margins
    page.set_viewport_size({"width": int(within), "height": 700})
    assert page.locator(".heat-table th").last.evaluate("one => one.getBoundingClientRect().right") <= within
