"""The library as it will be: pages that wait for their day, and what breaks when they go live."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zlib import crc32

from django.core.cache import cache

from codes.library import current_stamp, library, library_with
from codes.lint import why_not_asked
from codes.models import Code, has_facts
from codes.publish import document_of, newest_edition, retired_document
from editorial.models import Revision
from quizzes.drawing import Ground
from quizzes.models import Scenario
from quizzes.stakes import table_of
from rulebook import Encounter, Library, derive
from rulebook.case_format import read_encounter, write_claim

#: What was worked out is kept so long; it is named after all that it follows from.
KEPT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A scenario as it is published or is to be. ``key``: of the stored row, or below zero for a new one."""

    key: int
    code: str
    slug: str
    title: str
    narrative: str
    encounter: Mapping[str, Any]

    @property
    def place(self) -> tuple[str, str]:
        """The page and the example it comes from."""
        return self.code, self.slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scenario leads to: the accepted claims in words, or why it cannot be asked."""

    claims: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A scenario that leads elsewhere than before. ``before`` None: it was not asked; ``after`` None: it is gone."""

    asked: Asked
    before: Outcome | None
    after: Outcome | None

    @property
    def breaks(self) -> bool:
        """It could be asked before, and its page still has it, but nothing can be made of it any more."""
        return bool(self.before and not self.before.reason and self.after and self.after.reason)

    @property
    def vanishes(self) -> bool:
        """It could be asked and no longer is, for whatever reason."""
        return bool(self.before and not self.before.reason and (self.after is None or self.after.reason))

    @property
    def appears(self) -> bool:
        """It can be asked and could not before."""
        return bool(self.after and not self.after.reason and (self.before is None or self.before.reason))

    @property
    def changes(self) -> bool:
        """It is asked before and after, and its accepted claims are not the same."""
        return bool(
            self.before and self.after and not self.before.reason and not self.after.reason
            and self.before.claims != self.after.claims
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What goes wrong with published questions. ``own``: on their dates of service; ``moved``: asked on the day.

    ``already`` are those that nothing could be made of on that day anyway, whatever is scheduled.
    """

    looked_at: int
    own: tuple[Touched, ...]
    moved: tuple[Touched, ...]
    already: tuple[Touched, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """The revisions that go live up to a day, and what they break together."""

    revisions: tuple[Revision, ...]
    replayed: Replayed


# What is to come ------------------------------------------------------------------------------


def coming_document(revision: Revision) -> Mapping[str, Any]:
    """The edition that a revision would make."""
    if not revision.retires:
        return document_of(revision.content)
    newest = newest_edition(revision.code)
    return retired_document(newest) if newest and not newest.document.get("retired") else document_of(revision.content)


def published_scenarios(code: Code | None = None) -> list[Asked]:
    """Those that are on a page now, whether they can be asked or not; of one page, or of all."""
    rows = Scenario.objects.filter(active=True).select_related("code")
    return [
        Asked(key=one.pk, code=one.code.number, slug=one.slug, title=one.title, narrative=one.narrative,
              encounter=one.encounter)
        for one in (rows.filter(code=code) if code else rows)
    ]  # fmt: skip


def coming_scenarios(present: Sequence[Asked], documents: Iterable[Mapping[str, Any]]) -> list[Asked]:
    """The scenarios once these editions are published: theirs, and those of the other pages as they are."""
    pages = {document["number"]: document for document in documents}
    keys = {one.place: one.key for one in present}
    found = [one for one in present if one.code not in pages]
    for number, document in pages.items():
        for example in document["examples"]:
            if has_facts(example["encounter"]):
                key = keys.get((number, example["slug"]), -1 - len(found))
                found.append(
                    Asked(key=key, code=number, slug=example["slug"], title=example["title"],
                          narrative=example["narrative"], encounter=example["encounter"])
                )  # fmt: skip
    return found


def coming_ground(documents: Sequence[Mapping[str, Any]]) -> Ground:
    """What exams would be drawn from once these editions are published."""
    pages = library_with(*documents)
    scenarios = coming_scenarios(published_scenarios(), documents)
    live = [one for one in scenarios if not why_not_asked(read_encounter(one.encounter), pages)]
    codes = {code.number: code for code in Code.objects.filter(number__in={one.code for one in live})}
    rows = {
        one.key: Scenario(
            pk=one.key, code=codes[one.code], slug=one.slug, title=one.title, narrative=one.narrative,
            encounter=one.encounter,
        )
        for one in live
    }  # fmt: skip
    stakes = table_of(pages, [(one.key, one.code, one.encounter) for one in live])
    return Ground(library=pages, stakes=stakes, scenarios=rows)


# What a scenario leads to ---------------------------------------------------------------------


def outcome(encounter: Encounter, pages: Library) -> Outcome:
    """The accepted claims of an encounter under a library, or why nothing can be asked of it."""
    derivation = derive(encounter, pages.on(encounter.date_of_service))
    claims = tuple(claim_in_words(write_claim(one.claim)) for one in derivation.accepted)
    return Outcome(claims=claims, reason=why_not_asked(encounter, pages))


def claim_in_words(claim: Mapping[str, Any]) -> str:
    """A claim on one line: each code with its modifiers, units and diagnoses."""
    return "; ".join(_line_in_words(line) for line in claim["lines"]) or "no line"


def _line_in_words(line: Mapping[str, Any]) -> str:
    modifiers = "".join(f"-{one}" for one in line.get("modifiers", ()))
    units = line.get("units", 1)
    said = f"{line['code']}{modifiers}" + (f" × {units}" if units != 1 else "")
    return f"{said} for {', '.join(line['diagnoses'])}" if line.get("diagnoses") else said


def touched(
    present: Sequence[Asked], coming: Sequence[Asked], then: Library, now: Library, day: date | None = None
) -> Iterator[Touched]:
    """The scenarios that lead elsewhere in ``then`` than in ``now``; with a day, moved to it."""
    before = {one.place: one for one in present}
    after = {one.place: one for one in coming}
    for place in {**before, **after}:
        old, new = before.get(place), after.get(place)
        one = Touched(
            asked=new or old,  # type: ignore[arg-type]
            before=outcome(_encounter(old, day), now) if old else None,
            after=outcome(_encounter(new, day), then) if new else None,
        )
        if one.before != one.after:
            yield one


def _encounter(asked: Asked, day: date | None) -> Encounter:
    encounter = read_encounter(asked.encounter)
    return replace(encounter, date_of_service=day) if day else encounter


# What breaks ----------------------------------------------------------------------------------


def due_until(day: date) -> list[Revision]:
    """The revisions that go live by themselves up to a day, in their order."""
    rows = Revision.objects.filter(state=Revision.State.SCHEDULED, publish_on__lte=day)
    return list(rows.select_related("code", "author").order_by("publish_on", "pk"))


def what_breaks(day: date) -> Breaks:
    """All published questions held against the library of a day, as they are and with that day as their date."""
    revisions = due_until(day)
    marks = "-".join(f"{one.pk}.{one.digest}.{one.retires}" for one in revisions)
    key = f"breaks:{current_stamp()}:{day}:{crc32(marks.encode())}"
    found: Replayed | None = cache.get(key)
    if found is None:
        found = _replayed(day, [coming_document(one) for one in revisions])
        cache.set(key, found, KEPT)
    return Breaks(revisions=tuple(revisions), replayed=found)


def _replayed(day: date, documents: Sequence[Mapping[str, Any]]) -> Replayed:
    now, then = library(), library_with(*documents)
    everything = published_scenarios()
    present = [one for one in everything if not why_not_asked(read_encounter(one.encounter), now)]
    places = {one.place for one in present}
    coming = [one for one in coming_scenarios(everything, documents) if one.place in places]
    moved = list(touched(present, coming, then, now, day))
    return Replayed(
        looked_at=len(present),
        own=tuple(one for one in touched(present, coming, then, now) if one.breaks or one.changes),
        moved=tuple(one for one in moved if one.breaks or one.changes),
        already=tuple(_never(coming, now, then, day)),
    )


def _never(scenarios: Sequence[Asked], now: Library, then: Library, day: date) -> Iterator[Touched]:
    """Those that could not be asked on a day under the present rules either, and still cannot."""
    for one in scenarios:
        before, after = outcome(_encounter(one, day), now), outcome(_encounter(one, day), then)
        if before.reason and after.reason:
            yield Touched(asked=one, before=before, after=after)
