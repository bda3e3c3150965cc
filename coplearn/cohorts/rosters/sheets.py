"""A workbook's first table as a CSV of ours, made in a process of its own that may be hostile to itself alone.

Run as ``python -m coplearn.cohorts.rosters.sheets SOURCE TARGET``.
"""

from __future__ import annotations

import csv
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from coplearn.cohorts.rosters.tables import MAX_COLUMNS, MAX_LINES
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

MAX_UNPACKED: Final = 400_000_000
"""Bytes of everything in the workbook, as it really unpacks."""
MAX_PARTS: Final = 500
MEMORY: Final = 1_500_000_000
SECONDS: Final = 60
_PIECE: Final = 1 << 20
_CELL: Final = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,4})([0-9]{1,8})["']""")
_TOO_LARGE, _UNREADABLE = 3, 4


def turn_into_table(source: Path, target: Path) -> str:
    """Write the first sheet that holds anything to ``target`` as UTF-8 CSV, line for line, and give the sheet's name.

    Raises Refused when the file is no workbook, has a password, or unpacks to more than a roster can be.
    """
    command = [sys.executable, "-m", "coplearn.cohorts.rosters.sheets", str(source), str(target)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS * 2, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired:
        raise Refused(N_("The workbook is too large. Copy the list into a new one, or save it as CSV.")) from None
    if done.returncode == 0:
        return done.stdout.decode("utf-8").strip()
    target.unlink(missing_ok=True)
    if done.returncode == _UNREADABLE:
        raise Refused(
            N_("The workbook cannot be opened. Save it as an Excel workbook (.xlsx) without a password, or as CSV.")
        )
    raise Refused(N_("The workbook is too large. Copy the list into a new one, or save it as CSV."))


def look_inside(source: Path) -> bool:
    """Whether the workbook is of a size that can be opened: real bytes are counted, and no cell lies far outside.

    The library makes room for every cell up to the last one, so one cell in the far corner would take all memory.
    """
    left = MAX_UNPACKED
    with zipfile.ZipFile(source) as bundle:
        parts = bundle.infolist()
        if len(parts) > MAX_PARTS or len({part.filename.casefold() for part in parts}) != len(parts):
            return False
        for part in parts:
            rest = b""
            with bundle.open(part) as file:
                for piece in iter(lambda: file.read(_PIECE), b""):
                    left -= len(piece)
                    if left < 0 or (part.filename.endswith(".xml") and _lies_outside(rest + piece)):
                        return False
                    rest = piece[-64:]
    return True


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


def _sheets(book: CalamineWorkbook) -> Iterator[CalamineSheet]:
    shown = [one.name for one in book.sheets_metadata if "Visible" in str(one.visible) and "WorkSheet" in str(one.typ)]
    for name in shown or book.sheet_names:
        yield book.get_sheet_by_name(name)


def write_table(source: Path, target: Path) -> str:
    """Do the work of :func:`turn_into_table` in this process; "" when every sheet is empty."""
    book = CalamineWorkbook.from_path(str(source))
    for sheet in _sheets(book):
        if sheet.total_height == 0 or sheet.start is None:
            continue
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            # What is above the first used row counts as well, so that a line's number is the sheet's own.
            writer.writerows([[""]] * sheet.start[0])
            for row in sheet.iter_rows():
                # A line end inside a cell would shift the numbers of all lines below.
                writer.writerow(" ".join(cell.splitlines()) for cell in _cells(row))
        return sheet.name
    target.write_text("", encoding="utf-8")
    return ""


def main() -> int:
    """Turn one workbook into a table within bounds of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        if not look_inside(source):
            return _TOO_LARGE
        name = write_table(source, target)
    except (MemoryError, OverflowError):
        return _TOO_LARGE
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return _UNREADABLE
    sys.stdout.buffer.write(name.encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
