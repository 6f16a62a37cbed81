"""Try it: an encounter and a claim built by hand, graded at once, stored nowhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import QueryDict

from codes.library import current_stamp, library
from codes.models import DocumentationTopic, FacetValue
from quizzes.feedback import Feedback, feedback
from quizzes.formats.base import BadAnswer
from quizzes.formats.code_the_claim import CodeTheClaim, blank_claim, claim_form
from quizzes.models import Scenario
from quizzes.practice import grading_of
from rulebook import Library, grade
from rulebook.case_format import CaseError, read_encounter

MOST_SERVICES = 6
#: What is asked of the encounter -> the field of the form.
FIELDS = {
    "day": "day",
    "age": "age",
    "sex": "sex",
    "place": "place",
    "diagnoses_of_note": "note-diagnoses",
    "documented": "documented",
    "earlier_code": "earlier-code",
    "earlier_day": "earlier-day",
}
PROCEDURE = "procedure"
Vocabulary = dict[str, dict[str, str]]


@dataclass(kw_only=True)
class TryIt:
    """What the page shows: the fields as filled in, what is wrong with them, or the feedback.

    ``focus``: the id of where one goes on after a button changed the rows; ``changed``: what it did, in words.
    """

    day: str = "2024-03-01"
    age: str = ""
    sex: str = ""
    place: str = ""
    diagnoses_of_note: str = ""
    documented: str = ""
    earlier_code: str = ""
    earlier_day: str = ""
    services: list[dict[str, str]] = field(default_factory=lambda: [{"count": "1"}])
    claim: dict[str, Any] = field(default_factory=blank_claim)
    focus: str = ""
    changed: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    feedback: Feedback | None = None


def from_form(data: QueryDict, vocabulary: Vocabulary) -> TryIt:
    """Read the fields, whole; a button other than Check only changes how many rows there are."""
    tried = TryIt()
    for name, field_name in FIELDS.items():
        setattr(tried, name, data.get(field_name, "").strip())
    tried.services = [
        {name: data.get(f"service-{n}-{name}", "") for name in (*vocabulary, "count")} for n in range(_count(data))
    ]
    form = CodeTheClaim()
    tried.claim = form.draft(data)
    tried.focus, tried.changed = form.focus(data, tried.claim), form.said(data)
    action = data.get("action", "")
    if action == "add-service" and len(tried.services) < MOST_SERVICES:
        tried.services.append({"count": "1"})
        tried.focus = f"service-{len(tried.services) - 1}-{PROCEDURE}"
    removed = action.removeprefix("remove-service-")
    if action != removed and removed.isdecimal() and int(removed) < len(tried.services) > 1:
        del tried.services[int(removed)]
        tried.focus = f"service-{min(int(removed), len(tried.services) - 1)}-{PROCEDURE}"
    if action == "check":
        _check(tried, data, vocabulary)
    return tried


def _check(tried: TryIt, data: QueryDict, vocabulary: Vocabulary) -> None:
    """Grade, or say what stands in the way."""
    form = CodeTheClaim()
    try:
        encounter = read_encounter(_case(tried), vocabulary)
        claim = form.claim(form.read(data, None), None)
    except CaseError as error:
        tried.errors = {_field(error.field): f"{error.field}: {error.message}"}
    except BadAnswer as bad:
        tried.errors = bad.errors
    else:
        pages = library()
        graded = grade(claim, encounter, pages.on(encounter.date_of_service))
        prompt = {"narrative": "", "encounter": {"date_of_service": tried.day}}
        tried.feedback = feedback(prompt, grading_of(graded, claim, pages.stamp))


def _case(tried: TryIt) -> dict[str, Any]:
    """The encounter in the case format."""
    case: dict[str, Any] = {"date_of_service": tried.day, "services": [service_of(row) for row in tried.services]}
    if tried.diagnoses_of_note:
        case["diagnoses"] = tried.diagnoses_of_note.replace(",", " ").split()
    if tried.documented:
        case["documented"] = tried.documented.replace(",", " ").split()
    if tried.age or tried.sex:
        case["patient"] = {"age": whole_or_typed(tried.age) if tried.age else None, "sex": tried.sex or None}
    if tried.place:
        case["place_of_service"] = tried.place
    if tried.earlier_code or tried.earlier_day:
        case["earlier"] = [{"code": tried.earlier_code, "date": tried.earlier_day}]
    return case


def service_of(row: dict[str, str]) -> dict[str, Any]:
    """The facets that were chosen; a count that is no number is left for the reader of cases to refuse."""
    facets = {name: value for name, value in row.items() if value and name != "count"}
    return {**facets, "count": whole_or_typed(row.get("count", "") or "1")}


def whole_or_typed(text: str) -> int | str:
    """A whole number, or what was typed where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else text


