"""A mail server of the tests, and a kind of letter to send to it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.outbox.service import queue_letter
from coplearn.site import site_of
from coplearn.storage.database import current_session

NOTE = LetterKind(
    "note",
    subject=N_("A message from %(site)s"),
    template="tests/note.txt",
    params=("name", "at"),
)
_TEMPLATES = {
    "tests/note.txt": (
        '{{ _("Hello,") }}\n{{ _("Signed in as %(name)s", name=name) }}\n'
        '{{ moment(at) }}\n{{ link("pages.help_now") }}\n{{ 1234|number }}\n'
    )
}


def with_notes(app: Flask) -> Flask:
    """The site with a kind of letter of the tests' own, called ``note``."""
    site_of(app).letters.add(NOTE)
    app.jinja_env.loader = ChoiceLoader([app.jinja_env.loader or DictLoader({}), DictLoader(_TEMPLATES)])
    return app


def queue_note(app: Flask, key: str, *, now: datetime | None = None, commit: bool = True, **changes: Any) -> str | None:
    """Queue a note in a session of its own; ``changes`` are other values of ``queue_letter``."""
    values: dict[str, Any] = {
        "to": "ana@example.org",
        "locale": "en",
        "time_zone": "UTC",
        "kind": "note",
        "params": {"name": "Ana", "at": "2026-11-04T10:30:00+00:00"},
    }
    with app.app_context():
        session = current_session(app)
        queued = queue_letter(session, key=key, now=now or utcnow(), **{**values, **changes})
        if commit:
            session.commit()
        return queued


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail and keeps it; ``answers`` are what it says to a recipient instead of taking the letter."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, slow: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.slow = slow
        self.more = threading.Condition()
        self.pause = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def take(self, data: bytes) -> None:
        """Keep a letter and tell who waits for one."""
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)
        with self.more:
            self.taken.append(message)
            self.more.notify_all()

    def wait_for(self, count: int, seconds: float = 30) -> None:
        """Return once ``count`` letters have come."""
        with self.more:
            assert self.more.wait_for(lambda: len(self.taken) >= count, seconds), f"only {len(self.taken)} came"

    def ids(self) -> list[str]:
        """The Message-IDs of the letters, in the order they came."""
        return [str(message["Message-ID"]) for message in self.taken]


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"EHLO":
                self._say("250 here")
            elif word == b"RCPT":
                address = line.partition(b"<")[2].partition(b">")[0].decode()
                self._say(self.server.answers.get(address, "250 good"))
            elif word == b"DATA":
                self._say("354 go on")
                self._letter()
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 good")

    def _letter(self) -> None:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        else:
            return
        self.server.take(b"".join(lines))
        self.server.pause.wait(self.server.slow)
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def mail_server(slow: float = 0.0) -> Iterator[MailServer]:
    """A mail server that runs meanwhile; ``slow`` seconds pass between a letter and its receipt."""
    server = MailServer(slow)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
