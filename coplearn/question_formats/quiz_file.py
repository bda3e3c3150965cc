"""A check's file: written from questions that came from elsewhere, and read to be given elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from coplearn.courses.checks import REASON_TO_WRITE
from coplearn.question_formats.questions import Part, QuestionWord, SharedQuestion, Unreadable, stamped

KIND: Final = "quiz"
_LISTS: Final[Mapping[QuestionWord, str]] = {"one": "options", "many": "options", "order": "steps", "match": "pairs"}


def check_text(questions: Iterable[SharedQuestion], identifier: str, title: str) -> str:
    """The file of a check with those questions, each with its ids."""
    rows = [_row(one) for one in stamped(questions)]
    whole = {"id": identifier, "kind": KIND, "title": title, "minutes": max(1, len(rows)), "questions": rows}
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=1_000_000)


def _row(one: SharedQuestion) -> dict[str, Any]:
    row: dict[str, Any] = {"id": one.id}
    row |= {key: value for key, value in (("skill", one.skill), ("form_b_of", one.form_b_of)) if value}
    row |= {"kind": one.kind, "stem": one.stem}
    if one.kind == "reflection":
        return row | ({"hint": one.hint} if one.hint else {})
    row[_LISTS[one.kind]] = [_part(part, one.kind) for part in one.parts]
    return row | ({"reason": one.reason or REASON_TO_WRITE} if one.kind in {"order", "match"} else {})


def _part(part: Part, kind: QuestionWord) -> dict[str, Any]:
    texts = {"left": part.text, "right": part.other} if kind == "match" else {"text": part.text}
    reason = part.reason or (REASON_TO_WRITE if kind in {"one", "many"} else "")
    return {
        "id": part.id,
        **texts,
        **({"correct": True} if part.correct else {}),
        **({"reason": reason} if reason else {}),
    }


def checks_in(folder: Path) -> list[tuple[Path, str, list[SharedQuestion]]]:
    """The path, title and questions of each check of a course's folder, or of that one file.

    The files are taken as they stand: ``coplearn course check`` is what judges them. A kind of question that a plugin brought is
    left out. Raises Unreadable for what is no YAML.
    """
    files = [folder] if folder.is_file() else sorted(folder.glob("*/*.yaml"))
    found = []
    for path in files:
        try:
            whole = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable(f"{path}: this is no YAML: {error}") from error
        if isinstance(whole, dict) and whole.get("kind") == KIND:
            rows = [row for row in whole.get("questions") or () if isinstance(row, dict)]
            known = [_question(row) for row in rows if row.get("kind") in {*_LISTS, "reflection"}]
            found.append((path, str(whole.get("title", "")), known))
    return found


def _question(row: Mapping[str, Any]) -> SharedQuestion:
    def word(of: Mapping[str, Any], key: str) -> str:
        # A text over several lines of YAML is one line with blanks.
        text = " ".join(str(of.get(key) or "").split("\n")).strip()
        return "" if text == REASON_TO_WRITE else text

    kind: QuestionWord = row["kind"]
    parts = tuple(
        Part(
            word(part, "left" if kind == "match" else "text"),
            word(part, "reason"),
            word(part, "id"),
            correct=part.get("correct") is True,
            other=word(part, "right"),
        )
        for part in row.get(_LISTS.get(kind, ""), ())
    )
    named = {key: word(row, key) for key in ("id", "reason", "hint", "skill", "form_b_of")}
    return SharedQuestion(kind, word(row, "stem"), parts, **named)
