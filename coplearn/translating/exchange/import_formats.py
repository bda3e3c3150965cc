"""Files from outside as rows: whatever is wrong with one is a line and a reason, and never an exception."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from gettext import c2py
from typing import Final
from urllib.parse import unquote_plus

import polib

from coplearn.files.archives import is_plain, look_at_end
from coplearn.i18n import po
from coplearn.i18n.known_languages import FORMULAS
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.translating.exchange import csv_tables, xliff
from coplearn.translating.exchange.import_rows import (
    BASE_HEADER,
    MAX_BYTES,
    MAX_ENTRIES,
    FileFault,
    FileRow,
    ParsedFile,
    refused,
)

_NUMBERS: Final = (*range(201), 1_000_000)


@dataclass(frozen=True, slots=True)
class PluralOrder:
    """The order that makes a file's forms the registry's: ``order`` names the file's form for each of ours; None: as they stand."""

    count: int
    order: tuple[int, ...] | None = None

    def take(self, given: tuple[str, ...]) -> tuple[str, ...] | None:
        """The forms in our order; None when they are not as many as they must be."""
        if len(given) != self.count:
            return None
        return given if self.order is None else tuple(given[number] for number in self.order)


def forms_of(formula: str, locale: Locale) -> PluralOrder:
    """The plural forms of a file with that ``Plural-Forms`` header.

    The header itself is never evaluated: it is compared, letter for letter but for spaces and brackets, with the
    registry's formula and with those that tools are known to write. Any other counts as the registry's.
    """
    theirs = po.squeezed(formula)
    if theirs and theirs != po.squeezed(locale.plural):
        known = next((one for one in FORMULAS if po.squeezed(one) == theirs), None)
        if known is not None:
            order = _order(locale.plural, known)
            if order is not None:
                return PluralOrder(locale.nplurals, order)
    return PluralOrder(locale.nplurals)


def is_unknown(formula: str, locale: Locale) -> bool:
    """Whether a file's formula is one that is never evaluated, so that its forms count as the registry's."""
    theirs = po.squeezed(formula)
    return bool(theirs) and theirs not in {po.squeezed(one) for one in (locale.plural, *FORMULAS)}


def _count(formula: str) -> int:
    return int(formula.split("nplurals=", 1)[1].split(";", 1)[0])


@lru_cache(maxsize=64)
def _order(ours: str, theirs: str) -> tuple[int, ...] | None:
    """The file's form that speaks of the same numbers, for each of ours; None when there is no such one."""
    mine, other = _rule(ours), _rule(theirs)
    found: dict[int, set[int]] = {}
    for number in _NUMBERS:
        found.setdefault(mine(number), set()).add(other(number))
    if any(len(forms) != 1 for forms in found.values()):
        return None
    order = tuple(next(iter(found[number])) for number in sorted(found))
    # One form is never spread over several: that would be a text nobody wrote.
    return order if sorted(order) == list(range(_count(ours))) and _count(theirs) == _count(ours) else None


def _rule(pinned: str) -> Callable[[int], int]:
    """One of our own pinned formulas as a function; never anything from a file."""
    return c2py(pinned.split("plural=", 1)[1].split(";", 1)[0])


MAX_TOTAL: Final = 20_000_000
"""Bytes of everything in a zip, as it really unpacks."""
MAX_FILES: Final = 100
_CHUNK: Final = 65_536
_DOMAIN: Final = re.compile(r"[a-z][a-z0-9-]{1,63}")


def read_upload(name: str, raw: bytes, locale: Locale, domain: str) -> list[ParsedFile]:
    """An uploaded file: ``name`` only says which format it is (and, in a zip, which domain); ``domain`` is the page's.

    A zip gives one :class:`ParsedFile` for each file in it, anything else one.
    """
    if raw.startswith(b"PK\x03\x04") or name.lower().endswith(".zip"):
        return _read_zip(raw, locale)
    return [_read_one(name, raw, locale, domain)]


def _read_one(name: str, raw: bytes, locale: Locale, domain: str) -> ParsedFile:
    if len(raw) > MAX_BYTES:
        return refused(
            domain, 0, N_("The file is larger than 8 MB. Something else may have been saved under its name.")
        )
    # Windows editors put a byte order mark before a text; gettext's own tools refuse it, and it says nothing.
    notes: tuple[Phrase, ...] = ()
    if raw.startswith(po.BOM) and not name.lower().endswith(".csv"):
        notes = (Phrase(N_("A byte order mark stood at the beginning of %(name)s. It was taken off."), {"name": name}),)
    raw = raw.removeprefix(po.BOM)
    fault = _fault_in_bytes(name, raw, locale)
    if fault is not None:
        return ParsedFile(domain, None, (), (fault,))
    readers: Mapping[str, Callable[[bytes, Locale, str], ParsedFile]] = {
        ".po": _read_po,
        ".pot": _read_po,
        ".xliff": xliff.read_xliff,
        ".xlf": xliff.read_xliff,
        ".csv": csv_tables.read_csv,
    }
    end = name.lower().rpartition(".")[2]
    reader = readers.get(f".{end}")
    if reader is None:
        return refused(domain, 0, N_("Only .po, .xliff, .csv and .zip files can be read here."))
    parsed = _bounded(reader(raw, locale, domain))
    return replace(parsed, notes=(*notes, *parsed.notes))


