"""The report in the words of one language: what the page and every file print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from coplearn.i18n.locales import Locale

ISOLATES: Final = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
MOST_RECORDS: Final = 300
"""Records that a chapter prints; all of them are in the workbook and in the table of text."""
MOST_LISTED: Final = 100
"""The same of records that are not counted."""


def plain(text: str) -> str:
    """Without the marks that isolate names, which other programs show as boxes."""
    return text.translate(ISOLATES)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One number with all that is to be said of it."""

    key: str
    """Of its indicator: the records under it are found by it."""
    label: str
    shown: str
    number: int | None
    """None where it is not exact."""
    basis: str
    """What it stands on."""
    where: str
    """The countries, languages or names that are counted."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record under a number."""

    key: str
    title: str
    when: str
    where: str
    state: str
    numbers: str
    partners: str
    source: str
    address: str = ""
    """Of its page; empty where it has none."""


@dataclass(frozen=True, slots=True)
class RecordLines:
    """Many records, put into words when they are asked for: a page shows the first of a hundred thousand."""

    number: int
    made: Callable[[int, int], list[RecordLine]]
    """Those from the one number until before the other."""

    def __len__(self) -> int:
        """The number of them."""
        return self.number

    def __iter__(self) -> Iterator[RecordLine]:
        """Each of them, some at a time."""
        for start in range(0, self.number, MOST_RECORDS):
            yield from self.made(start, start + MOST_RECORDS)

    def first(self, most: int = MOST_RECORDS) -> list[RecordLine]:
        """The first of them."""
        return self.made(0, most)


@dataclass(frozen=True, slots=True)
class TextGrid:
    """A table of texts; columns from ``numbers_from`` on are set to the end."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers_from: int = 1
    under: tuple[tuple[str, ...], ...] = ()
    """For each cell by what the records under it are found; empty for a cell without, and altogether for a table without."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """A small chart: (name, value, value as text)."""

    title: str
    unit: str
    rows: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A theme: its numbers, and the records that they are counted from."""

    key: str
    title: str
    figures: tuple[FigureLine, ...]
    records: RecordLines

    @property
    def has_more(self) -> bool:
        """Whether there are more records than paper has room for."""
        return len(self.records) > MOST_RECORDS


@dataclass(frozen=True, slots=True)
class RecordList:
    """Records that are told and not counted, under a heading that says why."""

    title: str
    records: RecordLines


@dataclass(frozen=True, slots=True)
class ReportWords:
    """Words that every maker needs."""

    figure: str
    number: str
    where: str
    basis: str
    record: str
    when: str
    state: str
    numbers: str
    partners: str
    source: str
    chapter: str
    first: str
    last: str
    use: str
    records: str
    none: str
    more: str
    at_a_glance: str
    meaning: str
    countries: str


@dataclass(frozen=True, slots=True)
class ProgrammeReport:
    """The whole report. Every text is plain; inserted names are isolated."""

    title: str
    mark: str
    """For whom it is, said above everything."""
    use: str
    facts: tuple[tuple[str, str], ...]
    headlines: tuple[FigureLine, ...]
    summary: tuple[str, ...]
    """Sentences of the first page."""
    countries: TextGrid | None
    charts: tuple[BarChart, ...]
    chapters: tuple[Chapter, ...]
    grids: tuple[TextGrid, ...]
    """People reached as sources say; people counted on this site."""
    lists: tuple[RecordList, ...]
    corrections: TextGrid | None
    notes: tuple[tuple[str, str], ...]
    words: ReportWords
    name: str
    """What a file of it is called, without its end."""
    locale: Locale
    first: date
    last: date
    made: date
