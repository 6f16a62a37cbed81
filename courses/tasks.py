"""What the worker does in the background: the one place that knows the queue. From Django 6 on it is django.tasks."""

from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from courses import delivery, disk

#: What the queue says of work that is done is kept so long, and so long a task may run before its worker is dead.
KEPT, LONGEST = timedelta(days=2), timedelta(hours=6)


@task()
def send_letter(letter_id: int) -> str:
    """Send one letter, if it is still to be sent; the state it is in then."""
    return delivery.send(letter_id, timezone.now())


@task()
def forget_on_disk() -> bool:
    """Take what was erased off the disk; whether it is gone from there by now."""
    return disk.overwrite_deleted()


def is_busy() -> bool:
    """Whether letters lie in the queue that no worker has come to yet."""
    return DBTaskResult.objects.ready().filter(task_path=send_letter.module_path).exists()


def tidy(at: datetime, *, everything: bool = False) -> int:
    """Take out of the queue what is long (or just) done, and what a killed worker left running; how many there were.

    A letter that such a worker had in its hands is sent by the next one; the queue's own entry says nothing more.
    """
    done = DBTaskResult.objects.finished().filter(finished_at__lt=at if everything else at - KEPT)
    dead = DBTaskResult.objects.running().filter(started_at__lt=at - LONGEST)
    return int(done.delete()[0]) + int(dead.delete()[0])
