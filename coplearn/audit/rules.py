"""The law of the chain: what an event may say, the hash that binds it to the one before, and where a chain is broken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

SITE: Final = "site"
"""The doer of what the site does by itself."""
SHELL: Final = "shell"
"""The doer of what was typed at the command line of the machine."""
VISITOR: Final = "visitor"
"""The doer of what was done by somebody who is not signed in."""
FIRST_HASH: Final = "0" * 64
"""The hash before the first event."""
READ_AGAIN: Final = timedelta(hours=1)
"""Somebody who reads the same record again within this time is not written down again."""

_THING: Final = re.compile(r"(?:[a-z][a-z-]{0,23}:[A-Za-z0-9._-]{1,64})?")
_ABOUT: Final = re.compile(r"[A-Za-z0-9:._,/=*-]{0,200}")


@dataclass(frozen=True, slots=True)
class AuditActor:
    """The doer of something: ``user:7``, :data:`SITE`, :data:`SHELL` or :data:`VISITOR`, and a hash of the session."""

    who: str
    session: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the chain holds it."""

    number: int
    at: datetime
    kind: str
    who: str
    session: str
    whom: str
    about: str


@dataclass(frozen=True, slots=True)
class ChainLink:
    """An event with the hash that was stored with it."""

    event: Event
    hash: str


@dataclass(frozen=True, slots=True)
class DaySeal:
    """The end of the chain as it was signed on one day."""

    day: date
    number: int
    hash: str
    before: str
    """The signature of the seal before; empty for the first."""
    key_id: str
    signature: str


def checked(whom: str, about: str) -> None:
    """Let only ids into the log, so that no name, address or remark is ever in it. Raises ValueError."""
    if not _THING.fullmatch(whom):
        raise ValueError(f"Whom it was done to is named as kind:id, not {whom!r}.")
    if not _ABOUT.fullmatch(about):
        raise ValueError(f"An event names ids and codes alone, not {about!r}.")


def session_hash(key: str) -> str:
    """A short name of a session, from which nobody can get at the session."""
    return sha256(f"audit session {key}".encode()).hexdigest()[:16]


def hash_of(event: Event, before: str) -> str:
    """The SHA-256 that binds an event to the one before it.

    >>> from datetime import UTC
    >>> event = Event(1, datetime(2026, 11, 30, tzinfo=UTC), "role-given", "user:1", "", "user:2", "admin")
    >>> hash_of(event, FIRST_HASH)[:16], hash_of(event, "1" * 64) == hash_of(event, FIRST_HASH)
    ('5251b35952f316ca', False)
    """
    values = {**asdict(event), "at": event.at.isoformat(timespec="microseconds"), "before": before}
    return sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def seal_text(day: date, number: int, end: str, before: str) -> bytes:
    """The words of a seal: the day, the last number with its hash, and the seal before."""
    values = {"day": day.isoformat(), "number": number, "hash": end, "before": before}
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def first_break(links: Iterable[ChainLink], end: tuple[int, str]) -> int | None:
    """The first number at which the chain is broken, of all its events by number; None for a whole chain.

    ``end`` is the last number and hash as they are kept apart: a chain that stops before, or goes on, is broken there.
    """
    number, before = 0, FIRST_HASH
    for link in links:
        number += 1
        if link.event.number != number or link.hash != hash_of(link.event, before):
            return number
        before = link.hash
    if (number, before) == end:
        return None
    return min(number, end[0]) + 1 if number != end[0] else number
