"""The bearer of a request: whose key it is, how often it may ask, and what it opens."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from flask import Response, current_app, g, request, session

from coplearn.accounts.guards import SECOND
from coplearn.audit.rules import AuditActor
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.second_factors.guards import asks_staff
from coplearn.site import site
from coplearn.storage.database import current_session, engine_of, reading, writing
from coplearn.storage.limits import add_tries
from coplearn.tokens import queries
from coplearn.tokens.queries import Bearer
from coplearn.tokens.rules import OF_EVERYBODY, TokenKind, TokenScope
from coplearn.tokens.service import note_use

MOST: Final = 600
WINDOW: Final = 60
"""So many requests of one key, or of all that a client got, in so many seconds, in all processes together."""
_AT_ONCE: Final = 20
"""Requests that a process counts by itself before it tells the others; by as many more may a key ask in each process."""
_MOST_METERS: Final = 10_000


class Unknown(AppError):
    """A request without a key that is good now (HTTP 401)."""

    status = 401

    def __init__(self) -> None:
        super().__init__(N_("Send a key of this site that is good now, as a bearer token."))


class OutOfScope(AppError):
    """A key that may not do this (HTTP 403)."""

    status = 403


class TooOften(AppError):
    """A key that asked too often (HTTP 429)."""

    status = 429

    def __init__(self, wait: int) -> None:
        super().__init__(N_("This key asked too often. Wait a moment, then go on."))
        self.wait = wait


@dataclass(slots=True)
class _Meter:
    """The requests that one process counted of a key's requests in the present window."""

    window: int = -1
    told: int = 0
    """The count of all processes when this one last told its own."""
    own: int = 0


@dataclass
class _Meters:
    lock: threading.Lock = field(default_factory=threading.Lock)
    by_key: dict[str, _Meter] = field(default_factory=dict)


_METERS: Final = _Meters()


def authenticate(scope: TokenScope | None) -> Bearer:
    """The key of this request, which from here on is signed in as its person, for as long as the request lasts.

    One statement. Raises Unknown, TooOften, and OutOfScope where the key lacks ``scope``, or its person a second factor.
    """
    secret = request.authorization.token if request.authorization and request.authorization.type == "bearer" else None
    database, now = current_session(current_app), utcnow()
    with reading(database):
        bearer = queries.bearer_of(database, secret or "", site().staff, now)
    if bearer is None or bearer.kind == TokenKind.CLIENT:
        raise Unknown
    _count(bearer)
    if scope is not None and scope.value not in bearer.scopes:
        raise OutOfScope(N_("This key may not do that: it lacks the scope %(scope)s."), scope=scope.value)
    if scope not in (None, *OF_EVERYBODY) and bearer.is_staff and asks_staff() and not bearer.has_factor:
        raise OutOfScope(N_("Your account needs a second step for signing in before its keys open this."))
    # The session of an API request is nobody's cookie and is never kept (web.framework.ApiSession).
    session["_user_id"], session[SECOND] = bearer.uniquifier, True
    g.actor = (bearer.uniquifier, AuditActor(f"user:{bearer.user_id}", bearer.public_id))
    if queries.is_used_anew(bearer, now):
        with writing():
            note_use(database, bearer.id, now)
            database.commit()
    return bearer


def _count(bearer: Bearer) -> None:
    if not site().settings.rate_limits:
        return
    seconds = int(time.time())
    window, left = seconds // WINDOW, WINDOW - seconds % WINDOW
    with _METERS.lock:
        if len(_METERS.by_key) >= _MOST_METERS:
            _METERS.by_key.clear()
        meter = _METERS.by_key.setdefault(bearer.counted_as, _Meter())
        if meter.window != window:
            meter.window, meter.told, meter.own = window, 0, 0
            tell = 1
        else:
            tell = meter.own + 1 if meter.own + 1 >= _AT_ONCE else 0
        meter.own = 0 if tell else meter.own + 1
    if tell:
        key = f"api:{bearer.counted_as}:{window}"
        meter.told = add_tries(engine_of(current_app), key, tell, WINDOW, utcnow())
    asked = meter.told + meter.own
    g.rate = (max(0, MOST - asked), left)
    if asked > MOST:
        raise TooOften(left)


def tell_rate(response: Response) -> Response:
    """Say how often the key may still ask (draft-ietf-httpapi-ratelimit-headers)."""
    rate: tuple[int, int] | None = g.get("rate")
    if rate is not None:
        response.headers["RateLimit-Policy"] = f'"default";q={MOST};w={WINDOW}'
        response.headers["RateLimit"] = f'"default";r={rate[0]};t={math.ceil(rate[1])}'
    return response
