"""Problems and pages of Open edX (OLX), read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from coplearn.question_formats.markup import lesson_from_html
from coplearn.question_formats.questions import Part, ReadQuestions, SharedQuestion, joined
from coplearn.question_formats.xml_files import Element, below, child, children, inner_html, local, said

_LEFT: Final = {
    "stringresponse": "words are to be typed, which nothing here can judge",
    "numericalresponse": "a number is asked for",
    "formularesponse": "a formula is asked for",
    "customresponse": "a program judges it",
    "coderesponse": "a program judges it",
    "jsmeresponse": "a program judges it",
    "imageresponse": "a place on a picture is asked for",
    "schematicresponse": "a drawing is asked for",
}
_CHOICES: Final = {
    "multiplechoiceresponse": "choicegroup",
    "choiceresponse": "checkboxgroup",
    "optionresponse": "optioninput",
}


def read_olx(root: Element, name: str) -> ReadQuestions:
    """The questions of a problem, or the text of a page, or those of all that stand in a file."""
    read = ReadQuestions()
    for number, one in enumerate(below(root, "problem", "html"), 1):
        place = f"{name}, {local(one)} {number}"
        if local(one) == "html":
            text, left = lesson_from_html(inner_html(one))
            if text:
                read.lessons.append((one.get("display_name", ""), text))
            for what in left:
                read.leave(place, f"Not taken along: {what}.")
        else:
            _problem(one, place, read)
    return read


def _problem(problem: Element, place: str, read: ReadQuestions) -> None:
    asked = below(problem, *_CHOICES, *_LEFT)
    for script in below(problem, "script"):
        read.leave(
            place, f"A program of {len(script.text or '')} signs is left out; what it computes stands in no question."
        )
    hints = [inner_html(hint) for hint in below(problem, "hint")]
    if hints:
        read.leave(place, f"{len(hints)} hints before the answer have no home.")
    loose = [inner_html(one) for one in problem if local(one) in {"p", "h2", "h3", "div", "label"}]
    if not asked:
        read.leave(place, f"Nothing is asked that is known here: {said(joined(loose), place, read)}")
    for response in asked:
        own = [inner_html(one) for one in children(response, "label", "p", "legend")]
        stem = said(joined(own or loose), place, read)
        if local(response) in _LEFT:
            read.leave(place, f"Left out, for {_LEFT[local(response)]}: {stem}")
            continue
        note = child(response, "description")
        question = _choice(response, SharedQuestion("one", stem), place, read)
        if note is not None:
            question = replace(question, stem=joined([question.stem, said(inner_html(note), place, read)]))
        read.take(place, question)
    for solution in below(problem, "solution"):
        if text := said(inner_html(solution), place, ReadQuestions()):
            read.leave(place, f"The solution has no home beside the reasons of the options: {text}")


def _choice(response: Element, question: SharedQuestion, place: str, read: ReadQuestions) -> SharedQuestion:
    group = child(response, _CHOICES[local(response)])
    rows = children(group, "choice", "option")
    for compound in children(group, "compoundhint"):
        read.leave(place, f"A hint for several answers together has no home: {said(inner_html(compound), place, read)}")
    parts = []
    for row in rows:
        reasons = {hint.get("selected", "true").lower(): hint for hint in children(row, "choicehint", "optionhint")}
        reason = reasons.get("true")
        if "false" in reasons:
            read.leave(place, "What is said of an option that was not chosen has no home.")
        words = said(inner_html(row, frozenset({"choicehint", "optionhint"})), place, read)
        why = said(inner_html(reason), place, read)
        parts.append(Part(words, why, correct=row.get("correct", "").lower() == "true"))
    several = local(response) == "choiceresponse" and sum(part.correct for part in parts) > 1
    return replace(question, kind="many" if several else "one", parts=tuple(parts))
