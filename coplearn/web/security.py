"""Headers on every answer, the visitor's language in every address, and hosts we answer to."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import SecurityError

from coplearn.i18n.locales import Locale
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import read_only
from coplearn.web.compress import FILES
from coplearn.web.errors import bare_page, is_no_room
from coplearn.web.logs import JsonLines, kind_and_place

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger("coplearn.request")

_HOLDS = "frame-src 'none'"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        # Every kind that is loaded has its own line below. What has none is the file of icons in Firefox before 132 alone, which
        # asks this line for it and not that of pictures.
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "font-src 'none'",
        _HOLDS,
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), browsing-topics=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_SENDS, _FRAMES = "form-action 'self'", "frame-ancestors 'none'"
_HTTPS_ONLY = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_ID = "coplearn.request_id"
_OWN = "coplearn.own_headers"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


class _Headed:
    """The headers that every answer has, whatever became of the request; added to a finished list, which costs nothing.

    What nobody below could answer is answered here, in the language of the address when its texts can be had.
    """

    def __init__(self, app: Flask, *, https: bool, host: str) -> None:
        self._app, self._inner, self._host = app, app.wsgi_app, host
        self._headers = [*_HEADERS, *([_HTTPS_ONLY] if https else [])]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as WSGI has it (PEP 3333)."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            own: dict[str, str] | None = environ.get(_OWN)
            ours = self._headers if own is None else [(name, own.get(name, value)) for name, value in self._headers]
            return start_response(status, headers + ours, *error)

        if environ.get("PATH_INFO") in _PROBES:
            # Whoever watches over the site asks on this machine, by a name of its own; the answers hold no address.
            environ["HTTP_HOST"] = self._host
        try:
            return self._inner(environ, start)
        except Exception as error:
            request_id = environ.get(_ID) or secrets.token_hex(8)
            log.error("unanswered", request_id=request_id, **kind_and_place(error))
            code, status = (503, "SERVICE UNAVAILABLE") if is_no_room(error) else (500, "INTERNAL SERVER ERROR")
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
            headers += [("Retry-After", "5")] if code == 503 else []
            start(f"{code} {status}", [*headers, ("X-Request-ID", request_id)])
            return [bare_page(code, *self._language(environ), request_id).encode()]

    def _language(self, environ: WSGIEnvironment) -> tuple[Locale | None, NullTranslations]:
        try:
            named = environ.get("PATH_INFO", "").split("/", 2)[1:2]
            locale: Locale | None = site_of(self._app).locales.by_url(named[0]) if named else None
            if locale is not None and locale.is_reachable:
                return locale, site_of(self._app).catalogs.translations(locale)
        except Exception as error:
            log.error("texts_broken", **kind_and_place(error))
        return None, NullTranslations()


def answer_with(name: str, value: str) -> None:
    """Answer the present request with a value of its own of one of the headers that every answer has."""
    request.environ.setdefault(_OWN, {})[name] = value


def widen_policy(*, framers: Iterable[str] = (), sends_to: str = "", holds: str = "") -> None:
    """Let pages of those origins show the present answer in a frame, its forms be sent to one more origin, and it hold a frame of
    what lies below one address.

    Without this no page of the site is framed by anybody or holds a frame, and no form is sent elsewhere.
    """
    name = "Content-Security-Policy"
    policy: str = request.environ.get(_OWN, {}).get(name, CONTENT_SECURITY_POLICY)
    if allowed := " ".join(framers):
        policy = policy.replace(_FRAMES, f"frame-ancestors {allowed}")
    if sends_to:
        policy = policy.replace(_SENDS, f"{_SENDS} {sends_to}")
    if holds:
        policy = policy.replace(_HOLDS, f"frame-src {holds}")
    answer_with(name, policy)


def register_security(app: Flask, settings: Settings) -> None:
    """Give every request an id and every answer its headers; keep GET from taking a write lock."""
    app.config["TRUSTED_HOSTS"] = list(settings.hosts)
    app.logger.handlers[:], app.logger.propagate = [JsonLines()], False
    app.wsgi_app = _Headed(app, https=settings.https, host=settings.hosts[0].lstrip("."))  # type: ignore[method-assign]

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "") if settings.proxies else ""
        g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        request.environ[_ID] = g.request_id
        read_only.set(request.method in {"GET", "HEAD", "OPTIONS"})
        try:
            # Asking for it is what checks it; its port is ours to look at.
            if settings.has_address and (urlsplit(f"//{request.host}").port or 443) not in settings.ports:
                raise SecurityError
        except (SecurityError, ValueError):
            g.bad_host = True
            raise SecurityError from None

    @app.after_request
    def finish(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "private, no-cache")
        request_id = g.get("request_id", "")
        response.headers.add("X-Request-ID", request_id)
        if request.endpoint not in FILES:
            # The rule, not the path: an address may say what somebody is reading.
            rule = request.url_rule.rule if request.url_rule is not None else None
            took = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
            what = {"method": request.method, "endpoint": request.endpoint, "rule": rule}
            log.info("request", **what, status=response.status_code, ms=took, id=request_id)
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        read_only.set(False)
