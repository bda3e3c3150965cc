"""What an author writes in YAML is read as it looks, whichever parser is there, and nothing can be nested too deep for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coplearn.authoring.problems import Problems
from coplearn.courses.source import read_source


def _read(folder: Path, text: str) -> tuple[dict[str, object] | None, list[str]]:
    (folder / "course.yaml").write_text(text, encoding="utf-8")
    problems = Problems()
    source = read_source(folder, "course.yaml", problems)
    return (dict(source.data) if source is not None else None), [problem.code for problem in problems.found]


def test_words_that_older_yaml_takes_for_something_else_stay_words(tmp_path: Path) -> None:
    text = "a: no\nb: 1:30\nc: on\nd: 2026-01-02\ne: 0x10\nf: 1_000\ng: .inf\nh: Yes\n"
    data, found = _read(tmp_path, text)
    assert data == {
        "a": "no",
        "b": "1:30",
        "c": "on",
        "d": "2026-01-02",
        "e": "0x10",
        "f": "1_000",
        "g": ".inf",
        "h": "Yes",
    }
    assert found == []


def test_plain_values_are_what_they_look_like(tmp_path: Path) -> None:
    text = "a: true\nb: False\nc: 70\nd: -1.5\ne: ~\nf:\ng: '70'\nh: null\n"
    data, found = _read(tmp_path, text)
    assert data == {"a": True, "b": False, "c": 70, "d": -1.5, "e": None, "f": None, "g": "70", "h": None}
    assert found == []


@pytest.mark.parametrize("text", ["a: " + "[" * 200_000, "- " * 200_000, "{a: " * 100_000])
def test_what_is_nested_without_end_is_a_problem_of_the_course_and_not_of_the_site(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text) == (None, ["yaml-syntax"])
