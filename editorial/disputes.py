"""What learners report: the queue, what an educator needs to judge a report, and the verbs that answer it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import User, audit
from codes.library import current_stamp, library
from codes.models import Code, Edition
from codes.pages import read_part
from courses.letters import post
from courses.models import Letter
from editorial.drafting import save_part
from editorial.places import url_of
from quizzes.cases import case_of
from quizzes.feedback import Feedback, feedback
from quizzes.models import Answer, Grading, Question, Report, ReportReply
from quizzes.pages import newest_grading
from quizzes.regrading import judged_by
from quizzes.reports import reported
from rulebook.case_format import read_claim, read_encounter, write_claim, write_encounter
from rulebook.granted import says_the_same

ANSWERED = "report answered"
#: Formats in which the answer itself is a claim for the whole encounter.
CLAIMS = ("code-the-claim", "finish-the-claim", "choose-the-code")


# The queue ------------------------------------------------------------------------------------


def queue(asked: Mapping[str, str]) -> QuerySet[Report]:
    """Reports with what a row shows, those that wait first, the oldest of them on top.

    ``asked`` narrows it: ``code`` (of the page), ``kind``, and ``state`` (waiting or answered).
    """
    replies = ReportReply.objects.filter(report=OuterRef("pk"))
    question = "answer__item__version__question"
    alike = Report.objects.filter(**{question: OuterRef(question)}).order_by().values(question)
    rows = Report.objects.annotate(
        is_answered=Exists(replies),
        outcome=Subquery(replies.order_by("-pk").values("outcome")[:1]),
        same=Subquery(alike.annotate(count=Count("pk")).values("count")),
    )
    rows = rows.select_related("person", "answer__item__version__question__scenario__code")
    rows = rows.defer("answer__item__version__key", "answer__item__version__options")
    return rows.filter(_wanted(asked)).order_by("is_answered", "created_at", "pk")


def _wanted(asked: Mapping[str, str]) -> Q:
    wanted = Q()
    if asked.get("code"):
        wanted &= Q(answer__item__version__question__scenario__code__number=asked["code"])
    if asked.get("kind") in Report.Kind:
        wanted &= Q(kind=asked["kind"])
    if asked.get("state") in ("waiting", "answered"):
        wanted &= Q(is_answered=asked["state"] == "answered")
    return wanted


def waiting() -> int:
    """How many reports nobody has answered yet."""
    return Report.objects.filter(replies=None).count()


def pages_reported() -> list[Code]:
    """The pages on whose questions somebody has reported something."""
    reported_on = Report.objects.filter(answer__item__version__question__scenario__code=OuterRef("pk"))
    return list(Code.objects.filter(Exists(reported_on)))


# One report -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What the answer would get under the present library; ``told`` None: the question does not stand by it."""

    told: Feedback | None
    is_same: bool


def dispute_page(report: Report) -> dict[str, Any]:
    """Everything an educator needs to judge a report; so many queries, however much was answered."""
    about = reported(report)
    question, told = about["version"].question, about["again"] or about["feedback"]
    return about | {
        "report": report,
        "code": question.scenario.code,
        "scenario": question.scenario,
        "replies": report.replies.select_related("by"),
        "now": _now(report, told.grading),
        "newest": _newest_edition(question.scenario.code),
        "is_held": not report.answer.item.attempt.shows_results,
        "others": _others(question, report),
        "places": places_of(about["feedback"], question.scenario.code.number, question.scenario.slug),
        "given_claim": told.grading.claim,
        "cannot": why_not(report),
    }


def _newest_edition(code: Code) -> Edition | None:
    return code.editions.order_by("-pk").only("number", "published_at", "why", "code").first()


def _others(question: Question, report: Report) -> dict[str, Any]:
    """How the same question fared with everybody, and what else was reported of it."""
    answers = Answer.objects.filter(state=Answer.State.SUBMITTED, item__version__question=question)
    newest = Grading.objects.filter(answer=OuterRef("pk")).order_by("-pk").values("is_clean")[:1]
    counted: dict[str, Any] = answers.annotate(clean=Subquery(newest)).aggregate(
        answers=Count("pk"),
        wrong=Count("pk", filter=Q(clean=False)),
        people=Count("item__attempt__person", distinct=True),
    )
    alike = Report.objects.filter(answer__item__version__question=question).exclude(pk=report.pk)
    rows = alike.select_related("person").prefetch_related("replies").order_by("-pk")
    return counted | {"reports": rows[:10], "reported": alike.count()}


