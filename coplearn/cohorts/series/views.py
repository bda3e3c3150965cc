"""Pages of series: those that are open to all, one session, registering, and what those who run it do behind the scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import come_back_to, to_sign_in
from coplearn.cohorts.common.guards import StaffContext, nobody_here, person_or_none, present_person, the_session
from coplearn.cohorts.common.rules.words import CohortPermission, MemberState
from coplearn.cohorts.meetings.queries import meetings_of
from coplearn.cohorts.series import presenters, queries, service
from coplearn.cohorts.series.forms import PARTS, EntrantForm, NotesForm, PartForm, SetupForm, draft_of
from coplearn.cohorts.series.guards import SeriesVisit, run_session, visit, visit_session
from coplearn.cohorts.series.rules import (
    PagePart,
    SessionNotes,
    entrant_problems,
    notes_problems,
    part_problem,
    setup_problems,
)
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import MOST

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.meeting import Meeting

SHOWN = 100
_MOST_PRESSES = 60
"""Registrations that one person may press for within an hour."""

blueprint = Blueprint("series", __name__, url_prefix="/<lang:lang>/series", template_folder="../templates")


@blueprint.get("/")
def home() -> str:
    """The series that anybody may read about."""
    shown = queries.public_series(the_session(), SHOWN)
    return render_template("cohorts/series/home.html", shown=shown, person=person_or_none())


@blueprint.get("/<series_id>")
def series(series_id: str) -> str:
    """The page of a series: what it is about, its sessions to come and past."""
    visitor, session = visit(series_id), the_session()
    own = queries.own_places(session, visitor.member.id) if visitor.member is not None else {}
    ahead, past = presenters.lines(visitor.cohort, meetings_of(session, visitor.cohort.id), own, utcnow())
    return render_template("cohorts/series/series.html", visit=visitor, cohort=visitor.cohort, ahead=ahead, past=past)


@blueprint.get("/<series_id>/<meeting_id>", endpoint="session")
def session_page(series_id: str, meeting_id: str) -> str:
    """The page of one session."""
    visitor, meeting = visit_session(series_id, meeting_id)
    return _session_page(visitor, meeting, _entrant_form(visitor))


def _entrant_form(visitor: SeriesVisit) -> EntrantForm:
    member, person = visitor.member, visitor.person
    known = {"organisation": member.organisation, "sector": member.sector} if member is not None else {}
    name = member.name if member is not None else person.name if person is not None else ""
    own = EntrantForm(formdata=None, name="" if "@" in name else name, **known)
    own.offer()
    return own


def _session_page(visitor: SeriesVisit, meeting: Meeting, form: EntrantForm) -> str:
    database, own, in_line = the_session(), None, None
    if visitor.person is None and meeting.ends_at > utcnow():
        come_back_to(request.path)
    if visitor.member is not None:
        own = queries.own_places(database, visitor.member.id).get(meeting.id)
    if own is not None and own.state == MemberState.QUEUED:
        in_line = queries.place_in_line(database, own)
    here, parts = queries.taken(database, meeting.id), queries.parts_of(database, meeting.id)
    shown = presenters.screen(visitor, meeting, own, in_line, here, parts, utcnow())
    return render_template(
        "cohorts/series/one.html", visit=visitor, cohort=visitor.cohort, shown=shown, meeting=meeting, form=form
    )


@blueprint.post("/<series_id>/<meeting_id>/register")
def register(series_id: str, meeting_id: str) -> Response | BaseResponse | tuple[str, int]:
    """Register; visitors sign in first, and come back."""
    visitor, meeting = visit_session(series_id, meeting_id)
    if visitor.person is None:
        return to_sign_in(url_for("series.session", series_id=series_id, meeting_id=meeting_id))
    form, number = EntrantForm(), str(visitor.person.id)
    form.offer()
    form.blame(entrant_problems(form.entrant()))
    if form.summary():
        return _session_page(visitor, meeting, form), 422
    the_session().rollback()  # who counts presses must hold no lock
    wait = one_too_many("session-registration", _MOST_PRESSES, 3600, number)
    if wait is not None:
        return too_many_page(wait)
    return _registered(series_id, meeting_id, form)


def _registered(series_id: str, meeting_id: str, form: EntrantForm) -> BaseResponse:
    visitor, database = visit(series_id), the_session()
    person = present_person()
    with flash_refusals():
        own = service.register(database, person, visitor.cohort.id, meeting_id, form.entrant(), utcnow())
        told = presenters.PlaceWords(own.state).label
        database.commit()
        tell(say(told))
    return _to_session(series_id, meeting_id)


def _to_session(series_id: str, meeting_id: str) -> BaseResponse:
    return redirect(url_for("series.session", series_id=series_id, meeting_id=meeting_id), 303)


@blueprint.post("/<series_id>/<meeting_id>/leave")
def leave(series_id: str, meeting_id: str) -> BaseResponse:
    """Give one's place back."""
    visitor, meeting = visit_session(series_id, meeting_id)
    if visitor.person is None:
        return to_sign_in(url_for("series.session", series_id=series_id, meeting_id=meeting_id))
    with flash_refusals():
        service.leave_session(the_session(), visitor.person, visitor.cohort.id, meeting.public_id, utcnow())
        the_session().commit()
        tell(say(N_("Thank you for telling us. Your place goes to somebody else.")))
    return _to_session(series_id, meeting_id)


