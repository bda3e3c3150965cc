"""The session's cookie, whose signature is checked once a process and not once a page."""

from __future__ import annotations

import time
from typing import Any, Final

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

from coplearn.web.compress import say_it_varies

_MOST_KEPT: Final = 4_096
_APART: Final = 120
"""Seconds that a clock may go back, or that of another web machine be ahead, without signing anybody out."""
_LONGEST_KEPT: Final = 1_000
"""Letters of a cookie; a longer one holds messages to show, and is another at the next page."""
_FLAT: Final = (str, int, bool, type(None))


class KeptSessions(SecureCookieSessionInterface):
    """Flask's own sessions. What a cookie holds is fixed by its signature, so a cookie that was good is only asked for its age."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[dict[str, Any], float]] = {}
        self._keys: tuple[object, ...] = ()
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer for the application's keys, made once; when they change, what was kept is let go."""
        keys = (app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if keys != self._keys:
            self._kept.clear()
            self._keys, self._signer = keys, super().get_signing_serializer(app)
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the request's cookie; an empty one when there is none, or it is not ours, or too old."""
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        held = self._kept.get(cookie)
        if held is None:
            try:
                held = self._read(signer, cookie)
            except BadSignature:
                return self.session_class()
        data, signed_at = held
        if not -_APART <= time.time() - signed_at <= app.permanent_session_lifetime.total_seconds():
            self._kept.pop(cookie, None)
            return self.session_class()
        return self.session_class(data)  # a copy, so that no request changes another's

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """As Flask's own; a session that nobody changed is not looked at further (it is not renewed at each request)."""
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed and request.endpoint != "static":
            # A file is the same for everybody, though the session was looked into on the way.
            say_it_varies(response, "Cookie")

    def _read(self, signer: URLSafeTimedSerializer, cookie: str) -> tuple[dict[str, Any], float]:
        # Its age is looked at by whoever asks, and more kindly than the signer does.
        data, signed_at = signer.loads(cookie, return_timestamp=True)
        held = (data, signed_at.timestamp())
        if len(cookie) <= _LONGEST_KEPT and all(isinstance(value, _FLAT) for value in data.values()):
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[cookie] = held
        return held
