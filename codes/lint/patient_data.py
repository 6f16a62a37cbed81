"""What looks like the data of a real patient (HIPAA names the kinds in 45 CFR 164.514).

Dates of service and ages are what a scenario is made of, so they alarm nobody; nor do the codes, units and sizes
that a page is full of. What is found blocks publishing until an educator attests that it is made up.
"""

import hashlib
import re
from collections.abc import Callable, Iterator

from codes.lint.page import Page
from codes.lint.specimens import TOLD, content, page, with_example, with_text
from codes.lint.types import Check, Family, Found, Level, Specimen

_DAY = (
    r"(?:\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{1,2}(?:st|nd|rd|th)?\.? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? \d{4})"
)
_IS = r"(?:\W{0,3}(?:is|was|number|no|nr|num|id)\b)*\W{0,4}"
_NAME = r"[A-Z][a-z]+(?:['’-][A-Z][a-z]+)?"
_SSN = re.compile(
    r"(?<![\w-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])"
    rf"|\b(?:ssn|social security){_IS}\d{{3}}[- ]?\d{{2}}[- ]?\d{{4}}\b"
    r"|(?<![\w-])\d{3}[- ]?\d{2}[- ]?\d{4}\W{1,3}(?:[a-z'’]+\W{1,3}){0,4}(?:ssn|social security)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\b(?:mrn|m\.r\.n\.|medical record|(?:patient|chart|hospital|account|member|subscriber|policy|insurance"
    rf"|beneficiary|medicare|medicaid)(?: record| account)? (?:number|no\b\.?|nr\b\.?|id\b|identifier|#)){_IS}#?\s?"
    r"(?=[a-z0-9-]*\d{3})[a-z0-9][a-z0-9-]{3,}"
    r"|\b(?=[a-z0-9-]*\d{4})[a-z0-9][a-z0-9-]{4,} (?:is|was) (?:his|her|their|the patient['’]s|the) "
    r"(?:mrn|medical record|(?:patient|chart|account|member|subscriber|policy|insurance|medicare|medicaid) "
    r"(?:number|id))\b"
    r"|\b[1-9][ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d-?[ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y]\d-?"
    r"[ac-hj-km-np-rt-y]{2}\d{2}\b",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    r"(?:\bd\.?o\.?b\b\.?|\bdate of birth\b|\bbirth ?da(?:te|y)\b|\bborn\b|\bgeb(?:oren)?\b\.?|\bgeburtsdatum\b"
    r"|\bn[ée]e?\b(?= le )|\bdate de naissance\b|\bnacid[oa]\b|\bfecha de nacimiento\b)"
    rf"{_IS}(?:on |in |am |le |el )?{_DAY}",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w.-])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"
    r"|(?<!\w)\+(?:\d{1,3}[-. ](?:\(?\d{1,4}\)?[-. ]?){2,5}\d{2,4}|\d{9,15})\b"
    r"|\b(?:phone|telephone|tel|mobile|fax|call)\b[\w ]{0,12}\W{0,3}\d{3}[-. ]?\d{4}\b",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}\b", re.IGNORECASE)
