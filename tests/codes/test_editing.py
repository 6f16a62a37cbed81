"""Editing and publishing in the admin; the upload page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from codes.models import Code, Edition
from tests.codes.test_commands import ARTICLE
from tests.editorial.pages import pressed


def test_the_list_and_the_form_open(as_educator: Client, bone_code: Code) -> None:
    assert "Cryoablation" in as_educator.get(reverse("admin:codes_code_changelist")).text
    page = as_educator.get(reverse("admin:codes_code_change", args=[bone_code.pk])).text
    assert "Do not report 76940" in page
    assert "Check and publish" in page


def test_every_list_of_the_admin_opens(admin: Any, starter_library: None, client: Client) -> None:
    client.force_login(admin)
    for name in ("edition", "articleimport", "facet", "documentationtopic"):
        assert client.get(reverse(f"admin:codes_{name}_changelist")).status_code == 200
    for name in ("scenario", "questionversion", "attempt", "answer", "grading"):
        assert client.get(reverse(f"admin:quizzes_{name}_changelist")).status_code == 200


def form_of(page: Any) -> dict[str, str]:
    """Every field of the admin's change form as the browser would send it back."""
    data: dict[str, Any] = {}
    forms = [page.context["adminform"].form]
    for formset in page.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            data[bound.html_name] = "" if value is None else value
    return {name: value for name, value in data.items() if value is not False}


def test_an_edit_is_published_with_its_reason(as_educator: Client, educator: Any, bone_code: Code) -> None:
    url = reverse("admin:codes_code_change", args=[bone_code.pk])
    data = form_of(as_educator.get(url))
    assert as_educator.post(url, data | {"title": "A better title"}).status_code == 302
    publish_url = reverse("admin:codes_code_publish", args=[bone_code.pk])
    review_url = reverse("review_page", args=[bone_code.number])
    assert as_educator.get(publish_url).url == review_url  # type: ignore[attr-defined]
    pressed(as_educator, review_url, {"do": "publish", "why": "Clearer title"})
    edition = Edition.objects.get(code=bone_code, number=2)
    assert (edition.why, edition.published_by, edition.document["title"]) == (
        "Clearer title",
        educator,
        "A better title",
    )


def test_a_page_with_an_error_cannot_be_published(as_educator: Client, bone_code: Code) -> None:
    bone_code.section_set.filter(slug="billing").delete()
    sent = {"do": "publish", "why": "Anyway"}
    page = pressed(as_educator, reverse("review_page", args=[bone_code.number]), sent)
    assert (page.status_code, "An error stands in the way" in page.text) == (409, True)
    assert bone_code.editions.count() == 1


def test_the_admin_publishes_nothing_past_the_review(as_educator: Client, bone_code: Code) -> None:
    Code.objects.filter(pk=bone_code.pk).update(title="Another")
    answer = as_educator.post(reverse("admin:codes_code_publish", args=[bone_code.pk]), {"why": "Me"})
    assert answer.status_code == 302
    assert bone_code.editions.count() == 1


def test_a_trainee_publishes_nothing(as_trainee: Client, bone_code: Code) -> None:
    answer = as_trainee.post(reverse("admin:codes_code_publish", args=[bone_code.pk]), {"why": "Me"})
    assert answer.status_code == 302
    assert bone_code.editions.count() == 1


def test_an_uploaded_article_is_reported(as_educator: Client, no_library: None) -> None:
    upload = SimpleUploadedFile("article.txt", ARTICLE.read_bytes())
    page = as_educator.post(reverse("upload_article"), {"article": upload})
    assert page.status_code == 200
    assert "what was understood" in page.text
    assert Code.objects.count() == 1


def test_a_pasted_article_is_read_too(as_educator: Client, no_library: None) -> None:
    page = as_educator.post(reverse("upload_article"), {"pasted": ARTICLE.read_text(encoding="utf-8")})
    assert "what was understood" in page.text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose a file or paste"),
        ({"pasted": "nothing of the kind"}, "No heading"),
        ({"article": SimpleUploadedFile("x.txt", b"caf\xe9")}, "is not UTF-8"),
        ({"article": SimpleUploadedFile("x.txt", b"")}, "empty"),
    ],
)
def test_what_is_no_article_is_refused(as_educator: Client, no_library: None, sent: Any, said: str) -> None:
    page = as_educator.post(reverse("upload_article"), sent)
    assert page.status_code == 422
    assert said.lower() in page.text.lower()
    assert not Code.objects.exists()
