"""Files for tools outside: a catalog's rows as .po, XLIFF 1.2, CSV or a zip of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

import polib

from coplearn.i18n import hazards, po
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE, Template
from coplearn.spreadsheets.writing import CSV, csv_bytes
from coplearn.translating.exchange.import_rows import BASE_HEADER, CSV_COLUMNS, XLIFF
from coplearn.translating.store.rules import CatalogRow

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class CatalogSheet:
    """One domain in one language, ready to be written. ``base`` is the newest edit in it; None leaves it out."""

    domain: str
    source: Locale
    locale: Locale
    rows: Sequence[CatalogRow]
    base: int | None = None

    @property
    def project(self) -> str:
        """The name in the header."""
        return po_project(self.domain)


def po_project(domain: str) -> str:
    """The ``Project-Id-Version`` of a domain's catalogs."""
    return "coplearn" if domain == INTERFACE else domain


def state_of(row: CatalogRow) -> str:
    """One word for a row: missing, stale, needs-work, translated or reviewed."""
    if row.state == "missing":
        return "missing"
    if row.based_on != row.msgid:
        return "stale"
    return "reviewed" if row.reader and row.state == "translated" else row.state


def _template(row: CatalogRow, domain: str) -> Template:
    notes = tuple(row.notes.split("\n")) if row.notes else ()
    if domain == INTERFACE:
        flags = ("python-format",) if hazards.placeholders(row.msgid) else ()
        paths = tuple(row.place.split())
        return Template(row.context or None, row.msgid, row.plural or "", notes, paths, flags)
    if row.critical:
        notes += ("Critical: a stale translation is not shown.",)
    flags = (f"max-length:{row.max_length}",) if row.max_length else ()
    return Template(row.context, row.msgid, row.plural or "", notes, (row.place,), flags)


def po_file(sheet: CatalogSheet, remarks: polib.POFile | None = None) -> polib.POFile:
    """The rows as a catalog, in reading order; ``remarks`` lends the translators' comments of an older file."""
    by_context = sheet.domain != INTERFACE
    file = po.merge(
        _as_old(sheet, remarks),
        [_template(row, sheet.domain) for row in sheet.rows if not row.removed],
        sheet.locale,
        sheet.project,
        by_context=by_context,
    )
    if sheet.base is not None:
        file.metadata[BASE_HEADER] = str(sheet.base)
    return file


def _as_old(sheet: CatalogSheet, remarks: polib.POFile | None) -> polib.POFile:
    key = po.key_by_text if sheet.domain == INTERFACE else po.key_by_context
    said = {key(entry): entry.tcomment for entry in remarks or () if entry.tcomment}
    old = polib.POFile(wrapwidth=0)
    for row in sheet.rows:
        entry = polib.POEntry(msgctxt=row.context or None, msgid=row.msgid, msgid_plural=row.plural or "")
        entry.tcomment = said.get(key(entry), "")
        _fill(entry, row)
        old.append(entry)
    return old


def _fill(entry: polib.POEntry, row: CatalogRow) -> None:
    if row.state == "missing":
        return
    if row.plural:
        entry.msgstr_plural = dict(enumerate(row.forms))
    else:
        entry.msgstr = row.forms[0] if row.forms else ""
    stale = row.based_on != row.msgid
    if stale or row.state != "translated":
        entry.flags.append("fuzzy")
    if stale:
        entry.previous_msgid = row.based_on


def po_bytes(sheet: CatalogSheet, remarks: polib.POFile | None = None) -> bytes:
    """The catalog as a file: the same rows are the same bytes."""
    return f"{str(po_file(sheet, remarks)).rstrip()}\n".encode("utf-8", "replace")


_XLIFF_STATES: Final[Mapping[str, str]] = {
    "missing": "new",
    "stale": "needs-adaptation",
    "needs-work": "needs-review-translation",
    "translated": "translated",
    "reviewed": "signed-off",
}


