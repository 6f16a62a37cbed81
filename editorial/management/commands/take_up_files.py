"""Take up what the loaded public files say, on every page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from codes.models import PublishedCode
from editorial import taking_up
from editorial.reviewing import Refused

WHY = "What the loaded public files say"


class Command(BaseCommand):
    """Publish the pages again of which files say something that they do not say yet; again changes nothing."""

    help = (
        "Publish the pages again of which the loaded public files say something new. Accepted claims may change by it: "
        "the list under Edit > From public files shows where. Each page is noted in the audit trail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="CODE", help="Only these pages; otherwise all.")
        parser.add_argument("--why", default=WHY, help="The revision note of the editions.")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {number.upper() for number in options["numbers"]}
        known = PublishedCode.objects.filter(number__in=wanted).values_list("number", flat=True)
        if strange := sorted(wanted.difference(known)):
            raise CommandError(f"No page is published for {', '.join(strange)}.")
        codes = [code for code in taking_up.pending() if not wanted or code.number in wanted]
        done, refused = 0, []
        with tqdm(codes, desc="Pages", unit="page", file=self.stderr, disable=None) as progress:
            for code in progress:
                try:
                    taking_up.accept(code, options["why"], by=None)
                    done += 1
                except Refused as reason:
                    refused.append(str(reason))
        for one in refused:
            self.stderr.write(one)
        self.stdout.write(f"{done} page{'s' if done != 1 else ''} published with what the files say.")
