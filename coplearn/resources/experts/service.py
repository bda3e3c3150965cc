"""Nominate, answer, vote: verbs that write rows and letters, and never commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.outbox.service import queue_letter
from coplearn.resources.experts import queries
from coplearn.resources.experts.models import ExpertNomination, ExpertVote
from coplearn.resources.experts.rules import (
    ASKED_LETTER,
    LEAST_PANEL,
    RESULT_LETTER,
    VOTE_FOR,
    VOTE_LETTER,
    NominationDetails,
    NominationState,
    PanelResult,
    VoteChoice,
    has_conflict,
    result_of,
)
from coplearn.resources.hub.models import HubMember

Token = Callable[[str], str]
"""Makes the private part of a nominee's address from the nomination's public id."""
_FORGOTTEN = ("name", "email", "organisation", "reason", "interests", "by_organisation", "locale", "country", "subject")


@dataclass(frozen=True, slots=True)
class NomineeAddress:
    """The address that a nominee is written to, and in which language."""

    email: str
    locale: str


def nominate(
    session: Session, details: NominationDetails, to: NomineeAddress, user_id: int, token: Token, now: datetime
) -> ExpertNomination:
    """Ask somebody whether they agree to be an expert; nothing of it is public."""
    nomination = ExpertNomination(
        public_id=token_hex(8),
        by_id=user_id,
        **{name: value.strip() for name, value in asdict(details).items()},
        email=to.email,
        locale=to.locale,
        interests="",
        state=NominationState.ASKED,
        created_at=now,
        answered_at=None,
        closes_at=None,
        closed_at=None,
    )
    session.add(nomination)
    session.flush()
    audit.record(session, EventKind.EXPERT_NOMINATED, about=f"nomination:{nomination.id}", now=now)
    params: dict[str, object] = {"token": token(nomination.public_id), "by": nomination.by_organisation}
    _write(session, nomination, ASKED_LETTER, params, now)
    return nomination


def _write(session: Session, nomination: ExpertNomination, kind: str, params: dict[str, object], now: datetime) -> None:
    queue_letter(
        session,
        key=f"{kind}:{nomination.id}",
        to=nomination.email,
        locale=nomination.locale,
        time_zone="UTC",
        kind=kind,
        params=params,
        now=now,
    )


def agree(session: Session, nomination: ExpertNomination, interests: str, now: datetime) -> None:
    """Keep that the nominee agrees, with their own statement of interests. Raises Refused without one."""
    if nomination.state != NominationState.ASKED:
        raise Refused(N_("You have answered already."))
    if not interests.strip():
        raise Refused(N_("Please say who pays you and whom you advise, or that there is nothing to tell."))
    nomination.state, nomination.interests, nomination.answered_at = NominationState.AGREED, interests.strip(), now
    session.flush()


def withdraw(session: Session, nomination: ExpertNomination, now: datetime) -> None:
    """Decline, or step back at any time later; what tells who they are is forgotten."""
    asked = nomination.state == NominationState.ASKED
    if nomination.state in (NominationState.DECLINED, NominationState.WITHDRAWN):
        return
    _end(session, nomination, NominationState.DECLINED if asked else NominationState.WITHDRAWN, now)
    nomination.answered_at = now
    session.flush()


def _end(session: Session, nomination: ExpertNomination, state: NominationState, now: datetime) -> None:
    """Bring a nomination to an end in which nobody is named any more."""
    nomination.state, nomination.closed_at = state, nomination.closed_at or now
    for name in _FORGOTTEN:
        setattr(nomination, name, "")
    session.flush()


def open_vote(session: Session, nomination: ExpertNomination, now: datetime) -> None:
    """Open the vote: the panel is who votes now; whoever has a conflict of interest that is known has no vote.

    Raises Refused before the nominee agreed, and with too small a panel.
    """
    if nomination.state != NominationState.AGREED:
        raise Refused(N_("The vote opens once the nominee has agreed."))
    panel = queries.voters(session)
    barred = {
        member.id
        for member, user in panel
        if has_conflict(
            user.id, member.organisation, nomination.by_id, nomination.organisation, nomination.by_organisation
        )
    }
    if len(panel) - len(barred) < LEAST_PANEL:
        raise Refused(N_("At least three members without a conflict of interest vote on an expert. Add members first."))
    nomination.state, nomination.closes_at = NominationState.VOTING, now + VOTE_FOR
    audit.record(session, EventKind.EXPERT_VOTE_OPENED, about=f"nomination:{nomination.id}", now=now)
    for member, user in panel:
        choice = VoteChoice.RECUSED.value if member.id in barred else ""
        session.add(ExpertVote(nomination_id=nomination.id, by_id=user.id, member_id=member.id, choice=choice, at=None))
        if not choice:
            queue_letter(
                session,
                key=f"{VOTE_LETTER}:{nomination.id}:{user.id}",
                to=user.email,
                locale=user.locale,
                time_zone=user.time_zone or "UTC",
                kind=VOTE_LETTER,
                params={"name": member.name, "closes_at": nomination.closes_at.isoformat()},
                now=now,
            )
    session.flush()


def vote(
    session: Session, nomination: ExpertNomination, member: HubMember, choice: str, token: Token, now: datetime
) -> None:
    """Keep a vote, which nobody changes; the last one ends it. Raises Refused for whoever has none here."""
    session.execute(select(ExpertNomination.id).where(ExpertNomination.id == nomination.id).with_for_update())
    session.refresh(nomination)
    place = queries.place_of(session, nomination.id, member.id)
    closes_at = nomination.closes_at if nomination.state == NominationState.VOTING else None
    if place is None or closes_at is None or closes_at <= now:
        raise Refused(N_("This vote is not open for you."))
    if place.choice:
        raise Refused(N_("You have voted already."))
    if choice not in set(VoteChoice):
        raise Refused(N_("Choose from the list."))
    place.choice, place.at = choice, now
    session.flush()
    if not queries.still_to_vote(session, nomination.id):
        close(session, nomination, token, now)


def close(session: Session, nomination: ExpertNomination, token: Token, now: datetime) -> PanelResult:
    """Count, and tell the nominee; of one who was not elected nothing is kept that tells who they are."""
    choices = session.scalars(select(ExpertVote.choice).where(ExpertVote.nomination_id == nomination.id))
    result = result_of(choices)
    params: dict[str, object] = {"token": token(nomination.public_id), "is_elected": result.is_elected}
    _write(session, nomination, RESULT_LETTER, params, now)
    if result.is_elected:
        nomination.state, nomination.closed_at = NominationState.ELECTED, now
    else:
        _end(session, nomination, NominationState.NOT_ELECTED, now)
    session.flush()
    return result


def close_due(session: Session, token: Token, now: datetime) -> None:
    """End votes whose time is over, and nominations that were not answered."""
    for nomination in queries.votes_over(session, now):
        close(session, nomination, token, now)
    for nomination in queries.unanswered(session, now):
        _end(session, nomination, NominationState.LAPSED, now)


def forget_nominee(session: Session, email: str) -> None:
    """Forget everything about a person who was nominated."""
    mine = select(ExpertNomination.id).where(ExpertNomination.email == email)
    session.execute(delete(ExpertVote).where(ExpertVote.nomination_id.in_(mine)))
    session.execute(delete(ExpertNomination).where(ExpertNomination.email == email))
