"""The vocabulary in the editor: what each word stands for, where it is used, and the verbs."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User, audit
from accounts.names import keep_order
from codes.models import NO_WORD, NOT_A_WORD, Example, Facet, FacetValue, Rule
from codes.params_form import read_texts, write_texts
from codes.word_uses import named, told, uses_of_words
from editorial.drafting import digest

MOST_WORDS = 60
MOST_LONG = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """In how many rules and examples of drafts a value stands."""

    rules: int
    examples: int


Counted = tuple["Counter[tuple[str, str]]", "Counter[tuple[str, str]]"]


def counted() -> Counted:
    """Facet and value -> how many draft rules, and how many examples, name them."""
    rules: Counter[tuple[str, str]] = Counter()
    for params in Rule.objects.values_list("params", flat=True):
        rules.update(set(named(params)))
    examples: Counter[tuple[str, str]] = Counter()
    for encounter in Example.objects.values_list("encounter", flat=True):
        examples.update(set(named(encounter)))
    return rules, examples


def uses_of(word: FacetValue, found: Counted) -> Uses:
    """Where a value is used."""
    key = (word.facet.name, word.value.casefold())
    return Uses(rules=found[0][key], examples=found[1][key])


def found_words(text: str, facet: str) -> QuerySet[FacetValue]:
    """The values of a facet ("" for any) that have a text in themselves or in one of their synonyms."""
    words = FacetValue.objects.select_related("facet").order_by("facet__name", "value")
    if facet:
        words = words.filter(facet__name=facet)
    return words.filter(Q(value__icontains=text) | Q(synonyms__icontains=text)) if text else words


class SynonymsForm(forms.Form):
    """The other words by which prose names a value."""

    synonyms = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 6, "class": "form-control"}),
        help_text="One a line, or separated by commas or semicolons. A text that has one of them states the value.",
    )  # fmt: skip
    why = forms.CharField(
        required=False, max_length=300, label="Why it is changed", help_text="For whoever asks later.",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip

    def __init__(self, *args: Any, word: FacetValue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word = word
        if word:
            self.fields["synonyms"].initial = write_texts(word.synonyms, "\n")

    def clean_synonyms(self) -> list[str]:
        """Each once; none too long, and none that stands for another value of the facet."""
        parts = [part.strip() for text in read_texts(self.cleaned_data["synonyms"]) for part in text.split(";")]
        typed = list({word.casefold(): word for word in parts if word}.values())
        if len(typed) > MOST_WORDS:
            raise ValidationError(f"There are {len(typed)} words; {MOST_WORDS} are the most.")
        long = next((word for word in typed if len(word) > MOST_LONG), "")
        if long:
            raise ValidationError(f"“{long[:30]}…” is longer than {MOST_LONG} characters.")
        if self.word:
            _refuse_taken(self.word.facet, typed, self.word)
            typed = [word for word in typed if word.casefold() != self.word.value.casefold()]
            _refuse_to_lose(self.word, typed)
        return typed


class WordForm(SynonymsForm):
    """A new value of a facet with its synonyms."""

    facet = forms.ModelChoiceField(
        Facet.objects.all(), empty_label="Choose a facet", to_field_name="name",
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    value = forms.CharField(
        max_length=80, widget=forms.TextInput(attrs={"class": "form-control"}), validators=[keep_order],
        help_text="As rules and cases write it. It stays as it is: they refer to it.",
    )  # fmt: skip
    field_order = ("facet", "value", "synonyms", "why")

    def clean_value(self) -> str:
        """In one line, without spaces around and in it more than once, and without what sets words apart."""
        value = " ".join(str(self.cleaned_data["value"]).split())
        if NO_WORD.search(value):
            raise ValidationError(NOT_A_WORD)
        return value

    def clean(self) -> dict[str, Any]:
        """No word may stand for two values of a facet."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("facet") and cleaned.get("value"):
            for name, words in (("value", [cleaned["value"]]), ("synonyms", cleaned.get("synonyms") or [])):
                try:
                    _refuse_taken(cleaned["facet"], words, None)
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned


def _refuse_taken(facet: Facet, words: list[str], own: FacetValue | None) -> None:
    taken: dict[str, str] = {}
    for other in facet.values.all():
        if own is not None and other.pk == own.pk:
            continue
        taken |= {word.casefold(): other.value for word in (other.value, *other.synonyms)}
    clash = next((word for word in words if word.casefold() in taken), "")
    if clash:
        raise ValidationError(f"“{clash}” stands for {taken[clash.casefold()]} of the facet {facet.name} already.")


def _refuse_to_lose(word: FacetValue, typed: list[str]) -> None:
    """A synonym that a rule or facts have in the place of the value stays."""
    kept = {one.casefold() for one in (word.value, *typed)}
    gone = [one for one in word.synonyms if one.casefold() not in kept]
    uses = uses_of_words(word.facet.name, gone)
    if uses:
        raise ValidationError(f"{_quoted(gone)} cannot go, because it is written there: {told(uses)}.")


def _quoted(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


@transaction.atomic
def add_word(facet: Facet, value: str, synonyms: list[str], *, by: User, at: datetime, why: str = "") -> FacetValue:
    """One more value of a facet. IntegrityError where somebody has added it meanwhile."""
    made = FacetValue.objects.create(facet=facet, value=value, synonyms=synonyms)
    audit(by, "word added", made, after={"facet": facet.name, "value": value, "synonyms": synonyms}, why=why)
    return made


class Changed(Exception):
    """The synonyms were changed since the form was opened; ``synonyms`` are those of now."""

    def __init__(self, synonyms: list[str]) -> None:
        super().__init__("Somebody else has changed these words meanwhile.")
        self.synonyms = synonyms


@transaction.atomic
def change_synonyms(word: FacetValue, synonyms: list[str], *, seen: str, by: User, at: datetime, why: str = "") -> bool:
    """Other words for a value; False where they were these already. ``seen`` is what the form showed. Changed."""
    stored = FacetValue.objects.select_for_update().get(pk=word.pk)
    if as_seen(stored) != seen:
        raise Changed(stored.synonyms)
    before = list(stored.synonyms)
    if before == synonyms:
        return False
    stored.synonyms = synonyms
    stored.save(update_fields=["synonyms"])
    known = {"facet": stored.facet.name, "value": stored.value}
    audit(
        by, "word changed", stored, before=known | {"synonyms": before}, after=known | {"synonyms": synonyms}, why=why
    )
    return True


def as_seen(word: FacetValue) -> str:
    """The synonyms as a form carries them, to tell whether they were changed meanwhile."""
    return digest(word.synonyms)
