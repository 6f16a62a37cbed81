"""Who changed what: what educators see of the audit trail, how they search it, and what they do not see."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User, audit
from codes.models import Code, Facet, FacetValue
from codes.pages import read_part
from codes.publish import publish
from codes.trail import WORDS
from courses.models import Team
from editorial import trail
from editorial.drafting import digest, save_part
from editorial.word_editing import add_word, as_seen, change_synonyms
from quizzes import exams
from quizzes.models import Exam


@pytest.fixture
def changed(bone_code: Code, educator: User) -> Code:
    """A page on which the units rule was changed, with a reason."""
    before = read_part(bone_code, "rules/units")
    after = before | {"params": {"counts": "each", "noun": "bone tumors"}}
    save_part(
        bone_code, "rules/units", after, seen=digest(before), by=educator, at=timezone.now(), why="=Payer counts each"
    )
    return bone_code


def look(client: Client, **query: Any) -> Any:
    return client.get(reverse("trail"), query)


def subjects(**asked: str) -> list[str]:
    return [entry.subject for entry in trail.found(trail.Asked.of(asked))]


def test_a_change_says_who_what_when_why_and_the_words_that_changed(as_educator: Client, changed: Code) -> None:
    page = look(as_educator).text
    for said in ("Rule “units”", "by educator", "=Payer counts each", "Draft changed", changed.number):
        assert said in page
    line = trail.line_of(AuditEntry.objects.get())
    spans = [(span.kind.value, span.text) for field in line.fields for span in field.spans]
    assert any(kind == "removed" and "one or more" in text for kind, text in spans)
    assert any(kind == "added" and "each" in text for kind, text in spans)


def test_a_rule_is_compared_in_words_beside_its_parameters(changed: Code) -> None:
    (field,) = trail.line_of(AuditEntry.objects.get()).fields
    assert "one unit for each" in "".join(span.text for span in field.spans if span.kind != "removed").lower()


def test_only_what_differs_is_told(educator: User) -> None:
    entry = audit(
        educator, "x", "A1001/about", before={"title": "Old", "summary": "S"}, after={"title": "New", "summary": "S"}
    )
    assert [field.label for field in trail.line_of(entry).fields] == ["title"]


def test_what_was_added_or_removed_altogether_is_told(educator: User) -> None:
    made = trail.line_of(audit(educator, "x", "A1001/rules/a", after={"kind": "units"}))
    gone = trail.line_of(audit(educator, "x", "A1001/rules/a", before={"kind": "units"}))
    assert [span.kind.value for span in made.fields[0].spans] == ["added"]
    assert [span.kind.value for span in gone.fields[0].spans] == ["removed"]


# What is not shown --------------------------------------------------------------------------


def test_entries_about_people_and_teams_are_not_shown(
    as_educator: Client, team: Team, admin: User, trainee: User
) -> None:
    audit(admin, "rights changed", trainee, why="secret-of-a-person")
    audit(admin, "team changed", team, team=team.pk, why="secret-of-a-team")
    audit(admin, "course changed", "course 5", team=team.pk, why="secret-of-a-teams-course")
    audit(admin, "course changed", "course 6", why="of the site")
    page = look(as_educator).text
    assert "secret-of" not in page
    assert "of the site" in page
    assert "secret-of" not in as_educator.get(reverse("trail_file")).text


def test_a_trainee_sees_no_trail(as_trainee: Client, changed: Code) -> None:
    for url in (reverse("trail"), reverse("trail_file"), reverse("page_trail", args=[changed.number])):
        assert as_trainee.get(url).status_code == 403


# Searching ----------------------------------------------------------------------------------


def test_changes_are_found_by_page_part_person_verb_reason_and_date(educator: User, admin: User) -> None:
    begun = timezone.localdate()
    audit(educator, "draft changed", "A1001/rules/units", why="The payer counts")
    audit(admin, "page moved", "A1001/sections", why="Clearer")
    audit(admin, "draft changed", "A10012/rules/units", why="Another page")
    today = timezone.localdate()  # a test may run through midnight
    assert subjects(page_number="a1001") == ["A1001/sections", "A1001/rules/units"]
    assert subjects(part="rules/units") == ["A10012/rules/units", "A1001/rules/units"]
    assert subjects(who="educ") == ["A1001/rules/units"]
    assert subjects(verb="page moved") == ["A1001/sections"]
    assert subjects(why="PAYER") == ["A1001/rules/units"]
    assert len(subjects(since=str(begun), until=str(today))) == 3
    assert not subjects(until=str(begun - timedelta(days=1)))
    assert not subjects(page_number="A1001", who="admin", verb="draft changed")


def test_a_changed_word_is_found_by_its_name_and_says_what_changed(
    as_educator: Client, educator: User, starter_library: None
) -> None:
    bone = FacetValue.objects.get(facet__name="site", value="bone")
    add_word(bone.facet, "spleen", ["lien"], by=educator, at=timezone.now(), why="A new page")
    seen = as_seen(bone)
    change_synonyms(bone, [*bone.synonyms, "os"], seen=seen, by=educator, at=timezone.now(), why="A note had it")
    page = as_educator.get(reverse("word", args=[bone.pk])).text
    assert f"{reverse('trail')}?part=bone" in page
    found = look(as_educator, part="bone").text
    assert "Vocabulary: site, “bone”" in found
    assert "A note had it" in found
    assert '<ins><span class="visually-hidden">added: </span>' in found
    assert "A new page" not in found
    assert '<option value="word changed">' in found
    assert subjects(verb="word added") == [f"facetvalue {FacetValue.objects.get(value='spleen').pk}"]


def test_an_entry_that_names_no_word_is_shown_by_what_the_word_is_called(
    educator: User, starter_library: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    words = list(FacetValue.objects.select_related("facet")[:5])
    entries = [
        audit(educator, "word changed", one, before={"synonyms": []}, after={"synonyms": ["x"]}) for one in words
    ]
    gone = audit(educator, "word changed", "facetvalue 999999", after={"synonyms": ["x"]})
    with django_assert_num_queries(1):
        lines = trail.lines([*entries, gone])
    assert [line.what for line in lines[:5]] == [f"Vocabulary: {one.facet.name}, “{one.value}”" for one in words]
    assert lines[5].what == "Facetvalue 999999"


def test_what_the_admin_changes_of_the_vocabulary_is_found(educator: User, starter_library: None) -> None:
    facet = Facet.objects.get(name="site")
    audit(educator, WORDS, facet, before={"label": "Site"}, after={"label": "Body site"})
    audit(educator, WORDS, "phrase 7", after={"text": "Seen today."})
    audit(educator, WORDS, "synonym 7", before={"term": "MI"})
    told = [line.what for line in trail.lines(trail.found(trail.Asked.of({"verb": WORDS})))]
    assert told == ["Search word “MI”", "Phrase “Seen today.”", "Vocabulary: facet “Body site”"]
    assert subjects(part="Body site") == [f"facet {facet.pk}"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"since": "tomorrow"}, "From: enter a date like 2026-03-01."),
        ({"until": "2026-02-30"}, "To: enter a date like 2026-03-01."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "To: this is before the first day."),
        ({"page_number": "' OR 1=1"}, "Page: enter the number of a code."),
    ],
)
def test_what_cannot_be_looked_for_is_said_at_its_field(
    as_educator: Client, changed: Code, query: dict[str, str], says: str
) -> None:
    page = look(as_educator, **query)
    assert page.status_code == 422
    assert says in page.text
    assert "Rule “units”" not in page.text


@pytest.mark.parametrize("text", ["\x00", "%", "_", "9999-12-31", "🙂" * 200])
def test_any_text_can_be_looked_for(as_educator: Client, changed: Code, text: str) -> None:
    for field in ("part", "who", "verb", "why", "page_number", "since", "until", "page"):
        assert look(as_educator, **{field: text}).status_code in (200, 422)


def test_the_list_turns_pages_in_as_many_queries_for_many_as_for_few(as_educator: Client, educator: User) -> None:
    audit(educator, "draft changed", "A1001/about")
    few = queries(as_educator)
    for number in range(60):
        audit(educator, "draft changed", f"A{1000 + number}/about", before={"title": "a"}, after={"title": "b"})
    assert queries(as_educator) == few
    assert look(as_educator).text.count('class="trail-line"') == 50
    assert look(as_educator, page=2).text.count('class="trail-line"') == 11


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        look(client)
    return len(captured)


def test_a_page_is_found_by_the_index_on_the_subject(bone_code: Code) -> None:
    entries = trail.of_page(AuditEntry.objects.order_by(), bone_code.number)
    if connection.vendor == "sqlite":
        assert "audit_by_subject" in entries.explain()
    assert entries.count() == 0


# One page -----------------------------------------------------------------------------------


def test_a_page_has_its_changes_and_editions_in_one_line(as_educator: Client, educator: User, changed: Code) -> None:
    publish(changed, by=educator, why="Counts each tumor")
    audit(educator, "draft changed", "A1001/about", why="elsewhere")
    page = as_educator.get(reverse("page_trail", args=[changed.number])).text
    assert page.index("Edition 2") < page.index("Rule “units”") < page.index("Edition 1")
    assert "Counts each tumor" in page
    assert "elsewhere" not in page


# The file -----------------------------------------------------------------------------------


def test_the_file_has_what_was_found_and_no_formula(as_educator: Client, educator: User, changed: Code) -> None:
    audit(educator, "page moved", f"{changed.number}/sections", why="Other")
    sent = as_educator.get(reverse("trail_file"), {"part": "rules/units"})
    head, row = csv.reader(io.StringIO(sent.content.decode("utf-8-sig")))
    assert tuple(head) == trail.HEAD
    assert row[1:6] == ["educator", "draft changed", changed.number, "rules/units", "'=Payer counts each"]
    assert '"one or more"' in row[6]
    assert datetime.fromisoformat(row[0]).utcoffset() == timedelta(0)
    assert "attachment" in sent["Content-Disposition"]


def test_releasing_an_exam_is_noted_once(as_educator: Client, educator: User) -> None:
    exam = Exam.objects.create(title="Ten questions", author=educator)
    exams.release(exam, timezone.now(), by=educator)
    exams.release(exam, timezone.now(), by=educator)
    entry = AuditEntry.objects.get(verb="results released")
    assert (entry.who, entry.subject, entry.after) == (educator, f"exam {exam.pk}", {"people": 0})
    assert "Results released" in look(as_educator).text
