"""Every way of asking. To add one: write its module and its template, then name it here."""

from quizzes.formats.base import BadAnswer, Format, Pinned
from quizzes.formats.choose_the_code import ChooseTheCode
from quizzes.formats.code_the_claim import CodeTheClaim

FORMATS: tuple[Format, ...] = (CodeTheClaim(), ChooseTheCode())
FORMAT: dict[str, Format] = {format.id: format for format in FORMATS}

__all__ = ["FORMAT", "FORMATS", "BadAnswer", "Format", "Pinned"]
