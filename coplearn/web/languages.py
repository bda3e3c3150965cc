"""The language as the first part of every page's address, and what is remembered of the visitor's choices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask, Response, g, request, session
from werkzeug.routing import BaseConverter, ValidationError

from coplearn.i18n.locales import Locale, Locales
from coplearn.i18n.selection import negotiate
from coplearn.kernel.words import Audience
from coplearn.settings import Settings
from coplearn.site import site

COOKIE_DAYS = 365
WORKS: Final = "works"
"""In the session: that somebody works here, so that every page shows them the way, and drafts. A hint, never a right."""
NO_TRACE: Final = "no-trace"
"""A cookie until the browser is closed: nothing is to stay on this device."""

PICTURES: Final = "pictures"
"""A cookie: whether pictures are shown or, as ``WAIT``, wait until they are asked for."""
WAIT: Final = "wait"
SHOWN: Final = "shown"


def offered_here(locales: Locales) -> tuple[Locale, ...]:
    """The languages that whoever asks for this page is offered: also drafts, if they work here."""
    live = locales.live
    if WORKS not in session:
        return live
    return tuple(locale for locale in locales if locale.is_draft or locale in live)


class LanguageConverter(BaseConverter):
    """The ``url`` of a locale of this site that is live, in preparation or a draft."""

    regex = r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?"

    def to_python(self, value: str) -> str:
        """Refuse a language the site does not have, so that the address is a 404."""
        locale = site().locales.by_url(value)
        if locale is None or not locale.is_reachable:
            raise ValidationError
        return value


def register_languages(app: Flask, settings: Settings, locales: Locales) -> None:
    """Add the ``lang`` converter, set ``g.locale`` for every request and add the language to every built address."""

    app.url_map.converters["lang"] = LanguageConverter

    @app.url_value_preprocessor
    def take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        lang = (values or {}).get("lang")
        if values is not None:
            values.pop("lang", None)
        g.locale = locales.by_url(lang) if lang else _negotiated(locales)

    @app.url_defaults
    def give_language(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            locale: Locale = g.get("locale") or locales.source
            values["lang"] = locale.url

    @app.after_request
    def remember_language(response: Response) -> Response:
        rule = request.url_rule
        if rule is not None and "lang" in rule.arguments and response.status_code == 200:
            remember(response, "lang", g.locale.url, settings)
        return response

    # A request that matches no route has no values to take a language from.
    @app.before_request
    def have_language() -> None:
        if "locale" not in g:
            g.locale = _negotiated(locales)


def _negotiated(locales: Locales) -> Locale:
    # A page that does not exist is still told in the language that its address begins with.
    named = locales.by_url(request.path.split("/", 2)[1])
    if named is not None and named.is_reachable:
        return named
    remembered = request.cookies.get("lang")
    chosen = locales.by_url(remembered) if remembered else None
    if chosen is not None and chosen.is_draft and WORKS in session:
        return chosen
    return negotiate(locales, remembered=remembered, accepted=request.headers.get("Accept-Language", ""))


def remember(response: Response, name: str, value: str, settings: Settings) -> None:
    """Keep a choice (language, audience or country; never who somebody is) in a cookie, only when it changed."""
    if request.cookies.get(name) != value:
        response.set_cookie(
            name, value, max_age=COOKIE_DAYS * 86_400, secure=settings.https, httponly=True, samesite="Lax"
        )


def remembered_audience() -> Audience | None:
    """The audience that the visitor chose, if any."""
    value = request.cookies.get("audience", "")
    return Audience(value) if value in set(Audience) else None


def remembered_country() -> str | None:
    """The ISO 3166 code of the country the visitor picked for help, if any; not checked against the directory."""
    if "told_for" in g:
        chosen: str | None = g.told_for
        return chosen
    value = request.cookies.get("country", "")
    return value if len(value) == 2 and value.isascii() and value.isupper() else None


def country_here() -> str | None:
    """The country whose courses are shown: the one that the whole site is of, or else the one that the visitor picked."""
    return site().settings.country or remembered_country()


def is_kept_page() -> bool:
    """Whether what is made now is kept on devices, the same for everybody."""
    return "told_for" in g


def saves_data() -> bool:
    """Whether pictures wait until they are asked for: as the visitor chose, else as their browser asks (``Save-Data``).

    What is kept on devices, the same for everybody, has its pictures.
    """
    if is_kept_page():
        return False
    chosen = request.cookies.get(PICTURES, "")
    return chosen == WAIT if chosen else asks_for_less()


def asks_for_less() -> bool:
    """Whether the browser asks sites to use less data."""
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def leaves_no_trace() -> bool:
    """Whether whoever asks wishes that nothing stays on their device."""
    return NO_TRACE in request.cookies


@contextmanager
def told_for(country: str | None) -> Iterator[None]:
    """Say within it what is said in that country, or where none is known, whatever the visitor picked."""
    before = g.get("told_for", ...)
    g.told_for = country
    try:
        yield
    finally:
        if before is ...:
            g.pop("told_for")
        else:
            g.told_for = before
