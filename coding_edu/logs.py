"""Where lines of the log go, how many got lost, and what stands in none: tokens that let whoever holds them in."""

import logging
import re
from typing import TextIO

#: Who writes addresses into logs: Django of what failed, its own server of everything, and the page of an outage.
WRITERS = ("django.request", "django.server", "coding_edu.outages")
TOKEN = re.compile(r"(/join/|/password/reset/key/)(?!account/)[^/\s\"]+")


_lost = 0


class Counting(logging.StreamHandler[TextIO]):
    """Writes to standard error. A line that cannot be written, as on a full disk, is counted and harms nobody."""

    def handleError(self, record: logging.LogRecord) -> None:
        """One line less."""
        global _lost
        _lost += 1
        super().handleError(record)


def lost() -> int:
    """How many lines this process could not write."""
    return _lost


class TokensStayOut(logging.Filter):
    """Put three dots for the token in the address of an invitation or of a new password."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: every record is logged."""
        record.msg = _masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(one) for one in record.args)
        return True


def _masked(value: object) -> object:
    return TOKEN.sub(r"\1…", value) if isinstance(value, str) else value


def keep_tokens_out() -> None:
    """See to it for every logger that writes addresses."""
    for name in WRITERS:
        logging.getLogger(name).addFilter(TokensStayOut())
