"""Load the template courses."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from codes.models import Code
from courses import starter


class Command(BaseCommand):
    """Load every template course of the starter library; again changes nothing."""

    help = "Load the template courses. Loading them again changes nothing; those that were changed here are kept."

    def handle(self, *args: Any, **options: Any) -> None:
        courses = list(starter.courses())
        results = Counter[str]()
        with tqdm(courses, desc="Courses", unit="course", file=self.stderr, disable=None) as progress:
            for content in progress:
                results[self._one(content)] += 1
        said = ", ".join(f"{count} {result}" for result, count in sorted(results.items()))
        self.stdout.write(f"Template courses: {len(courses)} ({said}).")

    def _one(self, content: starter.Content) -> str:
        try:
            return starter.load_course(content)
        except Code.DoesNotExist as missing:
            why = f"{content['title']}: one of its pages is not loaded. Run load_library first."
            raise CommandError(why) from missing
