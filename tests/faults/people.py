"""Those who answer: signed in without a form, with questions before them."""

import random
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from codes.library import current_stamp
from codes.models import Code
from quizzes import practice
from quizzes.asking import Candidate
from quizzes.drawing import Recipe, choose
from quizzes.formats import FORMAT
from quizzes.models import Attempt, AttemptItem, Exam, ExamPart, QuestionVersion, Scenario
from quizzes.pinning import pin
from tests.conftest import signed_in
from tests.faults.browser import Form

PAGE = "20983"
#: Claims to code, as they are written: the quickest set to draw.
PLAIN = Recipe(formats=("code-the-claim",), as_written=1.0)


@dataclass
class Person:
    """Somebody with a session, and the questions to answer."""

    user: User
    session: str
    items: list[AttemptItem] = field(default_factory=list)


def somebody(name: str | None = None) -> User:
    """A new person who signs in without a password."""
    return User.objects.create_user(name or f"person-{uuid.uuid4().hex[:12]}")


def session_of(user: User) -> str:
    """The key of a session in which the person is signed in."""
    return signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value


def page() -> Code:
    """A page with ten scenarios."""
    return Code.objects.get(number=PAGE)


def drawn() -> list[Candidate]:
    """Ten questions; drawing them once and giving them to everybody saves minutes."""
    return choose(list(Scenario.objects.live().of(PAGE)), random.Random(1), PLAIN)


def people(number: int, questions: int = 10, exam: Exam | None = None) -> list[Person]:
    """So many people, each with at least so many questions to answer, in sets of ten or in an exam that runs."""
    versions = pin(drawn(), current_stamp())
    # Looked up here: those who answer have no database of their own.
    prefetch_related_objects(versions, "question")
    sets = -(-questions // len(versions))
    # An exam can be open once, so its one set is a long one.
    return [_person(versions * (sets if exam else 1), 1 if exam else sets, exam) for _ in range(number)]


def _person(versions: list[QuestionVersion], sets: int, exam: Exam | None) -> Person:
    """Somebody new with so many sets of the same questions, stored at once."""
    user, now = somebody(), timezone.now()
    terms = {"mode": Attempt.Mode.EXAM, "exam": exam, "source": Attempt.Source.EXAM} if exam else {}
    attempts = Attempt.objects.bulk_create(
        Attempt(person=user, title=f"Set {n}", seed=n, begun_at=now, **terms) for n in range(sets)
    )
    items = [item for attempt in attempts for item in practice.lay(attempt, versions)]
    return Person(user=user, session=session_of(user), items=items)


def exam_of(questions: int = 10, *, minutes: int = 30) -> Exam:
    """An exam that anybody may take."""
    exam = Exam.objects.create(title="An exam", minutes=minutes, is_open=True)
    ExamPart.objects.create(exam=exam, number=questions, code=page())
    return exam


def right_form(item: AttemptItem, key: uuid.UUID | None = None, **changes: str) -> dict[str, str | list[str]]:
    """The form that answers a question rightly, filled in as a person would."""
    form = FORMAT[item.version.question.format]
    fields = form.fields(form.right(item.version))
    return {"key": str(key or uuid.uuid4()), "action": "check", **fields, **changes}


def draft_of(item: AttemptItem, form: Form) -> dict[str, object]:
    """What a draft of this form is stored as."""
    return FORMAT[item.version.question.format].draft(_data(form))


def answer_of(item: AttemptItem, form: Form) -> dict[str, object]:
    """What an answer of this form is stored as."""
    return FORMAT[item.version.question.format].read(_data(form), item.version)


def _data(form: Form) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in form.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data
