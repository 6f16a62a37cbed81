"""Markdown to HTML that is safe to show: no raw HTML, no script, nothing from elsewhere."""

from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "dd", "dl", "dt", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def render(text: str) -> str:
    """Return safe HTML. Headings start at h3, because the page and its sections hold h1 and h2."""
    html = _parser.render(text.replace("\x00", ""))
    html = html.replace("<h2>", "<h4>").replace("</h2>", "</h4>").replace("<h1>", "<h3>").replace("</h1>", "</h3>")
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, attribute_filter=_own_links, link_rel="noopener"
    )


def _own_links(tag: str, attribute: str, value: str) -> str | None:
    """``//host`` and ``/\\host`` look like paths of this site and are not, percent signs or no."""
    if attribute == "href" and unquote(value).lstrip().replace("\\", "/").startswith("//"):
        return None
    return value
