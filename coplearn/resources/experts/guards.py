"""People who nominate and vote, and the nominations that addresses name."""

from __future__ import annotations

from flask import current_app

from coplearn.accounts.rules import may_somewhere
from coplearn.cohorts.common.guards import present_person, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.errors import NotFound, NotYours
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.resources.experts.mail import nomination_named
from coplearn.resources.experts.models import ExpertNomination
from coplearn.resources.experts.queries import nomination_of
from coplearn.resources.hub.guards import no_such_resource
from coplearn.resources.hub.models import HubMember
from coplearn.resources.hub.queries import member_of_hub


def present_nominator() -> tuple[Person, HubMember | None]:
    """The signed-in person, who may nominate: members of the hub and coordinators. Raises NotYours for everybody else."""
    person = present_person()
    member = member_of_hub(the_session(), person.id)
    if member is None and not may_somewhere(person.grants, Permission.SEE_COUNTRY):
        raise NotYours
    return person, member


def present_voter() -> HubMember:
    """The signed-in member of the panel. Raises NotYours for everybody else."""
    member = member_of_hub(the_session(), present_person().id)
    if member is None or not member.votes:
        raise NotYours
    return member


def nomination_at(public_id: str) -> ExpertNomination:
    """The nomination of that address. Raises NotFound."""
    found = nomination_of(the_session(), public_id)
    if found is None:
        raise no_such_resource()
    return found


def own_nomination(token: str) -> ExpertNomination:
    """The nomination of a nominee's private address. Raises NotFound where it leads nowhere (any more)."""
    public_id = nomination_named(current_app, token)
    found = nomination_of(the_session(), public_id) if public_id is not None else None
    if found is None:
        raise NotFound(N_("This address leads nowhere any more."))
    return found
