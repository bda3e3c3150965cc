"""A presentation of whoever leads it, the hall that a phone is in, and a meeting whose register somebody may write in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coplearn.cohorts.common.guards import StaffContext, enter, nobody_here, present_leader, the_session
from coplearn.cohorts.common.rules.words import CohortPermission
from coplearn.cohorts.meetings.queries import meeting_of
from coplearn.courses.course import Course, Module
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.learning.guards import course_at, courses_here
from coplearn.presenting.queries import poll_in_room, poll_of
from coplearn.rooms.guards import present_room

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.meeting import Meeting
    from coplearn.cohorts.common.queries import Person
    from coplearn.presenting.models import GroupPoll
    from coplearn.rooms.models import Room


def module_at(course_code: str, number: int) -> tuple[Course, Module]:
    """The module of that number, which counts from 1. Raises NotFound where there is none."""
    course = course_at(course_code)
    if not 1 <= number <= len(course.modules):
        raise NotFound(N_("There is no page at this address."))
    return course, course.modules[number - 1]


def subject_of(poll: GroupPoll) -> tuple[Course, Module]:
    """The module that was asked about, as it is today. Raises NotFound when it is not there (any more)."""
    course = courses_here().get(poll.course_id)
    module = next((one for one in course.modules if one.id == poll.module_id), None) if course is not None else None
    if course is None or module is None:
        raise NotFound(N_("This module is not on the site any more."))
    return course, module


def own_poll(run_id: str) -> tuple[Person, GroupPoll]:
    """A presentation of the signed-in leader. Raises NotYours for everybody else."""
    person = present_leader()
    poll = poll_of(the_session(), run_id, person.id)
    if poll is None:
        raise nobody_here()
    return person, poll


def poll_in_hall(room_id: str) -> tuple[Room, GroupPoll]:
    """The presentation in the room of this browser. Raises NotFound for every other."""
    room = present_room(room_id)
    poll = poll_in_room(the_session(), room.id)
    if poll is None:
        raise NotFound(N_("Nothing is presented in this room."))
    return room, poll


def open_meeting(cohort_id: str, meeting_id: str) -> tuple[StaffContext, Meeting]:
    """A meeting, for those who may write in its register. Raises NotYours for everybody else."""
    context = enter(cohort_id, CohortPermission.MARK)
    meeting = meeting_of(the_session(), context.cohort.id, meeting_id)
    if meeting is None:
        raise nobody_here()
    return context, meeting
