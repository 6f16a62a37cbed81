"""Load the starter library."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from codes import starter


class Command(BaseCommand):
    """Load the vocabulary and every page of the starter library; again changes nothing."""

    help = "Load and publish the starter library. Loading it again changes nothing; pages edited here are kept."

    def handle(self, *args: Any, **options: Any) -> None:
        starter.load_vocabulary()
        pages = list(starter.pages())
        results = Counter[str]()
        with tqdm(pages, desc="Starter library", unit="page", file=self.stderr, disable=None) as progress:
            for content in progress:
                results[starter.load_page(content)] += 1
        said = ", ".join(f"{count} {result}" for result, count in sorted(results.items()))
        self.stdout.write(f"Starter library: {len(pages)} pages ({said}).")
