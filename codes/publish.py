"""Publishing: the draft rows of a page become an immutable edition."""

import hashlib
import json
from typing import Any

from django.db import transaction

from accounts.models import User
from codes import search
from codes.markdown import render
from codes.models import Code, Edition, PublishedCode
from codes.narrative import plain
from codes.pages import Content, accepted_rules, read_page
from codes.signals import edition_published
from rulebook.kinds import KIND
from rulebook.params import parse


def build_document(code: Code) -> Content:
    """The page as an edition holds it: the draft, its Markdown rendered, its rules in words."""
    content = read_page(code)
    content["sections"] = [{**section, "html": render(section["body"])} for section in content["sections"]]
    content["rules"] = [_worded(rule) for rule in accepted_rules(content)]
    return content


def digest_of(document: Content) -> str:
    """The same for the same page."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def newest_edition(code: Code) -> Edition | None:
    """The edition the site shows, or None for a page that was never published."""
    return code.editions.order_by("-pk").first()


@transaction.atomic
def publish(code: Code, *, by: User | None, why: str) -> Edition:
    """Make the draft the page that everybody sees. Without a change since, return the newest edition."""
    Code.objects.select_for_update().get(pk=code.pk)
    document = build_document(code)
    digest = digest_of(document)
    newest = newest_edition(code)
    if newest is not None and newest.digest == digest:
        return newest
    edition = Edition(code=code, document=document, digest=digest, why=why, published_by=by)
    edition.number = newest.number + 1 if newest else 1
    edition.save()
    _list(edition)
    edition_published.send(sender=Edition, edition=edition)
    return edition


def _worded(rule: dict[str, Any]) -> dict[str, Any]:
    kind = KIND[rule["kind"]]
    kept = {key: value for key, value in rule.items() if key not in ("state", "origin")}
    return {**kept, "title": kind.title, "sentence": kind.describe(parse(kind.Params, rule["params"]))}


def _list(edition: Edition) -> None:
    """Renew the row that lists and search read."""
    page = edition.document
    validity: dict[str, Any] = next((rule["params"] for rule in page["rules"] if rule["kind"] == "validity"), {})
    words = " ".join(
        [page["number"], page["title"], *page["search_words"], page["summary"]]
        + [section["body"] for section in page["sections"]]
        + [plain(example["narrative"]) for example in page["examples"]]
    )
    row = PublishedCode(
        code=edition.code, edition=edition, number=page["number"], system=page["system"], title=page["title"],
        summary=page["summary"], valid_from=validity.get("from"), valid_to=validity.get("to"),
        successors=validity.get("successors", []), words=words,
    )  # fmt: skip
    row.save()
    search.index(row.pk, words)
