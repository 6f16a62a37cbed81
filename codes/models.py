"""What is true of a code: the draft rows that educators edit, and the editions made of them."""

import re
from collections.abc import Collection
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from accounts.append_only import AppendOnly
from accounts.names import TURNED, TURNING
from codes.narrative import NarrativeError, marked_paths
from codes.search import SearchQuerySet
from datasets.search.words import words_of
from rulebook.case_format import CaseError, read_claim, read_encounter, write_claim
from rulebook.kinds import KIND
from rulebook.params import ParamError, parse
from rulebook.shapes import CPT, DIAGNOSIS, HCPCS, Shape

SECTIONS = (
    ("overview", "Overview"),
    ("description", "Description"),
    ("procedure", "Procedure"),
    ("qualifying-circumstances", "Qualifying circumstances"),
    ("when-to-use", "When to use"),
    ("documentation", "Documentation"),
    ("billing", "Billing"),
    ("history", "History"),
    ("similar-codes", "Similar codes"),
    ("examples", "Examples"),
)
SECTION_ORDER = {slug: order for order, (slug, _) in enumerate(SECTIONS)}

slug_validator = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "Lower-case letters, digits and single hyphens.")


def known_kind(kind: str) -> None:
    """Refuse what is no rule kind. Not a choice of the field, so that a new kind needs no migration."""
    if kind not in KIND:
        raise ValidationError(f"{kind!r} is not a rule kind; known are {', '.join(KIND)}.")


class OneLine(models.Model):
    """What keeps titles, names and other short texts free of marks that turn the order of letters around."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """In a long text they may be part of a quotation; in a line they only make it read as another."""
        super().clean_fields(exclude=exclude)
        short = [one.name for one in self._meta.fields if isinstance(one, models.CharField)]
        wrong = [name for name in short if name not in (exclude or ()) and TURNING.search(str(getattr(self, name)))]
        if wrong:
            raise ValidationError(dict.fromkeys(wrong, TURNED))


class Code(OneLine):
    """A billing code and the draft of its reference page."""

    class System(models.TextChoices):
        CPT = "CPT", "CPT"
        HCPCS = "HCPCS", "HCPCS Level II"
        ICD10CM = "ICD-10-CM", "ICD-10-CM"

    system = models.CharField(max_length=10, choices=System.choices, default=System.CPT)
    number = models.CharField(
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Z][0-9A-Z.]{2,9}$", "Capital letters and digits, such as A1234.")],
    )
    title = models.CharField(max_length=200, help_text="What the service is, in our own words.")
    summary = models.TextField(blank=True, help_text="One or two sentences for lists and search results.")
    official_descriptor = models.TextField(
        blank=True, help_text="Only with a licence (CPT_LICENSE_REF); shown with the notice of its owner."
    )
    search_words = models.JSONField(default=list, blank=True, help_text="Abbreviations and lay words, as a list.")

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The reference page."""
        from django.urls import reverse

        return reverse("code_page", args=[self.number])

    def clean(self) -> None:
        """A new page has a number of its code set; what a page is called does not change later."""
        if self._state.adding and self.system in SHAPES and not SHAPES[self.system].holds(self.number):
            raise ValidationError({"number": f"This must be {SHAPES[self.system].wanted}."})


#: Code set -> what its numbers look like.
SHAPES: dict[str, Shape] = {Code.System.CPT: CPT, Code.System.HCPCS: HCPCS, Code.System.ICD10CM: DIAGNOSIS}


class PagePart(OneLine):
    """Something that stands on a code's page in an order."""

    code = models.ForeignKey(Code, on_delete=models.CASCADE)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


class Section(PagePart):
    """One section of the page, in Markdown; ``slug`` is its fixed id."""

    slug = models.CharField(
        max_length=40, validators=[slug_validator], help_text="Fixed id: overview, billing, other-1"
    )
    heading = models.CharField(max_length=120)
    body = models.TextField(blank=True, help_text="Markdown. Raw HTML, scripts and remote images are not shown.")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["code", "slug"], name="one_section_a_slug")]

    def __str__(self) -> str:
        return self.heading

    def clean(self) -> None:
        """Only the fixed ids and other-N."""
        if self.slug not in SECTION_ORDER and not self.slug.startswith("other-"):
            raise ValidationError({"slug": f"Use one of {', '.join(SECTION_ORDER)}, or other-1, other-2 …"})


