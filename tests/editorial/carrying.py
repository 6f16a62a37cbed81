"""Archives and workbooks for tests, and what must not change when they are refused."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from codes.content_files import write_folder
from codes.models import Code, Edition
from codes.pages import Content, read_page
from courses.models import Course


def files_of(content: Content) -> dict[str, str]:
    """A page's files as they stand in an archive."""
    return {f"codes/{content['number']}/{name}": text for name, text in write_folder(content).items()}


def page(number: str = "A9999", **fields: Any) -> Content:
    """A small new page."""
    content: Content = {
        "system": "HCPCS", "number": number, "title": "A service of our own", "summary": "", "search_words": [],
        "sections": [{"slug": "billing", "heading": "Billing", "body": "Once."}], "rules": [], "history": [],
        "documentation": [], "similar": [], "sources": [], "examples": [],
    }  # fmt: skip
    return content | fields


def sent(client: Client, data: bytes, name: str = "content.zip") -> Any:
    """What an upload answers."""
    return client.post(reverse("files"), {"file": SimpleUploadedFile(name, data)})


def confirmed(client: Client, shown: Any, **more: str) -> Any:
    """What confirming a shown file answers, with a reason."""
    return client.post(reverse("files"), {"shown": shown.context["shown"], "why": "The manual says so", **more})


def state() -> tuple[Any, ...]:
    """All drafts and courses, and how many editions and audit entries there are."""
    pages = [read_page(code) for code in Code.objects.all()]
    return pages, list(Course.objects.values()), Edition.objects.count(), AuditEntry.objects.count()
