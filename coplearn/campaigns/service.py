"""Recording a campaign, and what was given out in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.campaigns.models import Campaign, GivenOut
from coplearn.campaigns.rules import CampaignDetails, Handing
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_


def open_campaign(session: Session, details: CampaignDetails, by_id: int, now: datetime) -> Campaign:
    """Record a campaign."""
    assert details.since is not None and details.until is not None
    made = Campaign(
        public_id=new_public_id(),
        title=details.title,
        country=details.country,
        programme_id=details.programme_id,
        since=details.since,
        until=details.until,
        created_at=now,
        created_by_id=by_id,
    )
    session.add(made)
    session.flush()
    audit.record(session, EventKind.CAMPAIGN_RECORDED, about=f"campaign:{made.public_id}", now=now)
    return made


def change_campaign(session: Session, campaign: Campaign, details: CampaignDetails, now: datetime) -> None:
    """Correct what is said of a campaign."""
    assert details.since is not None and details.until is not None
    campaign.title, campaign.country, campaign.programme_id = details.title, details.country, details.programme_id
    campaign.since, campaign.until = details.since, details.until
    audit.record(session, EventKind.CAMPAIGN_RECORDED, about=f"campaign:{campaign.public_id}", now=now)
    session.flush()


def give_out(session: Session, campaign: Campaign, handing: Handing, by_id: int, now: datetime) -> GivenOut:
    """Write down what was given out."""
    assert handing.given_on is not None
    made = GivenOut(
        campaign_id=campaign.id,
        what=handing.what,
        locale=handing.locale,
        number=handing.number,
        given_on=handing.given_on,
        at=now,
        by_id=by_id,
        taken_back_at=None,
        taken_back_by_id=None,
    )
    session.add(made)
    session.flush()
    audit.record(session, EventKind.MATERIAL_GIVEN, about=f"campaign:{campaign.public_id}", now=now)
    return made


def take_back(session: Session, campaign: Campaign, number: int, by_id: int, now: datetime) -> None:
    """Take a slip back: it counts no longer, and stays to be read. Raises NotFound for a line of another campaign."""
    line = session.get(GivenOut, number)
    if line is None or line.campaign_id != campaign.id:
        raise NotFound(N_("There is no such line."))
    if line.taken_back_at is None:
        line.taken_back_at, line.taken_back_by_id = now, by_id
        audit.record(session, EventKind.MATERIAL_GIVEN, about=f"campaign:{campaign.public_id}", now=now)
    session.flush()
