"""Certificates: what they say, on paper and to whoever checks them, and how they end."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from fpdf import FPDF

from accounts.models import AuditEntry, User
from courses import certificates
from courses.assigning import Terms, assign
from courses.certificates import find, issue, new_code, result_of, revoke
from courses.models import Assignment, Certificate, Course, CourseItem, Standing, Team
from courses.pdf import BOX, certificate_pdf, day_of, drawable, is_drawable
from tests.conftest import signed_in

#: Late in the evening in Chicago, the next day in Greenwich.
EVENING = datetime(2026, 3, 12, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_misses() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def course(db: None) -> Course:
    return Course.objects.create(
        title="Percutaneous ablation", gives_certificate=True, ce_hours="1.50", ce_provider="AAPC", ce_number="CLW-1"
    )


@pytest.fixture
def done(team: Team, course: Course, trainee: User, manager: User) -> Assignment:
    (assignment,) = assign(team, course, [trainee], Terms(), by=manager, at=EVENING)
    assignment.done_at = EVENING
    assignment.save(update_fields=["done_at"])
    return assignment


@pytest.fixture
def certificate(done: Assignment) -> Certificate:
    User.objects.filter(pk=done.person_id).update(first_name="Tessa", last_name="Trainee")
    done.person.refresh_from_db()
    made = issue(done, EVENING)
    assert made is not None
    made.refresh_from_db()
    return made


# What it says ---------------------------------------------------------------------------------


def test_a_code_is_twelve_letters_that_nobody_mistakes() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(r"(?:[A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}", code) for code in codes)


def test_the_result_is_said_in_words(done: Assignment) -> None:
    kinds = (CourseItem.Kind.PAGE, CourseItem.Kind.QUIZ, CourseItem.Kind.EXAM)
    for position, (kind, tried, kept) in enumerate(zip(kinds, (1, 20, 20), (1, 16, 19), strict=True), 1):
        item = CourseItem.objects.create(course=done.course, position=position, kind=kind)
        Standing.objects.create(assignment=done, item=item, state=Standing.State.DONE, tried=tried, kept=kept)
    assert result_of(done) == "3 of 3 items done; 88 % of 40 answers clean"
    Standing.objects.filter(item__kind=CourseItem.Kind.EXAM).delete()
    Standing.objects.filter(item__kind=CourseItem.Kind.QUIZ).update(tried=4, kept=3)
    assert result_of(done) == "2 of 2 items done; 3 of 4 answers clean"


def test_what_was_reached_is_kept_as_it_was_then(done: Assignment) -> None:
    item = CourseItem.objects.create(course=done.course, position=1, kind=CourseItem.Kind.PAGE)
    Standing.objects.create(assignment=done, item=item, state=Standing.State.DONE, tried=1, kept=1)
    made = issue(done, EVENING)
    Standing.objects.update(state=Standing.State.NOT_STARTED)
    Course.objects.update(title="Another title")
    assert issue(done, EVENING) == made
    kept = Certificate.objects.get()
    assert (kept.result, kept.course_title) == ("1 of 1 item done", "Percutaneous ablation")


# On paper -------------------------------------------------------------------------------------


def test_the_paper_says_everything(certificate: Certificate, said: list[str]) -> None:
    certificate.result = "4 of 4 items done"
    certificate_pdf(certificate, certificate.assignment.team.zone)
    assert said == [
        "Claimwright",
        "CERTIFICATE OF COMPLETION",
        "Tessa Trainee",
        "has completed",
        "Percutaneous ablation",
        "with Tumor team",
        "4 of 4 items done",
        "1.5 continuing education units, approved by AAPC, no. CLW-1",
        "Issued",
        "March 11, 2026",
        "Code",
        certificate.code,
        f"Check that it still holds: http://127.0.0.1:8000/verify/{certificate.code}/",
    ]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written on the pages, as it is written."""
    written: list[str] = []
    cell = FPDF.multi_cell

    def keep(self: FPDF, w: float, h: float, text: str, **more: Any) -> Any:
        written.append(text)
        return cell(self, w, h, text, **more)

    monkeypatch.setattr(FPDF, "multi_cell", keep)
    return written


def test_the_paper_is_one_page_with_title_language_and_its_own_fonts(certificate: Certificate) -> None:
    file = certificate_pdf(certificate, certificate.assignment.team.zone)
    assert file.startswith(b"%PDF-")
    assert file.count(b"/Type /Page\n") == 1
    assert b"/Lang (en-US)" in file
    assert b"/Title (Certificate: Percutaneous ablation)" in file
    assert b"/FontFile2" in file
    assert len(file) < 100_000


def test_the_same_certificate_is_the_same_file(certificate: Certificate) -> None:
    zone = certificate.assignment.team.zone
    assert certificate_pdf(certificate, zone) == certificate_pdf(certificate, zone)


