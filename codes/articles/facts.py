"""The recogniser: which words of the vocabulary a text contains, and whether it asserts them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codes.articles.source import fold
from codes.articles.types import Vocabulary

#: A value of this name means that there is nothing; the bare word says nothing of the facet.
NOTHING = "none"
#: Values of this facet are everyday words ("same", "separate") and count only together with its name.
NAMED_WITH_FACET = "session"
#: Their words are everyday words, or say what surrounds a service and not which code it has.
NEVER_SELECTING = frozenset(
    (
        "for",
        "session",
        "laterality",
        "component",
        "visit",
        "repeat",
        "extension",
        "duration",
        "structure",
        "practitioner",
        "overlap",
        "phase",
        "completion",
        "relation",
    )
)

_GAP = r"[\s-]{1,4}"
_DENIED = re.compile(
    r"(?<!\w)(?:no|not|without|never|neither|nor|unlike|versus|vs\.?|excluding|(?:rather|other) than|instead of)"
    r"(?:[ ](?!and |but |or )[\w'/-]{1,30}){0,3}[ ]\Z"
)
_OPTIONAL_BEFORE = re.compile(
    r"(?<!\w)(?:optional(?:ly)?|if|with or without|"
    r"(?:may|might|can|could)(?! (?:only |also )?be (?:used|reported|billed|coded|submitted)\b))(?!\w)"
)
_OPTIONAL_AFTER = re.compile(
    r",?[\w ()/-]{0,12}?\b(?:when|if|where|as) "
    r"(?:performed|used|needed|necessary|required|applicable|indicated|provided)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A word of the vocabulary in a text: the facet, the value it stands for, and where it is."""

    facet: str
    value: str
    start: int
    end: int


class Recogniser:
    """A vocabulary made ready for finding its words; facets overlap freely, in one facet the longest word wins."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._values = {facet: _keyed(facet, words) for facet, words in vocabulary.facets.items()}
        self._patterns = {facet: any_of(words) for facet, words in self._values.items() if words}
        self._items = {
            slug: any_of(map(fold, phrases)) for slug, phrases in vocabulary.documentation.items() if any(phrases)
        }
        self._documentation = vocabulary.documentation
        self._further = {
            procedure: tuple(facet for facet in facets if facet not in NEVER_SELECTING)
            for procedure, facets in vocabulary.selecting.items()
        }

    def has(self, facet: str, value: str) -> bool:
        """Whether a value belongs to a facet of the vocabulary."""
        return value in self._values.get(facet, {}).values()

    def guides(self, procedure: str | None) -> bool:
        """Whether a procedure is done for others: one that the facet "for" lists is what others are done for."""
        return "for" in self._patterns and procedure is not None and not self.has("for", procedure)

    def further(self, procedure: str) -> tuple[str, ...]:
        """The facets by which the library tells a procedure's codes apart, as far as prose can be trusted with them."""
        return self._further.get(procedure, ())

    def hits(self, folded: str, facets: Iterable[str]) -> list[Hit]:
        """Every word of these facets in a folded text, in the order of facets and text."""
        return [
            Hit(facet=facet, value=self._values[facet][_key(found.group())], start=found.start(), end=found.end())
            for facet in facets
            if facet in self._patterns
            for found in self._patterns[facet].finditer(folded)
        ]

    def items(self, folded: str) -> dict[str, int]:
        """Slug of a documentation item -> length of its longest phrase in the text."""
        found = {slug: max((len(m.group()) for m in p.finditer(folded)), default=0) for slug, p in self._items.items()}
        return {slug: length for slug, length in found.items() if length}

    def words(self, *facets: str) -> frozenset[str]:
        """Every single word by which these facets are named."""
        return frozenset(word for facet in facets for phrase in self._values.get(facet, ()) for word in phrase.split())

    def same_thing(self, noun: str) -> frozenset[str]:
        """The noun, and the words that stand for the same documentation item (tumors: lesions)."""
        groups = (phrases for phrases in self._documentation.values() if noun in phrases)
        return frozenset((noun, *(phrase for phrases in groups for phrase in phrases)))


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of these words as whole words, the longest first."""
    ordered = sorted({word for word in words if word.strip()}, key=lambda word: (-len(word), word))
    parts = (_GAP.join(re.escape(part) for part in re.split(r"[\s-]+", word) if part) for word in ordered)
    either = "|".join(part for part in parts if part)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if either else r"(?!)")


def _keyed(facet: str, words: Mapping[str, str]) -> dict[str, str]:
    usable = {word: value for word, value in words.items() if _usable(facet, word, value)}
    return {_key(fold(word)): value for word, value in usable.items()}


def _usable(facet: str, word: str, value: str) -> bool:
    """Whether a word can be trusted to state its value when it stands alone in prose."""
    if not _key(fold(word)) or (value == NOTHING and word == value):
        return False
    return facet != NAMED_WITH_FACET or facet in word


def _key(word: str) -> str:
    return " ".join(re.split(r"[\s-]+", word)).strip()


def denied(folded: str, hit: Hit) -> bool:
    """Whether a word is negated: "without imaging guidance"."""
    return _DENIED.search(folded[max(0, hit.start - 80) : hit.start]) is not None


def optional(folded: str, hit: Hit) -> bool:
    """Whether a word names something that may be absent: "may use", "when performed"."""
    before, after = folded[max(0, hit.start - 200) : hit.start], folded[hit.end : hit.end + 60]
    return bool(_OPTIONAL_BEFORE.search(before) or _OPTIONAL_AFTER.match(after))
