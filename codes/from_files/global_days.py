"""The global days of the physician fee schedule."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from codes.from_files.asked import Asked, Doubt, Row, spans
from datasets.lookups import relative_values_of
from datasets.models import Release
from rulebook.periods import GlobalPeriodParams

#: What the schedule calls periods that include visits; the others (XXX, YYY, ZZZ, MMM) decide nothing here.
PERIODS = ("000", "010", "090")
#: The file that holds for whoever takes part in no quality program; until 2025 there is one for everybody.
SETTINGS = ("", "nonqpp")


def rules(asked: Asked) -> Iterator[Row]:
    """A rule for all quarters with the same days. What counts as a visit is what other pages say of theirs."""
    stated = asked.states("global-period")
    releases = [] if stated else list(Release.objects.filter(kind="rvu", setting__in=SETTINGS))
    told: dict[int, str | None] = {}
    for release in releases:
        values = relative_values_of(asked.number, release.in_force_from)
        days = values[0].global_days if values else ""
        told[release.pk] = days if days in PERIODS else None
    for span in spans("global-days", releases, told):
        params = GlobalPeriodParams(days=span.told, **_visits(asked, span.told))
        source = span.release.title
        yield asked.row("global-period", params, slug=span.slug, starts=span.starts, ends=span.ends, source=source)


def doubts(asked: Asked, on: date) -> Iterator[Doubt]:
    """Where the page has other days."""
    values = relative_values_of(asked.number, on)
    for part, params in asked.stated("global-period"):
        if values and values[0].global_days and params.days != values[0].global_days:
            says = f"the fee schedule ({values[0].release.label}) {values[0].global_days}"
            yield Doubt(part=part, field="params.days", message=f"The page has global days {params.days}, {says}.")


def _visits(asked: Asked, days: str) -> dict[str, Any]:
    """Which services are visits and what sets them apart, as the pages with the same days have it."""
    known = [rule.params for rule in asked.published.rules if rule.kind == "global-period" and rule.params.visits]
    like = next((one for one in known if one.days == days), known[0] if known else None)
    return {name: getattr(like, name) for name in ("visits", "apart", "unrelated")} if like else {}