class Rule(OneLine):
    """One rule of the code, as data. Its id on findings is ``number/slug`` and never changes."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed: read by machine, waits for a person"
        ACCEPTED = "accepted", "Accepted"

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="rules")
    slug = models.CharField(max_length=60, validators=[slug_validator])
    kind = models.CharField(max_length=40, validators=[known_kind])
    params = models.JSONField(default=dict, blank=True)
    section = models.CharField(max_length=40, help_text="The section its findings cite.")
    starts = models.DateField("in force from", null=True, blank=True)
    ends = models.DateField("in force to", null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACCEPTED)
    origin = models.JSONField(default=dict, blank=True, editable=False, help_text="Sentence and span it was read from.")

    class Meta:
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["code", "slug"], name="one_rule_a_slug")]

    def __str__(self) -> str:
        return f"{self.code.number}/{self.slug}"

    def clean(self) -> None:
        """The parameters must be those of the kind, and the days in their order."""
        wrong = {}
        try:
            self.sentence()
        except ParamError as error:
            wrong["params"] = str(error)
        if self.starts and self.ends and self.ends < self.starts:
            wrong["ends"] = "This is before the first day in force."
        if wrong:
            raise ValidationError(wrong)

    def sentence(self) -> str:
        """What the rule says, in one sentence; ParamError when its parameters cannot be read."""
        if self.kind not in KIND:
            raise ParamError("kind", f"{self.kind!r} is not a rule kind")
        kind = KIND[self.kind]
        return kind.describe(parse(kind.Params, self.params))


class HistoryEvent(OneLine):
    """Something that happened to the code."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        REVISED = "revised", "Revised"
        DELETED = "deleted", "Deleted"
        NO_CHANGE = "no change", "No change"

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="history")
    date = models.DateField(null=True, blank=True, help_text="Empty where the source gives no date.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    successor = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = [models.F("date").asc(nulls_last=True), "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.date or ''}".strip()


class DocumentationItem(PagePart):
    """Something the note must show."""

    slug = models.CharField(max_length=60, validators=[slug_validator])
    text = models.CharField(max_length=300, help_text='Reads well after "The note does not show:"')

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["code", "slug"], name="one_item_a_slug")]

    def __str__(self) -> str:
        return self.text


class SimilarCode(PagePart):
    """A code that is easily taken for this one, and what sets it apart."""

    number = models.CharField(max_length=10)
    gloss = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="one_similar_a_number")]

    def __str__(self) -> str:
        return self.number


class Source(PagePart):
    """Where the page has its facts from."""

    title = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    url = models.URLField(blank=True)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.title


class Example(PagePart):
    """A billing example: prose in which the words that state a fact are marked, and the facts themselves.

    ``narrative`` has one sentence a line; ``[phrase](services.0.site)`` marks a fact.
    ``encounter`` is a case of docs/case-format.md without its claim.
    """

    slug = models.CharField(max_length=60, validators=[slug_validator])
    title = models.CharField(max_length=120, help_text="Must not give the code away.")
    narrative = models.TextField(help_text="One sentence a line; [words](services.0.site) marks a fact.")
    encounter = models.JSONField(default=dict, blank=True, help_text="The facts, as in the case format.")
    also_accepted: Any = models.JSONField(
        default=list, blank=True, help_text="Claims that an educator accepts besides the derived ones, each with why."
    )

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["code", "slug"], name="one_example_a_slug")]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """The facts can be read, and every mark points to one of them; an example may still be without facts."""
        self._clean_also_accepted()
        if not has_facts(self.encounter):
            return
        try:
            encounter = read_encounter(self.encounter, FacetValue.objects.words() or None)
        except CaseError as error:
            raise ValidationError({"encounter": str(error)}) from error
        try:
            marked_paths(self.narrative, encounter)
        except NarrativeError as error:
            raise ValidationError({"narrative": str(error)}) from error

    def _clean_also_accepted(self) -> None:
        """Claims besides the derived ones can be read, each says why, and they belong to facts."""
        try:
            read_also_accepted(self.also_accepted)
        except CaseError as error:
            raise ValidationError({"also_accepted": str(error)}) from error
        if self.also_accepted and not has_facts(self.encounter):
            raise ValidationError({"also_accepted": "There are no facts yet, so no claim can be accepted for them."})


def has_facts(encounter: Any) -> bool:
    """Whether somebody has said yet what was done; without that an example is prose and no scenario."""
    return encounter != {} and not (isinstance(encounter, dict) and encounter.get("services") == [])


#: So many claims may be accepted for an example besides the derived ones; so many words may say why.
MOST_ALSO, MOST_WORDS = 5, 50


def read_also_accepted(data: Any) -> list[dict[str, Any]]:
    """Claims that are accepted besides the derived ones, in normal form; CaseError names the first bad field."""
    if not isinstance(data, list):
        raise CaseError("", "must be a list of claims, each with its lines and why")
    if len(data) > MOST_ALSO:
        raise CaseError("", f"has {len(data)} claims; {MOST_ALSO} are the most")
    return [_also(one, str(place)) for place, one in enumerate(data)]


