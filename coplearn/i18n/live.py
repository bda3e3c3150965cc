"""Interface catalogs that reload when their files change, in every worker, without a restart."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Protocol

import polib

from coplearn.i18n.catalogs import entry_faults
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.i18n.pseudo import PseudoTranslations

POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """A text published since the files were written: it stands before the file's. Empty forms withdraw the text."""

    context: str
    text: str
    plural: str
    forms: tuple[str, ...]
    based_on: str
    fuzzy: bool


class Published(Protocol):
    """Where the published texts come from; asked on every look, so it must answer from memory."""

    def version(self, domain: str, locale: str) -> int:
        """Goes up whenever the domain is published in that language; 0 for never."""

    def entries(self, domain: str, locale: str) -> Sequence[PublishedEntry]:
        """The texts of that version or a newer one."""


class LiveCatalogs:
    """The interface's translations by locale code.

    ``folder`` holds ``<code>/LC_MESSAGES/messages.mo`` (made by ``coplearn i18n compile``) or the ``.po`` it is made
    from; what is ``published`` stands before it. A change is noticed within ``poll`` seconds; a file that cannot be
    read keeps the last good texts.
    """

    def __init__(self, folder: Path, *, published: Published | None = None, poll: float = POLL_SECONDS) -> None:
        self._folder = folder
        self._published = published
        self._poll = poll
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[float, tuple[int, int, int], NullTranslations]] = {}
        self._files: dict[str, NullTranslations] = {}
        self._pseudo = PseudoTranslations()

    def translations(self, locale: Locale) -> NullTranslations:
        """The texts of one locale; English msgids come back as they are where there is no translation."""
        if locale.is_pseudo:
            return self._pseudo
        now = time.monotonic()
        held = self._loaded.get(locale.code)
        if held is not None and now - held[0] < self._poll:
            return held[2]
        with self._lock:
            path = self._path(locale)
            version = self._published.version(INTERFACE, locale.code) if self._published else 0
            stamp = (*_stamp(path), version)
            if held is not None and held[1] == stamp:
                self._loaded[locale.code] = (now, stamp, held[2])
                return held[2]
            if held is None or held[1][:2] != stamp[:2]:
                self._files[locale.code] = _load(path, locale) or self._files.get(locale.code) or NullTranslations()
            loaded = self._files[locale.code]
            if self._published is not None and version:
                loaded = _overlaid(loaded, self._published.entries(INTERFACE, locale.code), locale)
            self._loaded[locale.code] = (now, stamp, loaded)
            return loaded

    def version(self, locale: Locale) -> str:
        """Changes whenever the locale's file does or something is published; for whatever is kept that was made from its texts."""
        if locale.is_pseudo:
            return "pseudo"
        self.translations(locale)
        stamp = self._loaded[locale.code][1]
        return ".".join(f"{part:x}" for part in stamp)

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


def _overlaid(below: NullTranslations, entries: Sequence[PublishedEntry], locale: Locale) -> NullTranslations:
    """The published texts, and ``below`` for whatever they do not have."""
    catalog = polib.POFile()
    catalog.metadata = {"Plural-Forms": locale.plural, "Content-Type": "text/plain; charset=UTF-8"}
    for published in entries:
        entry = _entry(published, locale)
        if entry is not None and not entry_faults(entry, locale):
            catalog.append(entry)
    above = GNUTranslations(io.BytesIO(catalog.to_binary()))
    above.add_fallback(below)
    return above


def _entry(published: PublishedEntry, locale: Locale) -> polib.POEntry | None:
    """A gettext entry; None for what is not to be shown. A withdrawn text shows its source."""
    forms = published.forms
    if not any(forms):
        forms = (published.text, *[published.plural] * (locale.nplurals - 1)) if published.plural else ("",)
    if published.plural:
        if published.fuzzy or len(forms) != locale.nplurals or not all(forms):
            return None
        return polib.POEntry(
            msgctxt=published.context or None,
            msgid=published.text,
            msgid_plural=published.plural,
            msgstr_plural=dict(enumerate(forms)),
        )
    if published.fuzzy or len(forms) != 1:
        return None
    return polib.POEntry(msgctxt=published.context or None, msgid=published.text, msgstr=forms[0] or published.text)
