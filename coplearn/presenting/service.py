"""Asking a group: opening a presentation, steering it, taking votes, hands and results on paper, and ending it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.courses.contract import Ballot
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.presenting.models import GroupCount, GroupPoll, GroupVote
from coplearn.presenting.rules import (
    LAST_STAGE,
    LONGEST_QUESTION,
    MOST_PEOPLE,
    MOST_PHONES,
    NOTHING_TYPED,
    NUMBER_WANTED,
    PEOPLE,
    SEAT,
    PollMedium,
    VoteWay,
    chosen_of,
    counted,
    is_open,
    readable,
)
from coplearn.rooms.models import Room
from coplearn.rooms.queries import seat_in, seats_taken
from coplearn.rooms.service import open_room, take_seat


@dataclass(frozen=True, slots=True)
class AskedPart:
    """The part of a course that a group is asked about; a check on paper has its item and its form."""

    course_id: str
    module_id: str
    version: str
    item_id: str = ""
    form: str = ""


def open_presentation(
    session: Session, user_id: int, subject: AskedPart, meeting_id: int | None, page: str, now: datetime
) -> GroupPoll:
    """Begin to present a module, with a room whose page for phones is the endpoint ``page``."""
    poll = _poll(user_id, subject, meeting_id, PollMedium.SCREEN, now)
    poll.room_id = open_room(session, page, now).id
    session.add(poll)
    session.flush()
    return poll


def _poll(user_id: int, subject: AskedPart, meeting_id: int | None, medium: PollMedium, now: datetime) -> GroupPoll:
    return GroupPoll(
        public_id=new_public_id(),
        medium=medium,
        course_id=subject.course_id,
        module_id=subject.module_id,
        item_id=subject.item_id,
        form=subject.form,
        course_version=subject.version,
        by_id=user_id,
        meeting_id=meeting_id,
        room_id=None,
        created_at=now,
        over_at=None,
        slide="",
        stage=0,
        rev=0,
        opened_at=None,
    )


def _locked(session: Session, poll: GroupPoll) -> GroupPoll:
    """The row for one writer at a time, as it is now."""
    session.refresh(poll, with_for_update=True)
    return poll


def steer(session: Session, poll: GroupPoll, slide: str, stage: int, now: datetime) -> None:
    """Show that slide in that stage on every screen; the vote opens whenever a slide is asked."""
    poll = _locked(session, poll)
    if poll.over_at is not None:
        raise Refused(N_("This presentation has ended."))
    stage = min(max(stage, 0), LAST_STAGE)
    if stage == 0 and (poll.slide != slide or poll.stage != 0 or poll.opened_at is None):
        poll.opened_at = now
    poll.slide, poll.stage, poll.rev = slide, stage, poll.rev + 1
    session.flush()


def take_vote(
    session: Session,
    poll: GroupPoll,
    room: Room,
    voter: int | str,
    question: str,
    ballot: Ballot,
    sent: Iterable[str],
    now: datetime,
) -> int:
    """Take or change the vote of a phone; its seat. Before it has one, ``voter`` is what its browser is called in the room, so
    that a press that comes twice takes one seat. Raises Refused when the vote is closed, the hall full, or nothing chosen."""
    poll = _locked(session, poll)
    if not is_open(poll.stage, poll.opened_at, poll.over_at, now):
        raise Refused(N_("This vote is closed. What you chose before is counted."))
    chosen = chosen_of(sent, [option for option, _ in ballot.options], many=ballot.many)
    if not chosen:
        raise Refused(N_("Choose an answer first."))
    seat_id = voter if isinstance(voter, int) else _seat(session, room, f"{SEAT} {voter}", now)
    vote = session.scalar(select(GroupVote).where(GroupVote.seat_id == seat_id, GroupVote.question == question))
    if vote is None:
        vote = GroupVote(poll_id=poll.id, seat_id=seat_id, question=question)
        session.add(vote)
    vote.chosen = " ".join(chosen)
    session.flush()
    votes = session.scalars(
        select(GroupVote.chosen).where(GroupVote.poll_id == poll.id, GroupVote.question == question)
    )
    _keep(session, poll, question, VoteWay.PHONE, counted(votes))
    return seat_id


def _seat(session: Session, room: Room, part: str, now: datetime) -> int:
    found = seat_in(session, room.id, part)
    if found is not None:
        return found
    if sum(seats_taken(session, room.id).values()) >= MOST_PHONES:
        raise Refused(N_("So many phones vote already that no more fit. Raise your hand instead."))
    return take_seat(session, room, part, 1, now)


def type_hands(
    session: Session, poll: GroupPoll, question: str, options: Collection[str], sent: Mapping[str, object]
) -> None:
    """Keep how many hands went up for each option, in place of what was typed before. Raises Refused for what is no number."""
    counts = readable(sent, options)
    if counts is None or len(question) > LONGEST_QUESTION:
        raise Refused(NUMBER_WANTED, most=MOST_PEOPLE)
    _keep(
        session,
        _locked(session, poll),
        question,
        VoteWay.HANDS,
        {one: number for one, number in counts.items() if number},
    )


def keep_paper(
    session: Session,
    user_id: int,
    subject: AskedPart,
    meeting_id: int,
    counts: Mapping[str, Mapping[str, int]],
    now: datetime,
) -> GroupPoll:
    """Keep the results of a check on paper, by question and option. Raises Refused where nothing was entered."""
    if not any(number for one in counts.values() for number in one.values()):
        raise Refused(NOTHING_TYPED)
    poll = _poll(user_id, subject, meeting_id, PollMedium.PAPER, now)
    poll.over_at = now
    session.add(poll)
    session.flush()
    for question, one in counts.items():
        _keep(session, poll, question, VoteWay.PAPER, one)
    return poll


def _keep(session: Session, poll: GroupPoll, question: str, way: VoteWay, counts: Mapping[str, int]) -> None:
    session.execute(
        delete(GroupCount).where(GroupCount.poll_id == poll.id, GroupCount.question == question, GroupCount.way == way)
    )
    session.add_all(
        GroupCount(poll_id=poll.id, question=question, way=way, option=option, people=people)
        for option, people in counts.items()
        if people or option == PEOPLE
    )
    session.flush()


def end_presentation(session: Session, poll: GroupPoll, now: datetime) -> None:
    """Take no vote any more and forget which phone voted how; the counts stay, and phones are told so till the end of the day."""
    poll = _locked(session, poll)
    poll.over_at, poll.rev = poll.over_at or now, poll.rev + 1
    session.execute(delete(GroupVote).where(GroupVote.poll_id == poll.id))
    session.flush()


def forget_poll(session: Session, poll: GroupPoll) -> None:
    """Take away something that was entered by mistake, with its counts."""
    session.delete(poll)
    session.flush()
