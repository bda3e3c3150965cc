"""Programmes, and the roles that people have in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.rules import UNCONFIRMED
from coplearn.accounts.service import end_sessions
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.programme.models.organisations import Programme, ProgrammeMember
from coplearn.programme.rules.records import LONGEST_TEXT, LONGEST_TITLE
from coplearn.programme.rules.words import ProgrammeRole


def write_programme(session: Session, programme: Programme | None, name: str, summary: str, now: datetime) -> Programme:
    """Add a programme, or say of one what it is called and is for. Raises Refused without a name."""
    name = " ".join(name.split())
    if not name:
        raise Refused(N_("Give the programme a name."))
    if len(name) > LONGEST_TITLE or len(summary) > LONGEST_TEXT:
        longest = LONGEST_TITLE if len(name) > LONGEST_TITLE else LONGEST_TEXT
        raise Refused(N_("Use at most %(count)s characters."), count=longest)
    if programme is None:
        programme = Programme(public_id=new_public_id(), name=name, summary=summary, created_at=now)
        session.add(programme)
    programme.name, programme.summary = name, summary
    session.flush()
    audit.record(session, EventKind.PROGRAMME_WRITTEN, about=f"programme:{programme.id}", now=now)
    return programme


def seat_in_programme(
    session: Session, programme: Programme, email: str, role: ProgrammeRole, country: str, now: datetime
) -> ProgrammeMember:
    """Give somebody with an account a role in a programme, in one country of it or in all.

    It takes the place of another one there, with which every session of theirs ends. Raises Refused where nobody has that
    address, or nobody confirmed it.
    """
    if country and country not in COUNTRIES:
        raise Refused(N_("Choose a country."))
    user = user_by_email(session, email.strip().lower())
    if user is None or not user.active:
        raise Refused(
            N_("Nobody with an account here has this address. Ask the person to make an account, and try again.")
        )
    if user.confirmed_at is None:
        raise Refused(UNCONFIRMED)
    held = session.scalars(
        select(ProgrammeMember).where(
            ProgrammeMember.programme_id == programme.id,
            ProgrammeMember.user_id == user.id,
            ProgrammeMember.country == country,
            ProgrammeMember.ended_at.is_(None),
        )
    ).all()
    for one in held:
        if one.role == role:
            return one
        one.ended_at = now
    member = ProgrammeMember(programme_id=programme.id, user_id=user.id, role=role.value, country=country, added_at=now)
    session.add(member)
    session.flush()
    about = f"programme:{programme.id},{role.value}" + (f",{country}" if country else "")
    audit.record(session, EventKind.PROGRAMME_ROLE_GIVEN, whom=f"user:{user.id}", about=about, now=now)
    if held:
        end_sessions(session, user.id)
    return member


def end_seat(session: Session, member: ProgrammeMember, now: datetime) -> None:
    """End a role in a programme, and every session of whoever held it; that it was held stays to be read."""
    if member.ended_at is None:
        member.ended_at = now
        about = f"programme:{member.programme_id}"
        audit.record(session, EventKind.PROGRAMME_ROLE_ENDED, whom=f"user:{member.user_id}", about=about, now=now)
        end_sessions(session, member.user_id)
