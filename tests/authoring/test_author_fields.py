"""Reading what authors wrote."""

from __future__ import annotations

from typing import Any

import pytest

from coplearn.authoring.fields import Fields
from coplearn.authoring.problems import Problems
from coplearn.courses.plugin import SourceFile


def fields(data: dict[str, Any]) -> Fields:
    """A file's fields, every key on line 7."""
    return Fields.whole(SourceFile("a.yaml", data, dict.fromkeys(data, 7)), Problems())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("One line.", "One line."),
        ("  One.\n\n\n  Two. \n", "One.\n\nTwo."),
        ("One.\n \t\nTwo.", "One.\n\nTwo."),
    ],
)
def test_text_paragraphs_are_one_blank_line_apart(written: str, read: str) -> None:
    """How an author wraps and indents does not change the message."""
    here = fields({"text": written})
    text = here.text("text")
    assert text is not None and text.text == read and text.place.line == 7
    assert not len(here.problems)


def test_text_single_line_break_is_read_as_space_with_a_warning() -> None:
    """A folded block swallows the author's blank line; the author hears of it."""
    here = fields({"text": "One.\nTwo."})
    text = here.text("text")
    assert text is not None and text.text == "One. Two."
    assert [(problem.code, problem.severity) for problem in here.problems] == [("line-break", "warning")]


def test_unknown_key_names_the_nearest_known_one() -> None:
    """A slip of the finger is mended at once."""
    here = fields({"raeson": "x"})
    here.only("reason", "text")
    assert [problem.mend for problem in here.problems] == ["Did you mean 'reason'?"]
