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
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotYours
from coplearn.kernel.words import Permission
from coplearn.outbox.queries import counts_of
from coplearn.outbox.rules import LetterState
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.translating.catalogs.guards import languages_of
from coplearn.translating.catalogs.status import LanguageWork, work_on_languages
from coplearn.web.languages import WORKS

_ANYWHERE: Final = (Permission.SEE_COUNTRY, Permission.OPEN_COHORTS)
"""Held in one country, they open the page; it shows that country."""
_EVERYWHERE: Final = (Permission.SEE_OUTBOX, Permission.SEE_COURSE_PROBLEMS)
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

    def may(self, permission: str) -> bool:
        """Whether they may do that anywhere (templates ask by the member's name, such as ``SEE_OUTBOX``)."""
        return Permission[permission] in self.permissions

    @property
    def waits(self) -> bool:
        """Whether anything is to be told of: every cohort, and what is to be done elsewhere."""
        undone = any(one.to_translate or one.to_review for one in self.languages)
        return bool(self.cohorts or undone or self.failed or self.broken)

    @property
    def is_any(self) -> bool:
        """Whether they have work here at all."""
        return bool(self.cohorts or self.languages or self.permissions)


def present_work() -> Work:
    """The work that waits for the signed-in person, in fifteen statements at most. Raises NotYours for visitors."""
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
    work = Work(
        cohorts=tuple(work_in_cohorts(database, person.id, library.courses, utcnow())),
        languages=tuple(work_on_languages(database, person.grants)),
        failed=counts_of(database).get(LetterState.GIVEN_UP, 0) if Permission.SEE_OUTBOX in permissions else 0,
        broken=sum(bool(found) for found in library.problems.values())
        if Permission.SEE_COURSE_PROBLEMS in permissions
        else 0,
        permissions=permissions,
    )
    remember_work(yes=work.is_any)
    return work


def register_work(app: Flask) -> None:
    """Notice at sign-in who works here, so that every page shows them the way. Register after the accounts."""
    user_authenticated.connect(_notice, app)


def _notice(_app: Flask, user: User, **_: object) -> None:
    database = current_session(current_app)
    grants = grants_of(database, user.fs_uniquifier)
    remember_work(yes=bool(held_by(grants) or languages_of(grants)) or works_somewhere(database, user.id))
