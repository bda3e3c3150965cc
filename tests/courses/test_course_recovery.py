"""A file that cannot be used hides nothing: neither its own links, nor what stands in other files, and it accuses nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.courses.makecourse import ACTION, CHECK, LESSON, MODULE, STORY, Folder, make_course

Break = Callable[[Folder], object]
LOST = "\n\nSee [one](item:nowhere) and [two](ref:nobody). {#bbbbbbb}\n"
SECOND = "02-more/01-second-page.md"
SECOND_TEXT = """---
id: second-page
kind: lesson
title: A second page
minutes: 1
---

See [the first](item:first-page), [the check](item:first-check) and [a paper](ref:un-gc25). {#bccccca}
"""


def _swap(name: str, old: str, new: str) -> Break:
    return lambda folder: folder.swap(name, old, new)


def _again(change: Callable[[str], str | bytes]) -> Break:
    return lambda folder: folder.write(LESSON, change(folder.read(LESSON)))


def _in_two_modules(where: Path) -> Folder:
    folder = make_course(where)
    folder.swap("course.yaml", "  - 01-begin", "  - 01-begin\n  - 02-more")
    folder.write("02-more/module.yaml", folder.read(MODULE).replace("id: begin", "id: more"))
    folder.write(SECOND, SECOND_TEXT)
    assert not folder.codes()
    return folder


def _told(folder: Folder, code: str) -> set[tuple[str, str]]:
    """Where that rule is broken, and the name that the sentence gives."""
    found = [problem for problem in folder.load().problems if problem.code == code]
    return {(problem.place.path, problem.what.split("'")[1]) for problem in found}


BROKEN: dict[str, tuple[Break, str]] = {
    "no front matter": (_again(lambda text: text.removeprefix("---\n")), "front-matter"),
    "front matter without an end": (_again(lambda text: text.replace("minutes: 2\n---", "minutes: 2")), "front-matter"),
    "YAML": (_swap(LESSON, "minutes: 2", "minutes: [2"), "yaml-syntax"),
    "a list": (
        _swap(LESSON, "id: first-page\nkind: lesson\ntitle: Begin with a question\nminutes: 2", "- a"),
        "yaml-syntax",
    ),
    "letters": (_again(lambda text: text.encode().replace(b"talk", b"t\xe4lk", 1)), "file-encoding"),
    "NUL": (_again(lambda text: text.replace("talk", "ta\0lk", 1)), "file-nul"),
    "byte order mark": (_again(lambda text: f"\ufeff{text}"), "file-bom"),
    "wrong id": (_swap(LESSON, "id: first-page", "id: First Page"), "bad-id"),
    "no id": (_swap(LESSON, "id: first-page\n", ""), "bad-id"),
    "no title": (_swap(LESSON, "title: Begin with a question\n", ""), "missing-key"),
    "minutes": (_swap(LESSON, "minutes: 2", "minutes: soon"), "bad-value"),
    "no such kind": (_swap(LESSON, "kind: lesson", "kind: lessen"), "kind-unknown"),
    "kind of another file": (_swap(LESSON, "kind: lesson", "kind: quiz"), "kind-extension"),
}


@pytest.mark.parametrize("way", BROKEN)
def test_broken_page_tells_its_links_and_accuses_nobody(way: str, tmp_path: Path) -> None:
    """Its two links to nowhere are told beside its own fault; the links into it, its drawing and its source are in order."""
    folder = _in_two_modules(tmp_path)
    folder.add(LESSON, LOST)
    broken, code = BROKEN[way]
    broken(folder)
    assert folder.codes() == {code, "item-unknown", "ref-unknown"}
    assert _told(folder, "item-unknown") == {(LESSON, "nowhere")}
    assert _told(folder, "ref-unknown") == {(LESSON, "nobody")}


def test_broken_page_tells_the_line_of_its_link(tmp_path: Path) -> None:
    """Not the first line of the file."""
    folder = make_course(tmp_path)
    folder.add(LESSON, LOST)
    folder.swap(LESSON, "minutes: 2", "minutes: [2")
    line = next(number for number, text in enumerate(folder.read(LESSON).split("\n"), 1) if "nowhere" in text)
    assert f"{LESSON}:{line}" in {str(one.place) for one in folder.load().problems if one.code == "item-unknown"}


def test_all_faults_of_a_page_are_told_at_once(tmp_path: Path) -> None:
    """Its id, title, minutes and kind, and its text as well."""
    folder = make_course(tmp_path)
    head = "id: A\ntitle: ''\nminutes: 0\nkind: lessen"
    folder.swap(LESSON, "id: first-page\nkind: lesson\ntitle: Begin with a question\nminutes: 2", head)
    folder.add(LESSON, "\n\n#### Too deep {#bbbbbbb}\n")
    assert folder.codes() == {"bad-id", "missing-key", "bad-value", "kind-unknown", "markdown-heading"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("correct: true", "corect: true", "unknown-key"), ("minutes: 2", "minutes: [2", "yaml-syntax")],
)
def test_broken_check_tells_its_links(old: str, new: str, code: str, tmp_path: Path) -> None:
    """Those of its sound questions too, where only one is broken; what stands in a comment is no link."""
    folder = _in_two_modules(tmp_path)
    folder.swap(CHECK, "With a warning", "With [a warning](item:nowhere)")
    folder.add(CHECK, "# [not meant](item:commented)\n")
    folder.swap(CHECK, old, new)
    assert code in folder.codes()
    assert _told(folder, "item-unknown") == {(CHECK, "nowhere")}


def test_second_page_with_one_id_is_judged_as_well(tmp_path: Path) -> None:
    """The id is one fault and its link another."""
    folder = make_course(tmp_path)
    folder.swap(ACTION, "id: first-action", "id: first-page")
    folder.add(ACTION, "\nSee [one](item:nowhere). {#bbbbbbb}\n")
    assert folder.codes() == {"id-twice", "item-unknown"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("minutes: 3", "minutes: [8", "yaml-syntax"),
        ("minutes: 3", "minutes: many", "bad-number"),
        ("sources:", "sorces:", "unknown-key"),
        ("id: begin\n", "", "missing-key"),
        ("id: begin", "id: more", "id-twice"),
    ],
)
def test_broken_module_hides_no_page_of_it(old: str, new: str, code: str, tmp_path: Path) -> None:
    """Its pages are read and judged, links into them lead somewhere, and their sources are believed where nobody knows them."""
    folder = _in_two_modules(tmp_path)
    folder.add(LESSON, "\n\nSee [one](item:nowhere) and [two](item:second-page). {#bbbbbbb}\n")
    folder.swap(STORY, "Sami puts", "<script>alert(1)</script> Sami puts")
    folder.swap("course.yaml", "  - 01-begin\n  - 02-more", "  - 02-more\n  - 01-begin")
    folder.swap(MODULE, old, new)
    assert folder.codes() == {code, "item-unknown", "text-html"}
    assert _told(folder, "item-unknown") == {(LESSON, "nowhere")}


def test_broken_module_with_known_sources_judges_its_refs(tmp_path: Path) -> None:
    """Only its minutes are wrong: which sources it has is plain."""
    folder = make_course(tmp_path)
    folder.add(LESSON, LOST)
    folder.swap(MODULE, "minutes: 3", "minutes: many")
    assert _told(folder, "ref-unknown") == {(LESSON, "nobody")}


@pytest.mark.parametrize("modules", ["  - 01-begin\n  - 02-more", "  - [01-begin"])
def test_broken_course_file_hides_no_page(modules: str, tmp_path: Path) -> None:
    """The modules it names are judged, or the folders that look like one; an id it may have retired is not called lost."""
    folder = _in_two_modules(tmp_path)
    folder.write("course.pot", 'msgid ""\nmsgstr ""\n\nmsgctxt "old-page#title"\nmsgid "Old"\nmsgstr ""\n')
    folder.add(LESSON, LOST)
    folder.swap("course.yaml", "  - 01-begin\n  - 02-more\nretired: []", f"{modules}\nretired: [old-page]")
    folder.swap("course.yaml", "version: 0.1.0", "version: soon")
    loaded = folder.load()
    assert loaded.course is None
    assert folder.codes() == {"yaml-syntax" if "[0" in modules else "bad-value", "item-unknown", "ref-unknown"}


def test_page_that_leads_out_of_the_course_is_not_looked_into(tmp_path: Path) -> None:
    """Nothing of another file is told; links by the page's name, and what it alone may use, are left in peace."""
    secret = tmp_path / "secret.md"
    secret.write_text("[x](item:nowhere-else)\n", encoding="utf-8")
    folder = _in_two_modules(tmp_path / "courses")
    folder.remove(LESSON)
    (folder.path / LESSON).symlink_to(secret)
    assert folder.codes() == {"file-outside"}


def test_lost_id_of_a_broken_page_is_not_called_dropped(tmp_path: Path) -> None:
    """It is in course.pot, and the page that has it is there."""
    folder = make_course(tmp_path)
    folder.write("course.pot", 'msgid ""\nmsgstr ""\n\nmsgctxt "first-page#title"\nmsgid "A"\nmsgstr ""\n')
    folder.swap(LESSON, "minutes: 2", "minutes: [2")
    assert folder.codes() == {"yaml-syntax"}
