"""The page of a search: the shell around it is kept, what is in it is each reader's own."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from codes import framed
from tests.conftest import signed_in

TOKEN = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]+>')
QUERY = {"q": "bone & <b>\"marrow'", "system": "CPT", "billable": "1", "dos": "2026-02-01", "more": "1"}


def looked(client: Client, **query: str) -> str:
    return client.get(reverse("find_codes"), query).text


@pytest.mark.parametrize("query", [{}, {"q": "bone"}, QUERY])
def test_a_page_in_the_kept_shell_reads_as_one_that_is_rendered(
    starter_library: None, client: Client, trainee: User, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    readers = [client, signed_in(trainee)]
    kept = [looked(reader, **query) for reader in readers]
    monkeypatch.setattr(framed, "get_messages", lambda request: ["something to tell"])
    made = [looked(reader, **query) for reader in readers]
    assert [_bare(text) for text in kept] == [_bare(text) for text in made]


def _bare(text: str) -> list[str]:
    """Its lines, without tokens and without blanks around them."""
    return [line.strip() for line in TOKEN.sub("", text).splitlines() if line.strip()]


def test_each_reader_gets_their_own_name_and_a_token_that_counts(
    starter_library: None, trainee: User, teammate: User
) -> None:
    first, second = looked(signed_in(trainee)), looked(signed_in(teammate))
    assert "trainee: settings" in first
    assert "teammate" not in first
    assert "teammate: settings" in second
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(trainee)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', looked(strict))
    assert token
    assert strict.post(reverse("account_logout")).status_code == 403
    assert strict.post(reverse("account_logout"), {"csrfmiddlewaretoken": token[1]}).status_code == 302


def test_a_stranger_s_page_has_nothing_of_anybody_and_the_way_to_sign_in(starter_library: None, client: Client) -> None:
    sent = client.get(reverse("find_codes"), {"q": "bone"})
    assert not TOKEN.search(sent.text)
    assert not sent.cookies
    assert 'href="/accounts/login/?next=/codes/"' in sent.text


def test_what_was_filled_in_stands_in_the_form_and_is_no_markup(starter_library: None, as_trainee: Client) -> None:
    page = looked(as_trainee, **QUERY)
    assert 'value="bone &amp; &lt;b&gt;&quot;marrow&#x27;"' in page
    assert '<option value="CPT" selected>' in page
    assert 'name="billable" value="1" checked>' in page
    assert 'name="valid" value="1">' in page
    assert 'name="dos" type="date" class="form-control" value="2026-02-01"' in page
    assert "<b>" not in page
    assert "<title>bone &amp; &lt;b&gt;&quot;marrow&#x27; · Find a code" in page


def test_a_message_is_told_once(starter_library: None, as_trainee: Client) -> None:
    as_trainee.post(reverse("account_logout"))
    assert 'role="status">You have signed out' in looked(as_trainee)
    assert 'role="status">You have signed out' not in looked(as_trainee)


def test_the_page_costs_as_many_queries_for_one_result_as_for_all(
    starter_library: None, as_trainee: Client, django_assert_num_queries: Any
) -> None:
    for text in ("20983", "ablation", ""):
        looked(as_trainee, q=text)
        with django_assert_num_queries(5 if text == "ablation" else 4):
            looked(as_trainee, q=text)
