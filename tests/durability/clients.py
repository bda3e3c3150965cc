"""People who go on saving things of all kinds while the site is killed under them, and keep what they were told is saved.

Whoever gets no answer, or is told that it was not saved, sends the very same again, as a browser's outbox or a person does.
"""

from __future__ import annotations

import io
import json
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from secrets import token_hex
from typing import Final
from urllib.parse import urlencode

import xlsxwriter

_FORM: Final = "application/x-www-form-urlencoded"
_PATIENCE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    location: str
    text: str


@dataclass(frozen=True, slots=True)
class Who:
    """A person as their browser holds them: cookies, and the token of their forms."""

    headers: Mapping[str, str]
    token: str


def connect(port: int, tls: ssl.SSLContext | None = None) -> HTTPConnection:
    """A connection to a server of this machine."""
    if tls is None:
        return HTTPConnection("127.0.0.1", port, timeout=30)
    return HTTPSConnection("127.0.0.1", port, timeout=30, context=tls)


class Client(ABC, threading.Thread):
    """One person with one kind of work, until ``stop`` is set; ``said`` are the ids that were said to be saved."""

    kind = ""
    port: int
    """Of the server it asks; another one may be named at any time."""
    tls: ssl.SSLContext | None = None
    """Where it speaks https, by which rules."""

    def __init__(self, port: int, who: Who, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self._who, self._stop_now = port, who, stop
        self._wire: HTTPConnection | None = None
        self.said: list[str] = []
        self.tries = 0
        self.refused: Counter[int] = Counter()
        """How often it was not taken, by the status of the answer; 0 for none at all."""
        self.fault = ""

    def run(self) -> None:
        """Save one thing after the other."""
        try:
            while not self._stop_now.is_set():
                key = f"{self.kind}-{token_hex(8)}"
                if self.save(key):
                    self.said.append(key)
        except Exception as error:
            self.fault = f"{self.kind}: {error!r}"
        finally:
            self._close()

    @abstractmethod
    def save(self, key: str) -> bool:
        """Save one thing under that id; whether it was said to be saved."""

    def send(self, path: str, body: bytes, kind: str = _FORM) -> Reply:
        """Send it until it is answered with anything but “not saved”."""
        return self._until_answered("POST", path, body, {"Content-Type": kind, "X-CSRFToken": self._who.token})

    def get(self, path: str) -> Reply:
        """Load a page, however long it takes until there is one."""
        return self._until_answered("GET", path, b"", {})

    def _until_answered(self, method: str, path: str, body: bytes, more: Mapping[str, str]) -> Reply:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            self.tries += 1
            reply = self._once(method, path, body, more)
            if reply is not None and reply.status not in {500, 502, 503, 504}:
                return reply
            self.refused[reply.status if reply is not None else 0] += 1
            self._close()
            time.sleep(0.05)
        raise TimeoutError(f"no answer from {path}: {reply.status if reply else 'silence'}")

    def _once(self, method: str, path: str, body: bytes, more: Mapping[str, str]) -> Reply | None:
        try:
            if self._wire is not None and self._wire.port != self.port:
                self._close()
            if self._wire is None:
                self._wire = connect(self.port, self.tls)
            self._wire.request(method, path, body, {**self._who.headers, **more})
            answer = self._wire.getresponse()
            return Reply(answer.status, answer.getheader("Location", ""), answer.read().decode(errors="replace"))
        except (OSError, HTTPException):
            return None

    def _close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class Answering(Client):
    """A learner who answers a check again and again."""

    kind = "answer"
    path = ""
    form: Mapping[str, object] = {}

    def save(self, key: str) -> bool:
        body = urlencode({"seed": "1", "key": key, **self.form}, doseq=True)
        return self.send(self.path, body.encode()).status == 303


class Marking(Client):
    """A trainer's device that sends marks of the register, three at a time."""

    kind = "mark"
    path = ""
    members: Sequence[str] = ()

    def save(self, key: str) -> bool:
        marks = [
            {"op": f"{key}-{place}", "member": member, "status": "present", "rev": 0, "via": "register", "made": 1}
            for place, member in enumerate(self.members[:3])
        ]
        reply = self.send(self.path, json.dumps({"marks": marks}).encode(), "application/json")
        return reply.status == 200 and len(json.loads(reply.text)["taken"]) == len(marks)


class Judging(Client):
    """An examiner who signs teach-backs off, each once, and writes notes about them afterwards."""

    kind = "sign-off"
    paths: Sequence[str] = ()
    rows: Sequence[str] = ()
    _turn = 0

    def save(self, key: str) -> bool:
        path = self.paths[self._turn % len(self.paths)]
        deed = "sign-off" if self._turn < len(self.paths) else "note"
        scores = {f"score-{row}": "3" for row in self.rows}
        reply = self.send(path, urlencode({"op_id": key, "do": deed, "note_internal": key, **scores}).encode())
        self._turn += 1
        return reply.status == 303


class Translating(Client):
    """A translator who writes one text anew again and again."""

    kind = "text"
    path = ""
    _rev = 0

    def save(self, key: str) -> bool:
        number = int(key.rpartition("-")[2], 16)
        form = {"form-0": f"نص {number}", "rev": str(self._rev), "do": "save"}
        reply = self.send(self.path, urlencode(form).encode())
        self._rev += 1
        return reply.status == 303 and "conflict" not in reply.location


class Listing(Client):
    """A lead who brings in workbooks of a few people, which the machine reads and takes in by itself."""

    kind = "list"
    path = ""

    def save(self, key: str) -> bool:
        border = token_hex(8)
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{key}.xlsx"\r\n\r\n'
        body = head.encode() + _workbook(key) + f"\r\n--{border}--\r\n".encode()
        one = self.send(self.path, body, f"multipart/form-data; boundary={border}").location
        deadline = time.monotonic() + _PATIENCE * 3
        while not self._stop_now.is_set() and time.monotonic() < deadline:
            if 'value="take"' in self.get(one).text:
                return self.send(one, b"do=take").status == 303
            time.sleep(0.2)
        return False


def people_of(key: str) -> list[str]:
    """The addresses of the people on that list."""
    return [f"{key}-{number}@example.org" for number in range(5)]


def _workbook(key: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Email", "Organisation"])
        for row, address in enumerate(people_of(key), 1):
            sheet.write_row(row, 0, [f"Person {address.partition('@')[0]}", address, "School 7"])
    return out.getvalue()
