"""Where an article's parts begin: headings are known by what they say, never by their number."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from codes.articles.mentions import mentions
from codes.articles.source import Source, fold, lines
from codes.articles.types import ArticleError, Span

MOST_HEADING = 100
MOST_WORDS = 14

#: What is left of a heading without filler words -> the section it opens.
_HEADINGS = {
    "overview": (
        "what is", "what is it", "what is used", "what does mean", "what does describe", "what does cover", "overview",
        "introduction", "general overview",
    ),
    "description": (
        "official description", "description", "official descriptor", "descriptor", "official definition", "definition",
        "full description", "long description", "ama description", "official long description", "official wording",
        "official text",
    ),
    "procedure": (
        "procedure", "procedures", "procedure description", "description procedure", "procedure details",
        "procedure steps", "steps procedure", "steps in procedure", "procedural steps", "procedure overview",
        "how procedure is performed", "how is procedure performed", "how procedure works", "how is it performed",
        "how is performed", "what happens during procedure", "test procedure", "procedure and technique",
    ),
    "qualifying-circumstances": (
        "qualifying circumstances", "qualifying circumstance", "qualifying criteria", "qualifying conditions",
        "qualifications", "eligibility", "eligibility criteria", "patient eligibility", "who qualifies",
        "circumstances", "qualifying circumstances and criteria",
    ),
    "when-to-use": (
        "when to use", "when to use it", "when to report", "when to bill", "when should be used",
        "when should it be used", "when should you use", "when is used", "when can be used", "when can you use",
        "appropriate use", "appropriate usage", "usage", "use", "uses", "indications",
    ),
    "documentation": (
        "documentation requirements", "documentation requirement", "documentation", "required documentation",
        "documentation guidelines", "documentation needed", "documentation checklist", "documentation tips",
        "documenting", "documentation required", "supporting documentation", "medical record documentation",
        "what to document", "what documentation is required", "record keeping",
    ),
    "billing": (
        "billing guidelines", "billing guideline", "billing", "how to use", "how to bill", "how to report",
        "billing rules", "billing and coding guidelines", "coding and billing guidelines", "coding guidelines",
        "billing guidance", "billing instructions", "billing requirements", "billing guide", "billing tips",
        "billing information", "billing and coding", "coding and billing", "billing and coding tips",
        "reporting guidelines", "billing and reporting guidelines", "guidelines", "billing and reimbursement",
        "billing considerations", "how to bill and report", "billing notes",
    ),
    "history": (
        "historical information", "historical info", "historical background", "historical", "history",
        "history and updates", "change history", "revision history", "history and revisions", "history and changes",
        "background and history", "updates", "changes", "updates and changes", "historical changes",
    ),
    "similar-codes": (
        "similar to", "similar", "similar and related", "related", "related to", "related and similar", "other similar",
        "alternative", "alternatives", "similar procedure", "related procedure", "other related",
        "similar and how they differ", "similar and their differences", "similar to and differences",
    ),
    "examples": (
        "examples", "billing examples", "example", "billing example", "clinical examples", "examples billing",
        "coding examples", "examples in use", "usage examples", "example scenarios", "use examples", "case examples",
        "billing scenarios", "clinical scenarios", "scenarios", "case scenarios", "case studies", "use cases",
        "sample cases", "examples when to use", "real world examples", "practical examples", "examples use",
        "examples in practice",
    ),
}  # fmt: skip
_SLUGS = {words: slug for slug, forms in _HEADINGS.items() for words in forms}
_SITE = re.compile(
    r"(?:similar|related|recent|popular|latest|more|other|previous|next|you might like) (?:posts?|articles?|reading)|"
    r"leave a (?:reply|comment)|leave your comment|post (?:a )?comment|post navigation|cancel reply|"
    r"no comments yet.{0,20}|share this.{0,40}|you (?:may|might) also like.{0,40}|comments?|like this:?|loading\W{0,3}|"
    r"your email address will not be published.{0,80}|required fields are marked.{0,20}|save my name.{0,100}|"
    r"about the author|subscribe.{0,60}|search|categories|tags|advertisement|table of contents|newsletter|"
    r"filed under.{0,60}|tagged.{0,60}|(?:copyright|©).{0,80}|all rights reserved.{0,40}|privacy policy.{0,40}|"
    r"follow us.{0,40}|sign up.{0,60}|disclaimer|reader interactions|primary sidebar|footer"
)
_TITLE = re.compile(r"how to (?:use|bill|report|code)\b")
_NUMBER = re.compile(r"(?:\(?\d{1,2}(?:\.\d{1,2}){0,3}[.):]{0,2}|[IVX]{1,5}[.)])\s+")
_LIST_NUMBER = re.compile(r"\(?([0-9]{1,3})[.)]{1,2}\s")
_BULLET = re.compile(r"[•‣⁃▪▫◦●○∙·■□➢➤✓✔*+–—-]")
_LABEL = re.compile(r"(?:billing )?(?:example|case|scenario) ?#?\d{1,3}\b")
_SECTION_LABEL = re.compile(r"(?:section|part|chapter) (?:\d{1,2}|[ivx]{1,4})\s?[:.)–-]\s?", re.IGNORECASE)
_FILLER = re.compile(
    r"\b(?:cpt|hcpcs|codes?|the|an?|for|of|this|modifier|(?:\d{4}[\dtfuma]|[a-v]\d{4}))(?!\w)|[®™©()\[\]?!:*_#\"'/,.-]"
)
WRAPPERS = " #*_\t"
#: Sections whose lists may have a short title for each entry.
_LISTING = frozenset(("procedure", "documentation", "examples", "similar-codes", "billing", "qualifying-circumstances"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A heading and the text under it, as offsets; the text ends where the next part begins."""

    slug: str
    heading: Span
    body: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The title line (if there is one), the text before the first heading, the parts, the site text."""

    title: Span | None
    intro: Span
    regions: tuple[Region, ...]
    site: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line that is not blank, and what stands around it."""

    span: Span
    text: str
    folded: str
    slug: str | None
    shape: bool
    blank_before: bool
    blank_after: bool

    @property
    def number(self) -> int | None:
        """Its number, when it could be one entry of a numbered list."""
        mark = _LIST_NUMBER.match(self.text)
        return int(mark[1]) if mark else None


