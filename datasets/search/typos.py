"""Slips of the pen: the words closest to one that nobody wrote, and the numbers closest to one that there is not."""

from collections.abc import Iterable, Iterator, Sequence
from string import ascii_uppercase, digits

from rapidfuzz import process
from rapidfuzz.distance import OSA

from datasets.search.asking import Index, Vocabulary
from datasets.search.words import deletions, is_corrected

#: A word with fewer letters is not taken for one that is two letters away.
SHORTEST_TWICE = 5
#: So many words are taken for the one that was meant.
MOST_WORDS = 3
#: Letters and digits that are taken for each other when they are read.
ALIKE = {frozenset(pair) for pair in ("O0", "I1", "L1", "S5", "B8", "Z2", "G6", "Q0", "D0")}


def meant(word: str, index: Index | None, also: Vocabulary) -> list[str]:
    """The words that may be meant, the likeliest first: one letter off, else two, else the beginning is one letter off.

    They are words of the index or of ``also``. A word that is there is meant as it is, and nothing is found for it.
    """
    if not is_corrected(word):
        return []
    known = [also, *([index.vocabulary()] if index else [])]
    if any(vocabulary.begun(word) for vocabulary in known):
        return []
    near = _one_off(word, index, also)
    if not near and len(word) >= SHORTEST_TWICE:
        near = _two_off(word, known) or _begun(word, known)
    uses = {one: sum(vocabulary.uses.get(one, 0) for vocabulary in known) for one in near}
    return sorted(near, key=lambda one: (OSA.distance(word, one), one[0] != word[0], -uses[one], one))[:MOST_WORDS]


def _one_off(word: str, index: Index | None, also: Vocabulary) -> list[str]:
    """By their forms with a letter left out, which the index has in a table; pages have few words."""
    near = index.near([word, *deletions(word)]) if index else []
    near += [one for length in _around(word, 1) for one in _extracted(word, also.of_length(length), 1)]
    return [one for one in dict.fromkeys(near) if OSA.distance(word, one, score_cutoff=1) <= 1]


def _two_off(word: str, known: Iterable[Vocabulary]) -> list[str]:
    lists = [vocabulary.of_length(length) for vocabulary in known for length in _around(word, 2)]
    return [one for words in lists for one in _extracted(word, words, 2)]


def _begun(word: str, known: Iterable[Vocabulary]) -> list[str]:
    """Beginnings of longer words, for somebody who is still typing."""
    beginnings = {one[: len(word)] for vocabulary in known for one in vocabulary.uses if len(one) > len(word)}
    return _extracted(word, sorted(beginnings), 1)


def _extracted(word: str, words: Sequence[str], most: int) -> list[str]:
    return [found for found, _, _ in process.extract(word, words, scorer=OSA.distance, score_cutoff=most, limit=20)]


def _around(word: str, off: int) -> range:
    return range(len(word) - off, len(word) + off + 1)


def near_numbers(bare: str) -> list[str]:
    """Every number that is one slip away, the likeliest first.

    Look-alikes (O for 0), neighbours changed about, a character too many, another one in its place, one left out.
    """
    return list(dict.fromkeys(number for number in _slips(bare) if number != bare))


def _slips(bare: str) -> Iterator[str]:
    characters = digits + ascii_uppercase
    others = [(place, other) for place in range(len(bare)) for other in characters]
    yield from (_with(bare, *one) for one in others if frozenset((bare[one[0]], one[1])) in ALIKE)
    yield from (bare[:at] + bare[at + 1] + bare[at] + bare[at + 2 :] for at in range(len(bare) - 1))
    yield from (bare[:at] + bare[at + 1 :] for at in range(len(bare)))
    # The last characters tell codes of one family apart, so those are the ones that are nearest in meaning.
    yield from (_with(bare, *one) for one in reversed(others))
    yield from (bare[:at] + other + bare[at:] for at in reversed(range(len(bare) + 1)) for other in characters)


def _with(bare: str, place: int, other: str) -> str:
    return bare[:place] + other + bare[place + 1 :]
