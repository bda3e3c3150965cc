"""Reading platforms, their people and activities, and the scores that are to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.learning.models import Attempt, Learner
from coplearn.lti.models import LtiDeployment, LtiInvitation, LtiKey, LtiLink, LtiPerson, LtiPlatform, LtiScore
from coplearn.lti.rules import Outgoing, Platform, Target

_PLATFORM = select(
    LtiPlatform.id,
    LtiPlatform.name,
    LtiPlatform.issuer,
    LtiPlatform.client_id,
    LtiPlatform.login_url,
    LtiPlatform.token_url,
    LtiPlatform.keys_url,
    LtiPlatform.audience,
    LtiPlatform.is_open,
)


def platforms_by_issuer(session: Session, issuer: str) -> list[Platform]:
    """The platforms with that issuer; one that gave us several client ids is as many."""
    rows = session.execute(_PLATFORM.where(LtiPlatform.issuer == issuer).order_by(LtiPlatform.id))
    return [Platform(*row) for row in rows]


def platform_by_id(session: Session, platform_id: int) -> Platform | None:
    """The platform of that row."""
    row = session.execute(_PLATFORM.where(LtiPlatform.id == platform_id)).first()
    return Platform(*row) if row is not None else None


def all_platforms(session: Session) -> list[Platform]:
    """Every platform by name."""
    return [Platform(*row) for row in session.execute(_PLATFORM.order_by(LtiPlatform.name, LtiPlatform.id))]


def deployment_of(session: Session, platform_id: int, deployment_id: str) -> int | None:
    """The row of a deployment; None for one that may not open courses here."""
    wanted = select(LtiDeployment.id).where(
        LtiDeployment.platform_id == platform_id, LtiDeployment.deployment_id == deployment_id
    )
    return session.scalar(wanted)


def deployments_of(session: Session, platform_id: int) -> Sequence[LtiDeployment]:
    """The deployments of a platform."""
    return session.scalars(
        select(LtiDeployment).where(LtiDeployment.platform_id == platform_id).order_by(LtiDeployment.id)
    ).all()


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person whom a platform sent: the learner they are, their account if they joined one, and whether it is on."""

    id: int
    learner_id: int
    user_id: int | None
    is_active: bool
    platform_id: int


_PERSON = (
    select(
        LtiPerson.id,
        LtiPerson.learner_id,
        Learner.user_id,
        case((User.id.is_(None), True), else_=User.active),
        LtiPerson.platform_id,
    )
    .join(Learner, Learner.id == LtiPerson.learner_id)
    .outerjoin(User, User.id == Learner.user_id)
)


def person_of(session: Session, platform_id: int, subject: str) -> KnownPerson | None:
    """The person whom the platform calls ``subject``; None for somebody it never sent."""
    wanted = _PERSON.where(LtiPerson.platform_id == platform_id, LtiPerson.subject == subject)
    row = session.execute(wanted).first()
    return KnownPerson(*row) if row is not None else None


def person_by_id(session: Session, person_id: int) -> KnownPerson | None:
    """The same by their row."""
    row = session.execute(_PERSON.where(LtiPerson.id == person_id)).first()
    return KnownPerson(*row) if row is not None else None


def people_of(session: Session, platform_id: int) -> dict[str, int]:
    """The rows of all whom the platform sent, by what it calls them."""
    wanted = select(LtiPerson.subject, LtiPerson.id).where(LtiPerson.platform_id == platform_id)
    return {row.subject: row.id for row in session.execute(wanted)}


def person_of_learner(session: Session, learner_id: int) -> KnownPerson | None:
    """The person whom a platform sent last, of those that this learner is."""
    wanted = _PERSON.where(LtiPerson.learner_id == learner_id).order_by(LtiPerson.seen_at.desc()).limit(1)
    row = session.execute(wanted).first()
    return KnownPerson(*row) if row is not None else None


def suspended(session: Session) -> Sequence[int]:
    """Learners whom a platform opened courses for, and whose account has been switched off since."""
    off = select(User.id).where(User.active.is_(False))
    launched = Learner.id.in_(select(LtiPerson.learner_id))
    wanted = select(Learner.id).where(Learner.user_id.in_(off), Learner.visitor_hash.is_not(None), launched)
    return session.scalars(wanted).all()


@dataclass(frozen=True, slots=True)
class Moved:
    """A score whose learner did something since it was last looked at; ``last`` is their last attempt in its course."""

    id: int
    version: int
    attempt_seen: int
    changed_at: datetime | None
    score: int | None
    learner_id: int
    target: Target
    last: int


def moved_scores(session: Session, seen_since: datetime, most: int) -> list[Moved]:
    """Scores to look at again: of learners seen since then who answered something in the course (one statement)."""
    last = func.max(Attempt.id)
    columns = (
        *(LtiScore.id, LtiScore.version, LtiScore.attempt_seen, LtiScore.changed_at, LtiScore.score),
        *(LtiPerson.learner_id, LtiLink.course_id, LtiLink.module_id, LtiLink.item_id),
    )
    wanted = (
        select(*columns, last)
        .join(LtiPerson, LtiPerson.id == LtiScore.person_id)
        .join(LtiLink, LtiLink.id == LtiScore.link_id)
        .join(Learner, Learner.id == LtiPerson.learner_id)
        .join(Attempt, (Attempt.learner_id == Learner.id) & (Attempt.course_id == LtiLink.course_id))
        .where(Learner.seen_at >= seen_since, Attempt.id > LtiScore.attempt_seen)
        .group_by(*columns)
        .order_by(last)
        .limit(most)
    )
    return [Moved(*row[:6], Target(*row[6:9]), row[9]) for row in session.execute(wanted)]


