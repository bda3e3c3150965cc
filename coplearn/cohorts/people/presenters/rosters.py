"""The page of a list: how it is read, with what might be changed, and what is to be said about its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.people.forms import OWN
from coplearn.cohorts.people.presenters.members import all_languages, language_choices, locale_of
from coplearn.cohorts.people.rosters.reading import heading_cells, preview
from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.headings import folded, state_word
from coplearn.cohorts.people.rules.rosters import NO_STATE, FileShape, Marked, Remark
from coplearn.cohorts.people.service.rosters import words_of
from coplearn.i18n import formats
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.spreadsheets.reading import MAX_COLUMNS
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, RosterImport


SHOWN: Final = 200
_OFFERED: Final = 15
"""Lines that may hold the headings, offered by their first words."""
_EXAMPLES: Final = 3
_LONGEST: Final = 60
_ABOUT: Final = N_("%(what)s: %(sentence)s")
_HIDDEN: Final = re.compile("[\u2066-\u2069]")

DELIMITER_NAMES: Final[Mapping[str, str]] = {
    ",": N_("Comma"),
    ";": N_("Semicolon"),
    "\t": N_("Tab"),
    "|": N_("Upright line"),
}


@dataclass(frozen=True, slots=True)
class RosterOption:
    """One entry of a list to choose from."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file: what stands above it, what in it, and what it is taken for."""

    heading: str
    examples: list[str]
    column: str


@dataclass(frozen=True, slots=True)
class WordRow:
    """A word for a language that somebody may explain."""

    word: str
    people: int
    choices: list[RosterOption]


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One of the file's first lines, and whether it is read as headings or left out."""

    line: int
    cells: list[str]
    is_heading: bool
    is_left_out: bool


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """The present reading of a file, and what might be changed about it."""

    unread: str
    """Why it cannot be read like this; empty when it can."""
    lines: list[SampleLine]
    columns: list[ColumnRow]
    headers: list[RosterOption]
    sheets: list[RosterOption]
    words: list[WordRow]


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line, and all that is to be said about it, in the reader's language."""

    line: int
    said: list[tuple[str, str, str]]
    """Column, what stands there, sentence."""


# ── How it is read ──


def reading_page(cohort: Cohort, roster: RosterImport, shape: FileShape, path: Path) -> ReadingPage:
    """All that the form shows; what cannot be read is told."""
    try:
        first, above = preview(path, shape, _OFFERED), heading_cells(path, shape)
    except Refused as error:
        first, above, unread = [], [], say_phrase(error.phrase)
    else:
        unread = ""
    width = len(shape.columns[:MAX_COLUMNS])
    lines = [_sample(line, cells, width, shape) for line, cells in first]
    below = [row for row in lines if not row.is_left_out and not row.is_heading]
    columns = [
        ColumnRow(_cell(above, place), _examples(below, place), column)
        for place, column in enumerate(shape.columns[:MAX_COLUMNS])
    ]
    return ReadingPage(
        unread,
        lines,
        columns,
        _headers(first, above, shape),
        _sheets(shape),
        _words(cohort, words_of(roster), shape),
    )


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _sample(line: int, cells: Sequence[str], width: int, shape: FileShape) -> SampleLine:
    return SampleLine(line, [_cell(cells, place) for place in range(width)], line == shape.header, line < shape.header)


def _examples(below: Sequence[SampleLine], place: int) -> list[str]:
    cells = [row.cells[place] for row in below if row.cells[place]]
    return list(dict.fromkeys(cells))[:_EXAMPLES]


def _headers(first: Sequence[tuple[int, list[str]]], above: list[str], shape: FileShape) -> list[RosterOption]:
    """The lines that may hold the headings, and none."""
    lines = dict(first) | ({shape.header: above} if shape.header else {})
    none = RosterOption("0", say(N_("No line: the people begin at once")), not shape.header)
    return [none, *(RosterOption(str(line), _begin(line, lines[line]), line == shape.header) for line in sorted(lines))]


def _begin(line: int, cells: Sequence[str]) -> str:
    words = " · ".join(cell.strip() for cell in cells if cell.strip())
    short = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    return say(N_("Line %(number)s: %(words)s"), number=formats.number(line, page_locale()), words=short)


