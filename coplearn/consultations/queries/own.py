"""Consultations as activities of a programme, with the numbers that stand in their records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from coplearn.consultations.models import Consultation, HeardGroup, Statement, StatementRemark, StatementVersion
from coplearn.consultations.queries.asking import is_asked_about
from coplearn.consultations.queries.said import numbers_of
from coplearn.consultations.rules.saying import stage_of
from coplearn.consultations.rules.words import ConsultationStage, RemarkState
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
    """The consultations of a period, in one statement: organisations that spoke are counted, groups as they were written last."""
    corrected = select(HeardGroup.corrects_id).where(HeardGroup.corrects_id.is_not(None))
    spoke = (
        select(func.count(StatementRemark.asked_id.distinct()))
        .where(StatementRemark.consultation_id == Consultation.id, StatementRemark.state == RemarkState.SHOWN)
        .scalar_subquery()
    )
    stands = and_(HeardGroup.consultation_id == Consultation.id, HeardGroup.id.not_in(corrected))
    wanted = (
        select(Consultation, Statement.country, StatementVersion.title, spoke, HeardGroup)
        .join(Statement, Statement.id == Consultation.statement_id)
        .join(StatementVersion, is_asked_about())
        .outerjoin(HeardGroup, stands)
        .order_by(Consultation.id, HeardGroup.id)
    )
    if since is not None:
        wanted = wanted.where(Consultation.closes_on >= since)
    if until is not None:
        wanted = wanted.where(Consultation.opens_on <= until)
    if countries is not None:
        wanted = wanted.where(Statement.country.in_(sorted(countries)))
    found: dict[int, tuple[Consultation, str, str, int]] = {}
    heard: defaultdict[int, list[HeardGroup]] = defaultdict(list)
    for consultation, country, title, number, group in session.execute(wanted):
        found[consultation.id] = (consultation, country, title, number)
        if group is not None:
            heard[consultation.id].append(group)
    return [_activity(*one, heard[key], now) for key, one in found.items()]


def _activity(
    asked: Consultation, country: str, title: str, spoke: int, heard: list[HeardGroup], now: datetime
) -> OwnActivity:
    reach = [ReachLine(AudienceGroup.OTHERS, CountBasis.COUNTED, spoke, unit=CountUnit.ORGANISATIONS)] if spoke else []
    for row in heard:
        reach += numbers_of(row).lines
    return OwnActivity(
        about=f"consultation:{asked.id}",
        kind=ActivityKind.CONSULTATION,
        status=_STATUS[stage_of(asked.opens_on, asked.closes_on, asked.told_at, now)],
        span=Span(asked.opens_on, asked.closes_on, Precision.DAY),
        countries=(country,) if country else (),
        title=title,
        reach=tuple(reach),
        endpoint="consulting.consultation",
        values={"asking_id": asked.public_id},
    )
