"""What the person who starts the site is told."""

from __future__ import annotations

from pathlib import Path

from coplearn.courses.library import load_library
from coplearn.server import greeting
from coplearn.settings import Settings
from tests.courses.makecourse import LOCALES, make_course


def test_start_tells_of_a_course_with_errors(settings: Settings, tmp_path: Path) -> None:
    """A broken course does not stop the site, and its folder is not left out silently."""
    broken = make_course(tmp_path / "courses")
    (broken.path / "course.yaml").write_text("id: [", encoding="utf-8")
    library = load_library([tmp_path / "courses"], frozenset(), LOCALES, installed=False)
    told = greeting(settings, list(library.courses), library.broken)
    assert str(broken.path) in told and "coplearn course check" in told


def test_start_without_broken_courses_speaks_of_no_errors(settings: Settings) -> None:
    """Nothing is said about errors that are not there."""
    assert "error" not in greeting(settings, ["cop-parents"], []).lower()
