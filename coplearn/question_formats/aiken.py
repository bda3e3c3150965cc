"""Aiken: a question, its answers under letters, and a line with the right one."""

from __future__ import annotations

import re
from typing import Final

from coplearn.question_formats.markup import plain
from coplearn.question_formats.questions import Part, ReadQuestions, SharedQuestion, Unreadable

_ANSWER: Final = re.compile(r"([A-Z])[.)]\s+(\S.*)")
_RIGHT: Final = re.compile(r"ANSWER:\s*([A-Z])\s*", re.IGNORECASE)


def is_aiken(text: str) -> bool:
    """Whether a text looks like it: a line that names the answer, and no braces before it."""
    return any(_RIGHT.fullmatch(line.strip()) for line in text.splitlines())


def read_aiken(text: str, name: str) -> ReadQuestions:
    """The questions of a file. Raises Unreadable where it is broken off."""
    read, begun = ReadQuestions(), 1
    stem: list[str] = []
    answers: list[tuple[str, str]] = []
    for number, line in enumerate((line.strip() for line in text.splitlines()), 1):
        if right := _RIGHT.fullmatch(line):
            letters = [letter for letter, _ in answers]
            if right[1].upper() not in letters:
                raise Unreadable(f"{name}:{number}: answer {right[1].upper()} is not among those above.")
            parts = tuple(Part(plain(words), correct=letter == right[1].upper()) for letter, words in answers)
            read.take(f"{name}:{begun}", SharedQuestion("one", plain(" ".join(stem)), parts))
            stem, answers = [], []
        elif answer := _ANSWER.fullmatch(line):
            answers.append((answer[1], answer[2]))
        elif line:
            begun = begun if stem else number
            if answers:
                raise Unreadable(
                    f"{name}:{number}: a line that begins with a letter and a dot, or ANSWER:, was expected."
                )
            stem.append(line)
    if stem or answers:
        raise Unreadable(f"{name}:{begun}: the last question has no line ANSWER:, so the file may be cut off.")
    return read
