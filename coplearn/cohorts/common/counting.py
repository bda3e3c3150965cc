"""The law of counting, as conditions of statements: every page, table and report that counts people stands on these.

- A meeting is *held* when it was not cancelled and is over; a session of a series is none: nobody is trained in it.
- Somebody is *trained* when they attended a meeting that was held, whether or not they withdrew later.
- One *person* is one account; without an account, what makes somebody one person in rosters.
- A decision *counts* when no later one took its place. A renewal takes no decision's place and counts as none.
- Somebody has *completed*, or is *certified*, by the decision that counts, unless it was taken back.
- An evaluation of a teach-back *stands* when no later one amends it.
- A *right* is in force by the newest paper, renewals among them, until it ends or is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select
from sqlalchemy.orm import aliased

from coplearn.cohorts.common.models.certification import Certification, Evaluation
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.common.models.meeting import Attendance, Meeting
from coplearn.cohorts.common.rules.words import ATTENDED, ENDED_WELL, PLANNED, MemberState, TrainingOutcome


def held(now: datetime) -> ColumnElement[bool]:
    """Meetings of a training that are over and were not cancelled."""
    return and_(Meeting.state == PLANNED, Meeting.ends_at <= now, Meeting.by_registration.is_(False))


def trained_members(now: datetime, *where: ColumnElement[bool]) -> Select[int]:
    """The ids of memberships whose person attended a meeting that was held, and for which ``where`` is true of it."""
    return (
        select(Attendance.membership_id)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(held(now), Attendance.status.in_(ATTENDED), *where)
        .distinct()
    )


def first_times(now: datetime) -> Select[int, datetime]:
    """The membership of everybody who is trained, with the instant at which the first meeting began that trained them."""
    return (
        select(Attendance.membership_id, func.min(Meeting.starts_at).label("at"))
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(held(now), Attendance.status.in_(ATTENDED))
        .group_by(Attendance.membership_id)
    )


def person() -> ColumnElement[str]:
    """One name a person: the account's number, and for people without one what makes them one person in rosters."""
    return func.coalesce(cast(Membership.user_id, String), Membership.key)


def decision_counts(one: type[Certification] = Certification) -> ColumnElement[bool]:
    """Decisions that no later one took the place of, a renewal being none."""
    later = aliased(Certification)
    replaced = select(later.id).where(
        later.membership_id == one.membership_id, later.turn > one.turn, later.renewed_from_id.is_(None)
    )
    return and_(one.renewed_from_id.is_(None), ~replaced.exists())


def completed(one: type[Certification] = Certification) -> ColumnElement[bool]:
    """Decisions by which somebody has completed a training now."""
    return and_(one.outcome.in_(ENDED_WELL), one.revoked_at.is_(None), decision_counts(one))


def certified(one: type[Certification] = Certification) -> ColumnElement[bool]:
    """Decisions by which somebody is certified now."""
    return and_(one.outcome == TrainingOutcome.CERTIFIED, one.revoked_at.is_(None), decision_counts(one))


def newest() -> ColumnElement[bool]:
    """The newest paper about a membership, be it a decision or a renewal."""
    later = aliased(Certification)
    newer = select(later.id).where(later.membership_id == Certification.membership_id, later.turn > Certification.turn)
    return ~newer.exists()


def evaluation_stands() -> ColumnElement[bool]:
    """Evaluations of teach-backs that no later one amends."""
    later = aliased(Evaluation)
    return ~select(later.id).where(later.amends_id == Evaluation.id).exists()


def right_in_force(now: datetime) -> ColumnElement[bool]:
    """Papers that give a right now: certified, not taken back, not run out, and no newer one in their place."""
    return and_(
        Certification.outcome == TrainingOutcome.CERTIFIED,
        Certification.revoked_at.is_(None),
        Certification.valid_until > now,
        newest(),
    )


def still_open() -> ColumnElement[bool]:
    """The condition of members about whom nothing final is decided: who is asked to repeat a part goes on."""
    final = select(Certification.id).where(
        Certification.membership_id == Membership.id, Certification.outcome != TrainingOutcome.REPEAT, newest()
    )
    return ~final.exists()


def on_the_way(cohort_ids: Iterable[int]) -> tuple[ColumnElement[bool], ...]:
    return Membership.cohort_id.in_(list(cohort_ids)), Membership.state == MemberState.ACTIVE, still_open()
