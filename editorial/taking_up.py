"""What public files say of pages that their newest editions do not say yet, and taking it up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max

from accounts.models import User, audit
from codes.library import current_stamp
from codes.models import Code, Edition, PublishedCode
from codes.pages import FROM_FILES
from codes.publish import content_of, document_of, said_otherwise, take_up
from codes.trail import subject
from datasets.models import Release
from editorial.impact import Impact, impact_of
from editorial.reviewing import Refused
from rulebook.params import ParamError

Rule = Mapping[str, Any]
TAKEN_UP = "files taken up"
#: So long the list of pages is kept, while no file is loaded and no page published.
KEPT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A page and the rules that files would give it, take from it, or change: as they are, and as they would be."""

    code: Code
    new: tuple[Rule, ...]
    gone: tuple[Rule, ...]
    changed: tuple[tuple[Rule, Rule], ...]

    @property
    def count(self) -> int:
        """How many rules it is about."""
        return len(self.new) + len(self.gone) + len(self.changed)


def pending() -> list[Code]:
    """The published pages of which files say something that their editions do not say, by number."""
    if not Release.objects.exists():
        return []
    newest = Release.objects.aggregate(at=Max("loaded_at"))["at"]
    key = f"taking-up:{current_stamp()}:{newest:%Y%m%d%H%M%S%f}:{Release.objects.count()}"
    numbers: list[str] | None = cache.get(key)
    if numbers is None:
        numbers = list(_otherwise())
        cache.set(key, numbers, KEPT)
    return list(Code.objects.filter(number__in=numbers))


def _otherwise() -> Iterator[str]:
    for row in PublishedCode.objects.select_related("edition").order_by("number").iterator(chunk_size=50):
        try:
            if said_otherwise(row.edition.document, document_of(content_of(row.edition.document))):
                yield row.number
        except (ParamError, KeyError):  # a page whose rules cannot be read takes nothing up; the check says so
            continue


def pending_of(code: Code) -> tuple[Pending, Impact] | None:
    """What would change on one page, and what that would do to questions and people; None where nothing would."""
    row = PublishedCode.objects.select_related("edition").filter(pk=code.pk).first()
    if row is None:
        return None
    document = document_of(content_of(row.edition.document))
    if not said_otherwise(row.edition.document, document):
        return None
    return _compared(code, row.edition.document, document), impact_of(code, document)


def _compared(code: Code, one: Mapping[str, Any], other: Mapping[str, Any]) -> Pending:
    before, after = ({rule["slug"]: rule for rule in document.get(FROM_FILES, ())} for document in (one, other))
    both = [(before[slug], after[slug]) for slug in after if slug in before]
    return Pending(
        code=code,
        new=tuple(rule for slug, rule in after.items() if slug not in before),
        gone=tuple(rule for slug, rule in before.items() if slug not in after),
        changed=tuple(pair for pair in both if _said(pair[0]) != _said(pair[1])),
    )


def _said(rule: Rule) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "source"}


@transaction.atomic
def accept(code: Code, why: str, *, by: User | None) -> Edition:
    """Publish a page again with what the files say now; what was answered before stays. Raises Refused.

    The draft is not looked at, so somebody may be writing meanwhile.
    """
    try:
        edition = take_up(code, by=by, why=why)
    except (ParamError, KeyError) as error:
        raise Refused(f"A rule of {code.number} cannot be read: {error}") from error
    if edition is None:
        raise Refused(f"The files say nothing of {code.number} that its page does not say already.")
    audit(by, TAKEN_UP, subject(code, "page"), why=why, after={"edition": edition.pk})
    return edition