def _bounded(parsed: ParsedFile) -> ParsedFile:
    if len(parsed.rows) > MAX_ENTRIES:
        return refused(parsed.domain, 0, N_("There are more than 50,000 messages in the file."))
    if not parsed.rows and not parsed.faults:
        return refused(parsed.domain, 1, N_("The file is empty."))
    return parsed


def _fault_in_bytes(name: str, raw: bytes, locale: Locale) -> FileFault | None:
    """The faults of bytes whatever the format: not text, not UTF-8, a page instead of a file, two versions at once."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return FileFault(1, Phrase(N_("It is saved as UTF-16. Save it as UTF-8.")))
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        return FileFault(line, Phrase(N_("A NUL character is in the file. Save it as plain UTF-8 text.")))
    is_csv = name.lower().endswith(".csv")
    if re.match(rb"\s*<(?:!doctype\s+html|html)", raw[:500], re.IGNORECASE):
        return FileFault(1, Phrase(N_("This is a web page, not a file of translations. Download the file itself.")))
    found = re.search(rb"^(?:<{7}|={7}|>{7})(?:\s|$)", raw, re.MULTILINE)
    if found and not is_csv:
        line = raw[: found.start()].count(b"\n") + 1
        return FileFault(line, Phrase(N_("A merge conflict was left in it. Choose one side and take the marks out.")))
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return FileFault(
            line, Phrase(N_("It is not UTF-8 (%(guess)s?). Save it as UTF-8."), {"guess": _guess(raw, locale)})
        )
    return None


_USUAL: Final[Mapping[str, str]] = {"ar": "Windows-1256", "ru": "Windows-1251", "uk": "Windows-1251", "zh": "GB 18030"}


def _guess(raw: bytes, locale: Locale) -> str:
    usual = _USUAL.get(locale.code.partition("_")[0])
    if usual:
        return usual
    high = [byte for byte in raw if byte > 0x7F]
    if sum(byte >= 0xC0 for byte in high) > len(high) * 0.8:
        return "Windows-1251"
    return "Windows-1252"


@dataclass
class _Catalog:
    """A .po on its way to rows."""

    domain: str
    locale: Locale
    rows: list[FileRow] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)


_PO_FAULTS: Final[Mapping[str, str]] = {
    "po-syntax": N_("The file's syntax is broken here. Mend the line, or take the last good version."),
    "po-escape": N_("A sign after a backslash means nothing here. Write a backslash twice (\\\\)."),
    "po-encoding": N_("Its escaped bytes are not UTF-8. Convert the file to UTF-8."),
    "po-nul": N_("A NUL character is in the file. Save it as plain UTF-8 text."),
    "po-twice": N_("This message stands in the file twice. Keep one of them."),
}


def _read_po(raw: bytes, locale: Locale, domain: str) -> ParsedFile:
    # Reading them takes seconds, and this nothing; the count below is of those that are written in another way as well.
    if raw.count(b'msgid "') > MAX_ENTRIES + 1:
        return refused(domain, 0, N_("There are more than 50,000 messages in the file."))
    read = po.parse_po(raw, by_context=domain != INTERFACE)
    if read.file is None:
        told = [FileFault(one.line, Phrase(_PO_FAULTS.get(one.code, _PO_FAULTS["po-syntax"]))) for one in read.faults]
        return ParsedFile(domain, None, (), tuple(told))
    if len(read.file) > MAX_ENTRIES:
        return refused(domain, 0, N_("There are more than 50,000 messages in the file."))
    language = read.file.metadata.get("Language", "")
    if language and not is_language(language, locale):
        return refused(
            domain,
            1,
            N_("Its header says that it is in another language: %(language)s."),
            language=language[:40],
        )
    catalog = _Catalog(domain, locale)
    formula = read.file.metadata.get("Plural-Forms", "")
    shape = forms_of(formula, locale)
    if domain != INTERFACE:
        _give_contexts_back(read.file)
    names, lines = _twice(read.file, domain)
    catalog.faults += [FileFault(line, Phrase(_PO_FAULTS["po-twice"])) for line in lines]
    for entry in read.file:
        if not entry.obsolete and _name(entry, domain) not in names:
            _take(catalog, entry, shape)
    base = _base(read.file.metadata.get(BASE_HEADER, ""))
    return ParsedFile(
        domain, base, tuple(catalog.rows), tuple(catalog.faults), tuple(_header_notes(language, formula, locale))
    )


def _header_notes(language: str, formula: str, locale: Locale) -> Iterator[Phrase]:
    """The parts of the header that were not gone by."""
    if not language:
        yield Phrase(N_("The file's header names no language. It was read as %(language)s."), {"language": locale.name})
    if is_unknown(formula, locale):
        yield Phrase(
            N_("The plural forms of the file's header were not used: the site's own order of forms was taken.")
        )


def _name(entry: polib.POEntry, domain: str) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid if domain == INTERFACE else ""


def _give_contexts_back(file: polib.POFile) -> None:
    """xliff2po drops what a message is called and keeps where it stands; our XLIFF says both, so that it is found again."""
    for entry in file:
        if not entry.msgctxt and len(entry.occurrences) == 1:
            place = unquote_plus(entry.occurrences[0][0])
            if "#" in place:
                entry.msgctxt = place


def _twice(file: polib.POFile, domain: str) -> tuple[set[tuple[str, str]], list[int]]:
    """Refuse two translations of one text, as nobody knows which is meant: their names, and the lines of the later ones."""
    seen: set[tuple[str, str]] = set()
    twice: set[tuple[str, str]] = set()
    lines: list[int] = []
    for entry in file:
        if not entry.obsolete and _name(entry, domain) in seen:
            twice.add(_name(entry, domain))
            lines.append(entry.linenum or 0)
        elif not entry.obsolete:
            seen.add(_name(entry, domain))
    return twice, lines


def _take(catalog: _Catalog, entry: polib.POEntry, shape: PluralOrder) -> None:
    line = entry.linenum or 0
    forms: tuple[str, ...]
    if entry.msgid_plural:
        given = tuple(entry.msgstr_plural.get(number, "") for number in range(max(entry.msgstr_plural, default=-1) + 1))
        taken = shape.take(given)
        if taken is None:
            reason = N_("It has %(count)s plural forms; the language has %(wanted)s, in another order or number.")
            params = {"count": len(given), "wanted": catalog.locale.nplurals}
            catalog.faults.append(FileFault(line, Phrase(reason, params), entry.msgctxt or entry.msgid))
            return
        forms = taken
    else:
        forms = (entry.msgstr,)
    previous = po.based_on(entry)
    catalog.rows.append(
        FileRow(
            line, entry.msgctxt or "", entry.msgid, entry.msgid_plural or "", forms, previous, fuzzy=bool(entry.fuzzy)
        )
    )


def _base(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else None


def is_language(tag: str, locale: Locale) -> bool:
    """Whether a tool's name of a language means that locale: its code, tag or address, or the language alone."""
    wanted = tag.strip().replace("-", "_").lower()
    code = locale.code.lower()
    parts = code.split("_")
    named = {code, locale.bcp47.replace("-", "_").lower(), locale.url, parts[0], "_".join((parts[0], parts[-1]))}
    return wanted in named


