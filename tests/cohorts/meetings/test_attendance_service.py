"""Marks are taken once, together, and none is lost when two people mark the same register."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance, ChildrenCount, Mark, Meeting
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.meetings.queries import in_danger, register_of, standings
from coplearn.cohorts.meetings.rules.marking import door_code
from coplearn.cohorts.meetings.service.attendance import Saved, Sent, check_in, count_children, save_marks
from coplearn.kernel.errors import NotFound, Refused
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import NOW, put_cohort, put_meeting, put_member, put_user
from tests.counting import counted


@dataclass
class Room:
    """A cohort in a meeting that has just begun, with two trainers."""

    session: Session
    cohort: Cohort
    meeting: Meeting
    members: list[Membership]
    ani: Person
    sam: Person

    def save(
        self, person: Person, sent: list[Sent], at: datetime = NOW, *, decides: bool = False, reason: str = ""
    ) -> Saved:
        """Marks of one of the trainers."""
        return save_marks(
            self.session, person, self.cohort, self.meeting.public_id, sent, at, decides=decides, reason=reason
        )

    def status(self, number: int = 0) -> tuple[str, int] | None:
        """How a member is marked now, and the rev."""
        row = self.session.execute(
            select(Attendance.status, Attendance.rev).where(Attendance.membership_id == self.members[number].id)
        ).first()
        return (row[0], row[1]) if row is not None else None

    def history(self, number: int = 0) -> list[tuple[str, str, bool]]:
        """Every mark of a member: whose, what, and whether it stands."""
        marks = select(Mark).where(Mark.membership_id == self.members[number].id).order_by(Mark.id)
        return [(mark.by_name, mark.status, mark.stands) for mark in self.session.scalars(marks)]

    def mark(self, status: str, op_id: str, number: int = 0, rev: int = 0, **more: str) -> Sent:
        """A mark as a page sends it."""
        return Sent(op_id, self.members[number].public_id, status, rev, NOW, **more)


def open_room(session: Session, people: int = 3) -> Room:
    """Put a room into the tables."""
    cohort = put_cohort(session)
    meeting = put_meeting(session, cohort, NOW)
    members = [put_member(session, cohort, None, name=f"Person {number:02}") for number in range(people)]
    trainers = [Person(put_user(session, f"{name}@example.org", name), name, "", "en", ()) for name in ("Ani", "Sam")]
    return Room(session, cohort, meeting, members, *trainers)


@pytest.fixture
def room(session: Session) -> Iterator[Room]:
    """A room on each kind of database."""
    yield open_room(session)
    session.rollback()


def test_forty_marks_are_two_writes(each_app: Flask) -> None:
    """Saving a whole page is one transaction: two writes and the audit log's own; nothing is written when all is sent again."""
    with each_app.app_context():
        session = current_session(each_app)
        room = open_room(session, 40)
        session.commit()
        sent = [room.mark("present", f"op-{number}", number) for number in range(40)]
        assert room.cohort.id and room.meeting.public_id  # read again after the commit, as a page does before
        with counted(each_app) as statements:
            saved = room.save(room.ani, sent)
            session.commit()
        assert (saved.taken, len(saved.standings)) == (40, 40)
        assert len([one for one in statements if "INTO" in one and "audit" not in one]) == 2, statements
        assert len([one for one in statements if "audit_" not in one]) == 5, statements
        with counted(each_app) as statements:
            assert room.save(room.ani, sent).taken == 0
            session.commit()
        assert not [one for one in statements if "INTO" in one]
        assert session.scalar(select(func.count()).select_from(Mark)) == 40


def test_mark_sent_fifty_times_is_one_mark(room: Room) -> None:
    """A device that never hears the answer sends again and again."""
    for _ in range(50):
        saved = room.save(room.ani, [room.mark("late", "op-1"), room.mark("late", "op-1")])
        assert saved.standings[room.members[0].public_id].rev == 1
    assert room.history() == [("Ani", "late", True)]


def test_two_trainers_who_disagree_are_both_in_the_history(room: Room) -> None:
    """The later one is asked; the register keeps the first until somebody chooses."""
    room.save(room.sam, [room.mark("present", "sam-1")])
    saved = room.save(room.ani, [room.mark("late", "ani-1")], NOW + timedelta(minutes=3))
    (stale,) = saved.stale
    assert (stale.yours, stale.theirs, stale.rev) == ("late", "present", 1)
    assert room.status() == ("present", 1)
    room.save(room.ani, [room.mark("late", "ani-2", rev=stale.rev)])
    assert room.status() == ("late", 2)
    assert room.history() == [("Sam", "present", True), ("Ani", "late", False), ("Ani", "late", True)]


