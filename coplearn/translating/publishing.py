"""Showing finished texts to learners, in every worker at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.storage.upserts import put
from coplearn.translating import rules, stock
from coplearn.translating.judging import refused_of
from coplearn.translating.models import CatalogVersion, Edit, Message, Translation


def publish_message(session: Session, message_id: int, locale: Locale, rev: int, now: datetime) -> int:
    """Show the text at revision ``rev`` to learners; gives the catalog's new version. Commit to make it so.

    A text that was emptied is withdrawn: learners get the source. Raises NotFound, Conflict when the text has changed
    since, and Refused when it is unfinished, stale or kept back by a check (what was shown before stays).
    """
    row = session.execute(
        select(Translation, Message)
        .join(Message, Message.id == Translation.message_id)
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
    return _bump(session, message.domain, locale, now)


def _refuse_unread(session: Session, message: Message, translation: Translation) -> None:
    if not rules.needs_second_reader(message.kind, critical=message.critical):
        return
    readers = stock.readers_of(session)
    if session.scalar(select(Translation.id).where(Translation.id == translation.id, stock.was_read(readers))) is None:
        raise Refused(
            N_("It is kept, and waits for a second reader: texts like this go live once somebody else has read them.")
        )


def publish_ready(session: Session, domain: str, locale: Locale, now: datetime) -> int:
    """Show every finished text of the domain to learners; gives how many were not shown as they are yet.

    What waits for a second reader stays, and so does what the gate keeps back now.
    """
    rows = session.execute(
        select(Message.id, Translation.id)
        .join(Message, Message.id == Translation.message_id)
        .where(
            Message.domain == domain,
            Message.removed_at.is_(None),
            Translation.locale == locale.code,
            stock.unpublished(stock.readers_of(session)),
        )
        .with_for_update(of=Translation)
    )
    found = {row[0]: row[1] for row in rows}
    refused = refused_of(session, domain, locale, found.keys()) if found else {}
    ready = [number for message_id, number in found.items() if message_id not in refused]
    if ready:
        _show(session, ready, now)
        _bump(session, domain, locale, now)
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


def _bump(session: Session, domain: str, locale: Locale, now: datetime) -> int:
    """The new version, in the transaction of what it tells of: a worker that sees the one sees the other."""
    newest = session.scalar(
        select(func.max(Edit.id))
        .join(Message, Message.id == Edit.message_id)
        .where(Message.domain == domain, Edit.locale == locale.code)
    )
    values = {
        "domain": domain,
        "locale": locale.code,
        "version": 1,
        "published_at": now,
        "edit_id": newest or 0,
        "file_sha": "",
        "file_edit_id": 0,
    }
    changes = {"version": CatalogVersion.version + 1, "published_at": now, "edit_id": newest or 0}
    put(session, CatalogVersion, ("domain", "locale"), values, changes)
    session.expire_all()
    return session.scalars(
        select(CatalogVersion.version).where(CatalogVersion.domain == domain, CatalogVersion.locale == locale.code)
    ).one()