def _read_zip(raw: bytes, locale: Locale) -> list[ParsedFile]:
    if len(raw) > MAX_TOTAL:
        return [refused("", 0, N_("The zip is larger than 20 MB."))]
    try:
        look_at_end(io.BytesIO(raw))
        with zipfile.ZipFile(io.BytesIO(raw)) as bundle:
            if not all(map(is_plain, bundle.infolist())):
                raise zipfile.BadZipFile
            return _unpacked(bundle, locale)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, OSError, ValueError, EOFError, zlib.error, Refused):
        return [refused("", 0, N_("The zip cannot be opened. Make it again without a password."))]


def _unpacked(bundle: zipfile.ZipFile, locale: Locale) -> list[ParsedFile]:
    entries = [info for info in bundle.infolist() if not info.is_dir()]
    if len(entries) > MAX_FILES:
        return [refused("", 0, N_("There are too many files in the zip."))]
    names = [info.filename.casefold() for info in entries]
    if len(set(names)) != len(names):
        return [refused("", 0, N_("Two files in the zip have the same name."))]
    found: list[ParsedFile] = []
    left = MAX_TOTAL
    for info in entries:
        domain = info.filename.rpartition(".")[0]
        # orig_filename is the name before the library cut it at a NUL or turned its slashes.
        if not _DOMAIN.fullmatch(domain) or info.orig_filename != info.filename:
            told = N_("A file in the zip has a name that is no domain's: %(name)s.")
            found.append(refused("", 0, told, name=info.filename[:80]))
            continue
        data = _real_bytes(bundle, info, min(left, MAX_BYTES))
        if data is None:
            return [refused("", 0, N_("What is in the zip is larger than it may be: 8 MB a file, 20 MB in all."))]
        left -= len(data)
        found.append(_read_one(info.filename, data, locale, domain))
    if sum(len(one.rows) for one in found) > MAX_ENTRIES:
        return [refused("", 0, N_("There are more than 50,000 messages in the file."))]
    return found


def _real_bytes(bundle: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes | None:
    """The bytes that really come out, whatever the directory says; None when it is more than ``limit``."""
    out = bytearray()
    with bundle.open(info) as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            out += chunk
            if len(out) > limit:
                return None
    return bytes(out)
