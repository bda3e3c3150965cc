"""Reading the person at work with their roles in programmes, and what is kept of one person, for their own download."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import in_force, owns_session
from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.queries import Person
from coplearn.programme.models.countries import CountryRecordStatus
from coplearn.programme.models.organisations import Programme, ProgrammeMember
from coplearn.programme.models.records import ActivityEvidence, ActivityVersion
from coplearn.programme.rules.access import ProgrammeSeat
from coplearn.programme.rules.words import ProgrammeRole


def person_with_seats(session: Session, key: str) -> tuple[Person, tuple[ProgrammeSeat, ...]] | None:
    """The signed-in person with their grants and their roles in programmes (one statement); None for nobody."""
    rows = session.execute(
        select(
            User.id, User.name, User.email, User.locale, Grant.name, Grant.locale, Grant.course, Grant.country,
            Grant.cohort_id, Grant.until, Programme.id, ProgrammeMember.role, ProgrammeMember.country,
        )
        .outerjoin(Grant, and_(Grant.user_id == User.id, in_force()))
        .outerjoin(ProgrammeMember, and_(ProgrammeMember.user_id == User.id, ProgrammeMember.ended_at.is_(None)))
        .outerjoin(
            Programme, and_(Programme.id == ProgrammeMember.programme_id, Programme.archived_at.is_(None))
        )
        .where(owns_session(key))
    ).all()  # fmt: skip
    if not rows:
        return None
    first = rows[0]
    grants = dict.fromkeys(Granted(*row[4:10]) for row in rows if row[4] is not None)
    seats = dict.fromkeys(
        ProgrammeSeat(row[10], ProgrammeRole(row[11]), row[12]) for row in rows if row[10] is not None
    )
    return Person(first[0], first[1] or first[2], first[2], first[3], tuple(grants)), tuple(seats)


def works_in_programme() -> ColumnElement[bool]:
    """Whether a row of ``user`` has a role now in a programme that goes on."""
    goes_on = and_(Programme.id == ProgrammeMember.programme_id, Programme.archived_at.is_(None))
    return exists().where(ProgrammeMember.user_id == User.id, ProgrammeMember.ended_at.is_(None), goes_on)


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """Everything that somebody wrote, and the roles they have or had (four statements)."""
    versions = select(ActivityVersion.title, ActivityVersion.at).where(ActivityVersion.by_id == user_id)
    evidence = select(ActivityEvidence.title, ActivityEvidence.at).where(ActivityEvidence.by_id == user_id)
    states = select(CountryRecordStatus.words, CountryRecordStatus.at).where(CountryRecordStatus.by_id == user_id)
    roles = (
        select(Programme.name, ProgrammeMember.role, ProgrammeMember.country, ProgrammeMember.added_at)
        .join(Programme, Programme.id == ProgrammeMember.programme_id)
        .where(ProgrammeMember.user_id == user_id)
    )
    return {
        "activities": [[title, at.isoformat()] for title, at in session.execute(versions)],
        "evidence": [[title, at.isoformat()] for title, at in session.execute(evidence)],
        "country_records": [[words, at.isoformat()] for words, at in session.execute(states)],
        "roles": [[name, role, country, at.isoformat()] for name, role, country, at in session.execute(roles)],
    }