def test_the_date_is_that_of_the_team(certificate: Certificate) -> None:
    assert day_of(EVENING, certificate.assignment.team.zone) == "March 11, 2026"
    assert day_of(EVENING, UTC) == "March 12, 2026"


@pytest.mark.parametrize("name", ["Maria Nguyễn-Østergård", "Дмитрий Шостакович", "Ελένη", "Łukasz Żółć"])
def test_a_name_in_other_letters_is_drawn(certificate: Certificate, said: list[str], name: str) -> None:
    certificate.name = name
    certificate_pdf(certificate, UTC)
    assert name in said
    assert not any("own letters" in line for line in said)


@pytest.mark.parametrize("name", ["王小明", "சிவா", "ราชา", "محمد", "Jo 🦄"])
def test_what_the_fonts_lack_is_drawn_as_boxes_and_said(certificate: Certificate, said: list[str], name: str) -> None:
    certificate.name = name
    certificate_pdf(certificate, UTC)
    assert not is_drawable(name)
    assert any("The name in its own letters: http" in line for line in said)


def test_letters_from_right_to_left_stand_as_they_are_read() -> None:
    assert drawable("דוד כהן") == "דוד כהן"[::-1]
    assert drawable("王 Li\u202e\x00\n x") == f"{BOX} Li x"


@pytest.mark.parametrize("name", ["W" * 200, "Wolfe schlegel " * 13, "", "\u200b", "(\\) <b>", "a" + "\u0301" * 199])
def test_no_name_is_too_odd_for_the_paper(certificate: Certificate, name: str) -> None:
    certificate.name, certificate.course_title, certificate.team_name = name, "W" * 120, "W" * 100
    assert certificate_pdf(certificate, UTC).count(b"/Type /Page\n") == 1


def test_the_download_is_named_safely(as_trainee: Client, certificate: Certificate) -> None:
    Certificate.objects.update(course_title='Évil"\r\nX: y/../王')
    answer = as_trainee.get(reverse("certificate_pdf", args=[certificate.code]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="evil-x-y-{certificate.code}.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_only_its_owner_and_the_managers_of_its_team_get_the_paper(
    certificate: Certificate, as_trainee: Client, as_manager: Client, teammate: User, other_manager: User
) -> None:
    url = reverse("certificate_pdf", args=[certificate.code])
    clients = [as_trainee, as_manager, signed_in(teammate), signed_in(other_manager)]
    assert [client.get(url).status_code for client in clients] == [200, 200, 404, 404]
    assert as_trainee.get(reverse("certificate_pdf", args=["AAAA-AAAA-AAAA"])).status_code == 404


def test_own_certificates_are_listed_and_nobody_elses(
    certificate: Certificate, as_trainee: Client, teammate: User
) -> None:
    assert certificate.code in as_trainee.get(reverse("certificates")).text
    assert certificate.code not in signed_in(teammate).get(reverse("certificates")).text


def test_a_seat_that_ended_takes_no_certificate_away(certificate: Certificate, as_trainee: Client) -> None:
    certificate.assignment.team.memberships.update(ended_at=EVENING)
    assert as_trainee.get(reverse("certificate_pdf", args=[certificate.code])).status_code == 200


# Checked by anybody ---------------------------------------------------------------------------


def check(code: str) -> Any:
    return Client().get(reverse("verify", args=[code]))


def test_a_right_code_says_what_it_is_for_and_that_it_holds(certificate: Certificate) -> None:
    page = check(certificate.code)
    assert page.status_code == 200
    for said in ("It is valid", "Tessa Trainee", "Percutaneous ablation", "March 11, 2026", "approved by AAPC"):
        assert said in page.text
    assert "trainee@example.com" not in page.text
    assert "Tumor team" not in page.text


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} "]
)
def test_case_and_hyphens_are_forgiven(certificate: Certificate, typed: Any) -> None:
    assert find(typed(certificate.code)) == certificate
    page = Client().get(reverse("verify_form"), {"code": typed(certificate.code)}, follow=True)
    assert "It is valid" in page.text


@pytest.mark.parametrize(
    "code", ["AAAA-AAAA-AAAA", "A", "-", "x" * 400, "' OR 1=1 --", "%00", "ＡＡＡＡ", "😀", "A" * 12 + "\u0000"]
)
def test_a_wrong_code_says_nothing_of_anybody(certificate: Certificate, code: str) -> None:
    page = check(code)
    assert page.status_code == 404
    assert "No certificate has this code" in page.text
    for secret in ("Tessa", "Percutaneous", certificate.code):
        assert secret not in page.text


def test_right_and_wrong_codes_take_the_same_look_ups_to_find(
    certificate: Certificate, django_assert_num_queries: Any
) -> None:
    for code in (certificate.code, "AAAA-AAAA-AAAA", "?"):
        with django_assert_num_queries(1):
            find(code)


def test_whoever_guesses_has_to_wait_and_nobody_else(certificate: Certificate) -> None:
    for _ in range(30):
        assert check("AAAA-AAAA-AAAA").status_code == 404
    refused = check("AAAA-AAAA-AAAA")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.get(reverse("verify", args=[certificate.code])).status_code == 200


