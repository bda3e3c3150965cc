"""Second readings in the store: those that records beside the catalogs tell of, and what was live before there were any."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.i18n.second_readings import SecondReading, keep_readings, kinds_by_sha, text_sha
from coplearn.settings import Reader
from coplearn.storage.upserts import insert_all_new, put_all
from coplearn.translating.store import catalog_store, rules
from coplearn.translating.store.history import audit_entry
from coplearn.translating.store.models import CarriedText, Review, StoredMessage, Translation

IN_EDITOR = "read in the editor"
"""The method of a reading that was made here."""


def unread_in_file(
    session: Session,
    domain: str,
    locale: Locale,
    messages: Mapping[str, Any],
    entries: Mapping[str, rules.FileEntry],
    records: Sequence[SecondReading],
) -> set[str]:
    """The keys of what a catalog's file does not show because nobody has read it a second time."""
    if not locale.is_draft and not catalog_store.is_asked(session.connection()):
        return set()
    carried = catalog_store.carried(session.connection()).get((domain, locale.code), frozenset())
    readers = catalog_store.readers_of(session)
    read = {sha for sha, kind in kinds_by_sha(records, locale.code).items() if kind in readers}
    return {
        key
        for key, entry in entries.items()
        if (message := messages.get(key)) is not None
        and rules.needs_second_reader(message.kind, critical=message.critical)
        and text_sha(entry.context, entry.based_on, entry.forms) not in carried | read
    }


def take_readings(
    session: Session, domain: str, locale: Locale, records: Sequence[SecondReading], now: datetime
) -> int:
    """Take the records of texts that stand here exactly so; gives how many said something new. Others wait in their file."""
    found = new_readings(session, domain, locale, records)
    rows = [
        {
            "message_id": message_id,
            "locale": locale.code,
            "sha": sha,
            "kind": record.kind,
            "reviewer_id": None,
            "reviewer": rules.tidy(record.name),
            "method": rules.tidy(record.method),
            "at": _instant(record.day, now),
        }
        for message_id, sha, record in found
    ]
    put_all(session, Review, ("message_id", "locale", "sha"), rows)
    return len(found)


def new_readings(
    session: Session, domain: str, locale: Locale, records: Sequence[SecondReading]
) -> list[tuple[int, str, SecondReading]]:
    """Message, hash and record of each text that has none yet, or a machine's where the record is a person's."""
    own = {one.sha: one for one in sorted(records, key=lambda one: one.kind) if one.locale == locale.code}
    if not own:
        return []
    rows = session.execute(
        catalog_store.with_translation(
            select(
                StoredMessage.id,
                StoredMessage.context,
                Translation.based_on,
                Translation.forms,
                Translation.sha,
                Review.kind,
            ).select_from(StoredMessage),
            locale.code,
        ).where(StoredMessage.domain == domain, Translation.state == "translated")
    )
    standing = ((row, own.get(text_sha(row[1], row[2], row[3]))) for row in rows)
    return [
        (row[0], row[4], record)
        for row, record in standing
        if record is not None and (row[5] is None or (row[5], record.kind) == ("machine", "person"))
    ]


def _instant(day: str, now: datetime) -> datetime:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        return now


def carry_over(session: Session, texts: Mapping[tuple[str, str], Collection[str]], now: datetime) -> int | None:
    """Ask for second readings from now on; ``texts`` are those that files show today without one, by (domain, locale).

    Gives how many there are; None when it was done before. What learners see today stays as it is.
    """
    if catalog_store.is_asked(session.connection()):
        return None
    rows = [
        {"domain": domain, "locale": locale, "sha": sha}
        for (domain, locale), shas in texts.items()
        for sha in sorted(shas)
    ]
    insert_all_new(session, CarriedText, rows)
    note = f"{len(rows)} texts were live without a second reading"
    session.add(audit_entry(rules.SYSTEM, catalog_store.CARRIED, now, note=note))
    session.flush()
    return len(rows)


def export_readings(session: Session, domain: str, locale: Locale, path: Path) -> int:
    """Add who read which text as it stands to the file of records, without the name of any account; how many were new."""
    rows = session.execute(
        catalog_store.with_translation(
            select(
                StoredMessage.context,
                Translation.based_on,
                Translation.forms,
                Review.kind,
                Review.reviewer_id,
                Review.reviewer,
                Review.method,
                Review.at,
            ).select_from(StoredMessage),
            locale.code,
        )
        .where(StoredMessage.domain == domain, StoredMessage.removed_at.is_(None), catalog_store.REVIEWED)
        .order_by(StoredMessage.seq)
    )
    return keep_readings(path, [_record(locale, *row) for row in rows])


def _record(
    locale: Locale,
    context: str,
    based_on: str,
    forms: Sequence[str],
    kind: str,
    reviewer_id: int | None,
    reviewer: str,
    method: str,
    at: datetime,
) -> SecondReading:
    name = "" if reviewer_id is not None else reviewer
    sha = text_sha(context, based_on, forms)
    return SecondReading(
        locale.code, context, sha, cast(Reader, kind), name, at.date().isoformat(), method or IN_EDITOR
    )
