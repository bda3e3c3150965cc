"""The page of a list that waits to be brought in: what each line would do, and what has to be explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from coplearn.cohorts.common.presenters import country_choices
from coplearn.cohorts.people.rules.rosters import Remark
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.programme.presenters.words import name_reader
from coplearn.programme.queries.organisations import country_names
from coplearn.programme.queries.sheets import alike, known_keys
from coplearn.programme.rules.access import ProgrammeAccess, may_write
from coplearn.programme.rules.records import text_key
from coplearn.programme.rules.sheets import (
    Heading,
    LineFate,
    Member,
    SheetColumn,
    SheetLine,
    SheetWords,
    identity,
    read_lines,
)
from coplearn.programme.rules.words import ActivityKind, ActivityStatus, AudienceGroup, CountBasis, Precision, Trait
from coplearn.site import site
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.programme.models.records import ActivitySheet

SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A line that is not brought in, with a sentence for each thing that is wrong."""

    line: int
    title: str
    said: Sequence[tuple[str, str, str]]
    """Column, what stands there, sentence."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Everything the page shows."""

    refused: str
    """Why the list cannot be read at all; empty when it can."""
    new: int
    same: int
    faulty: Sequence[FaultyLine]
    left_out: Sequence[str]
    """Headings of columns that are left out."""
    unknown: Sequence[tuple[str, Choices]]
    """Names of countries that nobody knows, each with the countries to choose from, those that look like it first."""
    titles: Sequence[tuple[int, str]]


def lines_of(session: Session, access: ProgrammeAccess, sheet: ActivitySheet) -> list[SheetLine]:
    """The lines of a list as they would be brought in now. Raises Refused when it cannot be read."""
    return _looked(session, access, sheet)[1]


def _looked(
    session: Session, access: ProgrammeAccess, sheet: ActivitySheet
) -> tuple[list[Heading | None], list[SheetLine]]:
    scope = f"{sheet.programme_id or 0}"
    rows = [(int(row[0]), row[1:]) for row in sheet.rows]
    columns, lines = read_lines(rows, sheet_words(session), scope)
    good = [line for line in lines if line.content is not None]
    known = known_keys(session, [line.key for line in good])
    there = alike(session, [line.content.span.since for line in good if line.content is not None])
    for line in good:
        assert line.content is not None
        codes = [one.country for one in line.content.countries]
        if line.key in known or tuple(identity(line.content)) in there:
            line.fate = LineFate.SAME
        elif not may_write(access, codes, sheet.programme_id):
            sentence = N_("You keep no records of this country or programme. Choose another, or ask its coordinator.")
            line.remarks.append(Remark(SheetColumn.COUNTRIES, ", ".join(codes), Phrase(sentence)))
        else:
            line.fate = LineFate.NEW
    return columns, lines


def sheet_page(session: Session, access: ProgrammeAccess, sheet: ActivitySheet) -> SheetPage:
    """The page of a list that waits."""
    try:
        columns, lines = _looked(session, access, sheet)
    except Refused as refused:
        return SheetPage(say_phrase(refused.phrase), 0, 0, (), (), (), ())
    faulty = [line for line in lines if line.fate is LineFate.FAULTY]
    unknown = dict.fromkeys(name for line in lines for name in line.unknown)
    head = next((row[1:] for row in sheet.rows if any(cell.strip() for cell in row[1:])), [])
    reader = name_reader(country_names(session))
    return SheetPage(
        "",
        sum(line.fate is LineFate.NEW for line in lines),
        sum(line.fate is LineFate.SAME for line in lines),
        [FaultyLine(line.line, line.title, [_said(one) for one in line.remarks]) for line in faulty[:SHOWN]],
        [heading for heading, column in zip(head, columns, strict=False) if column is None and heading.strip()],
        [(name, _nearest_first(reader.near_countries(name))) for name in unknown],
        [(line.line, line.title) for line in lines if line.fate is LineFate.NEW][:SHOWN],
    )


def _said(remark: Remark) -> tuple[str, str, str]:
    heading = {str(one.value): one.label for kind in (SheetColumn, AudienceGroup) for one in kind}.get(remark.column)
    return say(heading) if heading else "", remark.value, say_phrase(remark.reason)


def _nearest_first(near: Sequence[str]) -> Choices:
    every = list(country_choices(page_locale()))
    first = [pair for name in near for pair in every if pair[1] == name]
    return [("", say(N_("Choose a country."))), *first, *(pair for pair in every if pair not in first)]


def sheet_words(session: Session) -> SheetWords:
    """The words of every vocabulary in every language of the site."""
    names = name_reader(country_names(session))
    columns = _known(SheetColumn)
    headings: dict[str, Heading] = {**_known(AudienceGroup), **columns}
    return SheetWords(
        headings=headings,
        kinds=_known(ActivityKind),
        statuses=_known(ActivityStatus),
        precisions=_known(Precision),
        audiences=_known(AudienceGroup),
        bases=_known(CountBasis),
        traits=_known(Trait),
        country=names.country,
        near_countries=names.near_countries,
        language=names.language,
        country_name=names.country_name,
    )


def _known(kind: type[Member]) -> Mapping[str, Member]:
    """The members by their stored word, and by their label in each language of the site."""
    found = {text_key(str(one.value)): one for one in kind}
    for locale in site().locales:
        texts = site().catalogs.translations(locale)
        for one in kind:
            found.setdefault(text_key(texts.gettext(one.label)), one)
    return found


def template_headings() -> list[str]:
    """The first line of a list, in the page's language."""
    return [say(one.label) for kind in (SheetColumn, AudienceGroup) for one in kind]


def template_words() -> list[tuple[str, list[str]]]:
    """The words that may stand in the columns with words of their own, in the page's language."""
    kinds = (
        (SheetColumn.KIND, ActivityKind),
        (SheetColumn.STATUS, ActivityStatus),
        (SheetColumn.PRECISION, Precision),
        (SheetColumn.AUDIENCES, AudienceGroup),
        (SheetColumn.TRAITS, Trait),
        (SheetColumn.BASIS, CountBasis),
    )
    return [(say(column.label), [say(one.label) for one in kind]) for column, kind in kinds]
