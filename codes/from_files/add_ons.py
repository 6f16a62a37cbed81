"""Which primary codes an add-on goes with."""

from collections.abc import Iterator
from datetime import date

from codes.from_files.asked import Asked, Doubt, Row, spans
from datasets.lookups import addons_of
from datasets.models import Release
from rulebook.kinds.add_on import AddOnParams
from rulebook.kinds.base import listed

#: So many codes are named.
NAMED = 4


def rules(asked: Asked) -> Iterator[Row]:
    """A rule for all quarters with the same primaries; where contractors may name others, these stay undecided."""
    releases = [] if asked.states("add-on") else list(Release.objects.of("addons"))
    told: dict[int, tuple[tuple[str, ...], bool] | None] = {}
    for release in releases:
        found = addons_of([asked.number], release.in_force_from).get(asked.number)
        told[release.pk] = (found.primaries, found.is_open) if found and found.primaries else None
    for span in spans("add-on-list", releases, told):
        primaries, is_open = span.told
        params = AddOnParams(primaries=primaries, complete=not is_open)
        source = span.release.title
        yield asked.row("add-on", params, slug=span.slug, starts=span.starts, ends=span.ends, source=source)


def doubts(asked: Asked, on: date) -> Iterator[Doubt]:
    """Where the page's list of primaries and that of the file differ, as far as the file's is closed."""
    found = addons_of([asked.number], on).get(asked.number)
    for part, params in asked.stated("add-on") if found else ():
        assert found is not None
        more = [code for code in params.primaries if code not in found.primaries]
        if more and not found.is_open:
            message = f"The file ({found.release.label}) does not have {listed(more, 'or', NAMED)} among the primaries."
            yield Doubt(part=part, field="params.primaries", message=message)
        if params.complete and found.is_open:
            message = f"The page's list is complete. In the file ({found.release.label}) contractors may name others."
            yield Doubt(part=part, field="params.complete", message=message)
