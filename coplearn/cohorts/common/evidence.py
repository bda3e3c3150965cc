"""Files that show a teach-back: checked by what they hold, kept outside the web's folders under their own fingerprint."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

MOST_BYTES: Final = 20 * 1024 * 1024
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
    """A file that was taken."""

    name: str
    """As the person's machine called it; shown, never opened and never part of a path."""
    sha256: str
    type: str


def type_of(start: bytes) -> str | None:
    """The type of a file by its first sixteen bytes; None for what is not taken."""
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return _BRANDS.get(start[8:12]) if start[4:8] == b"ftyp" else None


def take(folder: Path, name: str, file: IO[bytes]) -> Stored:
    """Keep the file in ``folder`` under its fingerprint; the same file is kept once.

    Raises Refused when it is empty, larger than 20 MB or not one of the kinds that are taken, whatever its name says.
    """
    start = file.read(16)
    if not start:
        raise Refused(N_("That file is empty. Choose another one, or none."))
    kind = type_of(start)
    if kind is None:
        raise Refused(
            N_("That kind of file is not taken. Choose a PDF, a PNG or JPEG picture, or an MP4 or M4A recording.")
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix="new-")
    try:
        with os.fdopen(handle, "wb") as out:
            fingerprint = _copied(start, file, out)
        Path(temporary).replace(folder / fingerprint)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Stored(_shown_name(name), fingerprint, kind)


def _copied(start: bytes, file: IO[bytes], out: IO[bytes]) -> str:
    digest, size, part = hashlib.sha256(), 0, start
    while part:
        size += len(part)
        if size > MOST_BYTES:
            raise Refused(N_("That file is larger than 20 MB. Choose a shorter recording or a smaller picture."))
        digest.update(part)
        out.write(part)
        part = file.read(1 << 16)
    out.flush()
    os.fsync(out.fileno())
    return digest.hexdigest()


def _shown_name(name: str) -> str:
    name_only = "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return name_only.strip()[-_NAME_LENGTH:] or "file"


def path_of(folder: Path, sha256: str) -> Path | None:
    """The path of a kept file; None when there is none of that fingerprint."""
    path = folder / sha256
    return path if _SHA256.fullmatch(sha256) and path.is_file() else None


def remove(folder: Path, fingerprints: Iterable[str]) -> None:
    """Delete kept files; those that are gone already are gone."""
    for one in fingerprints:
        if _SHA256.fullmatch(one):
            (folder / one).unlink(missing_ok=True)
