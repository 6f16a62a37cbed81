"""Mail to those who asked for it, on days on which reviews are due."""

import logging
from collections.abc import Iterator
from datetime import datetime
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Preferences, User
from quizzes.review import due_count

log = logging.getLogger(__name__)

#: This one mail cannot be sent; others can. An address that is none is a ValueError.
REFUSED = (SMTPRecipientsRefused, SMTPResponseException, ValueError)


def to_remind(at: datetime) -> Iterator[tuple[User, int]]:
    """Who is to get a mail now, and how many reviews are due: active, asked for it, not mailed today, something due."""
    wanted = Preferences.objects.filter(mail_reviews=True).filter(_not_mailed(at)).values("person")
    for person in User.objects.filter(is_active=True, pk__in=wanted).exclude(email="").order_by("pk"):
        due = due_count(person, at)
        if due:
            yield person, due


def send_reminders(at: datetime) -> tuple[int, int]:
    """Mail everybody who is to be reminded at this moment; how many mails went out, and how many could not."""
    sent = failed = 0
    waiting = list(to_remind(at))
    for place, (person, due) in enumerate(waiting):
        try:
            sent += remind(person, due, at)
        except REFUSED as error:
            _log(person, error)
            failed += 1
        except OSError as error:
            # Nobody answers there. The others would each wait as long, to no avail.
            _log(person, error)
            return sent, failed + len(waiting[place:])
    return sent, failed


def _log(person: User, error: Exception) -> None:
    """Say why; the address stays out of the log, whose it is can be looked up."""
    log.error("No reminder to person %s: %s", person.pk, error.__class__.__name__)


def remind(person: User, due: int, at: datetime) -> bool:
    """Send one mail; False when the person has had today's meanwhile.

    The day is taken first, in a write of its own, so that of two runs at once only one sends, and nobody waits
    for the database while a mail server thinks. When the mail cannot be sent, the day is given back.
    """
    mine = Preferences.objects.filter(person=person)
    before = mine.values_list("mailed_on", flat=True).first()
    if not mine.filter(mail_reviews=True).filter(_not_mailed(at)).update(mailed_on=timezone.localdate(at)):
        return False
    try:
        mail_about(person, due).send()
    except (OSError, ValueError):  # the errors of smtplib are OSErrors
        mine.update(mailed_on=before)
        raise
    return True


def mail_about(person: User, due: int) -> EmailMessage:
    """The mail: plain text, with where to review and how to switch it off."""
    context = {
        "person": person,
        "due": due,
        "site_name": settings.SITE_NAME,
        "review_url": settings.SITE_URL + reverse("review"),
        "settings_url": settings.SITE_URL + reverse("settings"),
    }
    subject, _, body = render_to_string("quizzes/mail_reviews.txt", context).partition("\n")
    return EmailMessage(subject=subject, body=body.strip() + "\n", to=[person.email])


def _not_mailed(at: datetime) -> Q:
    return Q(mailed_on=None) | Q(mailed_on__lt=timezone.localdate(at))
