"""Moodle's XML of a question bank, read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from coplearn.question_formats.markup import lesson_from_html, plain
from coplearn.question_formats.questions import Part, QuestionWord, ReadQuestions, SharedQuestion
from coplearn.question_formats.xml_files import Element, child, children, said

_LEFT: Final = {
    "truefalse": "it is true or false, and a question here has three options or more",
    "shortanswer": "words are to be typed, which nothing here can judge",
    "numerical": "a number is asked for",
    "calculated": "a number is calculated",
    "cloze": "gaps are to be filled",
    "gapselect": "gaps are to be filled",
    "ddwtos": "words are to be dragged into gaps",
    "ddmarker": "marks are to be dragged onto a picture",
    "ddimageortext": "pictures are to be dragged",
}
_WHOLE: Final = ("generalfeedback", "correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")


def read_moodle(root: Element, name: str) -> ReadQuestions:
    """The questions of a file whose root is ``quiz``."""
    read = ReadQuestions()
    for number, one in enumerate(children(root, "question"), 1):
        kind = one.get("type", "")
        if kind != "category":
            _take(one, kind, f"{name}, question {number}", read)
    return read


def _take(one: Element, kind: str, place: str, read: ReadQuestions) -> None:
    html = _raw(child(one, "questiontext"))
    if kind == "description":
        text, left = lesson_from_html(html)
        title = _text(child(one, "name"), place, ReadQuestions())
        read.lessons.append((title, text))
        for what in left:
            read.leave(place, f"Not taken along: {what}.")
        return
    stem = _text(child(one, "questiontext"), place, read)
    if kind in _LEFT or kind not in {"multichoice", "matching", "ordering", "essay"}:
        read.leave(place, f"Left out, for {_LEFT.get(kind, f'its type {kind!r} is not known here')}: {stem}")
        return
    for file in one.iter("file"):
        read.leave(
            place,
            f"The file {file.get('name', 'without a name')!r} is left out: put it into the course's media/ yourself.",
        )
    question = SharedQuestion("one", stem).named({"id": plain(child_text(one, "idnumber"))} | _tagged(one))
    whole = [text for name in _WHOLE if (text := _text(child(one, name), place, read))]
    made = {"multichoice": _choice, "matching": _matching, "ordering": _ordering, "essay": _essay}[kind](
        one, question, place, read
    )
    if made.kind in {"order", "match"}:
        made = replace(made, reason=whole[0] if whole else "")
        whole = whole[1:]
    for text in whole:
        read.leave(place, f"A remark on the whole has no home: {text}")
    read.take(place, made)


def _choice(one: Element, question: SharedQuestion, place: str, read: ReadQuestions) -> SharedQuestion:
    parts, shares = [], set()
    for answer in children(one, "answer"):
        share = _share(answer.get("fraction", "0"))
        shares |= {share} if share > 0 else set()
        parts.append(Part(_text(answer, place, read), _text(child(answer, "feedback"), place, read), correct=share > 0))
    if len(shares) > 1:
        read.leave(place, "Its right answers weigh differently; here each counts the same.")
    several = child_text(one, "single").strip().lower() in {"false", "0"}
    kind: QuestionWord = "many" if several and sum(part.correct for part in parts) > 1 else "one"
    return replace(question, kind=kind, parts=tuple(parts))


def _matching(one: Element, question: SharedQuestion, place: str, read: ReadQuestions) -> SharedQuestion:
    parts = []
    for pair in children(one, "subquestion"):
        left, right = _text(pair, place, read), _text(child(pair, "answer"), place, read)
        if left:
            parts.append(Part(left, other=right))
        else:
            read.leave(place, f"A right side without a left one is left out: {right}")
    return replace(question, kind="match", parts=tuple(parts))


def _ordering(one: Element, question: SharedQuestion, place: str, read: ReadQuestions) -> SharedQuestion:
    rows = sorted(children(one, "answer"), key=lambda answer: _share(answer.get("fraction", "0")))
    return replace(question, kind="order", parts=tuple(Part(_text(row, place, read)) for row in rows))


def _essay(one: Element, question: SharedQuestion, place: str, read: ReadQuestions) -> SharedQuestion:
    note = _text(child(one, "graderinfo"), place, read)
    if note:
        read.leave(place, f"A note for who marks it has no home; nobody reads what is written here: {note}")
    return replace(question, kind="reflection")


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def child_text(one: Element, name: str) -> str:
    """The bare text of a child."""
    found = child(one, name)
    return "" if found is None else found.text or ""


def _tagged(one: Element) -> dict[str, str]:
    """A critical skill and the first form's id, where tags name them (``skill:…``, ``form-b-of:…``)."""
    tags = [(child_text(tag, "text")).partition(":") for tag in children(child(one, "tags"), "tag")]
    known = {"skill": "skill", "form-b-of": "form_b_of"}
    return {known[key]: value.strip() for key, colon, value in tags if colon and key in known}


def _raw(field: Element | None) -> str:
    return "" if field is None else child_text(field, "text")


def _text(field: Element | None, place: str, read: ReadQuestions) -> str:
    """A field's text by its format: HTML, or plain."""
    if field is None:
        return ""
    text, style = _raw(field), field.get("format", "html")
    if style == "markdown":
        return " ".join(text.split())
    return plain(text) if style == "plain_text" else said(text, place, read)
