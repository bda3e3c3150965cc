"""Every error becomes a page in the visitor's language: what happened, what is safe, what to do."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Final
from urllib.parse import quote

import structlog
from blinker import Signal
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from markupsafe import escape
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_, Phrase
from coplearn.storage.database import current_session
from coplearn.web.logs import kind_and_place
from coplearn.web.problems import is_api, problem
from coplearn.web.render import DRAFT, say, say_phrase, translations

log = structlog.get_logger()

could_not_store = Signal(
    "Sent by the application, with ``error``, where the database or the disk did not take something."
)

_TITLES = {
    400: N_("The page could not read that request"),
    401: N_("Please sign in first"),
    403: N_("This page is not open to you"),
    404: N_("There is no page at this address"),
    405: N_("That cannot be done here"),
    408: N_("That took too long to arrive"),
    409: N_("Somebody else changed this meanwhile"),
    413: N_("That is too large to send"),
    422: N_("That could not be taken"),
    429: N_("Too many tries in a short time"),
    500: N_("Something went wrong on our side"),
    503: N_("The site is very busy"),
}
_TEXTS = {
    400: N_("Go back, load the page again and try once more. What was saved before is safe."),
    401: N_("Sign in, and you will find everything as you left it."),
    403: N_("If you think it should be, ask the people who run this site. Nothing was changed."),
    404: N_("The address may be mistyped or old. Your progress is safe."),
    405: N_("Go back and use the buttons on the page. Nothing was changed."),
    408: N_("Nothing was changed. Go back and send it once more; over a slow line, send a smaller file."),
    409: N_("Both versions are kept. Load the page again to see them."),
    413: N_("Send a smaller file or a shorter text. Nothing was changed."),
    422: N_("Go back, look at the page again and send it once more. Nothing was lost."),
    429: N_("Wait a few minutes, then try again. Your account is safe."),
    500: N_("It has been noted. What was saved before is safe. Please try again in a moment."),
    503: N_("Your last step was not saved. Wait a few seconds and press the button again; it will count once."),
}

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_START: Final = N_("Go to the start page")


@dataclass(frozen=True, slots=True)
class Way:
    """A way on for somebody who was refused: a few words, and where they lead."""

    words: str
    href: str


def register_errors(app: Flask) -> None:
    """Answer every refusal, HTTP error and fault with :func:`error_page`."""
    app.register_error_handler(AppError, refusal)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, _not_stored)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(Exception, _fault)


def error_page(status: int, phrase: Phrase | None = None, way: Way | None = None) -> Response:
    """The page for ``status``, with ``phrase`` instead of the stock sentence and a ``way`` on where there is one. Never
    raises. A program gets a problem of :mod:`coplearn.web.problems` instead."""
    if is_api(request.path):
        return _problem(status, phrase)
    try:
        body = _rendered(status, phrase, way)
    except Exception as error:  # whatever broke the page may break its error page too
        log.error("error_page_broken", status=status, request_id=g.get("request_id"), **kind_and_place(error))
        body = bare_page(status, g.get("locale"), _texts_at_hand(), g.get("request_id", ""))
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(status: int, phrase: Phrase | None) -> Response:
    title, stock = stock_sentences(status)
    try:
        said = say(title), say_phrase(phrase or Phrase(stock))
    except Exception as error:  # as above
        log.error("error_page_broken", status=status, request_id=g.get("request_id"), **kind_and_place(error))
        said = title, stock
    return problem(status, *said, request_id=_told_id(status))


def _rendered(status: int, phrase: Phrase | None, way: Way | None) -> str:
    title, stock = stock_sentences(status)
    message = say_phrase(phrase or Phrase(stock))
    if way is None and status == 503 and request.method == "GET":
        way = Way(N_("Try again"), request.full_path)
    return render_template(
        "error.html", code=status, title=say(title), message=message, way=way, request_id=_told_id(status)
    )


def _told_id(status: int) -> str:
    """The number under which a fault stands in the log, for whoever writes to the people who run the site."""
    return g.get("request_id", "") if status >= 500 else ""


def stock_sentences(status: int) -> tuple[str, str]:
    """Title and text for ``status``, as msgids."""
    known = status if status in _TITLES else 400 if status < 500 else 500
    return _TITLES[known], _TEXTS[known]


def bare_page(status: int, locale: Locale | None, texts: NullTranslations, request_id: str) -> str:
    """An error page that needs no template, no address built and no database: the last resort."""
    title, text = (escape(texts.gettext(one)) for one in stock_sentences(status))
    number = f"{status} · {escape(request_id)}" if request_id else str(status)
    home, start = (f"/{locale.url}/" if locale else "/"), escape(texts.gettext(_START))
    lang = f'lang="{escape(locale.bcp47)}" dir="{escape(locale.dir)}"' if locale else 'lang="en" dir="ltr"'
    draft = f'<p class="draft">{escape(texts.gettext(DRAFT))}</p>' if locale and locale.is_draft else ""
    return (
        f'<!doctype html>\n<html {lang}>\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f'<link rel="stylesheet" href="/static/css/coplearn.css"></head>\n<body>{draft}<main class="single" id="main">'
        f'<h1>{title}</h1><p class="lead">{text}</p><p><a href="{home}">{start}</a></p><p class="small">{number}</p>'
        f"</main></body>\n</html>\n"
    )


def _texts_at_hand() -> NullTranslations:
    try:
        return translations()
    except Exception as error:
        log.error("texts_broken", **kind_and_place(error))
        return NullTranslations()


def refusal(error: AppError) -> Response:
    """The page for a refusal of the domain."""
    return error_page(error.status, error.phrase)


def http_error(error: HTTPException) -> Response:
    """The page for an error of HTTP itself; a page that answers to POST alone leads to the nearest one that can be read."""
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value] # a redirect or a ready answer, as werkzeug made it
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, Exception) and is_no_room(cause):
        return _not_stored(cause)
    if g.get("bad_host"):
        # No address can be built for a page here, and nobody who meant this site sees it.
        return Response("400", 400, mimetype="text/plain")
    reads = request.method in ("GET", "HEAD") and not is_api(request.path)
    nearest = _nearest_page() if error.code == 405 and reads else None
    if nearest is not None:
        return redirect(nearest)  # type: ignore[return-value] # the same type, as flask names it
    response = error_page(error.code)
    if error.code == 503:
        response.headers["Retry-After"] = "5"
    for name, value in error.get_headers():
        if name.lower() in {"retry-after", "allow"}:
            response.headers[name] = value
    return response


def _nearest_page() -> str | None:
    """The page above the present address that can be read: where a bookmark of a form's own address leads."""
    path = request.path.rstrip("/")
    while path.count("/") > 1:
        path = path.rpartition("/")[0]
        for address in (f"{path}/", path):
            try:
                current_app.create_url_adapter(request).match(address, "GET")  # type: ignore[union-attr] # inside a request
            except HTTPException:
                continue
            return quote(request.root_path + address)
    return None


def is_no_room(error: Exception) -> bool:
    """Whether the database or the disk did not take something, which may well go in a moment."""
    return isinstance(error, OperationalError) or (isinstance(error, OSError) and error.errno in _FULL)


def _disk(error: OSError) -> Response:
    return _not_stored(error) if is_no_room(error) else _fault(error)


def _not_stored(error: Exception) -> Response:
    log.error("database_unavailable", request_id=g.get("request_id"), kind=type(getattr(error, "orig", error)).__name__)
    could_not_store.send(current_app._get_current_object(), error=error)  # type: ignore[attr-defined] # the proxy hides it
    # What the page had begun is not saved after it by Flask-Security, which would commit now, or fail at it.
    current_session(current_app).rollback()
    response = error_page(503)
    response.headers["Retry-After"] = "5"
    return response


def _fault(error: Exception) -> Response:
    log.error("fault", endpoint=request.endpoint, request_id=g.get("request_id"), **kind_and_place(error))
    return error_page(500)
