"""People."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in. What somebody may do comes from groups and, later, from teams."""

    def __str__(self) -> str:
        return self.get_full_name() or self.username
