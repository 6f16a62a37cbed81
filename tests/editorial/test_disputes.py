"""What learners report: the queue, what an educator sees, the answer and its letter, and claims accepted too."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Preferences, User
from codes.models import Code, Example
from codes.pages import PageError, read_part, write_part
from codes.publish import publish
from courses.models import Letter
from courses.writing import NotWanted, write
from editorial import disputes, regrades
from editorial.drafting import Stale, digest
from quizzes import practice
from quizzes.drawing import Recipe
from quizzes.models import Answer, AttemptItem, Regrade, Report, ReportReply
from quizzes.news import TOLD_FOR, news_of
from quizzes.regrading import Scope
from quizzes.reports import report as send_report
from tests.conftest import signed_in
from tests.editorial.answers import WHY, accept, answered, begun, many_units, reported
from tests.quizzes.learning import NOON, give

AT = timezone.now()
STANDS = {"action": "reply", "outcome": "stands", "text": "The page counts the session once."}


@pytest.fixture
def item(trainee: User, bone_code: Code) -> AttemptItem:
    """A question that the trainee answered with too many units."""
    return answered(trainee, bone_code)


@pytest.fixture
def report(trainee: User, item: AttemptItem) -> Report:
    return reported(trainee, item)


def address(report: Report) -> str:
    return reverse("dispute", args=[report.pk])


def seen(report: Report) -> str:
    """The digest of the example that the report is about."""
    scenario = report.answer.item.version.question.scenario
    return digest(read_part(scenario.code, f"examples/{scenario.slug}"))


# The queue -----------------------------------------------------------------------------------


def test_what_waits_longest_comes_first_and_what_is_answered_last(trainee: User, educator: User, item: Any) -> None:
    newest, oldest, done = (
        reported(trainee, item, text, NOON + timedelta(days=day)) for text, day in (("b", 2), ("a", 1), ("c", 0))
    )
    disputes.answer_report(done, "stands", "So it is.", by=educator, at=AT)
    assert list(disputes.queue({})) == [oldest, newest, done]
    assert list(disputes.queue({"state": "answered"})) == [done]
    assert disputes.waiting() == 2
    assert [one.same for one in disputes.queue({"state": "waiting"})] == [3, 3]  # type: ignore[attr-defined]


def test_the_queue_is_narrowed_by_page_and_kind(trainee: User, report: Report) -> None:
    problem = send_report(report.answer, trainee, "problem", "A word is missing.", NOON)
    assert list(disputes.queue({"kind": "problem"})) == [problem]
    assert disputes.queue({"code": "20983"}).count() == 2
    assert not disputes.queue({"code": "20982"}).exists()


def test_the_queue_costs_the_same_however_long_it_is(as_educator: Client, trainee: User, item: Any) -> None:
    counts = []
    for size in (1, 12):
        for n in range(size):
            reported(trainee, item, f"{size} {n}")
        with CaptureQueriesContext(
            connection,
        ) as caught:
            page = as_educator.get(reverse("disputes"))
        counts.append(len(caught))
        assert page.context["page"].paginator.count >= size
    assert counts[0] == counts[1]


# One report ----------------------------------------------------------------------------------


def test_an_educator_sees_the_question_the_answer_and_what_was_held_against_it(
    as_educator: Client, report: Report
) -> None:
    page = as_educator.get(address(report)).text
    assert report.answer.item.version.prompt["title"] in page
    assert "× 9" in page
    assert "The page has not changed since" in page
    assert "The present page says the same of this answer" in page
    assert "1 answer of 1 person, 1 of them not clean" in page


def test_a_page_that_changed_since_says_what_the_answer_would_get_now(
    as_educator: Client, report: Report, item: AttemptItem
) -> None:
    accept(item)
    page = as_educator.get(address(report)).text
    assert "The page has changed since" in page
    assert "It differs from what the learner was told" in page
    assert WHY in page


def test_what_was_graded_again_is_shown_as_it_was_reported_and_as_it_counts_now(
    as_educator: Client, educator: User, trainee: User, bone_code: Code, report: Report, item: AttemptItem
) -> None:
    accept(item)
    regrade = regrades.ask(Scope(code=bone_code), "Two were accepted", by=educator, at=AT)
    assert regrades.run(regrade.pk, AT) == Regrade.State.DONE
    before, after = report.answer.gradings.order_by("pk")
    shown = as_educator.get(address(report))
    assert (shown.context["feedback"].grading, shown.context["again"].grading) == (before, after)
    assert (shown.context["edition"].number, shown.context["again_edition"].number) == (1, 2)
    disputed, _, counts = shown.text.partition("<h3>Graded again</h3>")
    assert "The answer has been graded again since." in disputed
    assert "Not yet clean" in disputed
    assert all(one["why"] in html.unescape(disputed) for one in before.findings)
    assert "element accuracy 100 %" in counts
    assert WHY in counts
    assert "The present page says the same of this answer" in counts
    later = reported(trainee, item, "Now it is too good.", AT + timedelta(hours=1))
    shown = as_educator.get(address(later))
    assert (shown.context["feedback"].grading, shown.context["again"]) == (after, None)


def test_a_report_is_as_missing_as_none_to_whoever_may_not_edit(as_trainee: Client, report: Report) -> None:
    assert as_trainee.get(address(report)).status_code == 403


# Answering -----------------------------------------------------------------------------------


def test_an_answer_is_stored_audited_mailed_and_told(
    as_educator: Client, educator: User, trainee: User, report: Report
) -> None:
    as_educator.post(address(report), STANDS)
    reply = ReportReply.objects.get()
    assert (reply.report, reply.by, reply.outcome, reply.text) == (report, educator, "stands", STANDS["text"])
    entry = AuditEntry.objects.get(verb=disputes.ANSWERED)
    assert (entry.who, entry.subject, entry.after) == (educator, f"report {report.pk}", "stands")
    letter = Letter.objects.get(kind=Letter.Kind.REPORT)
    message = write(letter, AT)
    assert message.to == ["trainee@example.com"]
    assert STANDS["text"] in message.body
    assert report.text in message.body
    assert report.answer.item.get_absolute_url() in message.body


def test_the_same_answer_sent_twice_is_one(as_educator: Client, report: Report) -> None:
    for _ in range(3):
        as_educator.post(address(report), STANDS)
    assert ReportReply.objects.count() == 1
    assert Letter.objects.count() == 1


def test_whoever_wants_no_mail_gets_none(as_educator: Client, trainee: User, report: Report) -> None:
    as_educator.post(address(report), STANDS)
    Preferences.objects.create(person=trainee, mail_assignments=False)
    with pytest.raises(NotWanted):
        write(Letter.objects.get(), AT)


def test_an_answer_without_words_is_refused_and_kept(as_educator: Client, report: Report) -> None:
    page = as_educator.post(address(report), STANDS | {"text": " "})
    assert page.status_code == 422
    assert "Say in a few words what you found." in page.text
    assert 'value="stands" id="id_outcome_0" checked' in page.text.replace("required ", "")
    assert not ReportReply.objects.exists()


def test_the_learner_reads_the_answer_beside_the_question_and_on_today_until_then(
    as_educator: Client, as_trainee: Client, report: Report
) -> None:
    as_educator.post(address(report), STANDS)
    assert "An educator answered what you reported" in as_trainee.get("/").text
    page = as_trainee.get(report.answer.item.get_absolute_url()).text
    assert "the grading stands" in page
    assert STANDS["text"] in page
    assert "An educator answered what you reported" not in as_trainee.get("/").text


def test_after_two_weeks_it_is_no_news(as_educator: Client, trainee: User, report: Report) -> None:
    as_educator.post(address(report), STANDS)
    at = ReportReply.objects.get().created_at
    assert news_of(trainee, at + TOLD_FOR - timedelta(minutes=1))
    assert not news_of(trainee, at + TOLD_FOR + timedelta(minutes=1))


def test_nobody_else_is_told(as_educator: Client, teammate: User, report: Report) -> None:
    as_educator.post(address(report), STANDS)
    assert not news_of(teammate, AT)


def test_the_admin_leads_to_the_page_where_it_is_answered(as_educator: Client, report: Report) -> None:
    assert address(report) in as_educator.get(reverse("admin:quizzes_report_change", args=[report.pk])).text


def offered(client: Client, report: Report) -> list[str]:
    """How the page offers a report to end."""
    return re.findall(r'name="outcome" value="(\w+)"', client.get(address(report)).text)


@pytest.mark.parametrize("outcome", ["accepted", "coming"])
def test_nobody_is_told_that_a_claim_is_accepted_which_nothing_accepts(
    as_educator: Client, report: Report, outcome: str
) -> None:
    assert offered(as_educator, report) == ["stands", "mended", "noted"]
    page = as_educator.post(address(report), STANDS | {"outcome": outcome})
    assert page.status_code == 422
    assert '<a href="#accept-h">How it ends: Neither page nor draft accepts the claim.' in page.text
    assert '<h3 id="accept-h"' in page.text
    assert STANDS["text"] in page.text
    assert not ReportReply.objects.exists()


def test_while_only_the_draft_accepts_a_claim_the_learner_is_told_from_which_edition_on(
    as_educator: Client, trainee: User, bone_code: Code, report: Report
) -> None:
    as_educator.post(address(report), {"action": "accept", "why": WHY, "seen": seen(report)})
    assert offered(as_educator, report) == ["stands", "coming", "mended", "noted"]
    assert "The claim will be accepted too, from edition 2 on" in as_educator.get(address(report)).text
    assert as_educator.post(address(report), STANDS | {"outcome": "accepted"}).status_code == 422
    for _ in range(2):
        assert as_educator.post(address(report), STANDS | {"outcome": "coming"}).status_code == 302
    reply = ReportReply.objects.get()
    assert reply.text == f"{STANDS['text']}\nIt counts from edition 2 of the page on."
    page = signed_in(trainee).get(report.answer.item.get_absolute_url()).text
    assert "the claim will be accepted too." in page
    assert "It counts from edition 2 of the page on." in page
    publish(bone_code, by=None, why="A claim is accepted too")
    assert offered(as_educator, report) == ["stands", "accepted", "mended", "noted"]
    assert as_educator.post(address(report), STANDS | {"outcome": "accepted"}).status_code == 302
    assert ReportReply.objects.latest("pk").outcome == "accepted"


# Accepting a claim ---------------------------------------------------------------------------


def test_a_claim_is_written_into_the_draft_and_counts_once_it_is_published(
    as_educator: Client, teammate: User, manager: User, bone_code: Code, report: Report
) -> None:
    scenario = report.answer.item.version.question.scenario
    as_educator.post(address(report), {"action": "accept", "why": WHY, "seen": seen(report)})
    (also,) = read_part(bone_code, f"examples/{scenario.slug}")["also_accepted"]
    assert (also["why"], also["lines"][0]["units"]) == (WHY, 9)
    before = answered(teammate, bone_code)
    assert not Answer.objects.get(item=before).gradings.get().is_clean
    publish(bone_code, by=None, why="A claim is accepted too")
    after = next(one for one in begun(manager, bone_code) if one.version.question == before.version.question)
    grading = give(after, many_units(after))
    assert grading.is_clean
    assert grading.element_accuracy == 1.0
    finding = next(one for one in grading.findings if one["kind"] == "granted")
    assert finding["cites"] == {"code": "20983", "section": "examples"}
    # What was pinned before is judged as it was.
    assert not practice.grade_payload(before.version, many_units(before))[0].clean


def test_the_learner_reads_why_it_is_accepted(bone_code: Code, teammate: User, item: AttemptItem) -> None:
    accept(item)
    again = next(one for one in begun(teammate, bone_code) if one.version.question == item.version.question)
    client = signed_in(teammate)
    assert WHY not in client.get(again.get_absolute_url()).text
    give(again, many_units(again))
    page = client.get(again.get_absolute_url()).text
    assert f"Educators accept this claim for this case too: {WHY}" in page
    assert "Clean claim" in page


def test_nothing_of_an_accepted_claim_is_seen_before_the_answer(
    bone_code: Code, teammate: User, item: AttemptItem
) -> None:
    accept(item, why="CANARY of the key")
    client = signed_in(teammate)
    recipe = Recipe(formats=("code-the-claim", "choose-the-code", "finish-the-claim"), as_written=1.0, size=9)
    for one in begun(teammate, bone_code, recipe=recipe):
        assert "CANARY" not in str(one.version.prompt)
        page = client.get(one.get_absolute_url()).text
        client.post(one.get_absolute_url(), {"action": "hint", "key": "00000000-0000-4000-8000-000000000001"})
        assert "CANARY" not in page + client.get(one.get_absolute_url()).text


def test_a_rule_is_not_taken_for_known_by_an_answer_that_is_only_accepted(
    bone_code: Code, teammate: User, item: AttemptItem
) -> None:
    accept(item)
    again = next(one for one in begun(teammate, bone_code) if one.version.question == item.version.question)
    give(again, many_units(again))
    assert not teammate.memories.filter(rule="20983/units").exists()  # type: ignore[attr-defined]


def test_the_claim_of_a_variant_is_not_accepted_for_the_example(trainee: User, educator: User, bone_code: Code) -> None:
    recipe = Recipe(formats=("code-the-claim",), as_written=0.0, size=3)
    variant = next(one for one in begun(trainee, bone_code, recipe=recipe) if one.version.key.get("variant"))
    give(variant, many_units(variant))
    report = reported(trainee, variant)
    with pytest.raises(disputes.CannotAccept, match="variant"):
        disputes.accept_claim(report, WHY, seen=seen(report), by=educator, at=AT)


def test_an_example_that_changed_meanwhile_is_not_overwritten(
    as_educator: Client, bone_code: Code, report: Any
) -> None:
    slug, before = report.answer.item.version.question.scenario.slug, seen(report)
    part = read_part(bone_code, f"examples/{slug}")
    write_part(bone_code, f"examples/{slug}", part | {"title": "Another title"})
    page = as_educator.post(address(report), {"action": "accept", "why": WHY, "seen": before})
    assert page.status_code == 422
    assert "Somebody changed the example meanwhile" in page.text
    assert WHY in page.text
    assert "also_accepted" not in read_part(bone_code, f"examples/{slug}")
    with pytest.raises(Stale):
        disputes.accept_claim(report, WHY, seen=before, by=report.person, at=AT)


def test_a_claim_that_is_accepted_already_is_not_written_twice(educator: User, report: Report) -> None:
    assert disputes.accept_claim(report, WHY, seen=seen(report), by=educator, at=AT)
    assert not disputes.accept_claim(report, "Again", seen=seen(report), by=educator, at=AT)


@pytest.mark.parametrize(
    ("also", "says"),
    [
        ("x", "must be a list"),
        ([{"lines": []}], "0: must be an object with lines and why"),
        ([{"lines": [{"code": "2"}], "why": "So"}], "0.lines.0.code"),
        ([{"lines": [], "why": "word " * 51}], "0.why: must say why, in 50 words at most"),
        ([{"lines": [], "why": "So"}] * 6, "has 6 claims; 5 are the most"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_name_of_its_field(bone_code: Code, also: Any, says: str) -> None:
    example = Example.objects.filter(code=bone_code).first()
    assert example is not None
    with pytest.raises(PageError, match=r"examples/.*\.also_accepted: ") as refused:
        write_part(bone_code, f"examples/{example.slug}", {"also_accepted": also})
    assert says in str(refused.value)


def test_an_example_without_facts_takes_no_claim(bone_code: Code) -> None:
    example = Example(code=bone_code, slug="no-facts", title="Prose", narrative="Prose.", encounter={})
    example.also_accepted = [{"lines": [], "why": "So"}]
    with pytest.raises(ValidationError) as refused:
        example.full_clean()
    assert "also_accepted" in refused.value.message_dict
