"""What somebody types is kept as it is typed, and stands in the form again until it is saved or discarded.

A form that wants this has ``data-autosave`` with the address ``write_autosave`` and begins with
``editorial/_autosave.html``, which names the part and what the part was when the form was opened. docs/editing.md says
how to add it to a form.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from codes.models import Code
from editorial.models import FormDraft

#: What a form sends besides what was typed.
NOT_TYPED = frozenset({"csrfmiddlewaretoken", "part", "seen", "stored", "action", "next"})
PART = re.compile(r"about|history|documentation|similar|sources|(sections|rules|examples)/[a-z0-9]+(-[a-z0-9]+)*")
MOST_LETTERS = 80
F = TypeVar("F", bound=forms.BaseForm)


class NoPart(ValueError):
    """What was sent names no part of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Generic[F]):
    """A form as it is shown: with what was typed and not saved (``draft``, else None), and what it was begun with."""

    form: F
    draft: FormDraft | None
    seen: str


def kept(person: User, code: Code, part: str) -> FormDraft | None:
    """What somebody typed into the form of a part and has not saved; None where there is nothing."""
    return FormDraft.objects.filter(person=person, code=code, part=part).first()


def keep(person: User, code: Code, part: str, sent: QueryDict, *, at: datetime) -> FormDraft:
    """Keep what a form holds, in the place of what was kept of it before. Raises NoPart."""
    if len(part) > MOST_LETTERS or not PART.fullmatch(part):
        raise NoPart(part)
    fields = {name: values for name, values in sent.lists() if name not in NOT_TYPED}
    values = {"fields": fields, "seen": sent.get("seen", "")[:64], "saved_at": at}
    return FormDraft.objects.update_or_create(person=person, code=code, part=part, defaults=values)[0]


def discard(person: User, code: Code, part: str) -> None:
    """Forget what was typed."""
    FormDraft.objects.filter(person=person, code=code, part=part).delete()


def typed(draft: FormDraft) -> QueryDict:
    """What was kept, as the form sent it."""
    data = QueryDict(mutable=True)
    for name, values in draft.fields.items():
        data.setlist(name, values)
    return data


def fill(form: F, data: QueryDict) -> F:
    """Put what was sent into an unbound form: it is shown and not judged."""
    for name, field in form.fields.items():
        form.initial[name] = field.widget.value_from_datadict(data, MultiValueDict(), form.add_prefix(name))
    return form


def restored(form: F, seen: str, draft: FormDraft | None) -> Restored[F]:
    """A form made of what is stored (``seen``: its digest), with what was typed and not saved in it, where there is."""
    if draft is None:
        return Restored(form=form, draft=None, seen=seen)
    return Restored(form=fill(form, typed(draft)), draft=draft, seen=draft.seen)
