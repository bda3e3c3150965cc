"""Archives of strangers, opened by rule: zip alone, names that stay inside, and real bytes counted while they are unpacked."""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from coplearn.files.stores import PIECE
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

_MEGABYTE: Final = 1_000_000
UNREADABLE: Final = N_(
    "This is no zip archive that can be read. Export the package once more, and send the file as it is."
)
MOST_FILES: Final = 10_000
MOST_BYTES: Final = 1_000 * _MEGABYTE
"""Of all files together, unpacked."""
_MOST_LISTED: Final = 4 * _MEGABYTE
"""Bytes of the list at the end of an archive, from which everything is read at once."""
_TIMES: Final = 100
"""So many times larger than the archive its files may be, beyond ``_FREE``: what packs better is no course."""
_FREE: Final = 50 * _MEGABYTE
_LONGEST_NAME: Final = 400
_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\x05\x06"
_LARGE_MARK: Final = b"PK\x06\x07"
_HEAD: Final = struct.Struct("<4s5H3L2H")
_HEAD_MARK: Final = b"PK\x03\x04"
_ARCHIVES: Final = (
    ".zip", ".jar", ".war", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".iso", ".cab", ".zst", ".z",
)  # fmt: skip
_PROGRAMS: Final = (
    ".exe", ".msi", ".bat", ".cmd", ".scr", ".com", ".ps1", ".vbs", ".wsf", ".apk", ".dmg", ".pkg", ".deb", ".rpm", ".sh",
    ".php", ".phtml", ".jsp", ".asp", ".aspx", ".cgi", ".py", ".pl", ".htaccess",
)  # fmt: skip
_PACKED: Final = (
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"MZ\x90\x00",
    b"\x7fELF",
)
_OFFICE: Final = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub")
"""Files that are zip archives themselves, and are handed out as they are."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of an archive, by its name as the package's own links write it."""

    name: str
    bytes: int
    info: ZipInfo


