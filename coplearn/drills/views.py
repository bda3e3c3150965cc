"""Pages of exercises: the list and the pack, the facilitator's page, the players' table, and the results."""

from __future__ import annotations

from secrets import token_hex

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.guards import present_leader, the_session
from coplearn.cohorts.meetings.forms import read_marks, read_register
from coplearn.drills import presenters, queries, service
from coplearn.drills.guards import own_run, playable, playable_at, run_at_table
from coplearn.drills.rules import LONGEST_KEY, LONGEST_TEXT, FixState
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, NotFound
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.rooms.guards import present_part, sit_down
from coplearn.rooms.queries import room_of_number, seats_taken
from coplearn.rooms.service import close_room, free_seats, renew_code, take_seat
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.owners import owner_of_user, refuse_foreign
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import json_sent, takes_json

blueprint = Blueprint("drills", __name__, url_prefix="/<lang:lang>", template_folder="templates")
TABLE = "drills.table"


@blueprint.get("/drills/")
def home() -> str:
    """The exercises of the site, and those that this person ran."""
    person, scripts = present_leader(), {}
    offers = playable()
    for one in offers:
        scripts[one.course.id, one.item.id] = presenters.script_of(one)
    runs = queries.runs_of(the_session(), person.id)
    return render_template("drills/home.html", offers=offers, scripts=scripts, runs=runs)


@blueprint.get("/drills/<course_id>/<item_id>/pack")
def pack(course_id: str, item_id: str) -> str:
    """Everything on paper: the controller's pack, role cards, injects."""
    present_leader()
    one = playable_at(course_id, item_id)
    return render_template("drills/pack.html", script=presenters.script_of(one), exercise=one.exercise)


@blueprint.post("/drills/<course_id>/<item_id>/runs")
@once
def open_run(course_id: str, item_id: str) -> ResponseReturnValue:
    """Open an exercise, with its room."""
    person, one = present_leader(), playable_at(course_id, item_id)
    run = service.open_run(the_session(), person.id, course_id, item_id, one.course.version, TABLE, utcnow())
    audit.record(the_session(), EventKind.EXERCISE_OPENED, about=f"run:{run.public_id}")
    return commit_once(url_for("drills.facilitate", run_id=run.public_id))


@blueprint.get("/drills/runs/<run_id>")
def facilitate(run_id: str) -> str:
    """The facilitator's page; the register's script keeps it going without a network."""
    person, run = own_run(run_id)
    one, session = playable_at(run.course_id, run.item_id), the_session()
    room = room_of_number(session, run.room_id)
    return render_template(
        "drills/facilitate.html",
        run=run,
        script=presenters.script_of(one),
        exercise=one.exercise,
        held=presenters.slots_of(run, queries.entries_of(session, run.id)),
        choices=presenters.choices(),
        door=presenters.door_of(room),
        seats=presenters.seats_left(one.exercise, seats_taken(session, room.id) if room is not None else {}),
        owner=owner_of_user(person.id),
        key=token_hex(16),
    )


@blueprint.post("/drills/runs/<run_id>")
@looks_twice()
def save(run_id: str) -> BaseResponse:
    """Save what was entered on the page, where no script sent it."""
    (person, run), now = own_run(run_id), utcnow()
    one, sent = playable_at(run.course_id, run.item_id), read_register(request.form, utcnow())
    with flash_refusals():
        service.take_entries(the_session(), run, one.exercise, sent, person.id, now)
        the_session().commit()
        tell(say(N_("Saved.")))
    return redirect(url_for("drills.facilitate", run_id=run_id), 303)


