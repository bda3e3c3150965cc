"""The timetable: planning meetings, changing and cancelling them, and renewing calendar addresses."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.cohorts.common.guards import Desk, enter, nobody_here, take_seat, the_session
from coplearn.cohorts.common.queries import is_on_the_way
from coplearn.cohorts.common.rules.words import Deed, MemberState
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.meetings import queries
from coplearn.cohorts.meetings import queries as attendance
from coplearn.cohorts.meetings.forms import CopyDayForm, DaysForm, MeetingForm, topic_value
from coplearn.cohorts.meetings.presenters import attendance as words
from coplearn.cohorts.meetings.presenters import meetings as screens
from coplearn.cohorts.meetings.queries import meeting_of
from coplearn.cohorts.meetings.rules.meetings import CHILDREN_RULES, MOST_DAYS, problems_of
from coplearn.cohorts.meetings.service import meetings as service
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Conflict
from coplearn.kernel.text import N_, Phrase, counted
from coplearn.web.once import made, once
from coplearn.web.render import say, say_phrase
from coplearn.web.telling import refusals_told, tell

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.meeting import Meeting


SHOWN = 40


@blueprint.get("/<cohort_id>/meetings")
def meetings(cohort_id: str) -> str:
    """The timetable, day by day, and who can no longer reach the threshold."""
    desk, session, now = enter(cohort_id, Deed.SEE), the_session(), utcnow()
    planned = queries.meetings_of(session, desk.cohort.id)
    days = screens.timetable(desk.cohort, planned, now, queries.begun_registers(session, desk.cohort.id))
    form = CopyDayForm(formdata=None)
    form.offer(screens.day_choices(days))
    lost, came_late = _warned(desk) if Deed.MARK in desk.deeds else ([], False)
    return render_template(
        "cohorts/meetings.html",
        desk=desk,
        days=days,
        form=form,
        warned=lost,
        came_late=came_late,
        most=SHOWN,
        mine=service.staff_calendar(queries.staff_rows(session, desk.cohort.id, desk.person.id)),
    )


def _warned(desk: Desk) -> tuple[list[screens.Warned], bool]:
    session, now = the_session(), utcnow()
    members = queries.in_danger(session, desk.cohort, now)
    standings = attendance.standings(session, desk.cohort, [one.id for one in members], now) if members else {}
    return screens.warned(members, standings)


@blueprint.get("/<cohort_id>/meetings/new")
def new_meeting(cohort_id: str) -> str:
    """The form of a new meeting."""
    desk = enter(cohort_id, Deed.MEETINGS)
    return _form_page(desk, MeetingForm(formdata=None, begins=time(9), ends=time(16)))


@blueprint.post("/<cohort_id>/meetings/new")
@once
def plan_meeting(cohort_id: str) -> Response | tuple[str, int]:
    """Plan a meeting."""
    desk, form, now = enter(cohort_id, Deed.MEETINGS), MeetingForm(), utcnow()
    problems = problems_of(form.details(), now, screens.module_titles(desk.cohort))
    if problems:
        return _again(desk, form, problems)
    try:
        planned = service.plan_meeting(the_session(), desk.person, desk.cohort.id, form.details(), now)
    except AppError as error:
        return _refused(cohort_id, form, error)
    return _planned(desk, [planned])


def _form_page(desk: Desk, form: MeetingForm, meeting_id: str = "", rev: int | None = None) -> str:
    planned = queries.meetings_of(the_session(), desk.cohort.id)
    own = next((one for one in planned if one.public_id == meeting_id), None)
    screens.offer_choices(form, desk.cohort, planned, own)
    return render_template(
        "cohorts/meeting_form.html",
        desk=desk,
        form=form,
        meeting=own,
        rev=rev,
        zone=desk.cohort.time_zone,
        rules=[say(rule) for rule in CHILDREN_RULES],
    )


def _again(
    desk: Desk, form: MeetingForm, problems: dict[str, Phrase], meeting_id: str = "", rev: int | None = None
) -> tuple[str, int]:
    form.blame(problems)
    return _form_page(desk, form, meeting_id, rev), 422


def _refused(
    cohort_id: str, form: MeetingForm, error: AppError, meeting_id: str = "", rev: int | None = None
) -> tuple[str, int]:
    """The form with what was typed, and why it was not taken; after a conflict the next press saves."""
    the_session().rollback()
    desk = enter(cohort_id, Deed.MEETINGS)
    if isinstance(error, Conflict):
        found = meeting_of(the_session(), desk.cohort.id, meeting_id)
        rev = found.rev if found is not None else rev
    form.begins.errors = [say_phrase(error.phrase)]
    return _form_page(desk, form, meeting_id, rev), error.status


def _planned(desk: Desk, new: list[Meeting]) -> Response:
    count, planned = len(new), queries.meetings_of(the_session(), desk.cohort.id)
    tell(say_phrase(counted("%(num)s meeting is in the timetable.", "%(num)s meetings are in the timetable.", count)))
    if any(service.overlap(one, planned) for one in new):
        tell(say(N_("Another meeting of this cohort is on at the same time. Look at the timetable.")), "again")
    return made(url_for("cohorts.meetings", cohort_id=desk.cohort.public_id))


@blueprint.get("/<cohort_id>/meetings/days")
def ask_days(cohort_id: str) -> str:
    """The form of several days at once."""
    desk = enter(cohort_id, Deed.MEETINGS)
    return _days_page(desk, DaysForm(formdata=None, begins=time(9), ends=time(16)))


def _days_page(desk: Desk, form: DaysForm) -> str:
    form.offer(screens.weekdays())
    return render_template("cohorts/meeting_days.html", desk=desk, form=form, zone=desk.cohort.time_zone)


@blueprint.post("/<cohort_id>/meetings/days")
@once
def plan_days(cohort_id: str) -> Response | tuple[str, int]:
    """Plan the same hours on several days."""
    desk, form, now = enter(cohort_id, Deed.MEETINGS), DaysForm(), utcnow()
    problems, count = problems_of(form.details(), now, ()), form.count.data or 0
    if not 1 <= count <= MOST_DAYS:
        problems["count"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": 1, "high": MOST_DAYS})
    if problems:
        form.blame(problems)
        return _days_page(desk, form), 422
    session = the_session()
    try:
        planned = service.plan_days(session, desk.person, desk.cohort.id, form.details(), count, form.chosen(), now)
    except AppError as error:
        session.rollback()
        form.begins.errors = [say_phrase(error.phrase)]
        return _days_page(enter(cohort_id, Deed.MEETINGS), form), error.status
    return _planned(desk, planned)


@blueprint.post("/<cohort_id>/meetings/copy")
@once
def copy_day(cohort_id: str) -> Response:
    """Plan the meetings of one day again on another."""
    desk, form, session = enter(cohort_id, Deed.MEETINGS), CopyDayForm(), the_session()
    chosen = form.chosen()
    if chosen is None:
        tell(say(N_("Choose both days first.")), "again")
        return redirect(url_for("cohorts.meetings", cohort_id=cohort_id), 303)
    with refusals_told():
        return _planned(desk, service.copy_day(session, desk.person, desk.cohort.id, *chosen, utcnow()))
    return redirect(url_for("cohorts.meetings", cohort_id=cohort_id), 303)


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/edit")
def edit_meeting(cohort_id: str, meeting_id: str) -> str:
    """The form of a meeting as it stands."""
    desk, session = enter(cohort_id, Deed.MEETINGS), the_session()
    meeting = meeting_of(session, desk.cohort.id, meeting_id)
    if meeting is None:
        raise nobody_here()
    stored = service.details_of(meeting, desk.cohort)
    made_up = next(
        (one.public_id for one in queries.meetings_of(session, desk.cohort.id) if one.id == meeting.makes_up_id), ""
    )
    values = {name: getattr(stored, name) for name in stored.__dataclass_fields__}
    values |= {"makes_up": made_up, "topics": [topic_value(*pair) for pair in stored.topics]}
    values |= {"begins_reading": str(stored.begins_reading), "ends_reading": str(stored.ends_reading)}
    return _form_page(desk, MeetingForm(formdata=None, data=values), meeting_id, meeting.rev)


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/edit")
def change_meeting(cohort_id: str, meeting_id: str) -> Response | tuple[str, int]:
    """Save a meeting; when somebody else saved first, what was typed stays on the page."""
    desk, form, now, session = enter(cohort_id, Deed.MEETINGS), MeetingForm(), utcnow(), the_session()
    if meeting_of(session, desk.cohort.id, meeting_id) is None:
        raise nobody_here()
    rev, details = request.form.get("rev", 0, type=int), form.details()
    problems = problems_of(details, now, screens.module_titles(desk.cohort))
    if problems:
        return _again(desk, form, problems, meeting_id, rev)
    try:
        service.change_meeting(session, desk.person, desk.cohort.id, meeting_id, rev, details, now)
    except AppError as error:
        return _refused(cohort_id, form, error, meeting_id, rev)
    session.commit()
    tell(say(N_("Saved.")))
    return redirect(url_for("cohorts.meetings", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/state")
def set_meeting_state(cohort_id: str, meeting_id: str) -> Response:
    """Cancel a meeting, or take that back."""
    desk, session, cancelled = enter(cohort_id, Deed.MEETINGS), the_session(), request.form.get("cancelled") == "yes"
    if meeting_of(session, desk.cohort.id, meeting_id) is None:
        raise nobody_here()
    with refusals_told():
        service.set_cancelled(session, desk.person, desk.cohort.id, meeting_id, cancelled=cancelled, now=utcnow())
        session.commit()
        tell(
            say(N_("The meeting is cancelled. It counts for nobody."))
            if cancelled
            else say(N_("The meeting is on again."))
        )
    return redirect(url_for("cohorts.meetings", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/meetings/calendar")
def renew_calendar(cohort_id: str) -> Response:
    """A new private address for the cohort's calendar, or for one's own as somebody who works there."""
    desk, session = enter(cohort_id, Deed.SEE), the_session()
    if request.form.get("whose") == "mine":
        service.renew_staff_calendar(session, desk.cohort.id, desk.person.id)
    elif Deed.MEETINGS in desk.deeds:
        service.renew_cohort_calendar(session, desk.person, desk.cohort.id, utcnow())
    session.commit()
    tell(say(N_("Here is the new address. The old one shows nothing any more.")))
    return redirect(url_for("cohorts.meetings", cohort_id=cohort_id, _anchor="calendars"), 303)


@blueprint.get("/<cohort_id>/schedule")
def schedule(cohort_id: str) -> str:
    """The meetings of a cohort as a trainee sees them."""
    seat, session, now = take_seat(cohort_id), the_session(), utcnow()
    planned = queries.meetings_of(session, seat.cohort.id)
    if seat.membership.state != MemberState.ACTIVE:
        # Where the others will be is no longer theirs to know.
        planned = [one for one in planned if one.ends_at <= now]
    statuses = attendance.presence_of(session, seat.membership.id, [one.id for one in planned])
    standing = attendance.standings(session, seat.cohort, [seat.membership.id], now)[seat.membership.id]
    is_lost = not standing.can_reach and not standing.came_late
    warns = is_lost and is_on_the_way(session, seat.cohort, seat.membership)
    return render_template(
        "cohorts/schedule.html",
        seat=seat,
        days=screens.timetable(seat.cohort, planned, now, (), statuses),
        standing=standing,
        lost=screens.why_lost(standing) if warns else "",
        presence=words.presence,
        has_door=any(words.is_open(one, now) for one in planned),
    )


@blueprint.post("/<cohort_id>/schedule/calendar")
def renew_own_calendar(cohort_id: str) -> Response:
    """A new private address for one's own calendar."""
    seat, session = take_seat(cohort_id), the_session()
    service.renew_member_calendar(session, seat.membership.id)
    session.commit()
    tell(say(N_("Here is the new address. The old one shows nothing any more.")))
    return redirect(url_for("cohorts.schedule", cohort_id=cohort_id, _anchor="calendars"), 303)
