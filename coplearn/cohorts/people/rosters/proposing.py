"""A guess at how a list is meant: which line holds the headings, what each column is, and whether it is a list of people at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.headings import column_of, folded, is_money, means_none
from coplearn.cohorts.people.rules.rosters import FileShape

Head = Sequence[tuple[int, list[str]]]
"""The first lines of a list that hold anything, each with its number."""

_NAMES: Final = frozenset({Column.NAME, Column.FIRST, Column.LAST})
_TELLING: Final = _NAMES | {Column.EMAIL}
_LONGEST_HEADING: Final = 80
_EARLY: Final = 6
"""So many lines may stand above a line of headings of which one alone is known."""
_ADDRESS: Final = re.compile(r"\S@\S+\.\S")
_NUMBER: Final = re.compile(r"\+?[\d\s().\-/\u2010-\u2015]{6,25}")
_NAME: Final = re.compile(r"[^\W\d_]+(?:[-.'’ʼ·・ـ ]+[^\W\d_]+)*\.?")
_HAN: Final = re.compile(r"[\u3400-\u9fff·]{2,6}")
_LONGEST_NAME: Final = 60
_MOST_WORDS: Final = 6
_SENTENCE: Final = re.compile(r"[.!?:;。！？：؟؛]\s*$")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A way to read a list."""

    header: int
    columns: tuple[str, ...]
    headings: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether it says where the names are: a list that seems to be none says it of no column."""
        return bool(_NAMES & set(self.columns))


def propose(head: Head, known: Iterable[FileShape] = ()) -> Proposal:
    """The likeliest way to read it. ``known`` are earlier lists: the same headings are read as a person had them read then."""
    for shape in known:
        found = _as_before(head, shape)
        if found is not None:
            return found
    line = _heading_line(head) or _line_above_addresses(head)
    found = with_header(head, line)
    return found if _is_people(head, found) else Proposal(line, ("",) * len(found.columns), found.headings)


def with_header(head: Head, line: int) -> Proposal:
    """A guess at the columns when the headings stand in that line; 0 for a list without."""
    width = max((len(cells) for _, cells in head), default=0)
    above = next((cells for number, cells in head if number == line), [])
    columns = list(_columns(above)) + [""] * (width - len(above))
    _by_content([cells for number, cells in head if number > line], columns, headless=not line)
    return Proposal(line, tuple(columns), tuple(folded(cell) for cell in above))


def _as_before(head: Head, shape: FileShape) -> Proposal | None:
    """Read the file as that list was read, where its headings stand here too; more columns behind them are left out."""
    count = len(shape.headings)
    if not count or not shape.is_complete:
        return None
    for line, cells in head:
        headings = tuple(folded(cell) for cell in cells)
        if headings[:count] == shape.headings and not any(column_of(cell) for cell in cells[count:]):
            width = max(len(others) for _, others in head)
            return Proposal(line, (*shape.columns, *[""] * width)[:width], headings)
    return None


# ── Where the headings are ──


def _heading_line(head: Head) -> int:
    best, most = 0, 0
    for place, (line, cells) in enumerate(head):
        columns = _columns(cells)
        named = sum(1 for column in columns if column)
        if named <= most or not _TELLING & set(columns) or any(_ADDRESS.search(cell) for cell in cells):
            continue
        if named == 1 and (place >= _EARLY or any(_NUMBER.fullmatch(cell.strip()) for cell in cells)):
            continue
        if not _stands_in_others(head, line, columns, 1 if named == 1 else 2):
            best, most = line, named
    return best


def _stands_in_others(head: Head, line: int, columns: Sequence[str], lines: int) -> bool:
    """Whether so many other lines have such words in the same columns: then "Teacher" is what people are, no heading."""
    own = next(cells for number, cells in head if number == line)
    places = [place for place, column in enumerate(columns) if column]
    others = 0
    for number, cells in head:
        told = all(place < len(cells) and cells[place] and column_of(cells[place]) for place in places)
        others += told and number != line and cells != own
    return others >= lines


def _line_above_addresses(head: Head) -> int:
    """The line above the first mail address, when words stand over the addresses that we do not know."""
    for (line, above), (_, cells) in pairwise(head):
        if any(_ADDRESS.search(cell) for cell in above):
            return 0
        place = next((place for place, cell in enumerate(cells) if _ADDRESS.search(cell)), None)
        if place is not None:
            return line if place < len(above) and not means_none(above[place]) else 0
    return 0


# ── What the columns are ──


def _columns(cells: Sequence[str]) -> tuple[str, ...]:
    columns: list[str] = []
    for cell in cells:
        column = column_of(cell) if 0 < len(cell) <= _LONGEST_HEADING else None
        columns.append(column if column is not None and column not in columns else "")
    if Column.NAME in columns and Column.FIRST in columns and Column.LAST not in columns:
        # Beside a first name, a "name" is the family's; beside a family name, it is the first.
        columns[columns.index(Column.NAME)] = Column.LAST
    elif Column.NAME in columns and Column.LAST in columns and Column.FIRST not in columns:
        columns[columns.index(Column.NAME)] = Column.FIRST
    return tuple(columns)


def _by_content(below: Sequence[Sequence[str]], columns: list[str], *, headless: bool) -> None:
    """Fill in what no heading says: addresses have an @, and the names are the words that remain.

    Numbers are taken for telephone numbers in a list without headings alone: they may be of passports.
    """
    texts = [[cells[place].strip() for cells in below if place < len(cells)] for place in range(len(columns))]
    if Column.EMAIL not in columns:
        _put(columns, Column.EMAIL, [sum(1 for text in column if _ADDRESS.search(text)) for column in texts])
    if headless and Column.PHONE not in columns:
        _put(columns, Column.PHONE, [_most(column, _is_phone) for column in texts])
    if not _NAMES & set(columns):
        found = [_most(column, _is_name) for column in texts]
        if not any(found[place] for place, column in enumerate(columns) if not column):
            found = [_most(column, lambda text: any(map(str.isalpha, text))) for column in texts]
            # Without anything that looks like a name, the first words are the best guess.
            found = [1 if number else 0 for number in found]
        _put(columns, Column.NAME, found)


def _put(columns: list[str], column: Column, found: Sequence[int]) -> None:
    free = [place for place, taken in enumerate(columns) if not taken and found[place]]
    if free:
        columns[max(free, key=lambda place: found[place])] = column


def _most(texts: Sequence[str], test: Callable[[str], bool]) -> int:
    """The number of texts that pass; 0 when it is not most of them."""
    told = [text for text in texts if text]
    passed = sum(map(test, told))
    return passed if passed * 2 > len(told) else 0


# ── Whether they are people ──


def _is_people(head: Head, found: Proposal) -> bool:
    below = [cells for number, cells in head if number > found.header]
    above = next((cells for number, cells in head if number == found.header), [])
    if {Column.EMAIL, Column.PHONE} & set(found.columns) and _has_addresses(below, found.columns):
        return True
    money = [cell for cell in above if is_money(cell)] or [
        cell for _, cells in head for cell in cells if is_money(cell)
    ]
    if len(money) > 1:
        return False
    known = {column for cell in above if (column := column_of(cell)) is not None}
    names = _told_names(below, found.columns)
    if len(known) > 1 or not names:
        return bool(known)
    test = _is_no_sentence if _TELLING & known else _is_name
    return sum(map(test, names)) * 3 >= len(names) * 2


def _has_addresses(below: Sequence[Sequence[str]], columns: Sequence[str]) -> bool:
    places = [place for place, column in enumerate(columns) if column in (Column.EMAIL, Column.PHONE)]
    cells = [cells[place].strip() for cells in below for place in places if place < len(cells)]
    return any(_ADDRESS.search(cell) or _NUMBER.fullmatch(cell) for cell in cells)


def _told_names(below: Sequence[Sequence[str]], columns: Sequence[str]) -> list[str]:
    places = [place for place, column in enumerate(columns) if column in _NAMES]
    joined = [" ".join(cells[place].strip() for place in places if place < len(cells)).strip() for cells in below]
    return [name for name in joined if name]


def _is_name(text: str) -> bool:
    """Whether it reads like somebody's whole name: two words or more, each with a capital where there are capitals."""
    if len(text) > _LONGEST_NAME or not _NAME.fullmatch(text):
        return False
    if _HAN.fullmatch(text):
        return True
    words = text.split()
    capitals = [word for word in words if not word[0].islower()]
    return 1 < len(words) <= _MOST_WORDS and len(capitals) * 2 >= len(words) and not text[0].islower()


def _is_phone(text: str) -> bool:
    return text.startswith(("+", "0")) and _NUMBER.fullmatch(text) is not None


def _is_no_sentence(text: str) -> bool:
    return any(map(str.isalpha, text)) and not (len(text.split()) > _MOST_WORDS and _SENTENCE.search(text))
