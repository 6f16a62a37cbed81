"""The least a browser does: keep a connection and a session, send forms with their token."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from tests.faults.serving import HOST, Site

#: Any token does, as long as the cookie and the form have the same one.
TOKEN = "a1b2c3d4e5f6g7h8a1b2c3d4e5f6g7h8"
TIMEOUT = 120
Form = Mapping[str, str | list[str]]


class Lost(Exception):
    """No whole answer came back: nobody knows whether the request was carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    text: str


class Browser:
    """One person's browser. Redirects are not followed; the redirect is the acknowledgement."""

    def __init__(self, port: int, session: str = "") -> None:
        self._connection = HTTPConnection(HOST, port, timeout=TIMEOUT)
        self._headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Ask for a page; Lost when the answer does not arrive."""
        return self._send(method, path, None, headers)

    def post(self, path: str, form: Form, **headers: str) -> Reply:
        """Send a form; Lost when the answer does not arrive."""
        body = urlencode({"csrfmiddlewaretoken": TOKEN, **form}, doseq=True)
        return self._send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def _send(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Reply:
        try:
            self._connection.request(method, path, body=body, headers={**self._headers, **headers})
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise Lost(str(error)) from error
        return Reply(status=response.status, headers=response.headers, text=text)


def post(site: Site, session: str, path: str, form: Form) -> Reply:
    """Send one form on a connection of its own."""
    with Browser(site.port, session) as browser:
        return browser.post(path, form)
