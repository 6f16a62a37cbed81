"""Where the words of the vocabulary are used: in drafts, in what readers have, and in phrases of notes.

Rules and facts name facets and values by their names, so one that is used must not go or be called otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

from codes.models import Example, Phrase, PublishedCode, Rule
from codes.pages import FROM_FILES
from rulebook.kinds import KIND

#: Parameters of rules that hold the name of a facet.
HOLD_A_FACET = ("facet", "same")
#: So many uses are named; whoever mends them finds the others then.
MOST_NAMED = 12
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Something that names a word: the number of its page ("" for a phrase), and what it is there."""

    page: str
    what: str

    def __str__(self) -> str:
        """In words: ``A1234: rule “units”``."""
        return f"{self.page}: {self.what}" if self.page else self.what


def named(data: Any) -> Iterator[Pair]:
    """Every name with each text that it has, however deep; names that are no facets are looked up by nobody."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            values = value if isinstance(value, list) else [value]
            yield from ((name, one.casefold()) for one in values if isinstance(one, str))
            yield from named(value)
        # A rule on one facet names it apart from its values: {"facet": "laterality", "modifiers": {"left": "LT"}}.
        for facet in [data["facet"]] if isinstance(data.get("facet"), str) else ():
            yield from ((facet, word.casefold()) for value in data.values() for word in _keys(value))
    elif isinstance(data, list):
        for one in data:
            yield from named(one)


def _keys(value: Any) -> list[str]:
    """The values of a facet that a parameter tells something of, or lists."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | Mapping) else []


def named_by_rule(rule: Mapping[str, Any]) -> Iterator[Pair]:
    """What a rule names, and the facets that its kind takes where it says nothing; those without a value."""
    kind = KIND.get(rule["kind"])
    usual = {one.name: one.default for one in fields(kind.Params) if one.name in HOLD_A_FACET} if kind else {}
    params = usual | rule["params"]
    yield from named(params)
    yield from ((params[name], "") for name in HOLD_A_FACET if isinstance(params.get(name), str))


# Who uses it ----------------------------------------------------------------------------------


def uses_of_facet(name: str) -> tuple[Use, ...]:
    """What names a facet, the first few."""
    return _first(use for use, pairs in _everything() if any(facet == name for facet, _ in pairs))


def uses_of_words(facet: str, words: Iterable[str]) -> tuple[Use, ...]:
    """What names one of some values or synonyms of a facet, the first few."""
    wanted = {(facet, word.casefold()) for word in words}
    return _first(use for use, pairs in _everything() if wanted and not wanted.isdisjoint(pairs)) if wanted else ()


def told(uses: Iterable[Use]) -> str:
    """Uses in a sentence."""
    listed = [str(use) for use in uses]
    return "; ".join(listed) + (" and maybe more" if len(listed) == MOST_NAMED else "")


def _first(found: Iterator[Use]) -> tuple[Use, ...]:
    return tuple(islice(dict.fromkeys(found), MOST_NAMED))


def _everything() -> Iterator[tuple[Use, list[Pair]]]:
    """Everything that can name a word, with what it names: drafts, what readers have, phrases."""
    for number, slug, kind, params in Rule.objects.values_list("code__number", "slug", "kind", "params"):
        yield Use(page=number, what=f"rule “{slug}”"), list(named_by_rule({"kind": kind, "params": params}))
    for number, title, encounter in Example.objects.values_list("code__number", "title", "encounter"):
        yield Use(page=number, what=f"example “{title}”"), list(named(encounter))
    for row in PublishedCode.objects.select_related("edition").iterator(chunk_size=200):
        yield from _published(row.number, row.edition.document)
    for phrase in Phrase.objects.all():
        yield (
            Use(page="", what=f"phrase “{phrase.text[:60]}”"),
            [*_conditions(phrase.when), *_conditions(phrase.beside)],
        )


def _published(number: str, document: Mapping[str, Any]) -> Iterator[tuple[Use, list[Pair]]]:
    for rule in [*document["rules"], *document.get(FROM_FILES, ())]:
        yield Use(page=number, what=f"rule “{rule['slug']}”, as published"), list(named_by_rule(rule))
    for example in document["examples"]:
        yield Use(page=number, what=f"example “{example['title']}”, as published"), list(named(example["encounter"]))


def _conditions(data: Any) -> Iterator[Pair]:
    """What a phrase asks for, also a facet that may have any value."""
    yield from named(data)
    yield from ((name, "") for name in data) if isinstance(data, Mapping) else ()