def outline(source: Source) -> Outline:
    """Find the parts of an article; ArticleError when not a single heading is known."""
    rows = _rows(source)
    title = _title_row(rows)
    start = 0 if title is None else _after_title(rows, title)
    heads = list(_heads(rows, start, _number_of(rows, title)))
    if not heads:
        raise ArticleError("No heading of such an article was found, such as Description or Billing guidelines.")
    regions, site = _regions(source, heads)
    above = [row.span for row in rows[:start] if title is not None and row.folded != rows[title].folded]
    return Outline(
        title=None if title is None else rows[title].span,
        intro=Span(start=rows[start].span.start, end=heads[0].span.start),
        regions=regions,
        site=(*above, *site),
    )


def _number_of(rows: Sequence[_Line], title: int | None) -> str:
    """The code that the title names; empty without a title that names one."""
    named = mentions(rows[title].folded) if title is not None else []
    return named[0].codes[0] if named else ""


def _after_title(rows: Sequence[_Line], title: int) -> int:
    """The first row after the title, which some sites print twice."""
    after = title + 1
    while after < len(rows) and rows[after].folded == rows[title].folded:
        after += 1
    return after


def heading_text(text: str) -> str:
    """A heading without its number and its markup."""
    bare = text.strip(WRAPPERS)
    number = _SECTION_LABEL.match(bare) or _NUMBER.match(bare)
    return bare[number.end() :].strip(WRAPPERS) if number else bare


def known_heading(text: str) -> str | None:
    """The slug of the section that a heading opens; None when nothing like it is known."""
    if len(text) > MOST_HEADING:
        return None
    plain = fold(heading_text(text)).replace("(s)", "s").replace("&", " and ")
    return _SLUGS.get(" ".join(_FILLER.sub(" ", plain).split()))


def _rows(source: Source) -> list[_Line]:
    """The lines that are not blank."""
    spans = list(lines(source.text))
    filled = [False, *(span.start < span.end for span in spans), False]
    return [
        _row(source, span, blank_before=not filled[index - 1], blank_after=not filled[index + 1])
        for index, span in enumerate(spans, start=1)
        if filled[index]
    ]


def _row(source: Source, span: Span, *, blank_before: bool, blank_after: bool) -> _Line:
    text, folded = source.text[span.start : span.end], source.folded[span.start : span.end]
    shape = len(text) <= MOST_HEADING and _looks_like_heading(text.strip(WRAPPERS), folded)
    slug = known_heading(text) if shape else None
    return _Line(
        span=span, text=text, folded=folded, slug=slug, shape=shape, blank_before=blank_before, blank_after=blank_after
    )


