"""`coplearn i18n check` stops a release whose catalog the site could not read."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner

import coplearn.courses.cli
from coplearn.i18n.cli import check

ROOT = Path(__file__).resolve().parents[2]


def test_a_catalog_with_conflict_marks_fails_the_check(tmp_path: Path) -> None:
    """The site would go on without that language; the check says which file and ends with 1."""
    assert coplearn.courses.cli.commands
    for name in ("courses/_template", "translations"):
        shutil.copytree(ROOT / name, tmp_path / name)
    course = tmp_path / "courses" / "small"
    (tmp_path / "courses" / "_template").rename(course)
    catalog = course / "translations" / "fr.po"
    catalog.parent.mkdir(exist_ok=True)
    catalog.write_text('<<<<<<< HEAD\nmsgid ""\nmsgstr ""\n=======\n', encoding="utf-8")
    found = CliRunner().invoke(check, ["--home", str(tmp_path), "--only", "courses", "fr"])
    assert found.exit_code == 1
    assert "po-conflict" in found.output
