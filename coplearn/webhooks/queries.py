"""Reading webhooks, and what happened that they are to be told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import in_force
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, Membership
from coplearn.cohorts.common.queries import Person, entry_of, only_looks, person_of
from coplearn.cohorts.common.rules.authorisation import countries_of, permissions_in
from coplearn.cohorts.common.rules.words import CohortPermission, MemberState
from coplearn.cohorts.outcomes.queries.checklist import learners_of
from coplearn.cohorts.whole.queries.cohort import worked_in
from coplearn.kernel.words import Permission, Role
from coplearn.learning.models import Enrolment
from coplearn.storage.base import UtcDateTime
from coplearn.webhooks.models import Webhook
from coplearn.webhooks.rules import AT_ONCE, FINISHED, SETTLED, HookEvent, HookPosition


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


def place_of(hook: Webhook) -> HookPosition:
    """The position up to which the webhook was told."""
    return HookPosition(hook.last_event, hook.last_finish_at or hook.made_at, hook.last_finish)


def waiting_events(
    session: Session, hook: Webhook, person: Person, now: datetime
) -> tuple[list[HookEvent], HookPosition]:
    """The events that the webhook is to be told next, the oldest first, and the place up to which was looked.

    Two statements, and two for each cohort. What its person may not see is passed over, or it would stand before what they
    may. They are of the cohorts that its person runs or coordinates, as they may on the pages now.
    """
    place, mine = place_of(hook), worked_in(person.id, countries_of(person.grants, Permission.SEE_COUNTRY))
    found = _history(session, hook, place, mine, now)
    seen = found[-1].after if found else place
    if FINISHED in hook.events:
        finished, seen = _finished(session, seen, mine, now)
        found += finished
    open_to = {cohort for cohort in {one.cohort for one in found} if _runs(session, cohort, person, now)}
    return [one for one in found if one.cohort in open_to], seen


def _history(
    session: Session, hook: Webhook, place: HookPosition, mine: ColumnElement[bool], now: datetime
) -> list[HookEvent]:
    rows = session.execute(
        select(CohortEvent.id, CohortEvent.kind, CohortEvent.at, Cohort.public_id, CohortEvent.details)
        .join(Cohort, Cohort.id == CohortEvent.cohort_id)
        .where(CohortEvent.id > place.event, CohortEvent.at < now - SETTLED, CohortEvent.kind.in_(hook.events), mine)
        .order_by(CohortEvent.id)
        .limit(AT_ONCE)
    )
    return [
        HookEvent(
            number=f"event-{number}",
            kind=kind,
            at=at,
            cohort=cohort,
            member=str(details.get("member", "")),
            meeting=str(details.get("meeting", "")),
            course="",
            after=replace(place, event=number),
        )
        for number, kind, at, cohort, details in rows
    ]


def _finished(
    session: Session, place: HookPosition, mine: ColumnElement[bool], now: datetime
) -> tuple[list[HookEvent], HookPosition]:
    """Courses of a cohort that somebody in it finished, once for each of their cohorts, in the order in which that became known,
    whatever day it was; and the place up to which was looked."""
    who = learners_of(Membership.state == MemberState.ACTIVE)
    at, noted = Enrolment.finished_at, Enrolment.finish_noted_at
    known = func.coalesce(noted, at, type_=UtcDateTime())
    lately = or_(and_(noted.is_(None), at >= place.finish_at), noted >= place.finish_at)  # each by its own index
    # Many may finish at one instant, and one person in several cohorts.
    number = cast(Enrolment.id, BigInteger) * literal(2**31, BigInteger) + Membership.id
    rows = session.execute(
        select(number, at, known, Enrolment.course_id, Membership.public_id, Cohort)
        .join(who, who.c.learner_id == Enrolment.learner_id)
        .join(Membership, Membership.id == who.c.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            lately, or_(known > place.finish_at, number > place.finish), known < now - SETTLED, at.is_not(None), mine
        )
        .order_by(known, number)
        .limit(AT_ONCE)
    )
    found, seen = list[HookEvent](), place
    for one, finished_at, known_at, course, member, cohort in rows:
        seen = HookPosition(place.event, known_at, one)
        if course in cohort.course_ids or course in cohort.optional_course_ids:
            told = HookEvent(
                number=f"finish-{member}-{course}",
                kind=FINISHED,
                at=finished_at or known_at,
                cohort=cohort.public_id,
                member=member,
                meeting="",
                course=course,
                after=seen,
            )
            found.append(told)
    return found, seen


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
