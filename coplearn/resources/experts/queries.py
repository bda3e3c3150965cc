"""Reading nominations: those that are public, those at work, one with its panel, and what waits for a member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.resources.experts.models import ExpertNomination, ExpertVote
from coplearn.resources.experts.rules import ANSWER_WITHIN, NominationState, PanelResult, result_of
from coplearn.resources.hub.models import HubMember


def elected(session: Session) -> list[tuple[ExpertNomination, PanelResult]]:
    """The experts whom a panel elected, by name, with the result of each vote (two statements)."""
    asked = select(ExpertNomination).where(ExpertNomination.state == NominationState.ELECTED)
    found = session.scalars(asked.order_by(ExpertNomination.name, ExpertNomination.id)).all()
    return [(one, result_of(choices)) for one, choices in _with_choices(session, found)]


def recent_nominations(session: Session, limit: int = 200) -> Sequence[ExpertNomination]:
    """Nominations, the newest first."""
    return session.scalars(select(ExpertNomination).order_by(ExpertNomination.id.desc()).limit(limit)).all()


def results_of(session: Session, nominations: Sequence[ExpertNomination]) -> dict[int, PanelResult]:
    """The results of those votes that are over, by nomination (one statement)."""
    over = [one for one in nominations if one.closed_at is not None]
    return {one.id: result_of(choices) for one, choices in _with_choices(session, over)}


def _with_choices(
    session: Session, nominations: Sequence[ExpertNomination]
) -> list[tuple[ExpertNomination, list[str]]]:
    choices: dict[int, list[str]] = {one.id: [] for one in nominations}
    rows = session.execute(
        select(ExpertVote.nomination_id, ExpertVote.choice).where(ExpertVote.nomination_id.in_(choices))
    )
    for number, choice in rows:
        choices[number].append(choice)
    return [(one, choices[one.id]) for one in nominations]


def nomination_of(session: Session, public_id: str) -> ExpertNomination | None:
    """The nomination of that address."""
    return session.scalar(select(ExpertNomination).where(ExpertNomination.public_id == public_id))


def places_of(session: Session, member_id: int) -> dict[int, str]:
    """The choice of a member on every panel of a vote that goes on, by nomination; empty where they have not voted."""
    rows = session.execute(
        select(ExpertVote.nomination_id, ExpertVote.choice)
        .join(ExpertNomination, ExpertNomination.id == ExpertVote.nomination_id)
        .where(ExpertVote.member_id == member_id, ExpertNomination.state == NominationState.VOTING)
    )
    return {row[0]: row[1] for row in rows}


def place_of(session: Session, nomination_id: int, member_id: int) -> ExpertVote | None:
    """The place of a member on the panel of that vote."""
    return session.scalar(
        select(ExpertVote).where(ExpertVote.nomination_id == nomination_id, ExpertVote.member_id == member_id)
    )


def voters(session: Session) -> list[tuple[HubMember, User]]:
    """Members who vote now, with their account."""
    rows = session.execute(
        select(HubMember, User)
        .join(User, User.id == HubMember.user_id)
        .where(HubMember.votes, HubMember.ended_at.is_(None), User.active)
        .order_by(HubMember.id)
    )
    return [(row[0], row[1]) for row in rows]


def still_to_vote(session: Session, nomination_id: int) -> int:
    """Members of the panel who have not voted yet."""
    mine = (ExpertVote.nomination_id == nomination_id, ExpertVote.choice == "")
    return session.scalar(select(func.count()).select_from(ExpertVote).where(*mine)) or 0


def votes_over(session: Session, now: datetime) -> Sequence[ExpertNomination]:
    """Votes whose time is over."""
    where = (ExpertNomination.state == NominationState.VOTING, ExpertNomination.closes_at <= now)
    return session.scalars(select(ExpertNomination).where(*where)).all()


def unanswered(session: Session, now: datetime) -> Sequence[ExpertNomination]:
    """Nominees who did not answer in time."""
    where = (ExpertNomination.state == NominationState.ASKED, ExpertNomination.created_at < now - ANSWER_WITHIN)
    return session.scalars(select(ExpertNomination).where(*where)).all()


def export_of(session: Session, user_id: int, email: str) -> dict[str, Any]:
    """Everything kept of somebody as a nominee, of those they nominated, and of their votes, for their own download."""
    about = session.scalars(
        select(ExpertNomination).where(or_(ExpertNomination.email == email, ExpertNomination.by_id == user_id))
    )
    names = ("name", "email", "locale", "organisation", "country", "subject", "reason", "interests", "by_organisation")
    votes = session.scalars(select(ExpertVote).where(ExpertVote.by_id == user_id).order_by(ExpertVote.id))
    return {
        "nominations": [
            {name: getattr(one, name) for name in names if one.email == email or name in ("by_organisation", "reason")}
            | {
                "at": one.created_at.isoformat(),
                "answered_at": one.answered_at.isoformat() if one.answered_at is not None else "",
            }
            for one in about
        ],
        "votes": [{"choice": one.choice, "at": one.at.isoformat() if one.at is not None else ""} for one in votes],
    }
