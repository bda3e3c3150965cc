"""A registry of languages that cannot be used says which language and why."""

from __future__ import annotations

from pathlib import Path

import pytest

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
