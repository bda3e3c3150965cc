"""Reading what countries have and are given: assessments, frameworks, support, each with its states."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute as Column
from sqlalchemy.orm import Session, aliased

from coplearn.accounts.models import User
from coplearn.programme.models.countries import CountryRecord, CountryRecordStatus
from coplearn.programme.rules.access import ProgrammeAccess


@dataclass(frozen=True, slots=True)
class CountryState:
    """A state of a record about a country, with the record."""

    record: CountryRecord
    status: CountryRecordStatus
    by: str = ""
    """The name of whoever wrote it; empty for somebody who is no longer here."""
    confirmed_by: str = ""


def status_counts() -> ColumnElement[bool]:
    """States that a second person confirmed and nobody took back."""
    return and_(CountryRecordStatus.confirmed_at.is_not(None), CountryRecordStatus.taken_back_at.is_(None))


def readable_records(access: ProgrammeAccess) -> ColumnElement[bool]:
    """Records about countries that somebody may read: the law of ``rules.access.may_see``, as a condition."""
    return in_reach(access, CountryRecord.country, CountryRecord.programme_id)


def in_reach(access: ProgrammeAccess, country: Column[str], programme_id: Column[int | None]) -> ColumnElement[bool]:
    """Rows of one country and perhaps a programme, in those columns, that somebody may read: ``rules.access.may_see``."""
    if access.countries is None:
        return true()
    seats = [
        and_(programme_id == seat.programme_id, country == seat.country if seat.country else true())
        for seat in access.seats
    ]
    return or_(country.in_(sorted(access.countries)), *seats)


def counted_states(
    session: Session,
    since: date,
    until: date,
    countries: Collection[str] | None = None,
    programme_id: int | None = None,
) -> list[CountryState]:
    """The states that count and have a day in the period, by country, kind and date (one statement)."""
    where = [status_counts(), CountryRecordStatus.until >= since, CountryRecordStatus.since <= until]
    if programme_id is not None:
        where.append(CountryRecord.programme_id == programme_id)
    if countries is not None:
        where.append(CountryRecord.country.in_(sorted(countries)))
    return _states(session, *where)


def states_of(session: Session, access: ProgrammeAccess, country: str) -> list[CountryState]:
    """Every state of a country's records that somebody may read, drafts and those taken back among them, oldest first (one
    statement)."""
    return _states(session, CountryRecord.country == country, readable_records(access))


def counted_kinds(session: Session, access: ProgrammeAccess, countries: Collection[str] | None) -> dict[str, set[str]]:
    """The kinds of record that each country has a counted state of, for whoever may read it (one statement)."""
    where = [status_counts(), readable_records(access)]
    if countries is not None:
        where.append(CountryRecord.country.in_(sorted(countries)))
    rows = session.execute(
        select(CountryRecord.country, CountryRecord.kind)
        .join(CountryRecordStatus, CountryRecordStatus.record_id == CountryRecord.id)
        .where(*where)
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for country, kind in rows:
        found.setdefault(country, set()).add(kind)
    return found


def status_by(session: Session, country: str, status_id: int) -> CountryState | None:
    """A state of a record about that country."""
    states = _states(session, CountryRecord.country == country, CountryRecordStatus.id == status_id)
    return states[0] if states else None


def record_by(session: Session, public_id: str) -> CountryRecord | None:
    """The record of that address."""
    return session.scalar(select(CountryRecord).where(CountryRecord.public_id == public_id))


def _states(session: Session, *where: ColumnElement[bool]) -> list[CountryState]:
    writer, second = aliased(User), aliased(User)
    rows = session.execute(
        select(CountryRecord, CountryRecordStatus, writer.name, writer.email, second.name, second.email)
        .join(CountryRecordStatus, CountryRecordStatus.record_id == CountryRecord.id)
        .outerjoin(writer, writer.id == CountryRecordStatus.by_id)
        .outerjoin(second, second.id == CountryRecordStatus.confirmed_by_id)
        .where(*where)
        .order_by(CountryRecord.country, CountryRecord.kind, CountryRecord.id, CountryRecordStatus.since)
    )
    return [CountryState(row[0], row[1], row[2] or row[3] or "", row[4] or row[5] or "") for row in rows]
