"""Make the demo people, on a site with DEBUG on."""

from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from accounts.roles import make_educator


class Demo(NamedTuple):
    """A demo person: sign-in name, first and last name, what they are for."""

    username: str
    first: str
    last: str
    role: str

    @property
    def password(self) -> str:
        """The same on every machine, which is why demo people exist only with DEBUG on."""
        return f"{self.username}-demo-1"


PEOPLE = (
    Demo("trainee", "Tessa", "Trainee", "reads pages and practises"),
    Demo("manager", "Mara", "Manager", "leads a team of twelve"),
    Demo("educator", "Edgar", "Educator", "edits and publishes pages"),
    Demo("admin", "Ada", "Admin", "may do everything"),
)


class Command(BaseCommand):
    """Make one demo person of each role, and print their sign-ins."""

    help = "Make the demo people (only with DEBUG on) and print their sign-ins."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo people have public passwords; they are made only where DEBUG is on.")
        for demo in PEOPLE:
            self._make(demo)
        self.stdout.write("Demo sign-ins:")
        for demo in PEOPLE:
            self.stdout.write(f"  {demo.username:<9} {demo.password:<16} {demo.role}")

    def _make(self, demo: Demo) -> None:
        person, new = User.objects.get_or_create(
            username=demo.username,
            defaults={"first_name": demo.first, "last_name": demo.last, "email": f"{demo.username}@example.com"},
        )
        if new:
            person.set_password(demo.password)
            person.is_superuser = person.is_staff = demo.username == "admin"
            person.save(update_fields=["password", "is_superuser", "is_staff"])
        if demo.username == "educator":
            make_educator(person)
