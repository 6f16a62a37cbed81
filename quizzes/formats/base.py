"""What every question format is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.http import QueryDict

from rulebook.book import Rulebook
from rulebook.types import Claim, Derivation, Encounter

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What a format adds to the scenario: the options shown, and the key, which is not."""

    options: list[dict[str, Any]] = field(default_factory=list)
    key: dict[str, Any] = field(default_factory=dict)


class BadAnswer(ValueError):
    """An answer that cannot be read; ``errors`` maps the field's id to what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


class Format:
    """One way of asking about a scenario."""

    id: ClassVar[str]
    title: ClassVar[str]
    instruction: ClassVar[str]
    template: ClassVar[str]

    def pin(self, encounter: Encounter, derivation: Derivation, book: Rulebook, seed: int) -> Pinned | None:
        """Options and key for a scenario, or None where it cannot be asked like this."""
        raise NotImplementedError

    def draft(self, data: QueryDict) -> Payload:
        """What was typed, as typed: kept, and shown again."""
        raise NotImplementedError

    def focus(self, data: QueryDict, draft: Payload) -> int | None:
        """Which line of the form the focus goes to after a change of the draft; None: the question's heading."""
        return None

    def read(self, data: QueryDict, version: Any) -> Payload:
        """The answer in a normal form; BadAnswer names each field that cannot be read."""
        raise NotImplementedError

    def claim(self, payload: Payload, version: Any) -> Claim:
        """The claim that an answer amounts to."""
        raise NotImplementedError

    def context(self, payload: Payload | None, version: Any) -> dict[str, Any]:
        """What the format's template needs to show the form again."""
        return {}
