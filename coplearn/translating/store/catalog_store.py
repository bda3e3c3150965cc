"""Reading whole catalogs from the store: what files, workers and the memory need."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from coplearn.i18n.glossary import Glossaries, Glossary
from coplearn.i18n.live import PublishedEntry
from coplearn.i18n.second_readings import READERS
from coplearn.settings import Reader
from coplearn.storage.session_info import SessionKey
from coplearn.translating.store import rules
from coplearn.translating.store.models import (
    AuditEntry,
    CarriedText,
    CatalogVersion,
    Edit,
    Review,
    StoredMessage,
    Suggestion,
    Translation,
)
from coplearn.translating.store.progress import Progress
from coplearn.translating.store.rules import CatalogRow, TextPair

GLOSSARIES_KEY: Final = SessionKey[Glossaries]("glossaries")
READERS_KEY: Final = SessionKey[Collection[Reader]]("readers")
CARRIED = "carried"
"""The kind of the one audit entry from which on second readings are asked for."""
PRESENT = and_(Translation.id.is_not(None), Translation.state != "missing")
CURRENT = Translation.based_on == StoredMessage.msgid
STALE = and_(PRESENT, Translation.based_on != StoredMessage.msgid)
REVIEWED = and_(PRESENT, CURRENT, Review.id.is_not(None))
BY_MACHINE = and_(REVIEWED, Review.kind == "machine")
READER = case((REVIEWED, Review.kind), else_="")
BY_PERSON = and_(REVIEWED, Review.kind == "person")
DRAFT = and_(PRESENT, CURRENT, Review.id.is_(None))
READY = and_(Translation.state == "translated", CURRENT, Translation.failing.is_(False))
LIVE = and_(Translation.published_rev.is_not(None), Translation.published_rev == Translation.rev)
READ_TWICE = or_(StoredMessage.critical, StoredMessage.kind.in_(rules.READ_TWICE))
_NEW = and_(READY, or_(Translation.published_rev.is_(None), Translation.published_rev != Translation.rev))
MISSING = or_(Translation.id.is_(None), Translation.state == "missing")


def with_translation(statement: Select[*tuple[Any, ...]], locale: str) -> Select[*tuple[Any, ...]]:
    """Every message with its translation and the review of exactly that text, where there are any."""
    return statement.outerjoin(
        Translation, and_(Translation.message_id == StoredMessage.id, Translation.locale == locale)
    ).outerjoin(
        Review,
        and_(Review.message_id == StoredMessage.id, Review.locale == locale, Review.sha == Translation.sha),
    )


def readers_of(session: Session) -> tuple[Reader, ...]:
    """The readers whose second reading counts, as the site lends it to its sessions; anybody's without a word of it."""
    counted = READERS_KEY.get(session)
    return tuple(reader for reader in READERS if counted is None or reader in counted)


def was_read(readers: Collection[Reader]) -> ColumnElement[bool]:
    """Whether one of those has read the text as it stands a second time."""
    other = aliased(Review)
    return exists().where(
        other.message_id == Translation.message_id,
        other.locale == Translation.locale,
        other.sha == Translation.sha,
        other.kind.in_(readers),
    )


def unpublished(readers: Collection[Reader]) -> ColumnElement[bool]:
    """A finished text that may be shown and is not yet."""
    return and_(_NEW, or_(~READ_TWICE, was_read(readers)))


def waiting(readers: Collection[Reader]) -> ColumnElement[bool]:
    """A finished text that is not shown because nobody has read it a second time."""
    return and_(_NEW, READ_TWICE, ~was_read(readers))


def live_unread(readers: Collection[Reader]) -> ColumnElement[bool]:
    """A text that learners see since before second readings were asked for, and that has had none."""
    return and_(LIVE, READ_TWICE, ~was_read(readers))


def is_adopted(session: Session, domain: str, locale: str) -> bool:
    """Whether the language's catalog is in the store already (one statement)."""
    found = select(CatalogVersion.id).where(CatalogVersion.domain == domain, CatalogVersion.locale == locale)
    return session.scalar(found) is not None


def synced_digest(session: Session, domain: str) -> str:
    """``rules.digest_of`` the source as the store knows it; empty before the first sync (one statement)."""
    row = select(CatalogVersion.file_sha).where(CatalogVersion.domain == domain, CatalogVersion.locale == "")
    return session.scalar(row) or ""