def _also(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict) or set(data) != {"lines", "why"}:
        raise CaseError(path, "must be an object with lines and why")
    why = data["why"].strip() if isinstance(data["why"], str) else ""
    if not why or len(why.split()) > MOST_WORDS or len(why) > 400:
        raise CaseError(f"{path}.why", f"must say why, in {MOST_WORDS} words at most")
    return {"lines": write_claim(read_claim({"lines": data["lines"]}, path))["lines"], "why": why}


class Edition(AppendOnly):
    """A published page: one immutable document, numbered, with who, when and why.

    Its primary key grows with every publication, so one number (a *stamp*) names a state
    of the whole library: for each code the newest edition up to it.
    """

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    why = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="one_edition_a_number")]

    def __str__(self) -> str:
        return f"{self.code.number}, edition {self.number}"


class PublishedCode(models.Model):
    """One row a published code: what lists and search read. Written by publish(), never edited."""

    code = models.OneToOneField(Code, on_delete=models.CASCADE, primary_key=True, related_name="published")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=10, unique=True)
    system = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    successors = models.JSONField(default=list)
    words = models.TextField(help_text="Everything that is searched, weakest last.")

    objects = SearchQuerySet.as_manager()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number

    def covers(self, day: date) -> bool:
        """Whether the code is valid on a date of service."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Facet(OneLine):
    """One thing a service has: procedure, site, technique …"""

    name = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label


#: What sets words apart in lists, or begins and ends a mark in a note.
NO_WORD = re.compile(r"[,;\[\]]")
NOT_A_WORD = (
    "A value has no comma, no semicolon and no square bracket: they set words apart in lists and mark them in notes."
)


class FacetValueQuerySet(models.QuerySet["FacetValue"]):
    """The vocabulary as the rulebook wants it."""

    def words(self) -> dict[str, dict[str, str]]:
        """Facet -> word in lower case (value or synonym) -> value; in the order in which they were made."""
        found: dict[str, dict[str, str]] = {}
        for row in self.select_related("facet").order_by("facet_id", "pk"):
            words = found.setdefault(row.facet.name, {})
            for word in (*row.synonyms, row.value):
                words[word.casefold()] = row.value
        return found


class FacetValue(OneLine):
    """One value of a facet and the words by which prose names it."""

    facet = models.ForeignKey(Facet, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(max_length=80)
    synonyms = models.JSONField(default=list, blank=True)

    objects = FacetValueQuerySet.as_manager()

    class Meta:
        ordering = ["facet__name", "value"]
        constraints = [models.UniqueConstraint(fields=["facet", "value"], name="one_value_a_facet")]

    def __str__(self) -> str:
        return self.value

    def clean(self) -> None:
        """A new name can stand in a list and between the brackets of a mark; one that is used already stays."""
        if NO_WORD.search(self.value) and not type(self).objects.filter(pk=self.pk, value=self.value).exists():
            raise ValidationError({"value": NOT_A_WORD})


class Synonym(OneLine):
    """What somebody may type for something that codes call otherwise: an abbreviation, a lay word."""

    term = models.CharField(max_length=60, unique=True, help_text="What is typed: MI, heart attack.")
    means: Any = models.JSONField(
        default=list, help_text='What it is looked for as, one of these: ["myocardial infarction"].'
    )
    active = models.BooleanField(default=True, help_text="One that is put away is not looked for, and stays so.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term

    def clean(self) -> None:
        """There are words to look for, and each meaning is a phrase."""
        if not words_of(self.term):
            raise ValidationError({"term": "This has no letter or digit to look for."})
        phrases = self.means if isinstance(self.means, list) else []
        if not phrases or not all(isinstance(one, str) and words_of(one) for one in phrases):
            raise ValidationError({"means": "Give a list of phrases, each in quotation marks, and at least one."})


class Phrase(models.Model):
    """A way of telling facts in prose: a sentence or a word with the facts it needs (see docs/phrasebook.md)."""

    slug = models.CharField(max_length=60, unique=True, editable=False)
    part = models.CharField(max_length=40, validators=[slug_validator], help_text="Where in a note it stands.")
    when = models.JSONField(default=dict, blank=True, help_text='Facts that must hold: {"site": ["bone"]}')
    beside = models.JSONField(default=dict, blank=True, help_text="Facets of another service that must be there.")
    text = models.TextField(help_text="[words](site count) mark the facts they state; {slots} are filled in.")
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["part", "pk"]

    def __str__(self) -> str:
        return self.text[:80]


class DocumentationTopic(models.Model):
    """What a requirement is called, and the words by which an article's list names it."""

    slug = models.CharField(max_length=60, unique=True, validators=[slug_validator])
    phrases = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class ArticleImport(models.Model):
    """An article that was read: the same text again changes nothing."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    text = models.TextField()
    code = models.ForeignKey(Code, null=True, on_delete=models.SET_NULL, related_name="imports")
    report: Any = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
