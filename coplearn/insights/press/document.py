"""A report in one language, ready to be printed: a page, a paper, a table and a workbook say the same of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coplearn.i18n import formats
from coplearn.i18n.locales import Locale
from coplearn.insights.rules.report import Cell, Few


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: the first heading is that of the rows' names."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    total: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The whole report. Every text is plain and in the language of ``locale``; inserted names are isolated."""

    title: str
    facts: tuple[tuple[str, str], ...]
    """(name, value): the period, its time zone, whose numbers, the day it was made."""
    grids: tuple[Grid, ...]
    notes: tuple[tuple[str, str], ...]
    """(what is counted, what that means); the first part is empty for a rule of all."""
    notes_title: str
    total_word: str
    mark: str
    """For whom it is, said above everything."""
    use: str
    """The same in a few words, for each line of a table of text."""
    few: str
    csv_headings: tuple[str, ...]
    """From, to, table, row, figure, number, use."""
    name: str
    """What a file of it is called, without its end: nothing that tells what it is about."""
    locale: Locale
    first: date
    last: date
    made: date

    def shown(self, cell: Cell) -> str:
        """A cell as people read it."""
        return self.few if isinstance(cell, Few) else formats.number(cell, self.locale)

    def is_few(self, cell: Cell) -> bool:
        """Whether no number stands there."""
        return isinstance(cell, Few)
