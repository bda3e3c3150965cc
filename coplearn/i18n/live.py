"""Interface catalogs that reload when their files change, in every worker, without a restart."""

from __future__ import annotations

import io
import threading
import time
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import polib

from coplearn.i18n.locales import Locale

POLL_SECONDS = 2.0


class LiveCatalogs:
    """The interface's translations by locale code.

    ``folder`` holds ``<code>/LC_MESSAGES/messages.mo`` (made by ``coplearn i18n compile``) or the ``.po`` it is made
    from. A changed file is noticed within :data:`POLL_SECONDS`; a file that cannot be read keeps the last good texts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[float, tuple[int, int], NullTranslations]] = {}

    def translations(self, locale: Locale) -> NullTranslations:
        """The texts of one locale; English msgids come back as they are where there is no translation."""
        now = time.monotonic()
        held = self._loaded.get(locale.code)
        if held is not None and now - held[0] < POLL_SECONDS:
            return held[2]
        with self._lock:
            path = self._path(locale)
            stamp = _stamp(path)
            if held is not None and held[1] == stamp:
                self._loaded[locale.code] = (now, stamp, held[2])
                return held[2]
            loaded = _load(path, locale) or (held[2] if held is not None else NullTranslations())
            self._loaded[locale.code] = (now, stamp, loaded)
            return loaded

    def version(self, locale: Locale) -> str:
        """Changes whenever the locale's file does; for whatever is kept that was made from its texts."""
        self.translations(locale)
        stamp = self._loaded[locale.code][1]
        return f"{stamp[0]:x}.{stamp[1]:x}"

    def _path(self, locale: Locale) -> Path:
        folder = self._folder / locale.code / "LC_MESSAGES"
        compiled = folder / "messages.mo"
        source = folder / "messages.po"
        if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
            return compiled
        return source


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _load(path: Path, locale: Locale) -> NullTranslations | None:
    try:
        if path.suffix == ".mo":
            with path.open("rb") as file:
                return GNUTranslations(file)
        if not path.exists():
            return None
        catalog = polib.pofile(str(path))
        # Never the file's own formula: it would be evaluated. Ours is pinned in the registry.
        catalog.metadata["Plural-Forms"] = locale.plural
        catalog.metadata["Content-Type"] = "text/plain; charset=UTF-8"
        return GNUTranslations(io.BytesIO(catalog.to_binary()))
    except (OSError, ValueError, UnicodeDecodeError):
        return None
