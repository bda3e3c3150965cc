"""Tables for spreadsheets: no cell is run, every cell comes back, and all of it is written in one room."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import coplearn
from coplearn.spreadsheets.cells import guarded, unguarded
from coplearn.spreadsheets.writing import csv_bytes

SIGNS = ("=", "+", "-", "@", "\t", "\r")


@given(st.text(st.sampled_from("'=+-@\t\rab \u200f")) | st.text())
def test_no_cell_is_run_and_every_cell_comes_back(cell: str) -> None:
    """Whatever stands in it, also when it already begins with apostrophes."""
    assert not guarded(cell).startswith(SIGNS)
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("name", ["'Abd al-Rahman", "O'Neill", "''twas", "Ani"])
def test_names_stand_as_they_are(name: str) -> None:
    """An apostrophe before a name is part of it, on the way out and on the way in."""
    assert guarded(name) == unguarded(name) == name


def test_table_opens_in_the_right_letters() -> None:
    """With its mark, cells with commas and line ends whole, and a letter that no file can hold is no fault."""
    raw = csv_bytes([["الاسم", "=1+1"], ["a,b", "c\nd"], ["\ud800", ""]])
    assert raw.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))[:2] == [
        ["الاسم", "'=1+1"],
        ["a,b", "c\nd"],
    ]


def test_tables_are_written_in_one_room() -> None:
    """Nothing else makes a CSV or a workbook: the guard against formulas cannot be forgotten."""
    root = Path(coplearn.__file__).parent
    found = {
        file.relative_to(root).parts[0]
        for file in root.rglob("*.py")
        if any(word in file.read_text(encoding="utf-8") for word in ("csv.writer", "csv.DictWriter", "xlsxwriter"))
    }
    assert found == {"spreadsheets"}
