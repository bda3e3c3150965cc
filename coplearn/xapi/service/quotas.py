"""Quotas of what launched packages store: anybody may open one, so what is stored of one learner has an end."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coplearn.xapi.models import KeptAttachment, KeptDocument, KeptStatement
from coplearn.xapi.rules.access import LrsSender
from coplearn.xapi.rules.formats import Rejected

MOST_STATEMENTS: Final = 10_000
MOST_DOCUMENTS: Final = 1_000
MOST_LETTERS: Final = 20_000_000
"""Of the documents of one learner's packages, and of their statements with attachments."""
SMALL: Final = 16_384
"""Bytes of a request whose statements are counted alone, and not measured."""
_FULL: Final = "The packages of this learner have stored as much as they may."


def hold_statements(session: Session, sender: LrsSender, size: int) -> None:
    """Raise Rejected (413) where a launched package may store no more statements, of which ``size`` bytes are sent."""
    if sender.learner_id is None:
        return
    mine = KeptStatement.learner_id == sender.learner_id
    if (session.scalar(select(func.count()).where(mine)) or 0) >= MOST_STATEMENTS:
        raise Rejected(413, _FULL)
    if size > SMALL:
        files = _letters(session, KeptAttachment.data, KeptAttachment.learner_id == sender.learner_id)
        _hold(_letters(session, KeptStatement.body, mine) + files, size)


def hold_documents(session: Session, sender: LrsSender, size: int) -> None:
    """Raise Rejected (413) where a launched package may store no more documents, of which ``size`` bytes are sent."""
    if sender.learner_id is None:
        return
    mine = KeptDocument.learner_id == sender.learner_id
    if (session.scalar(select(func.count()).where(mine)) or 0) >= MOST_DOCUMENTS:
        raise Rejected(413, _FULL)
    _hold(_letters(session, KeptDocument.data, mine), size)


def _letters(session: Session, column: ColumnElement[str] | object, mine: ColumnElement[bool]) -> int:
    return session.scalar(select(func.sum(func.length(column))).where(mine)) or 0


def _hold(kept: int, size: int) -> None:
    if kept + size > MOST_LETTERS:
        raise Rejected(413, _FULL)
