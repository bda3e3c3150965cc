"""The type and the length of a recording, told by its content and never by its name."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

EXTENSIONS: Final = ("mp3", "ogg", "opus", "mp4", "webm")
HEAD: Final = 64 * 1024
"""Bytes at the beginning of a file that say what it is."""
_MOST_BOXES: Final = 10_000
_LONGEST_INDEX: Final = 16 * 1024 * 1024
_INDEX: Final = b"\x15\x49\xa9\x66"
_TAGS_BEHIND: Final = 1024
"""Bytes that an MP3 may have counted and lost since: titles that stood at its end."""
_SEGMENT: Final = b"\x18\x53\x80\x67"
_SCALE: Final = re.compile(rb"\x2a\xd7\xb1\x83(.{3})", re.DOTALL)
_LENGTH: Final = re.compile(rb"\x44\x89(?:\x84(.{4})|\x88(.{8}))", re.DOTALL)
_BITRATES: Final = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


@dataclass(frozen=True, slots=True)
class MediaType:
    """A type of recording: how its files' names end, and what a browser is told."""

    extension: str
    mimetype: str
    kind: Literal["audio", "video"]


_MP3: Final = MediaType("mp3", "audio/mpeg", "audio")
_OGG: Final = MediaType("ogg", "audio/ogg", "audio")
_OPUS: Final = MediaType("opus", "audio/ogg; codecs=opus", "audio")
_BOTH: Final = {
    ("mp4", True): MediaType("mp4", "video/mp4", "video"),
    ("mp4", False): MediaType("mp4", "audio/mp4", "audio"),
    ("webm", True): MediaType("webm", "video/webm", "video"),
    ("webm", False): MediaType("webm", "audio/webm", "audio"),
}


def type_named(extension: str, kind: str) -> MediaType:
    """The type that was told by content before, from what was kept of it. Raises KeyError for one that there is not."""
    plain = {one.extension: one for one in (_MP3, _OGG, _OPUS)}
    return plain[extension] if extension in plain else _BOTH[extension, kind == "video"]


def media_type(file: BinaryIO) -> MediaType | None:
    """The type of a recording; None for everything else, whatever its name says."""
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(b"OggS"):
        first = head[27 + head[26] :] if len(head) > 27 else b""
        return _OPUS if first.startswith(b"OpusHead") else _OGG if first.startswith(b"\x01vorbis") else None
    if head[4:8] == b"ftyp":
        index = _mp4_index(file)
        return None if index is None else _BOTH["mp4", b"vide" in index]
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _BOTH["webm", b"V_" in head] if b"webm" in head[:64] else None
    return _MP3 if _mp3_frame(file) is not None else None


def seconds_of(file: BinaryIO, what: MediaType) -> float | None:
    """The length of a recording of that type; None when it does not say."""
    read = {"mp3": _mp3_seconds, "ogg": _ogg_seconds, "opus": _ogg_seconds, "mp4": _mp4_seconds, "webm": _webm_seconds}
    try:
        seconds: float | None = read[what.extension](file)
    except (struct.error, IndexError, ZeroDivisionError, OverflowError):
        return None
    return seconds if seconds is not None and 0 < seconds < 86_400 else None


def is_cut(file: BinaryIO, what: MediaType) -> bool:
    """Whether a recording of that type ends before it says that it does, as one does that was not copied to its end."""
    ends = {"mp3": _mp3_end, "ogg": _ogg_end, "opus": _ogg_end, "mp4": _mp4_end, "webm": _webm_end}
    try:
        return ends[what.extension](file) > _size(file)
    except (struct.error, IndexError):
        return True


def _mp3_end(file: BinaryIO) -> int:
    start, frame = _mp3_frame(file) or (0, b"")
    for name in (b"Xing", b"Info"):
        at = frame.find(name, 4, 200)
        if at > 0 and frame[at + 7] & 2:
            (length,) = struct.unpack_from(">I", frame, at + 8 + 4 * (frame[at + 7] & 1))
            return start + int(length) - _TAGS_BEHIND
    return start


def _ogg_end(file: BinaryIO) -> int:
    begin = max(0, _size(file) - HEAD - 512)  # a page is never longer
    file.seek(begin)
    tail = file.read()
    at = tail.rfind(b"OggS")
    return begin + at + 27 + tail[at + 26] + sum(tail[at + 27 : at + 27 + tail[at + 26]])


