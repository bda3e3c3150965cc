"""Reading whole catalogs from the store: what files, workers and the memory need."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from coplearn.i18n.glossary import Glossaries, Glossary
from coplearn.translating import rules
from coplearn.translating.models import CatalogVersion, Edit, Message, Review, Translation
from coplearn.translating.rows import CatalogRow, Pair, PublishedRow

PRESENT = and_(Translation.id.is_not(None), Translation.state != "missing")
CURRENT = Translation.based_on == Message.msgid
STALE = and_(PRESENT, Translation.based_on != Message.msgid)
REVIEWED = and_(PRESENT, CURRENT, Review.id.is_not(None))
DRAFT = and_(PRESENT, CURRENT, Review.id.is_(None))
READY = and_(Translation.state == "translated", CURRENT, Translation.failing.is_(False))
LIVE = and_(Translation.published_rev.is_not(None), Translation.published_rev == Translation.rev)
UNPUBLISHED = and_(READY, or_(Translation.published_rev.is_(None), Translation.published_rev != Translation.rev))
MISSING = or_(Translation.id.is_(None), Translation.state == "missing")


def with_translation(statement: Select[*tuple[Any, ...]], locale: str) -> Select[*tuple[Any, ...]]:
    """Every message with its translation and the review of exactly that text, where there are any."""
    return statement.outerjoin(
        Translation, and_(Translation.message_id == Message.id, Translation.locale == locale)
    ).outerjoin(
        Review,
        and_(Review.message_id == Message.id, Review.locale == locale, Review.sha == Translation.sha),
    )


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
    kept = [Message.domain == domain, *([] if removed else [Message.removed_at.is_(None)])]
    rows = session.execute(
        with_translation(
            select(
                Message.id,
                Message.key,
                Message.context,
                Message.msgid,
                Message.plural,
                Message.group,
                Message.critical,
                Message.max_length,
                Message.notes,
                Message.place,
                Message.kind,
                Message.removed_at,
                Translation.rev,
                Translation.forms,
                Translation.state,
                Translation.based_on,
                Translation.failing,
                case((REVIEWED, 1), else_=0),
            ).select_from(Message),
            locale,
        )
        .where(*kept)
        .order_by(Message.seq, Message.id)
    )
    return [_catalog_row(row) for row in rows]


def _catalog_row(row: Any) -> CatalogRow:
    found: tuple[Any, ...] = (
        *row[:11],
        row[11] is not None,
        row[12] or 0,
        tuple(row[13] or ()),
        rules.as_state(row[14]),
        row[15] or "",
        bool(row[16]),
        bool(row[17]),
    )
    return CatalogRow(*found)


def forms_at(session: Session, domain: str, locale: str, edit_id: int) -> dict[int, tuple[str, ...]]:
    """The texts as they stood after that edit, by message id; who is not in it had none yet (one statement)."""
    newest = (
        select(func.max(Edit.id).label("id"))
        .join(Message, Message.id == Edit.message_id)
        .where(Message.domain == domain, Edit.locale == locale, Edit.id <= edit_id)
        .group_by(Edit.message_id)
        .subquery()
    )
    rows = session.execute(select(Edit.message_id, Edit.new_forms).join(newest, newest.c.id == Edit.id))
    return {row[0]: tuple(row[1]) for row in rows}


def last_edit_id(session: Session, domain: str, locale: str) -> int:
    """The id of the domain's newest edit in that language, the base a download names; 0 for none (one statement)."""
    found = select(func.max(Edit.id)).join(Message, Message.id == Edit.message_id)
    return session.scalar(found.where(Message.domain == domain, Edit.locale == locale)) or 0


def versions(connection: Connection) -> dict[tuple[str, str], int]:
    """How often each (domain, locale) was published; the source's rows are left out (one statement)."""
    rows = connection.execute(
        select(CatalogVersion.domain, CatalogVersion.locale, CatalogVersion.version).where(CatalogVersion.locale != "")
    )
    return {(row[0], row[1]): row[2] for row in rows}


def files_seen(session: Session) -> dict[tuple[str, str], tuple[str, datetime | None]]:
    """Of each (domain, locale) the hash of its last exported file, and when the newest text came that was in the file last
    seen; empty and None for none (one statement)."""
    rows = session.execute(
        select(CatalogVersion.domain, CatalogVersion.locale, CatalogVersion.file_sha, Edit.at)
        .outerjoin(Edit, Edit.id == CatalogVersion.file_edit_id)
        .where(CatalogVersion.locale != "")
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def published_rows(connection: Connection, domain: str, locale: str) -> list[PublishedRow]:
    """What learners see of a domain in a language (one statement).

    A text that was withdrawn, or was never published, is there with empty forms: not even a file may show it.
    """
    rows = connection.execute(
        select(
            Message.context,
            Message.msgid,
            Message.plural,
            Translation.published_forms,
            Translation.published_based_on,
            Translation.published_fuzzy,
        )
        .join(Translation, Translation.message_id == Message.id)
        .where(
            Message.domain == domain,
            Translation.locale == locale,
            or_(Translation.published_forms.is_not(None), and_(PRESENT, Message.removed_at.is_(None))),
        )
        .order_by(Message.seq, Message.id)
    )
    return [PublishedRow(row[0], row[1], row[2] or "", tuple(row[3] or ()), row[4] or "", row[5]) for row in rows]


def memory_pairs(session: Session, locale: str) -> list[Pair]:
    """Every source text with its finished translation into a language, over all domains (one statement)."""
    return _pairs(session, _pair_query(locale))


def pairs_that_begin(session: Session, locale: str, beginning: str, limit: int) -> list[Pair]:
    """The same of texts that begin so, at most ``limit`` (one statement): quick, and far from everything."""
    return _pairs(session, _pair_query(locale).where(Message.msgid.startswith(beginning, autoescape=True)).limit(limit))


def _pair_query(locale: str) -> Select[Any]:
    # The database picks the one text of each that is wanted: reading every list here would take most of the time.
    is_finished = Translation.state == "translated"
    source = case((is_finished, Translation.based_on), else_=Translation.published_based_on)
    text = case((is_finished, Translation.forms[0].as_string()), else_=Translation.published_forms[0].as_string())
    return (
        select(Message.id, Message.domain, Message.context, Message.kind, source, text)
        .join(Translation, Translation.message_id == Message.id)
        .where(Translation.locale == locale)
        .order_by(Message.id)
    )


def _pairs(session: Session, query: Select[Any]) -> list[Pair]:
    return [Pair(*row) for row in session.execute(query) if row[4] and row[5]]


def glossary_of(session: Session, locale: str) -> Glossary | None:
    """The terms that judge texts in that locale's code, as the site lends them to its sessions; None without any."""
    lent = session.info.get("glossaries")
    return lent.of(locale) if isinstance(lent, Glossaries) else None
