"""Read, merge and write gettext catalogs through polib, without losing what a translator wrote."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import polib

from coplearn.i18n.files import write_whole
from coplearn.i18n.locales import Locale
from coplearn.i18n.rewording import Sentence, reworded

MAX_BYTES: Final = 8_000_000
INTERFACE: Final = "interface"
"""The domain of the site's own sentences; every other domain is a course's id."""
BOM: Final = b"\xef\xbb\xbf"
_CONFLICT: Final = re.compile(rb"^(?:<{7}|={7}|>{7})(?:\s|$)", re.MULTILINE)
# It never goes back over a string: to be able to would take a hundred bytes for each letter of it.
_LINE: Final = re.compile(
    r'\s*(?:#~\s*)?(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[[0-9]\])?)\s*)?"(?:[^"\\]++|\\.)*+"\s*|\s*(?:#.*)?'
)
_ERROR_LINE: Final = re.compile(r"line (\d+)")
_ESCAPE: Final = re.compile(rb"((?:\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}(?![0-9A-Fa-f])))+)|\\(.)", re.DOTALL)
_BYTE: Final = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2}))")
_KNOWN_ESCAPES: Final = frozenset(b'abfnrtv\\"')


@dataclass(frozen=True, slots=True)
class Template:
    """A message as the source has it now. ``notes`` become extracted comments, ``paths`` the occurrences."""

    context: str | None
    text: str
    plural: str = ""
    notes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def templates_in(file: polib.POFile) -> list[Template]:
    """The messages of a template file, as :func:`new_file` wrote them."""
    return [
        Template(
            entry.msgctxt,
            entry.msgid,
            entry.msgid_plural or "",
            tuple(entry.comment.split("\n")) if entry.comment else (),
            tuple(path for path, _ in entry.occurrences),
            tuple(entry.flags),
        )
        for entry in file
        if not entry.obsolete
    ]


@dataclass(frozen=True, slots=True)
class CatalogFault:
    """A fault of a catalog: ``line`` from 1 (0: the file as a whole). Only an error keeps a text from learners."""

    line: int
    code: str
    what: str
    mend: str
    severity: Literal["error", "warning", "hint"] = "error"


@dataclass(frozen=True, slots=True)
class ReadCatalog:
    """A catalog as read: ``file`` is None when it cannot be trusted at all."""

    file: polib.POFile | None
    faults: tuple[CatalogFault, ...]


def key_by_context(entry: polib.POEntry | Template) -> Hashable:
    """The identity of a course's message: its context alone, so that an edited text keeps its translation."""
    return entry.msgctxt if isinstance(entry, polib.POEntry) else entry.context


def key_by_text(entry: polib.POEntry | Template) -> Hashable:
    """The identity of an interface message: context and text."""
    if isinstance(entry, polib.POEntry):
        return entry.msgctxt, entry.msgid
    return entry.context, entry.text


_BOM_FAULT: Final = CatalogFault(
    1, "po-bom", "It begins with a byte order mark, which was passed over.", "Save it without one.", "warning"
)


def read_po(path: Path, locale: Locale | None = None, *, by_context: bool = False) -> ReadCatalog:
    """Read the catalog at ``path``; every fault is told, nothing is raised. With ``locale`` its header is checked."""
    try:
        if path.is_symlink() or not path.is_file():
            return _refused(0, "po-missing", "The catalog is not there.", "Run coplearn i18n update.")
        if path.stat().st_size > MAX_BYTES:
            return _refused(
                0, "po-too-big", "The catalog is larger than 8 MB.", "Something else was saved under its name."
            )
        raw = path.read_bytes()
    except (OSError, ValueError):
        return _refused(0, "po-missing", "The catalog cannot be read.", "Check its rights.")
    return parse_po(raw, locale, by_context=by_context)


def parse_po(raw: bytes, locale: Locale | None = None, *, by_context: bool = False) -> ReadCatalog:
    """The same for a catalog's bytes, from a file or from an upload. A byte order mark is told and passed over."""
    marked = raw.startswith(BOM)
    raw = raw.removeprefix(BOM)
    for found, code, what, mend in (
        (raw.find(b"\0"), "po-nul", "A NUL character is in the catalog.", "Save it as plain UTF-8 text."),
        (_conflict_at(raw), "po-conflict", "A merge conflict was left in it.", "Choose one side, and clear its marks."),
    ):
        if found >= 0:
            return _refused(raw[:found].count(b"\n") + 1, code, what, mend)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _refused(raw[: error.start].count(b"\n") + 1, "po-encoding", "It is not UTF-8.", "Save it as UTF-8.")
    # polib forgives an unclosed string and loses what follows, so every line is looked at before.
    for number, line in enumerate(raw.decode("utf-8").split("\n"), 1):
        if not _LINE.fullmatch(line):
            return _refused(number, "po-syntax", "The catalog's syntax is broken here.", "Mend the line.")
    plain = _unescaped(raw)
    file = plain if isinstance(plain, CatalogFault) else _parsed(plain)
    if isinstance(file, CatalogFault):
        return ReadCatalog(None, (file,))
    faults = [*([_BOM_FAULT] if marked else ()), *_duplicates(file, by_context=by_context)]
    faults += _header_faults(file, locale) if locale else []
    return ReadCatalog(file, tuple(faults))


