"""The notebook: keeping notes, changing them, and the page that shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from codes.models import PublishedCode
from quizzes.models import AttemptItem, Note

PER_PAGE = 25
MOST_SEARCHED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a note says, and the code, section and rule it is about, as far as it is about one."""

    text: str
    code: str = ""
    section: str = ""
    rule: str = ""


def add_note(person: User, words: Words, at: datetime, item: AttemptItem | None = None) -> Note:
    """Keep a note. The same words on the same place again are the same note: a form was sent twice."""
    fields = {"item": item, "text": words.text, "code": words.code, "section": words.section, "rule": words.rule}
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        known = Note.objects.of(person).filter(**fields).first()
        return known or Note.objects.create(person=person, created_at=at, changed_at=at, **fields)


class ChangedMeanwhile(Exception):
    """The note says something else than when the form was opened; ``note`` is what it says now."""

    def __init__(self, note: Note) -> None:
        super().__init__("This note was changed meanwhile.")
        self.note = note


def change_note(note: Note, text: str, at: datetime, seen: str) -> None:
    """Replace what a note says. ``seen``: its ``edition`` when the form was opened, else ChangedMeanwhile."""
    with transaction.atomic():
        now = Note.objects.select_for_update(of=("self",)).get(pk=note.pk)
        if now.text == text:
            return
        if now.edition != seen:
            raise ChangedMeanwhile(now)
        now.text, now.changed_at = text, at
        now.save(update_fields=["text", "changed_at"])


def remove_note(note: Note) -> None:
    """Take a note out of the notebook for good."""
    note.delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A note as the notebook shows it: with the question and the section it belongs to."""

    note: Note
    question: str
    url: str
    section: str


def notebook_page(person: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of a person's notes: those about ``about`` in which ``q`` stands, the newest first."""
    about, words = asked.get("about", "")[:MOST_SEARCHED], _searched(asked.get("q", ""))
    mine = Note.objects.of(person)
    notes = mine.about(about) if about else mine
    notes = notes.saying(words) if words else notes
    page = Paginator(notes.with_questions(), PER_PAGE).get_page(asked.get("page"))
    return {
        "page": page,
        "leaves": [leaf(note) for note in page],
        "subjects": mine.subjects(),
        "about": about,
        "q": words,
        "narrowed": bool(about or words),
    }


def _searched(text: str) -> str:
    return text.strip()[:MOST_SEARCHED].replace("\x00", "")


def leaf(note: Note) -> Leaf:
    """One note with its links."""
    prompt = note.item.version.prompt if note.item else None
    return Leaf(
        note=note,
        question=prompt["title"] if prompt else "",
        url=_section_url(note, prompt["encounter"]["date_of_service"] if prompt else ""),
        section=note.section.replace("-", " "),
    )


def _section_url(note: Note, day: str) -> str:
    """The section as it stands today, on the date of service of the note's question."""
    if not note.code:
        return ""
    dos, anchor = f"?dos={day}" if day else "", f"#{note.section}" if note.section else ""
    return f"{reverse('code_page', args=[note.code])}{dos}{anchor}"


def is_published(code: str) -> bool:
    """Whether there is a page for a code."""
    return PublishedCode.objects.filter(number=code).exists()
