"""The way from a file to people: how it is read, and every person or fault in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Final

from coplearn.cohorts.people.rosters.oneroster import is_oneroster
from coplearn.cohorts.people.rosters.proposing import propose, with_header
from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.headings import folded
from coplearn.cohorts.people.rules.joining import tidy
from coplearn.cohorts.people.rules.rosters import (
    LONGEST_CELL,
    Fault,
    FileShape,
    PersonDraft,
    Reading,
    Remark,
    read_person,
)
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.spreadsheets.encodings import guess_encoding
from coplearn.spreadsheets.reading import guess_delimiter, rows

_SEARCHED: Final = 30
"""Lines in which the headings are looked for: titles and notes stand above them."""
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"


def kind_of(path: Path) -> str:
    """``xlsx``, ``oneroster`` or ``csv``, by what is in the file. Raises Refused for other programs' files."""
    with path.open("rb") as file:
        head = file.read(512)
        if head.startswith(b"PK\x03\x04"):
            return "oneroster" if is_oneroster(file) else "xlsx"
    if head.startswith(_OLD_OFFICE):
        raise Refused(
            N_("This is an older Excel file, or one with a password. Save it as .xlsx without a password, or as CSV.")
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"%pdf", b"<!doctype", b"<html", b"{\\rtf", b"<?xml")):
        raise Refused(N_("This is not a table. Save the list as CSV or as an Excel workbook (.xlsx)."))
    return "csv"


def guess_shape(
    path: Path,
    shape: FileShape,
    languages: Iterable[str],
    known: Iterable[FileShape] = (),
    *,
    header: int | None = None,
) -> FileShape:
    """The reading of the file, as far as a machine can tell.

    An encoding or delimiter in ``shape`` is believed, and a ``header`` that is given; ``known`` are the shapes of earlier
    lists. Raises Refused when nothing in it can be read.
    """
    is_text = shape.kind == "csv"
    encoding = shape.encoding or guess_encoding(path, languages) if is_text else "utf-8"
    delimiter = shape.delimiter or guess_delimiter(path, encoding) if is_text else ","
    head = list(islice(rows(path, encoding, delimiter), _SEARCHED))
    if not head:
        raise Refused(N_("There is nothing in the file."))
    found = propose(head, known) if header is None else with_header(head, header)
    return replace(
        shape,
        encoding=encoding,
        delimiter=delimiter,
        header=found.header,
        columns=found.columns,
        headings=found.headings,
    )


def guess_sheet(paths: Sequence[Path], shape: FileShape, known: Sequence[FileShape] = ()) -> FileShape:
    """The same for a workbook: the sheet that looks most like a list of people, the first of those that look alike.

    Raises Refused when every sheet is empty.
    """
    best: tuple[tuple[bool, bool, int], FileShape] | None = None
    for number, (path, (_, lines)) in enumerate(zip(paths, shape.sheets, strict=False)):
        if not lines:
            continue
        found = guess_shape(path, replace(shape, sheet=number), (), known)
        weight = (found.is_complete, Column.EMAIL in found.columns, sum(map(bool, found.columns)))
        if best is None or weight > best[0]:
            best = (weight, found)
    if best is None:
        raise Refused(N_("There is nothing in the file."))
    return best[1]


def read_again(
    path: Path, was: FileShape, wanted: FileShape, languages: Iterable[str], known: Iterable[FileShape]
) -> FileShape:
    """The reading of the file once a person changed something; what they did not say follows from what they said.

    On another sheet, or in other letters, everything is looked for anew; under another line of headings the columns are,
    but for those the person changed themselves. Raises Refused as :func:`guess_shape` does.
    """
    if (wanted.encoding, wanted.delimiter, wanted.sheet) != (was.encoding, was.delimiter, was.sheet):
        return replace(guess_shape(path, wanted, languages, known), told=False)
    if wanted.header == was.header:
        return wanted
    found = guess_shape(path, wanted, languages, header=wanted.header)
    said = [after if after != before else "" for before, after in zip(was.columns, wanted.columns, strict=True)]
    columns = ["" if column in said else column for column in found.columns]
    return replace(
        found, columns=tuple(own or other for own, other in zip_longest(said, columns[: len(said)], fillvalue=""))
    )


def people(path: Path, shape: FileShape, reading: Reading) -> Iterator[PersonDraft | Fault]:
    """Every line below the headings, in order, as a person or as the reason why it is none. Raises Refused as `rows` does."""
    seen: dict[bytes, int] = {}
    for line, cells in rows(path, shape.encoding, shape.delimiter):
        if line <= shape.header or _are_headings(cells, shape):
            continue
        yield _once(_read(line, cells, shape, reading), seen)


def _are_headings(cells: Sequence[str], shape: FileShape) -> bool:
    """Whether the headings stand here once more, as on each page of a printed list."""
    repeated = (
        len(shape.headings) > 1 and len(cells) == len(shape.headings) and folded(cells[0][:80]) == shape.headings[0]
    )
    return repeated and tuple(folded(cell[:80]) for cell in cells) == shape.headings


def _read(line: int, cells: Sequence[str], shape: FileShape, reading: Reading) -> PersonDraft | Fault:
    cells_by_column = {Column(column): cell for column, cell in zip(shape.columns, cells, strict=False) if column}
    reason = Phrase(N_("This is very long. A quotation mark may be missing in the file here or above."))
    long = [Remark(column, cell[:80], reason) for column, cell in cells_by_column.items() if len(cell) > LONGEST_CELL]
    return Fault(line, tuple(long)) if long else read_person(line, cells_by_column, reading)


def _once(found: PersonDraft | Fault, seen: dict[bytes, int]) -> PersonDraft | Fault:
    """The same, or a fault when the person stands in the file already."""
    if isinstance(found, Fault):
        return found
    keys = [bytes.fromhex(found.key)]
    if found.email and found.card_code:
        keys.append(bytes.fromhex(replace(found, email=None).key))
    if found.sourced_id and (found.email or found.card_code):
        keys.append(bytes.fromhex(replace(found, email=None, card_code=None).key))
    for key in keys:
        if key in seen:
            already = Phrase(N_("This person stands in line %(line)s already."), {"line": seen[key]})
            return Fault.of(
                found.line, Column.EMAIL if found.email else Column.NAME, found.email or found.name, already
            )
    for key in keys:
        seen[key] = found.line
    return found


def preview(path: Path, shape: FileShape, count: int = 12) -> list[tuple[int, list[str]]]:
    """The first lines that hold anything, for a person to see how it is read. Raises Refused."""
    return [
        (line, [tidy(cell[:80]) for cell in cells])
        for line, cells in islice(rows(path, shape.encoding, shape.delimiter), count)
    ]


def heading_cells(path: Path, shape: FileShape) -> list[str]:
    """The headings of the columns; nothing in a file without headings. Raises Refused."""
    lines = islice(rows(path, shape.encoding, shape.delimiter), _SEARCHED)
    return next(([tidy(cell[:80]) for cell in cells] for line, cells in lines if line == shape.header), [])
