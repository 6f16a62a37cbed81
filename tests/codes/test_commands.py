"""The commands: grade, load_library, import_article."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from codes import starter
from codes.importing import import_article
from codes.models import ArticleImport, Code, Edition, PublishedCode
from codes.pages import read_page, write_page
from quizzes.models import Scenario

ARTICLE = Path(__file__).parent / "articles" / "seed_layout.txt"
CASE: dict[str, Any] = {
    "date_of_service": "2024-03-01",
    "patient": {"age": 61, "sex": "F"},
    "place_of_service": "22",
    "services": [
        {"procedure": "ablation", "site": "bone", "technique": "cryoablation", "approach": "percutaneous", "count": 3},
        {"procedure": "imaging guidance", "modality": "ultrasound", "for": "ablation"},
    ],
    "diagnoses": ["C79.51"],
    "documented": [
        "diagnosis", "procedure-details", "date", "times", "tumor-details", "probe-position", "progress", "signature"
    ],
    "claim": {
        "lines": [{"code": "20983", "units": 1, "modifiers": [], "diagnoses": ["C79.51"]}, {"code": "76940"}]
    },
}  # fmt: skip


def grade(text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the command prints for standard input."""
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    out = io.StringIO()
    call_command("grade", "-", stdout=out)
    return json.loads(out.getvalue())


def test_the_worked_example_of_the_format(starter_library: None, monkeypatch: pytest.MonkeyPatch) -> None:
    result = grade(json.dumps(CASE), monkeypatch)
    assert (result["clean"], result["element_accuracy"]) == (False, 0.67)
    assert result["counts"] == {"required": 3, "kept": 3, "extra": 1}
    assert [line["code"] for line in result["accepted"][0]["lines"]] == ["20983"]
    first = result["findings"][0]
    assert (first["rule"], first["outcome"], first["severity"]) == ("20983/not-with", "extra", "essential")
    assert (first["category"], first["line"], first["facts"]) == ("unbundling", 2, ["services.1.procedure"])
    assert first["cites"] == {"code": "20983", "section": "billing"}


