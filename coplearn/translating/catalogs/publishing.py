"""Showing finished texts to learners: publishing them, and reading what was published in every worker."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.i18n.live import POLL_SECONDS, PublishedEntry
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import beat
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.storage.database import reading_only
from coplearn.storage.upserts import put
from coplearn.translating.store import catalog_store, rules
from coplearn.translating.store.models import CatalogVersion, StoredMessage, Translation
from coplearn.translating.store.text_checks import refused_of


def publish_message(session: Session, message_id: int, locale: Locale, rev: int, now: datetime) -> int:
    """Show the text at revision ``rev`` to learners; gives the catalog's new version. Commit to make it so.

    A text that was emptied is withdrawn: learners get the source. Raises NotFound, Conflict when the text has changed
    since, and Refused when it is unfinished, stale or kept back by a check (what was shown before stays).
    """
    row = session.execute(
        select(Translation, StoredMessage)
        .join(StoredMessage, StoredMessage.id == Translation.message_id)
        .where(Translation.message_id == message_id, Translation.locale == locale.code)
        .with_for_update(of=Translation)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no translation to publish yet."))
    translation, message = row
    if translation.rev != rev:
        raise Conflict(N_("Somebody changed the text since you opened it. Please read it again."))
    if translation.state == "missing" and translation.published_forms is None:
        raise Refused(N_("There is no translation to publish yet."))
    if translation.state == "needs-work" or translation.failing:
        raise Refused(N_("Only a finished text that passes its checks can be published."))
    if translation.state == "translated" and translation.based_on != message.msgid:
        raise Refused(N_("The source has changed. Bring the translation up to it first."))
    is_shown = (
        translation.published_forms == translation.forms and translation.published_based_on == translation.based_on
    )
    if translation.state == "translated" and not is_shown:
        _refuse_unread(session, message, translation)
    if translation.state == "translated" and refused_of(session, message.domain, locale, [message.id]):
        raise Refused(N_("Only a finished text that passes its checks can be published."))
    _show(session, [translation.id], now)
    return _raise_version(session, message.domain, locale, now)


def _refuse_unread(session: Session, message: StoredMessage, translation: Translation) -> None:
    if not rules.needs_second_reader(message.kind, critical=message.critical):
        return
    readers = catalog_store.readers_of(session)
    if (
        session.scalar(select(Translation.id).where(Translation.id == translation.id, catalog_store.was_read(readers)))
        is None
    ):
        raise Refused(
            N_("It is kept, and waits for a second reader: texts like this go live once somebody else has read them.")
        )


def publish_ready(session: Session, domain: str, locale: Locale, now: datetime) -> int:
    """Show every finished text of the domain to learners; gives how many were not shown as they are yet.

    What waits for a second reader stays, and so does what the gate keeps back now.
    """
    rows = session.execute(
        select(StoredMessage.id, Translation.id)
        .join(StoredMessage, StoredMessage.id == Translation.message_id)
        .where(
            StoredMessage.domain == domain,
            StoredMessage.removed_at.is_(None),
            Translation.locale == locale.code,
            catalog_store.unpublished(catalog_store.readers_of(session)),
        )
        .with_for_update(of=Translation)
    )
    found = {row[0]: row[1] for row in rows}
    refused = refused_of(session, domain, locale, found.keys()) if found else {}
    ready = [number for message_id, number in found.items() if message_id not in refused]
    if ready:
        _show(session, ready, now)
        _raise_version(session, domain, locale, now)
    return len(ready)


def _show(session: Session, ids: Sequence[int], now: datetime) -> None:
    for start in range(0, len(ids), 500):
        session.execute(
            update(Translation)
            .where(Translation.id.in_(ids[start : start + 500]))
            .values(
                published_forms=Translation.forms,
                published_based_on=Translation.based_on,
                published_rev=Translation.rev,
                published_fuzzy=False,
            )
            .execution_options(synchronize_session=False)
        )


def _raise_version(session: Session, domain: str, locale: Locale, now: datetime) -> int:
    """The new version, in the transaction of what it tells of: a worker that sees the one sees the other."""
    newest = catalog_store.last_edit_id(session, domain, locale.code)
    values = catalog_store.first_version(domain, locale.code, now) | {"edit_id": newest}
    changes = {"version": CatalogVersion.version + 1, "published_at": now, "edit_id": newest}
    put(session, CatalogVersion, ("domain", "locale"), values, changes)
    session.expire_all()
    return session.scalars(
        select(CatalogVersion.version).where(CatalogVersion.domain == domain, CatalogVersion.locale == locale.code)
    ).one()


_NOTHING: Final[tuple[int, tuple[PublishedEntry, ...]]] = (0, ())


class PublishedTexts:
    """Satisfies :class:`coplearn.i18n.live.Published` from the database.

    The versions are asked for at most every ``poll`` seconds, by one thread at a time on a connection of its own; the
    texts of a domain and language are read when their version went up. A version is told only with its texts in hand.
    A database that cannot be read keeps what was known.
    """

    def __init__(self, engine: Engine, *, poll: float = POLL_SECONDS) -> None:
        self._engine = engine
        self._poll = poll
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._held: dict[tuple[str, str], tuple[int, tuple[PublishedEntry, ...]]] = {}
        self._carried: Mapping[tuple[str, str], frozenset[str]] | None = None

    def version(self, domain: str, locale: str) -> int:
        """The version of the domain in that language: how often it was published, 0 for never."""
        self._look()
        return self._held.get((domain, locale), _NOTHING)[0]

    def versions(self) -> dict[tuple[str, str], int]:
        """The version of each (domain, locale) that was ever published."""
        self._look()
        return {pair: version for pair, (version, _) in list(self._held.items())}

    def entries(self, domain: str, locale: str) -> tuple[PublishedEntry, ...]:
        """The texts of that version or a newer one."""
        self._look()
        return self._held.get((domain, locale), _NOTHING)[1]

    def carried(self, domain: str, locale: str) -> Collection[str] | None:
        """The texts that files showed on the day from which second readings are asked for; None before that day."""
        self._look()
        return None if self._carried is None else self._carried.get((domain, locale), frozenset())

    def _look(self) -> None:
        now = beat(self._poll)
        if self._looked == now:
            return
        # Who comes while another thread asks takes what is known; only before the first answer it is worth a wait.
        if not self._lock.acquire(timeout=1.0 if self._looked is None else 0):
            return
        try:
            if self._looked != now:
                self._read()
        except SQLAlchemyError:
            pass  # not migrated yet, or out of reach for the moment: the files' texts, or the last ones, are shown
        finally:
            self._looked = now
            self._lock.release()

    def _read(self) -> None:
        with reading_only(), self._engine.connect() as connection:
            versions = catalog_store.versions(connection)
            is_asked = versions.pop(catalog_store.NO_CATALOG, 0)
            for pair, version in versions.items():
                if self._held.get(pair, _NOTHING)[0] != version:
                    rows = catalog_store.published_rows(connection, *pair)
                    self._held[pair] = (version, tuple(rows))
            if self._carried is None and is_asked:
                self._carried = catalog_store.carried(connection)
