"""An exercise of its facilitator, and the exercise as the library has it."""

from __future__ import annotations

from coplearn.cohorts.common.guards import nobody_here, present_leader, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.drills.models import DrillRun
from coplearn.drills.queries import run_in_room, run_of
from coplearn.drills.rules import Playable
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.rooms.guards import present_room
from coplearn.rooms.models import Room
from coplearn.site import site


def playable() -> list[Playable]:
    """Every exercise of the site."""
    found = []
    for course in site().library.current().courses.values():
        for item in course.items.values():
            exercise = course.kinds[item.kind].exercise(item)
            if exercise is not None:
                found.append(Playable(course, item, exercise))
    return found


def playable_at(course_id: str, item_id: str) -> Playable:
    """The exercise of that item. Raises NotFound when it is not there (any more)."""
    for one in playable():
        if (one.course.id, one.item.id) == (course_id, item_id):
            return one
    raise NotFound(N_("This exercise is not on the site any more."))


def own_run(run_id: str) -> tuple[Person, DrillRun]:
    """An exercise of the signed-in facilitator. Raises NotYours for everybody else."""
    person = present_leader()
    run = run_of(the_session(), run_id, person.id)
    if run is None:
        raise nobody_here()
    return person, run


def run_at_table(room_id: str) -> tuple[Room, DrillRun]:
    """The exercise that is played in the room of this browser. Raises NotFound for every other."""
    room = present_room(room_id)
    run = run_in_room(the_session(), room.id)
    if run is None:
        raise NotFound(N_("Nothing is played in this room."))
    return room, run
