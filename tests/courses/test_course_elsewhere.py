"""Courses that are not in the site's own folder, and what a stranger's course may do to the site: nothing."""

from __future__ import annotations

import shutil
import sys
import tracemalloc
from pathlib import Path

import polib
import pytest

from coplearn.courses import checks
from coplearn.courses.library import load_library
from coplearn.courses.licences import canonical_licence, licence_shown
from coplearn.courses.live_library import LiveLibrary
from coplearn.courses.phones import phone_numbers
from tests.courses.makecourse import LOCALES, Folder, make_course, make_home
from tests.courses.test_course_packages import run, with_promise


@pytest.mark.parametrize("how", ["option", "setting"])
def test_course_with_its_own_kind_is_translated_where_it_lies(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Extract, update and check find it by option or by the site's own settings, and run its code where it is trusted."""
    folder = with_promise(make_course(tmp_path / "elsewhere"))
    home = make_home(tmp_path / "home")
    options: tuple[str, ...] = ("--home", str(home))
    if how == "setting":
        monkeypatch.setenv("COPLEARN_COURSE_PATH", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("COPLEARN_TRUSTED_COURSES", "my-course")
    else:
        options += ("--course", str(folder.path), "--trust", "my-course")
    extracted = run("i18n", "extract", "--only", "courses", *options)
    assert extracted.exit_code == 0, extracted.output
    assert f"{folder.path}/course.pot: written" in extracted.output
    assert "our-promise#title" in folder.read("course.pot")
    updated = run("i18n", "update", "--only", "courses", *options, "fr")
    assert updated.exit_code == 0, updated.output
    assert "our-promise#title" in folder.read("translations/fr.po")
    told = run("i18n", "check", "--only", "courses", *options, "fr")
    assert (told.exit_code, f"{folder.path}/translations/fr.po:" in told.output) == (0, True), told.output
    if how == "setting":
        listed = run("course", "list", "--home", str(home)).output
        assert "my-course 0.1.0" in listed and "; 0 errors, 4 warnings" in listed
        assert run("course", "check", "--home", str(home)).exit_code == 0


def test_check_tells_what_an_earlier_run_did_not(tmp_path: Path) -> None:
    """A warning that was there before stays out, though its line moved; a new one of the same kind is told."""
    folder, home = make_course(tmp_path / "elsewhere"), make_home(tmp_path / "home")
    options = ("--only", "courses", "--home", str(home), "--course", str(folder.path))
    for act in ("extract", "update"):
        assert run("i18n", act, *options, *(["fr"] if act == "update" else [])).exit_code == 0
    path = folder.path / "translations" / "fr.po"
    catalog = polib.pofile(str(path))
    sentences = [entry for entry in catalog if entry.msgid.endswith(".")]
    first, last = sentences[0], sentences[-1]
    last.msgstr = "Sans point"
    catalog.save()
    before = run("i18n", "check", *options, "fr").output
    assert f"{last.msgctxt}: " in before
    known = tmp_path / "before.txt"
    known.write_text(before, encoding="utf-8")
    assert "fr.po" not in run("i18n", "check", "--since", str(known), *options, "fr").output
    first.msgstr = "Sans\npoint\nnon plus"
    catalog.save()
    told = run("i18n", "check", "--since", str(known), *options, "fr").output
    assert f"{first.msgctxt}: " in told
    assert f"{last.msgctxt}: " not in told


def test_code_that_nobody_trusts_is_not_run_by_a_command(tmp_path: Path) -> None:
    """Without the option and the setting the course is named, and how to trust it."""
    folder = make_course(tmp_path)
    folder.write("plugin.py", "raise SystemExit(3)\n")
    result = run("i18n", "extract", "--only", "courses", "--course", str(folder.path))
    assert result.exit_code == 1
    assert "has errors and was left out" in result.output


def test_home_without_languages_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Not by a traceback."""
    result = run("course", "check", "--home", str(tmp_path), str(make_course(tmp_path).path))
    assert result.exit_code == 1
    assert "--home is the folder that holds translations/" in result.output


@pytest.mark.parametrize("code", ["import sys\nsys.exit(3)", "raise KeyboardInterrupt", "raise GeneratorExit", "1 / 0"])
def test_code_that_ends_itself_takes_no_other_course_down(code: str, tmp_path: Path) -> None:
    """Whatever it raises while it is loaded is a problem of that course alone."""
    folder = make_course(tmp_path)
    make_course(tmp_path, "other").swap("course.yaml", "id: my-course", "id: other-course")
    folder.write("plugin.py", code)
    library = load_library([tmp_path], frozenset({"my-course"}), LOCALES, installed=False)
    assert list(library.courses) == ["other-course"]
    assert {problem.code for problem in library.problems[str(folder.path)]} == {"plugin-failed"}


def test_kind_that_ends_itself_while_it_reads_is_a_problem_of_its_course(tmp_path: Path) -> None:
    """As it would be with any other exception."""
    folder = with_promise(make_course(tmp_path))
    folder.write(
        "plugin.py",
        folder.read("plugin.py").replace(
            "def parse(", "def parse(self, *_):\n        raise SystemExit\n\n    def unused("
        ),
    )
    assert folder.codes(trusted=True) == {"kind-failed"}


def _install(site: Path, folder: Folder, package: str, entry: str) -> None:
    shutil.copytree(folder.path, site.joinpath(*package.split(".")), dirs_exist_ok=True)
    info = site / "beach-1.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: beach\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[coplearn.courses]\nbeach = {entry}\n", encoding="utf-8")


def test_package_around_an_installed_course_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A course inside a package that raises is found all the same: only its place is looked up."""
    site = tmp_path / "site-packages"
    _install(site, make_course(tmp_path), "beach_package.course", "beach_package.course")
    (site / "beach_package" / "__init__.py").write_text("raise RuntimeError\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    assert "my-course" in load_library([], frozenset(), LOCALES).courses


def test_new_release_of_an_installed_course_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that comes, is replaced or goes while the site runs is seen at the next look."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    live_library = LiveLibrary([], frozenset(), LOCALES, poll=0)
    assert "my-course" not in live_library.current().courses
    folder = make_course(tmp_path)
    _install(site, folder, "beach_course", "beach_course")
    assert live_library.current().courses["my-course"].title == "A first course"
    folder.swap("course.yaml", "A first course", "Water wisdom")
    _install(site, folder, "beach_course", "beach_course")
    assert live_library.current().courses["my-course"].title == "Water wisdom"
    assert live_library.current() is live_library.current()
    shutil.rmtree(site / "beach-1.dist-info")
    assert "my-course" not in live_library.current().courses


def test_film_is_refused_without_being_read(tmp_path: Path) -> None:
    """Authors drop films into the folder: told, and the site's memory stays as it is."""
    folder = make_course(tmp_path)
    with (folder.path / "media" / "film.mp4").open("wb") as film:
        film.truncate(2_000_000_000)
    tracemalloc.start()
    codes = folder.codes()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert codes == {"media-kind"}
    assert peak < 100_000_000


def test_course_with_too_many_texts_or_drawings_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the figure and what to do."""
    monkeypatch.setattr(checks, "MOST_MESSAGES", 20)
    (problem,) = [one for one in make_course(tmp_path).load().problems if one.code == "course-too-big"]
    assert "20 is the most" in problem.what
    monkeypatch.undo()
    crowded = make_course(tmp_path / "crowded")
    for number in range(501):
        crowded.write(f"media/drawing-{number}.svg", crowded.read("media/two-chairs.svg"))
    assert "course-too-big" in crowded.codes()


PHONES = (
    "Call 0800 123 456", "800 123 456", "0 800 555 123", "116 111", "Call 0800 123 4567 now.", "+212 6 24 40 58 89",
    "(0)20 7946 0018", "ring 3018", "0800-39393", "1-800-273-8255", "800.123.456", "+1 (202) 555-0143", "08001234567",
    "+374\u00a010\u00a0000\u00a0111", "0800\u2011123\u2011456",
)  # fmt: skip
NOT_PHONES = (
    "2024-01-01", "24.11.2026", "24/11/2026", "ISBN 978-3-16-148410-0", "ISBN-13: 978 3 16 148410 0", "18 898 reports",
    "1 200 000 people", "116 000 people", "2023\u20132024", "1990/91", "0.25", "in 2024, 2025 and 2026", "ages 14-18", "12:30",
    "doi 10.1787/9789264", "from 5 000 to 50 000", "8 of 10", "call 112",
)  # fmt: skip


@pytest.mark.parametrize("text", PHONES)
def test_phone_number_in_prose_is_caught(text: str) -> None:
    """In the forms that people write them in."""
    assert phone_numbers(f"In need: {text} and go on.")


@pytest.mark.parametrize("text", NOT_PHONES)
def test_other_numbers_are_no_phone_numbers(text: str) -> None:
    """Days, books, counts and years may be written."""
    assert phone_numbers(f"It was {text} and more.") == []


def test_licence_is_of_the_spdx_list_and_shown_by_its_name(tmp_path: Path) -> None:
    """What a page says of a course's licence is what its manifest says; markup and free text are refused with the line."""
    assert licence_shown(canonical_licence("cc-by-nc-sa-4.0")).name == "CC BY-NC-SA 4.0"
    assert licence_shown(canonical_licence("MIT")).url == "https://spdx.org/licenses/MIT.html"
    assert licence_shown(canonical_licence("LicenseRef-All-rights-reserved")).name == "All rights reserved"
    folder = make_course(tmp_path)
    folder.swap("course.yaml", "licence: CC-BY-4.0", 'licence: "<b>All rights reserved</b>"')
    (problem,) = folder.load().problems.errors
    assert (problem.code, "SPDX" in problem.what) == ("bad-value", True)