def _now(report: Report, grading: Grading) -> Now:
    stamp = current_stamp()
    version = report.answer.item.version
    judged = judged_by(library(stamp), version, report.answer.payload)
    if judged is None:
        return Now(told=None, is_same=False)
    judged.answer = report.answer
    said = [(one["rule"], one["outcome"], one["element"]) for one in judged.findings]
    before = [(one["rule"], one["outcome"], one["element"]) for one in grading.findings]
    return Now(told=feedback(version.prompt, judged), is_same=judged.is_clean == grading.is_clean and said == before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something can be mended, in words, with the address of its form."""

    words: str
    url: str


def places_of(told: Feedback, number: str, slug: str) -> list[Place]:
    """The forms of the example and of the rules that are at fault."""
    rules = dict.fromkeys(one.finding["rule"] for one in told.faults if one.finding["cites"])
    wanted = [(number, f"examples/{slug}", "The example it was made from")]
    wanted += [(rule.partition("/")[0], f"rules/{rule.partition('/')[2]}", f"The rule {rule}") for rule in rules]
    return [Place(words=words, url=url_of(code, part)) for code, part, words in wanted]


# Accepting another claim ----------------------------------------------------------------------


class CannotAccept(Exception):
    """Why the claim of an answer cannot be accepted besides the derived one."""


def why_not(report: Report) -> str:
    """Why the answer's claim cannot be accepted too; "" where it can."""
    version = report.answer.item.version
    scenario = version.question.scenario
    grading = newest_grading(report.answer)
    if version.question.format not in CLAIMS or not (grading.claim["lines"] or grading.accepted):
        return "The answer is no claim of its own, so there is none to accept. Mend the rule or the example instead."
    if "gave_up" in report.answer.payload:
        return "Nothing was answered, so there is no claim to accept."
    encounter = read_encounter(version.prompt["encounter"])
    if case_of(write_encounter(encounter)) != case_of(write_encounter(read_encounter(scenario.encounter))):
        return (
            "The question was a variant: its facts are not those of the example as it stands. A claim can be accepted "
            "for the example only; for variants, mend the rule."
        )
    if read_part(scenario.code, f"examples/{scenario.slug}") is None:
        return "The example is no longer in the draft of the page."
    return "By the present page the claim is clean already." if _is_clean_now(report) else ""


@transaction.atomic
def accept_claim(report: Report, why: str, *, seen: str, by: User, at: datetime) -> bool:
    """Write the answer's claim into the draft of its example, as accepted too; False where it is there already.

    It counts from the edition on in which the page is published next. ``seen`` is the digest of the example when the
    form was opened: raises ``editorial.drafting.Stale`` where it is another one by now, CannotAccept where the claim
    cannot be accepted, and ``codes.pages.PageError`` with the field for what cannot be stored.
    """
    reason = why_not(report)
    if reason:
        raise CannotAccept(reason)
    scenario = report.answer.item.version.question.scenario
    part = f"examples/{scenario.slug}"
    example = dict(read_part(scenario.code, part))
    claim = newest_grading(report.answer).claim
    also = list(example.get("also_accepted", ()))
    if any(_same(claim, one, report) for one in also):
        return False
    example["also_accepted"] = [*also, {"lines": claim["lines"], "why": why}]
    return save_part(
        scenario.code, part, example, seen=seen, by=by, at=at, why=f"Accepted for report {report.pk}: {why}"
    )


def _same(claim: Mapping[str, Any], one: Mapping[str, Any], report: Report) -> bool:
    encounter = read_encounter(report.answer.item.version.prompt["encounter"])
    book = library().on(encounter.date_of_service)
    return says_the_same(read_claim(claim), read_claim({"lines": one["lines"]}), encounter, book)


def also_accepted(report: Report) -> list[dict[str, Any]]:
    """The claims that the draft of the report's example accepts besides the derived ones."""
    scenario = report.answer.item.version.question.scenario
    example = read_part(scenario.code, f"examples/{scenario.slug}") or {}
    return [one | write_claim(read_claim({"lines": one["lines"]})) for one in example.get("also_accepted", ())]


# Answering ------------------------------------------------------------------------------------


def ends_of(report: Report) -> list[tuple[str, str]]:
    """How a report can end, each with its words.

    That the claim is accepted too can be told where the published page accepts it, and that it will be where the draft
    does.
    """
    ends = dict(ReportReply.Outcome.choices)
    if not _is_clean_now(report):
        del ends[ReportReply.Outcome.ACCEPTED]
    if _is_in_draft(report):
        ends[ReportReply.Outcome.COMING] += f", from edition {_next_edition(report)} on"
    else:
        del ends[ReportReply.Outcome.COMING]
    return list(ends.items())


def _is_clean_now(report: Report) -> bool:
    judged = judged_by(library(), report.answer.item.version, report.answer.payload)
    return judged is not None and judged.is_clean


def _is_in_draft(report: Report) -> bool:
    """Whether the draft accepts the claim and the published page does not."""
    claim = newest_grading(report.answer).claim
    return not why_not(report) and any(_same(claim, one, report) for one in also_accepted(report))


def _next_edition(report: Report) -> int:
    newest = _newest_edition(report.answer.item.version.question.scenario.code)
    return newest.number + 1 if newest else 1


@transaction.atomic
def answer_report(report: Report, outcome: str, text: str, *, by: User, at: datetime) -> ReportReply:
    """Reply to a report, with a letter to whoever reported. The same reply sent again is the same reply.

    Where a claim is still to be accepted, the learner is also told from which edition on.
    """
    if outcome == ReportReply.Outcome.COMING:
        text = f"{text}\nIt counts from edition {_next_edition(report)} of the page on."
    Report.objects.select_for_update().get(pk=report.pk)
    last: ReportReply | None = report.replies.order_by("-pk").first()
    if last is not None and (last.outcome, last.text, last.by_id) == (outcome, text, by.pk):
        return last
    reply: ReportReply = ReportReply.objects.create(report=report, by=by, outcome=outcome, text=text, created_at=at)
    audit(by, ANSWERED, report, before=last and last.outcome, after=outcome, why=text)
    post(Letter.Kind.REPORT, str(reply.pk), at=at, person=report.person, about={"reply": reply.pk})
    return reply
