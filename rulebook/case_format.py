"""The case format of docs/case-format.md: JSON data in and out, every refusal with the field's path."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from rulebook.types import Citation, Claim, ClaimLine, EarlierProcedure, Encounter, Finding, Grade, Patient, Service

#: facet -> word in lower case -> the value it stands for (synonyms included)
Vocabulary = Mapping[str, Mapping[str, str]]
T = TypeVar("T")

CASE_FIELDS = (
    *("date_of_service", "patient", "place_of_service", "services", "diagnoses", "documented", "earlier"),
    "claim",
)
MOST_LINES = 50
MOST_UNITS = 9999
_CODE = re.compile(r"[0-9A-Z]{4}[0-9A-Z]")
_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_DIAGNOSIS = re.compile(r"[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])(\.[0-9A-Z]{1,4})?")


class CaseError(ValueError):
    """A case that cannot be read. ``field`` is the path, ``message`` says what it should be."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


def normal_code(text: str) -> str:
    """A billing code as people type it: lower case, spaces and hyphens do not matter."""
    return re.sub(r"[\s\-\u2010-\u2015]", "", text).upper()


def normal_diagnosis(text: str) -> str:
    """An ICD-10-CM code as people type it; the point may be left out."""
    bare = re.sub(r"[\s\-.]", "", text).upper()
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


def is_code(text: str) -> bool:
    """Whether a normalised text has the shape of a CPT or HCPCS code."""
    return _CODE.fullmatch(text) is not None


def is_modifier(text: str) -> bool:
    """Whether a normalised text has the shape of a modifier."""
    return _MODIFIER.fullmatch(text) is not None


def is_diagnosis(text: str) -> bool:
    """Whether a normalised text has the shape of an ICD-10-CM code."""
    return _DIAGNOSIS.fullmatch(text) is not None


def read_case(data: Any, vocabulary: Vocabulary | None = None) -> tuple[Encounter, Claim]:
    """Read an encounter and the claim made for it; CaseError names the first bad field."""
    case = _object(data, "", CASE_FIELDS)
    if "claim" not in case:
        raise CaseError("claim", "is required: the claim to grade, with its lines")
    return read_encounter({key: value for key, value in case.items() if key != "claim"}, vocabulary), read_claim(
        case["claim"]
    )


def read_encounter(data: Any, vocabulary: Vocabulary | None = None) -> Encounter:
    """Read the facts of an encounter (a case without its claim)."""
    case = _object(data, "", CASE_FIELDS[:-1])
    if "services" not in case:
        raise CaseError("services", "is required: a list with at least one service")
    documented = case.get("documented")
    day = _date(case.get("date_of_service"), "date_of_service")
    return Encounter(
        date_of_service=day,
        services=_list(case["services"], "services", lambda item, path: _service(item, path, vocabulary), least=1),
        patient=_patient(case.get("patient")),
        place_of_service=_place(case.get("place_of_service")),
        diagnoses=_list(case.get("diagnoses", []), "diagnoses", _diagnosis, most=12),
        documented=None if documented is None else frozenset(_list(documented, "documented", _slug, most=200)),
        earlier=_list(case.get("earlier", []), "earlier", lambda item, path: _earlier(item, path, day)),
    )


def read_claim(data: Any, path: str = "claim") -> Claim:
    """Read a claim: ``{"lines": [{"code": ..., "units": 1, "modifiers": [], "diagnoses": []}]}``."""
    claim = _object(data, path, ("lines",))
    if "lines" not in claim:
        raise CaseError(f"{path}.lines", "is required: a list of lines")
    return Claim(lines=_list(claim["lines"], f"{path}.lines", _line))


def write_encounter(encounter: Encounter) -> dict[str, Any]:
    """The JSON form of an encounter, as ``read_encounter`` reads it."""
    data: dict[str, Any] = {"date_of_service": encounter.date_of_service.isoformat()}
    patient = {"age": encounter.patient.age, "sex": encounter.patient.sex}
    if any(value is not None for value in patient.values()):
        data["patient"] = {key: value for key, value in patient.items() if value is not None}
    if encounter.place_of_service:
        data["place_of_service"] = encounter.place_of_service
    data["services"] = [
        {**service.facets, **({"count": service.count} if service.count != 1 else {})} for service in encounter.services
    ]
    if encounter.diagnoses:
        data["diagnoses"] = list(encounter.diagnoses)
    if encounter.documented is not None:
        data["documented"] = sorted(encounter.documented)
    if encounter.earlier:
        data["earlier"] = [{"code": one.code, "date": one.date.isoformat()} for one in encounter.earlier]
    return data


def write_claim(claim: Claim) -> dict[str, Any]:
    """The JSON form of a claim."""
    return {
        "lines": [
            {
                "code": line.code,
                "units": line.units,
                "modifiers": list(line.modifiers),
                "diagnoses": list(line.diagnoses),
            }
            for line in claim.lines
        ]
    }


def write_finding(finding: Finding) -> dict[str, Any]:
    """The JSON form of a finding."""
    return {
        "rule": finding.rule,
        "kind": finding.kind,
        "outcome": finding.outcome.value,
        "severity": finding.severity.value,
        "category": finding.category.value,
        "element": finding.element,
        "line": finding.line,
        "code": finding.code,
        "yours": finding.yours,
        "accepted": finding.accepted,
        "facts": list(finding.facts),
        "why": finding.why,
        "fix": finding.fix,
        "cites": _citation(finding.cites),
    }


