"""Pages and files sent packed to browsers that take it, and not at all where the browser has them: on a slow line a third of the
bytes is a third of the wait."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from flask import Flask, Response, g, request

from coplearn.web.packing import KeptPage, Mould, Packing, pack, packing_for, takes

_FILES: Final = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
_PAGE_FROM: Final = 1_400
"""Bytes; what is smaller fits into one packet either way."""
_HIDDEN: Final = re.compile(rb'(<input type="hidden"[^>]*>)')
_OWN_LINK: Final = re.compile(rb"result=[1-9][0-9]{0,17}|reader=[a-z]{1,12}|country=[A-Za-z]{2}|pictures=shown")
"""Question strings that our own links have: a number, or one word. Whether it is one that we gave, the view says."""


def send_kept(page: KeptPage, *owns: bytes) -> Response:
    """A kept page around what is one reader's own: that is not compressed.

    So the length of the answer tells nothing about it (see ``register_compression``), and a page costs no compressing.
    """
    response = Response(b"", mimetype="text/html")
    say_it_varies(response, "Accept-Encoding")
    packing = asked_packing() if sum(map(len, page.texts)) >= _PAGE_FROM else ""
    body, packed_as = page.packed(packing, owns)
    response.set_data(body)
    if packed_as:
        response.headers["Content-Encoding"] = packed_as
    if not owns:
        response.set_etag(page.tag, weak=True)
        response.make_conditional(request)
    return response


def asked_packing() -> Packing:
    """The packing of the answer to the present request."""
    return packing_for(request.environ.get("HTTP_ACCEPT_ENCODING", ""))


@lru_cache(maxsize=32)
def _packed_file(body: bytes, packing: Packing) -> bytes:
    return pack(body, packing, best=True)


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
        if response.status_code == 200 and response.mimetype == "text/html":
            _note_tag(response)
        is_file = request.endpoint in FILES and response.mimetype in _FILES and response.status_code == 200
        if not (is_file or _is_page(response) or _is_page_to_part(response)):
            return response
        if "Accept-Encoding" not in response.headers.get("Vary", ""):
            say_it_varies(response, "Accept-Encoding")
        packing = asked_packing()
        if not packing or (not is_file and len(response.get_data()) < _PAGE_FROM):
            return response
        if is_file:
            response.direct_passthrough = False
            response.set_data(_packed_file(response.get_data(), packing))
        elif _is_page(response):
            response.set_data(pack(response.get_data(), packing))
        else:
            packing = _pack_around_hidden(response, packing)
        response.headers["Content-Encoding"] = packing
        response.headers.pop("Accept-Ranges", None)
        tag, _ = response.get_etag()
        if tag is not None:
            response.set_etag(tag, weak=True)
        return response


def _note_tag(response: Response) -> None:
    """Give a page that holds nothing made for this one answer a tag, and send it not at all to a browser that still has it.

    A form's hidden fields are new each time, so a page with one is always sent.
    """
    body = response.get_data()
    if "ETag" in response.headers or "no-store" in response.headers.get("Cache-Control", "") or _HIDDEN.search(body):
        return
    if "Accept-Encoding" not in response.headers.get("Vary", ""):
        say_it_varies(response, "Accept-Encoding")
    response.set_etag(hashlib.blake2b(body, digest_size=8).hexdigest(), weak=True)
    response.make_conditional(request)


def note_own_link() -> None:
    """Say in a view that the question string's value is one that only our own links have, such as the number of one's own
    result: no stranger's guess at a text of the page, which the page would then repeat beside it."""
    g.is_own_link = True


def takes_gzip() -> bool:
    """Whether whoever asks takes an answer compressed by gzip."""
    return takes(request.environ.get("HTTP_ACCEPT_ENCODING", ""), "gzip")


def _pack_around_hidden(response: Response, packing: Packing) -> Packing:
    texts, owns = _parted(response.get_data())
    mould = Mould(texts, [len(own) for own in owns], packing)
    if not mould.fits(owns):
        mould = Mould(texts, [len(own) for own in owns], "gzip")
    response.set_data(mould.fill(owns))
    return mould.packing


def _parted(body: bytes) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The texts around the hidden fields, and those."""
    pieces = _HIDDEN.split(body)
    return pieces[::2], pieces[1::2]


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
