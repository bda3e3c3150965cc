"""The staff's own page: at what somebody works, what waits for them, and the way in to every page for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app, session
from flask_security.signals import user_authenticated

from coplearn.accounts.guards import remember_work, session_key
from coplearn.accounts.models import User
from coplearn.accounts.queries import grants_of
from coplearn.accounts.rules import Granted, may, may_somewhere
from coplearn.cohorts.common.queries import person_of
from coplearn.cohorts.whole.queries.cohort import CohortWork, work_in_cohorts, works_somewhere
from coplearn.consultations.presenters.staff import work_of
from coplearn.consultations.queries.asking import ConsultationWork
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotYours
from coplearn.kernel.words import Permission
from coplearn.outbox.queries import counts_of
from coplearn.outbox.rules import LetterState
from coplearn.programme.queries.organisations import seats_of
from coplearn.programme.rules.access import access_of
from coplearn.resources.experts.queries import places_of
from coplearn.resources.hub.presenters import appraisal_lines
from coplearn.resources.hub.queries import member_of_hub
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.translating.catalogs.guards import languages_of
from coplearn.translating.catalogs.status import LanguageWork, work_on_languages
from coplearn.web.languages import WORKS

_ANYWHERE: Final = (Permission.SEE_COUNTRY, Permission.OPEN_COHORTS, Permission.MANAGE_PEOPLE)
"""Held in one country, they open the page; it shows that country."""
_EVERYWHERE: Final = (
    Permission.SEE_OUTBOX,
    Permission.MANAGE_PACKAGES,
    Permission.SEE_RECORD,
    Permission.SEE_COURSE_PROBLEMS,
    Permission.MANAGE_SITE,
)
"""Their pages show the whole site, so a coordinator of one country does not see them."""


def held_by(grants: Sequence[Granted]) -> frozenset[Permission]:
    """The permissions of staff that open a page for whoever holds those grants."""
    permissions = {one for one in _ANYWHERE if may_somewhere(grants, one)}
    permissions |= {one for one in _EVERYWHERE if may(grants, one)}
    if any(may(grants, Permission.MANAGE_LANGUAGE, locale.code) for locale in languages_of(list(grants))):
        permissions.add(Permission.MANAGE_LANGUAGE)
    return frozenset(permissions)


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one person: what they are trusted with, and what waits for them there."""

    cohorts: tuple[CohortWork, ...]
    languages: tuple[LanguageWork, ...]
    failed: int
    """Messages that could not be sent; 0 for whoever does not see them."""
    broken: int
    """Course folders with something to mend; 0 for whoever does not see them."""
    permissions: frozenset[Permission]
    in_hub: bool = False
    """Whether they appraise resources or vote on experts."""
    to_appraise: int = 0
    to_vote: int = 0
    in_programme: bool = False
    """Whether they have a role in a programme."""
    consultations: tuple[ConsultationWork, ...] = ()
    """Consultations in which comments wait to be read or answered."""

    def may(self, permission: str) -> bool:
        """Whether they may do that anywhere (templates ask by the member's name, such as ``SEE_OUTBOX``)."""
        return Permission[permission] in self.permissions

    @property
    def waits(self) -> bool:
        """Whether anything is to be told of: every cohort, and what is to be done elsewhere."""
        undone = any(one.to_translate or one.to_review for one in self.languages)
        return bool(
            self.cohorts
            or undone
            or self.failed
            or self.broken
            or self.to_appraise
            or self.to_vote
            or self.consultations
        )

    @property
    def is_any(self) -> bool:
        """Whether they have work here at all."""
        return bool(self.cohorts or self.languages or self.permissions or self.in_hub or self.in_programme)


def present_work() -> Work:
    """The work that waits for the signed-in person, in seventeen statements; twenty for members of the hub.

    Raises NotYours for visitors.
    """
    work = _work()
    if work is None:
        raise NotYours
    return work


def work_of_staff() -> Work | None:
    """The same for somebody of whom it is known that they work here; for everybody else None, and no statement."""
    return _work() if WORKS in session else None


def _work() -> Work | None:
    database, key = current_session(current_app), session_key()
    person = person_of(database, key) if key is not None else None
    if person is None:
        return None
    library = site().library.current()
    permissions = held_by(person.grants)
    member = member_of_hub(database, person.id)
    seats = seats_of(database, person.id)
    work = Work(
        cohorts=tuple(work_in_cohorts(database, person.id, library.courses, utcnow())),
        languages=tuple(work_on_languages(database, person.grants)),
        failed=counts_of(database).get(LetterState.GIVEN_UP, 0) if Permission.SEE_OUTBOX in permissions else 0,
        broken=sum(bool(found) for found in library.problems.values())
        if Permission.SEE_COURSE_PROBLEMS in permissions
        else 0,
        permissions=permissions,
        in_hub=member is not None,
        to_appraise=sum(line.is_mine for line in appraisal_lines(database, member)) if member is not None else 0,
        to_vote=list(places_of(database, member.id).values()).count("") if member is not None else 0,
        in_programme=bool(seats),
        consultations=tuple(work_of(database, access_of(person.id, person.grants, seats)))
        if seats or Permission.SEE_COUNTRY in permissions
        else (),
    )
    remember_work(yes=work.is_any)
    return work


def register_work(app: Flask) -> None:
    """Notice at sign-in who works here, so that every page shows them the way. Register after the accounts."""
    user_authenticated.connect(_notice, app)


def _notice(_app: Flask, user: User, **_: object) -> None:
    database = current_session(current_app)
    grants = grants_of(database, user.fs_uniquifier)
    works = bool(held_by(grants) or languages_of(grants)) or works_somewhere(database, user.id)
    works = works or bool(seats_of(database, user.id))
    remember_work(yes=works or member_of_hub(database, user.id) is not None)
