"""The house: who may import whom, for code and for foreign keys."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MAY_IMPORT = {
    "rulebook": set(),
    "statements": set(),
    "accounts": {"statements"},
    "datasets": {"statements"},
    "codes": {"datasets", "rulebook", "accounts", "statements"},
    "quizzes": {"datasets", "codes", "rulebook", "accounts", "statements"},
    "courses": {"datasets", "quizzes", "codes", "rulebook", "accounts", "statements"},
    "editorial": {"datasets", "courses", "quizzes", "codes", "rulebook", "accounts", "statements"},
    "coding_edu": {"datasets", "editorial", "courses", "quizzes", "codes", "rulebook", "accounts", "statements"},
}


def imports_of(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_only_downwards(package: str) -> None:
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[package] - {package}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / package).rglob("*.py")
        for name in imports_of(path) & forbidden
    }
    assert not wrong


def test_every_package_of_the_house_has_its_rule() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "scripts"}
    assert packages == set(MAY_IMPORT)


def test_foreign_keys_run_only_downwards() -> None:
    wrong = []
    for model in apps.get_models():
        here = model._meta.app_label
        if here not in MAY_IMPORT:
            continue
        for field in model._meta.get_fields():
            target = field.related_model._meta.app_label if field.many_to_one and field.related_model else here
            if target in MAY_IMPORT and target != here and target not in MAY_IMPORT[here]:
                wrong.append(f"{model.__name__}.{field.name} -> {target}")
    assert not wrong


def test_the_rulebook_brings_no_django_along() -> None:
    code = (
        "import sys, rulebook, rulebook.kinds, rulebook.case_format; print([m for m in sys.modules if 'django' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_a_start_does_not_load_what_workbooks_need() -> None:
    code = "import sys, django; django.setup(); print([m for m in ('openpyxl', 'python_calamine') if m in sys.modules])"
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    assert done.stdout.strip() == "[]"


def test_no_program_file_names_a_billing_code_of_the_library() -> None:
    numbers = {path.name for path in (ROOT / "codes" / "content").iterdir() if path.is_dir()}
    files = [path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py")]
    files += list((ROOT / "templates").rglob("*.html"))
    assert numbers
    assert not [(path.name, n) for path in files for n in numbers if n in path.read_text(encoding="utf-8")]
