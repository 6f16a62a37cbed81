"""The form of an example: its prose, and the facts of its encounter in fields instead of JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from django.http import QueryDict
from django.utils.text import slugify

from codes.models import Code, Example, FacetValue, has_facts
from codes.narrative import NarrativeError, marked_paths
from codes.pages import Content
from editorial.drafting import MOST_REASON
from editorial.marking_words import Mark, marks
from quizzes.try_it import Vocabulary, service_of, whole_or_typed
from rulebook.case_format import CaseError, read_encounter, write_encounter
from rulebook.facts import facts_of
from rulebook.types import Encounter

MOST_SERVICES = 12
MOST_EARLIER = 6
MOST_TEXT = 20_000
FIELDS = {"day": "date_of_service", "age": "patient.age", "sex": "patient.sex", "place": "place_of_service"}
Value = dict[str, Any]


@dataclass(kw_only=True)
class ExampleForm:
    """An example as it is filled in; ``errors`` say what is wrong, by the id of the field."""

    title: str = ""
    narrative: str = ""
    day: str = ""
    age: str = ""
    sex: str = ""
    place: str = ""
    diagnoses: str = ""
    services: list[dict[str, str]] = field(default_factory=lambda: [{"count": "1"}])
    documents: bool = False
    documented: list[str] = field(default_factory=list)
    earlier: list[dict[str, str]] = field(default_factory=list)
    also_accepted: list[Any] = field(default_factory=list)
    every_facet: bool = False
    why: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    # Reading ------------------------------------------------------------------------------

    @property
    def case(self) -> Value:
        """The encounter in the case format; what is no number or no date is left for its reader to refuse."""
        case: Value = {"date_of_service": self.day or None}
        if self.age or self.sex:
            patient = {"age": whole_or_typed(self.age) if self.age else None, "sex": self.sex or None}
            case["patient"] = {name: value for name, value in patient.items() if value is not None}
        if self.place:
            case["place_of_service"] = self.place
        case["services"] = [service_of(row) for row in self.services if _is_said(row)]
        if self.diagnoses:
            case["diagnoses"] = self.diagnoses.replace(",", " ").split()
        if self.documents:
            case["documented"] = self.documented
        if self.earlier:
            case["earlier"] = [{"code": row["code"], "date": row["day"]} for row in self.earlier if any(row.values())]
        return case

    def encounter(self, vocabulary: Vocabulary) -> Encounter:
        """The encounter, or CaseError with the path of the fact."""
        return read_encounter(self.case, vocabulary or None)

    def value(self, stored: Mapping[str, Any] | None, vocabulary: Vocabulary) -> Value | None:
        """The example as the page's document has it, or None with the errors noted.

        Facts that are the same as before stay as they are written, so that storing them is no change.
        """
        self.errors = self.too_long()
        for name in ("title", "narrative"):
            if not getattr(self, name).strip():
                self.errors[name] = f"Give the example {'a title' if name == 'title' else 'its text'}."
        facts = self._facts(vocabulary)
        if self.errors or facts is None:
            return None
        old = stored["encounter"] if stored else {}
        value = {
            "title": self.title,
            "narrative": self.narrative,
            "encounter": old if _same(old, facts) else facts,
        }
        return value | ({"also_accepted": self.also_accepted} if stored or self.also_accepted else {})

    def too_long(self) -> dict[str, str]:
        """What is said of each text that is longer than what can be stored; nothing is cut."""
        title = Example._meta.get_field("title").max_length or 0
        limits = {"title": ("title", title), "narrative": ("text", MOST_TEXT), "why": ("reason", MOST_REASON)}
        return {
            name: f"The {called} has {len(text):,} characters; {most:,} are the most."
            for name, (called, most) in limits.items()
            if len(text := getattr(self, name)) > most
        }

    def looked_into(self) -> "ExampleForm":
        """The form with its text left out where that is too long to look for facts in."""
        return self if len(self.narrative) <= MOST_TEXT else replace(self, narrative="")

    def as_typed(self, stored: Mapping[str, Any] | None, vocabulary: Vocabulary) -> Value:
        """The example as far as it is filled in, for the checks; facts that cannot be read stay as they are stored."""
        as_stored = {
            "title": self.title,
            "narrative": self.narrative,
            "encounter": stored["encounter"] if stored else {},
        }
        return replace(self, errors={}).value(stored, vocabulary) or as_stored

    def _facts(self, vocabulary: Vocabulary) -> Value | None:
        """The encounter in its JSON form; without a service an example is only prose."""
        if not any(_is_said(row) for row in self.services):
            return {name: fact for name, fact in self.case.items() if fact is not None} if self.day else {}
        try:
            encounter = self.encounter(vocabulary)
            marked_paths(self.narrative, encounter)
        except CaseError as error:
            self.errors[_field(error.field)] = f"{_spoken(error.field)}: {error.message}"
            return None
        except NarrativeError as error:
            self.errors["narrative"] = str(error)
            return None
        return write_encounter(encounter)


def _is_said(row: Mapping[str, str]) -> bool:
    """Whether anything is said of a service."""
    return any(text for name, text in row.items() if name != "count")


def _same(stored: Any, facts: Value) -> bool:
    """Whether stored facts mean the same."""
    if not has_facts(stored) or not has_facts(facts):
        return bool(_but_services(stored) == _but_services(facts))
    try:
        return write_encounter(read_encounter(stored)) == facts
    except CaseError:
        return False


def _but_services(case: Any) -> Any:
    return {name: fact for name, fact in case.items() if name != "services"} if isinstance(case, dict) else case


def _field(path: str) -> str:
    """The field of the form that a path of the case stands for."""
    head, *rest = path.split(".")
    if head == "services":
        return f"service-{rest[0] if rest else 0}-{rest[1] if len(rest) > 1 else 'procedure'}"
    if head == "earlier":
        return f"earlier-{rest[0] if rest else 0}-{'day' if rest[-1:] == ['date'] else 'code'}"
    if head == "patient":
        return rest[0] if rest else "age"
    return {"diagnoses": "diagnoses", "documented": "documents", "place_of_service": "place"}.get(head, "day")


def field_of_fact(path: str) -> str:
    """The field that is there for a fact of a stored example, or its service as a whole where it may have none."""
    head, *rest = path.split(".")
    if head == "services" and rest[1:] != ["count"]:
        return f"service-{rest[0] if rest else 0}-procedure"
    return _field(path if rest[:1] in (["age"], ["sex"]) or head != "patient" else head)


def _spoken(path: str) -> str:
    """A path in words: ``Service 1, site``."""
    head, *rest = path.split(".")
    words = {"services": "Service", "diagnoses": "Diagnosis", "earlier": "Earlier procedure", "patient": "Patient"}
    named = words.get(head, head.replace("_", " ").capitalize())
    parts = [str(int(part) + 1) if part.isdecimal() else part for part in rest]
    return f"{named} {', '.join(parts)}".strip()


def fact_names(encounter_facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Path and words of each fact, for a choice: ``services.0.site``, ``Service 1, site: bone``."""
    return [(path, f"{_spoken(path)}: {value}") for path, value in encounter_facts.items()]


