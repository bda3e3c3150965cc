"""Cards to send on as pictures: set by typst as papers are, and made small, because whoever gets one pays for its bytes."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final

from coplearn.i18n.paper import PaperError, draw

MOST_BYTES: Final = 60_000
SIDE: Final = 720
"""Pixels of a side, where that many fit into the bytes."""
_SIDE_POINTS: Final = 540
MADE: Final = date(2026, 1, 1)
"""A picture has no date; what sets it asks for one."""
_SMALLER: Final = (1.0, 0.8, 0.65, 0.5)
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = 4


@lru_cache(maxsize=1)
def template() -> bytes:
    """The template's own text."""
    return files("coplearn.guides").joinpath("templates/card.typ").read_bytes()


def draw_card(words: Mapping[str, object]) -> bytes:
    """The PNG of those words, of 60 KB at most. Raises PaperError."""
    for share in _SMALLER:
        png = with_palette(draw(template(), words, MADE, SIDE * share / _SIDE_POINTS * 72))
        if len(png) <= MOST_BYTES:
            return png
    raise PaperError("The card has too much on it.")


def with_palette(png: bytes) -> bytes:
    """A PNG of eight bits a channel with those pixels in at most 256 colours; its opacity is left out.

    Colours that differ in the last four bits of their channels become the most frequent of them: a page of flat colours has few
    others than those between letter and ground. typst knows only full colour, which takes four times the bytes.
    """
    width, height, rows = _rows(png)
    # Most rows are between lines of text, and many the same.
    pixels = {row: list(zip(row[0::_CHANNELS], row[1::_CHANNELS], row[2::_CHANNELS], strict=True)) for row in set(rows)}
    counted = Counter(pixel for row in pixels.values() for pixel in row)
    palette: dict[tuple[int, int, int], int] = {}
    colours: list[tuple[int, int, int]] = []
    index: dict[tuple[int, int, int], int] = {}
    for colour, _ in counted.most_common():
        bucket = (colour[0] >> 4, colour[1] >> 4, colour[2] >> 4)
        if bucket not in palette:
            palette[bucket] = min(len(colours), 255)
            colours.append(colour)
        index[colour] = palette[bucket]
    lines = {row: b"\0" + bytes(map(index.__getitem__, found)) for row, found in pixels.items()}
    body = b"".join(map(lines.__getitem__, rows))
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for colour in colours[:256] for part in colour)),
            _chunk(b"IDAT", zlib.compress(body, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _rows(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and the rows of a PNG that has red, green, blue and opacity in eight bits each, as typst writes it."""
    chunks = list(_chunks(png))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if (depth, colour, interlaced) != (8, 6, 0):
        raise PaperError("The picture has another form than was expected.")
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    step, rows, above = width * _CHANNELS + 1, list[bytes](), bytes(width * _CHANNELS)
    for at in range(0, height * step, step):
        above = _unfiltered(raw[at], raw[at + 1 : at + step], above)
        rows.append(above)
    return width, height, rows


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def _unfiltered(kind: int, row: bytes, above: Sequence[int]) -> bytes:
    """A row as it was before it was filtered (PNG, 9.2)."""
    if kind == 0:
        return row
    if kind == 2:
        return bytes((a + b) & 255 for a, b in zip(row, above, strict=True))
    made = bytearray(_CHANNELS) + bytearray(row)
    corner = bytes(_CHANNELS) + bytes(above)
    for at in range(_CHANNELS, len(made)):
        left, over, across = made[at - _CHANNELS], corner[at], corner[at - _CHANNELS]
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + over) // 2
        elif left == across:  # in what is flat, Paeth's predictor is told at a glance
            guess = over
        elif over == across:
            guess = left
        else:
            guess = _nearest(left, over, across)
        made[at] = (made[at] + guess) & 255
    return bytes(made[_CHANNELS:])


def _nearest(left: int, over: int, across: int) -> int:
    """Paeth's predictor."""
    by_left, by_over, by_across = abs(over - across), abs(left - across), abs(left + over - 2 * across)
    if by_left <= by_over and by_left <= by_across:
        return left
    return over if by_over <= by_across else across
