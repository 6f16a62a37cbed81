"""Reading an article into a draft page, whole or not at all."""

import hashlib
from collections import Counter
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User, audit
from codes.articles.read import read_article
from codes.articles.types import Article, ArticleError, ReadEvent, ReadExample, ReadRule, ReadSection, Vocabulary
from codes.lint import Level, lint
from codes.models import ArticleImport, Code, DocumentationTopic, FacetValue, PublishedCode, Rule
from codes.narrative import plain
from codes.pages import HEADINGS, Content, PageError, read_page, write_page
from codes.publish import publish
from codes.starter import load_vocabulary
from codes.trail import READ, subject
from rulebook.kinds import KIND
from rulebook.params import parse

SOURCE = "Article"
#: An article's examples give no date of service; this one lies where its code is valid.
FALLBACK_DAY = "2024-01-15"
RULE_FIELDS = ("kind", "params", "section", "state", "origin")
Report = dict[str, Any]


class ArticleRefused(ValueError):
    """An article that cannot be stored; the text says why, and nothing was changed."""


@transaction.atomic
def import_article(
    text: str, *, name: str, by: User | None = None, replace: bool = False, publish_it: bool = False
) -> Report:
    """Store an article as a draft page and return what was understood (docs/import.md has the report's fields).

    ``status`` says what happened: imported, unchanged (the same text was read before) or
    exists (the code has a page already and ``replace`` was not asked for).
    """
    text, name = _storable(text), _storable(name)
    article = _read(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    before = ArticleImport.objects.filter(digest=digest).select_related("code").first()
    code = Code.objects.filter(number=article.number).first()
    content = _content(article)
    report = _report(article, content)
    if before is not None and code is not None and not replace:
        report |= _said("unchanged", f"{article.number}: this text was read before; nothing was changed.")
    elif code is not None and not replace:
        kept = f"{article.number} has a page already; nothing was changed. Use replace to put this in its place."
        report |= _said("exists", kept)
    else:
        code = _store(content, code, text, name, digest, by, report)
    report["lint"] = [{"level": one.level, "where": one.where, "message": one.message} for one in lint(code)]
    report["published"] = _publish(code, by, name, report) if publish_it else None
    return report


def _storable(text: str) -> str:
    """The text without what no database takes: the null character, and half a character of a damaged file."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _read(text: str) -> Article:
    load_vocabulary()
    topics = {
        topic.slug: tuple(p.casefold() for p in topic.phrases) for topic in DocumentationTopic.objects.order_by("pk")
    }
    vocabulary = Vocabulary(facets=FacetValue.objects.words(), documentation=topics, selecting=_selecting())
    try:
        return read_article(text, vocabulary, keep_descriptor=bool(settings.CPT_LICENSE_REF))
    except ArticleError as error:
        raise ArticleRefused(str(error)) from error


def _selecting() -> dict[str, tuple[str, ...]]:
    """Procedure -> the facets by which the published pages tell its codes apart."""
    found: dict[str, dict[str, None]] = {}
    for rules in PublishedCode.objects.values_list("edition__document__rules", flat=True):
        for facets in (rule["params"]["facets"] for rule in rules or () if rule["kind"] == "selection"):
            for procedure in _listed(facets.get("procedure", ())):
                found.setdefault(procedure, {}).update(dict.fromkeys(facets))
    return {procedure: tuple(facets) for procedure, facets in found.items()}


def _listed(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def _store(
    content: Content, code: Code | None, text: str, name: str, digest: str, by: User | None, report: Report
) -> Code:
    """Write the draft; a draft that is replaced is kept in the import's report."""
    previous = read_page(code) if code is not None else None
    try:
        stored = write_page(content)
    except PageError as error:
        raise ArticleRefused(f"The page cannot be stored: {error}") from error
    audit(by, READ, subject(stored, "page"), before=previous, after=read_page(stored))
    report |= _said("imported", f"{stored.number}: draft stored.")
    ArticleImport.objects.update_or_create(
        digest=digest,
        defaults={
            "name": name[:200],
            "text": text,
            "code": stored,
            "report": {**report, "replaced": previous},
            "created_by": by,
        },
    )
    return stored


def _publish(code: Code, by: User | None, name: str, report: Report) -> int | None:
    """Publish when lint finds no error; the edition's number, or None."""
    if report["status"] == "exists" or any(problem["level"] == Level.ERROR for problem in report["lint"]):
        return None
    return publish(code, by=by, why=f"Article {name}"[:300]).number


def _said(status: str, text: str) -> Report:
    return {"status": status, "status_text": text}


def _content(article: Article) -> Content:
    """The article in the shape of a page."""
    return {
        "system": "CPT" if article.number[0].isdigit() else "HCPCS",
        "number": article.number,
        "title": _title(article),
        "summary": article.summary,
        "official_descriptor": article.descriptor or "",
        "search_words": [],
        "sections": [_section(section) for section in article.sections],
        "rules": [_rule(rule) for rule in article.rules],
        "history": [_event(event) for event in article.history],
        "documentation": [{"slug": item.slug, "text": item.text} for item in article.documentation],
        "similar": [{"number": similar.number, "gloss": similar.gloss} for similar in article.similar],
        "sources": [{"title": f"Article “How To Use CPT Code {article.number}”", "note": "Read by machine."}],
        "examples": [_example(example, _day(article)) for example in article.examples],
    }


def _title(article: Article) -> str:
    """The article's title; where that says nothing but the number, the facts that select the code."""
    facets: dict[str, Any] = next((rule.params["facets"] for rule in article.rules if rule.kind == "selection"), {})
    if article.number not in article.title or not facets:
        return article.title
    return ", ".join(value for values in facets.values() for value in values).capitalize()


def _section(section: ReadSection) -> dict[str, str]:
    """A section under its usual heading; one that is none of them keeps its own."""
    heading = HEADINGS.get(section.slug, section.heading)
    return {"slug": section.slug, "heading": heading, "body": section.body}


def _rule(rule: ReadRule) -> dict[str, Any]:
    return {
        "slug": rule.slug,
        "kind": rule.kind,
        "params": rule.params,
        "section": rule.section,
        "source": SOURCE,
        "state": Rule.State.ACCEPTED if rule.certain else Rule.State.PROPOSED,
        "origin": {"sentence": rule.sentence, "start": rule.span.start, "end": rule.span.end},
    }


def _event(event: ReadEvent) -> dict[str, Any]:
    day = event.date.isoformat() if event.date else None
    return {"date": day, "kind": event.kind, "text": event.text, "successor": event.successor}


def _day(article: Article) -> str:
    """A date of service on which the code is valid, as far as the article says."""
    params: dict[str, Any] = next((rule.params for rule in article.rules if rule.kind == "validity"), {})
    if params.get("to") and params["to"] < FALLBACK_DAY:
        return str(params["to"])
    return max(FALLBACK_DAY, str(params.get("from", "")))


def _example(example: ReadExample, day: str) -> dict[str, Any]:
    """An example with its facts; one whose main service was not recognised waits as prose."""
    row = {"slug": example.slug, "title": example.title}
    if not example.services or not all(set(service) - {"count"} for service in example.services):
        return {**row, "narrative": plain(example.narrative), "encounter": {}}
    services = [dict(service) for service in example.services]
    return {**row, "narrative": example.narrative, "encounter": {"date_of_service": day, "services": services}}


def _report(article: Article, content: Content) -> Report:
    """What was understood, in the order in which an educator would check it."""
    notes = Counter(note.level for note in article.notes)
    return {
        "code": article.number,
        "title": content["title"],
        "sections": [section["slug"] for section in content["sections"]],
        "rules": [
            {
                "id": f"{article.number}/{rule['slug']}",
                "sentence": KIND[rule["kind"]].describe(parse(KIND[rule["kind"]].Params, rule["params"])),
                **{key: rule[key] for key in RULE_FIELDS},
            }
            for rule in content["rules"]
        ],
        "history": content["history"],
        "documentation": content["documentation"],
        "similar": content["similar"],
        "mentions": [
            {"code": one.code, "polarity": one.polarity, "section": one.section, "sentence": one.sentence}
            for one in article.mentions
        ],
        "examples": [
            {
                "slug": example.slug,
                "text": example.title,
                "services": [dict(service) for service in example.services],
                "filled": list(example.filled),
                "narrative": example.narrative,
            }
            for example in article.examples
        ],
        "descriptor_kept": article.descriptor is not None,
        "notes": [{"level": note.level, "where": note.where, "message": note.message} for note in article.notes],
        "notes_by_level": dict(notes),
    }  # fmt: skip