_TITLED = re.compile(rf"\b(?:Mrs?|Ms|Mx)\.? (?:[A-Z]\. ?)?{_NAME}|\bMiss {_NAME} {_NAME}")
_CALLED = re.compile(
    rf"\b(?i:patient(?:['’]s)? name|name of (?:the )?patient"
    r"|(?:patient|man|woman|boy|girl) (?:is |was )?(?:named|called))"
    rf"(?: is| was)?:? ?,? ({_NAME},? (?:[A-Z]\.? )?{_NAME}|{_NAME})"
    rf"|\b(?i:patient)(?: is| was|:|,)? (?P<bare>{_NAME} (?:[A-Z]\.? )?{_NAME}|{_NAME}, {_NAME})"
    rf"|(?m:^)(?i:name|pt):? ({_NAME},? (?:[A-Z]\.? )?{_NAME})"
)
#: After a name with a comma a number is an age where nothing that could be counted follows it.
_AGE = r"(?:[1-9]\d|1[01]\d)"
_AGED = re.compile(
    rf"\b(?P<bare>{_NAME} (?:[A-Z]\.? )?{_NAME})"
    rf"(?:,? \(?(?:aged?|is an?|was an?) {_AGE}\b"
    rf"|(?:, | \(){_AGE}(?=[).,;]?\s*(?m:$)|[),;] ?|[- ](?:years?\b|yrs?\b|y/?o\b)))"
    rf"|\b{_AGE}[- ]years?[- ]old (?P<aged>{_NAME} (?:[A-Z]\.? )?{_NAME})"
)
#: Without those that are words as well (HI, IN, ME, OH, OK, OR), which have to follow a comma.
_STATES = "A[KLRZ]|C[AOT]|D[CE]|FL|GA|I[ADL]|K[SY]|LA|M[ADINOST]|N[CDEHJMVY]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
_STREET = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]? (?:[NSEW]\.? )?(?:{_NAME}|\d+(?:st|nd|rd|th))(?: {_NAME}){{0,2}} "
    r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Lane|Ln|Boulevard|Blvd|Court|Terrace|Parkway|Pkwy|Highway)\b"
    rf"|\b{_NAME}(?: {_NAME})?(?:,? (?:{_STATES})|, (?:HI|IN|ME|O[HKR])) \d{{5}}(?:-\d{{4}})?\b"
    r"|\b[Pp]\.? ?[Oo]\.? [Bb]ox \d+"
)
#: Capital words that follow "patient" on a page about billing and are nobody's name.
_NO_NAMES = re.compile(
    "account|act|advocate|affordable|age|and|bill|care|center|chart|code|consent|current|data|encounter|for|health"
    "|history|home|hospital|i[ns]|medicaid|medicare|(?:mon|tues|wednes|thurs|fri|satur|sun)day|notes?|o[fr]|portal"
    "|record|rights|safety|self|services?|status|the|this|to|visit|when|where|while|who|with"
    "|appendix|chapter|codes|column|edition|figure|grade|group|level|modifiers?|page|part|row|section|stage|step|table"
    "|type|units?|version|volume|(?:wo)?man|(?:fe)?male|boy|girl|adult|patient|hispanic|african|american|asian|caucasian"
    "|white|black|smoker|january|february|march|april|may|june|july|august|september|october|november|december"
)
#: Ends of words that headings are made of: "Patient Positioning", "Patient Selection".
_NO_NAME = re.compile(r"(?:[ts]ion|ment|ity|ance|ence|ness|ing|[aeiou]l|logy)s?\Z")


