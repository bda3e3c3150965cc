"""Leaving no trace: while somebody wishes it, nothing that the site sends is kept by their browser once it is closed."""

from __future__ import annotations

import re
from typing import Final

from flask import Flask, Response, request

from coplearn.settings import Settings
from coplearn.web.languages import NO_TRACE, leaves_no_trace

_UNTIL: Final = re.compile(r"; *(?:max-age|expires)=[^;]*", re.IGNORECASE)
_GONE: Final = re.compile(r"max-age=0(?:;|$)", re.IGNORECASE)


def register_no_trace(app: Flask) -> None:
    """Have no answer to such a browser kept, and every cookie go when it is closed."""

    @app.after_request
    def leave_none(response: Response) -> Response:
        if leaves_no_trace():
            response.headers["Cache-Control"] = "no-store"
            _until_closed(response)
        return response


def _until_closed(response: Response) -> None:
    cookies = response.headers.getlist("Set-Cookie")
    if not cookies:
        return
    response.headers.remove("Set-Cookie")
    for cookie in cookies:
        response.headers.add("Set-Cookie", cookie if _GONE.search(cookie) else _UNTIL.sub("", cookie))


def begin_no_trace(response: Response, settings: Settings) -> None:
    """Clear what is stored, and let the cookies that are there go when the browser is closed. The mode itself is one of them."""
    kept = {
        name: value
        for name, value in request.cookies.items()
        if name in {"visitor", "lang", "audience", "country", "pictures"}
    }
    for name, value in (kept | {NO_TRACE: "1"}).items():
        response.set_cookie(name, value, secure=settings.https, httponly=True, samesite="Lax")
    for name in ("waits", "keeps"):  # how many answers and courses were kept here
        response.delete_cookie(name)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
