"""Whoever walks over numbers is stopped; whoever reads is not."""

import uuid

from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from codes.models import Code
from coding_edu.throttle import MISSES
from courses.models import Team
from quizzes import practice
from tests.conftest import signed_in


def walk(client: Client, times: int) -> list[int]:
    return [client.get(f"/teams/{900_000 + n}/people/").status_code for n in range(times)]


def test_sixty_misses_are_answered_and_what_follows_is_not(as_trainee: Client, trainee: User) -> None:
    assert set(walk(as_trainee, MISSES)) == {404}
    answer = as_trainee.get("/teams/999999/people/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert "Too many tries" in answer.text
    assert set(walk(as_trainee, 100)) == {429}
    entry = AuditEntry.objects.get(verb="ids walked")
    assert (entry.who, entry.subject) == (trainee, f"user {trainee.pk}")


def test_uuids_count_like_numbers_and_posts_like_looks(as_trainee: Client) -> None:
    for n in range(MISSES):
        if n % 2:
            as_trainee.get(f"/practice/{uuid.uuid4()}/")
        else:
            as_trainee.post(f"/notebook/{n + 900_000}/remove/")
    assert as_trainee.get(f"/practice/{uuid.uuid4()}/").status_code == 429


def test_what_is_somebody_elses_looks_like_what_never_was_before_and_after(
    as_trainee: Client, other_manager: User
) -> None:
    theirs = reverse("people", args=[Team.objects.get().pk])
    assert as_trainee.get(theirs).status_code == 404
    walk(as_trainee, MISSES)
    assert as_trainee.get(theirs).status_code == 429


def test_ones_own_still_opens_so_that_no_answer_is_lost(as_trainee: Client, trainee: User, bone_code: Code) -> None:
    attempt = practice.start(trainee, bone_code, seed=1)
    walk(as_trainee, MISSES + 1)
    assert as_trainee.get(attempt.get_absolute_url()).status_code == 200
    assert as_trainee.get(reverse("question", args=[attempt.pk, 1])).status_code == 200


def test_others_and_strangers_go_on(as_trainee: Client, teammate: User, client: Client) -> None:
    walk(as_trainee, MISSES + 1)
    assert walk(signed_in(teammate), 1) == [404]
    assert walk(client, 1) == [302]


def test_reading_and_mistyping_never_count(as_trainee: Client, starter_library: None) -> None:
    for n in range(MISSES + 20):
        assert as_trainee.get(f"/codes/9{n:04}/").status_code == 404
        assert as_trainee.get(f"/no-such-page-{n}/").status_code == 404
    assert walk(as_trainee, 1) == [404]


def test_after_the_pause_it_begins_anew(as_trainee: Client) -> None:
    walk(as_trainee, MISSES + 1)
    cache.clear()  # as ten minutes do
    assert walk(as_trainee, 1) == [404]
    walk(as_trainee, MISSES)
    assert AuditEntry.objects.filter(verb="ids walked").count() == 1
