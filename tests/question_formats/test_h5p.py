"""H5P: the types of question that a check can hold come along, every other is refused by name, and nothing in it is run."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from coplearn.question_formats.cli import read_file
from coplearn.question_formats.questions import Unreadable


def h5p(library: str, params: Any, **files: bytes) -> bytes:
    """An H5P file of that content, with a library beside it as its own tools write them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("h5p.json", json.dumps({"title": "A talk", "mainLibrary": library, "language": "en"}))
        made.writestr("content/content.json", json.dumps(params))
        made.writestr("H5P.Any-1.0/any.js", "throw new Error('nobody runs this');")
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def damaged() -> bytes:
    """One whose questions no longer unpack."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("h5p.json", "{}")
        made.writestr("content/content.json", "{}" * 100)
        where = made.getinfo("content/content.json").header_offset + 30 + len("content/content.json")
    return out.getvalue()[:where] + b"\xff" + out.getvalue()[where + 1 :]


def choice(text: str, *, right: bool, why: str = "", tip: str = "") -> dict[str, Any]:
    return {"text": f"<div>{text}</div>", "correct": right, "tipsAndFeedback": {"chosenFeedback": why, "tip": tip}}


CHOICE = {
    "question": "<p>How do you <strong>begin</strong>?</p>",
    "answers": [
        choice("With a question", right=True, why="<div>It opens a talk.</div>"),
        choice("With an order", right=False, why="It closes one.", tip="Think."),
        choice("Not at all", right=False, why="Then nobody talks."),
    ],
    "media": {"type": {"library": "H5P.Image 1.1"}},
}


def test_question_set_comes_along_as_far_as_a_check_can_hold_it() -> None:
    """Choices, several in one, an order, a thought, a text; gaps and the true or false are named with their words."""
    params = {
        "passPercentage": 70,
        "questions": [
            {"library": "H5P.MultiChoice 1.16", "params": CHOICE, "metadata": {"title": "One"}},
            {
                "library": "H5P.SingleChoiceSet 1.11",
                "params": {"choices": [{"question": "<p>First?</p>", "answers": ["<p>Listen</p>", "<p>Talk</p>", "<p>Go</p>"]}]},
            },
            {"library": "H5P.SortParagraphs 0.11", "params": {"taskDescription": "Sort", "paragraphs": ["a", "b", "c"]}},
            {"library": "H5P.Essay 1.5", "params": {"taskDescription": "What do you think?", "keywords": [{}]}},
            {"library": "H5P.Blanks 1.14", "params": {"text": "Fill the gaps", "question": "<p>Gaps here</p>"}},
            {"library": "H5P.TrueFalse 1.8", "params": {"question": "<p>Is it so?</p>", "correct": "true"}},
            {"library": "H5P.AdvancedText 1.1", "params": {"text": "<p>Read this.</p>"}, "metadata": {"title": "Before"}},
            {"library": "H5P.Nothing 1.0"},
        ],
    }  # fmt: skip
    read = read_file(h5p("H5P.QuestionSet", params), "set.h5p")
    one, single, order, thought = read.questions
    assert (one.kind, one.stem) == ("one", "How do you **begin**?")
    assert next((part.text, part.reason, part.correct) for part in one.parts) == (
        "With a question",
        "It opens a talk.",
        True,
    )
    assert [(part.text, part.correct) for part in single.parts] == [("Listen", True), ("Talk", False), ("Go", False)]
    assert ([step.text for step in order.parts], thought.kind) == (["a", "b", "c"], "reflection")
    assert [title for title, _ in read.lessons] == ["Before"]
    told = "\n".join(map(str, read.left))
    for words in ("70 percent", "H5P.Blanks is left out, for gaps", "Gaps here", "H5P.TrueFalse is left out", "Is it so?", "A tip",
                  "Keywords", "picture or film", "part 8", "no reason"):  # fmt: skip
        assert words in told, words


def test_column_is_looked_into_and_other_types_are_refused_by_name() -> None:
    """One content in another as far down as anybody writes them."""
    inner = {"content": {"library": "H5P.MultiChoice 1.16", "params": CHOICE}}
    assert len(read_file(h5p("H5P.Column", {"content": [inner, {"content": 5}]}), "a.h5p").questions) == 1
    film = read_file(h5p("H5P.InteractiveVideo", {}), "film.h5p")
    assert not film.questions and "H5P.InteractiveVideo is left out" in str(film.left[0])
    deep: dict[str, Any] = CHOICE
    for _ in range(20):
        deep = {"content": [{"content": {"library": "H5P.Column 1.0", "params": deep}}]}
    assert not read_file(h5p("H5P.Column", deep), "deep.h5p").questions


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (h5p("", {}), "mainLibrary is missing"),
        (h5p("H5P.MultiChoice", []), "no object of JSON"),
        (h5p("H5P.MultiChoice", {"question": "a" * 6_000_000}), "larger than"),
        (h5p("H5P.MultiChoice", {})[:200], "zip"),
        (h5p("H5P.Column", {"content": [{}] * 2_001}), "it has 2001 parts"),
        (damaged(), "content/content.json: it is not there, or cannot be unpacked"),
    ],
)
def test_broken_file_is_refused_with_its_place(data: bytes, reason: str) -> None:
    """The part of it that is wrong is named."""
    with pytest.raises(Unreadable, match=reason):
        read_file(data, "a.h5p")


@pytest.mark.parametrize(
    "params", [{}, {"answers": 1}, {"answers": [1, {"text": 2, "tipsAndFeedback": []}]}, {"question": None}]
)
def test_content_of_another_shape_is_left_out_and_no_error(params: dict[str, Any]) -> None:
    """Every field may be missing or another thing than it should be."""
    read = read_file(h5p("H5P.MultiChoice", params), "odd.h5p")
    assert not read.questions and read.left
