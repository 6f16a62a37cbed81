"""Lists of people to invite: how they are read, what is shown of them, and that exactly that happens."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from courses.models import Invitation, Letter, Membership, Team
from courses.rosters import MOST_BYTES, Unreadable, as_csv, decoded, guarded, read
from tests.conftest import signed_in
from tests.courses.inviting import mailed

HEAD = "email,name,role,cohort\n"
PLAIN = HEAD + "ana@example.org,Ana Ruiz,trainee,Spring\nben@example.org,Ben Okafor,Manager,\n"


def offers(text: str) -> list[tuple[str, str, str, str]]:
    return [(row.offer.email, row.offer.name, row.offer.role, row.offer.cohort) for row in read(text).rows]


def wrong(text: str) -> list[tuple[int, str]]:
    """Line and column of everything that is wrong."""
    return [(row.line, column) for row in read(text).rows for column, _ in row.wrong]


# Reading ------------------------------------------------------------------------------------


def test_a_row_is_read_with_all_its_columns() -> None:
    assert offers(PLAIN) == [
        ("ana@example.org", "Ana Ruiz", "trainee", "Spring"),
        ("ben@example.org", "Ben Okafor", "manager", ""),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_line_end_is_understood(delimiter: str, end: str) -> None:
    assert offers(PLAIN.replace(",", delimiter).replace("\n", end)) == offers(PLAIN)


@pytest.mark.parametrize(
    "head", ["EMAIL,Name,ROLE,Cohort", "E-Mail Address,full_name,role,Group", " email , name ,role,cohort"]
)
def test_columns_are_known_by_several_names(head: str) -> None:
    assert offers(PLAIN.replace("email,name,role,cohort", head)) == offers(PLAIN)


def test_first_and_last_name_make_a_name() -> None:
    assert offers("Last name;First name;email\nRuiz;Ana;ana@example.org")[0][1] == "Ana Ruiz"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_any_usual_encoding_is_understood(encoding: str) -> None:
    text = (
        HEAD + "ana@example.org,Ana Muñoz-Łącka,,\n"
        if encoding.startswith("utf")
        else HEAD + "ana@example.org,Zoë Muñoz,,\n"
    )
    assert offers(decoded(text.encode(encoding))) == offers(text)


def test_lines_are_numbered_as_an_editor_does() -> None:
    assert wrong('email,name\n\n"ana@example.org","two\nlines"\n\nnonsense,x\n') == [(6, "email")]


def test_an_empty_role_is_a_trainee_and_unused_columns_are_named() -> None:
    roster = read("email,Phone,role\nana@example.org,123,\n")
    assert (roster.rows[0].offer.role, roster.unused) == ("trainee", ("Phone",))


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",Ana,,", "email", "no address"),
        ("nonsense,Ana,,", "email", "not a mail address"),
        (f"{'a' * 250}@example.org,Ana,,", "email", "too long"),
        ("ana@example.org\0,Ana,,", "email", "not a mail address"),
        ("ana@example.org,A\0na,,", "name", "control character"),
        ("ana@example.org,A\x1bna,,", "name", "control character"),
        ("ana@example.org,A\ud800na,,", "name", "control character"),
        (f"ana@example.org,{'x' * 151},,", "name", "a name takes 150"),
        (f"ana@example.org,a{chr(0x301) * 10_000},,", "name", "too many marks"),
        ("ana@example.org,Ana,boss,", "role", "no such role"),
        (f"ana@example.org,Ana,,{'x' * 61}", "cohort", "a cohort takes 60"),
    ],
)
def test_a_wrong_row_names_its_column_and_the_reason(row: str, column: str, reason: str) -> None:
    found = read(f"{HEAD}{row}\nben@example.org,Ben,,").rows
    [(named, why)] = found[0].wrong
    assert (named, reason in why, found[1].wrong) == (column, True, ())


@pytest.mark.parametrize(
    "name", ["=1+1", "שרה כהן", "محمد", "O’Neil", "李小龍", "نرگس\u200cی", "-", "@home", "Ana \U0001f600"]
)
def test_a_name_in_any_script_is_kept(name: str) -> None:
    assert offers(f"{HEAD}ana@example.org,{name},,")[0][1] == name


def test_what_nobody_can_see_is_left_out_of_names() -> None:
    assert offers(f"{HEAD}ana@example.org,A\u202en\u200ba\ufeff  R,,")[0][1] == "Ana R"


def test_the_second_row_for_an_address_is_wrong_and_names_the_first() -> None:
    rows = read(f"{HEAD}ana@example.org,,,\nANA@example.org,,,").rows
    assert rows[1].wrong == (("email", "The same address stands in line 2."),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n,,\n", "empty"),
        ("email,name\n", "no row below"),
        ("name,role\nAna,trainee\n", "No column is called email"),
        ("ana@example.org\nben@example.org\n", "No column is called email"),
        ("email,e-mail\na@example.org,b@example.org\n", "Two columns are called email"),
        (f'email\n"{"x" * 200_000}\n', "cannot be read"),
        (HEAD + "a@example.org,,,\n" * 2001, "2,000 rows"),
        (HEAD + "x" * MOST_BYTES, "too long"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(text)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "workbook"),
        (b"a" * (MOST_BYTES + 1), "1,000,001 bytes"),
        (b"\xff\xfeodd", "no text"),
        (b"abc\0\xff\xff", "no text"),
    ],
)
def test_a_file_that_is_no_list_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decoded(data)


# Bad rows as a file -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "|x", "＝1+1", " =1", "'=1", 'a "b", c'])
def test_no_cell_of_the_bad_rows_is_a_formula_and_all_can_be_read_again(name: str) -> None:
    rows = read(f'email,name,role\nana@example.org,"{name.replace(chr(34), chr(34) * 2)}",boss\n').rows
    text = as_csv((row, "role: no such role") for row in rows)
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell.lstrip()[:1] in "=+-@|＝" and cell]
    assert read(text).rows[0].said["name"] == rows[0].said["name"]


def test_a_plain_cell_stays_as_it_is() -> None:
    assert guarded("O'Neil") == "O'Neil"


# The two steps ------------------------------------------------------------------------------


def url(team: Team) -> str:
    return reverse("invite_list", args=[team.pk])


def checked(client: Client, team: Team, text: str) -> Any:
    return client.post(url(team), {"text": text})


def confirmed(client: Client, team: Team, report: Any, **more: str) -> Any:
    return client.post(url(team), {"shown": report.context["shown"], **more})


MIXED = (
    HEAD
    + "ana@example.org,Ana,,\ntrainee@example.com,T,,\nguest@example.org,G,,\nnonsense,N,,\nbob@example.org,Bob,boss,\n"
)


def test_a_list_is_reported_row_by_row_and_nothing_is_stored(as_manager: Client, team: Team) -> None:
    mailed(team)
    page = checked(as_manager, team, MIXED)
    fates = [(planned.row.line, planned.fate.value) for planned in page.context["plan"].rows]
    assert fates == [(2, "invited"), (3, "seated"), (4, "open"), (5, "wrong"), (6, "wrong")]
    assert "1 of 5 rows will be invited" in page.text
    assert "This is not a mail address." in page.text
    assert (Invitation.objects.count(), Letter.objects.count()) == (1, 1)


def test_a_file_is_read_like_what_is_pasted(as_manager: Client, team: Team) -> None:
    file = SimpleUploadedFile("people.csv", MIXED.encode("utf-16"), "text/csv")
    page = as_manager.post(url(team), {"file": file})
    assert "ana@example.org" in page.text


def test_what_was_shown_is_what_happens(as_manager: Client, team: Team, manager: User) -> None:
    page = confirmed(as_manager, team, checked(as_manager, team, MIXED))
    [made] = team.invitations.filter(email="ana@example.org")
    assert (made.name, made.role, made.invited_by, made.letters.count()) == ("Ana", "trainee", manager, 1)
    assert not team.invitations.filter(email__in=["bob@example.org", "trainee@example.com"]).exists()
    assert "2 rows to correct" in page.text
    assert "bob@example.org,Bob,boss" in page.text


def test_a_list_without_a_bad_row_leads_to_its_progress(as_manager: Client, team: Team) -> None:
    answer = confirmed(as_manager, team, checked(as_manager, team, PLAIN))
    assert answer.headers["Location"] == reverse("people", args=[team.pk])
    Letter.objects.filter(invitation__email="ana@example.org").update(state="sent")
    page = as_manager.get(answer.headers["Location"])
    assert "1 of 2 invitations sent" in page.text
    assert "2 invitations on the way." in page.text


def test_pressing_invite_twice_invites_once(as_manager: Client, team: Team) -> None:
    report = checked(as_manager, team, PLAIN)
    answers = [confirmed(as_manager, team, report) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    assert (team.invitations.count(), Letter.objects.count()) == (2, 2)
    assert AuditEntry.objects.filter(verb="invited").count() == 1


def test_when_something_changed_meanwhile_it_is_shown_again(as_manager: Client, team: Team) -> None:
    report = checked(as_manager, team, PLAIN)
    joined = User.objects.create_user("ana", "ana@example.org")
    Membership.objects.create(team=team, person=joined)
    page = confirmed(as_manager, team, report)
    assert (page.status_code, team.invitations.count()) == (409, 0)
    assert "Something changed since you saw this list" in page.text
    confirmed(as_manager, team, page)
    assert [one.email for one in team.invitations.all()] == ["ben@example.org"]


def test_a_list_of_another_team_person_or_hand_is_not_taken(
    as_manager: Client, team: Team, other_manager: User, manager: User
) -> None:
    report, other = checked(as_manager, team, PLAIN), Team.objects.get(name="Another team")
    Membership.objects.create(team=other, person=manager, role="manager")
    Membership.objects.create(team=team, person=other_manager, role="manager")
    shown = report.context["shown"]
    tries = [(as_manager, other, shown), (signed_in(other_manager), team, shown), (as_manager, team, shown[:-1] + "x")]
    for client, where, value in tries:
        answer = client.post(url(where), {"shown": value})
        assert answer.headers["Location"] == url(where)
    assert not Invitation.objects.exists()


def test_bad_rows_can_be_taken_home(as_manager: Client, team: Team) -> None:
    answer = confirmed(as_manager, team, checked(as_manager, team, MIXED), action="download")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="not-invited.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "email,name,role,cohort,reason",
        "nonsense,N,,,email: This is not a mail address.",
        'bob@example.org,Bob,boss,,"role: There is no such role; write trainee or manager, or leave it empty."',
    ]
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("text", ["", "no header", HEAD, "\0", "email\n\0\n", "=cmd()", 'email\n"', "email,email\na,b"])
def test_a_list_that_is_none_is_refused_in_words_and_never_fails(as_manager: Client, team: Team, text: str) -> None:
    page = checked(as_manager, team, text)
    assert page.status_code in (200, 422)
    assert page.status_code == 200 or "The list could not be read" in page.text
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0", b"PK\x03\x04", b"\xff\xfe\0", b"\xef\xbb\xbf", bytes(range(256))])
def test_a_file_that_is_no_list_is_refused_in_words(as_manager: Client, team: Team, data: bytes) -> None:
    page = as_manager.post(url(team), {"file": SimpleUploadedFile("x.csv", data)})
    assert (page.status_code, 'href="#id_file"' in page.text) == (422, True)


def test_a_file_that_is_too_long_is_refused(as_manager: Client, team: Team) -> None:
    page = as_manager.post(url(team), {"file": SimpleUploadedFile("x.csv", b"a" * (MOST_BYTES + 1))})
    assert (page.status_code, "1,000,001 bytes" in page.text) == (422, True)


def test_the_longest_list_is_taken(as_manager: Client, team: Team) -> None:
    text = HEAD + "".join(f"person{n}@example.org,Person {n},,Spring\n" for n in range(2000))
    confirmed(as_manager, team, checked(as_manager, team, text))
    assert (team.invitations.count(), Letter.objects.count()) == (2000, 2000)


@pytest.mark.parametrize("name", ["=cmd()", "<script>alert(1)</script>", "שרה", "a\u202eb"])
def test_an_odd_name_in_a_list_is_shown_as_text(as_manager: Client, team: Team, name: str) -> None:
    page = checked(as_manager, team, f"{HEAD}ana@example.org,{name},,")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
