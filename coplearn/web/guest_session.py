"""A browser in which somebody learns who is not signed in there: for a while it learns as them, and as nobody else.

It was lent to somebody with a card, or a learning platform opened a course in it.
"""

from __future__ import annotations

from typing import Final

from flask import g, session

from coplearn.kernel.clock import utcnow

GUEST_SECONDS: Final = 3 * 3_600
"""Seconds after the last answer, after which it is given back by itself."""
_TOKEN: Final = "lent"  # noqa: S105 - the name of a place in the session
_UNTIL: Final = "lent_until"
_FROM: Final = "launched_from"
FRAMED: Final = "framed"
"""In a session that lives in a frame of another site's page: its cookie is kept apart for that site (``framework``)."""


def begin_guest_session(token: str, *, launched_from: str = "", framed: bool = False) -> None:
    """Learn as whom the token names from here on. Whoever was signed in is signed out first, so that nothing is mixed.

    ``launched_from`` names the learning platform that sent them, and ``framed`` says that its page shows ours in a frame.
    """
    end_guest_session()
    session[_TOKEN] = token
    if launched_from:
        session[_FROM] = launched_from
    if framed:
        session[FRAMED] = True
    renew_guest_session()


def renew_guest_session() -> None:
    """Begin the time anew."""
    session[_UNTIL] = int(utcnow().timestamp()) + GUEST_SECONDS


def end_guest_session() -> None:
    """Leave nothing of anybody in this browser's session."""
    session.clear()
    for name in ("csrf_token", "learner", "signed_in"):
        g.pop(name, None)


def guest_token() -> str | None:
    """The token of the guest whose session this is now; None for every other browser."""
    token, until = session.get(_TOKEN), session.get(_UNTIL)
    good = isinstance(token, str) and isinstance(until, int) and utcnow().timestamp() < until
    return token if good else None


def launched_from() -> str:
    """The name of the learning platform that sent whoever learns in this browser; empty for everybody else."""
    name = session.get(_FROM, "")
    return name if isinstance(name, str) else ""


def guest_session_is_over() -> bool:
    """Whether this browser was lent to somebody, or a platform opened a course in it, and the time is over."""
    return _TOKEN in session and guest_token() is None
