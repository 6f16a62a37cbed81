"""What a code counts: the nouns after "one or more", "each" and "each additional"."""

import re

_NOUN_ENDS = re.compile(
    r"[^\w\s'-]|\b(?:and|or|of|in|on|with|without|by|for|from|to|at|using|including|that|which|who|whose|requir\w+|are|is|"
    r"have|has|when|if|per|during|performed|treated|involv\w+|beyond|after|over|than|following|reported|billed|coded|should|"
    r"may|can|must|report|use|beneath|report|taken|removed|sampled|addressed)\b"
)
_NO_NOUNS = frozenset(
    ("codes", "modifiers", "claims", "payers", "providers", "patients", "conditions", "criteria", "times")
)
_PLURAL = re.compile(r"[a-z'-]+(?<!s)(?<!u)(?<!i)s\Z")
_ONE_OR_MORE = re.compile(
    r"\b(?:(?:one|1) or more|single or multiple|one or several)(?: of the)? |"
    r"\b(?:regardless|irrespective|independent) of (?:the )?(?:number of|how many) |"
    r"\bhowever many |\bno matter how many "
)
_SO_MANY = re.compile(r"(?P<number>[1-9]\d{0,3}) (?=[a-z])")
MOST_WORDS = 5


def counted_noun(folded: str) -> str:
    """The plural noun phrase after "one or more"; empty when nothing that can be counted follows."""
    for found in _ONE_OR_MORE.finditer(folded):
        follows = folded[found.end() : found.end() + 80].replace("(s)", "s")
        words = _words(follows)
        plural_at = [index for index, word in enumerate(words) if _PLURAL.match(word)]
        if plural_at and words[plural_at[0]] not in _NO_NOUNS:
            return " ".join(words[: plural_at[0] + 1])
    return ""


def counted_once(follows: str) -> str:
    """The noun phrase that a text begins with, as in "lesion treated in ..."; empty when there is none."""
    words = _words(follows.replace("(s)", ""))
    return " ".join(words) if words and words[-1].replace("-", "").isalpha() else ""


def counted_by(follows: str) -> tuple[int, str]:
    """How many are counted as one, and their noun in the plural: "20 square centimeters", or 1 and "lesions"."""
    number = _SO_MANY.match(follows)
    noun = counted_once(follows[number.end() :] if number else follows)
    many = int(number["number"]) if number else 1
    return many, noun if many > 1 else plural(noun) if noun else ""


def _words(follows: str) -> list[str]:
    return _NOUN_ENDS.split(follows, maxsplit=1)[0].split()[:MOST_WORDS]


def plural(noun: str) -> str:
    """A noun phrase in the plural: skin biopsy, skin biopsies."""
    if noun.endswith("s") and not noun.endswith("ss"):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("ss", "x", "ch", "sh")) else "s")
