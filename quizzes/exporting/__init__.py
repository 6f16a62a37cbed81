"""Questions for other programs, so that nobody is locked in. To add a format: write its module and name it here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quizzes.exporting.gift import gift
from quizzes.exporting.moodle import moodle_xml
from quizzes.exporting.qti import qti
from quizzes.exporting.questions import MOST_VARIANTS, VARIANTS, Exported, questions_of

__all__ = ["FORMAT", "FORMATS", "MOST_VARIANTS", "VARIANTS", "Exported", "FileFormat", "questions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """A kind of file that other programs read."""

    id: str
    title: str
    ending: str
    type: str
    write: Callable[[Sequence[Exported], str], bytes]


FORMATS = (
    FileFormat(id="moodle", title="Moodle XML", ending="xml", type="application/xml", write=moodle_xml),
    FileFormat(id="gift", title="GIFT", ending="gift.txt", type="text/plain; charset=utf-8", write=gift),
    FileFormat(id="qti", title="QTI 2.1", ending="qti.zip", type="application/zip", write=qti),
)
FORMAT = {one.id: one for one in FORMATS}
