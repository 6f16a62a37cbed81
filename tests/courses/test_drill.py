"""The answers behind the figures: what can be asked for, and who sees which."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes.models import Code
from courses.models import CourseItem, Membership, Sitting, Team
from courses.reports.answers import A_PAGE, Asked, chosen
from courses.reports.frame import CATEGORY_OF
from quizzes import practice
from quizzes.models import Answer, Attempt, Exam, Grading, RuleReview
from tests.courses.showing import NOW, WEEK, answer_set, answers_of, assignment, framed, tally
from tests.quizzes.learning import give, right, wrong


@pytest.fixture
def answered(team: Team, trainee: User, teammate: User, bone_code: Code) -> None:
    """The trainee's ten answers, of which three are wrong, and two of the teammate's three weeks before."""
    answer_set(trainee, bone_code, "rrwrrwrrwr")
    answer_set(teammate, bone_code, "rw", NOW - 3 * WEEK, seed=2)


def found(team: Team, weeks: str = "8", **given: object) -> list[Answer]:
    """The answers that an address asks for."""
    texts = {name: str(value) for name, value in given.items()}
    return list(chosen(framed(team, weeks=weeks), Asked.of(texts)))


def test_the_newest_stand_first_and_none_twice(team: Team, answered: None) -> None:
    moments = [one.created_at for one in found(team)]
    assert moments == sorted(moments, reverse=True)
    assert len({one.pk for one in found(team)}) == len(moments) == 12


def test_answers_of_one_moment_have_an_order(team: Team, trainee: User, bone_code: Code) -> None:
    for item in answer_set(trainee, bone_code, "..."):
        give(item, right(item), NOW)
    keys = [one.pk for one in found(team)]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ({"outcome": "clean"}, 8), ({"outcome": "not-clean"}, 4), ({"outcome": "dirty"}, 12), ({"weeks": "4"}, 12),
        ({"week": "2025-03-03"}, 10), ({"week": "2025-02-10"}, 2), ({"week": "2025-99-10"}, 12), ({"week": "x"}, 12),
        ({"kind": "no-such"}, 12), ({"rule": "' OR 1=1"}, 12), ({"rule": "no/such"}, 0), ({"person": "1e309"}, 12),
        ({"person": "٣"}, 12), ({"person": "-1"}, 12), ({"item": "99"}, 0), ({"error": "wrong code\x00"}, 12),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(team: Team, answered: None, given: dict[str, str], number: int) -> None:
    assert len(found(team, **given)) == number


def test_one_persons_answers(team: Team, trainee: User, teammate: User, answered: None) -> None:
    assert found(team, person=teammate.pk) == answers_of(teammate)[::-1]
    assert len(found(team, person=trainee.pk)) == 10


def test_a_person_of_another_team_narrows_nothing_away(team: Team, answered: None, other_manager: User) -> None:
    """Who is not here cannot be asked for; nobody else's answers come either."""
    assert {one.item.attempt.person_id for one in found(team, person=other_manager.pk)} <= {
        *team.memberships.trainees().values_list("person_id", flat=True)
    }


def test_the_answers_that_broke_a_rule(team: Team, answered: None) -> None:
    review = RuleReview.objects.filter(broken=True).first()
    assert review is not None
    wanted = set(RuleReview.objects.filter(rule=review.rule, broken=True).values_list("grading__answer", flat=True))
    assert {one.pk for one in found(team, rule=review.rule, broken="1")} == wanted
    assert {one.pk for one in found(team, kind=review.kind, broken="1")} >= wanted
    slug = CATEGORY_OF[review.kind].value.replace(" ", "-")
    assert {one.pk for one in found(team, category=slug, broken="1")} >= wanted
    error = review.category.replace(" ", "-")
    wrong_so = RuleReview.objects.filter(category=review.category, broken=True).values_list(
        "grading__answer", flat=True
    )
    assert {one.pk for one in found(team, error=error)} == set(wrong_so)


def test_only_cases_never_seen_before(team: Team, answered: None) -> None:
    fresh = RuleReview.objects.filter(is_fresh=True).values_list("grading__answer", flat=True)
    assert {one.pk for one in found(team, fresh="1")} == set(fresh)


def test_the_answers_of_an_item_that_was_assigned(team: Team, trainee: User, answered: None) -> None:
    made = assignment(team, trainee)
    item = CourseItem.objects.get()
    Sitting.objects.create(standing=made.standings.get(), attempt=Attempt.objects.filter(person=trainee)[0])
    assert len(found(team, item=item.pk)) == 10
    other = Team.objects.create(name="Others")
    Membership.objects.create(team=other, person=trainee)
    assert found(other, item=item.pk) == []


def test_the_newest_grading_decides(team: Team, trainee: User, answered: None) -> None:
    first = answers_of(trainee)[0]
    old = first.gradings.get()
    values = {one.attname: getattr(old, one.attname) for one in old._meta.concrete_fields if not one.primary_key}
    Grading.objects.create(**values | {"is_clean": False})
    assert len(found(team, outcome="clean")) == 7
    assert len(found(team)) == 12


# The page ---------------------------------------------------------------------------------------


def url(team: Team) -> str:
    return reverse("team_answers", args=[team.pk])


def test_fifty_a_page(as_manager: Client, team: Team, trainee: User, bone_code: Code) -> None:
    for seed in range(6):
        answer_set(trainee, bone_code, "rrrrrrrrrr", timezone.now() - timedelta(days=1), seed=seed)
    first, second = (as_manager.get(url(team), {"page": page}).text for page in ("1", "2"))
    shown = [re.findall(rf'"/teams/{team.pk}/answers/([0-9]+)/"', page) for page in (first, second)]
    assert [len(one) for one in shown] == [A_PAGE, 10]
    assert len({*shown[0], *shown[1]}) == 60
    assert "51 to 60 of 60 answers" in second


