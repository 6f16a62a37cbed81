"""Arguments that no command takes: each is told in one line, with the name of the argument, and nothing is done."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("tend", {"every": -1}, "--every: at least 1 second"),
        ("take_up_files", ["NOPE", "20983"], "No page is published for NOPE"),
        ("library_report", {"code": "NOPE"}, "--code: no page is published for NOPE"),
        ("simulate_learner", {"days": 1, "svg": Path("/nowhere/at/all.svg")}, "--svg: .*No such file or directory"),
        ("copy_database", {"source": "foo://x"}, "foo: is no kind of database that the site knows"),
    ],
)
def test_what_cannot_be_done_is_told(starter_library: None, command: str, options: Any, said: str) -> None:
    named = options if isinstance(options, dict) else {}
    with pytest.raises(CommandError, match=said):
        call_command(command, *(() if named else options), **named)
