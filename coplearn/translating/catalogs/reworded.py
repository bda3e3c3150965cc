"""Translations of a message that is not quite the one it was: reworded, or counted in another way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coplearn.i18n.rewording import Sentence, reworded
from coplearn.translating.store import rules
from coplearn.translating.store.history import edit_row
from coplearn.translating.store.models import Edit, StoredMessage, Translation


def keep_reworded(
    session: Session, domain: str, gone: Iterable[Sentence], came: Iterable[Sentence], now: datetime
) -> int:
    """Give a reworded sentence of the interface the translations that the old one had, as old ones; how many.

    They are based on the old text, so nobody sees them before somebody has looked. ``gone`` are known by the message's
    id, ``came`` by its key.
    """
    pairs = {old.key: new.key for old, new in reworded(gone, came)}
    if not pairs:
        return 0
    found = session.execute(
        select(StoredMessage.key, StoredMessage.id).where(
            StoredMessage.domain == domain, StoredMessage.key.in_(pairs.values())
        )
    )
    ids = {row.key: row.id for row in found}
    held = session.scalars(
        select(Translation).where(Translation.message_id.in_(pairs), Translation.state != "missing")
    ).all()
    rows = [_moved(one, ids[str(pairs[one.message_id])], now) for one in held]
    if rows:
        session.execute(insert(Translation), rows)
        session.execute(insert(Edit), [edit_row(row, rules.FILE, "file", now) for row in rows])
    return len(rows)


def _moved(old: Translation, message_id: int, now: datetime) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "locale": old.locale,
        "rev": 1,
        "forms": list(old.forms),
        "state": old.state,
        "based_on": old.based_on,
        "sha": "",
        "failing": old.failing,
        "author_id": None,
        "updated_at": now,
        "published_fuzzy": False,
    }


def ask_again(session: Session, message_ids: Sequence[int], now: datetime) -> None:
    """Mark finished translations as in need of work: only the plural of their message changed, which ``based_on`` cannot tell."""
    held = session.scalars(
        select(Translation).where(Translation.message_id.in_(message_ids), Translation.state == "translated")
    ).all()
    if not held:
        return
    rows: list[dict[str, Any]] = [
        {
            "id": one.id,
            "message_id": one.message_id,
            "locale": one.locale,
            "rev": one.rev + 1,
            "forms": list(one.forms),
            "state": "needs-work",
            "based_on": one.based_on,
        }
        for one in held
    ]
    history = [edit_row(row, rules.FILE, "file", now, before=(row["forms"], "translated")) for row in rows]
    session.execute(insert(Edit), history)
    session.execute(update(Translation), [{"id": row["id"], "rev": row["rev"], "state": row["state"]} for row in rows])
