"""The door of a meeting: the code on the wall, checking in by oneself, and cards."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from flask import Response as FlaskResponse
from flask import current_app, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.accounts.guards import session_key, to_sign_in
from coplearn.cohorts.common.guards import MemberContext, enter, enter_as_member, nobody_here, the_session
from coplearn.cohorts.common.rules.words import CohortPermission, MemberState
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.meetings import queries
from coplearn.cohorts.meetings.forms import read_register
from coplearn.cohorts.meetings.presenters import attendance as presenters
from coplearn.cohorts.meetings.rules.marking import (
    DOOR_CLOSES,
    DOOR_TRIES,
    DOOR_TRIES_SECONDS,
    EARLY,
    door_code,
    door_is_open,
    seconds_left,
    window,
)
from coplearn.cohorts.meetings.service import attendance as service
from coplearn.cohorts.meetings.views.attendance import open_meeting
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.short_codes import latin_digits
from coplearn.kernel.text import N_
from coplearn.storage.database import engine_of
from coplearn.storage.limits import add_tries, standing_of
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.render import say, say_phrase
from coplearn.web.squares import square_of

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.meeting import Meeting


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/door")
def door(cohort_id: str, meeting_id: str) -> Response:
    """The page for the projector: a code and a square code that change every half minute."""
    context, meeting = open_meeting(cohort_id, meeting_id)
    shown = _code(cohort_id, meeting)
    response = make_response(render_template("cohorts/door.html", context=context, meeting=meeting, **shown))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/door/code")
def door_now(cohort_id: str, meeting_id: str) -> FlaskResponse:
    """The code of now, for the script of the page."""
    _context, meeting = open_meeting(cohort_id, meeting_id)
    response = jsonify(_code(cohort_id, meeting))
    response.headers["Cache-Control"] = "no-store"
    return response


def _code(cohort_id: str, meeting: Meeting) -> dict[str, object]:
    now = utcnow()
    if not door_is_open(meeting.starts_at, meeting.ends_at, meeting.state, now):
        return {"open": False, "code": "", "address": "", "seconds": 60, "width": 0, "path": ""}
    code = door_code(meeting.checkin_secret, now)
    address = url_for("cohorts.checkin", cohort_id=cohort_id, code=code, _external=True)
    width, path = square_of(address)
    return {"open": True, "code": code, "address": address, "seconds": seconds_left(now), "width": width, "path": path}


@blueprint.get("/<cohort_id>/checkin")
def checkin(cohort_id: str) -> str | Response:
    """The page on which somebody in the room checks in."""
    if session_key() is None:
        return to_sign_in(
            url_for("cohorts.checkin", cohort_id=cohort_id, code=request.args.get("code", "")[:6] or None)
        )
    seat = enter_as_member(cohort_id)
    return _checkin_page(seat, request.args.get("code", "")[:6])


def _checkin_page(seat: MemberContext, code: str, error: str = "") -> str:
    now, session = utcnow(), the_session()
    doors = queries.open_meetings(session, seat.cohort.id, now + EARLY, now - DOOR_CLOSES)
    if seat.membership.state != MemberState.ACTIVE:
        doors = []
    statuses = queries.presence_of(session, seat.membership.id, [one.id for one in doors])
    return render_template(
        "cohorts/checkin.html",
        seat=seat,
        doors=[(one, statuses.get(one.id)) for one in doors],
        presence=presenters.presence,
        code=code if code.isascii() and code.isdecimal() else "",
        error=error,
    )


@blueprint.post("/<cohort_id>/checkin")
def check_in(cohort_id: str) -> Response | tuple[str, int]:
    """Say that one is here, with the code at the door; wrong codes are counted, so that nobody guesses."""
    seat, now, engine = enter_as_member(cohort_id), utcnow(), engine_of(current_app)
    typed = "".join(latin_digits(request.form.get("code", "")[:40]).split())
    counter = f"door-{seat.membership.id}"
    if standing_of(engine, counter, now)[0] >= DOOR_TRIES:
        return _checkin_page(seat, "", say(N_("Too many wrong codes. Wait a few minutes, or ask your trainer."))), 429
    try:
        _meeting, status = service.check_in(the_session(), seat.person, seat.cohort, seat.membership, typed, now)
    except AppError as error:
        the_session().rollback()
        add_tries(engine, counter, 1, DOOR_TRIES_SECONDS, now)
        return _checkin_page(enter_as_member(cohort_id), "", say_phrase(error.phrase)), error.status
    the_session().commit()
    tell(say(N_("You are marked: %(status)s."), status=presenters.presence(status)))
    return redirect(url_for("cohorts.checkin", cohort_id=cohort_id), 303)


@blueprint.get("/<cohort_id>/card/<card_code>")
def scan_here(cohort_id: str, card_code: str) -> Response:
    """A card was scanned: to the meeting that is on now, or has just ended, or to the timetable when none is."""
    context, now = enter(cohort_id, CohortPermission.MARK), utcnow()
    if queries.active_member(the_session(), context.cohort.id, card_code) is None:
        raise nobody_here()
    doors = queries.open_meetings(the_session(), context.cohort.id, now + EARLY, now - DOOR_CLOSES)
    if not doors:
        tell(say(N_("No meeting is on now.")), "note")
        return redirect(url_for("cohorts.meetings", cohort_id=cohort_id))
    meeting = next((one for one in doors if one.ends_at >= now), doors[-1])
    return redirect(url_for("cohorts.scan", cohort_id=cohort_id, meeting_id=meeting.public_id, card_code=card_code))


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/card/<card_code>")
def scan(cohort_id: str, meeting_id: str, card_code: str) -> str:
    """One person whose card or paper line was scanned, and the press that marks them."""
    context, meeting = open_meeting(cohort_id, meeting_id)
    session = the_session()
    member = queries.active_member(session, context.cohort.id, card_code)
    if member is None:
        raise nobody_here()
    standing = queries.row_of(session, meeting.id, member.id)
    allowed = window(meeting.starts_at, meeting.ends_at, meeting.state, utcnow(), decides=False)
    return render_template(
        "cohorts/scan.html",
        context=context,
        meeting=meeting,
        member=member,
        code=card_code,
        standing=standing,
        presence=presenters.presence,
        refusal=say_phrase(allowed.refusal) if allowed.refusal is not None else "",
        key=token_hex(16),
    )


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/card/<card_code>")
def mark_scan(cohort_id: str, meeting_id: str, card_code: str) -> Response:
    """Mark the person whose card was scanned."""
    (context, _), session, now = open_meeting(cohort_id, meeting_id), the_session(), utcnow()
    if queries.active_member(session, context.cohort.id, card_code) is None:
        raise nobody_here()
    sent = read_register(request.form, now)
    with flash_refusals():
        saved = service.save_marks(
            session,
            context.person,
            context.cohort,
            meeting_id,
            sent,
            now,
            decides=context.decides,
        )
        session.commit()
        for sentence, kind in presenters.what_came_of_it(saved):
            tell(sentence, kind)
    return redirect(url_for("cohorts.scan", cohort_id=cohort_id, meeting_id=meeting_id, card_code=card_code), 303)