def _looks_like_heading(text: str, folded: str) -> bool:
    """Short and without the end of a sentence; a question mark is allowed."""
    bare = heading_text(text)
    ends = bare.rstrip("\"'’”»")[-1:]
    if not ends or ends in ".!;," or ". " in bare or len(bare.split()) > MOST_WORDS:
        return False
    return not (_BULLET.match(text) or _LABEL.match(folded)) and any(char.isalpha() for char in bare)


def _title_row(rows: Sequence[_Line]) -> int | None:
    """The row of the title: a "How to use" among the short lines at the top, else the first of those."""
    top = list(takewhile(lambda row: row.shape and row.slug in (None, "billing"), rows))
    for index, row in enumerate(top):
        if _TITLE.match(row.folded.strip(WRAPPERS)):
            return index
    return 0 if top and top[0].slug is None else None


def _heads(rows: Sequence[_Line], start: int, number: str) -> Iterator[_Line]:
    """The rows that are headings: known ones, and after the first of them unknown ones and site text."""
    last: _Line | None = None
    listed = 0
    for index in range(start, len(rows)):
        row = _without_slug_of_another(rows[index], number)
        if last and row.number and _is_next_item(row, last, listed):
            listed = row.number
        elif head := _head(rows, index, start, row, last):
            last, listed = head, 0
            yield head


def _head(rows: Sequence[_Line], index: int, start: int, row: _Line, last: _Line | None) -> _Line | None:
    """The row as a heading, with the slug it opens; None when it is text."""
    if last and _SITE.fullmatch(row.folded.strip(WRAPPERS + ":")):
        return replace(row, slug="")
    if row.slug:
        return row if _stands_alone(rows, index, start) else None
    among_codes = last is not None and last.slug == "similar-codes" and _names_code(row.folded)
    return row if last and not among_codes and _unknown_heading(rows, index) else None


def _is_next_item(row: _Line, last: _Line, listed: int) -> bool:
    """Whether a numbered line counts on in a list of the section, and not in the headings.

    The entries of a list may be titles with a paragraph under each: "1. Cleaning".
    """
    follows_heading = last.number is not None and row.number == last.number + 1
    starts = row.number == 1 and row.shape and row.slug is None and last.slug in _LISTING
    return not follows_heading and (starts or (listed > 0 and row.number == listed + 1))


def _without_slug_of_another(row: _Line, number: str) -> _Line:
    """A heading about another code opens no section of this article: the site lists its other articles like that."""
    codes = {code for mention in mentions(row.folded) for code in mention.codes} if row.slug and number else set()
    return replace(row, slug=None) if codes and number not in codes else row


def _names_code(folded: str) -> bool:
    return bool(mentions(folded[:40]))


def _stands_alone(rows: Sequence[_Line], index: int, start: int) -> bool:
    """A known heading may follow the text before it without a blank line, but never stands inside a list."""
    row = rows[index]
    before = None if row.blank_before or index == start else rows[index - 1]
    after = None if row.blank_after or index + 1 == len(rows) else rows[index + 1]
    if row.number and ((before and before.number == row.number - 1) or (after and after.number == row.number + 1)):
        return bool(before is None or before.slug) and bool(after is None or after.slug)
    return before is None or before.shape or before.text[-1] in ".!?:)\"'’”" or bool(_BULLET.match(before.text))


def _unknown_heading(rows: Sequence[_Line], index: int) -> bool:
    """An unknown heading stands between blank lines, has text under it, and is no line of a row of short lines."""
    row = rows[index]
    if not (row.shape and row.blank_before and row.blank_after and index + 1 < len(rows)):
        return False
    before, after = rows[index - 1], rows[index + 1]
    if row.text.rstrip(WRAPPERS).endswith(":") or before.text.endswith(":") or _SITE.fullmatch(after.folded):
        return False
    begins = before.slug is not None or not before.shape or (before.number and not row.number)
    goes_on = not after.shape or (after.number and not row.number)
    return bool(begins and goes_on) and heading_text(row.text)[:1].isupper()


def _regions(source: Source, heads: Sequence[_Line]) -> tuple[tuple[Region, ...], tuple[Span, ...]]:
    """The parts of the article in its order, and the stretches of site text."""
    regions, site, others, skipping = [], [], 0, False
    ends = [*(head.span.start for head in heads[1:]), len(source.text)]
    for head, end in zip(heads, ends, strict=True):
        skipping = head.slug == "" or (skipping and head.slug is None)
        if skipping:
            site.append(Span(start=head.span.start, end=end))
            continue
        others += head.slug is None
        slug = head.slug or f"other-{others}"
        regions.append(Region(slug=slug, heading=head.span, body=Span(start=head.span.end, end=end)))
    return tuple(regions), tuple(site)
