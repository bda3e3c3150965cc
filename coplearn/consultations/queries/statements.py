"""Reading statements: their versions, their texts in other languages, and what was agreed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from coplearn.consultations.models import (
    AgreedText,
    Consultation,
    Statement,
    StatementText,
    StatementVersion,
)
from coplearn.consultations.rules.blocks import blocks_of, words_hash
from coplearn.consultations.rules.words import TITLE

MOST_LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class TitledStatement:
    """A statement with the title of its newest version, or of the one that is shown."""

    statement: Statement
    title: str


def statement_of(session: Session, public_id: str) -> Statement | None:
    """The statement at an address."""
    return session.scalar(select(Statement).where(Statement.public_id == public_id))


def statements(session: Session, condition: ColumnElement[bool] | None = None) -> list[TitledStatement]:
    """Statements with the title of their newest version, newest first."""
    newest = and_(StatementVersion.statement_id == Statement.id, StatementVersion.number == Statement.newest)
    wanted = select(Statement, StatementVersion.title).join(StatementVersion, newest).order_by(Statement.id.desc())
    rows = session.execute(wanted.where(condition) if condition is not None else wanted).all()
    return [TitledStatement(statement, title) for statement, title in rows]


def shown_statements(session: Session) -> list[TitledStatement]:
    """Statements that everybody may read, with the title that is shown."""
    shown = func.coalesce(Statement.agreed, Statement.shown)
    version = and_(StatementVersion.statement_id == Statement.id, StatementVersion.number == shown)
    wanted = select(Statement, StatementVersion.title).join(StatementVersion, version)
    wanted = wanted.where(Statement.shown.is_not(None)).order_by(Statement.id.desc()).limit(MOST_LISTED)
    return [TitledStatement(statement, title) for statement, title in session.execute(wanted).all()]


def version_of(session: Session, statement_id: int, number: int) -> StatementVersion | None:
    """One version."""
    return session.scalar(
        select(StatementVersion).where(StatementVersion.statement_id == statement_id, StatementVersion.number == number)
    )


def versions_of(session: Session, statement_id: int) -> Sequence[StatementVersion]:
    """Every version, newest first."""
    wanted = select(StatementVersion).where(StatementVersion.statement_id == statement_id)
    return session.scalars(wanted.order_by(StatementVersion.number.desc())).all()


def public_numbers(session: Session, statement: Statement, today: date) -> frozenset[int]:
    """The versions that everybody may read: the shown one, the agreed one, and those that everybody was asked about."""
    if statement.shown is None:
        return frozenset()
    wanted = select(Consultation.number).where(
        Consultation.statement_id == statement.id,
        or_(Consultation.told_at.is_not(None), and_(Consultation.way != "asked", Consultation.opens_on <= today)),
    )
    found = {*session.scalars(wanted), statement.shown, statement.agreed}
    return frozenset(number for number in found if number is not None)


def texts_of(session: Session, version: StatementVersion, locale: str) -> dict[str, str]:
    """The version's texts in a language, by block; a block whose words changed since has none."""
    wanted = select(StatementText.block, StatementText.made_of, StatementText.text).where(
        StatementText.statement_id == version.statement_id, StatementText.locale == locale
    )
    now = {TITLE: words_hash(version.title), **{one.id: one.made_of for one in blocks_of(version.body)}}
    found: dict[str, str] = {}
    for block, made_of, text in session.execute(wanted.order_by(StatementText.id)).all():
        if now.get(block) == made_of:
            found[block] = text
    return {block: text for block, text in found.items() if text}


def languages_of(session: Session, statement_id: int) -> list[str]:
    """The codes of the languages into which anything of a statement was translated."""
    wanted = select(StatementText.locale).where(StatementText.statement_id == statement_id).distinct()
    return sorted(session.scalars(wanted))


def agreed_texts(session: Session, statement_id: int) -> Sequence[AgreedText]:
    """The final text, in each language that it was agreed in."""
    wanted = select(AgreedText).where(AgreedText.statement_id == statement_id)
    return session.scalars(wanted.order_by(AgreedText.id)).all()
