"""Lists of activities in spreadsheets: the columns, and a line of one as an activity or as all that is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from coplearn.cohorts.people.rules.rosters import Remark
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, LabelledEnum, Phrase
from coplearn.programme.rules.periods import Span, span
from coplearn.programme.rules.reading import UnreadableText, is_month, read_day, read_number
from coplearn.programme.rules.records import (
    LONGEST_TITLE,
    ActivityContent,
    CountryLine,
    PartnerLine,
    ReachLine,
    checked,
    text_key,
)
from coplearn.programme.rules.words import (
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    Precision,
    Trait,
)

MOST_LINES: Final = 2_000
_SEARCHED: Final = 30
"""Lines in which the headings are looked for."""
_SHOWN: Final = 80
_MANY: Final = (";", "\n", "؛", "；", "|")


class SheetColumn(LabelledEnum):
    """The columns of a list of activities. A column headed with a group's name holds how many people of it were reached."""

    NUMBER = "number", N_("Your number")
    """The list's own name for the activity: by it the same line is the same activity, however often it comes."""
    TITLE = "title", N_("Title")
    KIND = "kind", N_("Kind")
    STATUS = "status", N_("Where it stands")
    SINCE = "since", N_("From")
    UNTIL = "until", N_("Until")
    PRECISION = "precision", N_("How exactly the dates are told")
    COUNTRIES = "countries", N_("Countries")
    PLACE = "place", N_("Place")
    AUDIENCES = "audiences", N_("Whom it is for")
    PARTNERS = "partners", N_("Partners")
    LANGUAGES = "languages", N_("Languages")
    TRAITS = "traits", N_("What the source says of it")
    BASIS = "basis", N_("Ground of the numbers")
    SUMMARY = "summary", N_("Summary")
    SOURCE = "source", N_("Source")


Heading = SheetColumn | AudienceGroup
Member = TypeVar("Member", bound=LabelledEnum)


@dataclass(frozen=True, slots=True)
class SheetWords:
    """The words of every vocabulary in every language of the site, by their keys; and how names are found."""

    headings: Mapping[str, Heading]
    kinds: Mapping[str, ActivityKind]
    statuses: Mapping[str, ActivityStatus]
    precisions: Mapping[str, Precision]
    audiences: Mapping[str, AudienceGroup]
    bases: Mapping[str, CountBasis]
    traits: Mapping[str, Trait]
    country: Callable[[str], str | None]
    near_countries: Callable[[str], Sequence[str]]
    """Names of countries in the reader's language."""
    language: Callable[[str], str | None]
    country_name: Callable[[str], str]


class LineFate(StrEnum):
    """The results that a line can have."""

    NEW = "new"
    SAME = "same"
    """It is here already, from this list or an earlier one."""
    FAULTY = "faulty"


