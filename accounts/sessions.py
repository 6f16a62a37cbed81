"""Where somebody is signed in."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User


def end_sessions(person: User) -> int:
    """Sign a person out everywhere; says in how many places. Every session is looked into, so only do it for cause."""
    mine = [session.pk for session in Session.objects.filter(expire_date__gt=timezone.now()) if _is_of(session, person)]
    return Session.objects.filter(pk__in=mine).delete()[0]


def _is_of(session: Session, person: User) -> bool:
    return bool(session.get_decoded().get(SESSION_KEY) == str(person.pk))