def digest_of_text(text: str) -> str:
    """What an attestation is about: the very text, and no other."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def security_number(page: Page) -> Iterator[Found]:
    yield from _looking(page, _SSN, "a social security number")


def record_number(page: Page) -> Iterator[Found]:
    yield from _looking(page, _NUMBER, "the number of a medical record, an account or an insurance")


def birth_date(page: Page) -> Iterator[Found]:
    yield from _looking(page, _BIRTH, "a date of birth")


def phone(page: Page) -> Iterator[Found]:
    yield from _looking(page, _PHONE, "a telephone number")


def mail_address(page: Page) -> Iterator[Found]:
    yield from _looking(page, _MAIL, "a mail address")


def street(page: Page) -> Iterator[Found]:
    yield from _looking(page, _STREET, "a postal address")


def name(page: Page) -> Iterator[Found]:
    yield from _looking(page, _TITLED, "somebody’s name")
    yield from _looking(page, _CALLED, "a patient’s name")
    yield from _looking(page, _AGED, "somebody’s name and age")


def _looking(page: Page, pattern: re.Pattern[str], what: str) -> Iterator[Found]:
    for text in page.texts:
        found = next((hit for hit in pattern.finditer(text.read) if _is_one(hit)), None)
        digest = digest_of_text(text.text) if found else ""
        if found and digest not in page.attested:
            message = f"“{found[0].strip()[:60]}” looks like {what}."
            yield Found(part=text.part, field=text.field, message=message, attest=digest)


def _is_one(hit: re.Match[str]) -> bool:
    """Whether what may be a name is one. After "patient" alone, what ends as headings do is none."""
    name = next((group for group in hit.groups() if group and group[0].isupper()), "")
    words = re.findall(r"\w+", name.casefold())
    bare = "bare" in hit.re.groupindex and hit["bare"]
    return not any(_NO_NAMES.fullmatch(word) or (bare and _NO_NAME.search(word)) for word in words)


DO = "Take it out or make it plainly invented; if it is made up, attest that on the page “Check”."


def _check(id: str, find: Callable[[Page], Iterator[Found]], says: str) -> Check:
    return Check(id=id, level=Level.ERROR, find=find, says=says, do=DO)


_CALM = (
    "A 61-year-old woman came on March 1, 2024, at 10:30; born in 1962, she weighs 64.5 kg.\n"
    "Codes 12001-12007 and C79.51 are in the note of 2024-03-01; 250 mg were given on 3/1/2024 in room 12.\n"
    "Report +12001 12007 or 12011 in OR 12345. Patient Positioning And Draping took 10 minutes.\n"
    "Patient Financial Services and Medicare were told. The patient, Medicare Part B beneficiary, signed.\n"
    "Bone Tumors, 20 units; Table Two, 12. Medicare Part, 80% of it. Appendix Lists, 61.\n"
    "A 61-year-old Hispanic woman. A 61-year-old African American, 61-year-old Female Smoker.\n"
    "Numbers such as 123456789 are no codes. The code was born in 2015."
)

PATIENT_DATA = Family(
    title="What looks like a patient’s data",
    checks=(
        _check("patient-ssn", security_number, "A text has what looks like a social security number."),
        _check("patient-number", record_number, "A text has what looks like a record, account or insurance number."),
        _check("patient-birth", birth_date, "A text has what looks like a date of birth."),
        _check("patient-phone", phone, "A text has what looks like a telephone number."),
        _check("patient-mail", mail_address, "A text has a mail address."),
        _check("patient-address", street, "A text has what looks like a postal address."),
        _check("patient-name", name, "A text has what looks like somebody’s name."),
    ),
    specimens=(
        Specimen(title="A scenario with ages and dates of service", page=page()),
        Specimen(title="Dates, codes, sizes and offices", page=with_example(_CALM, encounter={})),
        Specimen(
            title="Attested to be made up",
            page=Page(
                content=content(summary="Call Mrs. Doe."), today=page().today,
                attested=frozenset({digest_of_text("Call Mrs. Doe.")}),
            ),
        ),
        Specimen(title="Nine digits", page=with_text("SSN 219-09-9999."), caught_by="patient-ssn"),
        Specimen(
            title="Nine digits before their name",
            page=with_text("123456789 is her social security number."), caught_by="patient-ssn",
        ),
        Specimen(title="With unseen marks between", page=with_text("219‑**09**‑9999"), caught_by="patient-ssn"),
        Specimen(title="A record", page=with_example(f"{TOLD}\nMRN: 00483920"), caught_by="patient-number"),
        Specimen(
            title="A record before its name",
            page=with_text("00483920 is his medical record number."), caught_by="patient-number",
        ),
        Specimen(title="An insurance", page=with_text("Medicare ID 1EG4-TE5-MK72"), caught_by="patient-number"),
        Specimen(title="In figures", page=with_text("DOB: 4/12/1961"), caught_by="patient-birth"),
        Specimen(title="In words", page=with_text("Born on April 12, 1961."), caught_by="patient-birth"),
        Specimen(title="In German", page=with_text("geboren 04.03.1961"), caught_by="patient-birth"),
        Specimen(title="In German, in short", page=with_text("geb. am 4.3.61"), caught_by="patient-birth"),
        Specimen(title="In French", page=with_text("né le 04/03/1961"), caught_by="patient-birth"),
        Specimen(title="In Spanish", page=with_text("nacida el 4/3/1961"), caught_by="patient-birth"),
        Specimen(title="Whom to call", page=with_text("Call (312) 555-0199."), caught_by="patient-phone"),
        Specimen(title="From abroad", page=with_text("+44 20 7946 0958"), caught_by="patient-phone"),
        Specimen(title="Whom to write to", page=with_text("jane.roe@example.com"), caught_by="patient-mail"),
        Specimen(title="Where somebody lives", page=with_text("12 Elm Street"), caught_by="patient-address"),
        Specimen(title="Town and number", page=with_text("Springfield, IL 62704"), caught_by="patient-address"),
        Specimen(title="A lady", page=with_example("Mrs. Roe came.", encounter={}), caught_by="patient-name"),
        Specimen(
            title="In a title", page=with_example(title="Patient Jane Roe, hip"), caught_by="patient-name"
        ),
        Specimen(title="With an age", page=with_text("Jane Doe, 61, had it frozen."), caught_by="patient-name"),
        Specimen(title="With an age at the end", page=with_text("Jane Q. Doe (61)"), caught_by="patient-name"),
        Specimen(title="With her years", page=with_text("Jane Doe is a 61-year-old."), caught_by="patient-name"),
        Specimen(title="After an age", page=with_text("The 61-year-old Jane Doe"), caught_by="patient-name"),
        Specimen(title="In a list", page=with_text("Patient name: Roe, Jane"), caught_by="patient-name"),
    ),
)  # fmt: skip
