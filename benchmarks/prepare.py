"""What a run needs in its database: the starter library, somebody signed in, questions to answer."""

import secrets
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

from accounts.models import User
from codes import starter
from codes.models import Code
from quizzes import practice
from quizzes.formats import FORMAT
from quizzes.formats.code_the_claim import CodeTheClaim
from quizzes.models import AttemptItem, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the benchmark takes place."""

    person: User
    session: str
    page: Code
    looked_at: AttemptItem
    written_on: AttemptItem
    fresh: list[AttemptItem]

    @property
    def cookie(self) -> str:
        """The cookie of the person's session, as a header has it."""
        return f"{settings.SESSION_COOKIE_NAME}={self.session}"


def prepare(questions: int) -> Stage:
    """Fill the empty database; at least so many questions are fresh."""
    call_command("migrate", verbosity=0)
    starter.load_vocabulary()
    for content in starter.pages():
        starter.load_page(content)
    person = User.objects.create_user(f"bench-{secrets.token_hex(4)}")
    page = _most_practised()
    looked_at, written_on, *fresh = _questions(person, page, questions + 2)
    return Stage(
        person=person, session=sign_in(person), page=page, looked_at=looked_at, written_on=written_on, fresh=fresh
    )


def right_form(item: AttemptItem, token: str) -> str:
    """The body of the POST that answers a question with its accepted claim."""
    form = FORMAT[CodeTheClaim.id]
    fields = form.fields(form.right(item.version))
    return urlencode({"csrfmiddlewaretoken": token, "key": str(uuid.uuid4()), "action": "check", **fields})


def _most_practised() -> Code:
    """The code with the most scenarios, the first by number among equals."""
    counts = Scenario.objects.live().counts()
    return Code.objects.get(number=max(sorted(counts), key=counts.__getitem__))


def _questions(person: User, page: Code, wanted: int) -> list[AttemptItem]:
    """Unanswered claims to code, from as many sets as it takes."""
    found: list[AttemptItem] = []
    while len(found) < wanted:
        attempt = practice.start(person, page, seed=len(found))
        found += attempt.items.select_related("version").filter(version__question__format=CodeTheClaim.id)
    return found


def sign_in(person: User) -> str:
    """Sign in without a form: the key of a session row made directly."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)