def test_two_trainers_who_agree_are_not_asked(room: Room) -> None:
    """Both pressed "present": that is what stands, and both have said it."""
    room.save(room.sam, [room.mark("present", "sam-1")])
    assert room.save(room.ani, [room.mark("present", "ani-1")]).stale == []
    assert room.status() == ("present", 1)
    assert [stands for *_, stands in room.history()] == [True, True]


def test_second_thought_of_the_same_page_goes_on_from_its_first(room: Room) -> None:
    """The page did not hear yet that its first mark arrived, and marks the same person again."""
    saved = room.save(room.ani, [room.mark("absent", "a-1"), room.mark("late", "a-2", after="a-1")])
    assert saved.stale == []
    assert room.status() == ("late", 2)
    room.save(room.sam, [room.mark("present", "s-1", rev=2)])
    assert [one.theirs for one in room.save(room.ani, [room.mark("absent", "a-3", after="a-2")]).stale] == ["present"]


def test_two_trainers_at_the_same_moment_converge(each_app: Flask) -> None:
    """Twelve people marked by two threads at once: one of each pair stands, the other is in the history."""
    with each_app.app_context():
        room = open_room(current_session(each_app), 12)
        room.session.commit()
        for thing in (room.cohort, room.meeting, *room.members):
            room.session.refresh(thing)
        room.session.expunge_all()
    engine, start = engine_of(each_app), Barrier(2)

    def press(person: Person, status: str) -> int:
        start.wait()
        with Session(engine) as session:
            sent = [room.mark(status, f"{person.name}-{number}", number) for number in range(12)]
            saved = replace(room, session=session).save(person, sent)
            session.commit()
            return len(saved.stale)

    with ThreadPoolExecutor(2) as pool:
        pressed = [pool.submit(press, room.ani, "present"), pool.submit(press, room.sam, "absent")]
        assert sorted(one.result() for one in pressed) == [0, 12]
    with Session(engine) as session:
        assert len(set(session.scalars(select(Attendance.status)))) == 1
        assert session.scalar(select(func.count()).select_from(Attendance)) == 12
        assert session.scalar(select(func.count()).select_from(Mark)) == 24


def test_marks_for_people_outside_the_register_are_refused_by_name(room: Room) -> None:
    """Somebody who withdrew is named; somebody of another cohort is not even known here; the others are taken."""
    room.members[1].state = "withdrawn"
    stranger = put_member(room.session, put_cohort(room.session), None, name="Secret")
    sent = [room.mark("present", "1"), room.mark("present", "2", 1), Sent("3", stranger.public_id, "present", 0, NOW)]
    saved = room.save(room.ani, sent)
    assert saved.strangers == [(room.members[1].public_id, "Person 01"), (stranger.public_id, "")]
    assert list(saved.standings) == [room.members[0].public_id]
    assert room.session.scalar(select(func.count()).select_from(Mark)) == 1


def test_marks_outside_the_window_are_refused(room: Room) -> None:
    """Not before the door opens, not for a cancelled meeting, and late only with a reason by whoever decides."""
    for at in (NOW - timedelta(minutes=31), NOW + timedelta(days=15)):
        with pytest.raises(Refused):
            room.save(room.ani, [room.mark("present", "1")], at)
    late = NOW + timedelta(days=15)
    with pytest.raises(Refused):
        room.save(room.ani, [room.mark("present", "1")], late, decides=True)
    room.save(room.ani, [room.mark("present", "1")], late, decides=True, reason="found the\npaper")
    assert room.session.scalar(select(Mark.reason)) == "found the paper"
    room.meeting.state = "cancelled"
    with pytest.raises(Refused):
        room.save(room.ani, [room.mark("absent", "2", rev=1)])
    room.session.expire_all()
    with pytest.raises(NotFound):
        save_marks(room.session, room.ani, put_cohort(room.session), room.meeting.public_id, [], NOW, decides=True)


def test_words_nobody_knows_change_nothing(room: Room) -> None:
    """A forged status, way or key refuses the whole sending."""
    good = room.mark("present", "1")
    for bad in (
        room.mark("there", "2"),
        room.mark("present", "3", via="post"),
        room.mark("present", "x" * 65),
        room.mark("late", ""),
    ):
        with pytest.raises(Refused):
            room.save(room.ani, [good, bad])
    assert room.history() == []


