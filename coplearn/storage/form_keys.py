"""Presses of buttons that make something: what a form made, under the key its page gave it, in the transaction that made it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from coplearn.storage.base import Base
from coplearn.storage.upserts import insert_new

KEPT: Final = timedelta(days=7)
"""For so long a form that is sent again leads to what it made."""


class TakenForm(Base):
    """One form that was taken; its key is a hash, so that the table names nobody and holds nothing that was typed."""

    __tablename__ = "press"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    made: Mapped[str] = mapped_column(String(500))
    """Where on this site it led."""
    at: Mapped[datetime] = mapped_column(index=True)


def take_form(session: Session, key: str, now: datetime) -> bool:
    """Begin what a form asks for; False when it was taken before. Whoever sends it at the same moment waits for the first."""
    return insert_new(session, TakenForm, {"key": key, "made": "", "at": now})


def keep_result(session: Session, key: str, address: str) -> None:
    """Say where that press led; for the transaction that makes it."""
    session.execute(update(TakenForm).where(TakenForm.key == key).values(made=address))


def result_of(session: Session, key: str) -> str:
    """The address that the form led to; empty when it led nowhere."""
    return session.scalar(select(TakenForm.made).where(TakenForm.key == key)) or ""


def forget_forms(session: Session, now: datetime) -> None:
    """Forget presses that nobody will send again."""
    session.execute(delete(TakenForm).where(TakenForm.at < now - KEPT))
