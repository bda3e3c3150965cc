"""Guards of the LRS: a good key, a bearable rate, and the one who looks after it."""

from __future__ import annotations

import threading
import time
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Final

from flask import current_app

from coplearn.accounts.guards import require
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.storage.database import current_session, reading_first, writing
from coplearn.web.limits import count_try, over_limit
from coplearn.xapi.queries.keys import sender_with
from coplearn.xapi.rules.access import LrsSender
from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.service.keys import note_use

_WRONG: Final = 60
"""Wrong keys of one address in ten minutes."""
_MOST_SENDERS: Final = 4_096


def require_admin() -> None:
    """Let only whoever manages the site go on. Raises NotYours for everybody else."""
    require(Permission.MANAGE_SITE)


def present_sender(authorization: str) -> LrsSender:
    """Find whom the header names, by a key and its secret. Raises Rejected (401, 429)."""
    named = _key_and_secret(authorization)
    database, now = current_session(current_app), utcnow()
    with reading_first(database):
        found = sender_with(database, *named, site().settings.address, now) if named is not None else None
        row = (found[1].id, found[1].used_on) if found is not None and found[1] is not None else None
    if found is None:
        # A key has 256 bits, so that nobody guesses one: this keeps those who try from keeping the database busy.
        if over_limit("xapi-key", _WRONG) is not None:
            raise Rejected(429, "Too many wrong keys from this address. Wait some minutes.")
        if named is not None:
            count_try("xapi-key", 600)
        raise Rejected(
            401, "Authorization: HTTP Basic Authentication with a key of this LRS that is good, and its secret."
        )
    if row is not None and row[1] != now.date():
        with writing():
            note_use(database, row[0], now.date())
            database.commit()
    return found[0]


def _key_and_secret(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (key, secret) if colon and "\0" not in key else None


@dataclass(slots=True)
class _Counts:
    """Requests of each sender in this minute, in this process."""

    minute: int = -1
    by_sender: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str) -> int:
        """Count one more, and say how many that makes."""
        minute = int(time.monotonic() // 60)
        with self.lock:
            if minute != self.minute or len(self.by_sender) >= _MOST_SENDERS:
                self.minute, self.by_sender = minute, {}
            self.by_sender[name] = self.by_sender.get(name, 0) + 1
            return self.by_sender[name]


_counts: Final = _Counts()


def hold_rate(sender: LrsSender) -> None:
    """Raise Rejected (429) for more requests in a minute than the settings allow a sender.

    Each worker counts for itself: a count in the database would cost each statement a second commit.
    """
    settings = site().settings
    most = settings.lrs_requests
    if (
        settings.rate_limits
        and most
        and _counts.add(f"{id(current_app)}{sender.name}") > max(1, most // max(1, settings.workers))
    ):
        raise Rejected(429, f"This key sends more than {most} requests a minute.")
