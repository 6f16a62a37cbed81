"""When something is due, in words, by the clocks of the team."""

from datetime import datetime, time, timedelta, tzinfo

#: What is due on one of so many days after today is due soon.
SOON = timedelta(days=7)
IN_WORDS = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def soon_until(zone: tzinfo, at: datetime) -> datetime:
    """The last moment at which something is due soon: the end of the seventh day from today, by these clocks."""
    return datetime.combine(at.astimezone(zone).date() + SOON, time.max, tzinfo=zone)


def in_days(moment: datetime, zone: tzinfo, at: datetime) -> str:
    """How many days off a moment is, by the calendar: "in 3 days", "tomorrow", "2 days ago"."""
    days = (moment.astimezone(zone).date() - at.astimezone(zone).date()).days
    if days in IN_WORDS:
        return IN_WORDS[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def due_exactly(due_at: datetime, zone: tzinfo, at: datetime) -> str:
    """With the minute and the time zone: "in 3 days, Fri Mar 14, 11:59 PM CDT"."""
    there = due_at.astimezone(zone)
    year = f", {there:%Y}" if there.year != at.astimezone(zone).year else ""
    return f"{in_days(due_at, zone, at)}, {there:%a %b} {there.day}{year}, {there:%I:%M %p %Z}".replace(", 0", ", ")


def due_shortly(due_at: datetime | None, zone: tzinfo, at: datetime) -> str:
    """For a list: "Due in 3 days, Fri 14 Mar", "Overdue since yesterday, Mon 10 Mar", "No date"."""
    if due_at is None:
        return "No date"
    there, far = due_at.astimezone(zone), in_days(due_at, zone, at)
    day = f"{there:%a} {there.day} {there:%b}{'' if there.year == at.astimezone(zone).year else f' {there:%Y}'}"
    if due_at >= at:
        return f"Due {far}, {day}"
    return f"Was due {far}, {day}" if far != "today" else f"Was due today, {day}"
