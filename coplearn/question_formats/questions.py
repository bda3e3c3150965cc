"""A question between two formats: what a check of ours can hold, and what was left behind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self

from coplearn.kernel.words import ID_PATTERN

QuestionWord = Literal["one", "many", "order", "match", "reflection"]
"""The kinds of question that files bring and take; the words are those of a check's file."""
FEWEST: Final = {"one": 3, "many": 3, "order": 3, "match": 3, "reflection": 0}
"""The fewest parts of each kind."""
_LONGEST_ID: Final = 40
_SMALL_WORDS: Final = frozenset(
    # Which tell nothing of a question.
    """a an and are as at be by do does for how in is it of on or that the to what when which who why you your""".split()  # noqa: SIM905
)


class Unreadable(Exception):
    """A file that is not of its format; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Part:
    """An option, a step or a pair. ``other`` is a pair's right side; texts are inline Markdown in one line."""

    text: str
    reason: str = ""
    id: str = ""
    correct: bool = False
    other: str = ""


@dataclass(frozen=True, slots=True)
class SharedQuestion:
    """A question as both sides can say it. Steps stand in their right order; ``reason`` is of an order or a match."""

    kind: QuestionWord
    stem: str
    parts: tuple[Part, ...] = ()
    id: str = ""
    reason: str = ""
    hint: str = ""
    skill: str = ""
    form_b_of: str = ""

    def named(self, words: Mapping[str, str]) -> Self:
        """The question with those of the words that are an id, a skill, a first form, a reason or a hint."""
        return replace(
            self,
            id=words.get("id", self.id),
            skill=words.get("skill", self.skill),
            form_b_of=words.get("form_b_of", self.form_b_of),
            reason=words.get("reason", self.reason),
            hint=words.get("hint", self.hint),
        )


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A thing of a file that has no home in a check, with the place where it stood."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(slots=True)
class ReadQuestions:
    """Result of reading a file: questions, texts of lessons, and each thing that stayed behind."""

    questions: list[SharedQuestion] = field(default_factory=list)
    lessons: list[tuple[str, str]] = field(default_factory=list)
    """Title and Markdown of what was text to read."""
    left: list[LeftBehind] = field(default_factory=list)

    def leave(self, place: str, what: str) -> None:
        """Note a thing that has no home."""
        self.left.append(LeftBehind(place, what))

    def take(self, place: str, question: SharedQuestion) -> None:
        """Keep a question if a check can hold it, and note what its author has to add."""
        fault = _fault(question)
        if fault:
            self.leave(place, f"{fault} The question was: {question.stem or 'without words'}")
            return
        if question.kind in {"one", "many"} and not all(part.reason for part in question.parts):
            self.leave(place, "An option has no reason. The file says where it is to be written: say kindly why.")
        if question.kind in {"order", "match"} and not question.reason:
            self.leave(place, "There is no reason for the whole. The file says where it is to be written.")
        self.questions.append(question)


def _fault(question: SharedQuestion) -> str:
    """The reason why a check cannot hold it; empty when it can."""
    parts, right = question.parts, sum(part.correct for part in question.parts)
    if not question.stem:
        return "A question has no words."
    if len(parts) < FEWEST[question.kind]:
        return f"It has {len(parts)} answers; a question here has at least {FEWEST[question.kind]}."
    if question.kind == "match" and len(parts) > 4:
        return f"It has {len(parts)} pairs; here it has at most 4."
    if any(not part.text or (question.kind == "match" and not part.other) for part in parts):
        return "An answer has no words."
    if question.kind == "one" and right != 1:
        return f"{right} of its answers are right; here exactly one is."
    if question.kind == "many" and not 2 <= right < len(parts):
        return f"{right} of its answers are right; here two or more are, and not all."
    return ""


def stamped(questions: Iterable[SharedQuestion]) -> list[SharedQuestion]:
    """The questions with an id for each and for each part: those that they have, or made of their first words."""
    taken: set[str] = set()
    made = []
    for number, one in enumerate(questions, 1):
        own: set[str] = set()
        name = one.id or slug(one.stem, f"question-{number}")
        parts = [
            replace(part, id=_unused(part.id or slug(part.text, f"part-{at}"), own))
            for at, part in enumerate(one.parts, 1)
        ]
        made.append(replace(one, id=_unused(name, taken), parts=tuple(parts)))
    known = {one.id for one in made}
    return [one if one.form_b_of in known else replace(one, form_b_of="") for one in made]


def told_apart(checks: Iterable[Sequence[SharedQuestion]]) -> list[SharedQuestion]:
    """The questions of several checks in one list: an id that another check has as well gets a number, and second forms follow."""
    taken: set[str] = set()
    made = []
    for check in checks:
        named = {one.id: _unused(one.id, taken) for one in check}
        made += [replace(one, id=named[one.id], form_b_of=named.get(one.form_b_of, one.form_b_of)) for one in check]
    return made


def slug(text: str, otherwise: str) -> str:
    """An id made of the first telling words of a text in Latin letters; ``otherwise`` where there are none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    telling = [word for word in words if word not in _SMALL_WORDS][:3]
    name = "-".join(telling)[:_LONGEST_ID].strip("-")
    return name if ID_PATTERN.fullmatch(name) else otherwise


def _unused(name: str, taken: set[str]) -> str:
    fitting = name if ID_PATTERN.fullmatch(name) else slug(name, "question")
    free, number = fitting, 2
    while free in taken:
        free, number = f"{fitting}-{number}", number + 1
    taken.add(free)
    return free


def joined(texts: Sequence[str]) -> str:
    """Several texts as one line, the empty ones left out."""
    return " ".join(text for text in texts if text)
