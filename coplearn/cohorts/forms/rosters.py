"""What the page of a list sends: how the file is to be read, in whatever combination a person changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from werkzeug.datastructures import MultiDict

from coplearn.cohorts.rosters.decoding import ENCODINGS
from coplearn.cohorts.rosters.tables import DELIMITERS, MAX_COLUMNS, MAX_LINES
from coplearn.cohorts.rules.columns import Column
from coplearn.cohorts.rules.headings import folded
from coplearn.cohorts.rules.rosters import Shape

OWN: Final = "own"
"""The answer that a word means the cohort's own language."""
_MOST_WORDS: Final = 80


def chosen_shape(form: MultiDict[str, str], shape: Shape, languages: Mapping[str, str]) -> Shape:
    """How the person wants the file to be read; what they left out, or what there is not, stays as it was.

    ``languages`` holds the codes that a word may mean.
    """
    encoding, delimiter = form.get("encoding", ""), form.get("delimiter", "")
    columns = [form.get(f"column-{place}", column) for place, column in enumerate(shape.columns[:MAX_COLUMNS])]
    is_text = shape.kind == "csv"
    return replace(
        shape,
        encoding=encoding if encoding in ENCODINGS and is_text else shape.encoding,
        delimiter=delimiter if delimiter in DELIMITERS and is_text else shape.delimiter,
        header=_number(form.get("header", ""), MAX_LINES, shape.header),
        sheet=_number(form.get("sheet", ""), len(shape.sheets) - 1, shape.sheet),
        columns=_once_each(columns),
        take_part=form.get("take_part") == "yes",
        words={**shape.words, **_words(form, languages)},
        told=True,
    )


def _number(text: str, most: int, otherwise: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else -1
    return number if 0 <= number <= most else otherwise


def _words(form: MultiDict[str, str], languages: Mapping[str, str]) -> dict[str, str]:
    """What words for languages mean, as far as it was said."""
    said: dict[str, str] = {}
    for place in range(_MOST_WORDS):
        word, meaning = folded(form.get(f"word-{place}", "")[:80]), form.get(f"means-{place}", "")
        if word and (meaning in languages or meaning == OWN):
            said[word] = "" if meaning == OWN else meaning
    return said


def _once_each(columns: Sequence[str]) -> tuple[str, ...]:
    known, found = set(Column), list[str]()
    for column in columns:
        found.append(Column(column) if column in known and column not in found else "")
    return tuple(found)