def _sheets(shape: FileShape) -> list[RosterOption]:
    if len(shape.sheets) < 2:
        return []
    return [
        RosterOption(
            str(number),
            say(N_("%(sheet)s (lines: %(count)s)"), sheet=name, count=formats.number(lines, page_locale())),
            number == shape.sheet,
        )
        for number, (name, lines) in enumerate(shape.sheets)
        if lines
    ]


def _other_sheets(shape: FileShape) -> str:
    """The other sheets that hold anything, as one list of names; empty for none."""
    others = [name for number, (name, held) in enumerate(shape.sheets) if held and number != shape.sheet]
    return formats.listing([formats.isolate(name) for name in others], page_locale()) if others else ""


def _words(cohort: Cohort, unknown: Mapping[str, int], shape: FileShape) -> list[WordRow]:
    """Words that nobody knows, then those that were explained for this list."""
    rows = [(word, people, None) for word, people in unknown.items() if folded(word) not in shape.words]
    meanings = [(word, 0, code) for word, code in shape.words.items()]
    return [WordRow(word, people, _meanings(cohort, code)) for word, people, code in [*rows, *meanings]]


def _meanings(cohort: Cohort, code: str | None) -> list[RosterOption]:
    own = say(N_("The cohort’s own language (%(language)s)"), language=locale_of(cohort.languages[0]).name)
    return [
        RosterOption("", say(N_("Not said yet")), code is None),
        RosterOption(OWN, own, code == ""),
        *(RosterOption(one, name, one == code) for one, name in language_choices(cohort)),
    ]


def column_choices() -> list[tuple[str, str]]:
    """The choices for a column, in the page's language."""
    return [("", say(N_("Leave it out"))), *((column.value, say(column.label)) for column in Column)]


def offered_languages() -> Mapping[str, str]:
    """The meanings of a word for a language: the languages' names by their codes."""
    return all_languages()


# ── What is said of its lines ──


def line_rows(marks: Iterable[Marked], *, faults: bool) -> list[LineRow]:
    """The lines that were refused, or those that were taken with something to be said, in the order of the file."""
    wanted = sorted((one for one in marks if one.line and one.is_fault == faults), key=lambda one: one.line)
    return [
        LineRow(line, [_said(one.remark) for one in group]) for line, group in groupby(wanted, key=lambda one: one.line)
    ]


def file_sentences(marks: Iterable[Marked]) -> list[str]:
    """The remarks about the file as a whole."""
    return [say_phrase(one.remark.reason) for one in marks if not one.line]


def _said(remark: Remark) -> tuple[str, str, str]:
    column = say(Column(remark.column).label) if remark.column else ""
    return column, remark.value, say_phrase(_with_words(remark.reason))


def _with_words(reason: Phrase) -> Phrase:
    """The sentence with the words that would have done, in the reader's own language."""
    if reason.text != NO_STATE:
        return reason
    locale = page_locale()
    words = [state_word(state, locale.code.partition("_")[0]) for state in MemberState]
    return Phrase(reason.text, {"words": formats.listing(words, locale)})


def sentences_by_line(marks: Iterable[Marked]) -> dict[int, list[str]]:
    """Rows for the file of problems: everything said about each refused line, with the column it is about."""
    sentences: dict[int, list[str]] = {}
    for row in line_rows(marks, faults=True):
        texts = [
            say(_ABOUT, what=column, sentence=sentence) if column else sentence for column, _, sentence in row.said
        ]
        # Signs of direction show as boxes in the cells of old programs.
        sentences[row.line] = [_HIDDEN.sub("", sentence) for sentence in texts]
    return sentences


def problem_headings(shape: FileShape) -> list[str]:
    """The headings of the two columns of ours, then above the file's own where it has no headings."""
    own = [say(Column(column).label) if column else "" for column in shape.columns]
    return [say(N_("Line")), say(N_("What is wrong")), *own]


def page_values(
    cohort: Cohort, roster: RosterImport, shape: FileShape, path: Path, marks: list[Marked]
) -> dict[str, Any]:
    """The page of one list beside the list's own row."""
    may_be_read = roster.state in ("looked", "failed") and shape.is_read and path.is_file()
    return {
        "reading": reading_page(cohort, roster, shape, path) if may_be_read else None,
        "whole": file_sentences(marks),
        "faults": line_rows(marks, faults=True)[:SHOWN],
        "notices": line_rows(marks, faults=False)[:SHOWN],
        "others": _other_sheets(shape),
        "columns": column_choices(),
        "goes_on": roster.state in ("looking", "running"),
    }
