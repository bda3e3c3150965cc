"""Everything that cohorts keep about one person, for their own download."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import (
    BroughtBadge,
    Certification,
    CertificationFile,
    Evaluation,
    FollowUp,
    TeachBack,
)
from coplearn.cohorts.common.models.cohort import (
    Cohort,
    CohortEvent,
    CohortStaff,
    Membership,
    RosterImport,
    StaffRequest,
)
from coplearn.cohorts.common.models.meeting import Attendance, Mark, Meeting, Registration
from coplearn.cohorts.people.queries import seats_of
from coplearn.storage.base import Base

_SECRET = frozenset({"key", "calendar_token", "token_hash", "card_code", "op_id", "checkin_secret"})
"""What opens a door, or means nothing outside this site."""


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """Everything kept about a person in cohorts, as plain JSON values.

    Internal notes on their teach-backs are in it: they are about the person, and whoever writes them is told so.
    """
    rows = session.execute(
        select(Membership, Cohort.title, Cohort.public_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(seats_of(user_id))
        .order_by(Membership.id)
    ).all()
    ids = [row[0].id for row in rows]
    taught = select(TeachBack).where(TeachBack.membership_id.in_(ids)).order_by(TeachBack.id)
    seen = select(Evaluation).join(TeachBack, TeachBack.id == Evaluation.teach_back_id)
    certifications = select(Certification).where(
        Certification.membership_id.in_(ids) | (Certification.user_id == user_id)
    )
    files = select(CertificationFile).where(
        CertificationFile.certification_id.in_(certifications.with_only_columns(Certification.id))
    )
    return {
        "memberships": [_plain(row[0]) | {"cohort": row[1], "cohort_id": row[2]} for row in rows],
        "attendance": _attendance(session, ids),
        "registrations": _registrations(session, ids),
        "marks_about_me": _all(session.scalars(select(Mark).where(Mark.membership_id.in_(ids)).order_by(Mark.id))),
        "teach_backs": _all(session.scalars(taught)),
        "evaluations_of_me": _all(
            session.scalars(seen.where(TeachBack.membership_id.in_(ids)).order_by(Evaluation.id))
        ),
        "outcomes": _all(session.scalars(certifications.order_by(Certification.id))),
        "certificate_files": _all(session.scalars(files.order_by(CertificationFile.id))),
        "badges_brought": _all(session.scalars(select(BroughtBadge).where(BroughtBadge.membership_id.in_(ids)))),
        "questions_later": _all(session.scalars(select(FollowUp).where(FollowUp.membership_id.in_(ids)))),
        "rosters": _rosters(session, user_id),
        "work": _work(session, user_id),
    }


def _rosters(session: Session, user_id: int) -> list[dict[str, Any]]:
    """The lists they brought in, and the lines about them that a list was refused."""
    address = session.scalar(select(User.email).where(User.id == user_id)) or ""
    rosters = []
    for one in session.scalars(select(RosterImport).order_by(RosterImport.id)):
        refused = [
            line
            for line in json.loads(one.report)
            if address.casefold() in json.dumps(line, ensure_ascii=False).casefold()
        ]
        if one.by_id == user_id or refused:
            name = one.file_name if one.by_id == user_id else ""
            rosters.append({"at": one.created_at.isoformat(), "file": name, "lines_about_me": refused})
    return rosters


def _work(session: Session, user_id: int) -> dict[str, Any]:
    staff = session.execute(
        select(CohortStaff, Cohort.title)
        .join(Cohort, Cohort.id == CohortStaff.cohort_id)
        .where(CohortStaff.user_id == user_id)
        .order_by(CohortStaff.id)
    )
    did = session.scalars(select(CohortEvent).where(CohortEvent.by_id == user_id).order_by(CohortEvent.id))
    judged = session.scalars(select(Evaluation).where(Evaluation.observer_id == user_id).order_by(Evaluation.id))
    address = select(User.email).where(User.id == user_id, User.confirmed_at.is_not(None)).scalar_subquery()
    requests = session.execute(
        select(StaffRequest, Cohort.title)
        .join(Cohort, Cohort.id == StaffRequest.cohort_id)
        .where(StaffRequest.email == address)
        .order_by(StaffRequest.id)
    )
    return {
        "asked_to_work": [_plain(row[0]) | {"cohort": row[1]} for row in requests],
        "roles": [_plain(row[0]) | {"cohort": row[1]} for row in staff],
        "did": [{"at": one.at.isoformat(), "kind": one.kind} for one in did],
        "evaluations_by_me": [{"at": one.at.isoformat(), "result": one.result} for one in judged],
    }


def _attendance(session: Session, membership_ids: list[int]) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Attendance, Meeting.title, Meeting.starts_at)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(Attendance.membership_id.in_(membership_ids))
        .order_by(Meeting.starts_at)
    )
    return [_plain(row[0]) | {"meeting": row[1], "starts_at": row[2].isoformat()} for row in rows]


def _registrations(session: Session, membership_ids: list[int]) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Registration, Meeting.title, Meeting.starts_at)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(Registration.membership_id.in_(membership_ids))
        .order_by(Meeting.starts_at)
    )
    return [_plain(row[0]) | {"session": row[1], "starts_at": row[2].isoformat()} for row in rows]


def _all(rows: Iterable[Base]) -> list[dict[str, Any]]:
    return [_plain(row) for row in rows]


def _plain(row: Base) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in _SECRET}
    return {key: value.isoformat() if isinstance(value, date | datetime) else value for key, value in values.items()}