def _refused(line: int, code: str, what: str, mend: str) -> ReadCatalog:
    return ReadCatalog(None, (CatalogFault(line, code, what, mend),))


def _conflict_at(raw: bytes) -> int:
    found = _CONFLICT.search(raw)
    return found.start() if found else -1


def _unescaped(raw: bytes) -> bytes | CatalogFault:
    """The catalog with bytes for octal and hexadecimal escapes, as ``msgcat --escape`` writes letters; polib leaves them."""
    if b"\\" not in raw:
        return raw
    lines = raw.split(b"\n")
    for number, line in enumerate(lines, 1):
        if b"\\" not in line or not line.lstrip(b"#~| \t").startswith((b'"', b"msg")):
            continue
        if any(found[2] and found[2][0] not in _KNOWN_ESCAPES for found in _ESCAPE.finditer(line)):
            return CatalogFault(
                number, "po-escape", "A sign after a backslash means nothing here.", "Write a backslash twice (\\\\)."
            )
        line = _ESCAPE.sub(_as_bytes, line)
        if b"\0" in line:
            return CatalogFault(number, "po-nul", "A NUL character is in the catalog.", "Save it as plain UTF-8 text.")
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return CatalogFault(
                number, "po-encoding", "Its escaped bytes are not UTF-8.", "Convert it: msgconv --to-code=UTF-8."
            )
        lines[number - 1] = line
    return b"\n".join(lines)


def _as_bytes(found: re.Match[bytes]) -> bytes:
    if not found[1]:
        return b"\a" if found[2] == b"a" else found[0]
    data = bytes(int(octal, 8) & 0xFF if octal else int(hexa, 16) for octal, hexa in _BYTE.findall(found[1]))
    # What would end the line or the string stays escaped.
    return data.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n").replace(b"\r", b"\\r")


def _parsed(raw: bytes) -> polib.POFile | CatalogFault:
    # polib takes a string for a path when a file of that name exists, so it only ever sees a file of ours.
    handle, name = tempfile.mkstemp(suffix=".po")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw.replace(b"\r\n", b"\n"))
        return polib.pofile(name, encoding="utf-8", wrapwidth=0)
    except (OSError, ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError) as error:
        if isinstance(error.__context__, MemoryError):
            # polib calls everything a syntax error.
            raise MemoryError from error
        found = _ERROR_LINE.search(str(error))
        line = int(found[1]) if found else 0
        return CatalogFault(
            line, "po-syntax", "The catalog's syntax is broken here.", "Mend the line, or take the last good version."
        )
    finally:
        Path(name).unlink()


def _duplicates(file: polib.POFile, *, by_context: bool) -> list[CatalogFault]:
    key = key_by_context if by_context else key_by_text
    seen: set[Hashable] = set()
    faults: list[CatalogFault] = []
    for entry in file:
        if entry.obsolete:
            continue
        if key(entry) in seen:
            faults.append(
                CatalogFault(
                    entry.linenum or 0,
                    "po-twice",
                    f"A message stands here twice: {entry.msgctxt or entry.msgid!r}.",
                    "Keep one.",
                )
            )
        seen.add(key(entry))
    return faults


def _header_faults(file: polib.POFile, locale: Locale) -> list[CatalogFault]:
    faults: list[CatalogFault] = []
    language = file.metadata.get("Language", "")
    if language != locale.code:
        faults.append(
            CatalogFault(
                1,
                "po-language",
                f"The header says Language {language!r}.",
                f"It must say {locale.code!r}: is it the right file?",
            )
        )
    plural = file.metadata.get("Plural-Forms", "")
    if squeezed(plural) != squeezed(locale.plural):
        faults.append(
            CatalogFault(1, "po-plural", "Its Plural-Forms differ from the registry's.", f"Write: {locale.plural}")
        )
    return faults


def squeezed(formula: str) -> str:
    """A plural formula without what may be written in several ways, so that two can be compared; cut at 1,000 characters."""
    return re.sub(r"[\s()]", "", formula[:1000]).rstrip(";")


