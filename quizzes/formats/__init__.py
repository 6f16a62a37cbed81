"""Every way of asking. To add one: write its module and its template, then name it here."""

from quizzes.formats.audit_the_claim import AuditTheClaim
from quizzes.formats.base import Asked, BadAnswer, Format, Judged, Material, Pinned
from quizzes.formats.choose_the_code import ChooseTheCode
from quizzes.formats.code_the_claim import CodeTheClaim
from quizzes.formats.finish_the_claim import FinishTheClaim
from quizzes.formats.minimal_pair import MinimalPair
from quizzes.formats.missing_in_the_note import MissingInTheNote
from quizzes.formats.worked_example import WorkedExample

FORMATS: tuple[Format, ...] = (
    CodeTheClaim(),
    ChooseTheCode(),
    AuditTheClaim(),
    MinimalPair(),
    FinishTheClaim(),
    MissingInTheNote(),
    WorkedExample(),
)
FORMAT: dict[str, Format] = {format.id: format for format in FORMATS}

__all__ = ["FORMAT", "FORMATS", "Asked", "BadAnswer", "Format", "Judged", "Material", "Pinned"]