@blueprint.get("/<series_id>/<meeting_id>/session.ics")
def calendar(series_id: str, meeting_id: str) -> Response:
    """The session as a file for a calendar."""
    visitor, meeting = visit_session(series_id, meeting_id)
    response = Response(presenters.calendar_of(visitor.cohort, meeting), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="session.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


# ── Behind the scenes ──


@blueprint.get("/<series_id>/<meeting_id>/run")
def run(series_id: str, meeting_id: str) -> str:
    """The list of a session and everything on its page, for those who run it."""
    context, meeting = run_session(series_id, meeting_id, CohortPermission.MEETINGS)
    return _run_page(context, meeting)


def _run_page(
    context: StaffContext,
    meeting: Meeting,
    setup: SetupForm | None = None,
    notes: NotesForm | None = None,
    sent: PagePart | None = None,
    part: PartForm | None = None,
) -> str:
    notes = notes or NotesForm(formdata=None, obj=meeting)
    notes.offer()
    return render_template(
        "cohorts/series/run.html",
        context=context,
        meeting=meeting,
        setup=setup or SetupForm(formdata=None, obj=meeting),
        notes=notes,
        forms=presenters.part_forms(sent, part),
        **presenters.behind_the_scenes(the_session(), context.cohort, meeting, SHOWN, utcnow()),
    )


def _to_run(series_id: str, meeting_id: str, anchor: str) -> BaseResponse:
    return redirect(_run_address(series_id, meeting_id, anchor), 303)


def _run_address(series_id: str, meeting_id: str, anchor: str) -> str:
    return url_for("series.run", series_id=series_id, meeting_id=meeting_id, _anchor=anchor)


@blueprint.post("/<series_id>/<meeting_id>/run")
@looks_twice("agenda")
def set_up(series_id: str, meeting_id: str) -> BaseResponse | tuple[str, int]:
    """Decide how people register, and the agenda."""
    context, meeting = run_session(series_id, meeting_id, CohortPermission.MEETINGS)
    form, database = SetupForm(), the_session()
    form.blame(setup_problems(form.setup(), queries.taken(database, meeting.id)))
    if form.summary():
        return _run_page(context, meeting, setup=form), 422
    service.set_up(database, context.person, context.cohort.id, meeting_id, form.setup(), utcnow())
    database.commit()
    tell(say(N_("Saved.")))
    return _to_run(series_id, meeting_id, "setup")


@blueprint.post("/<series_id>/<meeting_id>/notes")
@looks_twice("notes")
def write_notes(series_id: str, meeting_id: str) -> BaseResponse | tuple[str, int]:
    """Write down what came of it."""
    context, meeting = run_session(series_id, meeting_id, CohortPermission.MEETINGS)
    form, database, now = NotesForm(), the_session(), utcnow()
    before = SessionNotes(notes_rule=meeting.notes_rule, notes=meeting.notes, recording=meeting.recording)
    names, has_begun = queries.names_at(database, meeting), meeting.starts_at <= now
    form.blame(notes_problems(form.written(), before, names, has_begun=has_begun))
    if form.summary():
        return _run_page(context, meeting, notes=form), 422
    service.write_notes(database, context.person, context.cohort.id, meeting_id, form.written(), now)
    database.commit()
    tell(say(N_("Saved.")))
    return _to_run(series_id, meeting_id, "outcome")


@blueprint.post("/<series_id>/<meeting_id>/people")
def change_place(series_id: str, meeting_id: str) -> BaseResponse:
    """Give somebody a place, take somebody off the list, or put one of the series' people on it."""
    context, _ = run_session(series_id, meeting_id, CohortPermission.PEOPLE)
    verbs = {"approve": service.approve_place, "refuse": service.refuse_place, "add": service.put_on_list}
    verb = verbs.get(request.form.get("do", ""))
    if verb is None:
        raise nobody_here()
    with flash_refusals():
        member = request.form.get("member", "")
        verb(the_session(), context.person, context.cohort.id, meeting_id, member, utcnow())
        the_session().commit()
        tell(say(N_("Saved.")))
    return _to_run(series_id, meeting_id, "people")


@blueprint.post("/<series_id>/<meeting_id>/<any('speakers', 'materials', 'actions'):part>")
@looks_twice("actions-text")
@once
def change_part(series_id: str, meeting_id: str, part: str) -> ResponseReturnValue:
    """Write a line of the page, take one off, or turn what it says."""
    context, meeting = run_session(series_id, meeting_id, CohortPermission.MEETINGS)
    kind, database, now = PagePart(part), the_session(), utcnow()
    verb, number = request.form.get("do", "add"), request.form.get("row", 0, type=int)
    if verb in ("remove", "turn") and 0 <= number <= MOST:
        service.change_part(database, context.person, context.cohort.id, meeting_id, kind, number, verb, now)
        return commit_once(_run_address(series_id, meeting_id, part))
    form = PARTS[kind](prefix=f"{part}-")
    draft = draft_of(form)
    problem = part_problem(kind, draft)
    if problem is not None:
        form.text.errors = [say_phrase(problem)]
        return _run_page(context, meeting, sent=kind, part=form), 422
    with flash_refusals():
        service.add_part(database, context.person, context.cohort.id, meeting_id, kind, draft, now)
        return commit_once(_run_address(series_id, meeting_id, part))
    return _to_run(series_id, meeting_id, part)
