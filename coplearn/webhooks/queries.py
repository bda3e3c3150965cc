"""Reading webhooks, and what happened that they are to be told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import in_force
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent
from coplearn.cohorts.common.queries import Person, entry_of, only_looks, person_of
from coplearn.cohorts.common.rules.authorisation import countries_of, permissions_in
from coplearn.cohorts.common.rules.words import CohortPermission
from coplearn.cohorts.whole.queries.cohort import worked_in
from coplearn.kernel.words import Permission, Role
from coplearn.webhooks.models import Webhook
from coplearn.webhooks.rules import AT_ONCE, SETTLED, HookEvent


def webhooks_of(session: Session, user_id: int) -> list[Webhook]:
    """The webhooks of a person, the oldest first."""
    return list(session.scalars(select(Webhook).where(Webhook.user_id == user_id).order_by(Webhook.id)))


def webhook_of(session: Session, user_id: int, public_id: str) -> Webhook | None:
    """One of them."""
    return session.scalar(select(Webhook).where(Webhook.user_id == user_id, Webhook.public_id == public_id))


def free_webhooks(session: Session, now: datetime) -> list[int]:
    """The webhooks that may be sent something now, by id (one statement)."""
    free = or_(Webhook.not_before.is_(None), Webhook.not_before <= now)
    return list(session.scalars(select(Webhook.id).where(Webhook.stopped_at.is_(None), free).order_by(Webhook.id)))


def newest_event(session: Session) -> int:
    """The id of the newest line of any cohort's history; 0 for none."""
    return session.scalar(select(func.max(CohortEvent.id))) or 0


def owner_of(session: Session, hook: Webhook) -> Person | None:
    """The person whose webhook it is, as they are trusted now; None for somebody who was switched off."""
    key = session.scalar(select(User.fs_uniquifier).where(User.id == hook.user_id))
    return person_of(session, key) if key is not None else None


def waiting_events(session: Session, hook: Webhook, person: Person, now: datetime) -> tuple[list[HookEvent], int]:
    """The events that the webhook is to be told next, the oldest first, and the id of the last that was looked at.

    One statement, and two for each cohort. What its person may not see is passed over, or it would stand before what they
    may. They are of the cohorts that its person runs or coordinates, as they may on the pages now.
    """
    countries = countries_of(person.grants, Permission.SEE_COUNTRY)
    rows = session.execute(
        select(CohortEvent.id, CohortEvent.kind, CohortEvent.at, Cohort.public_id, CohortEvent.details)
        .join(Cohort, Cohort.id == CohortEvent.cohort_id)
        .where(
            CohortEvent.id > hook.last_event,
            CohortEvent.at < now - SETTLED,
            CohortEvent.kind.in_(hook.events),
            worked_in(person.id, countries),
        )
        .order_by(CohortEvent.id)
        .limit(AT_ONCE)
    ).all()
    open_to = {cohort for cohort in {row[3] for row in rows} if _runs(session, cohort, person, now)}
    events = [
        HookEvent(row[0], row[1], row[2], row[3], str(row[4].get("member", "")), str(row[4].get("meeting", "")))
        for row in rows
        if row[3] in open_to
    ]
    return events, rows[-1][0] if rows else hook.last_event


def _runs(session: Session, cohort: str, person: Person, now: datetime) -> bool:
    entry = entry_of(session, cohort, person.id)
    if entry is None:
        return False
    looks = only_looks(session, entry, person.id, now)
    return CohortPermission.PEOPLE in permissions_in(entry.cohort.country, entry.roles, person.grants, only_looks=looks)


def readers_of_stop(session: Session, hook: Webhook) -> Sequence[tuple[int, str, str, str]]:
    """Account, address, language and time zone of whose webhook it is and of the administrators."""
    admins = select(Grant.user_id).where(Grant.name == Role.ADMIN, Grant.cohort_id == 0, in_force())
    rows = select(User.id, User.email, User.locale, User.time_zone).where(
        User.active, or_(User.id == hook.user_id, User.id.in_(admins))
    )
    return [(one.id, one.email, one.locale, one.time_zone) for one in session.execute(rows.order_by(User.id))]


def export_of(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Every webhook of a person for their own download."""
    return [
        {
            "number": one.public_id,
            "url": one.url,
            "events": one.events,
            "made": one.made_at.isoformat(),
            "told": one.told_at.isoformat() if one.told_at else None,
            "failures": one.failures,
            "stopped": one.stopped_at.isoformat() if one.stopped_at else None,
        }
        for one in webhooks_of(session, user_id)
    ]
