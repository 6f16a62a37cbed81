"""Medically unlikely edits: the most units of the code."""

from collections.abc import Iterator
from datetime import date

from codes.from_files.asked import Asked, Doubt, Row, spans
from datasets.lookups import PRACTITIONER, units_of
from datasets.models import Release
from rulebook.kinds.mue import DAY, MueParams
from rulebook.kinds.units import Counting


def rules(asked: Asked) -> Iterator[Row]:
    """A rule for all quarters with the same value. 0 means that the code is not payable there, and is no rule."""
    releases = [] if asked.states("mue") else list(Release.objects.of("mue", PRACTITIONER))
    told: dict[int, tuple[int, int, str] | None] = {}
    for release in releases:
        found = units_of([asked.number], release.in_force_from).get(asked.number)
        told[release.pk] = (found.value, found.indicator, found.rationale) if found and found.value else None
    for span in spans("mue", releases, told):
        most, indicator, why = span.told
        params = MueParams(most=most, indicator=indicator, rationale=why or None)
        source = span.release.title
        yield asked.row("mue", params, slug=span.slug, starts=span.starts, ends=span.ends, source=source)


def doubts(asked: Asked, on: date) -> Iterator[Doubt]:
    """Where the page has another value, or counts each of what is paid once."""
    found = units_of([asked.number], on, PRACTITIONER).get(asked.number)
    if found is None:
        return
    says = f"The file ({found.release.label}) has {found.value} with indicator {found.indicator}."
    for part, params in asked.stated("mue"):
        if (params.most, params.indicator) != (found.value, found.indicator):
            message = f"The page has the value {params.most} with indicator {params.indicator}. {says}"
            yield Doubt(part=part, field="params.most", message=message)
    for part, params in asked.stated("units"):
        if params.counts is Counting.EACH and params.per == 1 and found.value == 1 and found.indicator == DAY:
            message = f"The page counts each of the {params.noun}, and no more than 1 unit a day is paid. {says}"
            yield Doubt(part=part, field="params.counts", message=message)
    if found.value == 0:
        message = f"The most units of {asked.number} are 0: practitioners are not paid for it. {says}"
        yield Doubt(part="about", field="number", message=message, disagrees=False)
