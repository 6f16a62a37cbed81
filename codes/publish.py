"""Publishing: the draft rows of a page become an immutable edition."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from codes import search
from codes.from_files import rules_from_files
from codes.library import library
from codes.markdown import render
from codes.models import Code, Edition, PublishedCode, Rule
from codes.narrative import plain
from codes.pages import FROM_FILES, Content, accepted_rules, read_page
from codes.signals import edition_published
from rulebook.kinds import KIND
from rulebook.params import parse

#: What only the edition of a retired page says.
RETIRED_KEYS = ("retired", "successors", "last")


class NotPublished(ValueError):
    """There is no published page that could be taken off the site."""


def document_of(content: Mapping[str, Any]) -> Content:
    """A page as an edition holds it: its Markdown rendered, its accepted rules in words. The content stays as it is.

    Where public files are loaded, what follows from them for this page stands there as well, under ``FROM_FILES``.
    """
    sections = [{**section, "html": render(section["body"])} for section in content["sections"]]
    document = {**content, "sections": sections, "rules": [_worded(rule) for rule in accepted_rules(content)]}
    filed = [_worded(rule) for rule in rules_from_files(content, library)]
    return {**document, FROM_FILES: filed} if filed else document


def content_of(document: Mapping[str, Any]) -> Content:
    """What an edition was made of, as ``codes.pages.write_page`` takes it: the way back from ``document_of``."""
    content = {key: value for key, value in document.items() if key not in (*RETIRED_KEYS, FROM_FILES)}
    content["sections"] = [_without(section, ("html",)) for section in document["sections"]]
    accepted = {"state": Rule.State.ACCEPTED.value, "origin": {}}
    content["rules"] = [{**_without(rule, ("title", "sentence")), **accepted} for rule in document["rules"]]
    return content


def build_document(code: Code) -> Content:
    """The draft of a page as an edition would hold it."""
    return document_of(read_page(code))


def digest_of(document: Content) -> str:
    """The same for the same page, whatever files are loaded: what these say is taken up on its own."""
    return whole_digest_of({key: value for key, value in document.items() if key != FROM_FILES})


def whole_digest_of(document: Mapping[str, Any]) -> str:
    """The same for the same page with the same rules from files."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def newest_edition(code: Code) -> Edition | None:
    """The edition the site shows, or None for a page that was never published."""
    return code.editions.order_by("-pk").first()


@transaction.atomic
def publish(code: Code, *, by: User | None, why: str, content: Content | None = None) -> Edition:
    """Make the draft, or the content that is given, the page that everybody sees.

    Without a change since, return the newest edition. A page that was retired is there again.
    """
    code = Code.objects.select_for_update().get(pk=code.pk)  # as it is now, not as it was when the caller read it
    document = build_document(code) if content is None else document_of(content)
    return _add(code, document, by, why)


@transaction.atomic
def take_up(code: Code, *, by: User | None, why: str) -> Edition | None:
    """Publish the newest edition again with what the loaded files say now; None where that is what it says already.

    A page that is retired or was never published stays as it is. Raises ParamError where a rule cannot be read.
    """
    code = Code.objects.select_for_update().get(pk=code.pk)
    newest = newest_edition(code)
    if newest is None or is_retired(newest):
        return None
    document = document_of(content_of(newest.document))
    return _store(code, document, newest, by, why) if said_otherwise(newest.document, document) else None


def said_otherwise(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents have other rules from files; which file they were read from makes no difference."""
    before, after = (
        [_without(rule, ("source",)) for rule in document.get(FROM_FILES, ())] for document in (one, other)
    )
    return before != after


@transaction.atomic
def retire(code: Code, *, by: User | None, why: str) -> Edition:
    """Take a page off the site, by an edition that says so; one that is retired already stays as it is.

    Nothing is asked about it any more and no list has it. What was answered, and the editions, stay. Raises
    NotPublished.
    """
    Code.objects.select_for_update().get(pk=code.pk)
    newest = newest_edition(code)
    if newest is None:
        raise NotPublished(f"{code.number} was never published.")
    return newest if is_retired(newest) else _add(code, retired_document(newest), by, why)


def is_retired(edition: Edition) -> bool:
    """Whether an edition is the one that took its page off the site."""
    return bool(edition.document.get("retired"))


def retired_document(last: Edition) -> Content:
    """What takes the place of a page that is taken off: its text, without anything that is asked or judged."""
    document = {key: value for key, value in last.document.items() if key != FROM_FILES}
    named = [one for rule in document["rules"] for one in rule["params"].get("successors", ())]
    named += [event["successor"] for event in document["history"] if event["successor"]]
    empty: Content = {part: [] for part in ("rules", "examples")}
    return {**document, **empty, "retired": True, "successors": list(dict.fromkeys(named)), "last": last.number}


def _add(code: Code, document: Content, by: User | None, why: str) -> Edition:
    digest, newest = digest_of(document), newest_edition(code)
    if newest is not None and newest.digest == digest:
        return newest
    return _store(code, document, newest, by, why)


def _store(code: Code, document: Content, newest: Edition | None, by: User | None, why: str) -> Edition:
    edition = Edition(code=code, document=document, digest=digest_of(document), why=why, published_by=by)
    edition.number = newest.number + 1 if newest else 1
    _wait_for_others()
    edition.save()
    if is_retired(edition):
        _unlist(edition)
    else:
        _list(edition)
    edition_published.send(sender=Edition, edition=edition)
    return edition


def _wait_for_others() -> None:
    """Let one page be published at a time, so that stamps grow in the order in which their editions can be seen.

    PostgreSQL would else show the second of two editions before the first, and a library that somebody
    read in between would be remembered without the first. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Edition._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _worded(rule: dict[str, Any]) -> dict[str, Any]:
    kind = KIND[rule["kind"]]
    kept = {key: value for key, value in rule.items() if key not in ("state", "origin")}
    return {**kept, "title": kind.title, "sentence": kind.describe(parse(kind.Params, rule["params"], as_stored=True))}


def _without(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}


def _unlist(edition: Edition) -> None:
    """Take the row away that lists and search read."""
    PublishedCode.objects.filter(code=edition.code_id).delete()
    search.drop(edition.code_id)


def _list(edition: Edition) -> None:
    """Renew the row that lists and search read."""
    row = row_of(edition)
    row.save()
    search.index(row.pk, row.words)


def row_of(edition: Edition) -> PublishedCode:
    """What lists and search would read of an edition; not stored."""
    page = edition.document
    validity: dict[str, Any] = next((rule["params"] for rule in page["rules"] if rule["kind"] == "validity"), {})
    words = " ".join(
        [page["number"], page["title"], *page["search_words"], page["summary"]]
        + [section["body"] for section in page["sections"]]
        + [plain(example["narrative"]) for example in page["examples"]]
    )
    return PublishedCode(
        code=edition.code, edition=edition, number=page["number"], system=page["system"], title=page["title"],
        summary=page["summary"], valid_from=_day(validity.get("from")), valid_to=_day(validity.get("to")),
        successors=validity.get("successors", []), words=words,
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
