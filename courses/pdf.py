"""A certificate on paper: one landscape page of letter size."""

import logging
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import Align

from courses.certificates import continuing_education
from courses.models import Certificate

FONTS = Path(__file__).parent / "fonts"
SERIF, BOLD, SANS = "DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSans.ttf"

#: The colours of the site in its light theme.
INK, SOFT, ACCENT, GOLD, PAPER, HAIR = "#1d2530", "#555d66", "#0d4f5c", "#f0b46a", "#f6f1e6", "#dcd5c7"
#: Points for a name or title that is short, and for one that is so long that it takes two lines.
LARGE, SMALL = 34.0, 16.0
#: What stands for a character that neither font has.
BOX = "\u25a1"

# The library says of each such character that it is missing; here it is replaced before.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def certificate_pdf(certificate: Certificate, zone: tzinfo) -> bytes:
    """The certificate as a PDF; its date is that of the team's time zone."""
    page = _Page(certificate, zone)
    return bytes(page.pdf.output())


class _Page:
    """What stands on the page, from top to bottom."""

    def __init__(self, certificate: Certificate, zone: tzinfo) -> None:
        self.certificate, self.zone = certificate, zone
        self.pdf = FPDF(orientation="landscape", unit="mm", format="letter")
        self._prepare()
        self.pdf.add_page()
        self._frame()
        self._mark(26, 24, 14)
        self._words()
        self._foot()

    def _prepare(self) -> None:
        pdf, mine = self.pdf, self.certificate
        pdf.set_auto_page_break(auto=False)
        pdf.set_margins(26, 20, 26)
        pdf.c_margin = 0
        pdf.add_font("serif", fname=FONTS / SERIF)
        pdf.add_font("serif", style="B", fname=FONTS / BOLD)
        pdf.add_font("sans", fname=FONTS / SANS)
        pdf.set_fallback_fonts(["sans"], exact_match=False)
        pdf.set_title(_visible(f"Certificate: {mine.course_title}"))
        pdf.set_author(_visible(settings.SITE_NAME))
        pdf.set_subject(_visible(f"{mine.name}, {mine.code}"))
        pdf.set_lang("en-US")
        pdf.set_creation_date(mine.issued_at)

    def _frame(self) -> None:
        pdf = self.pdf
        pdf.set_draw_color(ACCENT)
        pdf.set_line_width(1.1)
        pdf.rect(11, 11, pdf.w - 22, pdf.h - 22)
        pdf.set_draw_color(HAIR)
        pdf.set_line_width(0.3)
        pdf.rect(13.5, 13.5, pdf.w - 27, pdf.h - 27)

    def _mark(self, x: float, y: float, size: float) -> None:
        """The mark of the site, as in static/img/mark.svg, whose sides are 32 long."""
        pdf, unit = self.pdf, size / 32
        pdf.set_fill_color(ACCENT)
        pdf.rect(x, y, size, size, style="F", round_corners=True, corner_radius=5 * unit)
        with pdf.local_context(stroke_cap_style=1, stroke_join_style=1):
            pdf.set_draw_color(PAPER)
            pdf.set_line_width(2.4 * unit)
            for top, right in ((9, 24), (16, 24), (23, 17)):
                pdf.line(x + 8 * unit, y + top * unit, x + right * unit, y + top * unit)
            pdf.set_draw_color(GOLD)
            pdf.set_line_width(2.6 * unit)
            pdf.polyline([(x + a * unit, y + b * unit) for a, b in ((20, 22.5), (22.6, 25.2), (27.2, 19.6))])

    def _words(self) -> None:
        mine = self.certificate
        self._at(26.5, settings.SITE_NAME, "serif", 15, INK, style="B", left=44)
        self._at(54, "CERTIFICATE OF COMPLETION", "sans", 10, SOFT, spacing=1.2)
        y = self._fitted(66, mine.name, LARGE)
        if not is_drawable(mine.name):
            y = self._at(y, f"The name in its own letters: {self._verify_url()}", "sans", 8.5, SOFT) + 1
        y = self._at(y + 5, "has completed", "serif", 12, SOFT)
        y = self._fitted(y + 5, mine.course_title, 24.0, style="B", colour=ACCENT)
        y = self._at(y + 4, f"with {mine.team_name}", "serif", 12, SOFT)
        y += 6
        for line in (mine.result, continuing_education(mine)):
            y = self._at(y + 2, line, "sans", 10.5, INK) if line else y

    def _foot(self) -> None:
        pdf, mine = self.pdf, self.certificate
        y = pdf.h - 42
        pdf.set_draw_color(HAIR)
        pdf.set_line_width(0.3)
        pdf.line(26, y - 4, pdf.w - 26, y - 4)
        self._at(y, "Issued", "sans", 8.5, SOFT, left=26)
        self._at(y + 5, day_of(mine.issued_at, self.zone), "serif", 13, INK, left=26)
        self._at(y, "Code", "sans", 8.5, SOFT, left=110)
        self._at(y + 5, mine.code, "serif", 13, INK, style="B", left=110)
        self._at(y + 14, f"Check that it still holds: {self._verify_url()}", "sans", 8.5, SOFT, left=26)

    def _verify_url(self) -> str:
        return f"{settings.SITE_URL}{reverse('verify', args=[self.certificate.code])}"

    def _fitted(self, y: float, text: str, size: float, *, style: str = "", colour: str = INK) -> float:
        """A name or title as large as fits on one line, on two lines if it is very long; where the next may stand."""
        words, width = drawable(text), self.pdf.w - 56
        while size > SMALL:
            self.pdf.set_font("serif", style=style, size=size)
            if self.pdf.get_string_width(words) <= width:
                break
            size -= 1
        return self._at(y, text, "serif", size, colour, style=style)

    def _at(
        self, y: float, text: str, font: str, size: float, colour: str, *, style: str = "", left: float | None = None,
        spacing: float = 0,
    ) -> float:  # fmt: skip
        """Words in the middle of the page, or from ``left`` on; where the next may stand."""
        pdf = self.pdf
        pdf.set_font(font, style=style, size=size)
        pdf.set_text_color(colour)
        pdf.set_char_spacing(spacing)
        pdf.set_xy(28 if left is None else left, y)
        width = pdf.w - (56 if left is None else 26 + left)
        align = Align.C if left is None else Align.L
        pdf.multi_cell(width, size * 0.45, drawable(text), align=align, max_line_height=size * 0.45)
        pdf.set_char_spacing(0)
        return float(pdf.get_y())


def day_of(at: datetime, zone: tzinfo) -> str:
    """A date in words, in a time zone."""
    day = at.astimezone(zone)
    return f"{day:%B} {day.day}, {day:%Y}"


def drawable(text: str) -> str:
    """A text as the fonts can draw it: from left to right as seen, and a box for each character that neither has."""
    words = _visible(text)
    seen = BidiParagraph(words).get_reordered_string() if words else ""
    return "".join(one if one in known() else BOX for one in seen)


def _visible(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def is_drawable(text: str) -> bool:
    """Whether a text comes out as its reader would write it: all of it is there, no letters are to be joined."""
    return all(one in known() and not "\u0600" <= one <= "\u08ff" for one in text if one.isprintable())


@cache
def known() -> frozenset[str]:
    """The characters that the fonts can draw; what the bold one lacks, it borrows as the other does."""
    found: set[int] = set()
    for name in (SERIF, SANS):
        with TTFont(FONTS / name, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(map(chr, found))
