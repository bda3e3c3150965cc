"""People who look after the hub and who appraise, and the resources that addresses name."""

from __future__ import annotations

from flask import current_app

from coplearn.accounts.guards import remember_work
from coplearn.accounts.rules import may
from coplearn.cohorts.common.guards import person_or_none, present_person, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.errors import NotFound, NotYours
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.resources.hub.mail import confirmed_resource
from coplearn.resources.hub.models import HubMember, Resource, ResourceVersion
from coplearn.resources.hub.queries import member_of_hub, resource_of, versions_of
from coplearn.resources.hub.rules import ResourceState


def no_such_resource() -> NotFound:
    """The answer where nothing is, or nothing that everybody may see."""
    return NotFound(N_("There is no page at this address."))


def keeps_hub(person: Person) -> bool:
    """Whether somebody looks after the hub: coordinators of all countries, and administrators."""
    return may(person.grants, Permission.SEE_COUNTRY)


def present_keeper() -> Person:
    """The signed-in person, who looks after the hub. Raises NotYours for everybody else."""
    person = present_person()
    if not keeps_hub(person):
        raise NotYours
    remember_work()
    return person


def present_hand() -> tuple[Person, HubMember | None]:
    """The signed-in person who has a seat in the hub, or looks after it. Raises NotYours for everybody else."""
    person = present_person()
    member = member_of_hub(the_session(), person.id)
    if member is None and not keeps_hub(person):
        raise NotYours
    remember_work()
    return person, member


def present_appraiser() -> tuple[Person, HubMember]:
    """The signed-in appraiser. Raises NotYours for everybody else."""
    person, member = present_hand()
    if member is None or not member.appraises:
        raise NotYours
    return person, member


def resource_at(public_id: str) -> Resource:
    """The resource of that address, in whatever state. Raises NotFound."""
    resource = resource_of(the_session(), public_id)
    if resource is None:
        raise no_such_resource()
    return resource


def seen_resource(public_id: str) -> Resource:
    """A resource that the reader may see: what was ever listed is everybody's, the rest its contributor's and the hub's.

    Raises NotFound.
    """
    resource = resource_at(public_id)
    if resource.shown_id is None:
        person = person_or_none()
        if person is None or resource.state == ResourceState.UNCONFIRMED:
            raise no_such_resource()
        if person.id != resource.by_id and not keeps_hub(person) and member_of_hub(the_session(), person.id) is None:
            raise no_such_resource()
    return resource


def own_resource(public_id: str) -> tuple[Person, Resource]:
    """A resource that the signed-in person contributed. Raises NotFound for everybody else."""
    person, resource = present_person(), resource_at(public_id)
    if resource.by_id != person.id:
        raise no_such_resource()
    return person, resource


def appraised_version(public_id: str) -> tuple[Resource, ResourceVersion]:
    """A confirmed resource with its newest version. Raises NotFound."""
    resource = resource_at(public_id)
    if resource.state == ResourceState.UNCONFIRMED:
        raise no_such_resource()
    return resource, versions_of(the_session(), resource.id)[0]


def resource_to_confirm(token: str) -> Resource:
    """The contribution that a letter's private address confirms. Raises NotFound where it leads nowhere (any more)."""
    public_id = confirmed_resource(current_app, token)
    resource = resource_of(the_session(), public_id) if public_id is not None else None
    if resource is None:
        raise NotFound(N_("This address leads nowhere any more. What was not confirmed in two weeks is forgotten."))
    return resource
