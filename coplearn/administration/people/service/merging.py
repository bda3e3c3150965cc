"""Joining two accounts of one person: one goes on with all that either did, the other is closed and remembers where it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import Column, Table, UniqueConstraint, and_, delete, exists, select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.rules import AccountAction, may
from coplearn.accounts.service import log_account_action
from coplearn.administration.people.queries import AccountLine, grants_held
from coplearn.administration.people.service.roles import put_role, seen_account
from coplearn.certificates.models import Certificate
from coplearn.cohorts.common.models.cohort import CohortStaff, Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import MemberState, StaffRole
from coplearn.cohorts.people.service.staffing import later_end, put_staff
from coplearn.kernel.errors import NotAllowed, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.learning.joining import join_kept
from coplearn.learning.models import Learner
from coplearn.learning.service import Courses, learner_of_account
from coplearn.providers.service import move_identities
from coplearn.storage.base import Base

_STAYS: Final = frozenset(
    {
        "accounts", "administration", "audit", "learning", "outbox", "privacy", "providers", "second_factors", "tokens",
        "webhooks",
    }
)  # fmt: skip
"""Slices whose rows are about the account itself (a program's key ends with it), or are joined in a way of their own."""


def merge(session: Session, person: Person, kept_id: int, other_id: int, now: datetime, courses: Courses) -> None:
    """Give everything that the other account did to the kept one, and close the other for good.

    Raises NotAllowed for whoever does not manage the whole site, NotYours for an account that is not there, and Refused
    where the two cannot be one.
    """
    if not may(person.grants, Permission.MANAGE_SITE):
        raise NotAllowed(N_("Only administrators join accounts."))
    kept, other = seen_account(session, person, kept_id), seen_account(session, person, other_id)
    _refuse(session, person, kept, other)
    _join_learning(session, kept.id, other.id, now, courses)
    _join_places(session, kept.id, other.id)
    own = {(line.cohort_id, line.role): line.ended_at for line in _work(session, kept.id)}
    for line in _work(session, other.id):
        if line.ended_at is None or line.ended_at > now:
            until = later_end(line.ended_at, own.get((line.cohort_id, line.role), line.ended_at))
            put_staff(session, line.cohort_id, kept.id, StaffRole(line.role), line.added_at, until)
    _move_all(session, other.id, kept.id)
    for granted in grants_held(session, other.id):
        if granted not in grants_held(session, kept.id) and not granted.cohort_id:
            put_role(session, kept.id, granted)
    move_identities(session, other.id, kept.id)
    _close(session, kept.id, other.id)
    log_account_action(session, kept.id, person.id, AccountAction.MERGED, now, other=other.id)
    log_account_action(session, other.id, person.id, AccountAction.MERGED, now, into=kept.id)


def _work(session: Session, user_id: int) -> Sequence[CohortStaff]:
    return session.scalars(select(CohortStaff).where(CohortStaff.user_id == user_id)).all()


def _refuse(session: Session, person: Person, kept: AccountLine, other: AccountLine) -> None:
    if kept.id == other.id or other.id == person.id:
        raise Refused(N_("Choose another account: it is closed, and its records go to this one."))
    if kept.merged_into_id is not None or other.merged_into_id is not None:
        raise Refused(N_("One of these accounts was joined with another already."))
    if not kept.is_active:
        raise Refused(N_("Switch this account on first."))


def _join_learning(session: Session, kept_id: int, other_id: int, now: datetime, courses: Courses) -> None:
    """Join what was learned; a second certificate of the same kind stays with the closed account, and its number good."""
    source = session.scalar(select(Learner).where(Learner.user_id == other_id))
    if source is None:
        return
    target = learner_of_account(session, kept_id, now)
    held = {(one.course_id, one.kind) for one in session.scalars(select(Certificate).filter_by(learner_id=target.id))}
    source.user_id, source.kept = None, True
    session.flush()
    emptied = learner_of_account(session, other_id, now)
    for one in session.scalars(select(Certificate).where(Certificate.learner_id == source.id)).all():
        one.learner_id = emptied.id if (one.course_id, one.kind) in held else target.id
    session.flush()
    join_kept(session, source.id, kept_id, now, courses)


def _join_places(session: Session, kept_id: int, other_id: int) -> None:
    """Let nobody sit twice in a cohort. Raises Refused where both accounts take part in one."""
    mine = {one.cohort_id: one for one in session.scalars(select(Membership).where(Membership.user_id == kept_id))}
    for theirs in session.scalars(select(Membership).where(Membership.user_id == other_id)).all():
        same = mine.get(theirs.cohort_id)
        if same is None:
            continue
        gone = [one for one in (theirs, same) if one.state == MemberState.WITHDRAWN]
        if not gone:
            raise Refused(
                N_("Both accounts have a place in the same cohort. Take one of the two out of it first, on its page.")
            )
        gone[0].user_id = None
    session.flush()


def _move_all(session: Session, source: int, target: int) -> None:
    """Let every row about the one be about the other; where both have the same one, the target's stays."""
    for mapper in Base.registry.mappers:
        if mapper.class_.__module__.split(".")[1] in _STAYS or not isinstance(mapper.local_table, Table):
            continue
        for column in mapper.local_table.columns:
            if any(key.column is User.__table__.c.id for key in column.foreign_keys):
                _move(session, mapper.local_table, column, source, target)
    session.expire_all()


def _move(session: Session, table: Table, column: Column[int], source: int, target: int) -> None:
    twin = table.alias()
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and column in list(constraint.columns):
            others = [one for one in constraint.columns if one is not column]
            same = and_(twin.c[column.name] == target, *(twin.c[one.name] == table.c[one.name] for one in others))
            session.execute(delete(table).where(column == source, exists(select(1).where(same))))
    session.execute(update(table).where(column == source).values({column.name: target}))


def _close(session: Session, kept_id: int, other_id: int) -> None:
    kept, other = session.get_one(User, kept_id), session.get_one(User, other_id)
    kept.name = kept.name or other.name
    other.name, other.active, other.merged_into_id, other.fs_uniquifier = None, False, kept.id, uuid4().hex
    session.execute(delete(Grant).where(Grant.user_id == other_id))
    session.flush()
    session.expire_all()