def xliff_bytes(sheet: CatalogSheet) -> bytes:
    """XLIFF 1.2: a unit for each text, a group for each counted message; ids are contexts (keys in the interface)."""
    ElementTree.register_namespace("", XLIFF)
    root = ElementTree.Element(f"{{{XLIFF}}}xliff", {"version": "1.2"})
    names = {
        "original": sheet.domain,
        "datatype": "plaintext",
        "source-language": sheet.source.bcp47,
        "target-language": sheet.locale.bcp47,
    }
    file = _child(root, "file", names)
    if sheet.base is not None:
        _child(_child(file, "header"), "note", {"from": BASE_HEADER}, str(sheet.base))
    body = _child(file, "body")
    for row in sheet.rows:
        if not row.removed:
            _unit(body, row, sheet)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _unit(body: ElementTree.Element, row: CatalogRow, sheet: CatalogSheet) -> None:
    name = row.key if sheet.domain == INTERFACE else row.context
    if not row.plural:
        unit = _child(body, "trans-unit", {"id": name, "resname": row.context})
        _texts(unit, row, row.msgid, 0)
        _context(unit, row.context, is_place=sheet.domain != INTERFACE)
        return
    group = _child(body, "group", {"id": name, "resname": row.context, "restype": "x-gettext-plurals"})
    _context(group, row.context, is_place=sheet.domain != INTERFACE)
    for number in range(sheet.locale.nplurals):
        unit = _child(group, "trans-unit", {"id": f"{name}[{number}]"})
        _texts(unit, row, row.plural if number else row.msgid, number)


def _context(unit: ElementTree.Element, context: str, *, is_place: bool) -> None:
    """The message's context as tools for gettext know it; also as its place, the one thing that xliff2po passes on."""
    told = [({"name": "po-entry", "purpose": "information"}, "x-po-msgctxt")] if context else []
    told += [({"purpose": "location"}, "sourcefile")] if context and is_place else []
    for attributes, kind in told:
        _child(_child(unit, "context-group", attributes), "context", {"context-type": kind}, context)


def _texts(unit: ElementTree.Element, row: CatalogRow, source: str, number: int) -> None:
    state = state_of(row)
    unit.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    if state in ("translated", "reviewed"):
        # Without it other tools take every text for one that somebody has still to look at.
        unit.set("approved", "yes")
    if row.max_length:
        unit.set("maxwidth", str(row.max_length))
        unit.set("size-unit", "char")
    _child(unit, "source", {}, source)
    text = row.forms[number] if state != "missing" and number < len(row.forms) else ""
    _child(unit, "target", {"state": _XLIFF_STATES[state]}, text)
    if state == "stale":
        _child(unit, "note", {"from": "previous-source"}, row.based_on)
    if row.notes:
        _child(unit, "note", {"from": "developer"}, row.notes)


def _child(
    parent: ElementTree.Element, name: str, attributes: Mapping[str, str] | None = None, text: str = ""
) -> ElementTree.Element:
    given = {key: _xml_safe(value) for key, value in (attributes or {}).items() if value != "" or key == "id"}
    child = ElementTree.SubElement(parent, f"{{{XLIFF}}}{name}", given)
    child.text = _xml_safe(text)
    return child


def _xml_safe(text: str) -> str:
    """``text`` without what XML cannot hold at all."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and not "\ud800" <= char <= "\udfff"))


def table_bytes(sheet: CatalogSheet) -> bytes:
    """The catalog as a table for spreadsheets."""
    return csv_bytes(_lines(sheet))


def _lines(sheet: CatalogSheet) -> Iterator[Sequence[str]]:
    count = sheet.locale.nplurals if any(row.plural for row in sheet.rows) else 1
    targets = ["translation", *(f"translation {number + 1}" for number in range(1, count))]
    base = [f"{BASE_HEADER}: {sheet.base}"] if sheet.base is not None else []
    yield [*CSV_COLUMNS, *targets, *base]
    for row in sheet.rows:
        if not row.removed:
            forms = [*(row.forms if row.state != "missing" else ()), *[""] * count][:count]
            state = state_of(row)
            previous = row.based_on if state == "stale" else ""
            yield [row.context, row.msgid, row.plural or "", previous, state, row.notes, *forms]


FORMATS: Final[Mapping[str, tuple[str, Callable[[CatalogSheet], bytes]]]] = {
    "po": ("text/x-gettext-translation; charset=utf-8", po_bytes),
    "xliff": ("application/xliff+xml", xliff_bytes),
    "csv": (CSV, table_bytes),
}
"""The formats of one domain by the end of the file's name, with their media types."""


def zip_bytes(sheets: Sequence[CatalogSheet]) -> bytes:
    """Every domain of a language as ``<domain>.po`` in one zip; the same rows are the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for sheet in sheets:
            bundle.writestr(zipfile.ZipInfo(f"{sheet.domain}.po", _EPOCH), po_bytes(sheet), zipfile.ZIP_DEFLATED)
    return out.getvalue()
