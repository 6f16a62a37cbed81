"""For whom the code is, what its price includes, and when it stands alone: the patient, global-period and
separate-procedure rules. All of them are proposals."""

import re
from collections.abc import Iterator
from typing import Any

from codes.articles.mentions import NOT
from codes.articles.page import INTRO, OFFICIAL, Page, Sentence, look, make_rule, quoted
from codes.articles.source import blank
from codes.articles.types import Note, ReadRule, Span

Read = tuple[ReadRule | None, Note]

_NEGATED = re.compile(rf"\b{NOT}\b|\b(?:no|without)\b")
_NOT_BEFORE = re.compile(rf"\b{NOT}\b")
_VAGUE = re.compile(
    r"\b(?:usually|typically|often|generally|commonly|mostly|especially|particularly|such as|e\.g|for example|"
    r"some payers?|many|most|regardless|irrespective|any age|all ages|every age)\b"
)

_NO_AGE = r"(?![0-9])(?!\.[0-9])(?! ?-?(?:months?|weeks?|days?|hours?|minutes?|cm|mm|percent|%|units?)\b)"
_FROM, _TO, _BELOW = (rf"(?P<{name}>[0-9]{{1,3}}){_NO_AGE}" for name in ("from", "to", "below"))
_YEARS = r"[ -]?(?:years?|yrs?)(?:[ -](?:of age|old))?"
_OF_AGE = r"[ -]?(?:years?|yrs?)[ -](?:of age|old)\b"
_PEOPLE = r"(?:aged?|ages|patients?|adults?|children|individuals?|persons?|people|women|men|females?|males?|those)"
_TILL = r" ?(?:to|through|-) ?"
_AGES = tuple(
    map(
        re.compile,
        (
            rf"\b(?:aged?|ages)(?: (?:of|from|between)){{0,2}} {_FROM}(?:{_YEARS})?(?:{_TILL}| and ){_TO}",
            rf"\bbetween {_FROM}(?:{_YEARS})? and {_TO}{_OF_AGE}",
            rf"(?<![\w.-]){_FROM}(?:{_YEARS})?{_TILL}{_TO}{_OF_AGE}",
            rf"\b{_PEOPLE} {_FROM}{_TILL}{_TO}{_YEARS}",
            rf"[;,(] ?{_FROM}{_TILL}{_TO}[ -]?(?:years?|yrs?)\b(?! of (?!age)| ago| after| before| later)",
            rf"(?<![\w.-]){_FROM}(?:{_YEARS})?,? (?:and|or) older\b",
            rf"(?<![\w.-]){_FROM}{_YEARS},? (?:and|or) (?:above|over|up)\b",
            rf"\b{_PEOPLE} (?:of )?{_FROM},? (?:and|or) (?:above|over|up)\b",
            rf"\bat least {_FROM}{_OF_AGE}",
            rf"\b(?:aged?|age of) at least {_FROM}",
            rf"\bminimum age (?:of|is) {_FROM}",
            rf"(?<![\w.-]){_TO}(?:{_YEARS})?,? (?:and|or) younger\b",
            rf"(?<![\w.-]){_TO}{_YEARS},? (?:and|or) (?:under|below)\b",
            rf"\bup to (?:and including )?{_TO}{_OF_AGE}",
            rf"\bup to (?:and including )?(?:the )?age (?:of )?{_TO}",
            rf"\byounger than (?:the age of )?{_BELOW}",
            rf"\b(?:under|below) (?:the age of |age ){_BELOW}",
            rf"\b(?:under|below|less than) {_BELOW}{_OF_AGE}",
            rf"\b{_PEOPLE} (?:under|below) {_BELOW}",
        ),
    )
)
_SOME_AGE = re.compile(
    r"\b(?:[0-9]{1,3}[ -]?years?[ -](?:of age|old)|(?:older|younger) than|years (?:and|or) (?:older|younger)|"
    r"(?:adults?|patients?|children|age|aged) (?:over|above|under|below|of)(?: the)?(?: age)?(?: of)? [0-9]{1,3}|"
    r"[0-9]{1,3} (?:and|or) (?:older|younger)|[0-9]{1,3} ?(?:-|to|through) ?[0-9]{1,3} years|"
    r"(?:child|infant|newborn|neonate|baby)\b.{0,20}[0-9]|"
    r"[0-9]{1,3} (?:months?|weeks?|days?)(?: of age| old| or (?:less|younger)))\b"
)
# Another number in the sentence may limit the limit: "50 and older, or 45 with a history".
_NUMBER = re.compile(r"(?<![\w.-])[0-9]{1,3}(?![\w.]*[0-9])")
_SEX = re.compile(
    r"\b(?:only|exclusively|solely|limited to|restricted to)\b.{0,40}?\b(?P<one>female|male|women|men|girls|boys)s?\b|"
    r"\b(?P<two>female|male|women|men)(?: patients?)? only\b"
)
_SEXES = {"female": "F", "women": "F", "girls": "F", "male": "M", "men": "M", "boys": "M"}
_PLACE = re.compile(
    r"\bonly\b.{0,60}?\b(?:place|places) of service(?: codes?)?:? "
    r"(?P<places>[0-9]{2}(?:(?:,| or| and|, or|, and) [0-9]{2}){0,9})\b(?![\w-])"
)
_WORDS = {"zero": 0, "ten": 10, "ninety": 90}
_DAYS = r"(?P<{0}>[0-9]{{1,3}}|zero|ten|ninety)"
_GLOBAL = (
    re.compile(_DAYS.format("days") + r"[ -]?days?\b[^.;]{0,25}?\b(?:global|post-?operative period|follow-up period)"),
    re.compile(
        r"\bglobal\b[^.;0-9]{0,40}?(?:\bof|\bis|\bare|\bindicator|\bdays|\bperiod|[:=(]) ?(?:of |is )?\(?"
        + _DAYS.format("days")
        + r"\b(?! ?(?:codes?|percent|%|years?|weeks?|months?|hours?))"
    ),
    re.compile(r"\b(?P<days>000|010|090) global\b"),
    re.compile(r"\bglobal\b[^.;]{0,40}?\b(?P<letters>xxx|yyy|zzz|mmm)\b"),
    re.compile(r"\b(?P<letters>xxx|yyy|zzz|mmm)\b[^.;]{0,20}?\bglobal\b"),
)
_ANY_DAYS = re.compile(r"(?<![\w.-])(?:0?00|0?10|0?90|0|zero|ten|ninety)(?![\w.]*[0-9])\b")
_SPEAKS_OF_GLOBAL = re.compile(r"\bglobal (?:surg\w+ )?(?:period|package|days|indicator)\b|\bpost-?operative period\b")
_SEPARATE = re.compile(
    r"\(separate procedure\)|[\"']separate procedure[\"']|"
    r"\b(?:designated|considered|defined|classified|listed|labell?ed|marked|described|is|are) (?:as )?(?:a )?"
    r"separate procedure\b(?! from| code| when)"
)
_SPEAKS_OF_SEPARATE = re.compile(r"\bseparate procedure\b")
_ONESELF = re.compile(r"\bthis\b|\bit\b|\bthe (?:code|procedure|service)\b")