@blueprint.post("/drills/runs/<run_id>/entries")
@takes_json
def send_entries(run_id: str) -> Response:
    """Entries that waited on a device, as JSON; after a 2xx the device may forget them."""
    (person, run), now, session = own_run(run_id), utcnow(), the_session()
    refuse_foreign(json_sent(), person.id)
    sent = read_marks(json_sent(), now, longest=(LONGEST_KEY, LONGEST_TEXT))
    try:
        one = playable_at(run.course_id, run.item_id)
        came = service.take_entries(session, run, one.exercise, sent, person.id, now)
        session.commit()
    except AppError as error:
        session.rollback()
        answer = jsonify(refused=say_phrase(error.phrase))
        answer.status_code = 422
        return answer
    return jsonify(
        taken=[one.op_id for one in sent],
        standings=[[key, entry.value, entry.rev] for key, entry in came.standing.items()],
        stale=came.stale,
        told=[],
    )


@blueprint.post("/drills/runs/<run_id>/room")
def change_room(run_id: str) -> BaseResponse:
    """Another code, no way in any more, or the seats of one role freed."""
    (_, run), now, session = own_run(run_id), utcnow(), the_session()
    room, does = room_of_number(session, run.room_id), request.form.get("do", "")
    if room is None:
        raise NotFound(N_("The day of this room is over. Open the exercise once more."))
    if does == "renew":
        renew_code(session, room, now)
    elif does == "close":
        close_room(session, room, now)
    else:
        free_seats(session, room, does.removeprefix("free-"))
    session.commit()
    return redirect(url_for("drills.facilitate", run_id=run_id), 303)


@blueprint.get("/drills/runs/<run_id>/results")
def results(run_id: str) -> str:
    """The results of an exercise: times, scores, fails, fixes; and after three months, how the fixes stand."""
    _, run = own_run(run_id)
    one, session = playable_at(run.course_id, run.item_id), the_session()
    held = presenters.slots_of(run, queries.entries_of(session, run.id))
    return render_template(
        "drills/results.html",
        run=run,
        script=presenters.script_of(one),
        exercise=one.exercise,
        held=held,
        points=presenters.points(one.exercise, held),
        failed=presenters.failed(one.exercise, held),
        fixes=queries.fixes_of(session, run.id),
        states=[(state.value, say(state.label)) for state in FixState],
    )


@blueprint.post("/drills/runs/<run_id>/results")
def tell_fixes(run_id: str) -> BaseResponse:
    """Write down how the fixes stand."""
    _, run = own_run(run_id)
    states = {int(name[4:]): value for name, value in request.form.items() if name[:4] == "fix-" and name[4:].isdigit()}
    with flash_refusals():
        service.answer_fixes(the_session(), run, states, utcnow())
        the_session().commit()
        tell(say(N_("Thank you. It is kept with the exercise.")))
    return redirect(url_for("drills.results", run_id=run_id), 303)


@blueprint.get("/table/<room_id>")
def table(room_id: str) -> Response:
    """The players' page: choosing a role, then its card and what has reached it."""
    room, run = run_at_table(room_id)
    one, session, role = playable_at(run.course_id, run.item_id), the_session(), present_part(room)
    held = presenters.slots_of(run, queries.entries_of(session, run.id))
    page = render_template(
        "drills/table.html",
        room=room,
        script=presenters.script_of(one),
        exercise=one.exercise,
        role=one.exercise.role(role or ""),
        seats=presenters.seats_left(one.exercise, seats_taken(session, room.id)),
        messages=presenters.on_table(one.exercise, held, role or ""),
        over=presenters.is_over(held),
    )
    # The code is the key: what a role knows must not stay in a cache that the next person at this device opens.
    return Response(page, headers={"Cache-Control": "no-store"}, mimetype="text/html")


@blueprint.post("/table/<room_id>")
def sit(room_id: str) -> BaseResponse:
    """Take a seat: a role, and no name."""
    room, run = run_at_table(room_id)
    role = playable_at(run.course_id, run.item_id).exercise.role(request.form.get("role", ""))
    with flash_refusals():
        if role is not None and present_part(room) is None:
            sit_down(take_seat(the_session(), room, role.id, role.seats, utcnow()))
            the_session().commit()
    return redirect(url_for("drills.table", room_id=room_id), 303)
