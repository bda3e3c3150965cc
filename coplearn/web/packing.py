"""Bytes packed for browsers: what a browser takes, whole texts, and pages around the place that is one reader's own.

What is one reader's own stands in the packed page as it is, and nothing around it may refer to it: so its bytes change the
length of no answer, and a page that is kept is packed once for all. gzip has stored blocks for that, and brotli blocks that are
not compressed; the text behind goes on referring to the text before.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import brotli
from werkzeug.http import parse_accept_header

Packing = Literal["br", "gzip", ""]
PACKINGS: Final[tuple[Packing, ...]] = ("br", "gzip")
"""The best first."""

_WINDOW: Final = 32_768
_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_MOST_STORED: Final = 65_535
_LONGEST_WISH: Final = 200
_BEST: Final = {"br": 11, "gzip": 9}
_QUICK: Final = {"br": 5, "gzip": 4}
"""Levels for pages that are packed anew each time: each costs less than a millisecond (docs/benchmarks.md)."""
_OWN_ENDS: Final = b'">'


@lru_cache(maxsize=256)
def packing_for(accepted: str) -> Packing:
    """The best packing that a browser with that ``Accept-Encoding`` takes.

    zstd is not among them: each browser that takes it takes brotli too, which is smaller at these sizes.
    """
    return next((one for one in PACKINGS if takes(accepted, one)), "")


@lru_cache(maxsize=256)
def takes(accepted: str, packing: Packing) -> bool:
    """Whether it takes that one. Browsers say one of a few things, and to read it costs as much as a statement."""
    return packing in accepted and bool(parse_accept_header(accepted[:_LONGEST_WISH]).quality(packing))


def pack(text: bytes, packing: Packing, *, best: bool = False) -> bytes:
    """A whole text, ``best`` at what takes tens of milliseconds: for what is packed once."""
    level = (_BEST if best else _QUICK)[packing] if packing else 0
    if packing == "br":
        return bytes(brotli.compress(text, mode=brotli.MODE_TEXT, quality=level))
    if packing == "gzip":
        squeeze = zlib.compressobj(level, zlib.DEFLATED, 31)
        return squeeze.compress(text) + squeeze.flush()
    return text


def unpack(packed: bytes, packing: Packing) -> bytes:
    """Unpack it again. Raises ValueError for what does not read so."""
    try:
        return (
            bytes(brotli.decompress(packed)) if packing == "br" else zlib.decompress(packed, 31) if packing else packed
        )
    except (zlib.error, brotli.error) as error:
        raise ValueError(str(error)) from None


class Mould:
    """Texts packed with gaps of those sizes between them, for what is one reader's own."""

    def __init__(self, texts: Sequence[bytes], sizes: Sequence[int], packing: Packing, *, best: bool = False) -> None:
        levels = _BEST if best else _QUICK
        self._texts, self._sizes = tuple(texts), tuple(sizes)
        cast = _brotli_cast(self._texts, self._sizes, levels["br"]) if packing == "br" else None
        # What brotli cannot hold is gzip's, with gzip's own levels.
        self.packing: Packing = "gzip" if packing == "br" and cast is None else packing
        self._packed = cast or (_gzip_cast(self._texts, self._sizes, levels["gzip"]) if self.packing else self._texts)

    def fits(self, owns: Sequence[bytes]) -> bool:
        """Whether each of them is as long as its gap, and ends as what a brotli text was packed behind does."""
        return tuple(map(len, owns)) == self._sizes and all(own.endswith(_OWN_ENDS) for own in owns)

    def fill(self, owns: Sequence[bytes]) -> bytes:
        """The answer with those in its gaps."""
        if self.packing == "gzip":
            return self._gzip(owns)
        return _between(self._packed, owns)

    def _gzip(self, owns: Sequence[bytes]) -> bytes:
        check, size, pieces = 0, 0, [_HEAD]
        for number, (text, packed) in enumerate(zip(self._texts, self._packed, strict=True)):
            check, size = zlib.crc32(text, check), size + len(text)
            pieces.append(packed)
            if number < len(owns):
                check, size = zlib.crc32(owns[number], check), size + len(owns[number])
                pieces += _stored(owns[number])
        # An empty last block, then what gzip wants to check.
        pieces.append(b"\x03\x00" + struct.pack("<II", check, size & 0xFFFFFFFF))
        return b"".join(pieces)


