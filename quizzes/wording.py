"""Facts and elements in the words of a learner."""

from datetime import date

from rulebook.facts import Change
from rulebook.types import Encounter

_NAMES = {
    "date_of_service": "Date of service",
    "place_of_service": "Place of service",
    "patient.age": "Age of the patient",
    "patient.sex": "Sex of the patient",
}


def in_words(change: Change, before: Encounter, after: Encounter) -> str:
    """What differs between two encounters: ``Technique: cryoablation → radiofrequency``."""
    head, *rest = change.path.split(".")
    if head == "services" and len(rest) == 1:
        return f"One service more: {change.after}" if change.after else f"One service less: {change.before}"
    return f"{_name(change, before, after)}: {_value(head, change.before)} → {_value(head, change.after)}"


def _name(change: Change, before: Encounter, after: Encounter) -> str:
    head, *rest = change.path.split(".")
    if head != "services":
        return _NAMES.get(change.path, head.capitalize().replace("Diagnoses", "Diagnosis"))
    services = after.services if int(rest[0]) < len(after.services) else before.services
    name = "How many" if rest[1] == "count" else rest[1].replace("-", " ").capitalize()
    procedure = services[int(rest[0])].facets.get("procedure", "")
    return f"{name} ({procedure})" if len(services) > 1 and procedure else name


def _value(head: str, text: str) -> str:
    if head == "date_of_service":
        return f"{date.fromisoformat(text):%B %-d, %Y}"
    return text or "not said"
