"""Answers that are files of a store, whole or in part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import structlog
from flask import Response, request
from werkzeug.exceptions import NotFound, ServiceUnavailable

from coplearn.files.ranges import part_asked
from coplearn.files.stores import FileStore, StoreUnavailable

log = structlog.get_logger()


def stored_file(store: FileStore, name: str, size: int, mimetype: str, *, etag: str = "") -> Response:
    """The file, or the part of it that is asked for; with ``etag``, nothing for whoever has it.

    Its bytes never change under its name. Raises NotFound and ServiceUnavailable, as :func:`stored_pieces` does.
    """
    asked = part_asked(_ranges(), size, unchanged=not etag or _unchanged(etag))
    response = Response(b"", status={"all": 200, "part": 206, "none": 416}[asked.what], mimetype=mimetype)
    response.headers["Accept-Ranges"] = "bytes"
    if asked.what == "none":
        response.headers["Content-Range"] = f"bytes */{size}"
        return response
    if etag:
        response.set_etag(etag)
    if etag in request.if_none_match:
        response.status_code = 304
        return response
    if asked.what == "part":
        response.headers["Content-Range"] = f"bytes {asked.start}-{asked.end - 1}/{size}"
    if request.method == "GET":
        response.response = stored_pieces(store, name, asked.start, asked.end - asked.start)
        response.direct_passthrough = True
    response.content_length = asked.end - asked.start
    return response


def stored_pieces(store: FileStore, name: str, start: int, length: int) -> Iterator[bytes]:
    """The bytes; the first of them are read now, while an error can still be told.

    Raises NotFound for a file that is not there, and ServiceUnavailable for a store that cannot be reached.
    """
    try:
        pieces = iter(store.read(name, start, length))
        return chain([next(pieces, b"")], pieces)
    except OSError as error:
        raise NotFound from error
    except StoreUnavailable as error:
        log.error("store_unavailable", why=str(error))
        raise ServiceUnavailable from error


def stored_attachment(store: FileStore, name: str, mimetype: str, called: str) -> Response | None:
    """A file of staff's to be saved and never opened in the page, kept by nobody on the way; None where it is gone."""
    try:
        size = store.size(name)
    except (StoreUnavailable, ValueError) as error:
        log.error("store_unavailable", why=str(error))
        raise ServiceUnavailable from error
    if size is None:
        return None
    response = stored_file(store, name, size, mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=called)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _ranges() -> list[tuple[int, int | None]]:
    asked = request.range
    return list(asked.ranges) if asked is not None and asked.units == "bytes" else []


def _unchanged(key: str) -> bool:
    condition = request.if_range
    return condition.date is None and condition.etag in (None, key)
