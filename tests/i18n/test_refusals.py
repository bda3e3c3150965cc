"""Languages, files, catalogs and papers that cannot be made or used: each is told for what it is, and by its name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polib
import pytest
from click.testing import CliRunner

from coplearn.i18n import paper
from coplearn.i18n.cli import i18n
from coplearn.i18n.files import write_whole
from coplearn.i18n.locales import read_locales
from coplearn.i18n.po import parse_po
from tests.courses.makecourse import HOME


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('plural = "nplurals=', 'plural = "forms=', "ar: plural must begin with nplurals="),
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


def test_file_that_the_disk_did_not_take_is_not_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads back otherwise than it was written: the catalog stays as it was, and nothing lies beside it."""
    path, read = tmp_path / "ar.po", Path.read_bytes
    path.write_bytes(b"before")
    with monkeypatch.context() as failing:
        failing.setattr(Path, "read_bytes", lambda self: read(self)[:-1])
        with pytest.raises(OSError, match="was not written as it should be"):
            write_whole(path, b"after")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"ar.po": b"before"}


def test_catalog_for_which_there_is_no_memory_is_not_called_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is sent to mend a line of it."""
    raw = b'msgid ""\nmsgstr ""\n"Language: ar\\n"\n'
    assert parse_po(raw).file is not None

    def unescape(_text: str) -> str:
        raise MemoryError

    monkeypatch.setattr(polib, "unescape", unescape)
    with pytest.raises(MemoryError):
        parse_po(raw)


def test_paper_without_its_fonts_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the site is told what to install; a paper of boxes in place of letters helps nobody."""
    monkeypatch.setattr(paper, "_load_fonts", paper._load_fonts.__wrapped__)  # as in a process that has loaded none yet
    monkeypatch.setattr(paper, "entry_points", lambda **_group: ())
    made = date(2026, 12, 1)
    with pytest.raises(paper.PaperError, match="Install the font packages"):
        paper.typeset(b"A", paper.common(language="en", direction="ltr", title="A", made=made), made)
