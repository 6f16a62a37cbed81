"""Pages that are rendered once: what everybody gets is right, and nobody gets what is somebody else's."""

import datetime as dt
import gzip
import re
from typing import Any

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codes import stored
from codes.holes import Sheet, hole
from codes.models import Code, PublishedCode, Rule, SimilarCode
from codes.publish import publish, retire
from coding_edu.context import header_of
from courses.models import Team
from quizzes.models import RuleMemory
from statements.prepared import Prepared
from tests.conftest import signed_in

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')


@pytest.fixture
def url(bone_code: Code) -> str:
    return bone_code.get_absolute_url()


def test_two_readers_see_their_own_names_on_one_stored_page(url: str, trainee: User, teammate: User) -> None:
    first, second = signed_in(trainee).get(url).text, signed_in(teammate).get(url).text
    assert stored._main.cache_info().misses == 1
    assert "trainee: settings" in first
    assert "teammate" not in first
    assert "teammate: settings" in second
    assert "trainee" not in second.replace("teammate", "")


def test_a_stored_page_reads_as_one_that_is_rendered(url: str, as_trainee: Client) -> None:
    """Asking for today by its date goes the long way; it differs in the banner and in what is new each time."""
    kept, made = as_trainee.get(url).text, as_trainee.get(f"{url}?dos={timezone.localdate()}").text
    banner = re.compile(r'<p class="banner banner-current".*?</p>', re.DOTALL)
    assert banner.search(made)
    assert _bare(kept) == _bare(banner.sub("", made).replace(f"?dos={timezone.localdate()}", ""))


def test_a_stranger_s_page_reads_as_one_that_is_rendered(url: str, client: Client) -> None:
    kept, made = client.get(url).text, client.get(f"{url}?dos={timezone.localdate()}").text
    banner = re.compile(r'<p class="banner banner-current".*?</p>', re.DOTALL)
    made = re.sub(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]+>', "", banner.sub("", made))
    assert _bare(kept) == _bare(made.replace(f"?dos={timezone.localdate()}", ""))


def _bare(text: str) -> list[str]:
    """Words and tags, without tokens and keys."""
    return KEY.sub("", TOKEN.sub("", text)).split()