def catalog_rows(session: Session, domain: str, locale: str, *, removed: bool = False) -> list[CatalogRow]:
    """Every message of the domain with its text in one language, in reading order (one statement)."""
    kept = [StoredMessage.domain == domain, *([] if removed else [StoredMessage.removed_at.is_(None)])]
    rows = session.execute(
        with_translation(
            select(
                StoredMessage.id,
                StoredMessage.key,
                StoredMessage.domain,
                StoredMessage.context,
                StoredMessage.msgid,
                StoredMessage.plural,
                StoredMessage.group,
                StoredMessage.critical,
                StoredMessage.max_length,
                StoredMessage.notes,
                StoredMessage.place,
                StoredMessage.kind,
                StoredMessage.removed_at,
                Translation.rev,
                Translation.forms,
                Translation.state,
                Translation.based_on,
                Translation.failing,
                READER,
                Translation.published_rev,
            ).select_from(StoredMessage),
            locale,
        )
        .where(*kept)
        .order_by(StoredMessage.seq, StoredMessage.id)
    )
    return [_catalog_row(row) for row in rows]


def _catalog_row(row: Any) -> CatalogRow:
    found: tuple[Any, ...] = (
        *row[:12],
        row[12] is not None,
        row[13] or 0,
        tuple(row[14] or ()),
        rules.as_state(row[15]),
        row[16] or "",
        bool(row[17]),
        row[18] or "",
        row[19] is not None,
    )
    return CatalogRow(*found)


