"""Interface catalogs that reload when their files change, in every worker, without a restart."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final, Protocol

import polib

from coplearn.i18n import po
from coplearn.i18n.catalogs import candidate, is_done
from coplearn.i18n.files import file_stamp, write_whole
from coplearn.i18n.gate import Gate, Held, checks_of, refusals, rules_digest
from coplearn.i18n.glossary import Glossaries, Glossary
from coplearn.i18n.locales import Locale
from coplearn.i18n.packed import PackedTexts
from coplearn.i18n.po import INTERFACE
from coplearn.i18n.pseudo import PseudoTranslations
from coplearn.kernel.clock import beat

POLL_SECONDS = 2.0
_Stamp = tuple[int, int, int, int]
_DIGEST: Final = hashlib.sha256().digest_size


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
    """The source of published texts; asked on every look, so it must answer from memory."""

    def version(self, domain: str, locale: str) -> int:
        """Goes up whenever the domain is published in that language; 0 for never."""

    def versions(self) -> Mapping[tuple[str, str], int]:
        """The version of each (domain, locale code) that was ever published."""

    def entries(self, domain: str, locale: str) -> Sequence[PublishedEntry]:
        """The texts of that version or a newer one."""

    def carried(self, domain: str, locale: str) -> Collection[str] | None:
        """The texts (``readings.text_sha``) that files showed before second readings were asked for; None until they are."""


class CompiledTranslations(GNUTranslations):
    """A compiled catalog as gettext reads it; only what was asked for stays in memory as texts of their own."""

    def __init__(self, compiled: bytes) -> None:
        # gettext's own table (Python 3.11 to 3.14): a text that counts is there once for each form, with its number.
        self._catalog: Mapping[str | tuple[str, int], str]
        super().__init__(io.BytesIO(compiled))
        self._catalog = _AskedTexts(self._catalog)

    def names(self) -> set[str]:
        """The texts that are translated; before each stands its context with ``\\x04``, if it has one."""
        return {name if isinstance(name, str) else name[0] for name in self._catalog}


class _AskedTexts(PackedTexts[str | tuple[str, int]]):
    __slots__ = ("_asked",)

    def __init__(self, texts: Mapping[str | tuple[str, int], str]) -> None:
        super().__init__(texts)
        self._asked: dict[str | tuple[str, int], str] = {}

    def __getitem__(self, key: str | tuple[str, int]) -> str:
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = super().__getitem__(key)
        return found


class LiveCatalogs:
    """The interface's translations by locale code.

    ``folder`` holds ``<code>/LC_MESSAGES/messages.mo`` (made by ``coplearn i18n compile``) or the ``.po`` it is made
    from, and ``own`` those of languages that the site added; what is ``published`` stands before it. A change is noticed
    within ``poll`` seconds; a file that cannot be read keeps the last good texts. Whatever a file says, what the ``gate``
    keeps back of it is shown in English. What was read is kept in the folder ``kept`` for the next start.
    """

    def __init__(
        self,
        folder: Path,
        own: Path | None = None,
        *,
        published: Published | None = None,
        poll: float = POLL_SECONDS,
        gate: Gate | None = None,
        kept: Path | None = None,
    ) -> None:
        self._folder = folder
        self._own = own or folder
        self._kept = kept
        self._published = published
        self._poll = poll
        self._gate = gate or Gate(Glossaries(folder.parent))
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[float, _Stamp, NullTranslations]] = {}
        self._files: dict[str, NullTranslations] = {}
        self._pseudo = PseudoTranslations()

    def translations(self, locale: Locale) -> NullTranslations:
        """The texts of one locale; English msgids come back as they are where there is no translation."""
        if locale.is_pseudo:
            return self._pseudo
        now = beat(self._poll)
        held = self._loaded.get(locale.code)
        if held is not None and held[0] == now:
            return held[2]
        with self._lock:
            path = self._path(locale)
            version = self._published.version(INTERFACE, locale.code) if self._published else 0
            stamp = (*file_stamp(path), self._gate.stamp(locale.code), version)
            if held is not None and held[1] == stamp:
                self._loaded[locale.code] = (now, stamp, held[2])
                return held[2]
            if held is None or held[1][:3] != stamp[:3]:
                loaded = _load(path, locale, self._gate, self._kept)
                self._files[locale.code] = loaded or self._files.get(locale.code) or NullTranslations()
            loaded = self._files[locale.code]
            if self._published is not None and version:
                over = self._published.entries(INTERFACE, locale.code)
                loaded = _overlaid(loaded, over, locale, self._gate.glossary(locale.code))
            self._loaded[locale.code] = (now, stamp, loaded)
            return loaded

    def held(self, locale: Locale) -> Held:
        """Texts of the locale's file kept back by the gate, by context and text, without reading the file once more than needed."""
        try:
            raw = self._path(locale).read_bytes()
        except OSError:
            return {}
        return {} if locale.is_pseudo else _held(raw, self._path(locale), locale, self._gate)

    def texts(self, locale: Locale) -> set[str]:
        """The texts that a locale has, published ones included; before each stands its context with ``\\x04``, if it has one."""
        found: set[str] = set()
        layer: NullTranslations | None = self.translations(locale)
        while layer is not None:
            if isinstance(layer, CompiledTranslations):
                found |= layer.names()
            layer = vars(layer)["_fallback"]
        return found

    def version(self, locale: Locale) -> str:
        """Changes whenever the locale's file does or something is published; for whatever is kept that was made from its texts."""
        if locale.is_pseudo:
            return "pseudo"
        self.translations(locale)
        stamp = self._loaded[locale.code][1]
        return ".".join(f"{part:x}" for part in stamp)

    def _path(self, locale: Locale) -> Path:
        folder = (self._own if locale.is_own else self._folder) / locale.code / "LC_MESSAGES"
        compiled = folder / "messages.mo"
        source = folder / "messages.po"
        if compiled.is_file() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
            return compiled
        return source