def _field(path: str) -> str:
    """The field of the form that a path of the case stands for."""
    head, *rest = path.split(".")
    if head == "services":
        return f"service-{rest[0] if rest else 0}-{rest[1] if len(rest) > 1 else 'procedure'}"
    if head == "earlier":
        return "earlier-day" if rest[-1:] == ["date"] else "earlier-code"
    if head == "patient":
        return rest[0] if rest else "age"
    others = {"diagnoses": "note-diagnoses", "documented": "documented", "place_of_service": "place"}
    return others.get(head, "day")


def _count(data: QueryDict) -> int:
    text = data.get("services", "1")
    return min(max(int(text), 1), MOST_SERVICES) if text.isdecimal() and len(text) < 3 else 1


def page(tried: TryIt, vocabulary: Vocabulary) -> dict[str, Any]:
    """What the template needs: each service as a row of choices, and the claim's form."""
    rows = service_rows(tried.services, vocabulary, facets_by_procedure(current_stamp()))
    return {
        "tried": tried,
        "rows": rows,
        "topics": list(DocumentationTopic.objects.values_list("slug", flat=True)),
        "may_add_service": len(rows) < MOST_SERVICES,
        "errors": tried.errors,
        "feedback": tried.feedback,
        "verdicts": CodeTheClaim.verdicts,
        "compares": CodeTheClaim.compares,
        "caption": "Your claim beside the accepted claim",
        "focus": tried.focus,
        "changed": tried.changed,
        **claim_form(tried.claim, asks_diagnoses=True),
    }


def service_rows(
    services: Sequence[Mapping[str, str]], vocabulary: Vocabulary, asked: Mapping[str, Iterable[str]]
) -> list[dict[str, Any]]:
    """Each service as a row of choices: its procedure, what is asked of that, and what was chosen already."""
    choices = {name: sorted(set(words.values()), key=str.casefold) for name, words in vocabulary.items()}
    return [
        {
            "n": n,
            "at": f"service-{n}-{PROCEDURE}",
            "count": row.get("count", "1"),
            "facets": [
                (name, values if row.get(name, "") in ("", *values) else [*values, row[name]], row.get(name, ""))
                for name, values in choices.items()
                if name == PROCEDURE or row.get(name) or name in asked.get(row.get(PROCEDURE, ""), ())
            ],
        }
        for n, row in enumerate(services)
    ]


@lru_cache(maxsize=2)
def facets_by_procedure(stamp: int) -> dict[str, frozenset[str]]:
    """Procedure -> the facets that the rules about it ask for, or that a scenario says of it."""
    return facets_asked(library(stamp))


def facets_asked(pages: Library) -> dict[str, frozenset[str]]:
    """The same for any library, such as that of a draft."""
    found: dict[str, set[str]] = {}
    procedures: dict[str, list[str]] = {}
    for rule in pages.rules:
        if rule.kind == "selection":
            procedures.setdefault(rule.code, []).extend(rule.params.facets.get(PROCEDURE, ()))
            for procedure in rule.params.facets.get(PROCEDURE, ()):
                found.setdefault(procedure, set()).update(rule.params.facets)
    for rule in pages.rules:
        if rule.kind == "modifier":
            for procedure in procedures.get(rule.code, ()):
                found[procedure].add(rule.params.facet)
    for encounter in Scenario.objects.live().values_list("encounter", flat=True):
        for service in encounter["services"]:
            found.setdefault(service.get(PROCEDURE, ""), set()).update(service)
    return {procedure: frozenset(facets) for procedure, facets in found.items()}


def vocabulary() -> Vocabulary:
    """The words of the site, with every facet that has values."""
    return FacetValue.objects.words()