def limits(page: Page) -> Iterator[Read | Note]:
    """What the article says of this code alone, each as a proposal, and a note for what was only half understood."""
    said = page.of_itself()
    yield from _patient(page, said)
    yield from _global_period(page, said)
    yield from _separate(page, said)


def _unread(page: Page, one: Sentence, why: str) -> Note:
    return look(page.cited(one.section), f"{why}: {quoted(one)}")


# Patients -------------------------------------------------------------------------------


def _patient(page: Page, said: list[Sentence]) -> Iterator[Read | Note]:
    """One rule of all limits; where two sentences differ, none."""
    params: dict[str, Any] = {}
    told: list[Sentence] = []
    for one in said:
        found = _limits_of(one.folded)
        if not found and (_SOME_AGE.search(one.folded) or _SEX.search(one.folded)):
            yield _unread(page, one, "This may limit the code to some patients; no rule was made")
        if any(params.get(name, value) != value for name, value in found.items()):
            yield _unread(page, one, "The article limits the patients in two ways; no rule was made")
            return
        params |= found
        told += [one] if found else []
    if params:
        yield make_rule(page, "patient", params, told[0], certain=False)


def _limits_of(folded: str) -> dict[str, Any]:
    """The limits of one sentence; none where it is negated, vague or gives several."""
    if _NEGATED.search(folded) or _VAGUE.search(folded):
        return {}
    matches = [found for pattern in _AGES for found in pattern.finditer(folded)]
    ages = [_age(found) for found in matches]
    if ages and _NUMBER.search(blank(folded, (Span(start=one.start(), end=one.end()) for one in matches))):
        return {}
    distinct = [age for index, age in enumerate(ages) if age not in ages[:index]]
    widest = [age for age in distinct if not any(age.items() < other.items() for other in distinct)]
    found: dict[str, Any] = dict(widest[0]) if len(widest) == 1 else {}
    if len(widest) > 1 or any(value > 120 for value in found.values()):
        return {}
    sex = _SEX.search(folded)
    if sex:
        found["sex"] = _SEXES[sex["one"] or sex["two"]]
    place = _PLACE.search(folded)
    if place:
        found["places"] = re.findall(r"[0-9]{2}", place["places"])
    return found


