"""Everything that reaches into the insides of Flask and its extensions: each hook with the version it was checked against.

A hook that finds nothing to hold on to raises :class:`HookMissing` when the site starts; tests/web/test_framework.py sees
each of them do so. What must stay in other slices (storage, serving) is listed in docs/architecture.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from hmac import compare_digest
from typing import Any, Final

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_limiter import Limiter
from flask_security import Security, UserMixin
from flask_security.tf_plugin import TfPlugin
from flask_wtf.csrf import CSRFProtect, generate_csrf, same_origin
from itsdangerous import BadData, BadSignature, URLSafeTimedSerializer
from werkzeug.routing import Rule

from coplearn.web.compress import FILES, say_it_varies
from coplearn.web.guest_session import FRAMED
from coplearn.web.problems import is_api

CHECKED: Final = {
    "Flask": "3.1.3",
    "Flask-Limiter": "4.1.1",
    "Flask-Login": "0.6.3",
    "Flask-Security": "5.9.2",
    "Flask-WTF": "1.3.0",
    "Werkzeug": "3.1.9",
}
"""The versions whose insides were looked at; with others, look again and run the tests of this module."""

_SALT: Final = "wtf-csrf-token"
_TOKEN: Final = "csrf_token"  # noqa: S105 - the name of a place in the session
_MOST_KEPT: Final = 4_096
_APART: Final = 25 * 3_600
"""Seconds that a clock may go back, or that of another web machine be ahead, without signing anybody out: a whole day, which
is what a machine with a flat battery or a mistyped date is off by. A session lasts so much longer then, and no more."""
_LONGEST_KEPT: Final = 1_000
"""Letters of a cookie; a longer one holds messages to show, and is another at the next page."""
_LONGEST_TOKEN: Final = 200
"""Letters; ours have half of that, and what somebody sends instead is not kept."""
_FLAT: Final = (str, int, bool, type(None))


class HookMissing(Exception):
    """A framework no longer has what a hook of ours held on to."""


class LateRule(Rule):
    """A route whose addresses are written by code that is compiled when the first of them is asked for.

    Werkzeug compiles it for every route while a site starts, twice over, which was half of the start; a page asks for a
    dozen.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        """The code that writes addresses, as werkzeug binds it to the route."""
        compile_builder, made = super()._compile_builder, None

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            nonlocal made
            if made is None:
                made = compile_builder(append_unknown)
            return made(rule, **values)

        return build


def _take_out(hooks: list[Any], is_theirs: Callable[[Any], bool], what: str) -> Any:
    """Remove the one hook that is meant from a list of Flask's, and hand it over."""
    theirs = [hook for hook in hooks if is_theirs(hook)]
    if len(theirs) != 1:
        raise HookMissing(f"{what}: {len(theirs)} found, and not one. Checked against {CHECKED}.")
    hooks.remove(theirs[0])
    return theirs[0]


# ── Flask ──


def around_blueprint(
    app: Flask,
    name: str,
    *,
    before: Iterable[Callable[[], Any]] = (),
    after: Iterable[Callable[[Response], Response]] = (),
) -> None:
    """Let functions run before and after the requests of somebody else's blueprint, the last of ``after`` first."""
    if name not in app.blueprints:
        raise HookMissing(f"Flask: there is no blueprint called {name}.")
    app.before_request_funcs.setdefault(name, []).extend(before)
    app.after_request_funcs.setdefault(name, []).extend(after)


class ApiSession(SecureCookieSession):
    """The session of a program's request: empty when it begins, whatever cookie came with it, and gone when it ends."""


class CachedSessions(SecureCookieSessionInterface):
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
        if is_api(request.path):
            return ApiSession()
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        session_of_cookie = self._kept.get(cookie)
        if session_of_cookie is None:
            try:
                session_of_cookie = self._read(signer, cookie)
            except BadSignature:
                return self.session_class()
        data, signed_at = session_of_cookie
        if not -_APART <= time.time() - signed_at <= app.permanent_session_lifetime.total_seconds():
            self._kept.pop(cookie, None)
            return self.session_class()
        return self.session_class(data)  # a copy, so that no request changes another's

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """``Lax``; in a frame of another site's page, where such a cookie would never be sent, ``None``."""
        return "None" if self.get_cookie_partitioned(app) else super().get_cookie_samesite(app)

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """Whether the cookie is kept apart for the site whose page has ours in a frame (CHIPS): only there, and by https."""
        return FRAMED in session and self.get_cookie_secure(app)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save as Flask does; a session that nobody changed is not looked at further (it is not renewed at each request)."""
        if isinstance(session, ApiSession):
            return
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed and request.endpoint not in FILES:
            # A file is the same for everybody, though the session was looked into on the way.
            say_it_varies(response, "Cookie")

    def _read(self, signer: URLSafeTimedSerializer, cookie: str) -> tuple[dict[str, Any], float]:
        # Its age is looked at by whoever asks, and more kindly than the signer does.
        data, signed_at = signer.loads(cookie, return_timestamp=True)
        read = (data, signed_at.timestamp())
        if len(cookie) <= _LONGEST_KEPT and all(isinstance(value, _FLAT) for value in data.values()):
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[cookie] = read
        return read


# ── Flask-WTF ──


def form_token() -> str:
    """The session's token as a form sends it. Flask-WTF makes and checks it; here one that it would sign again is kept.

    A token is good as long as its session (``WTF_CSRF_TIME_LIMIT`` is None), so when it was signed does not matter.
    """
    raw, key = session.get(_TOKEN), current_app.secret_key
    if not isinstance(raw, str) or not isinstance(key, str) or _TOKEN in g:
        made: str = generate_csrf()
        return made
    token = g.csrf_token = _signed(key, raw)
    return token


@lru_cache(maxsize=4_096)
def _signed(key: str, raw: str) -> str:
    token: str | bytes = URLSafeTimedSerializer(key, salt=_SALT).dumps(raw)
    return token if isinstance(token, str) else token.decode()


class CachedCSRF(CSRFProtect):  # type: ignore[misc] # Flask-WTF is not typed
    """Flask-WTF's own check, which reads the signature of a token once a process and not once a form."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Let a form through that is clearly the session's own; everything else is Flask-WTF's to judge and to refuse."""
        if request.method == "POST" and not self._is_exempt() and _is_own_token() and _comes_from_here():
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)


