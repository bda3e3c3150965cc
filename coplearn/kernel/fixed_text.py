"""A text that was agreed on, as bytes: fixed by their SHA-256, so that anybody can check a copy without this site."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

_OVERRIDES = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\ufeff"))
"""Marks that turn round the text after them where nobody sees it; the isolates stay."""


def plain_lines(text: str) -> str:
    """The text as it is kept: NFC, lines that end with one line feed, and nothing that is not seen.

    >>> plain_lines(" A line. \\r\\n\\r\\n\\r\\n\\r\\nAnother.\\x07 \\u202e")
    'A line.\\n\\nAnother.'
    """
    text = unicodedata.normalize("NFC", text.translate(_OVERRIDES).replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
    )
    lines: list[str] = []
    for line in (one.strip() for one in kept.replace("\t", " ").split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n")


def fixed_bytes(head: Sequence[tuple[str, str]], body: str) -> bytes:
    """The file of an agreed text: a line ``Name: value`` for each of ``head``, an empty line, the text, one line feed.

    It is UTF-8 without a mark at its beginning. The same words give the same bytes on every machine.
    """
    lines = [f"{name}: {' '.join(plain_lines(value).split())}" for name, value in head]
    return ("\n".join([*lines, "", plain_lines(body)]) + "\n").encode()


def fixed_hash(file: bytes) -> str:
    """The SHA-256 of such a file, as ``sha256sum`` and ``shasum -a 256`` tell it."""
    return hashlib.sha256(file).hexdigest()
