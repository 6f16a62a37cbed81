"""People in the admin: a site never loses its last administrator, and nobody takes away the rights they use."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from accounts.access import person_of
from accounts.models import AuditEntry, User, audit
from accounts.sessions import end_sessions

#: What makes an administrator of the site.
RIGHTS = ("is_active", "is_staff", "is_superuser")
OWN = "You cannot take away your own rights. Ask another administrator."
LAST = "This is the last administrator who can sign in. Make somebody else an administrator first."


def reason_to_keep(person: User, by: User) -> str:
    """Why somebody's rights must stay, or "" where they may be taken. Needs a transaction: it locks administrators."""
    if person.pk == by.pk:
        return OWN
    # Two who demote each other at once: the second finds that the first did.
    admins = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
    return LAST if {one.pk for one in admins} == {person.pk} else ""


class PersonForm(UserChangeForm[User]):
    """A person's account. ``by`` is who changes it."""

    by: User

    def clean(self) -> dict[str, Any]:
        """Refuse what would leave the site, or whoever does it, without rights."""
        data = super().clean() or self.cleaned_data
        lost = [right for right in RIGHTS if right in data and self.initial.get(right) and not data[right]]
        reason = reason_to_keep(self.instance, self.by) if lost else ""
        if reason:
            self.add_error(lost[0], ValidationError(reason))
        return data


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    """Django's page of a person, with what must not be lost kept, and each change of rights noted."""

    form = PersonForm

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who changes something."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = person_of(request)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only an administrator makes one, or gives permissions."""
        fields = super().get_readonly_fields(request, obj)
        return fields if person_of(request).is_superuser else [*fields, "is_superuser", "groups", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """An administrator's account is changed by administrators only."""
        above = obj is not None and obj.is_superuser and not person_of(request).is_superuser
        return super().has_change_permission(request, obj) and not above

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        """Note who gave or took which rights; whoever may not sign in any more is signed out."""
        super().save_model(request, obj, form, change)
        changed = [right for right in RIGHTS if right in form.changed_data]
        if changed:
            before = {right: form.initial.get(right) for right in changed}
            after = {right: form.cleaned_data[right] for right in changed}
            audit(person_of(request), "rights changed", obj, before=before, after=after)
        if not obj.is_active:
            end_sessions(obj)

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        """Beside what hangs on people and protects them: the last administrator, and oneself."""
        people = [one for one in objs if isinstance(one, User)]
        deleted, counts, missing, protected = super().get_deleted_objects(people, request)
        kept = (reason_to_keep_any(people, person_of(request)),)
        return deleted, counts, missing, [*protected, *(reason for reason in kept if reason)]


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin[AuditEntry]):
    """Who changed what: read by administrators, written by nobody here."""

    list_display = ["at", "who", "verb", "subject", "team", "why"]
    list_filter = ["verb"]
    list_select_related = ["who"]
    search_fields = ["subject", "who__username"]
    date_hierarchy = "at"

    def has_view_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Administrators only."""
        return person_of(request).is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries come from what is done."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Entries stay as they were written."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Entries stay."""
        return False


def reason_to_keep_any(people: Sequence[User], by: User) -> str:
    """Why these must not all be deleted, or ""."""
    named = {person.pk for person in people}
    if by.pk in named:
        return OWN
    admins = User.objects.filter(is_superuser=True, is_active=True)
    is_last = admins.filter(pk__in=named).exists() and not admins.exclude(pk__in=named).exists()
    return LAST if is_last else ""


admin.site.site_header = admin.site.site_title = "Editing and administration"
