"""Rules of webhooks: what is told, how it is signed, how often it is tried, and when it is given up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from coplearn.cohorts.meetings.rules.meetings import is_safe_link

EVENTS: Final = (
    "opened", "changed", "moved", "archived", "taken-out", "person-added", "person-corrected", "person-approved",
    "person-withdrawn", "person-taken-back", "person-erased", "seat-given", "seat-taken", "roster-imported",
    "meeting-planned", "meeting-changed", "meeting-cancelled", "meeting-restored", "session-changed", "signed-off",
    "decided", "renewed", "revoked", "course-finished",
)  # fmt: skip
"""What of a cohort is told: of its history, by its stored word; and that somebody in it finished one of its courses."""
FINISHED: Final = "course-finished"
MOST: Final = 10
"""Webhooks of one person."""
GIVE_UP: Final = 8
"""So many failures in a row stop one: after about a day and a half."""
AT_ONCE: Final = 50
"""Events of one job."""
TURN: Final = 20.0
"""Seconds after which a job ends though more waits, so that slow servers take no thread from the jobs of everybody else."""
SETTLED: Final = timedelta(seconds=30)
"""An event is told when it is so old: by then whatever was begun before it is committed, and none is passed over."""
HELD: Final = timedelta(minutes=10)
"""For so long a job that is queued has its webhook to itself."""
_FIRST: Final = 60
_GROWTH: Final = 3
_LONGEST: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class HookEvent:
    """A thing that happened in a cohort as another server is told of it: ids and words alone, nothing of a person."""

    number: str
    """The same however often it is sent."""
    kind: str
    at: datetime
    cohort: str
    member: str
    meeting: str
    course: str
    after: HookPosition
    """Where a webhook stands that was told of it."""


@dataclass(frozen=True, slots=True)
class HookPosition:
    """The position up to which a webhook was told: a line of history, and a finished course by its time and its number."""

    event: int
    finish_at: datetime
    finish: int


def pause_after(failures: int) -> timedelta:
    """The seconds to wait after that many failures in a row.

    >>> [str(pause_after(count)) for count in (1, 2, 7)]
    ['0:01:00', '0:03:00', '12:00:00']
    """
    return min(timedelta(seconds=_FIRST * _GROWTH ** (failures - 1)), _LONGEST)


def is_good_address(url: str, named: Iterable[str]) -> bool:
    """Whether something may be sent there: https, or http to a host that the operator named."""
    if is_safe_link(url):
        return True
    plain = url.startswith("http://") and is_safe_link(f"https://{url[7:]}")
    return plain and (urlsplit(url).hostname or "") in named


def secret_of(key: str, public_id: str) -> str:
    """The secret with which one webhook is signed, made from the site's own; nothing of it is kept."""
    made = hmac.new(key.encode(), f"webhook:{public_id}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(made).decode()


def public_key_text(raw: bytes) -> str:
    """The public half of a key as Standard Webhooks writes it."""
    return "whpk_" + base64.b64encode(raw).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """The keys that the messages of one webhook are signed with (Standard Webhooks 1.0)."""

    secret: str
    """Of that webhook alone, ``whsec_`` and Base64."""
    key: Ed25519PrivateKey | None
    """The site's, of which whoever reads the messages needs the public half alone; None where it has none for this."""

    def signature(self, number: str, stamp: int, body: bytes) -> str:
        """Sign one message: over its number, its time and itself, with the secret (HMAC-SHA256) and with the key (Ed25519).

        >>> Signer("whsec_MA==", None).signature("event-1", 1, b"{}")
        'v1,bX48Rxgc1RZEfZ30lBi+MQYUp0qeSdrb6jOA1ODgCfo='
        """
        secret, signed = base64.b64decode(self.secret.removeprefix("whsec_")), f"{number}.{stamp}.".encode() + body
        made = [("v1", hmac.new(secret, signed, hashlib.sha256).digest())]
        made += [("v1a", self.key.sign(signed))] if self.key is not None else []
        return " ".join(f"{version},{base64.b64encode(one).decode()}" for version, one in made)
