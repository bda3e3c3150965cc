"""Letting in whom a platform sent: once for each token, as the learner they are, with a place for their score."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.joining import join_kept, keep_learner
from coplearn.learning.models import Learner
from coplearn.learning.service import learner_of_account
from coplearn.lti.models import LtiLink, LtiNonce, LtiPerson, LtiScore
from coplearn.lti.queries import KnownPerson, person_by_id, person_of
from coplearn.lti.rules import (
    NO_COURSE,
    NONCE_AFTER,
    NONCE_LONGEST,
    SUSPENDED,
    USED,
    LaunchRefused,
    Platform,
    ProvedLaunch,
    Target,
)
from coplearn.lti.sealing import hashed
from coplearn.storage.upserts import insert_new


def use_nonce(session: Session, nonce: str, launch: ProvedLaunch, now: datetime) -> None:
    """Use up the number of a launch. Raises LaunchRefused when it was used before; of two at once, one comes through.

    It is kept longer than its token can be good: a number that is forgotten first would open the door again.
    """
    until = min(max(launch.expires, now) + NONCE_AFTER, now + NONCE_LONGEST)
    if not insert_new(session, LtiNonce, {"hash": hashed(nonce), "until": until}):
        raise LaunchRefused(USED)


def let_in(
    session: Session, platform: Platform, launch: ProvedLaunch, token_of: Callable[[int], str], now: datetime
) -> KnownPerson:
    """The learner whom the platform means, made when it never sent them before; their browser may name them by a token.

    They are let in as nobody but this learner: no claim gives a role, and an account that they joined is not signed in to.
    Raises LaunchRefused for somebody whose account is switched off.
    """
    person = person_of(session, platform.id, launch.subject) or _new_person(session, platform, launch, now)
    if not person.is_active:
        raise LaunchRefused(SUSPENDED)
    keep_learner(session, person.learner_id, token_of(person.learner_id), now)
    session.execute(update(LtiPerson).where(LtiPerson.id == person.id).values(seen_at=now))
    return person


def _new_person(session: Session, platform: Platform, launch: ProvedLaunch, now: datetime) -> KnownPerson:
    learner_id = keep_learner(session, None, token_urlsafe(24), now)
    values = {"platform_id": platform.id, "subject": launch.subject, "learner_id": learner_id}
    if not insert_new(session, LtiPerson, {**values, "created_at": now, "seen_at": now}):
        # Two of their launches at once: the other one's learner stands.
        session.execute(delete(Learner).where(Learner.id == learner_id))
    found = person_of(session, platform.id, launch.subject)
    assert found is not None
    return found


def keep_link(session: Session, deployment_row: int, launch: ProvedLaunch, target: Target, now: datetime) -> LtiLink:
    """Keep what the platform says of the activity now: where it leads, and where its scores go. Raises LaunchRefused for none."""
    if not launch.link_id or not target.course_id:
        raise LaunchRefused(NO_COURSE)
    named = (LtiLink.deployment_id == deployment_row, LtiLink.resource_link_id == launch.link_id)
    values = {
        "context_title": launch.context_title,
        "course_id": target.course_id,
        "module_id": target.module_id,
        "item_id": target.item_id,
        "line_items": launch.line_items,
        "scopes": list(launch.scopes),
        "members_url": launch.members_url,
    }
    fresh = {"deployment_id": deployment_row, "resource_link_id": launch.link_id, "seen_at": now}
    insert_new(session, LtiLink, {**fresh, **values, "line_item": launch.line_item})
    link = session.scalars(select(LtiLink).where(*named)).one()
    moved = Target(link.course_id, link.module_id, link.item_id) != target
    for name, value in values.items():
        setattr(link, name, value)
    # A column that we made ourselves is not told by every platform.
    link.line_item, link.seen_at = launch.line_item or link.line_item, now
    if moved:
        session.execute(update(LtiScore).where(LtiScore.link_id == link.id).values(attempt_seen=0))
    session.flush()
    return link


def expect_score(session: Session, link: LtiLink, person: KnownPerson) -> None:
    """Have a score of this person go back for this activity once there is one; one row, however often they come."""
    insert_new(session, LtiScore, {"link_id": link.id, "person_id": person.id})
    session.execute(
        update(LtiScore)
        .where(LtiScore.link_id == link.id, LtiScore.person_id == person.id, LtiScore.is_refused.is_(True))
        .values(is_refused=False)
    )


def join_account(
    session: Session, person_id: int, user_id: int, now: datetime, courses: Mapping[str, Collection[str]]
) -> None:
    """Give what somebody did in launches to their account; from now on launches open what is the account's.

    Raises Refused for somebody who joined another account before.
    """
    person = person_by_id(session, person_id)
    if person is None:
        raise Refused(N_("What was to be joined is not kept here any more. Open the course again from your platform."))
    if person.user_id == user_id:
        return
    if person.user_id is not None:
        raise Refused(N_("Your learning platform is joined to another account already."))
    own = learner_of_account(session, user_id, now)
    session.execute(update(LtiPerson).where(LtiPerson.learner_id == person.learner_id).values(learner_id=own.id))
    people = select(LtiPerson.id).where(LtiPerson.learner_id == own.id)
    session.execute(update(LtiScore).where(LtiScore.person_id.in_(people)).values(attempt_seen=0))
    join_kept(session, person.learner_id, user_id, now, courses)


def shut_out(session: Session, learners: Collection[int]) -> None:
    """End what platforms opened for those learners: no browser names them any more, until a launch does."""
    if learners:
        session.execute(update(Learner).where(Learner.id.in_(learners)).values(visitor_hash=None))


def forget_launched(session: Session, before: datetime, now: datetime) -> None:
    """Forget people without an account whom no platform sent since ``before``, with all they did, and numbers that are over."""
    people = select(LtiPerson.learner_id).where(LtiPerson.seen_at < before)
    still_here = select(LtiPerson.learner_id).where(LtiPerson.seen_at >= before)
    session.execute(
        delete(Learner).where(
            Learner.id.in_(people), Learner.id.not_in(still_here), Learner.user_id.is_(None), Learner.seen_at < before
        )
    )
    session.execute(delete(LtiNonce).where(LtiNonce.until < now))
