"""What the tests of editing say more than once."""

from typing import Any

from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from codes.models import Code


def sent(**fields: str) -> QueryDict:
    """A form as a browser sends it."""
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


def part_url(code: Code, part: str) -> str:
    """The address of the form of a part."""
    return reverse("write_part", args=[code.number, part])


def form_of(page: Any) -> dict[str, str]:
    """What the form on a page would send with Save, untouched."""
    form = page.context["form"]
    values = {bound.html_name: bound.value() for bound in form}
    fields = {name: "" if value is None else str(value) for name, value in values.items()}
    return fields | {"seen": page.context["seen"], "part": page.context["part"], "action": "save"}


def opened(client: Client, code: Code, part: str) -> dict[str, str]:
    """Open a part and take what its form would send."""
    return form_of(client.get(part_url(code, part)))


def saved(client: Client, code: Code, part: str, **changed: str) -> Any:
    """Open a part, change something and save it."""
    return client.post(part_url(code, part), opened(client, code, part) | changed)


def pressed(client: Client, url: str, sent: dict[str, Any], **more: Any) -> Any:
    """What a form answers that is sent at once after its page was opened, over what the page has shown."""
    return client.post(url, {"seen": client.get(url).context["seen"], **sent}, **more)