def test_meeting_with_children_is_marked_after_its_adults_are_named(room: Room) -> None:
    """A safeguarding lead and two vetted adults, or nobody is marked and no child counted."""
    room.meeting.with_children = True
    with pytest.raises(Refused):
        room.save(room.ani, [room.mark("present", "1")])
    with pytest.raises(Refused):
        count_children(room.session, room.ani, room.cohort, room.meeting.public_id, {"9-12": 14}, NOW)
    room.meeting.safeguarding_lead, room.meeting.vetted_adults = "Rita", "Ani\nSam"
    room.save(room.ani, [room.mark("present", "1")])
    count_children(room.session, room.ani, room.cohort, room.meeting.public_id, {"9-12": 14, "13-15": 3}, NOW)
    count_children(room.session, room.sam, room.cohort, room.meeting.public_id, {"9-12": 12}, NOW)
    rows = room.session.execute(select(ChildrenCount.age_band, ChildrenCount.count, ChildrenCount.by_id))
    assert sorted(tuple(row) for row in rows) == [("13-15", 3, room.ani.id), ("9-12", 12, room.sam.id)]
    for counts in ({"9-12": -1}, {"9-12": 10_000}, {"40-50": 1}):
        with pytest.raises(Refused):
            count_children(room.session, room.ani, room.cohort, room.meeting.public_id, counts, NOW)


@pytest.mark.parametrize("change", [{"with_children": False}, {"state": "cancelled"}])
def test_no_child_is_counted_where_none_was(room: Room, change: dict[str, Any]) -> None:
    """At a meeting without children, or one that was cancelled."""
    room.meeting.with_children, room.meeting.safeguarding_lead, room.meeting.vetted_adults = True, "Rita", "Ani\nSam"
    for name, value in change.items():
        setattr(room.meeting, name, value)
    with pytest.raises(Refused, match="No children take part"):
        count_children(room.session, room.ani, room.cohort, room.meeting.public_id, {"9-12": 14}, NOW)
    assert room.session.scalars(select(ChildrenCount)).all() == []


def test_check_in_takes_the_code_of_now_and_counts_once(room: Room) -> None:
    """Pressing twice is one mark; after ten minutes it is late; what a trainer said is not overruled."""
    code = door_code(room.meeting.checkin_secret, NOW)
    first, second, third = room.members
    for _ in range(2):
        assert check_in(room.session, room.ani, room.cohort, first, code, NOW)[1] == "present"
    assert room.history() == [("Ani", "present", True)]
    with pytest.raises(Refused):
        check_in(room.session, room.ani, room.cohort, second, code, NOW + timedelta(seconds=61))
    late = NOW + timedelta(minutes=12)
    assert (
        check_in(room.session, room.ani, room.cohort, second, door_code(room.meeting.checkin_secret, late), late)[1]
        == "late"
    )
    room.save(room.sam, [room.mark("absent", "s-1", 2)])
    assert check_in(room.session, room.ani, room.cohort, third, code, NOW)[1] == "absent"
    assert room.history(2) == [("Sam", "absent", True), ("Ani", "present", False)]
    evening = NOW + timedelta(hours=5)
    with pytest.raises(Refused):
        check_in(room.session, room.ani, room.cohort, first, door_code(room.meeting.checkin_secret, evening), evening)


def test_register_is_paged_by_name_and_key(room: Room) -> None:
    """Two people of the same name are both there once, whichever page ends between them."""
    for _ in range(3):
        put_member(room.session, room.cohort, None, name="Person 01")
    put_member(room.session, room.cohort, None, name="Gone", state="withdrawn")
    seen, key = [], None
    while True:
        page = register_of(room.session, room.meeting, key, 2)
        seen += [(row.name, row.membership_id) for row in page.rows]
        key = page.next_key
        if key is None:
            break
    assert len(seen) == len(set(seen)) == 6
    assert [name for name, _ in seen] == sorted(name for name, _ in seen)


def test_warnings_find_exactly_those_who_cannot_reach_it(room: Room) -> None:
    """The quick look in the database leaves nobody out whom the law warns."""
    for days in (-3, -2, 2):
        put_meeting(room.session, room.cohort, NOW + timedelta(days=days))
    past = room.session.scalars(select(Meeting).where(Meeting.starts_at < NOW - timedelta(days=1))).all()
    for number, statuses in enumerate((("present", "present"), ("present", "absent"), ("excused", "left-early"))):
        for meeting, status in zip(past, statuses, strict=True):
            room.session.add(
                Attendance(
                    meeting_id=meeting.id, membership_id=room.members[number].id, status=status, rev=1, updated_at=NOW
                )
            )
    room.session.flush()
    ids = [member.id for member in room.members]
    lost = {one for one, found in standings(room.session, room.cohort, ids, NOW).items() if not found.can_reach}
    assert lost == {ids[1]}
    assert lost <= {one.id for one in in_danger(room.session, room.cohort, NOW)}
    assert ids[0] not in {one.id for one in in_danger(room.session, room.cohort, NOW)}
