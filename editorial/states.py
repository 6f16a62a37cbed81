"""Where each page stands between its first word and its retirement. Pure of requests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from accounts.models import AuditEntry
from codes.models import Code, Edition, PublishedCode
from codes.pages import NAMED, PARTS, Content, accepted_rules, read_pages
from codes.spelling import rules_in_one_spelling
from editorial.models import Revision


class State(StrEnum):
    """Where a page stands."""

    NEW = "new"
    CHANGED = "changed"
    IN_REVIEW = "in review"
    CHANGES = "changes"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    RETIRED = "retired"


LABELS = {
    State.NEW: "New, never published",
    State.CHANGED: "Draft changed since the edition",
    State.IN_REVIEW: "In review",
    State.CHANGES: "Changes asked for",
    State.APPROVED: "Approved",
    State.SCHEDULED: "Scheduled",
    State.PUBLISHED: "Published",
    State.RETIRED: "Retired",
}
#: What an edition adds to the draft it was made of, and what of the draft it leaves out.
IN_EDITION = {"sections": ("html",), "rules": ("title", "sentence")}
IN_DRAFT = {"rules": ("state", "origin")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A page as the desk lists it: its state, the number of its newest edition, and who changed it last."""

    code: Code
    state: State
    edition: int | None
    publish_on: date | None
    last: AuditEntry | None

    @property
    def label(self) -> str:
        """The state in words, with the day where there is one."""
        if self.state is State.SCHEDULED and self.publish_on:
            return f"Scheduled for {self.publish_on:%B} {self.publish_on.day}, {self.publish_on.year}"
        return LABELS[self.state]


# Which pages ----------------------------------------------------------------------------------


def found(text: str) -> QuerySet[Code]:
    """The pages whose number or title holds a text."""
    text = text.replace("\x00", "").strip()
    return Code.objects.filter(Q(number__icontains=text) | Q(title__icontains=text)) if text else Code.objects.all()


def in_state(codes: QuerySet[Code], state: State) -> list[int]:
    """The keys of those of the pages that stand there, by number."""
    facts = codes.annotate(
        is_open=Exists(Revision.objects.open().filter(code=OuterRef("pk"))),
        is_known=Exists(Edition.objects.filter(code=OuterRef("pk"))),
        is_shown=Exists(PublishedCode.objects.filter(code=OuterRef("pk"))),
    )
    if state in Revision.OPEN:
        rows = codes.filter(revisions__state=state)
    elif state is State.NEW:
        rows = facts.filter(is_open=False, is_known=False)
    elif state is State.RETIRED:
        rows = facts.filter(is_open=False, is_known=True, is_shown=False)
    else:
        rows = facts.filter(is_open=False, is_shown=True)
        return [one.code.pk for one in standings(list(rows)) if one.state is state]
    return list(rows.values_list("pk", flat=True))


# Where they stand -----------------------------------------------------------------------------


def standings(codes: Sequence[Code]) -> list[Standing]:
    """Where some pages stand, in their order; as many queries for one as for fifty."""
    drafts, editions, revisions = read_pages(codes), _newest(codes), _open(codes)
    shown = set(PublishedCode.objects.filter(code__in=codes).values_list("pk", flat=True))
    last = _last_changes(codes, drafts, editions)
    return [
        Standing(
            code=code,
            state=_state(drafts[code.pk], editions.get(code.pk), revisions.get(code.pk), code.pk in shown),
            edition=editions[code.pk].number if code.pk in editions else None,
            publish_on=revisions[code.pk].publish_on if code.pk in revisions else None,
            last=last.get(code.number),
        )
        for code in codes
    ]


def standing(code: Code) -> Standing:
    """Where one page stands."""
    return standings([code])[0]


def _state(draft: Content, edition: Edition | None, revision: Revision | None, shown: bool) -> State:
    if revision is not None:
        return State(revision.state)
    if edition is None:
        return State.NEW
    if not shown:
        return State.RETIRED
    return State.PUBLISHED if same_page(draft, edition.document) else State.CHANGED


def same_page(draft: Content, document: Content) -> bool:
    """Whether an edition says what the draft says; proposed rules are in no edition."""
    as_published = draft | {"rules": list(accepted_rules(draft))}
    if _alike(as_published, document):
        return True
    return _alike(rules_in_one_spelling(as_published), rules_in_one_spelling(document))


def _alike(as_published: Content, document: Content) -> bool:
    return all(
        _without(as_published[name], IN_DRAFT.get(name, ())) == _without(document.get(name), IN_EDITION.get(name, ()))
        for name in as_published
    )


def _without(value: Any, names: Sequence[str]) -> Any:
    return [{key: row[key] for key in row if key not in names} for row in value] if names and value else value


def _newest(codes: Sequence[Code]) -> dict[int, Edition]:
    newest = Edition.objects.filter(code__in=codes).order_by().values("code").annotate(newest=Max("pk"))
    return {one.code_id: one for one in Edition.objects.filter(pk__in=newest.values("newest"))}


def _open(codes: Sequence[Code]) -> dict[int, Revision]:
    rows = Revision.objects.open().filter(code__in=codes).defer("content")
    return {one.code_id: one for one in rows}


# Who changed them last ------------------------------------------------------------------------


def _last_changes(
    codes: Iterable[Code], drafts: Mapping[int, Content], editions: Mapping[int, Edition]
) -> dict[str, AuditEntry]:
    """Number -> the newest entry about a part that the page has or had when it was published.

    Asked by their whole names, because the trail can be searched by those and not by how they begin.
    """
    published = {key: edition.document for key, edition in editions.items()}
    pages = [(code.number, page) for code in codes for page in (drafts[code.pk], published.get(code.pk, {}))]
    subjects = {f"{number}/{part}" for number, page in pages for part in parts_of(page)}
    newest = AuditEntry.objects.filter(subject__in=subjects).order_by().values("subject").annotate(newest=Max("pk"))
    keys = {row["subject"].partition("/")[0]: 0 for row in newest}
    for row in newest:
        number = row["subject"].partition("/")[0]
        keys[number] = max(keys[number], row["newest"])
    entries = AuditEntry.objects.filter(pk__in=keys.values()).defer("before", "after").select_related("who")
    return {entry.subject.partition("/")[0]: entry for entry in entries}


def parts_of(page: Content) -> list[str]:
    """The names of all parts of a page, as ``codes.pages.read_part`` has them, and those of the page as a whole."""
    rows = [f"{part}/{row[key]}" for part, key in NAMED.items() for row in page.get(part, ())]
    return ["about", "page", *PARTS, *rows]