def texts_at(session: Session, domain: str, locale: str, edit_id: int) -> dict[int, tuple[list[str], str, str]]:
    """Forms, state and source text as they stood after that edit, by message id; those without any text yet are left out."""
    newest = (
        select(func.max(Edit.id).label("id"))
        .join(StoredMessage, StoredMessage.id == Edit.message_id)
        .where(StoredMessage.domain == domain, Edit.locale == locale, Edit.id <= edit_id)
        .group_by(Edit.message_id)
        .subquery()
    )
    rows = session.execute(
        select(Edit.message_id, Edit.new_forms, Edit.new_state, Edit.based_on).join(newest, newest.c.id == Edit.id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def last_edit_id(session: Session, domain: str, locale: str) -> int:
    """The id of the domain's newest edit in that language, the base a download names; 0 for none (one statement)."""
    found = select(func.max(Edit.id)).join(StoredMessage, StoredMessage.id == Edit.message_id)
    return session.scalar(found.where(StoredMessage.domain == domain, Edit.locale == locale)) or 0


NO_CATALOG: Final = ("", "")
"""What stands among the versions once second readings are asked for."""


def first_version(domain: str, locale: str, now: datetime) -> dict[str, Any]:
    """The columns of a CatalogVersion that nothing was published or exported of yet."""
    return {
        "domain": domain,
        "locale": locale,
        "version": 1,
        "published_at": now,
        "edit_id": 0,
        "file_sha": "",
        "file_edit_id": 0,
    }


def versions(connection: Connection) -> dict[tuple[str, str], int]:
    """The version of each (domain, locale): how often it was published; the source's rows are left out (one statement)."""
    published = select(CatalogVersion.domain, CatalogVersion.locale, CatalogVersion.version).where(
        CatalogVersion.locale != ""
    )
    asked = select(literal(""), literal(""), AuditEntry.id).where(AuditEntry.kind == CARRIED)
    return {(row[0], row[1]): row[2] for row in connection.execute(union_all(published, asked))}


def is_asked(connection: Connection) -> bool:
    """Whether the day from which second readings are asked for has come (one statement)."""
    return connection.execute(select(AuditEntry.id).where(AuditEntry.kind == CARRIED).limit(1)).first() is not None


def carried(connection: Connection) -> dict[tuple[str, str], frozenset[str]]:
    """By (domain, locale) what files showed on the day from which second readings are asked for (one statement)."""
    found: dict[tuple[str, str], set[str]] = {}
    for domain, locale, sha in connection.execute(select(CarriedText.domain, CarriedText.locale, CarriedText.sha)):
        found.setdefault((domain, locale), set()).add(sha)
    return {pair: frozenset(shas) for pair, shas in found.items()}


def files_seen(session: Session) -> dict[tuple[str, str], tuple[str, datetime | None]]:
    """The hash of the last exported file of each (domain, locale), and when the newest text came that was in the file last
    seen; empty and None for none (one statement)."""
    rows = session.execute(
        select(CatalogVersion.domain, CatalogVersion.locale, CatalogVersion.file_sha, Edit.at)
        .outerjoin(Edit, Edit.id == CatalogVersion.file_edit_id)
        .where(CatalogVersion.locale != "")
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def published_rows(connection: Connection, domain: str, locale: str) -> list[PublishedEntry]:
    """The texts of a domain that learners see in a language (one statement).

    A text that was withdrawn, or was never published, is there with empty forms: not even a file may show it.
    """
    rows = connection.execute(
        select(
            StoredMessage.context,
            StoredMessage.msgid,
            StoredMessage.plural,
            Translation.published_forms,
            Translation.published_based_on,
            Translation.published_fuzzy,
        )
        .join(Translation, Translation.message_id == StoredMessage.id)
        .where(
            StoredMessage.domain == domain,
            Translation.locale == locale,
            or_(Translation.published_forms.is_not(None), and_(PRESENT, StoredMessage.removed_at.is_(None))),
        )
        .order_by(StoredMessage.seq, StoredMessage.id)
    )
    return [PublishedEntry(row[0], row[1], row[2] or "", tuple(row[3] or ()), row[4] or "", row[5]) for row in rows]


def amounts(session: Session, domain: str, locale: str) -> Progress:
    """The states of a domain's messages in a language (one statement)."""
    states = (STALE, DRAFT, BY_PERSON, BY_MACHINE)
    row = session.execute(
        with_translation(
            select(
                func.count(), *(func.coalesce(func.sum(case((state, 1), else_=0)), 0) for state in states)
            ).select_from(StoredMessage),
            locale,
        ).where(StoredMessage.domain == domain, StoredMessage.removed_at.is_(None))
    ).one()
    found = [int(number) for number in row[1:]]
    return Progress(int(row[0]) - sum(found), *found)


def offered_texts(session: Session, domain: str, locale: str) -> set[tuple[int, tuple[str, ...]]]:
    """Every text that was ever suggested, with its message's id (one statement)."""
    rows = session.execute(
        select(Suggestion.message_id, Suggestion.forms)
        .join(StoredMessage, StoredMessage.id == Suggestion.message_id)
        .where(StoredMessage.domain == domain, Suggestion.locale == locale)
    )
    return {(row[0], tuple(row[1])) for row in rows}


def unread_counts(session: Session, domain: str, locale: str) -> tuple[int, int]:
    """The numbers of texts that wait for a second reading, and of those that learners see without one (one statement)."""
    readers = readers_of(session)
    row = session.execute(
        select(
            func.coalesce(func.sum(case((waiting(readers), 1), else_=0)), 0),
            func.coalesce(func.sum(case((live_unread(readers), 1), else_=0)), 0),
        )
        .select_from(Translation)
        .join(StoredMessage, StoredMessage.id == Translation.message_id)
        .where(StoredMessage.domain == domain, StoredMessage.removed_at.is_(None), Translation.locale == locale)
    ).one()
    return int(row[0]), int(row[1])


def memory_pairs(session: Session, locale: str) -> list[TextPair]:
    """Every source text with its finished translation into a language, over all domains (one statement)."""
    return _pairs(session, _pair_query(locale))


def pairs_that_begin(session: Session, locale: str, beginning: str, limit: int) -> list[TextPair]:
    """The same of texts that begin so, at most ``limit`` (one statement): quick, and far from everything."""
    return _pairs(
        session, _pair_query(locale).where(StoredMessage.msgid.startswith(beginning, autoescape=True)).limit(limit)
    )


def _pair_query(locale: str) -> Select[Any]:
    # The database picks the one text of each that is wanted: reading every list here would take most of the time.
    is_finished = Translation.state == "translated"
    source = case((is_finished, Translation.based_on), else_=Translation.published_based_on)
    text = case((is_finished, Translation.forms[0].as_string()), else_=Translation.published_forms[0].as_string())
    return (
        select(StoredMessage.id, StoredMessage.domain, StoredMessage.context, StoredMessage.kind, source, text)
        .join(Translation, Translation.message_id == StoredMessage.id)
        .where(Translation.locale == locale)
        .order_by(StoredMessage.id)
    )


def _pairs(session: Session, query: Select[Any]) -> list[TextPair]:
    return [TextPair(*row) for row in session.execute(query) if row[4] and row[5]]


def glossary_of(session: Session, locale: str) -> Glossary | None:
    """The terms that judge texts in that locale's code, as the site lends them to its sessions; None without any."""
    glossaries = GLOSSARIES_KEY.get(session)
    return glossaries.of(locale) if glossaries is not None else None


def count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
