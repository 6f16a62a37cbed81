"""The time zone in which somebody is told a time. What is counted by days goes by the site's zone, whoever asks.

It is known when somebody signs in, and lies in the session, so that no page looks it up.
"""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

ZONE = "zone"


def zone_of(request: HttpRequest) -> tzinfo:
    """The zone of whoever is signed in; the site's where they are in no team."""
    name = request.session.get(ZONE)
    return ZoneInfo(name) if name else timezone.get_default_timezone()


def clock(moment: datetime, zone: tzinfo) -> str:
    """A time to the second, with its zone: "7:31:26 PM CST"."""
    return date_format(timezone.localtime(moment, zone), "g:i:s A T")
