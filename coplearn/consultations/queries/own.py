"""Consultations as activities of a programme, with the numbers that stand in their records."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.consultations.models import HeardGroup
from coplearn.consultations.queries.asking import AskedVersion, askings_between
from coplearn.consultations.queries.said import numbers_of, organisations_that_spoke
from coplearn.consultations.rules.saying import stage_of
from coplearn.consultations.rules.words import ConsultationStage
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

_STATUS = {
    ConsultationStage.SOON: ActivityStatus.PLANNED,
    ConsultationStage.OPEN: ActivityStatus.UNDER_WAY,
    ConsultationStage.CLOSED: ActivityStatus.HELD,
    ConsultationStage.TOLD: ActivityStatus.HELD,
}


def own_consultations(
    session: Session, since: date | None, until: date | None, countries: Collection[str] | None, now: datetime
) -> list[OwnActivity]:
    """The consultations of a period, in three statements: organisations that spoke are counted, groups as they were written."""
    askings = askings_between(session, since, until, countries)
    if not askings:
        return []
    ids = [one.consultation.id for one in askings]
    spoke, heard = organisations_that_spoke(session, ids), _heard(session, ids)
    return [
        _activity(one, spoke.get(one.consultation.id, 0), heard.get(one.consultation.id, []), now) for one in askings
    ]


def _heard(session: Session, ids: Collection[int]) -> dict[int, list[HeardGroup]]:
    corrected = select(HeardGroup.corrects_id).where(HeardGroup.corrects_id.is_not(None))
    wanted = select(HeardGroup).where(HeardGroup.consultation_id.in_(ids), HeardGroup.id.not_in(corrected))
    found: dict[int, list[HeardGroup]] = {}
    for row in session.scalars(wanted.order_by(HeardGroup.id)):
        found.setdefault(row.consultation_id, []).append(row)
    return found


def _activity(one: AskedVersion, spoke: int, heard: list[HeardGroup], now: datetime) -> OwnActivity:
    asked = one.consultation
    reach = [ReachLine(AudienceGroup.OTHERS, CountBasis.COUNTED, spoke, unit=CountUnit.ORGANISATIONS)] if spoke else []
    for row in heard:
        reach += numbers_of(row).lines
    return OwnActivity(
        about=f"consultation:{asked.id}",
        kind=ActivityKind.CONSULTATION,
        status=_STATUS[stage_of(asked.opens_on, asked.closes_on, asked.told_at, now)],
        span=Span(asked.opens_on, asked.closes_on, Precision.DAY),
        countries=(one.statement.country,) if one.statement.country else (),
        title=one.version.title,
        reach=tuple(reach),
        endpoint="consulting.consultation",
        values={"asking_id": asked.public_id},
    )
