"""A declaration for those who may see or write it, a recommendation for whoever looks after it, and the ways in."""

from __future__ import annotations

from dataclasses import dataclass

from coplearn.cohorts.common.guards import nobody_here, present_person, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.declarations.models import Declaration, Recommendation
from coplearn.declarations.queries import declaration_of, recommendation_of
from coplearn.programme.guards import present_access
from coplearn.programme.queries.organisations import seats_of
from coplearn.programme.rules.access import ProgrammeAccess, access_of, may_edit, may_see, may_write


@dataclass(frozen=True, slots=True)
class TableContext:
    """A person at work on a declaration."""

    person: Person
    declaration: Declaration
    access: ProgrammeAccess
    may_write: bool
    """Whether they may write drafts, and what is said of the round table."""
    may_edit: bool
    """Whether they may adopt the text, show it, and say who shall do what."""


@dataclass(frozen=True, slots=True)
class KeeperContext:
    """A person before one recommendation: whoever looks after it, or somebody at work on its declaration."""

    person: Person
    recommendation: Recommendation
    declaration: Declaration
    may_edit: bool
    """Whether they may say who shall do it, and by when."""


def present_staff(*, writes: bool = False) -> tuple[Person, ProgrammeAccess]:
    """The signed-in person with work in a programme. Raises NotYours for everybody else, and with ``writes`` for who only reads."""
    context = present_access()
    if writes and not context.access.may_write:
        raise nobody_here()
    return context.person, context.access


def enter_table(public_id: str, *, writes: bool = False, edits: bool = False) -> TableContext:
    """Let somebody in who may read that declaration; with ``writes`` or ``edits``, only who may do that. Else NotYours."""
    person, access = present_staff()
    declaration = declaration_of(the_session(), public_id)
    if declaration is None:
        raise nobody_here()
    where = ([declaration.country], declaration.programme_id)
    context = TableContext(person, declaration, access, may_write(access, *where), may_edit(access, *where))
    if not may_see(access, *where) or (edits and not context.may_edit) or (writes and not context.may_write):
        raise nobody_here()
    return context


def enter_recommendation(public_id: str, *, edits: bool = False) -> KeeperContext:
    """Let somebody in who looks after that recommendation or may write on its declaration. Raises NotYours for others."""
    person = present_person()
    found = recommendation_of(the_session(), public_id)
    if found is None:
        raise nobody_here()
    recommendation, declaration = found
    access = access_of(person.id, person.grants, seats_of(the_session(), person.id))
    where = ([declaration.country], declaration.programme_id)
    edited = may_edit(access, *where)
    if edits and not edited:
        raise nobody_here()
    if recommendation.keeper_id != person.id and not may_write(access, *where):
        raise nobody_here()
    return KeeperContext(person, recommendation, declaration, edited)
