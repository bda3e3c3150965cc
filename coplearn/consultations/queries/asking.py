"""Reading consultations: at an address, of a statement, and what waits in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from coplearn.consultations.models import (
    AskedOrganisation,
    Consultation,
    RemarkAnswer,
    Statement,
    StatementRemark,
    StatementVersion,
)
from coplearn.consultations.rules.words import RemarkState
from coplearn.programme.models.organisations import Organisation


@dataclass(frozen=True, slots=True)
class AskedVersion:
    """A consultation with the statement and the version that it asks about."""

    consultation: Consultation
    statement: Statement
    version: StatementVersion


@dataclass(frozen=True, slots=True)
class AskedLine:
    """An organisation that was asked, and how many remarks it made."""

    asked: AskedOrganisation
    name: str
    remarks: int


@dataclass(frozen=True, slots=True)
class ConsultationWork:
    """The remarks that wait in a consultation for those who lead it."""

    asking: AskedVersion
    waiting: int
    unanswered: int


def is_asked_about() -> ColumnElement[bool]:
    """The version of a statement that a consultation on it asks about."""
    return and_(
        StatementVersion.statement_id == Consultation.statement_id, StatementVersion.number == Consultation.number
    )


_ASKING: Final = (
    select(Consultation, Statement, StatementVersion)
    .join(Statement, Statement.id == Consultation.statement_id)
    .join(StatementVersion, is_asked_about())
)


def asking_at(session: Session, public_id: str) -> AskedVersion | None:
    """The consultation at an address."""
    row = session.execute(_ASKING.where(Consultation.public_id == public_id)).first()
    return AskedVersion(*row) if row is not None else None


def askings_of(session: Session, statement_id: int) -> list[AskedVersion]:
    """The consultations on a statement, newest first."""
    rows = session.execute(_ASKING.where(Statement.id == statement_id).order_by(Consultation.id.desc())).all()
    return [AskedVersion(*row) for row in rows]


def open_askings(session: Session, today: date) -> list[AskedVersion]:
    """The consultations in which everybody may say something about now, those that close first before the others."""
    is_open = and_(Consultation.way != "asked", Consultation.opens_on <= today, Consultation.closes_on >= today)
    rows = session.execute(_ASKING.where(is_open).order_by(Consultation.closes_on, Consultation.id)).all()
    return [AskedVersion(*row) for row in rows]


def asked_at(session: Session, asked_id: int) -> tuple[AskedOrganisation, str, AskedVersion] | None:
    """The organisation that an address was sent to, its name, and what it was asked."""
    wanted = _ASKING.add_columns(AskedOrganisation, Organisation.name)
    wanted = wanted.join(AskedOrganisation, AskedOrganisation.consultation_id == Consultation.id)
    wanted = wanted.join(Organisation, Organisation.id == AskedOrganisation.organisation_id)
    row = session.execute(wanted.where(AskedOrganisation.id == asked_id)).first()
    return (row[3], row[4], AskedVersion(row[0], row[1], row[2])) if row is not None else None


def asked_organisations(session: Session, consultation_id: int) -> list[AskedLine]:
    """The organisations that were asked, by name, each with the number of its remarks."""
    said = and_(StatementRemark.asked_id == AskedOrganisation.id, StatementRemark.state != RemarkState.TAKEN_BACK)
    wanted = (
        select(AskedOrganisation, Organisation.name, func.count(StatementRemark.id))
        .join(Organisation, Organisation.id == AskedOrganisation.organisation_id)
        .outerjoin(StatementRemark, said)
        .where(AskedOrganisation.consultation_id == consultation_id)
        .group_by(AskedOrganisation.id, Organisation.name)
        .order_by(Organisation.name, AskedOrganisation.id)
    )
    return [AskedLine(asked, name, remarks) for asked, name, remarks in session.execute(wanted).all()]


def organisations_to_ask(session: Session, consultation_id: int) -> list[tuple[int, str]]:
    """Organisations that were not asked yet: id and name."""
    already = select(AskedOrganisation.organisation_id).where(AskedOrganisation.consultation_id == consultation_id)
    wanted = select(Organisation.id, Organisation.name).where(Organisation.id.not_in(already))
    return [(found, name) for found, name in session.execute(wanted.order_by(Organisation.name)).all()]


def to_remind(session: Session, since: date, until: date) -> Sequence[tuple[AskedOrganisation, Consultation]]:
    """Organisations that have said nothing in consultations that are open and close on a day between those two."""
    spoke = select(StatementRemark.id).where(StatementRemark.asked_id == AskedOrganisation.id).exists()
    wanted = (
        select(AskedOrganisation, Consultation)
        .join(Consultation, Consultation.id == AskedOrganisation.consultation_id)
        .where(
            Consultation.closes_on.between(since, until),
            Consultation.opens_on < since,
            AskedOrganisation.ended_at.is_(None),
            AskedOrganisation.email != "",
            ~spoke,
        )
    )
    return [(asked, consultation) for asked, consultation in session.execute(wanted).all()]


def with_contacts_before(session: Session, day: date) -> Sequence[AskedOrganisation]:
    """Organisations whose address is still kept though their consultation closed before that day."""
    wanted = select(AskedOrganisation).join(Consultation, Consultation.id == AskedOrganisation.consultation_id)
    return session.scalars(wanted.where(Consultation.closes_on < day, AskedOrganisation.email != "")).all()


def work_in_consultations(session: Session, now: datetime) -> list[ConsultationWork]:
    """Consultations not told of yet in which remarks wait to be read, or (once it closed) to be answered; two statements."""
    answered = select(RemarkAnswer.id).where(RemarkAnswer.remark_id == StatementRemark.id).exists()
    wanted = (
        select(StatementRemark.consultation_id, StatementRemark.state, func.count())
        .join(Consultation, Consultation.id == StatementRemark.consultation_id)
        .where(
            Consultation.told_at.is_(None),
            or_(
                StatementRemark.state == RemarkState.WAITING,
                and_(StatementRemark.state == RemarkState.SHOWN, ~answered, Consultation.closes_on < now.date()),
            ),
        )
        .group_by(StatementRemark.consultation_id, StatementRemark.state)
    )
    counts: dict[int, dict[str, int]] = {}
    for found, state, count in session.execute(wanted).all():
        counts.setdefault(found, {})[state] = count
    if not counts:
        return []
    rows = session.execute(_ASKING.where(Consultation.id.in_(counts)).order_by(Consultation.closes_on)).all()
    return [
        ConsultationWork(
            AskedVersion(*row),
            counts[row[0].id].get(RemarkState.WAITING, 0),
            counts[row[0].id].get(RemarkState.SHOWN, 0),
        )
        for row in rows
    ]
