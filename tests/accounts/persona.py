"""A visitor who fills in the account forms, and the mail the site wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from functools import lru_cache
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path
from weakref import WeakKeyDictionary

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "seven quiet lanterns"
LINK = re.compile(r"https?://\S+")


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden" and found.get("name"):
            self.hidden[str(found["name"])] = found.get("value") or ""


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the forms on a page."""
    parser = _Fields()
    parser.feed(page)
    return parser.hidden


def token_of(client: FlaskClient) -> str:
    """A good token for the session of a browser."""
    return hidden_fields(client.get("/en/help").text)["csrf_token"]


_TOKENS: WeakKeyDictionary[FlaskClient, str] = WeakKeyDictionary()


def post_with_token(client: FlaskClient, address: str, form: Mapping[str, str]) -> TestResponse:
    """Send a form with a good token: the one that this browser was given before, as long as it is taken."""
    before = _TOKENS.get(client)
    if before is not None:
        answer = client.post(address, data={"csrf_token": before, **form})
        if answer.status_code != HTTPStatus.BAD_REQUEST:
            return answer
    _TOKENS[client] = token_of(client)
    return client.post(address, data={"csrf_token": _TOKENS[client], **form})


class Visitor:
    """Somebody with a browser: loads a form's page, then sends it with the hidden fields of that page."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def get(self, path: str) -> TestResponse:
        """Load a page."""
        return self.client.get(path)

    def token(self, path: str = "/en/confirm") -> str:
        """The hidden token of the form on a page."""
        return hidden_fields(self.client.get(path).text)["csrf_token"]

    def send(self, path: str, page: str = "", **fields: str) -> TestResponse:
        """Load the form's page (``page`` when it is another), fill it in and send it."""
        return self.client.post(path, data=hidden_fields(self.client.get(page or path).text) | fields)

    def sign_up(self, email: str, password: str = PASSWORD, lang: str = "en") -> TestResponse:
        """Ask for an account."""
        return self.send(f"/{lang}/sign-up", email=email, password=password)

    def sign_in(self, email: str, password: str = PASSWORD, query: str = "") -> TestResponse:
        """Sign in, with ``query`` behind the page's address."""
        return self.send(f"/en/sign-in{query}", email=email, password=password)

    def join(self, email: str) -> None:
        """Make an account and confirm it, which signs in."""
        self.sign_up(email)
        self.get(link_in(mails(self.app)[-1]))
        assert self.is_signed_in

    @property
    def is_signed_in(self) -> bool:
        """Whether the site knows the visitor."""
        return self.client.get("/en/change-password").status_code == 200


def mails(app: Flask) -> list[EmailMessage]:
    """The mail written to the instance folder, oldest first."""
    return mails_in(Path(app.config["MAIL_FILE_PATH"]))


def mails_in(folder: Path) -> list[EmailMessage]:
    """The mail written to ``folder``, oldest first."""
    written = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in folder.glob("*.log"))
    found = [_read(path, time, size) for time, size, path in written]
    return [message for message in found if isinstance(message, EmailMessage)]


@lru_cache(200)
def _read(path: Path, time: int, size: int) -> Message:
    """A letter as it was written at that time with that many bytes: each is asked for whenever a later one is looked for."""
    return message_from_bytes(path.read_bytes().rpartition(b"\n" + b"-" * 79)[0], policy=policy.default)


def link_in(message: EmailMessage) -> str:
    """The first address in a mail, as a path with its site."""
    found = LINK.search(message.get_content())
    assert found is not None, message.get_content()
    return found[0]