# Into the form ------------------------------------------------------------------------------


def of_example(stored: Mapping[str, Any]) -> ExampleForm:
    """The form of a stored example; facts that cannot be read are shown as far as they go."""
    case = stored["encounter"] if isinstance(stored["encounter"], dict) else {}
    patient = case.get("patient") or {}
    services = [
        {str(name): str(value) for name, value in {"count": 1, **row}.items()} for row in case.get("services") or ()
    ]
    return ExampleForm(
        title=stored["title"], narrative=stored["narrative"], day=_text(case.get("date_of_service")),
        age=_text(patient.get("age")), sex=_text(patient.get("sex")), place=_text(case.get("place_of_service")),
        diagnoses=", ".join(case.get("diagnoses") or ()), services=services or [{"count": "1"}],
        documents=case.get("documented") is not None, documented=list(case.get("documented") or ()),
        earlier=[{"code": _text(one.get("code")), "day": _text(one.get("date"))} for one in case.get("earlier") or ()],
        also_accepted=list(stored.get("also_accepted") or ()),
    )  # fmt: skip


def from_form(data: QueryDict, stored: Mapping[str, Any] | None, vocabulary: Vocabulary) -> ExampleForm:
    """What was typed; the buttons that add or take away a row have done so."""
    form = ExampleForm(
        title=data.get("title", "").strip(), narrative=_lines(data.get("narrative", "")),
        documents="documents" in data, every_facet="every_facet" in data, why=data.get("why", "").strip(),
        documented=data.getlist("documented"),
    )  # fmt: skip
    for name in ("day", "age", "sex", "place"):
        setattr(form, name, data.get(name, "").strip())
    form.diagnoses = data.get("diagnoses", "").strip()
    facets = (*vocabulary, "count")
    form.services = [
        {name: data.get(f"service-{n}-{name}", "").strip() for name in facets}
        for n in range(_how_many(data, "services", MOST_SERVICES, least=1))
    ]
    form.earlier = [
        {name: data.get(f"earlier-{n}-{name}", "").strip() for name in ("code", "day")}
        for n in range(_how_many(data, "earlier", MOST_EARLIER))
    ]
    form.also_accepted = list((stored or {}).get("also_accepted") or ())
    _change_rows(form, data.get("action", ""))
    return form


