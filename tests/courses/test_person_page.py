"""One person's page: what it says, and what no manager's page ever says."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses.models import Course, CourseItem, Membership, Sitting, Standing, Team
from courses.reports.exports import SHEETS, TYPES
from courses.reports.frame import Seat
from courses.reports.person import assignments_of, person_page
from quizzes import charts, practice
from quizzes.models import Answer, Attempt, AttemptItem, Exam
from quizzes.notebook import Words, add_note
from quizzes.shares import Share
from tests.courses.showing import NOW, PLAIN, WEEK, answer_set, answers_of, assignment, framed, key, tally
from tests.quizzes.learning import give, right, wrong

DAY = timedelta(days=1)


def seat_of(team: Team, person: User) -> Seat:
    return next(seat for seat in framed(team).every if seat.person == person.pk)


def shown(team: Team, person: User, **given: str) -> dict[str, object]:
    return person_page(framed(team, **given), seat_of(team, person))


def url(team: Team, person: User) -> str:
    return reverse("member", args=[team.pk, person.pk])


# What it says -----------------------------------------------------------------------------------


def test_a_score_is_the_persons_own(team: Team, trainee: User, teammate: User) -> None:
    tally(trainee, 9, 12)
    tally(teammate, 0, 12)
    score = shown(team, trainee)["score"]
    assert (score.kept, score.tried) == (9, 12)  # type: ignore[attr-defined]


def test_the_halves_of_the_period_are_before_and_after(team: Team, trainee: User) -> None:
    """Eight weeks: the first four are before, the last four after; only cases never seen before count."""
    tally(trainee, 5, 9, kind="units", at=NOW - 7 * WEEK, fresh_tried=8, fresh_kept=2)
    tally(trainee, 5, 9, kind="units", at=NOW - 4 * WEEK, fresh_tried=2, fresh_kept=1)
    tally(trainee, 5, 9, kind="units", at=NOW - 3 * WEEK, fresh_tried=6, fresh_kept=5)
    tally(trainee, 5, 9, kind="each-additional", fresh_tried=4, fresh_kept=4)
    [row] = shown(team, trainee)["categories"]  # type: ignore[misc]
    assert (row.share.kept, row.share.tried) == (20, 36)
    assert (row.before, row.after) == (Share(kept=3, tried=10), Share(kept=9, tried=10))


def test_a_dumbbell_is_drawn_from_five_tries_on() -> None:
    few, some = Share(kept=1, tried=4), Share(kept=3, tried=5)
    [line] = charts.dumbbells([("Units", few, some)]).lines
    assert line.x1 is None
    assert line.x2 is not None


def test_hints_are_counted(as_manager: Client, team: Team, trainee: User) -> None:
    tally(trainee, 9, 12, hinted=6, at=timezone.now())
    assert "6 of 12 answers" in as_manager.get(url(team, trainee)).text


@pytest.mark.parametrize(
    ("ended", "state", "words"),
    [
        ({}, Standing.State.NOT_STARTED, "Not started"),
        ({}, Standing.State.IN_PROGRESS, "In progress"),
        ({"due_at": NOW}, Standing.State.IN_PROGRESS, "Overdue"),
        ({"done_at": NOW}, Standing.State.DONE, "Done"),
        ({"unassigned_at": NOW}, Standing.State.NOT_STARTED, "Taken back"),
    ],
)  # fmt: skip
def test_an_assignment_has_its_state(
    as_manager: Client, team: Team, trainee: User, ended: dict[str, object], state: str, words: str
) -> None:
    assignment(team, trainee, state=state, **ended)
    page = as_manager.get(url(team, trainee)).text
    assert f">{words}</span>" in page


def test_assignments_of_other_teams_are_not_shown(team: Team, trainee: User) -> None:
    other = Team.objects.create(name="Others")
    assignment(other, trainee)
    assert assignments_of(framed(team), trainee.pk) == []


def test_what_is_open_stands_before_what_is_done(team: Team, trainee: User) -> None:
    done = assignment(team, trainee, due_at=NOW - 9 * DAY, done_at=NOW)
    later, sooner = assignment(team, trainee, due_at=NOW + DAY), assignment(team, trainee, due_at=NOW)
    undated = assignment(team, trainee)
    assert assignments_of(framed(team), trainee.pk) == [sooner, later, undated, done]


def test_a_cohort_in_the_address_does_not_hide_somebody(
    as_manager: Client, team: Team, trainee: User, teammate: User
) -> None:
    Membership.objects.filter(person=teammate).update(cohort="A")
    assert as_manager.get(url(team, trainee), {"cohort": "A"}).status_code == 200


def test_the_number_of_queries_does_not_depend_on_the_answers(
    as_manager: Client, team: Team, trainee: User, bone_code: Code
) -> None:
    def look() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_manager.get(url(team, trainee)).status_code == 200
        return len(captured)

    answer_set(trainee, bone_code, "rw", timezone.now() - DAY)
    assignment(team, trainee)
    look()
    few = look()
    answer_set(trainee, bone_code, "rrwwrrwwww", timezone.now() - DAY, seed=2)
    for _ in range(5):
        assignment(team, trainee)
    assert look() == few <= 20


# What it never says -----------------------------------------------------------------------------

CANARY = "CANARY"
#: No figure on a page comes to this.
SECONDS = 86_413


@pytest.fixture
def private(team: Team, trainee: User, bone_code: Code) -> list[AttemptItem]:
    """A set with everything that is nobody else's: certainty, a note, drafts, marks, how long it waited."""
    attempt = practice.start(trainee, bone_code, seed=1, recipe=PLAIN)
    items = list(attempt.items.select_related("attempt__exam", "version__question"))
    add_note(trainee, Words(text=f"Note {CANARY}"), NOW, item=items[0])
    for item in items:
        item.marked, item.flagged = [1], True
        item.save(update_fields=["marked", "flagged"])
        draft = {"lines": [{"code": CANARY, "modifiers": "", "units": "1", "pointers": ""}], "diagnoses": []}
        Answer.objects.create(item=item, sequence=0, key=key(), state="draft", payload=draft, tab=CANARY)
    for place, item in enumerate(items[:8]):
        give(item, wrong(item), timezone.now() - DAY, certainty=1 + place % 3, tab=CANARY, offline_seconds=SECONDS)
    return items


