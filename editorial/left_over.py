"""What somebody typed into the form of a rule or an example that is not there any more.

It can be read, begun again as a new one, or discarded; nothing of it is lost because a colleague removed the row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse

from accounts.models import AuditEntry, User
from codes.models import Code
from codes.pages import read_part
from codes.params_form import PREFIX
from codes.rule_forms import free_slug
from editorial.autosaving import kept
from editorial.drafting import last_change
from editorial.models import FormDraft
from editorial.places import NEW_EXAMPLE, ROWS, kind_of
from rulebook.kinds import KIND

#: What a form sends that nobody typed.
COUNTS = frozenset({"kind", "services", "earlier", "documents", "every_facet"})


class Taken(Exception):
    """There is another text of this person's where this one would go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where a text is gone on with as a new row: under which part it is kept there, and the address of its form."""

    part: str
    url: str


def is_gone(code: Code, part: str) -> bool:
    """Whether a part is a rule or an example that the page does not have."""
    name, _, key = part.partition("/")
    return name in ROWS and bool(key) and part != NEW_EXAMPLE and part.isprintable() and read_part(code, part) is None


def url_of_left(person: User, code: Code, part: str) -> str:
    """Where somebody finds what they typed for a part that is gone; "" where it is there, or they typed nothing."""
    left = is_gone(code, part) and kept(person, code, part) is not None
    return reverse("kept_text", args=[code.number, part]) if left else ""


def removal_of(code: Code, part: str) -> AuditEntry | None:
    """Who took a part away, when and why; None where it was never there, or nobody noted it."""
    last = last_change(code, part)
    return last if last is not None and last.after is None else None


def texts_of(text: FormDraft) -> Iterator[tuple[str, str]]:
    """What was typed, each with a name for its field; what was left empty is left out."""
    for name, values in text.fields.items():
        said = "\n".join(values)
        if said.strip() and name not in COUNTS:
            yield _label(name), said


def _label(name: str) -> str:
    """``param_counts`` is “Counts”, ``service-0-site`` “Service 1 site”."""
    words = re.sub(r"[-_]+", " ", name.removeprefix(PREFIX))
    return re.sub(r"\b\d+\b", lambda found: str(int(found[0]) + 1), words).capitalize()


def as_new(text: FormDraft) -> Begun | None:
    """Where the text can be begun again; None for a rule of a kind that there is not."""
    if text.part.startswith("examples/"):
        return Begun(part=NEW_EXAMPLE, url=reverse("write_example_new", args=[text.code.number]))
    kind = (text.fields.get("kind") or [""])[0]
    kind = kind if kind in KIND else kind_of(text.part.partition("/")[2])
    if not kind:
        return None
    slug = free_slug(text.code, KIND[kind])
    return Begun(part=f"rules/{slug}", url=reverse("write_rule_new", args=[text.code.number, kind]))


@transaction.atomic
def begin_again(text: FormDraft, new: Begun) -> None:
    """Have the text in the form of a new row, nothing of which is stored yet. Raises Taken."""
    if FormDraft.objects.filter(person=text.person, code=text.code, part=new.part).exclude(pk=text.pk).exists():
        raise Taken
    text.part, text.seen = new.part, ""
    text.save(update_fields=["part", "seen"])
