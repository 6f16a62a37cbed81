"""What is written in Markdown and not shown, and what was never written."""

import re
from collections.abc import Iterator

from markdown_it.token import Token

from codes.lint.page import Page
from codes.lint.specimens import BILLING, HISTORY, page, section, with_example, with_text
from codes.lint.texts import quoted, tokens
from codes.lint.types import Check, Family, Found, Level, Specimen

_PLACEHOLDER = re.compile(
    r"\b(?:TODO|TBD|FIXME|TKTK|XXX+)\b|\[(?:…|\.\.\.|tbd|todo|insert [^\]]*)\]"
    r"|\b(?i:lorem ipsum|to be (?:written|completed|determined)|placeholder text|coming soon)\b"
)
_UNSAFE = re.compile(r"\]\(\s*<?\s*(?:javascript|vbscript|data|file|blob|about)\s*:", re.IGNORECASE)


def raw_html(page: Page) -> Iterator[Found]:
    for slug, token in _tokens(page):
        if token.type in ("html_block", "html_inline"):
            message = f"{quoted(token.content.strip(), 60)} is raw HTML, which is shown as it is typed."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def image(page: Page) -> Iterator[Found]:
    for slug, token in _tokens(page):
        if token.type == "image":
            where = quoted(str(token.attrs.get("src", "")), 60)
            message = f"The image {where} is not shown: pages load nothing from elsewhere."
            yield Found(part=f"sections/{slug}", field="body", message=message)


def outside_link(page: Page) -> Iterator[Found]:
    for slug, token in _tokens(page):
        href = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
        if href.replace("%5C", "/").replace("\\", "/").startswith("//"):
            message = f"The link to {quoted(href, 60)} leads nowhere: it looks like a path of this site and is none."
            yield Found(part=f"sections/{slug}", field="body", message=message)
    for row in page.content["sections"]:
        if _UNSAFE.search(row["body"]):
            message = "A link begins with what is no web or mail address, so it is shown as plain text."
            yield Found(part=f"sections/{row['slug']}", field="body", message=message)


def empty(page: Page) -> Iterator[Found]:
    for row in page.content["sections"]:
        if page.is_empty(row["slug"]):
            message = f"The section {row['heading']} is empty."
            yield Found(part=f"sections/{row['slug']}", field="body", message=message)


def placeholder(page: Page) -> Iterator[Found]:
    for text in page.texts:
        found = _PLACEHOLDER.search(text.text)
        if found:
            yield Found(part=text.part, field=text.field, message=f"“{found[0]}” stands where a text should be.")


def _tokens(page: Page) -> Iterator[tuple[str, Token]]:
    """Every piece of every section, those within a paragraph included."""
    for row in page.content["sections"]:
        for token in tokens(row["body"]):
            yield row["slug"], token
            for child in token.children or ():
                yield row["slug"], child


_PLAIN = "A *word*, a [link](https://www.cms.gov/), `code`, 3 < 4 and a list:\n\n- one\n- two"

MARKDOWN = Family(
    title="Markdown",
    checks=(
        Check(
            id="raw-html", level=Level.WARNING, find=raw_html,
            says="A section has raw HTML.", do="Write it in Markdown: **bold**, lists with a hyphen, tables with bars.",
        ),
        Check(
            id="image", level=Level.WARNING, find=image,
            says="A section has an image.", do="Say in words what the image shows, or link to it.",
        ),
        Check(
            id="link-unsafe", level=Level.WARNING, find=outside_link,
            says="A link is no address that a page may lead to.",
            do="Write the whole address with https:// in front.",
        ),
        Check(
            id="section-empty", level=Level.WARNING, find=empty,
            says="A section has a heading and no text.", do="Write it or remove it.",
        ),
        Check(
            id="placeholder", level=Level.WARNING, find=placeholder,
            says="A text has a placeholder.", do="Write what belongs there.",
        ),
    ),
    specimens=(
        Specimen(title="Plain Markdown", page=with_text(_PLAIN)),
        Specimen(title="A history told by its events", page=page(sections=[BILLING, section("history", "")])),
        Specimen(title="A tag", page=with_text("A <b>bold</b> word."), caught_by="raw-html"),
        Specimen(title="A block", page=with_text("<div>\nText\n</div>"), caught_by="raw-html"),
        Specimen(title="A picture", page=with_text("![Probe](https://example.org/probe.png)"), caught_by="image"),
        Specimen(title="Two slashes", page=with_text("[here](//example.org/x)"), caught_by="link-unsafe"),
        Specimen(title="A script", page=with_text("[here](javascript:alert(1))"), caught_by="link-unsafe"),
        Specimen(
            title="A heading alone",
            page=page(sections=[BILLING, HISTORY, section("overview", "")]), caught_by="section-empty",
        ),
        Specimen(title="Later", page=with_text("TODO: units"), caught_by="placeholder"),
        Specimen(title="Latin", page=with_example("Lorem ipsum dolor.", encounter={}), caught_by="placeholder"),
    ),
)  # fmt: skip