def _age(found: re.Match[str]) -> dict[str, int]:
    """The ages of one phrase; "under 18" is up to 17."""
    numbers = {name: int(value) for name, value in found.groupdict().items() if value}
    age = {"from_age": numbers["from"]} if "from" in numbers else {}
    if "to" in numbers or "below" in numbers:
        age["to_age"] = numbers["to"] if "to" in numbers else numbers["below"] - 1
    return age


# The global period ----------------------------------------------------------------------


def _global_period(page: Page, said: list[Sentence]) -> Iterator[Read | Note]:
    """One rule, when all sentences that speak of a period give the same one."""
    found = {one.start: _periods(one.folded) for one in said}
    periods = {period for values in found.values() for period in values}
    telling = [one for one in said if found[one.start]]
    for one in said:
        if _SPEAKS_OF_GLOBAL.search(one.folded) and (len(periods) != 1 or not found[one.start]):
            yield _unread(page, one, "This speaks of the global period; no rule was made of it")
    if len(periods) == 1:
        yield make_rule(page, "global-period", {"days": periods.pop()}, telling[0], certain=False)


def _periods(folded: str) -> set[str]:
    """The global periods a sentence names, as the fee schedule writes them."""
    if _NEGATED.search(folded):
        return set()
    if len({_period({"days": days}) for days in _ANY_DAYS.findall(folded)}) > 1:
        return set()
    found = [match for pattern in _GLOBAL for match in pattern.finditer(folded)]
    return {period for match in found if (period := _period(match.groupdict()))}


def _period(found: dict[str, str | None]) -> str:
    if letters := found.get("letters"):
        return letters.upper()
    days = found.get("days") or ""
    number = _WORDS[days] if days in _WORDS else int(days)
    return f"{number:03}" if number in _WORDS.values() else ""


# Separate procedures --------------------------------------------------------------------


def _separate(page: Page, said: list[Sentence]) -> Iterator[Read | Note]:
    """The rule of the words "separate procedure", where they are said of this code."""
    speaking = [(one, _is_separate(page, one)) for one in said if _SPEAKS_OF_SEPARATE.search(one.folded)]
    clear = [one for one, is_clear in speaking if is_clear]
    for one, is_clear in speaking:
        if not is_clear:
            yield _unread(page, one, "This speaks of a separate procedure; no rule was made of it")
    if clear:
        best = next((one for one in clear if one.shown), clear[0])
        yield make_rule(page, "separate-procedure", {}, best, certain=False)


def _is_separate(page: Page, one: Sentence) -> bool:
    found = _SEPARATE.search(one.folded)
    if found is None or _NOT_BEFORE.search(one.folded[max(0, found.start() - 30) : found.end()]):
        return False
    itself = _ONESELF.search(one.folded) or page.number.lower() in one.folded
    return bool(itself) or one.section in ("description", INTRO) or not one.shown or one.shown == OFFICIAL
