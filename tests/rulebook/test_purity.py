"""The rulebook is the standard library and itself, and gives the same bytes in every process."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMPORT_ALL = """
import json, pkgutil, sys
from importlib import import_module
before = set(sys.modules)
import rulebook
names = [module.name for module in pkgutil.walk_packages(rulebook.__path__, "rulebook.")]
for name in names:
    import_module(name)
print(json.dumps({"imported": names, "loaded": sorted(set(sys.modules) - before)}))
"""
GRADE_SPECIMENS = """
import json
from rulebook import Library, grade
from rulebook.case_format import read_case, write_grade
from rulebook.kinds import KINDS
for kind in KINDS:
    for specimen in [*kind.clean, *kind.caught]:
        encounter, claim = read_case(specimen.case)
        book = Library(codes=specimen.codes, rules=specimen.rules).on(encounter.date_of_service)
        print(json.dumps(write_grade(grade(claim, encounter, book))))
"""


def fresh_python(program: str, seed: str = "0") -> bytes:
    """What a program prints in a process of its own."""
    environment = {"PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True)
    return done.stdout


def test_rulebook_brings_nothing_but_the_standard_library() -> None:
    report = json.loads(fresh_python(IMPORT_ALL))
    packages = {name.partition(".")[0] for name in report["loaded"]}
    assert packages - sys.stdlib_module_names == {"rulebook"}
    assert not [name for name in report["loaded"] if name.startswith("django")]
    assert "rulebook.kinds.selection" in report["imported"]


def test_every_process_gives_the_same_bytes() -> None:
    first, second = (fresh_python(GRADE_SPECIMENS, seed) for seed in ("1", "2"))
    assert first == second
    assert first.count(b"\n") > 10
