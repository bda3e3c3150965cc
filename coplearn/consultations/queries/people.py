"""Reading what one person did in consultations, for their own download. Nobody is kept with a remark."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.consultations.models import AskedOrganisation, HeardGroup, RemarkAnswer, StatementText, StatementVersion


def export_of(session: Session, user_id: int, email: str) -> dict[str, Any]:
    """Everything that somebody wrote, and where they were asked by letter (five statements)."""
    versions = select(StatementVersion.title, StatementVersion.number, StatementVersion.note, StatementVersion.at)
    texts = select(StatementText.locale, StatementText.text, StatementText.at).where(StatementText.by_id == user_id)
    answers = select(RemarkAnswer.outcome, RemarkAnswer.reason, RemarkAnswer.theme, RemarkAnswer.at)
    heard = select(HeardGroup.said, HeardGroup.place, HeardGroup.source, HeardGroup.at)
    asked = select(AskedOrganisation.email, AskedOrganisation.at).where(AskedOrganisation.email == email)
    return {
        "asked_by_letter": _rows(session, asked),
        "statements": _rows(session, versions.where(StatementVersion.by_id == user_id)),
        "texts": _rows(session, texts),
        "answers": _rows(session, answers.where(RemarkAnswer.by_id == user_id)),
        "groups_heard": _rows(session, heard.where(HeardGroup.by_id == user_id)),
    }


def _rows(session: Session, wanted: Any) -> list[list[Any]]:
    return [[*row[:-1], row[-1].isoformat()] for row in session.execute(wanted)]
