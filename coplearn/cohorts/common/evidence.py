"""Files that show a teach-back or an activity: checked by what they hold, kept under their own fingerprint."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import IO, Final

from coplearn.files.uploads import MEGABYTE, UploadPurpose, forget_files, keep_new, weigh
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.settings import Settings

MOST_BYTES: Final = 20 * MEGABYTE
ENDINGS: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
}
_BRANDS: Final = {
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    **dict.fromkeys(
        (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV"), "video/mp4"
    ),
}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NAME_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that may be kept, as it was found by its content."""

    name: str
    """As the person's machine called it; shown, never opened and never part of a path."""
    sha256: str
    """Its name in the store."""
    type: str
    bytes: int = 0


def type_of(start: bytes) -> str | None:
    """The type of a file by its first sixteen bytes; None for what is not taken."""
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return _BRANDS.get(start[8:12]) if start[4:8] == b"ftyp" else None


def look_at(name: str, file: IO[bytes]) -> Stored:
    """Tell what a file is; nothing is kept yet.

    Raises Refused when it is empty, larger than 20 MB or not one of the kinds that are taken, whatever its name says.
    """
    file.seek(0)
    start = file.read(16)
    if not start:
        raise Refused(N_("That file is empty. Choose another one, or none."))
    kind = type_of(start)
    if kind is None:
        raise Refused(
            N_("That kind of file is not taken. Choose a PDF, a PNG or JPEG picture, or an MP4 or M4A recording.")
        )
    weighed = weigh(file, MOST_BYTES)
    return Stored(_shown_name(name), weighed.sha256, kind, weighed.bytes)


def keep_evidence(settings: Settings, purpose: UploadPurpose, stored: Stored, file: IO[bytes]) -> None:
    """Keep a file that was looked at; the same file is kept once. To be done in no transaction.

    Raises Refused, with nothing kept, where there is no room or the store cannot be reached.
    """
    keep_new(settings, purpose, stored.sha256, stored.bytes, file)


def _shown_name(name: str) -> str:
    name_only = "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return name_only.strip()[-_NAME_LENGTH:] or "file"


def remove(settings: Settings, fingerprints: Collection[str]) -> None:
    """Delete the evidence of teach-backs; what is gone already is gone."""
    forget_files(settings, UploadPurpose.EVIDENCE, [one for one in fingerprints if _SHA256.fullmatch(one)])
