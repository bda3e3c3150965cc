"""GIFT, as Moodle's manual has it: read, and written so that reading it gives the same.

What GIFT has no place for (ids, a second form, reasons of steps) stands in a comment line before the question, which other
platforms leave alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from coplearn.question_formats.markup import from_html, plain
from coplearn.question_formats.questions import Part, ReadQuestions, SharedQuestion, Unreadable

_COMMENT: Final = "// coplearn "
_SPECIAL: Final = re.compile(r"(->|[~=#{}:\\])")
_ESCAPED: Final = re.compile(r"\\(->|[~=#{}:\\n])")
_FORMAT: Final = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_TITLE: Final = re.compile(r"\s*::((?:\\.|[^\\])*?)::", re.DOTALL)
_ANSWER: Final = re.compile(r"(?<!\\)((?:\\\\)*)([=~])")
_ARROW: Final = re.compile(r"(?<!\\)->")
_WEIGHT: Final = re.compile(r"%(-?\d+(?:\.\d+)?)%")


def read_gift(text: str, name: str) -> ReadQuestions:
    """The questions of a file. Raises Unreadable where a brace is not closed."""
    read = ReadQuestions()
    for number, notes, raw in _questions(text, name):
        place = f"{name}:{number}"
        question = _question(raw, place, read)
        if question is not None:
            read.take(place, _with_notes(question, notes))
    return read


def _questions(text: str, name: str) -> Iterator[tuple[int, dict[str, Any], str]]:
    """The line, the notes of ours and the text of each question."""
    lines: list[str] = []
    notes: dict[str, Any] = {}
    begun = 1
    for number, line in enumerate([*text.lstrip("\ufeff").splitlines(), ""], 1):
        is_open = _depth("\n".join(lines)) > 0
        if line.startswith(_COMMENT) and not lines:
            notes = _noted(line.removeprefix(_COMMENT))
        elif line.lstrip().startswith("//") or (line.startswith("$CATEGORY:") and not lines):
            continue
        elif line.strip() or is_open:
            begun = begun if lines else number
            lines.append(line)
        elif lines:
            yield begun, notes, "\n".join(lines)
            lines, notes = [], {}
    if lines:
        raise Unreadable(f"{name}:{begun}: a brace is opened and not closed, so the file may be cut off.")


def _noted(text: str) -> dict[str, Any]:
    try:
        notes = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return notes if isinstance(notes, dict) else {}


def _depth(text: str) -> int:
    bare = re.sub(r"\\.", "", text)
    return bare.count("{") - bare.count("}")


def _question(raw: str, place: str, read: ReadQuestions) -> SharedQuestion | None:
    title = _TITLE.match(raw)
    rest = raw[title.end() :] if title else raw
    named = _FORMAT.match(rest)
    style, rest = (named[1], rest[named.end() :]) if named else ("moodle", rest)
    braces = re.search(r"(?<!\\)\{((?:\\.|[^\\}])*)\}", rest, re.DOTALL)
    if braces is None:
        read.leave(
            place, f"It is a text without answers, which belongs into a lesson: {_said(rest, style, place, read)}"
        )
        return None
    before, after = rest[: braces.start()], rest[braces.end() :]
    gap = " ____ " if after.strip() else ""
    stem = _said(before + gap + after, style, place, read)
    inside, _, general = (
        re.split(r"(?<!\\)(####)", braces[1], maxsplit=1) if "####" in braces[1] else (braces[1], "", "")
    )
    reason = _said(general, style, place, read)
    name = _unescaped(title[1]).strip() if title else ""
    return _answered(SharedQuestion("one", stem, id=name, reason=reason), inside.strip(), style, place, read)


def _answered(
    question: SharedQuestion, inside: str, style: str, place: str, read: ReadQuestions
) -> SharedQuestion | None:
    if not inside:
        return replace(question, kind="reflection", hint=question.reason, reason="")
    if re.match(r"(T|F|TRUE|FALSE)\s*(#|$)", inside) or inside.startswith("#"):
        kind = "a number is asked for" if inside.startswith("#") else "it is true or false"
        read.leave(place, f"Left out, for {kind}; here a question has three options or more: {question.stem}")
        return None
    answers = _answers(inside)
    sides = [_ARROW.split(text, maxsplit=1) for _, text in answers]
    if sides and all(len(both) == 2 for both in sides):
        pairs = tuple(
            Part(_said(left, style, place, read), other=_said(right, style, place, read)) for left, right in sides
        )
        return replace(question, kind="match", parts=pairs)
    if all(sign == "=" for sign, _ in answers):
        read.leave(place, f"Left out, for words are to be typed, which nothing here can judge: {question.stem}")
        return None
    return _chosen(question, answers, style, place, read)


def _answers(inside: str) -> list[tuple[str, str]]:
    """The sign and the text of each answer."""
    found = [(hit.end(1), hit.end()) for hit in _ANSWER.finditer(inside)]
    ends = [start for start, _ in found[1:]] + [len(inside)]
    return [(inside[start], inside[after:end].strip()) for (start, after), end in zip(found, ends, strict=False)]


def _chosen(
    question: SharedQuestion, answers: list[tuple[str, str]], style: str, place: str, read: ReadQuestions
) -> SharedQuestion:
    weights = [_WEIGHT.match(text) for _, text in answers]
    parts = []
    for (sign, text), weight in zip(answers, weights, strict=True):
        words, _, why = (
            re.split(r"(?<!\\)(#)", text[weight.end() if weight else 0 :], maxsplit=1)
            if re.search(r"(?<!\\)#", text)
            else (text[weight.end() if weight else 0 :], "", "")
        )
        right = sign == "=" or (weight is not None and float(weight[1]) > 0)
        parts.append(Part(_said(words, style, place, read), _said(why, style, place, read), correct=right))
    several = sum(part.correct for part in parts) > 1
    if several and len({weight[1] for weight, part in zip(weights, parts, strict=True) if weight and part.correct}) > 1:
        read.leave(place, "Its right answers weigh differently; here each counts the same.")
    if question.reason:
        read.leave(place, f"A remark on the whole has no home beside the reasons of the options: {question.reason}")
    return replace(question, kind="many" if several else "one", parts=tuple(parts), reason="")


def _said(text: str, style: str, place: str, read: ReadQuestions) -> str:
    words = _unescaped(text)
    if style == "markdown":
        return " ".join(words.split(" ")).strip(" \n")
    said, left = from_html(words) if style in {"html", "moodle"} and "<" in words else (plain(words), [])
    for what in left:
        read.leave(place, f"Not taken along: {what}.")
    return said


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda hit: "\n" if hit[1] == "n" else hit[1], text)


def _with_notes(question: SharedQuestion, notes: dict[str, Any]) -> SharedQuestion:
    """The question with what stands in our comment line, as far as it still fits."""
    ids, reasons = notes.get("ids"), notes.get("reasons")
    parts = question.parts
    if question.kind == "match" and notes.get("kind") == "order":
        by_place = sorted(parts, key=lambda part: int(part.other) if part.other.isdecimal() else 0)
        question, parts = replace(question, kind="order"), tuple(replace(part, other="") for part in by_place)
    if isinstance(ids, list) and len(ids) == len(parts):
        parts = tuple(replace(part, id=str(value)) for part, value in zip(parts, ids, strict=True))
    if isinstance(reasons, list) and len(reasons) == len(parts):
        parts = tuple(
            replace(part, reason=part.reason or str(value)) for part, value in zip(parts, reasons, strict=True)
        )
    words: dict[str, str] = {key: str(notes[key]) for key in ("skill", "form_b_of") if key in notes}
    return replace(question, parts=parts).named(words)


def write_gift(questions: Iterable[SharedQuestion]) -> str:
    """The questions as GIFT, in Markdown; steps to be put in order are pairs with their places."""
    return "\n".join(_written(question) for question in questions)


def _written(one: SharedQuestion) -> str:
    notes: dict[str, Any] = {"ids": [part.id for part in one.parts]} if one.parts else {}
    notes |= {key: value for key, value in (("skill", one.skill), ("form_b_of", one.form_b_of)) if value}
    rows: list[str] = []
    whole = one.reason
    if one.kind in {"one", "many"}:
        right = sum(part.correct for part in one.parts)
        share = f"%{100 / right:.5f}%" if one.kind == "many" else ""
        loss = f"%-{100 / (len(one.parts) - right):.5f}%" if one.kind == "many" else ""
        for part in one.parts:
            sign = ("~" + share if one.kind == "many" else "=") if part.correct else "~" + loss
            rows.append(f"\t{sign}{_escaped(part.text)}" + (f"#{_escaped(part.reason)}" if part.reason else ""))
    elif one.kind in {"match", "order"}:
        notes |= {"kind": "order"} if one.kind == "order" else {}
        notes |= {"reasons": [part.reason for part in one.parts]} if any(part.reason for part in one.parts) else {}
        rows = [
            f"\t={_escaped(part.text)} -> {_escaped(part.other or str(at))}" for at, part in enumerate(one.parts, 1)
        ]
    else:
        whole = one.hint
    ending = [f"\t####{_escaped(whole)}"] if whole else []
    inside = "\n".join(["{", *rows, *ending, "}"]) if rows or ending else "{}"
    comment = _COMMENT + json.dumps(notes, ensure_ascii=False, sort_keys=True)
    return f"{comment}\n::{_escaped(one.id)}::[markdown]{_escaped(one.stem)} {inside}\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
