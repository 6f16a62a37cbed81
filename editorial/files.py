"""Importing: what would become of each page and course, and then exactly that, whole or not at all.

Pages become drafts; nothing is published here. What would change an accepted claim of a published page is counted
beforehand and needs a word of its own.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction

from accounts.models import User, audit
from codes.content_files import file_of, line_of, ordered, tidy
from codes.library import library, library_of
from codes.models import Code, Edition, FacetValue
from codes.pages import CODE_FIELDS, NAMED, PARTS, Content, PageError, accepted_rules, read_page, write_page
from codes.trail import note_changes, parts
from courses import building, starter
from courses.models import Course
from editorial.bundles import Bundle, CourseFile, PageFiles, slug_of
from editorial.drafting import digest, subject
from editorial.planned_changes import Count, counts_of
from quizzes.models import Scenario
from rulebook import Library, derive
from rulebook.case_format import CaseError, read_encounter, write_claim
from rulebook.params import ParamError

IMPORTED = "draft imported"
#: Parts that can change what is accepted.
DECIDING = ("rules", "examples", "documentation")
_WHERE = re.compile(r"(?P<part>\w+)\.(?P<place>\d+)(?:\.(?P<field>\w+))?: ")
Told = Callable[[int, int], None]


class Fate(models.TextChoices):
    """What becomes of a page or a course."""

    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    UNCHANGED = "unchanged", "Unchanged"
    REFUSED = "refused", "Refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A page or a course and what becomes of it; ``parts`` are those that differ, ``why`` is why it is refused.

    ``stored`` is what is here now.
    """

    kind: str
    name: str
    fate: Fate
    title: str = ""
    parts: tuple[str, ...] = ()
    why: str = ""
    before: str = ""
    stored: Content | None = None
    content: Content | None = None

    @property
    def is_stored(self) -> bool:
        """Whether carrying out the plan changes it."""
        return self.fate in (Fate.NEW, Fate.CHANGED)

    @property
    def counts(self) -> tuple[Count, ...]:
        """How many rows of each part come, go and become others."""
        return counts_of(self.stored, self.content) if self.kind == "page" and self.content else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A question whose accepted claim would be another one if the drafts were published."""

    code: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of a file: of each page and course, and of the answers of published scenarios."""

    name: str
    rows: tuple[Planned, ...]
    turned: tuple[Turned, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Sequence[tuple[Fate, int]]:
        """How many rows have which fate, those with none left out."""
        found = Counter(row.fate for row in self.rows)
        return [(fate, found[fate]) for fate in Fate if found[fate]]

    @property
    def stored(self) -> tuple[Planned, ...]:
        """What would be stored."""
        return tuple(row for row in self.rows if row.is_stored)

    @property
    def refused(self) -> tuple[Planned, ...]:
        """What stands in the way: while one is refused, nothing is stored."""
        return tuple(row for row in self.rows if row.fate == Fate.REFUSED)

    @property
    def unchanged(self) -> tuple[Planned, ...]:
        """What is here already."""
        return tuple(row for row in self.rows if row.fate == Fate.UNCHANGED)

    @property
    def asks_why(self) -> bool:
        """Whether somebody has to say why: a page that is here already becomes another one."""
        return any(row.fate == Fate.CHANGED for row in self.rows)

    @property
    def may_be_carried_out(self) -> bool:
        """Whether there is something to store and nothing in its way."""
        return bool(self.stored) and not self.refused

    @property
    def digest(self) -> str:
        """The same for the same fates of the same contents on the same drafts."""
        told = [(row.kind, row.name, row.fate, row.before, row.why, digest(row.content)) for row in self.rows]
        turned = [(one.code, one.title, one.before, one.after) for one in self.turned]
        return hashlib.sha256(json.dumps([told, turned]).encode()).hexdigest()


# Planning -------------------------------------------------------------------------------------


def plan_of(bundle: Bundle, name: str) -> Plan:
    """What would become of a bundle now; nothing is stored."""
    pages = [planned_page(page) for page in bundle.pages]
    new = [row.content for row in pages if row.fate == Fate.NEW and row.content]
    rows = [*pages, *(_planned_course(course, new) for course in bundle.courses)]
    twice = {key for key, number in Counter((row.kind, row.name) for row in rows).items() if number > 1}
    rows = [_refused(row, "stands in the file twice") if (row.kind, row.name) in twice else row for row in rows]
    return Plan(name=name, rows=tuple(rows), turned=turned(rows), unused=bundle.unused, notes=bundle.notes)


def _refused(row: Planned, why: str) -> Planned:
    return Planned(kind=row.kind, name=row.name, title=row.title, fate=Fate.REFUSED, why=f"{row.name}: {why}")


def planned_page(page: PageFiles) -> Planned:
    """What would become of a page. It is written and taken back, so that what is refused is what would be."""
    if page.content is None:
        return Planned(kind="page", name=page.number, fate=Fate.REFUSED, why=page.wrong)
    code = Code.objects.filter(number=page.number).first()
    stored = read_page(code) if code else None
    page = _with_what_is_left_out(page, stored)
    assert page.content is not None
    differ = tuple(differing(stored, page.content)) if stored else tuple(sorted(_parts_of(page.content)))
    if stored and not differ:
        return Planned(kind="page", name=page.number, fate=Fate.UNCHANGED, title=page.content["title"])
    why = _trial(page)
    return Planned(
        kind="page", name=page.number, title=page.content["title"], parts=differ, why=why, before=digest(stored),
        fate=Fate.REFUSED if why else Fate.CHANGED if stored else Fate.NEW, stored=stored,
        content=None if why else page.content,
    )  # fmt: skip


def _with_what_is_left_out(page: PageFiles, stored: Content | None) -> PageFiles:
    """A page some of whose files are not there keeps what stands in them."""
    left = {part: stored[part] for part in ("sections", "examples") if stored and file_of(part) not in page.texts}
    return replace(page, content=tidy((page.content or {}) | left)) if left and page.texts else page


def _trial(page: PageFiles) -> str:
    """Why a page cannot be stored, with file, line and field; empty where it can."""
    assert page.content is not None
    try:
        with transaction.atomic():
            write_page(page.content)
            transaction.set_rollback(True)
    except PageError as error:
        return located(page, str(error))
    except (ValueError, TypeError, ArithmeticError) as error:
        return f"{page.folder}page.toml: has a value that no page can hold ({error})"
    return ""


def located(page: PageFiles, message: str) -> str:
    """A fault of a page with the file and the line in which it stands."""
    found = _WHERE.match(message)
    if not page.texts:
        rows = page.rows.get(found["part"]) if found else None
        row = rows[int(found["place"])] if found and rows else ""
        said = f"{row}, {message[found.end('place') + 1 :]}" if found and row else f"{page.number}: {message}"
        return f"{page.folder}{said}"
    if found is None:
        field = message.partition(":")[0].rpartition(".")[2]
        return f"{page.folder}page.toml:{line_of(page.texts.get('page.toml', ''), '', None, field)}: {message}"
    name = file_of(found["part"])
    line = line_of(page.texts.get(name, ""), found["part"], int(found["place"]), found["field"] or "")
    return f"{page.folder}{name}:{line}: {message}" if line else f"{page.folder}{name}: {message}"


def differing(stored: Content, content: Content) -> Iterator[str]:
    """The parts (``codes.pages.read_part``) in which two pages differ, as far as files say it."""
    before, after = ordered(tidy(stored)), ordered(tidy(content))
    if any(field in after and before.get(field) != after[field] for field in CODE_FIELDS):
        yield "about"
    for part in PARTS:
        key = NAMED.get(part)
        if key is None:
            if before[part] != after[part]:
                yield part
            continue
        old, new = ({row[key]: row for row in rows[part]} for rows in (before, after))
        names = [name for name in (old | new) if old.get(name) != new.get(name)]
        yield from (f"{part}/{name}" for name in names)
        if not names and list(old) != list(new):
            yield f"{part}/order"


def _parts_of(content: Content) -> Iterator[str]:
    yield "about"
    for part in PARTS:
        key = NAMED.get(part)
        yield from (f"{part}/{row[key]}" for row in content[part]) if key else ([part] if content[part] else [])


def _planned_course(course: CourseFile, new: Sequence[Content]) -> Planned:
    """What would become of a course: a new one, or one that is here already and the same."""
    if course.content is None:
        return Planned(kind="course", name=course.slug, fate=Fate.REFUSED, why=course.wrong)
    title = course.content["title"]
    known = next((one for one in site_courses() if slug_of(one) == course.slug), None)
    if known is None:
        why = _course_trial(course, new)
        fate = Fate.REFUSED if why else Fate.NEW
        return Planned(
            kind="course", name=course.slug, title=title, fate=fate, why=why, content=None if why else course.content
        )
    if starter.same_course(known, course.content):
        return Planned(kind="course", name=course.slug, title=title, fate=Fate.UNCHANGED)
    why = (
        f"courses/{course.slug}.toml: a course of this name is here and says something else. People may be at it, so"
        " change it on its own page, or give the file another name."
    )
    return Planned(kind="course", name=course.slug, title=title, fate=Fate.REFUSED, why=why)


def site_courses() -> models.QuerySet[Course]:
    """The courses of the whole site, which go in and out; those of a team stay with it."""
    return Course.objects.filter(team=None, is_remediation=False, archived_at=None)


def _course_trial(course: CourseFile, new: Sequence[Content]) -> str:
    """Why a course cannot be stored after the new pages of its file; empty where it can."""
    assert course.content is not None
    where = f"courses/{course.slug}.toml"
    try:
        with transaction.atomic():
            for content in new:
                write_page(content)
            building.refuse_circles(starter.store_course(course.content))
            transaction.set_rollback(True)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        return f"{where}: {field}: {messages[0]}"
    except (ObjectDoesNotExist, building.Circular, ValueError, ArithmeticError) as error:
        return f"{where}: {error} (pages of a course must be here before it)"
    return ""


# What would become of answers -----------------------------------------------------------------


def turned(rows: Iterable[Planned]) -> tuple[Turned, ...]:
    """The scenarios that learners are asked now whose accepted claim would be another one."""
    pages = {row.name: row.content for row in rows if row.kind == "page" and row.is_stored and row.content}
    deciding = [row for row in rows if any(part.startswith(DECIDING) for part in row.parts)]
    if not pages or not deciding:
        return ()
    now, then = library(), _library_with(pages)
    return tuple(_turned(pages, now, then))


def _library_with(pages: Mapping[str, Content]) -> Library:
    newest = Edition.objects.values("code").annotate(newest=models.Max("pk")).values("newest")
    others = Edition.objects.filter(pk__in=newest).exclude(code__number__in=list(pages))
    drafts = [content | {"rules": list(accepted_rules(content))} for content in pages.values()]
    return library_of([*others.values_list("document", flat=True), *drafts])


def _turned(pages: Mapping[str, Content], now: Library, then: Library) -> Iterator[Turned]:
    words = FacetValue.objects.words() or None
    told = {number: {row["slug"]: row for row in page["examples"]} for number, page in pages.items()}
    for scenario in Scenario.objects.live().select_related("code"):
        number = scenario.code.number
        example = told[number].get(scenario.slug) if number in told else {"encounter": scenario.encounter}
        before = _accepted(scenario.encounter, now, words)
        after = _accepted(example["encounter"], then, words) if example else "no longer asked"
        if before != after:
            yield Turned(code=number, title=scenario.title, before=before, after=after)


def _accepted(encounter: Any, pages: Library, words: Any) -> str:
    """The accepted claims of an encounter in words."""
    try:
        case = read_encounter(encounter, words)
        claims = [write_claim(one.claim)["lines"] for one in derive(case, pages.on(case.date_of_service)).accepted]
    except (CaseError, ParamError, KeyError, ValueError):
        return "cannot be asked"
    return " or ".join(sorted({_in_words(lines) for lines in claims})) or "no code"


def _in_words(lines: Iterable[Mapping[str, Any]]) -> str:
    said = ("-".join((line["code"], *line["modifiers"])) + f" × {line['units']}" for line in lines)
    return " + ".join(said) or "nothing to report"


# Carrying out ---------------------------------------------------------------------------------


class NotAsShown(Exception):
    """Something else would happen than was shown, or it needs a word that was not given; nothing is stored."""


@transaction.atomic
def carry_out(
    plan: Plan,
    *,
    by: User | None,
    at: datetime,
    why: str = "",
    answers_may_change: bool = False,
    told: Told | None = None,
) -> int:
    """Store a plan as drafts, all of it or nothing; how many pages and courses were. Raises NotAsShown, PageError."""
    if plan.refused:
        raise NotAsShown(f"{plan.refused[0].name} is refused, so nothing is stored.")
    if plan.turned and not answers_may_change:
        raise NotAsShown("Accepted claims would change, and nobody said that they may.")
    said = f"{why} (import of {plan.name})" if why else f"Import of {plan.name}"
    for place, row in enumerate(plan.stored, start=1):
        (_store_page if row.kind == "page" else _store_course)(row, plan, by, at, said)
        if told is not None:
            told(place, len(plan.stored))
    return len(plan.stored)


def _store_page(row: Planned, plan: Plan, by: User | None, at: datetime, why: str) -> None:
    """Store a page; each part that is another one is noted as if a form had stored it."""
    assert row.content is not None
    code = Code.objects.select_for_update().filter(number=row.name).first()
    stored = read_page(code) if code else None
    if digest(stored) != row.before:
        raise NotAsShown(f"{row.name} was changed by somebody since this was shown.")
    code = write_page(row.content)
    written = read_page(code)
    affected = sum(one.code == row.name for one in plan.turned)
    audit(
        by, IMPORTED, subject(code, "import"), before={"digest": row.before},
        after={"digest": digest(written), "parts": list(row.parts)[:100], "answers": affected}, why=why,
    )  # fmt: skip
    note_changes(code, parts(stored), parts(written), by=by, why=why)


def _store_course(row: Planned, plan: Plan, by: User | None, at: datetime, why: str) -> None:
    assert row.content is not None
    made = starter.store_course(row.content, author=by, created_at=at)
    audit(by, "course imported", made, after={"file": row.name}, why=why)
