"""The style sheet and the script, sent compressed to browsers that take it: most of a first view's weight."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

_COMPRESSED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


@lru_cache(maxsize=32)
def _squeezed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def register_compression(app: Flask) -> None:
    """Compress static files alone: the length of a compressed page would tell the secret token that stands in it."""

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in _COMPRESSED:
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip") == 0:
            return response
        response.direct_passthrough = False
        response.set_data(_squeezed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        tag, _ = response.get_etag()
        if tag is not None:
            response.set_etag(tag, weak=True)
        return response
