"""Asking three questions three months later, and keeping the answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex, token_urlsafe

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common import letters
from coplearn.cohorts.common.models.certification import FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.outcomes.queries.certification import by_token, token_hash
from coplearn.cohorts.outcomes.rules.certification import add_months
from coplearn.cohorts.outcomes.rules.followup import MONTHS_LATER, checked_answers, may_change
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.storage.upserts import insert_all_new

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A person to be asked now."""

    cohort: Cohort
    member: Membership
    token: str
    """The private part of the address; what is kept is its hash, so this is the only time it is known."""


def ask_later(session: Session, membership_ids: Collection[int], now: datetime) -> None:
    """Ask those people in three calendar months; who is to be asked already, or was asked, is not asked again."""
    if not membership_ids:
        return
    known = set(session.scalars(select(FollowUp.membership_id).where(FollowUp.membership_id.in_(membership_ids))))
    due_on = add_months(now.date(), MONTHS_LATER)
    rows = [
        {"membership_id": one, "due_on": due_on, "answers": {}, "token_hash": token_hash(token_hex(32))}
        for one in membership_ids
        if one not in known
    ]
    insert_all_new(session, FollowUp, rows)


def ask_cohort_later(session: Session, cohort: Cohort, now: datetime) -> None:
    """The same for everybody who takes part in a cohort: called when it closes."""
    members = select(Membership.id).where(Membership.cohort_id == cohort.id, Membership.state == MemberState.ACTIVE)
    ask_later(session, list(session.scalars(members)), now)


def due_followups(session: Session, now: datetime, limit: int = MOST_AT_ONCE) -> list[Due]:
    """The people asked now, each with a fresh private address; they count as asked once the caller commits.

    At most ``limit`` at a time: call again until nobody is left. Who has no address or has withdrawn is passed over.
    """
    rows = session.execute(
        select(FollowUp, Membership, Cohort)
        .join(Membership, Membership.id == FollowUp.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            FollowUp.sent_at.is_(None),
            FollowUp.due_on <= now.date(),
            Membership.email.is_not(None),
            Membership.state == MemberState.ACTIVE,
        )
        .order_by(FollowUp.id)
        .limit(limit)
        .with_for_update(of=FollowUp, skip_locked=True)
    ).all()
    return [_ask(follow_up, member, cohort, now) for follow_up, member, cohort in rows]


def _ask(follow_up: FollowUp, member: Membership, cohort: Cohort, now: datetime) -> Due:
    token = token_urlsafe(24)
    follow_up.token_hash, follow_up.sent_at = token_hash(token), now
    return Due(cohort, member, token)


def ask_what_is_due(session: Session, now: datetime) -> int:
    """Write to all who are to be asked now, as the daily job does; how many letters were written."""
    written = 0
    while due := due_followups(session, now):
        for one in due:
            written += letters.ask_follow_up(session, one.cohort, one.member, one.token, now)
        session.flush()
    return written


def answer(session: Session, token: str, given: Mapping[str, str], now: datetime) -> FollowUp:
    """Keep the answers given at a private address; within thirty days they may be changed.

    Raises NotFound for a made-up address, and Refused for a missing answer or after the thirty days.
    """
    follow_up = by_token(session, token, lock=True)
    if follow_up is None or follow_up.sent_at is None:
        raise NotFound(N_("There is no page at this address for you."))
    if not may_change(follow_up.answered_at, now):
        raise Refused(N_("Your answers are counted already. Thank you for them."))
    follow_up.answers = dict(checked_answers(given))
    follow_up.answered_at = follow_up.answered_at or now
    session.flush()
    return follow_up