def test_each_form_of_a_stored_page_has_a_key_of_its_own_and_a_token_that_counts(url: str, trainee: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(trainee)
    page = browser.get(url).text
    keys = KEY.findall(page)
    assert len(keys) == len(set(keys)) > 1
    assert not set(keys) & set(KEY.findall(browser.get(url).text))
    sent = {"csrfmiddlewaretoken": TOKEN.findall(page)[0], "key": keys[0]}
    assert browser.post(reverse("practise", args=["20983"]), sent).status_code == 302


def test_a_token_of_one_reader_is_none_of_another(url: str, trainee: User, teammate: User) -> None:
    mine, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    mine.force_login(trainee)
    other.force_login(teammate)
    other.get(url)
    token = TOKEN.findall(mine.get(url).text)[0]
    sent = {"csrfmiddlewaretoken": token}
    assert other.post(reverse("practise", args=["20983"]), sent).status_code == 403


def test_strangers_get_the_same_bytes_with_nothing_of_anybody_in_them(url: str, as_trainee: Client) -> None:
    as_trainee.get(url)
    first, second = Client().get(url), Client().get(url)
    assert first.content == second.content
    assert not first.cookies
    assert "csrfmiddlewaretoken" not in first.text
    assert "trainee" not in first.text
    assert not KEY.search(first.text)


def test_a_stranger_asks_again_and_is_told_that_nothing_changed(client: Client, url: str, bone_code: Code) -> None:
    first = client.get(url)
    assert first["Cache-Control"] == "no-cache"
    assert "Cookie" in first["Vary"]
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    _retitled(bone_code)
    assert "Another title" in client.get(url, headers={"If-None-Match": first["ETag"]}).text


def test_the_compressed_page_is_the_same_page_under_another_tag(client: Client, url: str) -> None:
    plain, packed = client.get(url), client.get(url, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in plain["Vary"]


def test_what_is_somebody_s_own_is_neither_compressed_nor_kept_by_the_browser(url: str, as_trainee: Client) -> None:
    page = as_trainee.get(url, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page
    assert "ETag" not in page
    assert page["Cache-Control"] == "no-store, private"


def test_what_is_published_is_seen_at_once(url: str, client: Client, as_trainee: Client, bone_code: Code) -> None:
    assert all("Another title" not in browser.get(url).text for browser in (client, as_trainee))
    _retitled(bone_code)
    assert all("Another title" in browser.get(url).text for browser in (client, as_trainee))


def test_a_page_that_is_retired_is_gone_at_once(url: str, client: Client, as_trainee: Client, bone_code: Code) -> None:
    assert [browser.get(url).status_code for browser in (client, as_trainee)] == [200, 200]
    retire(bone_code, by=None, why="Gone")
    assert [browser.get(url).status_code for browser in (client, as_trainee)] == [410, 410]


def test_a_page_that_another_one_points_to_is_a_link_as_long_as_it_is_there(
    url: str, client: Client, bone_code: Code
) -> None:
    other = PublishedCode.objects.exclude(number="20983").select_related("code").last()
    assert other is not None
    SimilarCode.objects.create(code=bone_code, number=other.number, gloss="Another one.")
    publish(bone_code, by=None, why="Similar")
    link = f'<a href="{other.code.get_absolute_url()}" class="code">'
    assert link in client.get(url).text
    retire(other.code, by=None, why="Gone")
    assert link not in client.get(url).text


def test_a_rule_is_there_from_its_first_day_on(
    url: str, client: Client, as_trainee: Client, bone_code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Rule.objects.filter(code=bone_code).exclude(kind="validity").first()
    assert rule is not None
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    rule.starts = tomorrow
    rule.save()
    publish(bone_code, by=None, why="From tomorrow")
    mark = f'id="rule-{rule.slug}"'
    assert all(mark not in browser.get(url).text for browser in (client, as_trainee))
    monkeypatch.setattr(timezone, "localdate", lambda *args: tomorrow)
    assert all(mark in browser.get(url).text for browser in (client, as_trainee))


def test_who_edits_or_manages_is_shown_the_way_and_nobody_else(
    url: str, as_educator: Client, as_manager: Client, as_trainee: Client
) -> None:
    edit, team = f'href="{reverse("desk")}"', f'href="{reverse("teams")}"'
    pages = [browser.get(url).text for browser in (as_educator, as_manager, as_trainee)]
    assert [(edit in page, team in page) for page in pages] == [(True, False), (False, True), (False, False)]


def test_the_header_counts_the_reader_s_own_reviews(
    url: str, as_trainee: Client, trainee: User, teammate: User
) -> None:
    assert "due)" not in as_trainee.get(url).text
    _due(trainee)
    assert "(1 due)" in as_trainee.get(url).text
    assert "due)" not in signed_in(teammate).get(url).text


def test_a_message_is_told_on_the_page_that_is_asked_for_next(url: str, as_trainee: Client) -> None:
    as_trainee.get(url)
    storage = CookieStorage(HttpRequest())
    storage.add(constants.INFO, "There is something to tell.")
    as_trainee.cookies["messages"] = storage._encode(storage._queued_messages) or ""
    assert "There is something to tell." in as_trainee.get(url).text
    assert "There is something to tell." not in as_trainee.get(url).text


def test_a_theme_is_the_one_of_whoever_asks(url: str, as_trainee: Client, client: Client) -> None:
    for browser in (client, as_trainee):
        browser.cookies["theme"] = "dark"
        assert 'data-theme="dark"' in browser.get(url).text
        browser.cookies["theme"] = "light"
        assert 'data-theme="light"' in browser.get(url).text


def test_the_theme_is_chosen_on_a_page_of_this_site_only(url: str, client: Client) -> None:
    browser, to = Client(enforce_csrf_checks=True), reverse("set_theme")
    here = [{"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}]
    elsewhere: list[dict[str, str]] = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}]
    assert [browser.post(to, {"theme": "dark"}, headers=told).status_code for told in here] == [302, 302]
    assert [browser.post(to, {"theme": "dark"}, headers=told).status_code for told in elsewhere] == [403, 403, 403]


def test_a_page_costs_a_stranger_one_query_and_a_reader_four(
    url: str, client: Client, trainee: User, team: Team, django_assert_num_queries: Any
) -> None:
    reader = signed_in(trainee)
    for browser, most in ((client, 1), (reader, 4)):
        browser.get(url)
        with django_assert_num_queries(most):
            browser.get(url)


def test_whoever_has_the_cookie_of_the_forms_is_not_sent_it_again(url: str, as_trainee: Client) -> None:
    assert "csrftoken" in as_trainee.get(url).cookies
    again = as_trainee.get(url)
    assert "csrftoken" not in again.cookies
    [token] = set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', again.text))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_trainee.cookies
    form = {"theme": "dark", "csrfmiddlewaretoken": token}
    assert strict.post(reverse("account_logout"), form).status_code == 302


def test_nobody_can_write_a_hole_into_a_text() -> None:
    sheet = Sheet.of(f"<p>csrf_token {hole('name')} 00-name-</p>")
    assert sheet.filled({"name": lambda: "Kim"}) == b"<p>csrf_token Kim 00-name-</p>"


def test_a_prepared_query_is_about_whom_it_is_asked_for(trainee: User, teammate: User) -> None:
    _due(teammate)
    assert [header_of(one).reviews_due for one in (trainee, teammate, trainee)] == [0, 1, 0]


def test_a_query_whose_sql_depends_on_its_values_is_refused(db: None) -> None:
    query = Prepared(lambda pk: User.objects.filter(pk__in=range(pk % 10)), int)
    with pytest.raises(ValueError, match="must not depend"):
        query.rows(1)


def _retitled(code: Code) -> None:
    code.title = "Another title"
    code.save()
    publish(code, by=None, why="A better title")


def _due(person: User) -> None:
    now = timezone.now()
    rule = PublishedCode.objects.get(number="20983").edition.document["rules"][0]
    RuleMemory.objects.create(
        person=person, rule=f"20983/{rule['slug']}", kind=rule["kind"], code="20983", stability=1, difficulty=5,
        first_met=now, reviewed_at=now - dt.timedelta(days=3), due=now - dt.timedelta(days=1), level="learning",
    )  # fmt: skip
