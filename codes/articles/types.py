"""What an article is once it has been read; everything here is frozen and keyword-only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

EventKind = Literal["added", "revised", "deleted", "no change"]
Level = Literal["understood", "kept", "look"]


class ArticleError(ValueError):
    """A text that cannot be read as an article; ``message`` says why in plain words."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Offsets in the original text, as in ``text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words facts and documentation items are recognised by.

    ``facets``: facet -> casefolded word -> the value it stands for (values and synonyms);
    ``documentation``: slug of an item -> casefolded phrases; ``selecting``: procedure -> the
    facets by which the library tells its codes apart.
    """

    facets: Mapping[str, Mapping[str, str]]
    documentation: Mapping[str, tuple[str, ...]]
    selecting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_toml(cls, data: Mapping[str, Any]) -> "Vocabulary":
        """Build it from the parsed vocabulary.toml: ``[facets.X.values]`` and ``[documentation]``."""
        facets = {name: _words(facet.get("values", {})) for name, facet in data.get("facets", {}).items()}
        items = data.get("documentation", {}).items()
        return cls(facets=facets, documentation={slug: tuple(map(str.casefold, words)) for slug, words in items})


def _words(values: Mapping[str, Any]) -> dict[str, str]:
    """``{"CT": ["computed tomography"]}`` -> ``{"ct": "CT", "computed tomography": "CT"}``."""
    return {word.casefold(): value for value, synonyms in values.items() for word in (value, *synonyms)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSection:
    """A section: its fixed slug, its heading without a number, its body in Markdown, where it stands."""

    slug: str
    heading: str
    body: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRule:
    """A proposed rule: ``params`` as JSON for its kind, the section it cites, the sentence it rests on.

    ``certain`` is False where a person has to confirm what the sentence means.
    """

    slug: str
    kind: str
    params: dict[str, Any]
    section: str
    span: Span
    sentence: str
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEvent:
    """One event of the code's history; ``date`` is None where the article gives no full date."""

    date: date | None
    kind: EventKind
    text: str
    successor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadItem:
    """Something the note must show; ``text`` reads on after "The note does not show: "."""

    slug: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadExample:
    """A billing example with the facts it states.

    ``narrative`` is its text with marks, ``[phrase](services.0.site)``; several paths in one
    mark are separated by a space. ``filled`` are the paths it leaves open. ``services`` is
    empty where neither the text nor the page gives a fact.
    """

    slug: str
    title: str
    narrative: str
    services: tuple[dict[str, Any], ...]
    filled: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSimilar:
    """A code the article calls similar, and what it says of it."""

    number: str
    gloss: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMention:
    """Another code or range of codes, and what a sentence says of it: forbid, require, redirect … or only mention."""

    code: str
    polarity: str
    section: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line of the report: what was understood, kept as plain text, or needs an educator's eye."""

    level: Level
    where: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Everything that was read; ``descriptor`` is the quoted official text, None unless it may be kept."""

    number: str
    title: str
    summary: str
    descriptor: str | None
    sections: tuple[ReadSection, ...]
    rules: tuple[ReadRule, ...]
    history: tuple[ReadEvent, ...]
    documentation: tuple[ReadItem, ...]
    examples: tuple[ReadExample, ...]
    similar: tuple[ReadSimilar, ...]
    mentions: tuple[ReadMention, ...]
    notes: tuple[Note, ...]
