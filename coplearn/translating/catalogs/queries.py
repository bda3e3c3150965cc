"""Reading how far each language is, who translates, and what was done last, in a known number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import in_force, owns_session
from coplearn.accounts.rules import Granted
from coplearn.kernel.text import Phrase
from coplearn.translating.store import catalog_store, rules
from coplearn.translating.store.catalog_store import count_if
from coplearn.translating.store.models import Edit, Review, StoredMessage, Translation
from coplearn.translating.store.progress import DomainProgress, Progress


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """A recent edit of somebody."""

    edit_id: int
    message_id: int
    domain: str
    locale: str
    context: str
    actor: Phrase
    via: str
    new_state: str
    at: datetime


def _words(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, StoredMessage.words), else_=0)), 0)


def overview(session: Session, locales: Sequence[str], domain: str | None = None) -> list[DomainProgress]:
    """The progress of every domain in each of those languages, by domain and then as ``locales`` stand; three statements."""
    only = [StoredMessage.removed_at.is_(None), *([StoredMessage.domain == domain] if domain is not None else [])]
    totals = session.execute(
        select(StoredMessage.domain, StoredMessage.item, func.count(), func.sum(StoredMessage.words))
        .where(*only)
        .group_by(StoredMessage.domain, StoredMessage.item)
    ).all()
    states = (catalog_store.STALE, catalog_store.DRAFT, catalog_store.BY_PERSON, catalog_store.BY_MACHINE)
    numbers = [count(state) for count in (count_if, _words) for state in states]
    readers = catalog_store.readers_of(session)
    done = session.execute(
        select(
            StoredMessage.domain,
            Translation.locale,
            StoredMessage.item,
            *numbers,
            count_if(catalog_store.READY),
            count_if(catalog_store.unpublished(readers)),
            count_if(catalog_store.waiting(readers)),
            count_if(catalog_store.live_unread(readers)),
        )
        .join(Translation, Translation.message_id == StoredMessage.id)
        .outerjoin(
            Review,
            and_(
                Review.message_id == StoredMessage.id,
                Review.locale == Translation.locale,
                Review.sha == Translation.sha,
            ),
        )
        .where(*only, Translation.locale.in_(locales))
        .group_by(StoredMessage.domain, Translation.locale, StoredMessage.item)
    ).all()
    versions = catalog_store.versions(session.connection())
    return [
        _standing(name, locale, [row for row in totals if row[0] == name], done, versions)
        for name in sorted({row[0] for row in totals})
        for locale in locales
    ]


def _standing(
    domain: str, locale: str, totals: Sequence[Any], done: Sequence[Any], versions: Mapping[tuple[str, str], int]
) -> DomainProgress:
    rows = [row for row in done if row[0] == domain and row[1] == locale]
    sums = [sum(int(row[column]) for row in rows) for column in range(3, 15)]
    ready = {row[2]: int(row[11]) for row in rows}
    items = {row[1]: int(row[2]) for row in totals if row[1]}
    messages = sum(int(row[2]) for row in totals)
    words = sum(int(row[3]) for row in totals)
    return DomainProgress(
        domain,
        locale,
        Progress(messages - sum(sums[:4]), *sums[:4]),
        Progress(words - sum(sums[4:8]), *sums[4:8]),
        ready=sums[8],
        unpublished=sums[9],
        waiting=sums[10],
        unread=sums[11],
        items=len(items),
        items_ready=sum(ready.get(item, 0) == count for item, count in items.items()),
        version=versions.get((domain, locale), 0),
        adopted=(domain, locale) in versions,
    )


def recent_edits(session: Session, locale: str, limit: int = 10) -> list[RecentEdit]:
    """The last edits in a language, the newest first; what files and commands did is left out (one statement)."""
    rows = session.execute(
        select(Edit, StoredMessage.domain, StoredMessage.context, User.name)
        .join(StoredMessage, StoredMessage.id == Edit.message_id)
        .outerjoin(User, User.id == Edit.actor_id)
        .where(Edit.locale == locale, Edit.actor == "")
        .order_by(Edit.id.desc())
        .limit(limit)
    )
    return [
        RecentEdit(
            edit.id,
            edit.message_id,
            domain,
            locale,
            context,
            rules.shown_name(edit.actor_id, name, edit.actor),
            edit.via,
            edit.new_state,
            edit.at,
        )
        for edit, domain, context, name in rows
    ]


def translator_of(session: Session, uniquifier: str) -> tuple[rules.Actor, tuple[Granted, ...]] | None:
    """The signed-in person and everything they are trusted with, or None (one statement)."""
    rows = session.execute(
        select(User.id, User.name, Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id)
        .outerjoin(Grant, and_(Grant.user_id == User.id, in_force()))
        .where(owns_session(uniquifier))
    ).all()
    if not rows:
        return None
    granted = tuple(Granted(*row[2:]) for row in rows if row[2] is not None)
    return rules.Actor(rows[0][0], rows[0][1] or ""), granted
