"""The verbs on an open question besides answering it: flag, mark a fact, rule out an option, ask for a hint."""

from typing import Any

from django.db import transaction

from quizzes.hints import MOST
from quizzes.models import AttemptItem

MARKS = ["flagged", "hints", "marked", "ruled_out"]


@transaction.atomic
def mark(item: AttemptItem, action: str) -> bool:
    """Do what a button says: ``flag``, ``hint``, ``mark-3``, ``out-2``; False where it is none of these."""
    # As it is now: a fact marked on the way to this one must not be lost.
    item.refresh_from_db(fields=MARKS, from_queryset=AttemptItem.objects.select_for_update(no_key=True))
    name, _, value = action.partition("-")
    if action == "flag":
        item.flagged = not item.flagged
        item.save(update_fields=["flagged"])
    elif action == "hint" and not item.attempt.is_exam:
        item.hints = min(item.hints + 1, MOST)
        item.save(update_fields=["hints"])
    elif name == "mark" and value.isdecimal() and len(value) < 4:
        item.marked = _toggled(item.marked, int(value))
        item.save(update_fields=["marked"])
    elif name == "out" and value in {option["id"] for option in item.version.options}:
        item.ruled_out = _toggled(item.ruled_out, value)
        item.save(update_fields=["ruled_out"])
    else:
        return False
    return True


def _toggled(values: list[Any], value: Any) -> list[Any]:
    return [one for one in values if one != value] if value in values else [*values, value]
