"""What stands in no log: tokens that let whoever holds them in."""

import logging
import re

#: Who writes addresses into logs: Django of what failed, its own server of everything, and the page of an outage.
WRITERS = ("django.request", "django.server", "coding_edu.outages")
TOKEN = re.compile(r"(/join/|/password/reset/key/)(?!account/)[^/\s\"]+")


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
