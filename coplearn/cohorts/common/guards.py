"""The signed-in person, the cohort, and the permission: the one way in to every cohort page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from coplearn.accounts.guards import remember_work, session_key
from coplearn.accounts.rules import may
from coplearn.cohorts.common import queries
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.queries import Person, only_looks
from coplearn.cohorts.common.rules.authorisation import permissions_in
from coplearn.cohorts.common.rules.words import TRAINING_ONLY, CohortPermission, Kind, MemberState
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, NotYours
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.storage.database import current_session


@dataclass(frozen=True, slots=True)
class StaffContext:
    """A person at work in a cohort, and what they may do there."""

    cohort: Cohort
    person: Person
    roles: tuple[str, ...]
    permissions: frozenset[CohortPermission]

    def may(self, permission: str) -> bool:
        """Whether they may do that here (templates ask by the member's name, such as ``EDIT``)."""
        return CohortPermission[permission] in self.permissions

    @property
    def decides(self) -> bool:
        """Whether they answer for what is decided here, and so correct marks of meetings that are long over."""
        answers = CohortPermission.STAFF if self.is_series else CohortPermission.CERTIFY
        return answers in self.permissions

    @property
    def is_series(self) -> bool:
        """Whether it is a series of sessions, in which nobody is trained."""
        return self.cohort.kind == Kind.SERIES

    @property
    def coordinates(self) -> bool:
        """Whether they see it as coordinator of its country."""
        return may(self.person.grants, Permission.SEE_COUNTRY, country=self.cohort.country)


@dataclass(frozen=True, slots=True)
class MemberContext:
    """A trainee in a cohort of theirs."""

    cohort: Cohort
    membership: Membership
    person: Person


def the_session() -> Session:
    """The request's database session."""
    return current_session(current_app)


def nobody_here() -> NotYours:
    """The answer to everybody else: for them there is no such page."""
    return NotYours()


def no_such_address() -> NotFound:
    """The answer at a made-up address of those that are a key by themselves, such as a calendar's: nothing, whoever asks."""
    return NotFound(N_("There is no page at this address for you."))


def present_person() -> Person:
    """The signed-in person, read in one statement. Raises NotFound for visitors."""
    person = person_or_none()
    if person is None:
        raise nobody_here()
    return person


def person_or_none() -> Person | None:
    """The signed-in person, or None for visitors."""
    key = session_key()
    return queries.person_of(the_session(), key) if key is not None else None


def present_leader() -> Person:
    """The signed-in person, who leads groups: they may run exercises and see keys. Raises NotYours for everybody else."""
    person = present_person()
    if not queries.may_lead(the_session(), person, utcnow()):
        raise nobody_here()
    remember_work()
    return person


def enter(public_id: str, permission: CohortPermission) -> StaffContext:
    """Let somebody in who may do that in the cohort. Raises NotFound for everybody else.

    Two statements, and two more where the right it is run under was taken back.
    """
    person = present_person()
    entry = queries.entry_of(the_session(), public_id, person.id)
    if entry is None:
        raise nobody_here()
    looks = only_looks(the_session(), entry, person.id, utcnow())
    permissions = permissions_in(entry.cohort.country, entry.roles, person.grants, only_looks=looks)
    if entry.cohort.kind == Kind.SERIES:
        permissions -= TRAINING_ONLY
    if permission not in permissions:
        raise nobody_here()
    remember_work()
    return StaffContext(entry.cohort, person, entry.roles, permissions)


def enter_as_member(public_id: str) -> MemberContext:
    """Let a trainee see their own things in a cohort (two statements). Raises NotFound for everybody else.

    Somebody who withdrew still sees what is theirs; who was only invited has no seat yet.
    """
    person = present_person()
    entry = queries.member_entry(the_session(), public_id, person.id)
    if entry is None or entry[1].state not in (MemberState.ACTIVE, MemberState.WITHDRAWN):
        raise nobody_here()
    return MemberContext(entry[0], entry[1], person)
