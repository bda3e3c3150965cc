"""The last reading of a site's courses, kept on the disk: a start after which nothing changed reads and checks nothing anew."""

from __future__ import annotations

import hashlib
import hmac
import pickle
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import coplearn
from coplearn.courses.live_library import LibraryReading
from coplearn.i18n.files import write_whole
from coplearn.i18n.locales import Locales
from coplearn.settings import Settings

_SEAL: Final = hashlib.sha256().digest_size


class KeptReading:
    """A reading in ``instance/cache``, sealed with the site's secret key, for this version of the code and these settings."""

    def __init__(self, settings: Settings, locales: Locales) -> None:
        self._settings = settings
        self._path = settings.instance_path / "cache" / "courses"
        folders = (settings.course_folders, settings.overlay_path, settings.overlays)
        what = (folders, sorted(settings.trusted_courses), sorted(settings.readers), list(locales))
        self._about = repr((sys.version, what, _code())).encode()

    def load(self) -> LibraryReading | None:
        """The reading, if one is there that this site has sealed; whether it is still true is the caller's to say."""
        try:
            raw = self._path.read_bytes()
        except OSError:
            return None
        if not hmac.compare_digest(raw[:_SEAL], self._seal(raw[_SEAL:])):
            return None
        try:
            # Sealed: nobody without the site's key wrote it.
            found = pickle.loads(raw[_SEAL:])  # noqa: S301
        except BaseException:
            # A package's code went away or raises at its import.
            return None
        return found if isinstance(found, LibraryReading) else None

    def save(self, reading: bytes) -> None:
        """Keep a pickled reading; a folder that cannot be written costs time at the next start, and nothing else."""
        try:
            write_whole(self._path, self._seal(reading) + reading)
        except OSError:
            return

    def _seal(self, reading: bytes) -> bytes:
        return hmac.digest(self._settings.key().encode(), b"courses:" + self._about + b":" + reading, "sha256")


def _code() -> list[tuple[str, int, int]]:
    """Stamps of the code that reads and judges courses."""
    package = Path(coplearn.__file__).parent
    return [_stamp(path) for path in _modules(package)]


def _modules(package: Path) -> Iterable[Path]:
    return sorted(
        path for room in ("authoring", "courses", "i18n", "kernel") for path in (package / room).rglob("*.py")
    )


def _stamp(path: Path) -> tuple[str, int, int]:
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size