def header(locale: Locale | None, project: str) -> dict[str, str]:
    """A catalog's header: no dates and no names, so that the same content is the same file."""
    fields = {"Project-Id-Version": project}
    if locale is not None:
        fields["Language"] = locale.code
    fields |= {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
    if locale is not None:
        fields["Plural-Forms"] = locale.plural
    return fields


def new_file(templates: Sequence[Template], project: str) -> polib.POFile:
    """The template catalog (.pot) of ``templates``, in their order."""
    file = _empty(None, project)
    for template in templates:
        file.append(_fresh(template, 2 if template.plural else 0))
    return file


def _empty(locale: Locale | None, project: str) -> polib.POFile:
    file = polib.POFile(wrapwidth=0)
    file.metadata = header(locale, project)
    return file


def merge(
    old: polib.POFile | None, templates: Sequence[Template], locale: Locale, project: str, *, by_context: bool
) -> polib.POFile:
    """``old`` brought up to the source's present messages; ``old`` itself is not changed.

    By context: a message whose text changed keeps its translation, is fuzzy, and remembers the text that was really
    translated. A vanished message is kept as obsolete and revived when it comes back. Nothing is ever filled in from
    another message; by text, a reworded sentence is the same message (:mod:`coplearn.i18n.rewording`).
    """
    key = key_by_context if by_context else key_by_text
    kept = _by_key(old or (), by_context=by_context)
    merged = _empty(locale, project)
    # What its translators say of the catalog, such as who has read it.
    merged.header = old.header if old is not None else ""
    moved = {} if by_context else _reworded(kept, templates)
    for template in templates:
        entry = _fresh(template, locale.nplurals if template.plural else 0)
        before = kept.pop(moved.get(key(template), key(template)), [])
        if before:
            _carry(before[0], entry)
        merged.append(entry)
        for spare in before[1:]:
            _retire(spare, merged)
    for entries in kept.values():
        for entry in entries:
            _retire(entry, merged)
    return merged


def _reworded(kept: dict[Hashable, list[polib.POEntry]], templates: Sequence[Template]) -> dict[Hashable, Hashable]:
    wanted = {key_by_text(template): template for template in templates}
    gone = (
        Sentence(
            key, one.msgctxt or "", one.msgid, bool(one.msgid_plural), frozenset(path for path, _ in one.occurrences)
        )
        for key, (one, *_) in kept.items()
        if key not in wanted and not one.obsolete and _has_text(one)
    )
    came = (
        Sentence(key, one.context or "", one.text, bool(one.plural), frozenset(one.paths))
        for key, one in wanted.items()
        if key not in kept
    )
    return {new.key: old.key for old, new in reworded(gone, came)}


def _by_key(old: Sequence[polib.POEntry], *, by_context: bool) -> dict[Hashable, list[polib.POEntry]]:
    """Entries by identity: the one to carry on first (translated before empty, living before obsolete)."""
    key = key_by_context if by_context else key_by_text
    found: dict[Hashable, list[polib.POEntry]] = {}
    for entry in old:
        found.setdefault(key(entry), []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: (not _has_text(entry), bool(entry.obsolete)))
    return found


def _has_text(entry: polib.POEntry) -> bool:
    return bool(entry.msgstr) or any(entry.msgstr_plural.values())


def _fresh(template: Template, plurals: int) -> polib.POEntry:
    return polib.POEntry(
        msgctxt=template.context,
        msgid=template.text,
        msgid_plural=template.plural,
        msgstr_plural=dict.fromkeys(range(plurals), "") if plurals else {},
        comment="\n".join(template.notes),
        occurrences=[(path, "") for path in template.paths],
        flags=list(template.flags),
    )


def based_on(entry: polib.POEntry) -> str:
    """The source text that an entry's translation really translates."""
    return entry.previous_msgid if entry.fuzzy and entry.previous_msgid else entry.msgid


def _plural_based_on(entry: polib.POEntry) -> str:
    """The plural that an entry's forms really translate."""
    return str((entry.previous_msgid_plural if entry.fuzzy else "") or entry.msgid_plural or "")


def _carry(old: polib.POEntry, entry: polib.POEntry) -> None:
    entry.tcomment = old.tcomment
    if not _has_text(old):
        return
    if entry.msgid_plural:
        entry.msgstr_plural = {form: old.msgstr_plural.get(form, "") for form in entry.msgstr_plural}
        if not any(entry.msgstr_plural.values()) and old.msgstr:
            entry.msgstr_plural[0] = old.msgstr
            entry.flags.append("fuzzy")
    else:
        entry.msgstr = old.msgstr or next(text for text in old.msgstr_plural.values() if text)
    real, plural = based_on(old), _plural_based_on(old)
    is_other_plural = bool(plural) and bool(entry.msgid_plural) and plural != entry.msgid_plural
    if real != entry.msgid or is_other_plural:
        entry.previous_msgid = real
        if plural:
            entry.previous_msgid_plural = plural
        if "fuzzy" not in entry.flags:
            entry.flags.append("fuzzy")
    elif old.fuzzy and not old.previous_msgid:
        entry.flags.append("fuzzy")


def _retire(old: polib.POEntry, merged: polib.POFile) -> None:
    if not _has_text(old):
        return
    # polib cannot read a previous text back from an obsolete entry, so its msgid becomes the text really translated.
    flags = ["fuzzy"] if old.fuzzy and not old.previous_msgid else []
    merged.append(
        polib.POEntry(
            msgctxt=old.msgctxt,
            msgid=based_on(old),
            msgid_plural=_plural_based_on(old),
            msgstr=old.msgstr,
            msgstr_plural=dict(old.msgstr_plural),
            tcomment=old.tcomment,
            flags=flags,
            obsolete=True,
        )
    )


def write_po(file: polib.POFile, path: Path) -> bool:
    """Write ``file`` to ``path`` in one step; False when the same bytes are there already."""
    return write_whole(path, f"{str(file).rstrip()}\n".encode())
