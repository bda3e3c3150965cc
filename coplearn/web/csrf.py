"""Protection of every form, by Flask-WTF: one token a session."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from flask import current_app, g, session
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import URLSafeTimedSerializer

csrf = CSRFProtect()
_SALT: Final = "wtf-csrf-token"


def form_token() -> str:
    """The session's token as a form sends it. Flask-WTF makes and checks it; here one that it would sign again is kept.

    A token is good as long as its session (``WTF_CSRF_TIME_LIMIT`` is None), so when it was signed does not matter.
    """
    raw, key = session.get("csrf_token"), current_app.secret_key
    if not isinstance(raw, str) or not isinstance(key, str) or "csrf_token" in g:
        made: str = generate_csrf()
        return made
    token = g.csrf_token = _signed(key, raw)
    return token


@lru_cache(maxsize=4_096)
def _signed(key: str, raw: str) -> str:
    token: str | bytes = URLSafeTimedSerializer(key, salt=_SALT).dumps(raw)
    return token if isinstance(token, str) else token.decode()
