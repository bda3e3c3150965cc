"""Reading what countries have and are given: assessments, frameworks, support, each with its states."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from coplearn.accounts.models import User
from coplearn.programme.models.countries import CountryRecord, CountryRecordStatus


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


def states_of(session: Session, country: str) -> list[CountryState]:
    """Every state of a country's records, drafts and those taken back among them, oldest first (one statement)."""
    return _states(session, CountryRecord.country == country)


def counted_kinds(session: Session, countries: Collection[str] | None) -> dict[str, set[str]]:
    """The kinds of record that each country has a counted state of (one statement)."""
    where = [status_counts()]
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
