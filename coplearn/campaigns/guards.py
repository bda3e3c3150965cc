"""A campaign for those who may see or write it: the one way in."""

from __future__ import annotations

from dataclasses import dataclass

from coplearn.campaigns.models import Campaign
from coplearn.campaigns.queries import campaign_of
from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.programme.guards import present_access
from coplearn.programme.rules.access import ProgrammeAccess, may_edit, may_see, may_write


@dataclass(frozen=True, slots=True)
class CampaignContext:
    """A person at work on a campaign."""

    person: Person
    campaign: Campaign
    access: ProgrammeAccess
    may_write: bool
    """Whether they may write down what was given out."""
    may_edit: bool
    """Whether they may change what is said of the campaign."""


def present_campaigner(*, writes: bool = False) -> tuple[Person, ProgrammeAccess]:
    """The signed-in person with work in a programme. Raises NotYours for everybody else, and with ``writes`` for who only reads."""
    context = present_access()
    if writes and not context.access.may_write:
        raise nobody_here()
    return context.person, context.access


def enter_campaign(public_id: str, *, writes: bool = False, edits: bool = False) -> CampaignContext:
    """Let somebody in who may read that campaign; with ``writes`` or ``edits``, only who may do that. Else NotYours."""
    person, access = present_campaigner()
    campaign = campaign_of(the_session(), public_id)
    if campaign is None:
        raise nobody_here()
    where = ([campaign.country], campaign.programme_id)
    context = CampaignContext(person, campaign, access, may_write(access, *where), may_edit(access, *where))
    if not may_see(access, *where) or (edits and not context.may_edit) or (writes and not context.may_write):
        raise nobody_here()
    return context
