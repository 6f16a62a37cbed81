"""What educators see of the questions that a scenario gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from codes.narrative import plain
from quizzes.asking import Candidate, Source
from quizzes.wording import in_words


@dataclass(kw_only=True)
class Group:
    """One note, as written or told, with the questions asked on it."""

    title: str
    turns_on: str
    changes: list[str]
    note: list[str]
    claim: list[str]
    questions: list[Candidate] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How many of the questions are put before learners."""
        return sum(not one.reasons for one in self.questions)


def questions_of(source: Source, seed: int) -> list[Group]:
    """The questions of a scenario, note by note, the refused ones with their reasons."""
    groups: dict[str, Group] = {}
    for candidate in source.candidates(seed):
        key = repr(candidate.prompt["encounter"])
        groups.setdefault(key, _group(source, candidate)).questions.append(candidate)
    return list(groups.values())


def _group(source: Source, candidate: Candidate) -> Group:
    variant = candidate.variant
    changes = [in_words(one, source.encounter, variant.encounter) for one in variant.changes] if variant else []
    return Group(
        title=candidate.prompt["title"],
        turns_on=f"{variant.rule}, {'another outcome' if variant.flips else 'the same outcome'}" if variant else "",
        changes=changes,
        note=plain(candidate.prompt["narrative"]).splitlines(),
        claim=[line_in_words(line) for line in candidate.accepted["lines"]],
    )


def line_in_words(line: Mapping[str, object]) -> str:
    """A line of a claim as it is read out: code with modifiers, units, diagnoses."""
    modifiers, diagnoses = line["modifiers"], line["diagnoses"]
    assert isinstance(modifiers, list)
    assert isinstance(diagnoses, list)
    code = "-".join((str(line["code"]), *modifiers))
    return f"{code} × {line['units']}" + (f" for {', '.join(diagnoses)}" if diagnoses else "")