def test_each_narrowing_can_be_taken_away(as_manager: Client, team: Team, trainee: User, answered: None) -> None:
    given = {"person": trainee.pk, "outcome": "clean", "weeks": "all"}
    page = as_manager.get(url(team), given).text
    chips = [one.replace("&amp;", "&") for one in re.findall(r'class="chip" href="([^"]+)"', page)]
    assert chips == ["?weeks=all&outcome=clean", f"?weeks=all&person={trainee.pk}"]


def test_an_answer_is_shown_as_it_was_asked(as_manager: Client, team: Team, trainee: User, answered: None) -> None:
    answer = next(one for one in answers_of(trainee) if not one.gradings.get().is_clean)
    page = as_manager.get(reverse("team_answer", args=[team.pk, answer.pk])).text
    prompt = answer.item.version.prompt
    assert prompt["title"] in page
    assert 'id="fact-1"' in page
    assert '<th scope="row">Given</th>' in page
    assert "What the rules say" in page
    assert "Yours" not in page
    assert "autofocus" not in page
    findings = re.findall(r'<p class="evidence">.*?href="(/codes/[^"]+)"', page, flags=re.DOTALL)
    assert findings
    assert as_manager.get(findings[0].replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("give_up", [True, False])
def test_every_format_can_be_looked_at(
    as_manager: Client, team: Team, trainee: User, bone_code: Code, give_up: bool
) -> None:
    attempt = practice.start(trainee, bone_code, seed=5)
    formats = set()
    for item in attempt.items.select_related("attempt__exam", "version__question"):
        give(item, practice.I_DO_NOT_KNOW if give_up else wrong(item))
        formats.add(item.version.question.format)
    assert len(formats) >= 5
    for answer in answers_of(trainee):
        page = as_manager.get(reverse("team_answer", args=[team.pk, answer.pk]))
        assert page.status_code == 200
        assert ("did not know" in page.text) == (answer.payload == practice.I_DO_NOT_KNOW)


def missing(client: Client, team: Team, answer: Answer) -> bool:
    return client.get(reverse("team_answer", args=[team.pk, answer.pk])).status_code == 404


def test_whoever_left_the_team_is_missing_at_once(
    as_manager: Client, team: Team, trainee: User, answered: None
) -> None:
    answer = answers_of(trainee)[0]
    assert not missing(as_manager, team, answer)
    Membership.objects.filter(person=trainee).update(ended_at=timezone.now())
    assert missing(as_manager, team, answer)
    assert as_manager.get(reverse("member", args=[team.pk, trainee.pk])).status_code == 404
    assert trainee.username not in as_manager.get(url(team), {"weeks": "all"}).text


def test_a_draft_is_no_answer(as_manager: Client, team: Team, trainee: User, bone_code: Code) -> None:
    [item, *_] = answer_set(trainee, bone_code, "")
    draft = Answer.objects.create(item=item, sequence=1, key=item.attempt_id, state=Answer.State.DRAFT, payload={})
    assert missing(as_manager, team, draft)


def test_an_answer_of_another_team_is_as_missing_as_none(
    as_manager: Client, team: Team, stranger_answer: Answer
) -> None:
    def shown(pk: int) -> tuple[int, str]:
        page = as_manager.get(reverse("team_answer", args=[team.pk, pk]))
        return page.status_code, re.sub(rf'value="\w{{64}}"|/answers/{pk}/', "", page.text)

    assert shown(stranger_answer.pk) == shown(987_654)
    assert as_manager.get(f"/teams/{team.pk}/answers/{10**30}/").status_code == 404


@pytest.fixture
def stranger_answer(other_manager: User, bone_code: Code) -> Answer:
    answer_set(other_manager, bone_code, "r")
    return answers_of(other_manager)[0]


# Results that are held back ---------------------------------------------------------------------


@pytest.fixture
def held_back(team: Team, trainee: User, bone_code: Code) -> Attempt:
    """A finished exam whose author has not released the results."""
    exam = Exam.objects.create(title="Sealed", is_open=True, release=Exam.Release.BY_AUTHOR)
    items = answer_set(trainee, bone_code, "...")
    attempt = items[0].attempt
    Attempt.objects.filter(pk=attempt.pk).update(mode=Attempt.Mode.EXAM, exam=exam, finished_at=NOW)
    attempt.refresh_from_db()
    for item in attempt.items.select_related("attempt__exam", "version__question")[:3]:
        give(item, wrong(item), timezone.now())
    return attempt


def test_results_that_are_held_back_are_nowhere(
    as_manager: Client, team: Team, trainee: User, held_back: Attempt
) -> None:
    tally(trainee, 1, 1, at=timezone.now())
    assert found(team, weeks="all") == []
    assert all(missing(as_manager, team, answer) for answer in answers_of(trainee))
    titles = {item.version.prompt["title"] for item in held_back.items.all()}
    for name in ("team", "team_answers", "heat_map"):
        page = as_manager.get(reverse(name, args=[team.pk])).text
        assert not [title for title in titles if title in page]


def test_released_results_are_shown(as_manager: Client, team: Team, trainee: User, held_back: Attempt) -> None:
    Exam.objects.update(released_at=timezone.now())
    assert len(found(team, weeks="all")) == 3
    assert not missing(as_manager, team, answers_of(trainee)[0])
