"""Reading campaigns and what was given out in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.campaigns.models import Campaign, GivenOut
from coplearn.programme.queries.countries import in_reach
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.records import OwnActivity, ReachLine
from coplearn.programme.rules.words import (
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    CountUnit,
    Precision,
)


def campaign_of(session: Session, public_id: str) -> Campaign | None:
    """The campaign of that address."""
    return session.scalar(select(Campaign).where(Campaign.public_id == public_id))


def campaigns_seen(session: Session, access: ProgrammeAccess) -> Sequence[tuple[Campaign, int]]:
    """Campaigns that somebody may read with the copies given out, the newest first."""
    stands = (GivenOut.campaign_id == Campaign.id, GivenOut.taken_back_at.is_(None))
    copies = select(func.coalesce(func.sum(GivenOut.number), 0)).where(*stands).scalar_subquery()
    found = select(Campaign, copies).where(in_reach(access, Campaign.country, Campaign.programme_id))
    found = found.order_by(Campaign.since.desc(), Campaign.id.desc()).limit(500)
    return [(campaign, int(number)) for campaign, number in session.execute(found)]


def given_out_in(session: Session, campaign_id: int) -> Sequence[GivenOut]:
    """Everything that was written down in a campaign, the newest first, what was taken back among it."""
    mine = GivenOut.campaign_id == campaign_id
    return session.scalars(select(GivenOut).where(mine).order_by(GivenOut.given_on.desc(), GivenOut.id.desc())).all()


def campaign_activities(
    session: Session, since: date | None, until: date | None, countries: Collection[str] | None, today: date
) -> list[OwnActivity]:
    """Campaigns with a day in the period as activities, with the copies given out: nobody is counted as reached."""
    where = [Campaign.until >= since] if since is not None else []
    where += [Campaign.since <= until] if until is not None else []
    where += [Campaign.country.in_(sorted(countries))] if countries is not None else []
    stands = (GivenOut.campaign_id == Campaign.id, GivenOut.taken_back_at.is_(None))
    copies = select(func.sum(GivenOut.number)).where(*stands).scalar_subquery()
    rows = session.execute(select(Campaign, copies).where(*where).order_by(Campaign.since, Campaign.id))
    return [_activity(campaign, number, today) for campaign, number in rows]


def _activity(one: Campaign, copies: int | None, today: date) -> OwnActivity:
    status = ActivityStatus.PLANNED if one.since > today else ActivityStatus.UNDER_WAY
    line = ReachLine(AudienceGroup.PUBLIC, CountBasis.COUNTED, int(copies), unit=CountUnit.COPIES) if copies else None
    return OwnActivity(
        about=f"campaign:{one.id}",
        kind=ActivityKind.CAMPAIGN,
        status=ActivityStatus.ENDED if one.until < today else status,
        span=Span(one.since, one.until, Precision.DAY),
        countries=(one.country,),
        title=one.title,
        reach=(line,) if line is not None else (),
        endpoint="campaigns.one",
        values={"campaign": one.public_id},
    )


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """Everything about campaigns that an account did, for the person's own download."""
    campaigns = session.scalars(select(Campaign).where(Campaign.created_by_id == user_id).order_by(Campaign.id))
    given = session.scalars(select(GivenOut).where(GivenOut.by_id == user_id).order_by(GivenOut.id))
    return {
        "campaigns": [[one.title, one.country, one.since.isoformat(), one.until.isoformat()] for one in campaigns],
        "given_out": [[one.what, one.locale, one.number, one.given_on.isoformat()] for one in given],
    }
