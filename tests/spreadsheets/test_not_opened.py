"""What is no workbook, or one packed in another way, is not opened."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from coplearn.kernel.errors import Refused
from coplearn.spreadsheets.workbooks import look_inside, turn_into_tables


def test_workbook_packed_otherwise_or_none_at_all_is_not_opened(tmp_path: Path) -> None:
    """The library would unpack a part of another way of packing whole, however little of it is asked for."""
    packed, none = tmp_path / "packed.raw", tmp_path / "none.raw"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as bundle:
        bundle.writestr("xl/worksheets/sheet1.xml", b"<a/>")
    none.write_bytes(b"Name,Organisation\n")
    for path in (packed, none):
        with pytest.raises(zipfile.BadZipFile):
            look_inside(path)
        with pytest.raises(Refused, match="cannot be opened"):
            turn_into_tables(path, [tmp_path / "table.csv"])
