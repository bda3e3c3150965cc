"""H5P content, read: the types of question that a check of ours can hold. The libraries that come with it never run."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final

from coplearn.question_formats.markup import lesson_from_html
from coplearn.question_formats.questions import Part, ReadQuestions, SharedQuestion, Unreadable
from coplearn.question_formats.xml_files import said

_MOST_BYTES: Final = 3_000_000
"""Of ``h5p.json`` and of ``content.json``; pictures and libraries are not read."""
_MOST_PARTS: Final = 2_000
_DEEPEST: Final = 8
_PARTS: Final = {"H5P.QuestionSet": "questions", "H5P.Column": "content"}
_LEFT: Final = {
    "H5P.TrueFalse": "it is true or false, and a question here has three options or more",
    "H5P.Blanks": "gaps are to be filled",
    "H5P.DragText": "words are to be dragged into gaps",
    "H5P.DragQuestion": "things are to be dragged onto a picture",
    "H5P.MarkTheWords": "words of a text are to be marked",
    "H5P.Summary": "statements are to be chosen one after the other",
}


def is_h5p(data: bytes) -> bool:
    """Whether an archive says that it is H5P."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "h5p.json" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def read_h5p(data: bytes, name: str) -> ReadQuestions:
    """The questions and texts of an H5P file. Every type that has no home is named. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            head, content = (_json(archive, one, name) for one in ("h5p.json", "content/content.json"))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(f"{name}: this is no whole zip file: {error}.") from error
    read = ReadQuestions()
    library = _text(head, "mainLibrary")
    if not library:
        raise Unreadable(f"{name}/h5p.json: mainLibrary is missing, so nobody knows what it is.")
    _take(library, content, _text(head, "title"), f"{name}, {library}", read, _DEEPEST)
    return read


def _json(archive: zipfile.ZipFile, entry: str, name: str) -> dict[str, Any]:
    try:
        with archive.open(entry) as stream:
            # The bytes that come out are counted: what the archive says of its own size is not believed.
            content = stream.read(_MOST_BYTES + 1)
    except (KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise Unreadable(f"{name}/{entry}: it is not there, or cannot be unpacked.") from error
    if len(content) > _MOST_BYTES:
        raise Unreadable(f"{name}/{entry}: it is larger than {_MOST_BYTES} bytes.")
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name}/{entry}: this is no JSON.") from error
    if not isinstance(told, dict):
        raise Unreadable(f"{name}/{entry}: this is no object of JSON.")
    return told


def _take(library: str, params: dict[str, Any], title: str, place: str, read: ReadQuestions, deeper: int) -> None:
    """Take one content, or all that stand in it."""
    kind = library.partition(" ")[0]
    if kind in _PARTS and deeper:
        _leave_around(params, place, read)
        parts = _rows(params, _PARTS[kind])
        if len(parts) > _MOST_PARTS:
            raise Unreadable(f"{place}: it has {len(parts)} parts; at most {_MOST_PARTS} are read.")
        for number, part in enumerate(parts, 1):
            inner = part.get("content", part) if kind == "H5P.Column" else part
            if not isinstance(inner, dict) or not isinstance(inner.get("params"), dict):
                read.leave(f"{place}, part {number}", "It holds nothing.")
                continue
            own, meta = _text(inner, "library"), inner.get("metadata")
            words = _text(meta, "title") if isinstance(meta, dict) else ""
            _take(own, inner["params"], words, f"{place}, part {number} ({own.partition(' ')[0]})", read, deeper - 1)
    elif kind in _READERS:
        _READERS[kind](params, title, place, read)
    else:
        why = _LEFT.get(kind, "nothing here is of that kind")
        words = said(_text(params, "question") or _text(params, "taskDescription") or title, place, ReadQuestions())
        read.leave(
            place, f"{kind or 'A content without a library'} is left out, for {why}. It was: {words or 'without words'}"
        )


def _leave_around(params: dict[str, Any], place: str, read: ReadQuestions) -> None:
    if params.get("passPercentage"):
        read.leave(
            place,
            f"The pass mark of {params['passPercentage']} percent: write pass_mark into the check if it shall hold.",
        )
    intro = params.get("introPage")
    if isinstance(intro, dict) and _text(intro, "introduction"):
        read.leave(place, f"The introduction: {said(_text(intro, 'introduction'), place, ReadQuestions())}")


def _multi_choice(params: dict[str, Any], _title: str, place: str, read: ReadQuestions) -> None:
    parts = []
    for number, one in enumerate(_rows(params, "answers"), 1):
        given = one.get("tipsAndFeedback")
        feedback = given if isinstance(given, dict) else {}
        parts.append(
            Part(
                said(_text(one, "text"), place, read),
                said(_text(feedback, "chosenFeedback"), place, read),
                correct=one.get("correct") is True,
            )
        )
        for field, what in (("tip", "A tip"), ("notChosenFeedback", "What is said of an option that was not chosen")):
            if _text(feedback, field):
                read.leave(f"{place}, answer {number}", f"{what} has no home.")
    _leave_media(params, place, read)
    several = sum(part.correct for part in parts) > 1
    stem = said(_text(params, "question"), place, read)
    read.take(place, SharedQuestion("many" if several else "one", stem, tuple(parts)))


def _single_choices(params: dict[str, Any], _title: str, place: str, read: ReadQuestions) -> None:
    for number, one in enumerate(_rows(params, "choices"), 1):
        own, answers = f"{place}, question {number}", one.get("answers")
        told = [said(text, own, read) for text in answers if isinstance(text, str)] if isinstance(answers, list) else []
        # The first one is the right one in the file; it is shown shuffled.
        parts = tuple(Part(text, correct=at == 0) for at, text in enumerate(told))
        read.take(own, SharedQuestion("one", said(_text(one, "question"), own, read), parts))


def _sort(params: dict[str, Any], _title: str, place: str, read: ReadQuestions) -> None:
    given = params.get("paragraphs")
    steps = [said(text, place, read) for text in given if isinstance(text, str)] if isinstance(given, list) else []
    stem = said(_text(params, "taskDescription"), place, read)
    read.take(place, SharedQuestion("order", stem, tuple(Part(text) for text in steps)))


def _essay(params: dict[str, Any], _title: str, place: str, read: ReadQuestions) -> None:
    if params.get("keywords"):
        read.leave(place, "Keywords by which a program judges the text have no home: a thought here is not scored.")
    stem = said(_text(params, "taskDescription"), place, read)
    read.take(place, SharedQuestion("reflection", stem, hint=said(_text(params, "placeholderText"), place, read)))


def _page(params: dict[str, Any], title: str, place: str, read: ReadQuestions) -> None:
    text, left = lesson_from_html(_text(params, "text"))
    if text:
        read.lessons.append((title, text))
    for what in left:
        read.leave(place, f"Not taken along: {what}.")


def _leave_media(params: dict[str, Any], place: str, read: ReadQuestions) -> None:
    media = params.get("media")
    if isinstance(media, dict) and media.get("type"):
        read.leave(place, "The picture or film above the question is left out.")


_READERS: Final[dict[str, Callable[[dict[str, Any], str, str, ReadQuestions], None]]] = {
    "H5P.MultiChoice": _multi_choice,
    "H5P.SingleChoiceSet": _single_choices,
    "H5P.SortParagraphs": _sort,
    "H5P.Essay": _essay,
    "H5P.AdvancedText": _page,
    "H5P.Text": _page,
}


def _text(held: Any, name: str) -> str:
    value = held.get(name) if isinstance(held, dict) else None
    return value if isinstance(value, str) else ""


def _rows(held: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = held.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
