"""XLIFF 1.2 from outside, read without ever following what it declares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.text import N_, Phrase
from coplearn.translating.exchange.import_rows import (
    BASE_HEADER,
    MAX_ENTRIES,
    XLIFF,
    FileFault,
    FileRow,
    ParsedFile,
    refused,
)

_SEPARATOR: Final = " "
_OLDER: Final = XLIFF.replace("1.2", "1.1")
"""What po2xliff writes; the elements that are read here are the same in both."""
_MAX_DEPTH: Final = 40
_FORM: Final = re.compile(r"(.*)\[(\d{1,2})\]", re.DOTALL)
_UNFINISHED: Final = frozenset(
    {"new", "needs-adaptation", "needs-l10n", "needs-review-adaptation", "needs-review-l10n"}
    | {"needs-review-translation", "needs-translation"}
)
_CONTEXTS: Final = frozenset({"x-po-msgctxt", "x-gettext-msgctxt"})
_AS_WRITTEN: Final = frozenset({"new", "needs-adaptation"})


class _Stop(Exception):
    """The file is refused here."""

    def __init__(self, line: int, text: str, **params: object) -> None:
        super().__init__(text)
        self.fault = FileFault(line, Phrase(text, params))


@dataclass
class _Unit:
    name: str
    line: int
    context: str = ""
    source: str = ""
    target: str = ""
    previous: str = ""
    state: str = ""
    note_from: str = ""
    context_kind: str = ""
    told: str = ""
    """The context as an element says it: some tools keep that and drop the attribute."""


@dataclass
class _Reader:
    """Takes the parser's calls; knows nothing but where it stands."""

    parser: expat.XMLParserType
    locale: Locale
    units: list[_Unit] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    unit: _Unit | None = None
    base: str = ""
    header_note: str = ""
    group: str = ""

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def doctype(self, *_: object) -> None:
        raise _Stop(self.line, N_("It declares a document type or entities. Take the declaration out."))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.removeprefix(XLIFF + _SEPARATOR).removeprefix(_OLDER + _SEPARATOR)
        if len(self.path) >= _MAX_DEPTH:
            raise _Stop(self.line, N_("Its elements are nested too deeply."))
        if not self.path and tag != "xliff":
            raise _Stop(self.line, N_("This is not an XLIFF 1.2 file."))
        self.path.append(tag)
        if tag == "file":
            language = attributes.get("target-language", "")
            # Only what cannot be the same language is refused: tools shorten a tag.
            if language and language.split("-")[0].lower() != self.locale.bcp47.split("-")[0].lower():
                told = N_("Its header says that it is in another language: %(language)s.")
                raise _Stop(self.line, told, language=language[:40])
        elif tag == "group":
            self.group = attributes.get("resname", "")
        elif tag == "trans-unit":
            if len(self.units) >= MAX_ENTRIES:
                raise _Stop(self.line, N_("There are more than 50,000 messages in the file."))
            self.unit = _Unit(attributes.get("id", ""), self.line, attributes.get("resname", self.group))
        elif tag == "target" and self.unit is not None and "alt-trans" not in self.path:
            self.unit.state = attributes.get("state", "")
        elif tag == "context" and self.unit is not None:
            self.unit.context_kind = attributes.get("context-type", "")
        elif tag == "note":
            if self.unit is not None:
                self.unit.note_from = attributes.get("from", "")
            else:
                self.header_note = attributes.get("from", "")

    def end(self, _name: str) -> None:
        tag = self.path.pop()
        if tag == "trans-unit" and self.unit is not None:
            self.units.append(self.unit)
            self.unit = None
        elif tag == "note":
            self.header_note = ""
        elif tag == "group":
            self.group = ""

    def text(self, data: str) -> None:
        if self.unit is None:
            if self.header_note == BASE_HEADER:
                self.base += data
        elif "alt-trans" in self.path:
            return
        elif "source" in self.path:
            self.unit.source += data
        elif "target" in self.path:
            self.unit.target += data
        elif self.path[-1:] == ["context"] and self.unit.context_kind in _CONTEXTS:
            self.unit.told += data
        elif self.path[-1:] == ["note"] and self.unit.note_from == "previous-source":
            self.unit.previous += data


def read_xliff(raw: bytes, locale: Locale, domain: str) -> ParsedFile:
    """An XLIFF 1.2 file's rows; a document type, an entity or broken XML refuses it as a whole."""
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    reader = _Reader(parser, locale)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(raw, True)
    except _Stop as stop:
        return ParsedFile(domain, None, (), (stop.fault,))
    except (expat.ExpatError, ValueError, LookupError):
        line = parser.ErrorLineNumber
        return refused(
            domain, line, N_("The file's syntax is broken here. Mend the line, or take the last good version.")
        )
    base = int(reader.base) if reader.base.isascii() and reader.base.isdecimal() and len(reader.base) <= 12 else None
    rows, faults = _rows(reader.units, locale, domain)
    return ParsedFile(domain, base, tuple(rows), tuple(faults))


def _rows(units: list[_Unit], locale: Locale, domain: str) -> tuple[list[FileRow], list[FileFault]]:
    named: dict[str, dict[int, _Unit]] = {}
    twice: dict[str, int] = {}
    counted: set[str] = set()
    for unit in units:
        form = _FORM.fullmatch(unit.name)
        name, number = (form[1], int(form[2])) if form else (unit.name, 0)
        if form:
            counted.add(name)
        if number in named.setdefault(name, {}):
            twice[name] = unit.line
        named[name][number] = unit
    faults = [
        FileFault(line, Phrase(N_("This message stands in the file twice. Keep one of them.")), name)
        for name, line in twice.items()
    ]
    rows: list[FileRow] = []
    for name, forms in named.items():
        if name in twice:
            continue
        first = forms[min(forms)]
        if name in counted and sorted(forms) != list(range(locale.nplurals)):
            reason = N_("It has %(count)s plural forms; the language has %(wanted)s, in another order or number.")
            params = {"count": len(forms), "wanted": locale.nplurals}
            faults.append(FileFault(first.line, Phrase(reason, params), name))
            continue
        rows.append(_row(name, [forms[number] for number in sorted(forms)], domain, counted=name in counted))
    return rows, faults


def _row(name: str, units: list[_Unit], domain: str, *, counted: bool) -> FileRow:
    first = units[0]
    fuzzy = any(unit.state in _UNFINISHED for unit in units)
    is_interface = domain == INTERFACE
    return FileRow(
        first.line,
        (first.context or first.told) if is_interface else first.told or name,
        first.source,
        units[-1].source if counted and len(units) > 1 else "",
        tuple(unit.target for unit in units),
        first.previous if fuzzy and first.previous else first.source,
        fuzzy=fuzzy,
        lazy=any(unit.state in _AS_WRITTEN for unit in units),
        key=name if is_interface else "",
    )