def every_page(team: Team, person: User) -> dict[str, str]:
    """What a manager can open about somebody."""
    pages = {name: reverse(name, args=[team.pk]) for name in ("team", "heat_map", "team_answers", "cohorts")}
    pages |= {"member": url(team, person), "cell": reverse("cell", args=[team.pk, person.pk, "units"])}
    pages |= {f"answer {one.pk}": reverse("team_answer", args=[team.pk, one.pk]) for one in answers_of(person)}
    files = {(what, form): reverse("team_export", args=[team.pk, what, form]) for what in SHEETS for form in TYPES}
    return pages | {f"{what}.{form}": address for (what, form), address in files.items()}


def read(client: Client, address: str) -> str:
    """The bytes of a page or a file, unpacked."""
    body = client.get(address).content
    if body[:2] != b"PK":
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


def test_nothing_private_is_in_any_byte(
    as_manager: Client, team: Team, trainee: User, private: list[AttemptItem]
) -> None:
    pages = every_page(team, trainee)
    assert len(pages) == 6 + 8 + 10
    for name, address in pages.items():
        text = read(as_manager, address)
        assert CANARY not in text, name
        assert str(SECONDS) not in text, name
        for word in ("Unsure", "Rather sure", "certainty_", "marked</span>", "Flagged", "step-flagged"):
            assert word not in text, (name, word)


def test_the_same_answers_are_there_all_the_same(
    as_manager: Client, team: Team, trainee: User, private: list[AttemptItem]
) -> None:
    """That nothing private is found must not come from there being nothing at all."""
    assert private[0].version.prompt["title"] in read(as_manager, reverse("team_answers", args=[team.pk]))
    assert read(as_manager, reverse("team_export", args=[team.pk, "answers", "csv"])).count("Not clean") == 8


@pytest.fixture
def sitting(team: Team, trainee: User, bone_code: Code) -> Attempt:
    """An assigned exam that is going on, with one answer saved and none counted."""
    exam = Exam.objects.create(title="Sealed exam", is_open=True)
    course = Course.objects.create(title="Exam week", team=team)
    CourseItem.objects.create(course=course, position=1, kind=CourseItem.Kind.EXAM, exam=exam)
    made = assignment(team, trainee, to=course, state=Standing.State.IN_PROGRESS)
    attempt = practice.start(trainee, bone_code, seed=3)
    Attempt.objects.filter(pk=attempt.pk).update(mode=Attempt.Mode.EXAM, exam=exam, begun_at=timezone.now())
    Sitting.objects.create(standing=made.standings.get(), attempt=attempt)
    attempt.refresh_from_db()
    [item, *_] = attempt.items.select_related("attempt__exam", "version__question")
    give(item, right(item), timezone.now())
    return attempt


def test_of_an_exam_that_is_going_on_only_that_it_is(
    as_manager: Client, team: Team, trainee: User, sitting: Attempt
) -> None:
    titles = {item.version.prompt["title"] for item in sitting.items.select_related("version")}
    for name, address in every_page(team, trainee).items():
        text = read(as_manager, address)
        assert not [title for title in titles if title in text], name
    page = read(as_manager, url(team, trainee))
    assert ">In progress</span>" in page
    assert "0 of 1 done" in page
    assert as_manager.get(reverse("team_answer", args=[team.pk, answers_of(trainee)[0].pk])).status_code == 404
