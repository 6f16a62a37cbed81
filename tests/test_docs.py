"""What can be set, run or written in a case has its line in the documentation."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.test import Client
from django.urls import reverse

from codes.models import DocumentationTopic, FacetValue
from rulebook.kinds import KINDS

ROOT = Path(settings.BASE_DIR)
OWN_APPS = ("accounts", "codes", "quizzes", "courses", "editorial", "coding_edu")


def doc(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_setting_of_the_environment_is_documented() -> None:
    source = (ROOT / "coding_edu" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    assert {"DEBUG", "SECRET_KEY", "DATABASE_URL"} <= names
    assert not [name for name in names if f"| `{name}` |" not in doc("settings.md")]


def test_every_command_is_documented() -> None:
    own = [name for name, app in get_commands().items() if app in OWN_APPS]
    assert len(own) >= 4
    assert not [name for name in own if f"| `{name}" not in doc("commands.md")]


def test_every_facet_value_and_item_is_documented(starter_library: None) -> None:
    text = doc("case-format.md")
    missing = [value for value in FacetValue.objects.values_list("value", flat=True) if value not in text]
    missing += [slug for slug in DocumentationTopic.objects.values_list("slug", flat=True) if slug not in text]
    assert not missing


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_rule_kind_has_its_page(client: Client, db: None, kind: object) -> None:
    page = client.get(reverse("rule_kind", args=[kind.id])).text  # type: ignore[attr-defined]
    assert "Why it matters" in page
    for specimen in (*kind.clean, *kind.caught):  # type: ignore[attr-defined]
        assert specimen.title in page


def test_every_link_between_documents_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", prose):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"
