"""Pages and files sent compressed to browsers that take it: on a slow line a third of the bytes is a third of the wait."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.http import parse_accept_header

_FILES: Final = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
_PAGE_LEVEL: Final = 4
"""zlib's level for pages, which are squeezed anew each time (docs/benchmarks.md has what it costs)."""
_KEPT_LEVEL: Final = 9
_PAGE_FROM: Final = 1_400
"""Bytes; what is smaller fits into one packet either way."""
_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_MOST_STORED: Final = 65_535
_LONGEST_WISH: Final = 200
_HIDDEN: Final = re.compile(rb'(<input type="hidden"[^>]*>)')
_OWN_LINK: Final = re.compile(rb"result=[1-9][0-9]{0,17}|reader=[a-z]{1,12}|country=[A-Za-z]{2}")
"""Question strings that our own links have: a number, or one word. Whether it is one that we gave, the view says."""


class PagePart:
    """A part of a page that is the same for many readers, squeezed once, to be sent with others around it."""

    __slots__ = ("plain", "squeezed")

    def __init__(self, plain: bytes, level: int = _KEPT_LEVEL) -> None:
        self.plain = plain
        # Ends on a whole byte, and nothing after it can refer to what stands in it.
        squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
        self.squeezed = squeeze.compress(plain) + squeeze.flush(zlib.Z_FULL_FLUSH)


def send_parts(*parts: PagePart | bytes) -> Response:
    """A page made of kept parts and, as bytes, of what is one reader's own: that is not compressed.

    So the length of the answer tells nothing about it (see ``register_compression``), and a page costs no compressing.
    """
    response = Response(b"", mimetype="text/html")
    size = sum(len(part.plain) if isinstance(part, PagePart) else len(part) for part in parts)
    say_it_varies(response, "Accept-Encoding")
    if size >= _PAGE_FROM and _takes_gzip():
        response.set_data(_joined(parts))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(b"".join(part.plain if isinstance(part, PagePart) else part for part in parts))
    return response


def _joined(parts: Sequence[PagePart | bytes]) -> bytes:
    check, size, pieces = 0, 0, [_HEAD]
    for part in parts:
        plain = part.plain if isinstance(part, PagePart) else part
        check, size = zlib.crc32(plain, check), size + len(plain)
        if isinstance(part, PagePart):
            pieces.append(part.squeezed)
        else:
            pieces += _stored(plain)
    # An empty last block, then what gzip wants to check.
    pieces.append(b"\x03\x00" + struct.pack("<II", check, size & 0xFFFFFFFF))
    return b"".join(pieces)


def _stored(plain: bytes) -> list[bytes]:
    """Blocks that hold the bytes as they are (RFC 1951, 3.2.4)."""
    pieces = [plain[at : at + _MOST_STORED] for at in range(0, len(plain), _MOST_STORED)]
    return [b"\x00" + struct.pack("<HH", len(piece), len(piece) ^ 0xFFFF) + piece for piece in pieces]


@lru_cache(maxsize=32)
def _squeezed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


FILES: Final = frozenset({"static", "probes.plugin_file"})
"""The endpoints of files that are the same for everybody, whose addresses change with their content."""


def register_compression(app: Flask) -> None:
    """Compress static files, and pages that hold nothing a stranger may choose.

    The length of a compressed page can tell a secret in it (the form's token) to somebody who also puts guesses into
    it. So a page with a question string, which its links repeat, is sent as it is, and so is every answer to a POST.
    Two kinds of page are compressed around their hidden fields, which are sent as they are: those whose question
    string is one of our own links' (:func:`note_own_link`), and those of an unknown address.
    """

    @app.after_request
    def compress(response: Response) -> Response:
        if "Content-Encoding" in response.headers or request.method not in {"GET", "HEAD"}:
            return response
        is_file = request.endpoint in FILES and response.mimetype in _FILES and response.status_code == 200
        if not (is_file or _is_page(response) or _is_page_to_part(response)):
            return response
        if "Accept-Encoding" not in response.headers.get("Vary", ""):
            say_it_varies(response, "Accept-Encoding")
        if not _takes_gzip():
            return response
        if is_file:
            response.direct_passthrough = False
            response.set_data(_squeezed(response.get_data()))
        elif len(response.get_data()) < _PAGE_FROM:
            return response
        elif _is_page(response):
            response.set_data(_page(response.get_data()))
        else:
            response.set_data(_joined(_parted(response.get_data())))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        tag, _ = response.get_etag()
        if tag is not None:
            response.set_etag(tag, weak=True)
        return response


def note_own_link() -> None:
    """Say in a view that the question string's value is one that only our own links have, such as the number of one's own
    result: no stranger's guess at a text of the page, which the page would then repeat beside it."""
    g.is_own_link = True


def _takes_gzip() -> bool:
    asked = request.environ.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in asked and _allows_gzip(asked[:_LONGEST_WISH])


@lru_cache(maxsize=256)
def _allows_gzip(asked: str) -> bool:
    # Browsers say one of a few things, and to read it costs as much as a statement.
    return bool(parse_accept_header(asked).quality("gzip"))


def _parted(body: bytes) -> list[PagePart | bytes]:
    return [
        one if one.startswith(b'<input type="hidden"') else PagePart(one, _PAGE_LEVEL)
        for one in _HIDDEN.split(body)
        if one
    ]


def say_it_varies(response: Response, by: str) -> None:
    """Tell caches that the answer depends on that header of the request; to be said once an answer for each.

    ``response.vary`` says the same: it reads the header into a set and writes it anew, at the cost of a statement.
    """
    varies = response.headers.get("Vary")
    if varies is None:
        response.headers.add("Vary", by)
    elif by not in varies:
        response.headers["Vary"] = f"{varies}, {by}"


def _is_page(response: Response) -> bool:
    return (
        response.status_code == 200
        and response.mimetype == "text/html"
        and request.method == "GET"
        and not request.query_string
    )


def _is_page_to_part(response: Response) -> bool:
    if response.mimetype != "text/html" or request.method != "GET":
        return False
    if response.status_code == 404:
        return not request.query_string
    is_own = g.get("is_own_link", False) and _OWN_LINK.fullmatch(request.query_string) is not None
    return response.status_code == 200 and is_own


def _page(body: bytes) -> bytes:
    squeeze = zlib.compressobj(_PAGE_LEVEL, zlib.DEFLATED, 31)
    return squeeze.compress(body) + squeeze.flush()
