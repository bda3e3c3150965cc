"""The law of letters: their states, when they are tried again, and how much of an address a page shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class LetterState(StrEnum):
    """The state of a letter."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given-up"
    CANCELLED = "cancelled"


class SendFault(StrEnum):
    """The reason why a letter could not be sent: a kind only, because the mail server's own words may hold an address."""

    REFUSED = "refused"
    """The mail server will never take this letter: there is no such address, or it wants no such mail."""
    LATER = "later"
    """The mail server asked to try later."""
    UNREACHABLE = "unreachable"
    SETUP = "setup"
    """The mail server does not take mail from this site: its user name, password or sender is wrong."""
    BROKEN = "broken"
    """The letter could not be written, or something else failed on our side."""
    UNWANTED = "unwanted"
    """Its reader asked for no more letters of this kind."""


DONE: Final = frozenset({LetterState.SENT, LetterState.GIVEN_UP, LetterState.CANCELLED})
PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""How long a letter waits after its first, second, … try that failed."""
MOST_TRIES: Final = len(PAUSES) + 1
CLAIM_FOR: Final = timedelta(minutes=10)
"""How long a letter belongs to the sender that took it; after that whoever took it is taken for dead."""
NOTHING: Final = "nothing"
"""The kind of a letter that is none: it stands where another would, so that both cost the same."""
LONGEST_KEY: Final = 200
THERE: Final = "there"
"""The parameter with the IANA name of the zone in which something takes place, where that may not be the reader's."""
REPLY_TO: Final = "reply_to"
"""The parameter with the address that answers go to; without it they go to the site's contact, where that is one."""
LONGEST_ADDRESS: Final = 320


def next_try(tries: int, fault: SendFault, now: datetime) -> datetime | None:
    """The time of the next try after the ``tries``-th failed; None when the letter is given up."""
    if fault in (SendFault.REFUSED, SendFault.UNWANTED) or tries > len(PAUSES):
        return None
    return now + PAUSES[max(tries, 1) - 1]


def partly(address: str) -> str:
    """The part of an address that staff need to recognise it: ``a…@example.org``; nothing of one that was erased."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}" if at else ""
