"""The pages of countries: the list with its numbers, and everything about one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from coplearn.cohorts.common.presenters import country_name, course_titles
from coplearn.i18n import formats
from coplearn.kernel.text import N_
from coplearn.programme.presenters.lists import ListedActivity, OwnLine, line_words, own_lines, own_of
from coplearn.programme.presenters.words import country_words, language_name, span_words
from coplearn.programme.queries.countries import CountryState, counted_kinds, states_of
from coplearn.programme.queries.lists import ActivityFilters, CountryCounts, activity_lines, counts_by_country
from coplearn.programme.rules.access import ProgrammeAccess, may_confirm, may_edit
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.sources import RecommendationLine
from coplearn.programme.rules.words import CountryRecordKind, CountryStatus, Precision
from coplearn.site import site
from coplearn.web.render import page_locale, say

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CountryLineShown:
    """A country in the list."""

    code: str
    name: str
    counts: CountryCounts
    kinds: Sequence[str]
    """The kinds of what it has or is given."""


@dataclass(frozen=True, slots=True)
class StateShown:
    """A state of a record about a country, with what this reader may do with it."""

    state: CountryState
    status: str
    when: str
    by: str
    confirmed_by: str
    may_confirm: bool
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record about a country with its states, oldest first."""

    kind: str
    title: str
    lead_body: str
    as_source_says: str
    public_id: str
    states: list[StateShown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CourseShown:
    """A course that is offered in one of the country's languages, and how much of it is ready there."""

    title: str
    shares: Sequence[tuple[str, str]]
    """The language's name, and the share of the texts."""


@dataclass(frozen=True, slots=True)
class HelplinesShown:
    """The confirmed lines of a country, and how fresh they are."""

    lines: Sequence[tuple[str, str, date]]
    """The name, the number, and the day by which it has to be checked again."""
    due: int
    """Those of them that have to be checked within thirty days."""


@dataclass(frozen=True, slots=True)
class CountryPage:
    """Everything the page of a country shows."""

    code: str
    name: str
    languages: Sequence[str]
    courses: Sequence[CourseShown]
    helplines: HelplinesShown
    counts: CountryCounts
    own: Sequence[OwnLine]
    activities: Sequence[ListedActivity]
    records: Sequence[RecordShown]
    recommendations: Sequence[tuple[RecommendationLine, str]]
    may_write: bool


def country_list(session: Session, access: ProgrammeAccess, now: datetime) -> list[CountryLineShown]:
    """The countries that somebody sees, by name (three statements): all of theirs, else those that have anything."""
    reach = None if access.countries is None else {*access.countries, *(seat.country for seat in access.seats)} - {""}
    counts = counts_by_country(session, access, reach, now)
    kinds = counted_kinds(session, access, reach)
    codes = sorted({*counts, *kinds} if reach is None else reach)
    return [
        CountryLineShown(
            code,
            name,
            counts.get(code, CountryCounts()),
            [say(CountryRecordKind(kind).label) for kind in CountryRecordKind if kind in kinds.get(code, ())],
        )
        for code, name in formats.country_names(codes, page_locale())
    ]


def country_page(session: Session, access: ProgrammeAccess, code: str, now: datetime) -> CountryPage:
    """The page of a country (six statements, and those of the sources of own activities and recommendations)."""
    asked = ActivityFilters(country=code)
    spoken = _languages(code)
    return CountryPage(
        code,
        country_name(code),
        [language_name(one) for one in spoken],
        _courses(spoken),
        _helplines(code, now.date()),
        counts_by_country(session, access, [code], now).get(code, CountryCounts()),
        own_lines(own_of(session, access, asked)[:_SHOWN]),
        [line_words(line) for line in activity_lines(session, access, asked, limit=_SHOWN, named=False)],
        _records(session, access, code),
        _recommendations(session, code) if access.countries is None or code in access.countries else (),
        may_edit(access, [code], None),
    )


def _recommendations(session: Session, code: str) -> list[tuple[RecommendationLine, str]]:
    return [
        (line, say(line.status.label)) for source in site().recommendation_sources for line in source(session, code)
    ]


def _languages(code: str) -> list[str]:
    """The languages of a country that this site is offered in, then others that are official there."""
    # Here and not above: its tables take a while to load.
    from babel.languages import get_official_languages

    official = [str(one).replace("-", "_") for one in get_official_languages(code, de_facto=True)]
    return list(dict.fromkeys(one.partition("_")[0] for one in official))


def _courses(spoken: Sequence[str]) -> list[CourseShown]:
    library, locale = site().library.current(), page_locale()
    here = [one for one in site().locales if one.code.partition("_")[0] in spoken and not one.is_pseudo]
    titles = course_titles(library.courses)
    return [
        CourseShown(title, [(one.name, formats.percent(course.completeness(one.code) / 100, locale)) for one in here])
        for course, title in zip(library.courses.values(), titles, strict=True)
    ]


def _helplines(code: str, today: date) -> HelplinesShown:
    found = site().helplines.help_for(code, today)
    due = {one.page for one in site().helplines.due(today)}
    lines = [*found.lines, *found.support, *(one for one in found.reports if one not in found.lines)]
    return HelplinesShown(
        [(line.name or line.page, line.tel or "", line.check_by) for line in lines],
        sum(line.page in due for line in lines),
    )


def _records(session: Session, access: ProgrammeAccess, code: str) -> list[RecordShown]:
    states = states_of(session, access, code)
    shown: dict[int, RecordShown] = {}
    for one in states:
        record, status = one.record, one.status
        kept = shown.setdefault(
            record.id,
            RecordShown(
                say(CountryRecordKind(record.kind).label),
                record.title,
                record.lead_body,
                country_words(record.country, record.as_source_says) if record.as_source_says else "",
                record.public_id,
            ),
        )
        edits = may_edit(access, [code], record.programme_id)
        open_still = status.confirmed_at is None and status.taken_back_at is None
        kept.states.append(
            StateShown(
                one,
                say(CountryStatus(status.status).label),
                span_words(Span(status.since, status.until, Precision(status.precision))),
                one.by or say(N_("Somebody who is no longer here")),
                one.confirmed_by,
                open_still and may_confirm(access, [code], record.programme_id, status.by_id),
                edits and status.taken_back_at is None,
            )
        )
    return list(shown.values())
