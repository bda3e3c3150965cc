"""The way in to the site's settings."""

from __future__ import annotations

from coplearn.accounts.guards import remember_work
from coplearn.accounts.rules import may
from coplearn.cohorts.common.guards import present_person
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.errors import NotYours
from coplearn.kernel.words import Permission


def present_admin() -> Person:
    """The signed-in person, who manages the whole site (one statement). Raises NotYours for everybody else."""
    person = present_person()
    if not may(person.grants, Permission.MANAGE_SITE):
        raise NotYours
    remember_work()
    return person