def outgoing(session: Session, score_id: int) -> Outgoing | None:
    """The score as it is to be sent now; None when there is nothing to send."""
    row = session.execute(
        select(LtiScore, LtiPerson.subject, LtiLink, LtiDeployment.platform_id)
        .join(LtiPerson, LtiPerson.id == LtiScore.person_id)
        .join(LtiLink, LtiLink.id == LtiScore.link_id)
        .join(LtiDeployment, LtiDeployment.id == LtiLink.deployment_id)
        .where(LtiScore.id == score_id)
    ).first()
    platform = platform_by_id(session, row.platform_id) if row is not None else None
    if row is None or platform is None or row.LtiScore.score is None or row.LtiScore.changed_at is None:
        return None
    score, link = row.LtiScore, row.LtiLink
    return Outgoing(
        score=score.score,
        version=score.version,
        changed_at=score.changed_at,
        subject=row.subject,
        platform=platform,
        link_row=link.id,
        link_id=link.resource_link_id,
        line_item=link.line_item,
        line_items=link.line_items,
        scopes=tuple(link.scopes),
        target=Target(link.course_id, link.module_id, link.item_id),
    )


def unsent(session: Session, most: int) -> Sequence[int]:
    """Scores that a platform does not have yet and did not refuse."""
    wanted = select(LtiScore.id).where(LtiScore.version > LtiScore.sent_version, LtiScore.is_refused.is_(False))
    return session.scalars(wanted.order_by(LtiScore.id).limit(most)).all()


@dataclass(frozen=True, slots=True)
class LinkLine:
    """An activity with the numbers of those who opened it and of scores that were sent, wait, or were refused."""

    link: LtiLink
    people: int
    sent: int
    waiting: int
    refused: int


def links_of(session: Session, platform_id: int, most: int) -> list[LinkLine]:
    """The activities of a platform, the last used first (one statement)."""
    unsent_here = LtiScore.version > LtiScore.sent_version
    wanted = (
        select(
            LtiLink,
            func.count(LtiScore.id),
            func.count(LtiScore.sent_at),
            func.count(case((unsent_here & LtiScore.is_refused.is_(False), 1))),
            func.count(case((unsent_here & LtiScore.is_refused.is_(True), 1))),
        )
        .join(LtiDeployment, LtiDeployment.id == LtiLink.deployment_id)
        .outerjoin(LtiScore, LtiScore.link_id == LtiLink.id)
        .where(LtiDeployment.platform_id == platform_id)
        .group_by(LtiLink.id)
        .order_by(LtiLink.seen_at.desc(), LtiLink.id)
        .limit(most)
    )
    return [LinkLine(*row) for row in session.execute(wanted)]


def link_by_id(session: Session, platform_id: int, link_id: int) -> LtiLink | None:
    """The activity of that row, if it is of that platform."""
    wanted = select(LtiLink).join(LtiDeployment, LtiDeployment.id == LtiLink.deployment_id)
    return session.scalar(wanted.where(LtiLink.id == link_id, LtiDeployment.platform_id == platform_id))


def scores_of(session: Session, link_id: int) -> dict[str, LtiScore]:
    """The scores in an activity, by what the platform calls each person (one statement)."""
    wanted = select(LtiPerson.subject, LtiScore).join(LtiPerson, LtiPerson.id == LtiScore.person_id)
    return {row.subject: row.LtiScore for row in session.execute(wanted.where(LtiScore.link_id == link_id))}


def keys(session: Session) -> Sequence[LtiKey]:
    """The keys that are published, the oldest first."""
    return session.scalars(select(LtiKey).order_by(LtiKey.signs_from, LtiKey.id)).all()


def signing_key(session: Session, now: datetime) -> LtiKey | None:
    """The key that signs now: the newest of those whose time has come."""
    newest = select(LtiKey).where(LtiKey.signs_from <= now).order_by(LtiKey.signs_from.desc(), LtiKey.id.desc())
    return session.scalar(newest.limit(1))


def open_invitation(session: Session, token_hash: str, now: datetime) -> LtiInvitation | None:
    """The invitation to register, while it is good."""
    wanted = select(LtiInvitation).where(
        LtiInvitation.token_hash == token_hash, LtiInvitation.used_at.is_(None), LtiInvitation.until > now
    )
    return session.scalar(wanted)


def export_of(session: Session, learner_id: int) -> list[dict[str, Any]]:
    """Everything kept of a learner whom platforms sent, for their own download."""
    wanted = (
        select(LtiPlatform.name, LtiPerson)
        .join(LtiPlatform, LtiPlatform.id == LtiPerson.platform_id)
        .where(LtiPerson.learner_id == learner_id)
        .order_by(LtiPerson.id)
    )
    return [
        {
            "platform": row.name,
            "called_there": row.LtiPerson.subject,
            "created_at": row.LtiPerson.created_at.isoformat(),
            "seen_at": row.LtiPerson.seen_at.isoformat(),
            "scores": _scores_of(session, row.LtiPerson.id),
        }
        for row in session.execute(wanted)
    ]


def _scores_of(session: Session, person_id: int) -> list[dict[str, Any]]:
    wanted = select(LtiLink, LtiScore).join(LtiLink, LtiLink.id == LtiScore.link_id)
    return [
        {
            "activity": row.LtiLink.context_title,
            "course_id": row.LtiLink.course_id,
            "module_id": row.LtiLink.module_id,
            "item_id": row.LtiLink.item_id,
            "score": row.LtiScore.score,
            "changed_at": row.LtiScore.changed_at.isoformat() if row.LtiScore.changed_at else None,
            "sent_at": row.LtiScore.sent_at.isoformat() if row.LtiScore.sent_at else None,
        }
        for row in session.execute(wanted.where(LtiScore.person_id == person_id).order_by(LtiScore.id))
    ]
