"""What is wrong in a TOML file is found on the line where it was written."""

from __future__ import annotations

import pytest

from coplearn.authoring.fields import Fields
from coplearn.authoring.problems import Problems
from coplearn.authoring.source import SourceFile
from coplearn.authoring.toml import read_toml

TEXT = (
    """# [[line]] of a comment
title = "x" # [other]
[about]
note = '''
[[line]]
country = "no key"
'''
said = """
    '"""'
    """
\\"\\"\\" [[line]]
tel = 1 """
    '"""'
    """
[[line]]
country = "KE"
languages = [
  "en", # tel = 2
  "[[line]]",
]
tel = "116"

[[line.hours]]
opens = 09:00:00
[[line.hours]]
opens = 10:00:00
[[line]]
country = 'it = "x"'
[[line.hours]]
opens = 11:00:00
"""
)


def read(text: str) -> SourceFile:
    problems = Problems()
    source = read_toml(text, "own.toml", problems)
    assert source is not None and not problems.found
    return source


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_keys_and_headings_have_their_lines(end: str) -> None:
    """Whatever texts, comments and lists of several lines hold; a list in a list is counted within its own entry."""
    source = read(TEXT.replace("\n", end))
    lines = TEXT.split("\n")
    found = {key: lines[line - 1].partition(" =")[0] for key, line in source.lines.items()}
    assert found == {
        "title": "title",
        "about": "[about]",
        "about.note": "note",
        "about.said": "said",
        "line.0": "[[line]]",
        "line.0.country": "country",
        "line.0.languages": "languages",
        "line.0.tel": "tel",
        "line.0.hours.0": "[[line.hours]]",
        "line.0.hours.0.opens": "opens",
        "line.0.hours.1": "[[line.hours]]",
        "line.0.hours.1.opens": "opens",
        "line.1": "[[line]]",
        "line.1.country": "country",
        "line.1.hours.0": "[[line.hours]]",
        "line.1.hours.0.opens": "opens",
    }
    assert source.lines["line.0"] == lines.index("tel = 1 " + '"""') + 2
    assert source.lines["line.1.hours.0.opens"] == len(lines) - 1


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = \n", 2), ("a = 1\n\nc = [1,\n", 4), ("a = 1\na = 2\n", 2)])
def test_what_is_no_toml_is_said_with_its_line(text: str, line: int) -> None:
    """A forgotten value, a list that never ends, a key that stands twice."""
    problems = Problems()
    assert read_toml(text, "own.toml", problems) is None
    (problem,) = problems
    assert (problem.place.line, problem.code) == (line, "toml-syntax")
    assert "(at " not in problem.what


def test_mends_are_in_the_words_of_the_language() -> None:
    """Nobody who writes TOML is told of hyphens and colons."""
    problems = Problems()
    fields = Fields.whole(read("rows = 1\nlist = 2\n[entry]\n[[other]]\n"), problems)
    fields.rows("rows", 1)
    fields.list_of("list", "a", "Use a.")
    fields.texts("list")
    assert [problem.mend for problem in problems.found] == [
        "List 1 or more entries, each under a heading [[rows]] of its own.",
        "Write it in square brackets, with commas between the entries. Use a.",
        "Write each id on a line of its own, and its entry behind an equals sign.",
    ]
    assert [problem.place.line for problem in problems.found] == [1, 2, 2]
