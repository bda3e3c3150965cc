"""Writing what countries have and are given: a record, its states by date, and their confirmation by a second person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.rules.words import checked_reason, new_public_id
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.errors import Refused
from coplearn.kernel.fixed_text import plain_lines
from coplearn.kernel.text import N_
from coplearn.programme.models.countries import CountryRecord, CountryRecordStatus
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.records import LONGEST_TEXT, LONGEST_TITLE, one_line
from coplearn.programme.rules.words import CountryRecordKind, CountryStatus
from coplearn.storage.upserts import insert_new


@dataclass(frozen=True, slots=True)
class CountryRecordContent:
    """Everything that names a record about a country."""

    country: str
    kind: CountryRecordKind
    title: str = ""
    lead_body: str = ""
    as_source_says: str = ""


@dataclass(frozen=True, slots=True)
class StatusContent:
    """A state of a record about a country, as its source tells it."""

    status: CountryStatus
    span: Span
    words: str = ""
    document: str = ""
    source: str = ""


def record_country(
    session: Session,
    content: CountryRecordContent,
    *,
    key: str,
    by_id: int | None,
    now: datetime,
    programme_id: int | None = None,
) -> CountryRecord:
    """Write a record about a country, once however often the same ``key`` comes; its states are added one by one."""
    if content.country not in COUNTRIES:
        raise Refused(N_("Choose a country."))
    if max(map(len, (content.title, content.lead_body, content.as_source_says))) > LONGEST_TITLE:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_TITLE)
    values = {
        "public_id": new_public_id(),
        "key": key,
        "programme_id": programme_id,
        "country": content.country,
        "as_source_says": one_line(content.as_source_says),
        "kind": content.kind.value,
        "title": one_line(content.title),
        "lead_body": one_line(content.lead_body),
        "created_by_id": by_id,
        "created_at": now,
    }
    is_new = insert_new(session, CountryRecord, values)
    record = session.scalars(select(CountryRecord).where(CountryRecord.key == key)).one()
    if is_new:
        audit.record(session, EventKind.COUNTRY_RECORD_WRITTEN, about=f"country-record:{record.id}", now=now)
    return record


def add_status(
    session: Session, record: CountryRecord, content: StatusContent, *, by_id: int | None, now: datetime
) -> CountryRecordStatus:
    """Write a state from a date on, as a draft that a second person has to confirm. The same state twice is one."""
    if max(map(len, (content.words, content.source))) > LONGEST_TEXT or len(content.document) > 1000:
        longest = 1000 if len(content.document) > 1000 else LONGEST_TEXT
        raise Refused(N_("Use at most %(count)s characters."), count=longest)
    content = replace(content, words=plain_lines(content.words), source=one_line(content.source))
    if content.document and not content.document.startswith(("https://", "http://")):
        raise Refused(N_("Begin the address with https://."))
    same = session.scalar(
        select(CountryRecordStatus).where(
            CountryRecordStatus.record_id == record.id,
            CountryRecordStatus.status == content.status,
            CountryRecordStatus.since == content.span.since,
            CountryRecordStatus.until == content.span.until,
            CountryRecordStatus.words == content.words,
            CountryRecordStatus.document == content.document,
            CountryRecordStatus.taken_back_at.is_(None),
        )
    )
    if same is not None:
        return same
    status = CountryRecordStatus(
        record_id=record.id,
        status=content.status,
        since=content.span.since,
        until=content.span.until,
        precision=content.span.precision,
        words=content.words,
        document=content.document,
        source=content.source,
        by_id=by_id,
        at=now,
        why="",
    )
    session.add(status)
    session.flush()
    audit.record(session, EventKind.COUNTRY_RECORD_WRITTEN, about=f"country-record:{record.id}", now=now)
    return status


def confirm_status(session: Session, status: CountryRecordStatus, *, by_id: int, now: datetime) -> None:
    """Say as a second person that it is so. Raises Refused for whoever wrote it."""
    session.flush()
    session.refresh(status, with_for_update=True)
    if status.by_id == by_id:
        raise Refused(N_("You wrote this yourself. Somebody else has to confirm it."))
    if status.taken_back_at is not None:
        raise Refused(N_("This record was taken back already."))
    if status.confirmed_at is None:
        status.confirmed_by_id, status.confirmed_at = by_id, now
        audit.record(session, EventKind.COUNTRY_RECORD_CONFIRMED, about=f"country-record:{status.record_id}", now=now)


def take_status_back(
    session: Session, status: CountryRecordStatus, *, why: str, by_id: int | None, now: datetime
) -> None:
    """Say with a reason that it was wrong: it counts nowhere from here on, and stays to be read."""
    session.flush()
    session.refresh(status, with_for_update=True)
    if status.taken_back_at is None:
        status.taken_back_by_id, status.taken_back_at, status.why = by_id, now, checked_reason(why)
        audit.record(session, EventKind.COUNTRY_RECORD_TAKEN_BACK, about=f"country-record:{status.record_id}", now=now)