def _is_own_token() -> bool:
    raw, key, token = session.get(_TOKEN), current_app.secret_key, request.form.get(_TOKEN)
    if not token or len(token) > _LONGEST_TOKEN or not isinstance(raw, str) or not isinstance(key, str):
        return False
    return compare_digest(_raw(key, token).encode(), raw.encode())


def _comes_from_here() -> bool:
    """The check that Flask-WTF asks of forms over HTTPS besides the token."""
    return not request.is_secure or bool(same_origin(request.referrer or "", f"https://{request.host}/"))


@lru_cache(maxsize=4_096)
def _raw(key: str, token: str) -> str:
    """The value that a token was signed for; empty for one that is not ours. A token is fixed by its signature, so it is kept."""
    try:
        raw = URLSafeTimedSerializer(key, salt=_SALT).loads(token)
    except BadData:
        return ""
    return raw if isinstance(raw, str) else ""


csrf = CachedCSRF()


# ── Flask-Security and Flask-Login ──


def _is_in(package: str) -> Callable[[Callable[..., Any]], bool]:
    return lambda hook: hook.__module__.partition(".")[0] == package


def security_of(app: Flask) -> Security:
    """Flask-Security as it was put into that application."""
    security: Security = app.extensions["security"]
    return security


def lighten_security(app: Flask, security: Security) -> None:
    """Take out what would read the person on every page; permissions are ours, asked for where needed."""
    befores, contexts = app.before_request_funcs[None], app.template_context_processors[None]
    _take_out(
        befores, lambda hook: getattr(hook, "__self__", None) is security.principal, "Flask-Security's identity loader"
    )
    for package in ("flask_security", "flask_login"):
        _take_out(contexts, _is_in(package), f"context of {package}")
    manager = security.login_manager
    for name in ("_request_callback", "session_protection"):
        if not hasattr(manager, name):
            raise HookMissing(f"Flask-Login: no {name}. Checked against {CHECKED}.")
    manager.request_loader(None)
    # It keeps a hash of the network address in the cookie and rewrites the session when that changes.
    manager.session_protection = None


class _SecondStep(TfPlugin):
    """Flask-Security's door between the password and signing in, answered by ours."""

    def __init__(self, step: Callable[[UserMixin, str | None], Any]) -> None:
        super().__init__()
        self._step = step

    def tf_enter(self, user: UserMixin, remember_me: bool | None, primary_authn_via: str, next_loc: str | None) -> Any:
        """The page that asks for more, or None to go on signing in."""
        return self._step(user, next_loc)


def ask_second_step(security: Security, step: Callable[[UserMixin, str | None], Any]) -> None:
    """Let ``step`` say what comes before signing in, for whoever proved their password, or came by another way that asks
    Flask-Security's ``two_factor_plugins``."""
    if not isinstance(getattr(security, "two_factor_plugins", None), TfPlugin) or not hasattr(TfPlugin, "tf_enter"):
        raise HookMissing(f"Flask-Security: no tf_enter of two_factor_plugins. Checked against {CHECKED}.")
    security.two_factor_plugins = _SecondStep(step)


# ── Flask-Limiter ──


def _is_of(limiter: Limiter) -> Callable[[Callable[..., Any]], bool]:
    def is_its(hook: Callable[..., Any]) -> bool:
        bound = (getattr(hook, "__self__", None), *getattr(hook, "args", ()))  # a method of it, or a partial with it
        return any(one is limiter for one in bound)

    return is_its


def limit_only(app: Flask, limiter: Limiter, blueprint: str) -> None:
    """Let the limiter's hooks run for one blueprint alone, so that no other page pays for them."""
    _take_out(app.before_request_funcs[None], _is_of(limiter), "Flask-Limiter's check before a request")
    counting = _take_out(app.after_request_funcs[None], _is_of(limiter), "Flask-Limiter's count after a request")
    release = _take_out(app.teardown_request_funcs[None], _is_of(limiter), "Flask-Limiter's release of a request")
    app.after_request_funcs.setdefault(blueprint, []).append(counting)
    app.teardown_request_funcs.setdefault(blueprint, []).append(release)
