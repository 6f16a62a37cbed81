"""What the pages of a set show: one question in its present state, and the summary."""

import uuid
from datetime import date
from typing import Any

from django.urls import reverse

from codes.narrative import sentences
from quizzes.feedback import feedback, lit, tally, whole_percent
from quizzes.formats import FORMAT, Format
from quizzes.formats.base import Payload
from quizzes.models import Answer, Attempt, AttemptItem, Grading
from quizzes.practice import I_DO_NOT_KNOW

Context = dict[str, Any]


def question_page(item: AttemptItem, typed: Payload | None = None) -> Context:
    """A question as it stands: unanswered with what was typed, or answered with its feedback."""
    answers = list(item.answers.all())
    answer = next((one for one in answers if one.state == Answer.State.SUBMITTED), None)
    told = feedback(item.version.prompt, newest_grading(answer)) if answer else None
    prompt = item.version.prompt
    form = FORMAT[item.version.question.format]
    return {
        "item": item,
        "attempt": item.attempt,
        "format": form,
        "verdicts": form.verdicts,
        "compares": form.compares,
        "caption": caption(form),
        "prompt": prompt,
        "day": date.fromisoformat(prompt["encounter"]["date_of_service"]),
        "sentences": [
            (one.number, lit(one, told.lit if told else frozenset())) for one in sentences(prompt["narrative"])
        ],
        "places": _places(item.attempt_id),
        "feedback": told,
        "gave_up": answer is not None and answer.payload == I_DO_NOT_KNOW,
        **form.context(typed or _last_typed(answers), item.version),
    }


def caption(form: Format) -> str:
    """What the table of the two claims is called."""
    return (
        "Your claim beside the accepted claim"
        if form.compares == "Yours"
        else "The claim under review, and the accepted one"
    )


def _last_typed(answers: list[Answer]) -> Payload | None:
    """What was last sent for a question, drafts included."""
    typed = [answer.payload for answer in answers if answer.payload != I_DO_NOT_KNOW]
    return typed[-1] if typed else None


def summary_page(attempt: Attempt) -> Context:
    """How the set went, question by question and rule by rule."""
    gradings = newest_gradings(attempt.pk)
    items = attempt.items.select_related("version__question")
    rows = [(item, gradings.get(item.pk), FORMAT[item.version.question.format]) for item in items]
    graded = [(item, grading) for item, grading, _ in rows if grading]
    accuracy = sum(grading.element_accuracy for _, grading in graded) / len(graded) if graded else 0
    return {
        "attempt": attempt,
        "rows": rows,
        "graded": len(graded),
        "clean": sum(grading.is_clean for _, grading in graded),
        "percent": whole_percent(accuracy),
        "next": next((item for item, grading, _ in rows if grading is None), None),
        "left_open": sum(grading.undecided for _, grading in graded),
        "rules": tally(graded),
    }


def newest_grading(answer: Answer) -> Grading:
    """The grading that counts."""
    grading: Grading = answer.gradings.order_by("-pk")[0]
    return grading


def newest_gradings(attempt: uuid.UUID) -> dict[int, Grading]:
    """Item -> its newest grading, for the answered items of an attempt."""
    rows = Grading.objects.filter(answer__item__attempt=attempt).select_related("answer").order_by("pk")
    return {grading.answer.item_id: grading for grading in rows}


def _places(attempt: uuid.UUID) -> list[Context]:
    """Each place of a set with its state in a word, for the row of steps on a question's page."""
    gradings = Grading.objects.filter(answer__item__attempt=attempt).order_by("pk")
    clean = dict(gradings.values_list("answer__item_id", "is_clean"))
    states = {None: "open", True: "clean", False: "not clean"}
    items = AttemptItem.objects.filter(attempt=attempt).values_list("pk", "position")
    return [
        {"position": position, "url": reverse("question", args=[attempt, position]), "state": states[clean.get(pk)]}
        for pk, position in items
    ]
