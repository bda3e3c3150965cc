"""The door of every room: a code, and nothing else."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.rooms.guards import come_in
from coplearn.rooms.queries import room_by_code
from coplearn.rooms.rules import TRIES, TRIES_SECONDS, is_open, read_room_code
from coplearn.storage.database import current_session
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import say

blueprint = Blueprint("rooms", __name__, url_prefix="/<lang:lang>/room", template_folder="templates")
_KIND = "room-code"


@blueprint.get("/")
def enter() -> str:
    """The form for the code on the wall."""
    return render_template("rooms/enter.html", told="", typed="")


@blueprint.post("/")
def type_code() -> Response | tuple[str, int]:
    """Go into the room of the typed code; wrong ones are counted."""
    wait = over_limit(_KIND, TRIES)
    if wait is not None:
        return too_many_page(wait)
    typed, session = request.form.get("code", "")[:40], current_session(current_app)
    room = room_by_code(session, read_room_code(typed))
    if room is not None and is_open(room.expires_at, room.closed_at, utcnow()):
        come_in(room)
        return redirect(url_for(room.page, room_id=room.public_id), 303)
    session.rollback()
    count_try(_KIND, TRIES_SECONDS)
    told = say(N_("No room is open with this code now. Check it letter by letter, or ask the facilitator."))
    return render_template("rooms/enter.html", told=told, typed=typed), 404
