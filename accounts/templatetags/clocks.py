"""Times in the zone of whoever reads them, which every page has as ``zone``."""

from datetime import datetime, tzinfo

from django import template

from accounts import zones

register = template.Library()


@register.filter
def clock(moment: datetime | None, zone: tzinfo) -> str:
    """To the second, with the zone; empty for what has not happened."""
    return zones.clock(moment, zone) if moment else ""
