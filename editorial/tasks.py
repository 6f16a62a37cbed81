"""What the worker does in the background for educators. See ``courses.tasks``."""

from django.utils import timezone
from django_tasks import task

from accounts.models import User
from codes.pages import PageError
from datasets.unpacking import Unsafe
from editorial import data_loads, regrades, uploads
from editorial.files import NotAsShown


@task()
def grade_again(regrade_id: int) -> str:
    """Grade the answers of a regrade again; the state it is in then."""
    return regrades.run(regrade_id, timezone.now())


@task()
def load_data(key: str) -> str:
    """Load the public files that were shown and confirmed; the state it ended in."""
    return data_loads.run(key, timezone.now())


@task()
def import_upload(file: str, name: str, plan: str, by: int, answers_may_change: bool, why: str = "") -> str:
    """Store a file that was shown and confirmed, whole or not at all; the state it ended in."""
    upload, person = uploads.Shown(file=file, name=name, plan=plan), User.objects.get(pk=by)
    try:
        at = timezone.now()
        uploads.carry_out_kept(upload, by=person, at=at, answers_may_change=answers_may_change, why=why)
    except (NotAsShown, PageError, Unsafe, OSError) as error:
        uploads.tell(file, {"by": by, "state": "refused", "why": str(error)})
        return "refused"
    return "done"