def _held(raw: bytes, path: Path, locale: Locale, gate: Gate) -> Held:
    def find(glossary: Glossary | None) -> Held:
        file = _parsed(raw, path)
        texts = {_name(entry): candidate(entry, locale, glossary) for entry in file or () if is_done(entry)}
        return checks_of(refusals(texts))

    return gate.held(INTERFACE, locale.code, hashlib.sha256(raw).hexdigest(), find)


def _name(entry: polib.POEntry) -> str:
    return f"{entry.msgctxt or ''}\x04{entry.msgid}"


def _parsed(raw: bytes, path: Path) -> polib.POFile | None:
    """The catalog of those bytes. Of a compiled one the file is read again: polib reads none from the memory."""
    if path.suffix != ".mo":
        return po.parse_po(raw).file
    try:
        file = polib.POFile()
        file.extend(_from_compiled(entry) for entry in polib.mofile(str(path)))
    except (OSError, ValueError, UnicodeDecodeError):
        return None
    return file


def _from_compiled(entry: polib.MOEntry) -> polib.POEntry:
    return polib.POEntry(
        msgctxt=entry.msgctxt,
        msgid=entry.msgid,
        msgid_plural=entry.msgid_plural,
        msgstr=entry.msgstr,
        msgstr_plural=entry.msgstr_plural,
    )


def _load(path: Path, locale: Locale, gate: Gate, kept: Path | None) -> NullTranslations | None:
    try:
        raw = path.read_bytes()
        held = _held(raw, path, locale, gate)
        if path.suffix == ".mo" and not held:
            return CompiledTranslations(raw)
        key = hashlib.sha256(raw + repr((sorted(held), locale.plural, rules_digest())).encode()).digest()
        compiled = _kept(kept, locale, key)
        if compiled is None:
            file = _parsed(raw, path)
            if file is None:
                return None
            compiled = _compiled((entry for entry in file if is_done(entry) and _name(entry) not in held), locale)
            _keep(kept, locale, key, compiled)
        return CompiledTranslations(compiled)
    except (OSError, ValueError, UnicodeDecodeError):
        return None


def _kept(folder: Path | None, locale: Locale, key: bytes) -> bytes | None:
    """Look for the same texts compiled by a start before this one: reading a catalog takes a quarter of a second."""
    try:
        raw = (folder / f"{locale.code}.mo").read_bytes() if folder is not None else b""
    except OSError:
        return None
    whole = len(key) + _DIGEST
    compiled = raw[whole:]
    # A file that a failing disk has cut short must not take the language down.
    return compiled if raw[:whole] == key + hashlib.sha256(compiled).digest() else None


def _keep(folder: Path | None, locale: Locale, key: bytes, compiled: bytes) -> None:
    if folder is None:
        return
    try:
        write_whole(folder / f"{locale.code}.mo", key + hashlib.sha256(compiled).digest() + compiled)
    except OSError:
        return  # a folder that cannot be written costs time at the next start, and nothing else


def _made(entries: Iterable[polib.POEntry], locale: Locale) -> CompiledTranslations:
    return CompiledTranslations(_compiled(entries, locale))


def _compiled(entries: Iterable[polib.POEntry], locale: Locale) -> bytes:
    catalog = polib.POFile()
    # Never the file's own formula: it would be evaluated. Ours is pinned in the registry.
    catalog.metadata = {"Plural-Forms": locale.plural, "Content-Type": "text/plain; charset=UTF-8"}
    catalog.extend(entries)
    return bytes(catalog.to_binary())


def _overlaid(
    below: NullTranslations, entries: Sequence[PublishedEntry], locale: Locale, glossary: Glossary | None
) -> NullTranslations:
    """The published texts, the source for those that the gate keeps back, and ``below`` for whatever is not published."""
    made = [(entry, one) for one in entries if (entry := _entry(one, locale)) is not None]
    # What the file says in the same words was judged with it; what was withdrawn shows the source.
    new = {_name(entry): (entry, one) for entry, one in made if any(one.forms) and not _says(below, entry)}
    refused = refusals({name: candidate(entry, locale, glossary) for name, (entry, _) in new.items()})
    sources = {name: _entry(replace(new[name][1], forms=()), locale) for name in refused}
    above = _made((sources.get(_name(entry)) or entry for entry, _ in made), locale)
    above.add_fallback(below)
    return above


def _says(below: NullTranslations, entry: polib.POEntry) -> bool:
    if entry.msgid_plural:
        return False
    said = below.pgettext(entry.msgctxt, entry.msgid) if entry.msgctxt else below.gettext(entry.msgid)
    return bool(said == entry.msgstr)


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