@dataclass(slots=True)
class SheetLine:
    """A line as it was read."""

    line: int
    title: str
    key: str = ""
    content: ActivityContent | None = None
    remarks: list[Remark] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Names of countries that nobody knows."""
    fate: LineFate = LineFate.FAULTY


class _Cells:
    """The cells of a line by what their columns are, and what was found wrong in them."""

    def __init__(self, cells: Mapping[Heading, str], words: SheetWords) -> None:
        self.cells, self.words = cells, words
        self.remarks: list[Remark] = []
        self.unknown: list[str] = []

    def text(self, column: SheetColumn) -> str:
        """A text, with its blanks tidied."""
        return " ".join(self.cells.get(column, "").split())

    def wrong(self, column: Heading, phrase: Phrase) -> None:
        """Write down what is wrong with a cell."""
        self.remarks.append(Remark(column, self.cells.get(column, "")[:_SHOWN], phrase))

    def one(self, column: SheetColumn, known: Mapping[str, Member], default: Member) -> Member:
        """A member of a vocabulary; the default for an empty cell."""
        typed = self.text(column)
        found = known.get(text_key(typed)) if typed else default
        if found is None:
            sentence = N_("This word is not known here. Take one of those in the template.")
            self.wrong(column, Phrase(sentence))
        return found if found is not None else default

    def many(self, column: SheetColumn) -> list[str]:
        """The parts of a cell that holds several."""
        typed = self.cells.get(column, "")
        for sign in _MANY[1:]:
            typed = typed.replace(sign, _MANY[0])
        return [" ".join(part.split()) for part in typed.split(_MANY[0]) if part.strip()]


def columns_of(headings: Sequence[str], words: SheetWords) -> list[Heading | None]:
    """The meaning of each column by its heading; None for one that is left out. A second column of the same meaning is too."""
    found: list[Heading | None] = []
    for heading in headings:
        column = words.headings.get(text_key(heading))
        found.append(column if column not in found else None)
    return found


def read_lines(
    rows: Sequence[tuple[int, Sequence[str]]], words: SheetWords, scope: str
) -> tuple[list[Heading | None], list[SheetLine]]:
    """The columns and the lines of a list, whose rows come with their numbers. ``scope`` is whose list it is.

    Titles and notes may stand above the headings. Raises Refused when there is no line of headings, or too many lines.
    Lines that are the same activity as one before in the list say so.
    """
    needed = {SheetColumn.TITLE, SheetColumn.SINCE}
    heads = (place for place, (_, row) in enumerate(rows[:_SEARCHED]) if needed <= set(columns_of(row, words)))
    head = next(heads, None)
    if head is None:
        raise Refused(
            N_("A line has to name the columns, with the title and the first day among them. Take our template.")
        )
    columns, below = columns_of(rows[head][1], words), rows[head + 1 :]
    if len(below) > MOST_LINES:
        raise Refused(N_("There are more than %(count)s lines in the file."), count=MOST_LINES)
    lines: list[SheetLine] = []
    before: dict[str, int] = {}
    for number, row in below:
        cells = {column: cell for column, cell in zip(columns, row, strict=False) if column is not None}
        if not any(cell.strip() for cell in cells.values()):
            continue
        one = read_line(number, cells, words, scope)
        if one.key and one.key in before:
            sentence = Phrase(N_("This is the same activity as in line %(line)s."), {"line": before[one.key]})
            one.remarks.append(Remark(SheetColumn.TITLE, one.title[:_SHOWN], sentence))
            one.content = None
        elif one.key:
            before[one.key] = number
        lines.append(one)
    return columns, lines


def read_line(number: int, cells: Mapping[Heading, str], words: SheetWords, scope: str) -> SheetLine:
    """A line as an activity, or all that is wrong with it."""
    reading = _Cells(cells, words)
    title = reading.text(SheetColumn.TITLE)
    if not title:
        reading.wrong(SheetColumn.TITLE, Phrase(N_("Give the activity a title.")))
    elif len(title) > LONGEST_TITLE:
        reading.wrong(
            SheetColumn.TITLE, Phrase(N_("This is longer than %(count)s characters."), {"count": LONGEST_TITLE})
        )
    days, kind = _days(reading), reading.one(SheetColumn.KIND, words.kinds, ActivityKind.TRAINING)
    if not reading.text(SheetColumn.KIND):
        reading.wrong(SheetColumn.KIND, Phrase(N_("Choose a kind.")))
    status = reading.one(SheetColumn.STATUS, words.statuses, ActivityStatus.HELD)
    countries, audiences, reach = _countries(reading), _audiences(reading), _reach(reading)
    languages, traits = _languages(reading), _traits(reading)
    line = SheetLine(number, title, remarks=reading.remarks, unknown=reading.unknown)
    if reading.remarks or days is None:
        return line
    try:
        line.content = checked(
            ActivityContent(
                title=title,
                kind=kind,
                status=status,
                span=days,
                countries=countries,
                place=reading.text(SheetColumn.PLACE)[:LONGEST_TITLE],
                audiences=audiences[0],
                audience_words=audiences[1],
                partners=tuple(PartnerLine(one[:LONGEST_TITLE]) for one in reading.many(SheetColumn.PARTNERS)),
                languages=languages,
                reach=reach,
                traits=traits,
                summary=cells.get(SheetColumn.SUMMARY, "").strip(),
                source=reading.text(SheetColumn.SOURCE),
            )
        )
    except Refused as refused:
        reading.wrong(SheetColumn.TITLE, refused.phrase)
        return line
    line.key = key_of(line.content, reading.text(SheetColumn.NUMBER), scope)
    return line


def key_of(content: ActivityContent, number: str, scope: str) -> str:
    """The name under which a line is the same activity whenever it comes: its own number, else what makes it the same thing."""
    parts = [scope, "number", number] if number else [scope, *identity(content)]
    return f"sheet:{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:48]}"


def identity(content: ActivityContent) -> list[str]:
    """The parts by which two records are one activity: the kind, the title, the first day and the countries."""
    codes = ",".join(sorted(line.country for line in content.countries))
    return [content.kind.value, text_key(content.title), content.span.since.isoformat(), codes]


def _days(reading: _Cells) -> Span | None:
    since, until = reading.text(SheetColumn.SINCE), reading.text(SheetColumn.UNTIL)
    days: list[date | None] = [None, None]
    for place, (column, typed) in enumerate(((SheetColumn.SINCE, since), (SheetColumn.UNTIL, until or since))):
        try:
            days[place] = read_day(typed, last=place == 1)
        except UnreadableText as error:
            if place == 0 or until:
                reading.wrong(column, error.phrase)
    first, last = days
    default = Precision.MONTH if is_month(since) else Precision.DAY
    precision = reading.one(SheetColumn.PRECISION, reading.words.precisions, default)
    if first is None or last is None:
        return None
    try:
        return span(first, last, precision)
    except Refused as refused:
        reading.wrong(SheetColumn.UNTIL, refused.phrase)
        return None


def _countries(reading: _Cells) -> tuple[CountryLine, ...]:
    found = []
    for typed in reading.many(SheetColumn.COUNTRIES):
        code = reading.words.country(typed)
        if code is not None:
            same = typed in (code, reading.words.country_name(code))
            found.append(CountryLine(code, "" if same else typed[:LONGEST_TITLE]))
            continue
        reading.unknown.append(typed[:LONGEST_TITLE])
        near = tuple(reading.words.near_countries(typed))
        sentence = Phrase(N_("No country is called %(name)s."), {"name": typed[:_SHOWN]})
        if near:
            asks = N_("No country is called %(name)s. Do you mean %(near)s?")
            sentence = Phrase(asks, {"name": typed[:_SHOWN], "near": near})
        reading.wrong(SheetColumn.COUNTRIES, sentence)
    return tuple(found)


def _audiences(reading: _Cells) -> tuple[tuple[AudienceGroup, ...], str]:
    """The groups, and the words of the source for those that are none of them."""
    groups, others = [], []
    for typed in reading.many(SheetColumn.AUDIENCES):
        group = reading.words.audiences.get(text_key(typed))
        if group is None:
            others.append(typed)
        else:
            groups.append(group)
    return tuple(dict.fromkeys(groups)), "; ".join(others)[:LONGEST_TITLE]


def _languages(reading: _Cells) -> tuple[str, ...]:
    found = []
    for typed in reading.many(SheetColumn.LANGUAGES):
        code = reading.words.language(typed)
        if code is None:
            reading.wrong(
                SheetColumn.LANGUAGES, Phrase(N_("No language is called %(name)s."), {"name": typed[:_SHOWN]})
            )
        else:
            found.append(code)
    return tuple(dict.fromkeys(found))


def _traits(reading: _Cells) -> tuple[Trait, ...]:
    found = []
    for typed in reading.many(SheetColumn.TRAITS):
        trait = reading.words.traits.get(text_key(typed))
        if trait is None:
            sentence = N_("This word is not known here. Take one of those in the template.")
            reading.wrong(SheetColumn.TRAITS, Phrase(sentence))
        else:
            found.append(trait)
    return tuple(dict.fromkeys(found))


def _reach(reading: _Cells) -> tuple[ReachLine, ...]:
    basis = reading.one(SheetColumn.BASIS, reading.words.bases, CountBasis.NOT_STATED)
    lines = []
    for group in AudienceGroup:
        typed = reading.cells.get(group, "").strip()
        if not typed or text_key(typed) in reading.words.bases:
            continue
        try:
            number, qualifier = read_number(typed)
        except UnreadableText as error:
            reading.wrong(group, error.phrase)
            continue
        if basis is CountBasis.NOT_STATED:
            reading.wrong(SheetColumn.BASIS, Phrase(N_("Say on which ground this number stands.")))
            continue
        lines.append(ReachLine(group, basis, number, qualifier))
    return tuple(lines)
