"""Which facts the words of a scenario may mark."""

import pytest

from codes.narrative import NarrativeError, marked_paths
from rulebook.case_format import read_encounter

ENCOUNTER = read_encounter(
    {
        "date_of_service": "2024-03-01",
        "services": [{"procedure": "office visit"}],
        "earlier": [{"code": "29881", "date": "2024-02-20"}],
    }
)


def test_narrative_may_mark_an_earlier_procedure() -> None:
    assert marked_paths("She had [her knee done](earlier.0).", ENCOUNTER) == {"earlier.0"}


@pytest.mark.parametrize("path", ["earlier.1", "earlier", "earlier.0.code"])
def test_mark_of_an_earlier_procedure_that_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(NarrativeError):
        marked_paths(f"She had [her knee done]({path}).", ENCOUNTER)
