"""What this site decides about sign-in, for django-allauth."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Registration is open only where the installation says so; a mail server that is away is nobody's error."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether a stranger may make an account."""
        return bool(settings.REGISTRATION_OPEN)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail of the sign-in; while nobody takes it, whoever asked gets the same page as ever.

        It is not kept for later, as letters of a team are: the link in it lets in whoever holds it, and stays out of
        the database. Neither it nor the address is logged.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # those of smtplib are OSErrors
            log.error("A mail of the sign-in could not be sent: %s", error.__class__.__name__)
