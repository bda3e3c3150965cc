"""What meetings and registers refuse of a forged page, a hurried one and a stranger, with nothing of it written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from coplearn.cohorts.meetings.rules.marking import EARLY, MOST_MARKS, door_code
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails
from coplearn.cohorts.meetings.service.attendance import check_in, count_children
from coplearn.cohorts.meetings.service.meetings import copy_day, plan_meeting
from tests.cohorts.meetings.test_attendance_service import Room, open_room
from tests.cohorts.meetings.test_register_pages import RegisterSite
from tests.cohorts.meetings.test_register_pages import site as site
from tests.cohorts.traces import refuses
from tests.cohorts.worlds import NOW

PAGE = {"key": "12345678", "via": "register"}
DAY = timedelta(days=1)


def _enter(room: Room) -> None:
    code = door_code(room.meeting.checkin_secret, NOW)
    check_in(room.session, room.ani, room.cohort, room.members[0], code, NOW)


def _count_too_early(room: Room) -> None:
    at = room.meeting.starts_at - EARLY - timedelta(seconds=1)
    count_children(room.session, room.ani, room.cohort, room.meeting.public_id, {"9-12": 14}, at)


def _copy_an_empty_day(room: Room) -> None:
    copy_day(room.session, room.ani, room.cohort.id, NOW.date() + DAY, NOW.date() + 2 * DAY, NOW)


def _make_up_for_nothing(room: Room) -> None:
    begins, ends = NOW.time(), (NOW + timedelta(hours=2)).time()
    details = MeetingDetails(title="Again", day=NOW.date() + DAY, begins=begins, ends=ends, makes_up="no-such-meeting")
    plan_meeting(room.session, room.ani, room.cohort.id, details, NOW)


def _mark_too_many(room: Room) -> None:
    room.save(room.ani, [room.mark("present", f"op-{number}") for number in range(MOST_MARKS + 1)])


@pytest.mark.parametrize(
    ("do", "by_registration", "state", "words"),
    [
        (_mark_too_many, False, "active", "Send at most %(count)s marks at once."),
        (_enter, True, "active", "You are not registered for this session. Ask whoever runs it."),
        (_enter, False, "withdrawn", "You do not take part in this cohort any more. Ask your trainer."),
        (_count_too_early, False, "active", "This meeting has not begun. Children are counted when they are there."),
        (_copy_an_empty_day, False, "active", "There is no meeting on that day to copy."),
        (_make_up_for_nothing, False, "active", "There is no such meeting in this cohort."),
    ],
)
def test_meeting_refuses_with_a_sentence(
    scratch: Session, do: Callable[[Room], None], by_registration: bool, state: str, words: str
) -> None:
    """More marks than a page has, people who are not on its list, children before it begins, and what there is not."""
    room = open_room(scratch)
    meeting, room.members[0].state = room.meeting, state
    meeting.with_children, meeting.safeguarding_lead, meeting.vetted_adults = True, "Rita", "Ani\nSam"
    meeting.by_registration = by_registration
    with refuses(scratch, words):
        do(room)


def test_register_takes_only_what_its_page_sends(site: RegisterSite) -> None:
    """A key, a way, a rest or a number that no page of ours has is a bad request; a card of nobody has no page."""
    own = site.members[0]
    chosen = {f"s-{own}": "present", f"w-{own}": "0:"}
    for forged in (
        {"key": "short"}, {"via": "offline"}, {"rest": "absent"},
        *({f"w-{own}": shown} for shown in ("-1:", "²:", "1234567890:", ":")),
    ):  # fmt: skip
        assert site.post(site.register, PAGE | chosen | forged).status_code == 400, forged
    card = f"/en/cohorts/{site.cohort}/meetings/{site.meeting}/card/"
    assert site.trainer.get(f"{card}{own}").status_code == 200
    assert site.trainer.get(f"{card}nobody").status_code == 404
    assert site.post(f"{card}nobody", PAGE | chosen).status_code == 404
    assert site.statuses() == []