def test_a_list_of_cases_gives_a_list(starter_library: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(grade(json.dumps([CASE, CASE]), monkeypatch)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"claim": {}, "claim": {}}', "claim: is given twice"),
        ("{}", "claim: is required"),
        (json.dumps(CASE | {"date_of_service": "2024-02-30"}), "date_of_service: must be a date"),
        (json.dumps(CASE | {"services": [{"procedure": "magic"}]}), "services.0.procedure: 'magic' is not a known"),
        (json.dumps([CASE, CASE | {"claim": {"lines": [{"code": "1"}]}}]), "1.claim.lines.0.code"),
        (json.dumps(CASE | {"claim": {"lines": [{"code": "20983", "units": True}]}}), "claim.lines.0.units"),
        (json.dumps(CASE | {"patient": {"age": float("nan")}}), "NaN is not a value"),
        ("1" * 10_000, "number too long"),
    ],
)
def test_bad_input_names_the_field_and_exits_with_2(
    starter_library: None, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        grade(text, monkeypatch)
    assert refused.value.returncode == 2


def test_a_file_that_is_not_there_is_said(starter_library: None) -> None:
    with pytest.raises(CommandError, match="No such file") as refused:
        call_command("grade", "no-such-file.json")
    assert refused.value.returncode == 2


def test_grading_without_a_library_says_what_to_do(no_library: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="load_library"):
        grade(json.dumps(CASE), monkeypatch)


def test_loading_the_library_again_changes_nothing(starter_library: None) -> None:
    before = list(Edition.objects.values_list("pk", "digest"))
    out = io.StringIO()
    call_command("load_library", stdout=out)
    assert list(Edition.objects.values_list("pk", "digest")) == before
    assert f"{Code.objects.count()} unchanged" in out.getvalue()


def test_loading_keeps_what_was_edited_here(bone_code: Code) -> None:
    bone_code.title = "Our own title"
    bone_code.save(update_fields=["title"])
    assert starter.load_page(next(page for page in starter.pages() if page["number"] == "20983")) == "kept"
    bone_code.refresh_from_db()
    assert bone_code.title == "Our own title"


def test_a_draft_that_was_never_published_stays_beside_the_loaded_page(no_library: None) -> None:
    content = next(page for page in starter.pages() if page["number"] == "20983")
    code = write_page(content | {"title": "Only a draft"})
    assert starter.load_page(content) == "loaded"
    code.refresh_from_db()
    assert code.title == "Only a draft"
    assert PublishedCode.objects.get(number="20983").title == content["title"]
    assert starter.load_page(content) == "kept"


def test_every_scenario_of_the_library_can_be_asked(starter_library: None) -> None:
    assert Scenario.objects.count() >= 29
    assert not Scenario.objects.exclude(reason="").exists()


def read(*args: str) -> Any:
    out = io.StringIO()
    call_command("import_article", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_an_article_becomes_a_draft_page(no_library: None) -> None:
    report = read(str(ARTICLE))
    code = Code.objects.get(number=report["code"])
    assert len(report["sections"]) == code.section_set.count() == 10
    assert {"selection", "not-with", "validity", "units", "documentation"} <= {rule["kind"] for rule in report["rules"]}
    assert code.example_set.count() == len(report["examples"]) == 10
    assert code.documentationitem_set.count() == 8
    assert not code.editions.exists()


def test_the_facts_of_an_article_become_rules_and_scenarios(no_library: None) -> None:
    report = read(str(ARTICLE))
    rules = {rule["kind"]: rule["params"] for rule in report["rules"]}
    assert rules["not-with"]["codes"] == ["76940", "77002", "77013", "77022"]
    assert rules["validity"] == {"from": "2015-01-01"}
    assert rules["units"]["counts"] == "one or more"
    assert [item["slug"] for item in report["documentation"]] == CASE["documented"]
    mains = [example["services"][0] for example in report["examples"]]
    assert {(main["site"], main["technique"]) for main in mains} == {("bone", "microwave")}


def test_an_article_titled_by_its_number_is_named_after_its_facts(no_library: None) -> None:
    assert read(str(ARTICLE))["title"] == "Ablation, bone, microwave, percutaneous"


def test_an_example_without_facts_is_kept_and_not_asked(no_library: None) -> None:
    report = read(str(ARTICLE.parent / "two_nines.txt"), "--publish")
    code = Code.objects.get(number=report["code"])
    assert code.example_set.count() == len(report["examples"]) > 0
    assert any("names no facts yet" in problem["message"] for problem in report["lint"])
    assert not Scenario.objects.filter(code=code).exists()


def test_reading_the_same_article_twice_changes_nothing(no_library: None) -> None:
    code = Code.objects.get(number=read(str(ARTICLE))["code"])
    before, keys = read_page(code), list(code.section_set.values_list("pk", flat=True))
    assert read(str(ARTICLE))["status"] == "unchanged"
    assert (read_page(code), list(code.section_set.values_list("pk", flat=True))) == (before, keys)
    assert ArticleImport.objects.count() == 1


def test_a_published_article_can_be_practised(no_library: None) -> None:
    report = read(str(ARTICLE), "--publish")
    assert report["published"] == 1
    assert Scenario.objects.live().of(report["code"]).count() == 10


def test_an_article_never_overwrites_a_page_unasked(no_library: None) -> None:
    code = Code.objects.get(number=read(str(ARTICLE))["code"])
    code.title = "Edited here"
    code.save(update_fields=["title"])
    changed = ARTICLE.read_text(encoding="utf-8") + "\nOne more sentence."
    assert import_article(changed, name="changed.txt")["status"] == "exists"
    code.refresh_from_db()
    assert code.title == "Edited here"
    assert import_article(changed, name="changed.txt", replace=True)["status"] == "imported"
    kept = ArticleImport.objects.get(name="changed.txt").report["replaced"]
    assert kept["title"] == "Edited here"


@pytest.mark.parametrize("bytes_", [b"", b"\xff\xfe\x00", b"just a line", b"\x00" * 100])
def test_a_text_that_is_no_article_is_refused_with_its_name(no_library: None, tmp_path: Path, bytes_: bytes) -> None:
    file = tmp_path / "odd.txt"
    file.write_bytes(bytes_)
    with pytest.raises(CommandError, match=r"odd\.txt") as refused:
        read(str(file))
    assert refused.value.returncode == 2
    assert not Code.objects.exists()


def test_one_bad_article_does_not_stop_the_others(no_library: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"gone\.txt"):
        read(str(tmp_path / "gone.txt"), str(ARTICLE))
    assert Code.objects.count() == 1


def test_the_descriptor_stays_out_without_a_licence(no_library: None, settings: Any) -> None:
    settings.CPT_LICENSE_REF = ""
    code = Code.objects.get(number=read(str(ARTICLE))["code"])
    assert code.official_descriptor == ""


def test_the_descriptor_is_kept_with_one(no_library: None, settings: Any) -> None:
    settings.CPT_LICENSE_REF = "Licence 1"
    code = Code.objects.get(number=read(str(ARTICLE))["code"])
    assert code.official_descriptor


def test_the_report_counts_what_is_published(starter_library: None) -> None:
    out = io.StringIO()
    call_command("library_report", code="20983", stdout=out)
    said = out.getvalue()
    assert f"{Code.objects.count()} codes" in said
    assert "rules: not-with" in said
    assert "questions: choose-the-code" in said
    assert "error" not in said
    assert "warning" not in said
    questions = re.search(r"(\d+) distinct questions", said)
    assert questions is not None
    assert int(questions[1]) >= 300


def test_demo_people_are_made_only_with_debug_on(db: None, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo_people")
    settings.DEBUG = True
    out = io.StringIO()
    call_command("demo_people", stdout=out)
    assert set(User.objects.values_list("username", flat=True)) == {"trainee", "manager", "educator", "admin"}
    assert User.objects.get(username="educator").check_password("educator-demo-1")
