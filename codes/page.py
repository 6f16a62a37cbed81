"""What the template of a reference page needs."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from codes import reference
from codes.finding import day_asked
from codes.models import Edition, PublishedCode, has_facts
from codes.narrative import plain
from codes.publish import is_retired
from datasets import lookups


def page_context(asked: Mapping[str, str], row: PublishedCode, edition: Edition, newest: Edition) -> dict[str, Any]:
    """One edition of a page as of the day that is asked for (``dos``), or today."""
    day, bad_day = day_asked(asked)
    page = edition.document
    return {
        "row": row,
        "page": page,
        "edition": edition,
        "is_newest": edition.pk == newest.pk,
        "is_retired": is_retired(newest),
        "sections": reference.sections(page, day),
        "to_practise": 0
        if is_retired(newest)
        else sum(has_facts(example["encounter"]) for example in page["examples"]),
        "examples": [(example["title"], plain(example["narrative"]).splitlines()) for example in page["examples"]],
        "timeline": reference.timeline(page),
        "published": reference.published_neighbours(page),
        "status": reference.status(row, day),
        "valid": row.covers(day),
        "units": reference.first_of(page, "units"),
        "banner": reference.banner(row, day, timezone.localdate()) if "dos" in asked and not bad_day else None,
        "day": day,
        "bad_day": bad_day,
        "has_public_data": lookups.is_anything_loaded(),
    }
