"""Reading how groups were asked and what they answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.presenting.models import GroupCount, GroupPoll, GroupVote
from coplearn.rooms.models import RoomSeat

CountsOf = dict[str, dict[str, dict[str, int]]]
"""By question, then by way, the people of each option."""


def poll_of(session: Session, public_id: str, user_id: int) -> GroupPoll | None:
    """The occasion of that leader."""
    return session.scalar(select(GroupPoll).where(GroupPoll.public_id == public_id, GroupPoll.by_id == user_id))


def poll_in_room(session: Session, room_id: int) -> GroupPoll | None:
    """The presentation in a room."""
    return session.scalar(select(GroupPoll).where(GroupPoll.room_id == room_id))


def polls_of(session: Session, user_id: int) -> Sequence[GroupPoll]:
    """Everything that somebody led, newest first."""
    return session.scalars(select(GroupPoll).where(GroupPoll.by_id == user_id).order_by(GroupPoll.id.desc())).all()


def polls_of_meeting(session: Session, meeting_id: int) -> Sequence[GroupPoll]:
    """Everything that was asked at a meeting, oldest first."""
    return session.scalars(select(GroupPoll).where(GroupPoll.meeting_id == meeting_id).order_by(GroupPoll.id)).all()


def counts_of(session: Session, poll_ids: Iterable[int]) -> dict[int, CountsOf]:
    """The counts of each of those occasions (one statement)."""
    rows = session.execute(
        select(GroupCount.poll_id, GroupCount.question, GroupCount.way, GroupCount.option, GroupCount.people)
        .where(GroupCount.poll_id.in_(list(poll_ids)))
        .order_by(GroupCount.id)
    )
    found: dict[int, CountsOf] = {}
    for poll_id, question, way, option, people in rows:
        found.setdefault(poll_id, {}).setdefault(question, {}).setdefault(way, {})[option] = people
    return found


def phones_in(session: Session, room_id: int | None) -> int:
    """The number of phones that have voted in a room."""
    if room_id is None:
        return 0
    return session.scalar(select(func.count()).select_from(RoomSeat).where(RoomSeat.room_id == room_id)) or 0


def vote_of(session: Session, seat_id: int | None, question: str) -> tuple[str, ...]:
    """The options that a phone chose."""
    if seat_id is None:
        return ()
    found = session.scalar(select(GroupVote.chosen).where(GroupVote.seat_id == seat_id, GroupVote.question == question))
    return tuple((found or "").split())


def export_of(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Everything kept of the groups that somebody asked, for their own download."""
    polls = polls_of(session, user_id)
    counts = counts_of(session, [poll.id for poll in polls])
    return [
        {
            "course": poll.course_id,
            "module": poll.module_id,
            "check": poll.item_id,
            "form": poll.form,
            "how": poll.medium,
            "began_at": poll.created_at.isoformat(),
            "over_at": poll.over_at.isoformat() if poll.over_at is not None else "",
            "counts": counts.get(poll.id, {}),
        }
        for poll in polls
    ]