def test_checking_real_codes_is_not_limited(certificate: Certificate) -> None:
    assert {check(certificate.code).status_code for _ in range(40)} == {200}


# Revoked --------------------------------------------------------------------------------------


def test_a_manager_revokes_with_a_reason(as_manager: Client, certificate: Certificate, manager: User) -> None:
    url = reverse("certificate_revoke", args=[certificate.code])
    page = as_manager.get(url)
    assert "Revoke this certificate?" in page.text
    assert as_manager.post(url, {"why": "Issued by mistake for Tessa"}, follow=True).status_code == 200
    kept = Certificate.objects.get()
    assert (kept.revoked_why, kept.revoked_at is not None) == ("Issued by mistake for Tessa", True)
    (entry,) = AuditEntry.objects.filter(verb=certificates.REVOKED)
    assert entry.who == manager


def test_no_certificate_is_revoked_without_a_reason(as_manager: Client, certificate: Certificate) -> None:
    page = as_manager.post(reverse("certificate_revoke", args=[certificate.code]), {"why": "  "})
    assert page.status_code == 422
    assert 'href="#id_why"' in page.text
    assert Certificate.objects.get().revoked_at is None


def test_nobody_else_revokes(certificate: Certificate, as_trainee: Client, other_manager: User) -> None:
    url = reverse("certificate_revoke", args=[certificate.code])
    assert as_trainee.post(url, {"why": "x"}).status_code == 403
    assert signed_in(other_manager).post(url, {"why": "x"}).status_code == 404
    assert Certificate.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("by_manager", "because"),
    [(True, "by those who issued it"), (False, "because what it rested on no longer holds")],
)
def test_whoever_checks_is_told_that_it_holds_no_longer_and_no_private_word(
    certificate: Certificate, manager: User, by_manager: bool, because: str
) -> None:
    revoke(certificate, "Cheated in the exam", by=manager if by_manager else None, at=EVENING)
    page = check(certificate.code)
    assert page.status_code == 200
    assert "It is no longer valid" in page.text
    assert because in page.text
    assert "Cheated" not in page.text


def test_what_is_revoked_is_on_no_paper(certificate: Certificate, as_trainee: Client, manager: User) -> None:
    revoke(certificate, "Issued by mistake", by=manager, at=EVENING)
    answer = as_trainee.get(reverse("certificate_pdf", args=[certificate.code]))
    assert answer.status_code == 410
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Issued by mistake" in answer.text
    assert "Revoked" in as_trainee.get(reverse("certificates")).text


def test_managers_see_the_certificates_of_their_team_alone(
    as_manager: Client, certificate: Certificate, team: Team, other_manager: User, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        assert certificate.code in as_manager.get(reverse("team_certificates", args=[team.pk])).text
    another = Team.objects.get(name="Another team")
    assert certificate.code not in signed_in(other_manager).get(reverse("team_certificates", args=[another.pk])).text


# With a corrected name --------------------------------------------------------------------------


def test_a_manager_issues_a_certificate_anew_with_the_name_as_it_is_now(
    as_manager: Client, certificate: Certificate, team: Team
) -> None:
    User.objects.filter(pk=certificate.person_id).update(first_name="Theresa")
    assert "now Theresa Trainee" in as_manager.get(reverse("team_certificates", args=[team.pk])).text
    assert "Tessa Trainee" in Client().get(certificate.get_absolute_url()).text
    as_manager.post(reverse("certificate_anew", args=[certificate.code]))
    page = Client().get(certificate.get_absolute_url()).text
    assert "Theresa Trainee" in page
    assert "Tessa" not in page
    assert "issued anew with a corrected name" in page
    assert AuditEntry.objects.filter(verb="certificate issued anew").count() == 1


def test_without_another_name_nothing_is_issued_anew(as_manager: Client, certificate: Certificate, team: Team) -> None:
    page = as_manager.post(reverse("certificate_anew", args=[certificate.code]), follow=True)
    assert "nothing to correct" in page.text
    assert Certificate.objects.get().renamed_at is None


def test_a_revoked_certificate_keeps_its_name(as_manager: Client, certificate: Certificate, manager: User) -> None:
    revoke(certificate, "By mistake", by=manager, at=EVENING)
    User.objects.filter(pk=certificate.person_id).update(first_name="Theresa")
    as_manager.post(reverse("certificate_anew", args=[certificate.code]))
    assert Certificate.objects.get().name == "Tessa Trainee"


def test_the_holder_is_told_who_can_correct_the_name(as_trainee: Client, certificate: Certificate) -> None:
    assert "can issue it anew" not in as_trainee.get(reverse("certificates")).text
    User.objects.filter(pk=certificate.person_id).update(first_name="Theresa")
    assert "can issue it anew to Theresa Trainee" in as_trainee.get(reverse("certificates")).text