def _between(texts: Sequence[bytes], owns: Sequence[bytes]) -> bytes:
    pieces = [texts[0]]
    for own, text in zip(owns, texts[1:], strict=True):
        pieces += own, text
    return b"".join(pieces)


def _gzip_cast(texts: Sequence[bytes], sizes: Sequence[int], level: int) -> tuple[bytes, ...]:
    # Each text may refer to what stands before it as far as it is no reader's own: a gap is NULs, which no page holds.
    cast, behind = [], b""
    for text, size in zip(texts, (*sizes, 0), strict=True):
        squeeze = zlib.compressobj(level, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, behind)
        cast.append(squeeze.compress(text) + squeeze.flush(zlib.Z_FULL_FLUSH))
        behind = (behind + text + bytes(size))[-_WINDOW:]
    return tuple(cast)


def _stored(plain: bytes) -> list[bytes]:
    """Blocks that hold the bytes as they are (RFC 1951, 3.2.4)."""
    pieces = [plain[at : at + _MOST_STORED] for at in range(0, len(plain), _MOST_STORED)]
    return [b"\x00" + struct.pack("<HH", len(piece), len(piece) ^ 0xFFFF) + piece for piece in pieces]


def _brotli_cast(texts: Sequence[bytes], sizes: Sequence[int], level: int) -> tuple[bytes, ...] | None:
    """The packed texts, each but the first beginning behind a gap; None when that cannot be done for these.

    Bytes that are like nothing are put into each gap, which brotli then stores as they are (RFC 7932, 9.2); they are looked for in
    what comes out and cut away. That it reads as it should with others in their place is tried once.
    """
    squeeze = brotli.Compressor(quality=level, mode=brotli.MODE_TEXT, lgwin=18)
    cast, packed = [], squeeze.process(texts[0]) + squeeze.flush()
    for text, size in zip(texts[1:], sizes, strict=True):
        noise = hashlib.shake_256(b"like nothing").digest(max(size - len(_OWN_ENDS), 0)) + _OWN_ENDS
        before, found, after = (packed + squeeze.process(noise) + squeeze.flush()).rpartition(noise)
        if not found:
            return None
        cast.append(before)
        packed = after + squeeze.process(text) + squeeze.flush()
    cast.append(packed + squeeze.finish())
    tried = [b"o" * (size - len(_OWN_ENDS)) + _OWN_ENDS for size in sizes]
    try:
        reads = brotli.decompress(_between(cast, tried)) == _between(texts, tried)
    except brotli.error:
        reads = False
    return tuple(cast) if reads else None


class KeptPage:
    """A page that is the same for many readers but for one place, kept with what it is packed to.

    What is asked for a second time is worth being packed as small as can be.
    """

    def __init__(self, before: bytes, after: bytes = b"") -> None:
        self.texts = (before, after) if after else (before,)
        self.tag = hashlib.blake2b(before + after, digest_size=8).hexdigest()
        self._moulds: dict[tuple[Packing, int], tuple[Mould, bool]] = {}

    def packed(self, packing: Packing, owns: Sequence[bytes]) -> tuple[bytes, Packing]:
        """The answer with what is the reader's own, and what it is packed as."""
        key, sizes = (packing, sum(map(len, owns))), tuple(map(len, owns))
        mould, is_best = self._moulds.get(key, (None, False))
        if mould is None or not is_best:
            # Brotli's best takes twenty milliseconds for a lesson, gzip's one.
            is_best = mould is not None or packing != "br"
            mould = Mould(self.texts, sizes, packing, best=is_best)
            self._moulds[key] = (mould, is_best)
        if not mould.fits(owns):
            mould = Mould(self.texts, sizes, "gzip" if packing else "")
        return mould.fill(owns), mould.packing
