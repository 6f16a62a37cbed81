"""Sending letters: once each, later when the mail server does not answer, and never twice at the same time."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.db.models import F

from courses.models import Letter
from courses.writing import NotWanted, write

log = logging.getLogger(__name__)

#: How long to wait after each try; when the last of them was in vain, the letter has failed. A week and a bit.
WAITS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)),
    *(timedelta(days=1) for _ in range(7)),
)  # fmt: skip
#: Whoever takes a letter has so long to send it; then it is anybody's again, for a worker may have been killed.
LEASE = timedelta(minutes=10)
#: This one mail cannot be sent; others can. What no header may hold is a ValueError. All else concerns the server.
THIS_ONE = (SMTPRecipientsRefused, SMTPDataError, ValueError)


def send(letter_id: int, at: datetime) -> str:
    """Write and send one letter as things are at this moment; the state it is in then, or "" if it was not to be sent.

    It is taken first, in a write of its own, so that of two workers only one sends it, and nobody waits for the
    database while a mail server thinks. A letter is sent twice only if its worker dies between the two.
    """
    letter = _take(letter_id, at)
    if letter is None:
        return ""
    try:
        write(letter, at).send()
    except NotWanted as because:
        return _settle(letter, Letter.State.DROPPED, error=str(because))
    except (OSError, ValueError) as error:  # the errors of smtplib are OSErrors
        return _put_back(letter, error, at)
    except Exception as error:
        # A fault of ours: told to whoever keeps the site, and tried again like anything else.
        _put_back(letter, error, at)
        raise
    return _settle(letter, Letter.State.SENT, sent_at=at)


def _take(letter_id: int, at: datetime) -> Letter | None:
    mine = Letter.objects.waiting(at).filter(pk=letter_id)
    if not mine.update(tries=F("tries") + 1, not_before=at + LEASE):
        return None
    parts = ("person", "team", "invitation__team", "assignment__course", "assignment__team", "certificate")
    return Letter.objects.select_related(*parts).get(pk=letter_id)


def _settle(letter: Letter, state: str, *, error: str = "", sent_at: datetime | None = None) -> str:
    Letter.objects.filter(pk=letter.pk).update(state=state, error=error, sent_at=sent_at)
    return state


def _put_back(letter: Letter, error: Exception, at: datetime) -> str:
    """Keep the letter for later. The address stays out of the log, whose it is can be looked up."""
    name = error.__class__.__name__
    log.error("Letter %s could not be sent: %s", letter.pk, name)
    if _is_final(error) or letter.tries > len(WAITS):
        return _settle(letter, Letter.State.FAILED, error=name)
    Letter.objects.filter(pk=letter.pk).update(error=name, not_before=at + WAITS[letter.tries - 1])
    if not isinstance(error, THIS_ONE):
        # Nobody answers there. The others would each wait as long, to no avail.
        Letter.objects.waiting(at).update(not_before=at + WAITS[0])
    return Letter.State.WAITING


def _is_final(error: Exception) -> bool:
    """Whether trying again cannot help: no such address, or one that is none."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, ValueError)
