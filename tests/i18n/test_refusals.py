"""A registry of languages that cannot be used says which language and why, and a command that it knows no such part."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from coplearn.i18n.cli import i18n
from coplearn.i18n.locales import read_locales
from tests.courses.makecourse import HOME


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('dir = "rtl"', 'dir = "up"', "ar: dir must be ltr or rtl"),
        ('quotes = ["«", "»", "“", "”"]', 'quotes = ["«", "»"]', "ar: quotes must be four strings"),
        ('thousands = ","', 'thousands = "00"', "ar: thousands must be one sign"),
        ('quotes = ["«", "»", "“", "”"]', 'quotes = "«»“”"', "ar: quotes must be four strings"),
    ],
)
def test_language_with_a_faulty_field_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    """The field is named, before any page is written in that language."""
    text = (HOME / "translations" / "locales.toml").read_text(encoding="utf-8")
    head, mark, row = text.partition("[ar]")
    assert mark and old in row
    (tmp_path / "locales.toml").write_text(head + mark + row.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_locales(tmp_path / "locales.toml")


def test_part_that_is_not_known_is_told(tmp_path: Path) -> None:
    """A slip of the pen does not pass for a catalog in which there was nothing to do."""
    found = CliRunner().invoke(i18n, ["extract", "--home", str(tmp_path), "--only", "course"])
    assert found.exit_code == 2
    assert "Known parts: interface" in found.output
