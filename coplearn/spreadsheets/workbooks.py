"""A workbook's sheets as CSVs of ours, made in a process of its own that may be hostile to itself alone.

Run as ``python -m coplearn.spreadsheets.workbooks SOURCE TARGET…``.
"""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.spreadsheets.reading import MAX_COLUMNS, MAX_LINES

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


MAX_UNPACKED: Final = 50_000_000
"""Bytes of everything in the workbook, as it really unpacks: twice what a hundred thousand people take."""
MAX_PARTS: Final = 500
MAX_SHEETS: Final = 30
MEMORY: Final = 1_000_000_000
"""Bytes of addresses for the process that reads; most of them are never touched."""
SECONDS: Final = 30
_NICE: Final = 10
_PIECE: Final = 1 << 20
# A word that is "r": looked back from its letter, so that what holds none is passed over at once.
_CELL: Final = re.compile(rb"""r(?<!\wr)\s*=\s*["']([A-Z]{1,4})([0-9]{1,8})["']""")
_TOO_LARGE, _UNREADABLE = 3, 4

Sheets = tuple[tuple[str, int], ...]
"""Each sheet's name, and how many lines of it hold anything."""


def turn_into_tables(source: Path, targets: Sequence[Path]) -> Sheets:
    """Write each sheet that is shown to one of ``targets`` as UTF-8 CSV, line for line; those beyond them are left out.

    Raises Refused when the file is no workbook, has a password, or unpacks to more than a roster can be.
    """
    command = [sys.executable, "-m", "coplearn.spreadsheets.workbooks", str(source), *map(str, targets)]
    too_large = N_("The workbook is too large. Copy the list into a new one, or save it as CSV.")
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS * 4, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired:
        raise Refused(too_large) from None
    if done.returncode == 0:
        return tuple((str(name), int(lines)) for name, lines in json.loads(done.stdout))
    for target in targets:
        target.unlink(missing_ok=True)
    if done.returncode == _UNREADABLE:
        raise Refused(
            N_("The workbook cannot be opened. Save it as an Excel workbook (.xlsx) without a password, or as CSV.")
        )
    raise Refused(too_large)


def look_inside(source: Path) -> bool:
    """Whether the workbook is of a size that can be opened: real bytes are counted, and no cell lies far outside.

    The library makes room for every cell up to the last one, so one cell in the far corner would take all memory.
    """
    if not _lists_few_parts(source):
        return False
    left = MAX_UNPACKED
    with zipfile.ZipFile(source) as bundle:
        parts = bundle.infolist()
        if len(parts) > MAX_PARTS or len({part.filename.casefold() for part in parts}) != len(parts):
            return False
        # Of other ways to pack the library unpacks all that it has read, however little is asked for.
        if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
            raise zipfile.BadZipFile
        for part in parts:
            rest = b""
            with bundle.open(part) as file:
                for piece in iter(lambda: file.read(_PIECE), b""):
                    left -= len(piece)
                    if left < 0 or (part.filename.endswith(".xml") and _lies_outside(rest + piece)):
                        return False
                    rest = piece[-64:]
    return True


def _lists_few_parts(source: Path) -> bool:
    """Whether the end of the archive says so; the library reads the whole list before anybody can count."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - 22 - 65_535))
        tail = file.read()
    end = tail[tail.rfind(b"PK\x05\x06") :][:22]
    if len(end) < 22 or not end.startswith(b"PK"):
        raise zipfile.BadZipFile
    parts, listed = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    return parts <= MAX_PARTS and listed <= _PIECE


def _lies_outside(xml: bytes) -> bool:
    for letters, row in set(_CELL.findall(xml)) if len(xml) < 4096 else _CELL.findall(xml):
        if len(letters) > 2 or int(row) > MAX_LINES + 1000 or _number(letters) > MAX_COLUMNS:
            return True
    return False


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _cells(row: list[Any]) -> list[str]:
    return [_text(value) for value in row]


def _text(value: Any) -> str:
    """A cell as a person sees it: whole numbers without a point, dates as dates."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)


def _sheets(book: CalamineWorkbook) -> list[str]:
    shown = [one.name for one in book.sheets_metadata if "Visible" in str(one.visible) and "WorkSheet" in str(one.typ)]
    return shown or list(book.sheet_names)


def write_tables(source: Path, targets: Sequence[Path]) -> Sheets:
    """Do the work of :func:`turn_into_tables` in this process."""
    # Here and not above: this process alone needs it, and the site takes its names from this module.
    from python_calamine import CalamineWorkbook

    book, found = CalamineWorkbook.from_path(str(source)), list[tuple[str, int]]()
    for name, target in zip(_sheets(book), targets, strict=False):
        found.append((name, _write(book.get_sheet_by_name(name), target)))
    return tuple(found)


def _write(sheet: CalamineSheet, target: Path) -> int:
    """Write one sheet; how many lines of it hold anything."""
    lines = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        if sheet.total_height == 0 or sheet.start is None:
            return 0
        writer = csv.writer(file, lineterminator="\n")
        # What is above the first used row counts as well, so that a line's number is the sheet's own.
        writer.writerows([[""]] * sheet.start[0])
        for row in sheet.iter_rows():
            # A line end inside a cell would shift the numbers of all lines below.
            cells = [" ".join(cell.splitlines()) for cell in _cells(row)]
            lines += any(cells)
            writer.writerow(cells)
    return lines


def main() -> int:
    """Turn one workbook into a table within bounds of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.nice(_NICE)
    from python_calamine import CalamineError

    source, *targets = map(Path, sys.argv[1:])
    try:
        if not look_inside(source):
            return _TOO_LARGE
        sheets = write_tables(source, targets)
    except (MemoryError, OverflowError):
        return _TOO_LARGE
    except (
        CalamineError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
        EOFError,
        zlib.error,
    ):
        return _UNREADABLE
    sys.stdout.write(json.dumps(sheets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
