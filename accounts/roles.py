"""Roles that are not bound to a team."""

from django.contrib.auth.models import Group, Permission

from accounts.models import User

EDUCATORS = "Educators"
EDITED_BY_EDUCATORS = ("codes", "quizzes")


def make_educator(person: User) -> None:
    """Let a person edit and publish pages in the admin."""
    group, _ = Group.objects.get_or_create(name=EDUCATORS)
    group.permissions.set(Permission.objects.filter(content_type__app_label__in=EDITED_BY_EDUCATORS))
    person.groups.add(group)
    person.is_staff = True
    person.save(update_fields=["is_staff"])
