"""Reading organisations and the texts matched with them, programmes and who works in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.programme.models.organisations import (
    CountryName,
    Organisation,
    OrganisationText,
    Programme,
    ProgrammeMember,
)
from coplearn.programme.rules.access import ProgrammeSeat
from coplearn.programme.rules.words import ProgrammeRole


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A role in a programme, with the person's name."""

    member: ProgrammeMember
    name: str
    email: str


def organisations(session: Session) -> Sequence[Organisation]:
    """Every organisation, by name (one statement)."""
    return session.scalars(select(Organisation).order_by(Organisation.name_key)).all()


def organisation_by(session: Session, public_id: str) -> Organisation | None:
    """The organisation of that address."""
    return session.scalar(select(Organisation).where(Organisation.public_id == public_id))


def matched(session: Session, text_keys: Collection[str]) -> dict[str, Organisation]:
    """The organisations that a person matched those texts with, by the text's key (one statement)."""
    rows = session.execute(
        select(OrganisationText.text_key, Organisation)
        .join(Organisation, Organisation.id == OrganisationText.organisation_id)
        .where(OrganisationText.text_key.in_(sorted(text_keys)), OrganisationText.undone_at.is_(None))
    )
    return {row[0]: row[1] for row in rows}


def register_numbers(session: Session) -> dict[str, str]:
    """The numbers in a register that were typed of organisations, by the keys of the texts that a person matched with them (one
    statement)."""
    rows = session.execute(
        select(OrganisationText.text_key, Organisation.sourced_id)
        .join(Organisation, Organisation.id == OrganisationText.organisation_id)
        .where(Organisation.sourced_id != "", OrganisationText.undone_at.is_(None))
    )
    return {row[0]: row[1] for row in rows}


def texts_of(session: Session, organisation_id: int) -> Sequence[OrganisationText]:
    """Every text that was matched with an organisation, undone ones among them, newest first."""
    return session.scalars(
        select(OrganisationText)
        .where(OrganisationText.organisation_id == organisation_id)
        .order_by(OrganisationText.id.desc())
    ).all()


def country_names(session: Session) -> dict[str, str]:
    """The countries that people said sources' names mean, by the name's key (one statement)."""
    return {row[0]: row[1] for row in session.execute(select(CountryName.text_key, CountryName.country))}


def programmes(session: Session) -> Sequence[Programme]:
    """Every programme that was not put away, by name (one statement)."""
    return session.scalars(select(Programme).where(Programme.archived_at.is_(None)).order_by(Programme.name)).all()


def programme_by(session: Session, public_id: str) -> Programme | None:
    """The programme of that address."""
    return session.scalar(select(Programme).where(Programme.public_id == public_id))


def seats_of(session: Session, user_id: int) -> tuple[ProgrammeSeat, ...]:
    """The roles that somebody has in programmes now (one statement)."""
    rows = session.execute(
        select(ProgrammeMember.programme_id, ProgrammeMember.role, ProgrammeMember.country)
        .join(Programme, Programme.id == ProgrammeMember.programme_id)
        .where(ProgrammeMember.user_id == user_id, ProgrammeMember.ended_at.is_(None), Programme.archived_at.is_(None))
    )
    return tuple(ProgrammeSeat(row[0], ProgrammeRole(row[1]), row[2]) for row in rows)


def members_of(session: Session, programme_id: int) -> list[SeatLine]:
    """The people who have a role in a programme now, by name (one statement)."""
    rows = session.execute(
        select(ProgrammeMember, User.name, User.email)
        .join(User, User.id == ProgrammeMember.user_id)
        .where(ProgrammeMember.programme_id == programme_id, ProgrammeMember.ended_at.is_(None))
        .order_by(User.name, User.email, ProgrammeMember.id)
    )
    return [SeatLine(row[0], row[1] or row[2], row[2]) for row in rows]
