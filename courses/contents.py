"""What items of courses hold: what they are called, how long they take, which rules they are about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codes.library import current_stamp, library
from codes.models import PublishedCode
from courses.models import CourseItem
from courses.reached import askable, rules_of
from quizzes.builder import MINUTES_EACH
from quizzes.models import ExamPart
from quizzes.stakes import RuleCard, table
from rulebook.kinds import KIND
from rulebook.types import Rule

Kind = CourseItem.Kind
#: Letters of a page that somebody reads in a minute.
A_MINUTE = 1100
#: Four clean answers on different scenarios and two days, at the least, make a rule mastered.
MINUTES_A_RULE = 4 * MINUTES_EACH
NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is needed to speak of some items; so many queries, however many those are."""

    pages: Mapping[str, PublishedCode]
    rules: Sequence[Rule]
    sizes: Mapping[int, int]
    to_master: Sequence[Rule] = ()
    parts: Mapping[int, Sequence[ExamPart]] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[CourseItem], rules: Sequence[Rule]) -> "Contents":
        """Everything for these items; ``rules`` are the published ones."""
        every = list(items)
        numbers = {item.code.number for item in every if item.code} | {one for item in every for one in item.codes}
        parts: dict[int, list[ExamPart]] = {}
        exams = {item.exam_id for item in every if item.exam_id}
        for part in ExamPart.objects.filter(exam__in=exams).select_related("code") if exams else ():
            parts.setdefault(part.exam_id, []).append(part)
        pages = PublishedCode.objects.filter(number__in=numbers).defer("edition__document").select_related("edition")
        return cls(
            pages={row.number: row for row in pages} if numbers else {}, rules=rules, parts=parts,
            to_master=askable() if any(item.kind == Kind.MASTERY for item in every) else (),
            sizes={exam: sum(part.number for part in of_exam) for exam, of_exam in parts.items()},
        )  # fmt: skip

    def minutes(self, item: CourseItem, *, timed: bool = False) -> int:
        """About how long it takes. ``timed``: sets have their time limit."""
        if item.kind == Kind.PAGE and item.code:
            row = self.pages.get(item.code.number)
            return max(2, round(len(row.words) / A_MINUTE)) if row else 2
        if item.kind == Kind.QUIZ:
            return (timed and item.minutes) or item.number * MINUTES_EACH
        if item.kind == Kind.EXAM and item.exam:
            return item.exam.minutes or self.sizes.get(item.exam.pk, 0) * MINUTES_EACH
        return len(self.rules_in(item)) * MINUTES_A_RULE

    def missing(self, item: CourseItem) -> str:
        """Why an item cannot be taken now, in words; "" where it can. A retired page can still be said to be read."""
        if item.kind == Kind.EXAM:
            return "" if item.exam and item.exam.is_open else "the exam is closed"
        if item.kind == Kind.PAGE:
            return "" if item.code and item.code.number in self.pages else "its page was retired"
        if item.codes and not any(number in self.pages for number in item.codes):
            return "its page was retired" if len(item.codes) == 1 else "its pages were retired"
        if item.rules or item.kind == Kind.MASTERY:
            return "" if self.rules_in(item) else "no published page has its rules"
        return ""

    def rules_in(self, item: CourseItem) -> list[Rule]:
        """The published rules that an item teaches or asks about."""
        if item.kind == Kind.PAGE:
            return [rule for rule in self.rules if item.code and rule.code == item.code.number]
        if item.kind == Kind.EXAM:
            parts = self.parts.get(item.exam_id or 0, ())
            return [rule for rule in self.rules if any(_is_about(part, rule) for part in parts)]
        if item.kind == Kind.MASTERY:
            return rules_of(item, self.to_master)
        if not item.rules and not item.codes:
            return list(self.rules)
        return rules_of(item, self.rules)

    def taught(self, items: Iterable[CourseItem]) -> list[Rule]:
        """The published rules of all these items, each once."""
        return list({rule.id: rule for item in items for rule in self.rules_in(item)}.values())


def _is_about(part: ExamPart, rule: Rule) -> bool:
    page = part.code is None or part.code.number == rule.code
    return rule.id == part.rule or (page and part.rule in ("", rule.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An item that cannot be taken now, and why."""

    item: CourseItem
    why: str


def missing_of(items: Sequence[CourseItem]) -> list[Missing]:
    """Those of some items that cannot be taken now."""
    contents = Contents.of(items, library().rules)
    return [Missing(item=item, why=why) for item in items if (why := contents.missing(item))]


def name_of(item: CourseItem) -> str:
    """What an item is called, where its author did not say: after what it holds."""
    if item.kind == Kind.PAGE and item.code:
        return f"Read {item.code}"[:120]
    if item.kind == Kind.EXAM and item.exam:
        return f"Exam: {item.exam}"[:120]
    about = _listed([*map(_rule_name, item.rules), *([] if item.rules else item.codes)])
    if item.kind == Kind.MASTERY:
        return f"Master {about}"[:120]
    return (f"{item.number} questions on {about}" if about else f"{item.number} mixed questions")[:120]


def _rule_name(name: str) -> str:
    if "/" in name:
        card: RuleCard | None = table(current_stamp()).cards.get(name)
        return card.title if card else name
    return KIND[name].title.lower() if name in KIND else name


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    shown = list(names[:NAMED]) + ([f"{more} more"] if more > 0 else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