def write_grade(grade: Grade) -> dict[str, Any]:
    """The JSON form of a grade; element accuracy is rounded to two places."""
    counts = grade.counts
    return {
        "clean": grade.clean,
        "element_accuracy": round(grade.element_accuracy, 2),
        "counts": {"required": counts.required, "kept": counts.kept, "extra": counts.extra},
        "accepted": [write_claim(claim) for claim in grade.accepted],
        "findings": [write_finding(finding) for finding in grade.findings],
    }


def _citation(cites: Citation | None) -> dict[str, str] | None:
    return None if cites is None else {"code": cites.code, "section": cites.section}


def _object(data: Any, path: str, known: tuple[str, ...] | None = None) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise CaseError(path or "case", "must be an object with named fields")
    for name in data:
        if known is not None and name not in known:
            raise CaseError(f"{path}.{name}" if path else str(name), f"is not known here; known are {', '.join(known)}")
    return data


def _list(
    data: Any, path: str, read: Callable[[Any, str], T], *, least: int = 0, most: int = MOST_LINES
) -> tuple[T, ...]:
    if not isinstance(data, (list, tuple)):
        raise CaseError(path, "must be a list")
    if len(data) < least:
        raise CaseError(path, f"needs at least {least}")
    if len(data) > most:
        raise CaseError(path, f"has {len(data)} entries; {most} are the most")
    return tuple(read(item, f"{path}.{index}") for index, item in enumerate(data))


def _text(data: Any, path: str) -> str:
    if not isinstance(data, str) or not data.strip():
        raise CaseError(path, "must be text")
    if len(data) > 200:
        raise CaseError(path, "is longer than 200 characters")
    return data.strip()


def _whole(data: Any, path: str, least: int, most: int) -> int:
    if isinstance(data, bool) or not isinstance(data, int) or not least <= data <= most:
        raise CaseError(path, f"must be a whole number from {least} to {most}")
    return data


def _date(data: Any, path: str) -> date:
    if data is None:
        raise CaseError(path, "is required: a date like 2024-03-01")
    try:
        if isinstance(data, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", data):
            return date.fromisoformat(data)
    except ValueError:
        pass
    raise CaseError(path, "must be a date of the calendar, like 2024-03-01")


def _patient(data: Any) -> Patient:
    patient = _object({} if data is None else data, "patient", ("age", "sex"))
    age, sex = patient.get("age"), patient.get("sex")
    if sex is not None and sex not in ("F", "M"):
        raise CaseError("patient.sex", "must be F or M")
    return Patient(age=None if age is None else _whole(age, "patient.age", 0, 130), sex=sex)


def _place(data: Any) -> str | None:
    if data is None:
        return None
    if not isinstance(data, str) or not re.fullmatch(r"[0-9]{2}", data):
        raise CaseError("place_of_service", 'must be two digits in quotes, like "22"')
    return data


def _service(data: Any, path: str, vocabulary: Vocabulary | None) -> Service:
    service = _object(data, path)
    facets = {
        facet: _value(_text(value, f"{path}.{facet}"), str(facet), f"{path}.{facet}", vocabulary)
        for facet, value in service.items()
        if facet != "count"
    }
    if not facets:
        raise CaseError(path, "needs at least one facet, such as procedure")
    return Service(facets=facets, count=_whole(service.get("count", 1), f"{path}.count", 1, MOST_UNITS))


def _value(value: str, facet: str, path: str, vocabulary: Vocabulary | None) -> str:
    if vocabulary is None:
        return value
    if facet not in vocabulary:
        raise CaseError(path, f"is not a known facet; known are {', '.join(sorted(vocabulary))}")
    known = vocabulary[facet]
    if value.casefold() not in known:
        values = ", ".join(sorted(set(known.values())))
        raise CaseError(path, f"{value!r} is not a known {facet}; known are {values}")
    return known[value.casefold()]


def _diagnosis(data: Any, path: str) -> str:
    code = normal_diagnosis(_text(data, path))
    if not is_diagnosis(code):
        raise CaseError(path, f"{data!r} does not look like an ICD-10-CM code, such as C79.51")
    return code


def _slug(data: Any, path: str) -> str:
    text = _text(data, path)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise CaseError(path, f"{text!r} is not the slug of a documentation item, such as start-time")
    return text


def _earlier(data: Any, path: str, day: date) -> EarlierProcedure:
    """One procedure that has a claim of its own; it cannot be later than the encounter."""
    procedure = _object(data, path, ("code", "date"))
    done = _date(procedure.get("date"), f"{path}.date")
    if done > day:
        raise CaseError(f"{path}.date", f"is after the date of service, {day.isoformat()}")
    return EarlierProcedure(code=_code(procedure, path), date=done)


def _code(data: Mapping[str, Any], path: str) -> str:
    """The required code of a line or of an earlier procedure."""
    if "code" not in data:
        raise CaseError(f"{path}.code", "is required")
    code = normal_code(_text(data["code"], f"{path}.code"))
    if not is_code(code):
        raise CaseError(f"{path}.code", f"{data['code']!r} is not a code of five letters and digits")
    return code


def _line(data: Any, path: str) -> ClaimLine:
    line = _object(data, path, ("code", "units", "modifiers", "diagnoses"))
    return ClaimLine(
        code=_code(line, path),
        units=_whole(line.get("units", 1), f"{path}.units", 1, MOST_UNITS),
        modifiers=_list(line.get("modifiers", []), f"{path}.modifiers", _modifier, most=4),
        diagnoses=_list(line.get("diagnoses", []), f"{path}.diagnoses", _diagnosis, most=12),
    )


def _modifier(data: Any, path: str) -> str:
    text = _text(data, path).upper()
    if not is_modifier(text):
        raise CaseError(path, f"{data!r} is not a modifier of two letters or digits")
    return text
