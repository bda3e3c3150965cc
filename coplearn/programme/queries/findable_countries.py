"""Countries as the site's search finds them: the page of each by its name in every language, and what it has or is given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from babel import __version__ as names_version
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from coplearn.accounts.rules import Granted
from coplearn.findable import FindableRecord
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.formats import country_names
from coplearn.i18n.locales import Locale
from coplearn.programme.models.countries import CountryRecord, CountryRecordStatus
from coplearn.programme.queries.countries import status_counts
from coplearn.programme.queries.findable import circles_of_access, circles_of_activity
from coplearn.programme.queries.organisations import seats_of
from coplearn.programme.rules.access import ProgrammeAccess, access_of

_RECORDS: Final = "records"
_PAGES: Final = "page"
"""The circle of those who may open every country's page; with a country's code, of those who may open that one."""


def country_stamps(session: Session, locales: Iterable[Locale]) -> dict[str, str]:
    """A stamp of the names in each language, and one of the records about countries (one statement)."""
    status = CountryRecordStatus
    row = session.execute(
        select(func.max(status.id), func.count(status.confirmed_at), func.count(status.taken_back_at))
    ).one()
    return {locale.code: names_version for locale in locales} | {_RECORDS: ".".join(str(one) for one in row)}


def country_piece(session: Session, piece: str, locales: Iterable[Locale]) -> Iterator[FindableRecord]:
    """The countries by their names in one language, or the records that count (one statement)."""
    if piece == _RECORDS:
        yield from _records(session, true())
    for locale in locales:
        if locale.code == piece:
            yield from _pages(sorted(COUNTRIES), locale)


def countries_at(session: Session, places: Collection[str], locales: Iterable[Locale]) -> Iterator[FindableRecord]:
    """The countries and the records at those places (one statement)."""
    yield from _records(session, CountryRecord.public_id.in_([place for place in places if "." not in place]))
    for locale in locales:
        codes = [code for code in sorted(COUNTRIES) if f"{code}.{locale.code}" in places]
        yield from _pages(codes, locale)


def country_circles(session: Session, user_id: int, grants: Sequence[Granted]) -> frozenset[str]:
    """The circles of a person, for records and for pages of countries."""
    access = access_of(user_id, grants, seats_of(session, user_id))
    return circles_of_access(access) | _pages_of(access)


def _pages_of(access: ProgrammeAccess) -> frozenset[str]:
    own = frozenset() if access.countries is None else access.countries
    every = access.countries is None or any(not seat.country for seat in access.seats)
    codes = {*own, *(seat.country for seat in access.seats if seat.country)}
    return frozenset({_PAGES} if every else ()) | {f"{_PAGES}{code.lower()}" for code in codes}


def _pages(codes: Sequence[str], locale: Locale) -> Iterator[FindableRecord]:
    for code, name in country_names(codes, locale):
        yield FindableRecord(
            place=f"{code}.{locale.code}",
            locale=locale.code,
            title=name,
            texts=(),
            circles=frozenset({_PAGES, f"{_PAGES}{code.lower()}"}),
            endpoint="programme.country",
            values={"code": code},
        )


def _records(session: Session, which: ColumnElement[bool]) -> Iterator[FindableRecord]:
    rows = session.execute(
        select(CountryRecord, CountryRecordStatus)
        .join(CountryRecordStatus, CountryRecordStatus.record_id == CountryRecord.id)
        .where(status_counts(), which)
        .order_by(CountryRecord.id, CountryRecordStatus.since, CountryRecordStatus.id)
    )
    states: dict[int, tuple[CountryRecord, list[CountryRecordStatus]]] = {}
    for record, status in rows:
        states.setdefault(record.id, (record, []))[1].append(status)
    for record, said in states.values():
        yield FindableRecord(
            place=record.public_id,
            locale="",
            title=record.title or said[-1].words or record.as_source_says or record.country,
            texts=(
                record.lead_body,
                record.as_source_says,
                *(text for one in said for text in (one.words, one.source)),
            ),
            circles=circles_of_activity([record.country], record.programme_id),
            endpoint="programme.country",
            values={"code": record.country, "_anchor": f"record-{record.public_id}"},
        )
