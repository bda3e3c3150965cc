"""From a file to people: which line holds the headings, what each column is, and every person or fault in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from coplearn.cohorts.rosters.decoding import guess_encoding
from coplearn.cohorts.rosters.tables import guess_delimiter, rows
from coplearn.cohorts.rules.headings import Column, column_of
from coplearn.cohorts.rules.rosters import LONGEST_CELL, Draft, Fault, Shape, read_person
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase

_SEARCHED: Final = 30
"""Lines in which the headings are looked for: titles and notes stand above them."""
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"


def kind_of(path: Path) -> str:
    """``xlsx`` or ``csv``, by what is in the file. Raises Refused for other programs' files."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLD_OFFICE):
        raise Refused(
            N_("This is an older Excel file, or one with a password. Save it as .xlsx without a password, or as CSV.")
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"%pdf", b"<!doctype", b"<html", b"{\\rtf", b"<?xml")):
        raise Refused(N_("This is not a table. Save the list as CSV or as an Excel workbook (.xlsx)."))
    return "csv"


def guess_shape(path: Path, kind: str, languages: Iterable[str], *, encoding: str = "", delimiter: str = "") -> Shape:
    """How the file is to be read, as far as a machine can tell; an ``encoding`` or ``delimiter`` given is believed.

    Raises Refused when nothing in it can be read.
    """
    if kind == "xlsx":
        encoding, delimiter = "utf-8", ","
    encoding = encoding or guess_encoding(path, languages)
    delimiter = delimiter or guess_delimiter(path, encoding)
    head = list(islice(rows(path, encoding, delimiter), _SEARCHED))
    if not head:
        raise Refused(N_("There is nothing in the file."))
    line, columns = _headings(head)
    return Shape(kind, encoding, delimiter, line, columns)


def _headings(head: Sequence[tuple[int, list[str]]]) -> tuple[int, tuple[str, ...]]:
    best, most, found = 0, 0, ()  # type: int, int, tuple[str, ...]
    for line, cells in head:
        columns = _columns(cells)
        named = sum(1 for column in columns if column)
        telling = {Column.NAME, Column.FIRST, Column.LAST, Column.EMAIL} & set(columns)
        # A title such as "List of participants" is one cell; a row of headings is several, or all there are.
        if telling and named > most and (named > 1 or sum(1 for cell in cells if cell.strip()) == 1):
            best, most, found = line, named, columns
    return (best, found) if found else (0, _by_content(head))


def _columns(cells: Sequence[str]) -> tuple[str, ...]:
    columns: list[str] = []
    for cell in cells:
        column = column_of(cell) if 0 < len(cell) <= 80 else None
        columns.append(column if column is not None and column not in columns else "")
    if Column.NAME in columns and Column.FIRST in columns and Column.LAST not in columns:
        # Beside a first name, a "name" is the family's.
        columns[columns.index(Column.NAME)] = Column.LAST
    return tuple(columns)


def _by_content(head: Sequence[tuple[int, list[str]]]) -> tuple[str, ...]:
    """Without headings: the column with most @ has the addresses, the first other one with letters has the names."""
    width = max(len(cells) for _, cells in head)
    texts = [[cells[place] for _, cells in head if place < len(cells)] for place in range(width)]
    columns = [""] * width
    mails = [sum("@" in text for text in column) for column in texts]
    if max(mails):
        columns[mails.index(max(mails))] = Column.EMAIL
    for place, column in enumerate(texts):
        letters = sum(any(letter.isalpha() for letter in text) for text in column)
        if not columns[place] and letters * 2 > len(head):
            columns[place] = Column.NAME
            break
    return tuple(columns)


def people(path: Path, shape: Shape, languages: Mapping[str, str]) -> Iterator[Draft | Fault]:
    """Every line below the headings, in order, as a person or as the reason why it is none. Raises Refused as `rows` does."""
    seen: dict[bytes, int] = {}
    for line, cells in rows(path, shape.encoding, shape.delimiter):
        if line <= shape.header:
            continue
        yield _once(_read(line, cells, shape, languages), seen)


def _read(line: int, cells: Sequence[str], shape: Shape, languages: Mapping[str, str]) -> Draft | Fault:
    told = {Column(column): cell for column, cell in zip(shape.columns, cells, strict=False) if column}
    for column, cell in told.items():
        if len(cell) > LONGEST_CELL:
            reason = N_("This is very long. A quotation mark may be missing in the file here or above.")
            return Fault(line, column, cell[:80], Phrase(reason))
    return read_person(line, told, languages)


def _once(found: Draft | Fault, seen: dict[bytes, int]) -> Draft | Fault:
    """The same, or a fault when the person stands in the file already."""
    if isinstance(found, Fault):
        return found
    keys = [bytes.fromhex(found.key)]
    if found.email and found.card_code:
        keys.append(bytes.fromhex(replace(found, email=None).key))
    for key in keys:
        if key in seen:
            told = Phrase(N_("This person stands in line %(line)s already."), {"line": seen[key]})
            return Fault(found.line, Column.EMAIL if found.email else Column.NAME, found.email or found.name, told)
    for key in keys:
        seen[key] = found.line
    return found


def preview(path: Path, shape: Shape, count: int = 8) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The headings and the first people's lines, for a person to see whether it reads well. Raises Refused."""
    above: list[str] = []
    shown: list[tuple[int, list[str]]] = []
    for line, cells in rows(path, shape.encoding, shape.delimiter):
        if line == shape.header:
            above = cells
        elif line > shape.header:
            shown.append((line, [cell[:80] for cell in cells]))
            if len(shown) == count:
                break
    return above, shown