def _change_rows(form: ExampleForm, action: str) -> None:
    """Add or take away a row, as the button says."""
    verb, _, place = action.partition(" ")
    number = int(place) if place.isdecimal() and len(place) < 3 else -1
    if verb == "add-service" and len(form.services) < MOST_SERVICES:
        form.services.append({"count": "1"})
    elif verb == "remove-service" and 0 <= number < len(form.services) > 1:
        del form.services[number]
    elif verb == "add-earlier" and len(form.earlier) < MOST_EARLIER:
        form.earlier.append({"code": "", "day": ""})
    elif verb == "remove-earlier" and 0 <= number < len(form.earlier):
        del form.earlier[number]
    elif verb == "refuse-claim" and 0 <= number < len(form.also_accepted):
        del form.also_accepted[number]


def _how_many(data: QueryDict, name: str, most: int, least: int = 0) -> int:
    text = data.get(name, "")
    return min(max(int(text), least), most) if text.isdecimal() and len(text) < 4 else least


def _lines(text: str) -> str:
    """The text with the line ends that are stored, without spaces around the lines."""
    return "\n".join(line.strip() for line in text.replace("\x00", "").splitlines()).strip()


def _text(value: Any) -> str:
    return "" if value is None else str(value)


# What a page offers -------------------------------------------------------------------------


def items_of(code: Code, form: ExampleForm) -> list[tuple[str, str, bool]]:
    """Slug, text and whether it is ticked, for each item of the page and whatever else is documented."""
    items = dict(code.documentationitem_set.values_list("slug", "text"))
    others = {slug: f"{slug} (of another page)" for slug in form.documented if slug not in items}
    return [(slug, text, slug in form.documented) for slug, text in (items | others).items()]


def marks_of(form: ExampleForm, words: Vocabulary) -> list[tuple[Mark, list[str]]]:
    """The marks of the narrative, each with its facts in words as far as the facts are filled in."""
    try:
        names = dict(fact_names(facts_of(form.encounter(words))))
    except CaseError:
        names = {}
    return [(mark, [names.get(path, path) for path in mark.facts]) for mark in marks(form.narrative)]


def free_slug(code: Code, title: str) -> str:
    """A name for a new example, made of its title."""
    taken = set(Example.objects.filter(code=code).values_list("slug", flat=True))
    bare = slugify(title)[:50].strip("-") or "example"
    names = (bare if n == 1 else f"{bare}-{n}" for n in count(1))
    return next(name for name in names if name not in taken)


def published_examples(document: Content | None) -> frozenset[str]:
    """The names of the examples that readers have."""
    return frozenset(example["slug"] for example in document["examples"]) if document else frozenset()


def vocabulary() -> Vocabulary:
    """The words of the site."""
    return FacetValue.objects.words()
