"""A browser lent to somebody who has no account: for a while it learns as them, and nobody is signed in on it meanwhile."""

from __future__ import annotations

from typing import Final

from flask import g, session

from coplearn.kernel.clock import utcnow

GUEST_SECONDS: Final = 3 * 3_600
"""Seconds after the last answer, after which it is given back by itself."""
_TOKEN: Final = "lent"  # noqa: S105 - the name of a place in the session
_UNTIL: Final = "lent_until"


def begin_guest_session(token: str) -> None:
    """Learn as whom the token names from here on. Whoever was signed in is signed out first, so that nothing is mixed."""
    end_guest_session()
    session[_TOKEN] = token
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


def guest_session_is_over() -> bool:
    """Whether this browser was lent to somebody, and the time is over."""
    return _TOKEN in session and guest_token() is None
