"""How hard a text is to read. The measures are pure functions of the text."""

import re
from collections.abc import Iterator, Sequence

from codes.lint.page import Page
from codes.lint.specimens import page, with_text
from codes.lint.texts import prose, quoted
from codes.lint.types import Check, Family, Found, Level, Specimen

#: School years that a section may ask for. Coders have finished school; their days are long.
HARDEST = 14.0
#: Words in a sentence after which its beginning is forgotten.
LONGEST = 45
#: A shorter section says too little of itself.
FEWEST = 60
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,/-]*")
_VOWELS = re.compile(r"[aeiouy]+")


def words(sentence: str) -> list[str]:
    """The words of a sentence; a number is one."""
    return _WORD.findall(sentence)


def syllables(word: str) -> int:
    """About how many syllables a word has; a silent e at its end counts for none, a number for one."""
    lower = word.lower()
    silent = (lower.endswith("e") and not lower.endswith(("le", "ee"))) or (lower.endswith("es") and len(lower) > 4)
    return max(1, len(_VOWELS.findall(lower)) - silent)


def grade_level(sentences: Sequence[str]) -> float:
    """School years that a text asks for, after Flesch and Kincaid; 0.0 for one without words."""
    counted = [words(one) for one in sentences]
    count = sum(map(len, counted))
    if not count:
        return 0.0
    spoken = sum(syllables(word) for one in counted for word in one)
    return 0.39 * count / len(sentences) + 11.8 * spoken / count - 15.59


def hard_section(page: Page) -> Iterator[Found]:
    for row in page.content["sections"]:
        sentences = prose(row["body"])
        if sum(len(words(one)) for one in sentences) < FEWEST:
            continue
        level = grade_level(sentences)
        if level > HARDEST:
            worst = max(sentences, key=lambda one: grade_level([one]) if len(words(one)) > 7 else 0.0)
            message = (
                f"It asks for {level:.1f} years of school; {HARDEST:.0f} are enough. Hardest: {quoted(worst, 240)}"
            )
            yield Found(part=f"sections/{row['slug']}", field="body", message=message)


def long_sentence(page: Page) -> Iterator[Found]:
    for row in page.content["sections"]:
        for sentence in prose(row["body"]):
            count = len(words(sentence))
            if count > LONGEST:
                message = f"A sentence of {count} words: {quoted(sentence, 240)}"
                yield Found(part=f"sections/{row['slug']}", field="body", message=message)


_HEAVY = (
    "Percutaneous cryoablative eradication necessitates individualized interdisciplinary deliberation regarding "
    "radiological accessibility. Comprehensive documentation of intraprocedural temperature monitoring facilitates "
    "retrospective reimbursement justification. Institutional administrative requirements additionally necessitate "
    "contemporaneous authentication. Supplementary considerations encompass anticoagulation, immunosuppression, "
    "cardiopulmonary comorbidities, anesthesiological prerequisites, postinterventional surveillance, "
    "multidisciplinary rehabilitation, psychosocial rehabilitation, interinstitutional communication, electronic "
    "documentation, organizational accountability, administrative responsibility, pharmacological management."
)
_LONG = f"The line {'and the next line ' * 12}is one unit."

READING = Family(
    title="How hard it is to read",
    checks=(
        Check(
            id="hard-to-read", level=Level.WARNING, find=hard_section,
            says="A section asks for more than 14 years of school (Flesch and Kincaid), if it has 60 words or more.",
            do="Cut the sentence that is quoted in two, and say it with verbs and short words.",
        ),
        Check(
            id="long-sentence", level=Level.WARNING, find=long_sentence,
            says="A sentence of a section has more than 45 words.", do="Cut it in two, or make a list of it.",
        ),
    ),
    specimens=(
        Specimen(title="Short sentences", page=page()),
        Specimen(title="Heavy words", page=with_text(f"{_HEAVY} {_HEAVY}"), caught_by="hard-to-read"),
        Specimen(title="A long one", page=with_text(_LONG), caught_by="long-sentence"),
    ),
)  # fmt: skip
