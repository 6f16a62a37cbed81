"""Words and numbers of codes as the index has them, the same when it is built and when it is asked."""

import re
import unicodedata
from collections.abc import Iterator

#: Letters with a stroke, and those that are two in one, which Unicode does not take apart.
_PLAIN = str.maketrans({
    "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ħ": "h", "Ħ": "h", "ı": "i",
    "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th",
})  # fmt: skip
#: What is longer is cut into several words, since PostgreSQL refuses a word of more than 2,046 bytes.
_WORD = re.compile(r"[^\W_]{1,64}")
#: The point of a diagnosis stands inside of one word, as in C79.51.
_POINT = re.compile(r"\b([A-Za-z]\d[0-9A-Za-z])\.(?=[0-9A-Za-z])")
_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015]")
#: What people write before a number or behind it, as in “CPT code A1234” or “#A1234,”.
_AROUND = re.compile(
    r"\b(?:cpt|hcpcs|icd(?:[- ]?10)?(?:[- ]?cm)?|codes?|number|no)\b\.?|[#,;:!?()\[\]\"'“”]", re.IGNORECASE
)
#: More words than this are no search.
MOST_WORDS = 12
LONGEST_NUMBER = 7
#: Beginnings of words up to this length are kept as words are.
LONGEST_BEGINNING = 4
#: Shorter words are not corrected: too many others are one letter away.
SHORTEST_CORRECTED = 4


def words_of(text: str) -> list[str]:
    """The words of a text: small letters without accents, digits, and the numbers of diagnoses without their point.

    Whatever is indexed and whatever is asked goes through here, so that no database folds letters in its own way.
    """
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_PLAIN)
    return _WORD.findall(_POINT.sub(r"\1", text).casefold())


def bare_number(text: str) -> str:
    """A text as the number of a code (C7951 for “c79.51”, “C79 51”), or nothing where it can be none."""
    bare = _BETWEEN.sub("", text).upper()
    fits = bare.isascii() and bare.isalnum() and len(bare) <= LONGEST_NUMBER
    return bare if fits and any(letter.isdigit() for letter in bare) else ""


def without_its_name(text: str) -> str:
    """A text that is the number of a code but for what it is called or set in; any other text as it is."""
    rest = _AROUND.sub(" ", text).strip(" .")
    return rest if rest != text and bare_number(rest) else text


def is_corrected(word: str) -> bool:
    """Whether a word may be taken for a mistyped other one."""
    return len(word) >= SHORTEST_CORRECTED and word.isalpha()


def deletions(word: str) -> Iterator[str]:
    """The word without one of its letters, each form once."""
    for place, letter in enumerate(word):
        if not place or word[place - 1] != letter:
            yield word[:place] + word[place + 1 :]


def begun(beginning: str) -> str:
    """The key of all words that begin so; only short beginnings have one."""
    return f"{beginning}*"


def stem(word: str) -> str:
    """What the singular and the plural of an English word both begin with."""
    if len(word) < SHORTEST_CORRECTED or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3]
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]
