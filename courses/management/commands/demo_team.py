"""Make a team with two months behind it, on a site with DEBUG on."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from courses.demo import NAME, play
from courses.demo_people import WEEKS
from courses.models import Course, Team

#: The template courses that the team has copies of, by their slugs.
FIRST, SECOND = "percutaneous-ablation", "modifiers"


class Command(BaseCommand):
    """Make the demo team once: twelve people who practised, were assigned courses, and fell behind or did not."""

    help = "Make a team of twelve with two months of history for the demo manager (only with DEBUG on)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo team is made only where DEBUG is on.")
        manager = User.objects.filter(username="manager").first()
        templates = {one.slug: one for one in Course.objects.templates().filter(slug__in=[FIRST, SECOND])}
        if manager is None or len(templates) < 2:
            raise CommandError("Run `manage.py demo_people` and `manage.py load_courses` first.")
        if not Team.objects.filter(name=NAME).exists():
            with tqdm(total=WEEKS, desc="Demo team", unit="week", leave=False) as bar:
                play(manager, templates[FIRST], templates[SECOND], timezone.now(), bar.update)
        self.stdout.write(f"Demo team: {NAME} (sign in as manager)")
