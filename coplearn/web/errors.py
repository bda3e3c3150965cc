"""Every error becomes a page in the visitor's language: what happened, what is safe, what to do."""

from __future__ import annotations

from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_, Phrase
from coplearn.web.render import say, say_phrase

log = structlog.get_logger()

_TITLES = {
    400: N_("The page could not read that request"),
    401: N_("Please sign in first"),
    403: N_("This page is not open to you"),
    404: N_("There is no page at this address"),
    405: N_("That cannot be done here"),
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
    409: N_("Both versions are kept. Load the page again to see them."),
    413: N_("Send a smaller file or a shorter text. Nothing was changed."),
    422: N_("Go back, look at the page again and send it once more. Nothing was lost."),
    429: N_("Wait a few minutes, then try again. Your account is safe."),
    500: N_("It has been noted. What was saved before is safe. Please try again in a moment."),
    503: N_("Your last step was not saved. Wait a few seconds and press the button again; it will count once."),
}


def register_errors(app: Flask) -> None:
    """Answer every refusal, HTTP error and fault with :func:`error_page`."""
    app.register_error_handler(AppError, refusal)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, _database_busy)
    app.register_error_handler(Exception, _fault)


def error_page(status: int, phrase: Phrase | None = None) -> Response:
    """The page for ``status``, with ``phrase`` instead of the stock sentence when there is one."""
    title = say(_TITLES.get(status, _TITLES[500]))
    message = say_phrase(phrase or Phrase(_TEXTS.get(status, _TEXTS[500])))
    retry = request.full_path if status == 503 and request.method == "GET" else None
    body = render_template("error.html", code=status, title=title, message=message, retry=retry)
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def refusal(error: AppError) -> Response:
    """The page for a refusal of the domain."""
    return error_page(error.status, error.phrase)


def http_error(error: HTTPException) -> Response:
    """The page for an error of HTTP itself; a page that answers to POST alone leads to the nearest one that can be read."""
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value] # a redirect or a ready answer, as werkzeug made it
    if g.get("bad_host"):
        # No address can be built for a page here, and nobody who meant this site sees it.
        return Response("400", 400, mimetype="text/plain")
    nearest = _nearest_page() if error.code == 405 and request.method in ("GET", "HEAD") else None
    if nearest is not None:
        return redirect(nearest)  # type: ignore[return-value] # the same type, as flask names it
    response = error_page(error.code)
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


def _database_busy(error: OperationalError) -> Response:
    log.error("database_unavailable", kind=type(error.orig).__name__)
    response = error_page(503)
    response.headers["Retry-After"] = "5"
    return response


def _fault(error: Exception) -> Response:
    # The exception's text may hold what a person typed, so only its kind and place are logged.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    log.error(
        "fault", kind=type(error).__name__, place=place, endpoint=request.endpoint, request_id=g.get("request_id")
    )
    if request.environ.get("coplearn.reraise"):
        raise error
    return error_page(500)
