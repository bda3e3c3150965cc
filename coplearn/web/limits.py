"""Limits on how often one address, or a stranger for one account, may try: guessing slows down, and nobody is locked out."""

from __future__ import annotations

import hashlib
import hmac
import math
import unicodedata
from collections.abc import Callable
from ipaddress import ip_network
from typing import Final

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RequestLimit
from limits.storage import Storage
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import Phrase
from coplearn.site import site
from coplearn.storage.database import current_session, engine_of, read_only
from coplearn.storage.limits import add_tries, forget_tries, standing_of
from coplearn.web.errors import Way, error_page

SCHEME = "coplearn-database"


class DatabaseStorage(Storage):
    """The counters of the ``limits`` library in our own table; a database that does not answer refuses the try."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - the registry of the library reads it as a plain list

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, *, engine: Engine) -> None:
        super().__init__(uri, wrap_exceptions)
        self._engine = engine

    @property
    def base_exceptions(self) -> type[Exception]:
        """The exceptions that the library may wrap."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` tries in a window of ``expiry`` seconds from the first."""
        return add_tries(self._engine, _hidden(key), amount, expiry, utcnow())

    def get(self, key: str) -> int:
        """The tries counted in the present window."""
        return standing_of(self._engine, _hidden(key), utcnow())[0]

    def get_expiry(self, key: str) -> float:
        """The end of the present window, in seconds since 1970."""
        return standing_of(self._engine, _hidden(key), utcnow())[1].timestamp()

    def check(self) -> bool:
        """Whether the table can be read."""
        standing_of(self._engine, "", utcnow())
        return True

    def reset(self) -> int:
        """Begin every counter anew."""
        return forget_tries(self._engine)

    def clear(self, key: str) -> None:
        """Begin one counter anew."""
        forget_tries(self._engine, _hidden(key))


def _hidden(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _keyed_hash(kind: str, value: str) -> str:
    # Keyed, because all addresses there are could be hashed in an afternoon.
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def by_address() -> str:
    """The network address of the request (a household's /64 in IPv6), sealed."""
    address = request.remote_addr or "0.0.0.0"  # noqa: S104 - stands for "unknown"; nothing is bound to it
    try:
        network = str(ip_network(f"{address}/{64 if ':' in address else 32}", strict=False))
    except ValueError:
        network = address
    return _keyed_hash("address", network)


def by_target() -> str:
    """The account that the form names: its mail address, sealed; for an empty one the network address."""
    return sealed_account(request.form.get("email", "")) or by_address()


def by_address_and_target() -> str:
    """The network address of the request and the account that its form names."""
    return f"{by_address()}:{by_target()}"


def sealed_account(email: str) -> str:
    """The mail address, sealed; empty for none."""
    email = unicodedata.normalize("NFKC", email).strip().casefold()[:320]
    return _keyed_hash("account", email) if email else ""


def make_limiter(app: Flask, engine: Engine) -> Limiter:
    """The application's limiter, keeping its counters in the database of ``engine``. It limits nothing by itself."""
    return Limiter(
        by_address,
        app=app,
        storage_uri=f"{SCHEME}://",
        storage_options={"engine": engine},  # type: ignore[dict-item] # handed through to our own storage
        strategy="fixed-window",
        fail_on_first_breach=True,
        on_breach=_too_many,
    )


def limit_posts(
    app: Flask,
    limiter: Limiter,
    endpoint: str,
    limit: str,
    key: Callable[[], str],
    *,
    count_when: Callable[[Response], bool] | None = None,
    free_when: Callable[[], bool] | None = None,
    refuse: Callable[[float], Response] | None = None,
) -> None:
    """Limit what may be sent to ``endpoint``: ``limit`` such as "10 per minute; 100 per hour", per ``key``.

    With ``count_when`` only answers it says yes to are counted; who ``free_when`` says yes to is not limited. ``refuse``
    makes the page for somebody who has to wait so many seconds (:func:`too_many_page` by default).
    """
    told = _telling(refuse) if refuse is not None else None
    decorate = limiter.limit(
        limit, key_func=key, methods=["POST"], deduct_when=count_when, exempt_when=free_when, on_breach=told
    )
    view: Callable[..., ResponseReturnValue] = app.ensure_sync(app.view_functions[endpoint])
    app.view_functions[endpoint] = decorate(view)


def _count(key: str, seconds: int) -> int:
    """Count one more try of ``key`` in a window of so many seconds, where the site limits anything; 0 where it does not.

    On a connection of its own: raises RuntimeError where the request's session holds SQLite's write lock, for both would wait
    for each other, also on a site that limits nothing, so that no test misses it.
    """
    engine = engine_of(current_app)
    if engine.dialect.name == "sqlite" and not read_only.get() and current_session(current_app).in_transaction():
        raise RuntimeError("Tries are counted while the session of the request holds the write lock")
    return add_tries(engine, _hidden(key), 1, seconds, utcnow()) if site().settings.rate_limits else 0


def over_limit(kind: str, most: int) -> float | None:
    """Seconds to wait when this address tried ``kind`` that often already; None while it may go on."""
    if not site().settings.rate_limits:
        return None
    now = utcnow()
    count, begins_anew = standing_of(engine_of(current_app), _hidden(f"{kind}:{by_address()}"), now)
    return max(1.0, (begins_anew - now).total_seconds()) if count >= most else None


def count_try(kind: str, seconds: int) -> None:
    """Count one try of this address in a window of so many seconds. The request's session must hold no lock."""
    _count(f"{kind}:{by_address()}", seconds)


def one_too_many(kind: str, most: int, seconds: int, who: str) -> float | None:
    """Count one more ``kind`` of the account ``who`` (its id) in a window of so many seconds.

    Seconds to wait when it is more than ``most``, else None. The request's session must hold no lock.
    """
    key = f"{kind}:{_keyed_hash('person', who)}"
    if _count(key, seconds) <= most:
        return None
    now = utcnow()
    return (standing_of(engine_of(current_app), _hidden(key), now)[1] - now).total_seconds()


def letters_are_spent(kind: str, most: int, seconds: int) -> bool:
    """Count one more request for a letter to the address in the form, and say whether none is to be written.

    The first of each ``kind`` in a window of so many seconds always goes, whatever strangers asked for before; all kinds
    together are at most ``most`` beside those. It counts alike whether there is an account or not.
    """
    target = by_target()
    every = _count(f"letters:{target}", seconds)
    return _count(f"letters:{kind}:{target}", seconds) > 1 and every > most


def too_many_page(wait: float, phrase: Phrase | None = None, way: Way | None = None) -> Response:
    """The page for somebody who has to wait that many seconds, and what they can do meanwhile where there is something."""
    response = error_page(429, phrase, way)
    response.headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return response


def _telling(refuse: Callable[[float], Response]) -> Callable[[RequestLimit], Response]:
    return lambda limit: refuse(limit.reset_at - utcnow().timestamp())


_too_many: Final = _telling(too_many_page)
