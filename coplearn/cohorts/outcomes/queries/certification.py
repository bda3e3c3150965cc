"""Reading outcomes, rights, their certificates, and what was answered three months later."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from coplearn.certificates.rules import canonical_number
from coplearn.cohorts.common.counting import decision_counts, evaluation_stands, held, newest, right_in_force
from coplearn.cohorts.common.models.certification import (
    Certification,
    CertificationFile,
    Evaluation,
    FollowUp,
    TeachBack,
)
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance, Meeting
from coplearn.cohorts.common.rules.words import IN_FULL, MemberState, Result
from coplearn.cohorts.outcomes.rules.certification import REMIND_BEFORE, reminder_due
from coplearn.cohorts.outcomes.rules.followup import Results, results_of


@dataclass(frozen=True, slots=True)
class Checked:
    """A certificate as a stranger may know of it, and when its file was made under another name."""

    certification: Certification
    kind: str
    file_name: str | None = None
    """The name on the file that was checked."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A person whose right ends soon."""

    cohort: Cohort
    member: Membership
    certification: Certification
    days: int
    """Which reminder: 60 or 14 days before."""


def standing_outcomes(session: Session, membership_ids: Collection[int]) -> dict[int, Certification]:
    """The newest paper about each of those members, be it a decision or a renewal (one statement)."""
    if not membership_ids:
        return {}
    rows = session.scalars(select(Certification).where(Certification.membership_id.in_(membership_ids), newest()))
    return {row.membership_id: row for row in rows}


def members_page(session: Session, cohort_id: int, limit: int, *, after: int = 0, named: str = "") -> list[Membership]:
    """A page of who takes or took part, by membership id; who was only invited has nothing to decide yet."""
    wanted = select(Membership).where(
        Membership.cohort_id == cohort_id,
        Membership.state.in_((MemberState.ACTIVE, MemberState.WITHDRAWN)),
        Membership.id > after,
    )
    if named:
        wanted = wanted.where(Membership.name.icontains(named, autoescape=True))
    return list(session.scalars(wanted.order_by(Membership.id).limit(limit)))


def decisions_of(session: Session, membership_id: int) -> list[Certification]:
    """Every decision about one member, newest first."""
    rows = session.scalars(
        select(Certification).where(Certification.membership_id == membership_id).order_by(Certification.turn.desc())
    )
    return list(rows)


def outcome_counts(session: Session, cohort_id: int) -> dict[tuple[str, bool], int]:
    """People of a cohort by the decision that counts and whether it was taken back (one statement)."""
    revoked = Certification.revoked_at.is_not(None)
    rows = session.execute(
        select(Certification.outcome, revoked, func.count())
        .join(Membership, Membership.id == Certification.membership_id)
        .where(Membership.cohort_id == cohort_id, decision_counts())
        .group_by(Certification.outcome, revoked)
    )
    return {(row[0], bool(row[1])): row[2] for row in rows}


def counts_of(session: Session, cohort_id: int) -> dict[str, int]:
    """The same without those who were taken back: how many people stand with each outcome."""
    return {key: count for (key, revoked), count in outcome_counts(session, cohort_id).items() if not revoked}


def refreshed_at(session: Session, member: Membership, since: datetime, now: datetime) -> datetime | None:
    """The last time the person attended a held meeting in full or passed a teach-back, after ``since``; None for never.

    In whichever cohort they are trained.
    """
    same = Membership.id == member.id
    if member.user_id is not None:
        same = or_(same, Membership.user_id == member.user_id)
    met = (
        select(Meeting.ends_at.label("at"))
        .join(Attendance, Attendance.meeting_id == Meeting.id)
        .join(Membership, Membership.id == Attendance.membership_id)
        .where(same, held(now), Meeting.starts_at > since, Attendance.status.in_(IN_FULL))
    )
    taught = (
        select(Evaluation.at.label("at"))
        .join(TeachBack, TeachBack.id == Evaluation.teach_back_id)
        .join(Membership, Membership.id == TeachBack.membership_id)
        .where(
            same,
            Evaluation.at > since,
            Evaluation.decides,
            Evaluation.result == Result.PASSED,
            evaluation_stands(),
        )
    )
    both = union_all(met, taught).subquery()
    return session.scalar(select(both.c.at).order_by(both.c.at.desc()).limit(1))


def by_number(session: Session, typed: str) -> Checked | None:
    """The certificate of that number, however it was typed."""
    row = session.execute(
        select(Certification, Cohort.kind)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(Certification.number == canonical_number(typed))
    ).first()
    return Checked(row[0], row[1]) if row is not None else None


def by_fingerprint(session: Session, sha256: str) -> Checked | None:
    """The certificate of a file this site made; None for every other file."""
    row = session.execute(
        select(Certification, Cohort.kind, CertificationFile.name)
        .join(CertificationFile, CertificationFile.certification_id == Certification.id)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(CertificationFile.sha256 == sha256)
    ).first()
    return Checked(row[0], row[1], row[2]) if row is not None else None


def due_reminders(session: Session, now: datetime) -> list[Reminder]:
    """Rights that end within sixty or fourteen days, with the latest reminder that has come; every day the same until then."""
    rows = session.execute(
        select(Cohort, Membership, Certification)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .join(Certification, Certification.membership_id == Membership.id)
        .where(
            right_in_force(now),
            Certification.valid_until <= now + timedelta(days=max(REMIND_BEFORE)),
        )
        .order_by(Certification.id)
    )
    reminders = []
    for cohort, member, certification in rows:
        days = reminder_due(certification.valid_until, now) if certification.valid_until is not None else None
        if days is not None:
            reminders.append(Reminder(cohort, member, certification, days))
    return reminders


def token_hash(token: str) -> str:
    """The hash of an address's private part: a stolen table opens nobody's answers."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(session: Session, token: str, *, lock: bool = False) -> FollowUp | None:
    """The questions that address names; None for a made-up one."""
    statement = select(FollowUp).where(FollowUp.token_hash == token_hash(token))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def results_in(session: Session, cohort_id: int) -> Results:
    """The answers of the cohort's people, with how many were asked (two statements)."""
    of_cohort = (
        select(FollowUp)
        .join(Membership, Membership.id == FollowUp.membership_id)
        .where(Membership.cohort_id == cohort_id, FollowUp.sent_at.is_not(None))
        .subquery()
    )
    asked = session.scalar(select(func.count()).select_from(of_cohort)) or 0
    answers = session.scalars(select(of_cohort.c.answers).where(of_cohort.c.answered_at.is_not(None)))
    return results_of(asked, list(answers))


def waiting_in(session: Session, cohort_id: int) -> tuple[int, date | None]:
    """The number of those who were not asked yet, and the first day on which somebody is."""
    row = session.execute(
        select(func.count(), func.min(FollowUp.due_on))
        .join(Membership, Membership.id == FollowUp.membership_id)
        .where(Membership.cohort_id == cohort_id, FollowUp.sent_at.is_(None))
    ).one()
    return row[0], row[1]
