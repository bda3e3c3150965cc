"""Pages and files sent compressed to browsers that take it: on a slow line a third of the bytes is a third of the wait."""

from __future__ import annotations

import gzip
import zlib
from functools import lru_cache
from typing import Final

from flask import Flask, Response, request

_FILES: Final = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
_PAGE_LEVEL: Final = 4
"""zlib's level for pages, which are squeezed anew each time (docs/benchmarks.md has what it costs)."""
_PAGE_FROM: Final = 1_400
"""Bytes; what is smaller fits into one packet either way."""


@lru_cache(maxsize=32)
def _squeezed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def register_compression(app: Flask) -> None:
    """Compress static files, and pages that hold nothing a stranger may choose.

    The length of a compressed page can tell a secret in it (the form's token) to somebody who also puts guesses into
    it. So a page with a question string, which its links repeat, is sent as it is, and so is every answer to a POST.
    """

    @app.after_request
    def compress(response: Response) -> Response:
        is_file = request.endpoint == "static" and response.mimetype in _FILES
        if response.status_code != 200 or not (is_file or _is_page(response)):
            return response
        say_it_varies(response, "Accept-Encoding")
        if "gzip" not in request.environ.get("HTTP_ACCEPT_ENCODING", "") or not request.accept_encodings.quality(
            "gzip"
        ):
            return response
        if is_file:
            response.direct_passthrough = False
            response.set_data(_squeezed(response.get_data()))
        elif len(response.get_data()) >= _PAGE_FROM:
            response.set_data(_page(response.get_data()))
        else:
            return response
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        tag, _ = response.get_etag()
        if tag is not None:
            response.set_etag(tag, weak=True)
        return response


def say_it_varies(response: Response, by: str) -> None:
    """Tell caches that the answer depends on that header of the request; to be said once an answer for each.

    ``response.vary`` says the same: it reads the header into a set and writes it anew, at the cost of a statement.
    """
    held = response.headers.get("Vary")
    if held is None:
        response.headers.add("Vary", by)
    elif by not in held:
        response.headers["Vary"] = f"{held}, {by}"


def _is_page(response: Response) -> bool:
    return response.mimetype == "text/html" and request.method == "GET" and not request.query_string


def _page(body: bytes) -> bytes:
    squeeze = zlib.compressobj(_PAGE_LEVEL, zlib.DEFLATED, 31)
    return squeeze.compress(body) + squeeze.flush()