def _mp4_end(file: BinaryIO) -> int:
    start, size = 0, _size(file)
    for _ in range(_MOST_BOXES):
        file.seek(start)
        head = file.read(16)
        if start >= size or len(head) < 8:
            return start
        length = int.from_bytes(head[:4], "big")
        if length == 0:  # to the end, wherever that is
            return size
        start += int.from_bytes(head[8:16], "big") if length == 1 else length
    return start


def _webm_end(file: BinaryIO) -> int:
    file.seek(0)
    head = file.read(HEAD)
    at = head.find(_SEGMENT) + len(_SEGMENT)
    if at < len(_SEGMENT):
        return 0
    # A number whose first bits say how many bytes it has (RFC 8794, 4); all ones stand for a length that is not known.
    width = 9 - head[at].bit_length()
    length = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
    return 0 if length == (1 << 7 * width) - 1 else at + width + length


def _size(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def _ogg_seconds(file: BinaryIO) -> float | None:
    file.seek(0)
    head = file.read(HEAD)
    first = head[27 + head[26] :]
    file.seek(max(0, _size(file) - HEAD))
    tail = file.read()
    at = tail.rfind(b"OggS")
    (end,) = struct.unpack_from("<q", tail, at + 6)
    if first.startswith(b"OpusHead"):
        (skipped,) = struct.unpack_from("<H", first, 10)
        return float(end - skipped) / 48_000
    (rate,) = struct.unpack_from("<I", first, 12)
    return float(end) / float(rate)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two places of an MP4: name, and where what is in it begins and ends."""
    for _ in range(_MOST_BOXES):
        file.seek(start)
        head = file.read(16)
        if start >= end or len(head) < 8:
            return
        size, begins = int.from_bytes(head[:4], "big"), 8
        if size == 1 and len(head) == 16:
            size, begins = int.from_bytes(head[8:16], "big"), 16
        size = end - start if size == 0 else size
        if size < begins:
            return
        yield head[4:8], start + begins, min(start + size, end)
        start += size


def _mp4_index(file: BinaryIO) -> bytes | None:
    for name, begin, end in _boxes(file, 0, _size(file)):
        if name == b"moov" and end - begin <= _LONGEST_INDEX:
            file.seek(begin)
            return file.read(end - begin)
    return None


def _mp4_seconds(file: BinaryIO) -> float | None:
    index = _mp4_index(file) or b""
    at = index.find(b"mvhd") + 4
    if at < 4:
        return None
    if index[at] == 1:
        scale, length = struct.unpack_from(">IQ", index, at + 20)
    else:
        scale, length = struct.unpack_from(">II", index, at + 12)
    return float(length) / float(scale)


def _webm_seconds(file: BinaryIO) -> float | None:
    file.seek(0)
    head = file.read(HEAD)
    info = head[head.find(_INDEX) :] if _INDEX in head else b""
    length, scale = _LENGTH.search(info), _SCALE.search(info)
    if length is None:
        return None
    (ticks,) = struct.unpack(">f" if length[1] else ">d", length[1] or length[2])
    return float(ticks) * (int.from_bytes(scale[1], "big") if scale else 1_000_000) / 1e9


def _mp3_frame(file: BinaryIO) -> tuple[int, bytes] | None:
    """The place of the first frame of an MP3, and what stands there; a tag before it is left out."""
    file.seek(0)
    head = file.read(10)
    start = 0
    if head.startswith(b"ID3") and len(head) == 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(start)
    frame = file.read(4096)
    is_frame = (
        len(frame) > 4
        and frame[0] == 0xFF
        and frame[1] & 0xE6 == 0xE2  # layer III
        and frame[1] >> 3 & 3 != 1
        and frame[2] >> 4 not in (0, 15)
        and frame[2] >> 2 & 3 != 3
    )
    return (start, frame) if is_frame else None


def _mp3_seconds(file: BinaryIO) -> float | None:
    found = _mp3_frame(file)
    if found is None:
        return None
    start, frame = found
    version = frame[1] >> 3 & 3
    rate, samples = _RATES[version][frame[2] >> 2 & 3], 1152 if version == 3 else 576
    for name in (b"Xing", b"Info"):
        at = frame.find(name, 4, 200)
        if at > 0 and frame[at + 7] & 1:
            (frames,) = struct.unpack_from(">I", frame, at + 8)
            return float(frames) * samples / rate
    return float(_size(file) - start) * 8 / (_BITRATES[version == 3][frame[2] >> 4] * 1000)
