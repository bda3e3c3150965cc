"""Groups that were asked: on a screen or on paper, the vote of each phone while it lasts, and the counts that stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText

_POLL = "group_poll.id"


class GroupPoll(Base):
    """An occasion on which a group was asked: a module that was presented, or a check on paper."""

    __tablename__ = "group_poll"
    __table_args__ = (
        Index("ix_group_poll_by_id", "by_id"),
        Index("ix_group_poll_meeting_id", "meeting_id"),
        Index("ix_group_poll_room_id", "room_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    medium: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.presenting.rules.PollMedium`."""
    course_id: Mapped[ShortText]
    module_id: Mapped[ShortText]
    item_id: Mapped[ShortText]
    """The check on paper; empty for a module that was presented."""
    form: Mapped[str] = mapped_column(String(1))
    """The form of a check on paper, ``a`` or ``b``; else empty."""
    course_version: Mapped[ShortText]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    """Whoever led the group; None once they are erased: the counts stay."""
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id", ondelete="SET NULL"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    over_at: Mapped[datetime | None]
    slide: Mapped[str] = mapped_column(String(200))
    """The id of the slide that is shown."""
    stage: Mapped[int]
    rev: Mapped[int]
    """Goes up with each step, so that every screen follows the newest."""
    opened_at: Mapped[datetime | None]
    """When the vote on that slide was opened."""


class GroupVote(Base):
    """The vote of one phone on one question, kept under its seat until the presentation ends or the room is forgotten."""

    __tablename__ = "group_vote"
    __table_args__ = (
        UniqueConstraint("seat_id", "question"),
        Index("ix_group_vote_poll_id_question", "poll_id", "question"),
    )

    id: Mapped[Id]
    poll_id: Mapped[int] = mapped_column(ForeignKey(_POLL, ondelete="CASCADE"))
    seat_id: Mapped[int] = mapped_column(ForeignKey("room_seat.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(160))
    chosen: Mapped[str] = mapped_column(String(1200))
    """Ids of options, with spaces between them."""


class GroupCount(Base):
    """The number of people of a group who gave one answer to one question, in one way."""

    __tablename__ = "group_count"
    __table_args__ = (UniqueConstraint("poll_id", "question", "way", "option"),)

    id: Mapped[Id]
    poll_id: Mapped[int] = mapped_column(ForeignKey(_POLL, ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(160))
    way: Mapped[str] = mapped_column(String(8))
    """A :class:`coplearn.presenting.rules.VoteWay`."""
    option: Mapped[str] = mapped_column(String(90))
    """Empty where all who answered are counted."""
    people: Mapped[int]