def opened(file: BinaryIO, most_bytes: int = MOST_BYTES) -> tuple[ZipFile, list[PackedFile]]:
    """The archive with its files, each of which keeps the rules. Raises Refused that names the file and the rule.

    ``most_bytes`` is what all files may take together, unpacked.
    """
    look_at_end(file)
    try:
        archive = ZipFile(file)
    except (BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
        raise Refused(UNREADABLE) from error
    if len(archive.infolist()) > MOST_FILES:
        raise Refused(N_("The archive holds more than %(number)s files."), number=MOST_FILES)
    _look_at_names(archive.infolist())
    _look_at_places(file, archive)
    # Only now: the library knows a folder by the last letter of its name, and fails at one without letters.
    infos = [info for info in archive.infolist() if not info.is_dir()]
    files = [PackedFile(info.filename, info.file_size, info) for info in infos]
    whole, packed = sum(one.bytes for one in files), file.seek(0, os.SEEK_END)
    if whole > most_bytes or whole > max(_FREE, packed * _TIMES):
        raise Refused(
            N_("Unpacked, the files would take %(number)s MB: that is more than a package may have."),
            number=whole // _MEGABYTE,
        )
    return archive, files


def look_at_end(file: BinaryIO) -> None:
    """Look at the end of the archive before anything is read into memory by what it says there."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(4) != _HEAD_MARK:
        raise Refused(UNREADABLE)
    start = max(0, size - _END.size - 65_535)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise Refused(UNREADABLE)
    _, disk, of_disk, _, number, listed, offset, _ = _END.unpack_from(tail, at)
    if _LARGE_MARK in tail[max(0, at - 20) : at] or 0xFFFFFFFF in (listed, offset):
        raise Refused(N_("The archive is written as one of more than 4 GB (zip64). Export the package once more."))
    if disk or of_disk or listed > _MOST_LISTED or number > MOST_FILES:
        raise Refused(N_("The archive holds more than %(number)s files."), number=MOST_FILES)
    if offset + listed != start + at:
        raise Refused(UNREADABLE)


def is_plain(info: ZipInfo) -> bool:
    """Whether an entry has a name, and the library unpacks no more of it at once than it is asked for.

    Of what is packed otherwise than by deflating it unpacks all that it has read, which may be a thousand times as much.
    """
    return bool(info.filename) and info.compress_type in (ZIP_STORED, ZIP_DEFLATED)


def _look_at_names(infos: list[ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if fault := _fault_of(info):
            raise Refused(fault, name=_shown(name))
        plain = unicodedata.normalize("NFC", name.rstrip("/")).casefold()
        if plain in seen:
            raise Refused(N_("%(name)s stands in the archive twice."), name=_shown(name))
        seen.add(plain)


def _fault_of(info: ZipInfo) -> str:
    """The rule that an entry breaks, as a message; empty for none."""
    name, mode = info.orig_filename, info.external_attr >> 16
    parts = name.rstrip("/").split("/")
    if "\\" in name or name.startswith("/") or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        return N_("%(name)s leads out of the package, or is no plain path.")
    if len(name) > _LONGEST_NAME or not all(letter.isprintable() for letter in name):
        return N_("%(name)s has letters in its name that cannot be seen, or is too long.")
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return N_("%(name)s is no file but a link to one. Put the file itself into the package.")
    if info.flag_bits & 0x1 or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return N_("%(name)s is encrypted, or packed in a way that is not read here.")
    lower = name.lower()
    if lower.endswith(_ARCHIVES):
        return N_("%(name)s is an archive inside the package. Put its files into the package instead.")
    if lower.endswith(_PROGRAMS):
        return N_("%(name)s is a program. Take it out of the package.")
    return ""


def _shown(name: str) -> str:
    """A name as it can be told: what cannot be seen is written out."""
    told = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in name)
    return told if len(told) <= 120 else told[:60] + "…" + told[-50:]


def _look_at_places(file: BinaryIO, archive: ZipFile) -> None:
    """Look that no two entries lie in the same bytes; Python before 3.11.8 does not."""
    end = 0
    for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
        file.seek(info.header_offset)
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size or not head.startswith(_HEAD_MARK):
            raise Refused(UNREADABLE)
        *_, named, extra = _HEAD.unpack(head)
        if info.header_offset < end:
            raise Refused(N_("%(name)s lies in the same bytes as another file."), name=_shown(info.filename))
        end = info.header_offset + _HEAD.size + named + extra + info.compress_size
    if end > archive.start_dir:
        raise Refused(UNREADABLE)


def pieces_of(archive: ZipFile, one: PackedFile) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces, as many as the archive says and no more. Raises Refused for one that is broken."""
    came = 0
    try:
        with archive.open(one.info) as packed:
            while piece := packed.read(PIECE):
                if not came and _is_packed(piece, one.name):
                    raise Refused(
                        N_("%(name)s is an archive inside the package. Put its files into the package instead."),
                        name=_shown(one.name),
                    )
                came += len(piece)
                yield piece
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Refused(N_("%(name)s is damaged in the archive."), name=_shown(one.name)) from error
    if came != one.bytes:
        raise Refused(N_("%(name)s is damaged in the archive."), name=_shown(one.name))


def _is_packed(head: bytes, name: str) -> bool:
    is_zip = head.startswith(_HEAD_MARK) and not name.lower().endswith(_OFFICE)
    return is_zip or head.startswith(_PACKED)


def read_whole(archive: ZipFile, one: PackedFile, most: int) -> bytes:
    """The bytes of a small file. Raises Refused for one of more than ``most``."""
    if one.bytes > most:
        raise Refused(
            N_("%(name)s is larger than %(number)s MB."), name=_shown(one.name), number=max(1, most // _MEGABYTE)
        )
    return b"".join(pieces_of(archive, one))
