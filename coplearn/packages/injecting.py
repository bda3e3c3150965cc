"""The runtime put before the first script of a page, where a package plays in a frame that has no other page of its origin."""

from __future__ import annotations

import re
from typing import Final

_HEAD: Final = re.compile(rb"<head(?:\s[^>]{0,500})?>", re.IGNORECASE)
_BEGIN: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*<!--.{0,2000}?-->)*\s*(?:<!doctype[^>]{0,500}>)?", re.IGNORECASE | re.DOTALL
)
_NEAR: Final = 65_536


def with_runtime(page: bytes, address: str) -> bytes:
    """The page with the runtime as its first script; one of other letters than ASCII's (UTF-16) stays as it is.

    >>> with_runtime(b"<!DOCTYPE html><html><head><title>A</title>", "/r.js")
    b'<!DOCTYPE html><html><head><script src="/r.js"></script><title>A</title>'
    """
    if page[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return page
    script = f'<script src="{address}"></script>'.encode()
    found = _HEAD.search(page, 0, _NEAR) or _BEGIN.match(page)
    at = found.end() if found is not None else 0
    return page[:at] + script + page[at:]
