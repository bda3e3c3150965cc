"""A browser lent to somebody who has no account: for a while it learns as them, and nobody is signed in on it meanwhile."""

from __future__ import annotations

from typing import Final

from flask import g, session

from coplearn.kernel.clock import utcnow

LENT_FOR: Final = 3 * 3_600
"""Seconds after the last answer, after which it is given back by itself."""
_TOKEN: Final = "lent"  # noqa: S105 - the name of a place in the session
_UNTIL: Final = "lent_until"


def lend(token: str) -> None:
    """Learn as whom the token names from here on. Whoever was signed in is signed out first, so that nothing is mixed."""
    give_back()
    session[_TOKEN] = token
    go_on_lending()


def go_on_lending() -> None:
    """Begin the time anew."""
    session[_UNTIL] = int(utcnow().timestamp()) + LENT_FOR


def give_back() -> None:
    """Leave nothing of anybody in this browser's session."""
    session.clear()
    for name in ("csrf_token", "learner", "signed_in"):
        g.pop(name, None)


def lent_token() -> str | None:
    """Whom this browser is lent to now; None for every other browser."""
    token, until = session.get(_TOKEN), session.get(_UNTIL)
    good = isinstance(token, str) and isinstance(until, int) and utcnow().timestamp() < until
    return token if good else None


def lent_too_long() -> bool:
    """Whether this browser was lent to somebody, and the time is over."""
    return _TOKEN in session and lent_token() is None
