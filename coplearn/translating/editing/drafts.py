"""Texts typed and not saved yet, and the hint that somebody has a message open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.storage.upserts import put
from coplearn.translating.store import rules
from coplearn.translating.store.edits import message_of, tidied_forms
from coplearn.translating.store.models import EditLock, TextDraft


def keep_draft(
    session: Session, user_id: int, message_id: int, locale: Locale, forms: Sequence[str], now: datetime
) -> None:
    """Keep what somebody has typed and not saved; only they see it. Raises as save."""
    tidied = tidied_forms(message_of(session, message_id), locale, forms)
    values = {"user_id": user_id, "message_id": message_id, "locale": locale.code, "forms": tidied, "at": now}
    put(session, TextDraft, ("user_id", "message_id", "locale"), values, {"forms": tidied, "at": now})


def take_lock(session: Session, user_id: int, message_id: int, locale: Locale, now: datetime) -> None:
    """Tell others for five minutes that somebody has the message open; it hinders nobody."""
    until = now + rules.HOLD
    session.execute(delete(EditLock).where(EditLock.until <= now))
    values = {"message_id": message_id, "locale": locale.code, "user_id": user_id, "until": until}
    put(session, EditLock, ("message_id", "locale", "user_id"), values, {"until": until})


def release_lock(session: Session, user_id: int, message_id: int, locale: Locale) -> None:
    """Take that back."""
    session.execute(
        delete(EditLock).where(
            EditLock.user_id == user_id, EditLock.message_id == message_id, EditLock.locale == locale.code
        )
    )
