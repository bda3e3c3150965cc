"""The timetable: planning meetings, changing and cancelling them, and renewing calendar addresses."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.cohorts.common.guards import StaffContext, enter, enter_as_member, nobody_here, the_session
from coplearn.cohorts.common.queries import is_on_the_way
from coplearn.cohorts.common.rules.words import CohortPermission, Kind, MemberState
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.meetings import queries
from coplearn.cohorts.meetings.forms import CopyDayForm, DaysForm, MeetingForm, topic_value
from coplearn.cohorts.meetings.presenters import attendance as words
from coplearn.cohorts.meetings.presenters import meetings as presenters
from coplearn.cohorts.meetings.queries import meeting_of
from coplearn.cohorts.meetings.rules.meetings import CHILDREN_RULES, MOST_DAYS, problems_of
from coplearn.cohorts.meetings.service import meetings as service
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Conflict
from coplearn.kernel.text import N_, Phrase, counted
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.meeting import Meeting


SHOWN = 40


@blueprint.get("/<cohort_id>/meetings")
def meetings(cohort_id: str) -> str:
    """The timetable, day by day, and who can no longer reach the threshold."""
    context, session, now = enter(cohort_id, CohortPermission.SEE), the_session(), utcnow()
    planned = queries.meetings_of(session, context.cohort.id)
    days = presenters.timetable(context.cohort, planned, now, queries.begun_registers(session, context.cohort.id))
    form = CopyDayForm(formdata=None)
    form.offer(presenters.day_choices(days))
    lost, came_late = _warned(context) if CohortPermission.MARK in context.permissions else ([], False)
    return render_template(
        "cohorts/meetings.html",
        context=context,
        days=days,
        form=form,
        warned=lost,
        came_late=came_late,
        most=SHOWN,
        mine=service.staff_calendar(queries.staff_rows(session, context.cohort.id, context.person.id)),
    )


def _warned(context: StaffContext) -> tuple[list[presenters.Warned], bool]:
    session, now = the_session(), utcnow()
    members = queries.in_danger(session, context.cohort, now)
    standings = queries.standings(session, context.cohort, [one.id for one in members], now) if members else {}
    return presenters.warned(members, standings)


@blueprint.get("/<cohort_id>/meetings/new")
def new_meeting(cohort_id: str) -> str:
    """The form of a new meeting."""
    context = enter(cohort_id, CohortPermission.MEETINGS)
    return _form_page(context, MeetingForm(formdata=None, begins=time(9), ends=time(16)))


@blueprint.post("/<cohort_id>/meetings/new")
@once
def plan_meeting(cohort_id: str) -> Response | tuple[str, int]:
    """Plan a meeting."""
    context, form, now = enter(cohort_id, CohortPermission.MEETINGS), MeetingForm(), utcnow()
    problems = problems_of(form.details(), now, presenters.module_titles(context.cohort))
    if problems:
        return _again(context, form, problems)
    try:
        planned = service.plan_meeting(the_session(), context.person, context.cohort.id, form.details(), now)
    except AppError as error:
        return _refused(cohort_id, form, error)
    return _planned(context, [planned])


def _form_page(context: StaffContext, form: MeetingForm, meeting_id: str = "", rev: int | None = None) -> str:
    planned = queries.meetings_of(the_session(), context.cohort.id)
    own = next((one for one in planned if one.public_id == meeting_id), None)
    presenters.offer_choices(form, context.cohort, planned, own)
    return render_template(
        "cohorts/meeting_form.html",
        context=context,
        form=form,
        meeting=own,
        rev=rev,
        zone=context.cohort.time_zone,
        rules=[say(rule) for rule in CHILDREN_RULES],
    )


def _again(
    context: StaffContext, form: MeetingForm, problems: dict[str, Phrase], meeting_id: str = "", rev: int | None = None
) -> tuple[str, int]:
    form.blame(problems)
    return _form_page(context, form, meeting_id, rev), 422


def _refused(
    cohort_id: str, form: MeetingForm, error: AppError, meeting_id: str = "", rev: int | None = None
) -> tuple[str, int]:
    """The form with what was typed, and why it was not taken; after a conflict the next press saves."""
    the_session().rollback()
    context = enter(cohort_id, CohortPermission.MEETINGS)
    if isinstance(error, Conflict):
        meeting = meeting_of(the_session(), context.cohort.id, meeting_id)
        rev = meeting.rev if meeting is not None else rev
    form.begins.errors = [say_phrase(error.phrase)]
    return _form_page(context, form, meeting_id, rev), error.status


def _planned(context: StaffContext, new: list[Meeting]) -> Response:
    count, planned = len(new), queries.meetings_of(the_session(), context.cohort.id)
    tell(say_phrase(counted("%(num)s meeting is in the timetable.", "%(num)s meetings are in the timetable.", count)))
    if any(service.overlap(one, planned) for one in new):
        tell(say(N_("Another meeting of this cohort is on at the same time. Look at the timetable.")), "again")
    return commit_once(url_for("cohorts.meetings", cohort_id=context.cohort.public_id))


@blueprint.get("/<cohort_id>/meetings/days")
def ask_days(cohort_id: str) -> str:
    """The form of several days at once."""
    context = enter(cohort_id, CohortPermission.MEETINGS)
    return _days_page(context, DaysForm(formdata=None, begins=time(9), ends=time(16)))


def _days_page(context: StaffContext, form: DaysForm) -> str:
    form.offer(presenters.weekdays())
    return render_template("cohorts/meeting_days.html", context=context, form=form, zone=context.cohort.time_zone)


@blueprint.post("/<cohort_id>/meetings/days")
@once
def plan_days(cohort_id: str) -> Response | tuple[str, int]:
    """Plan the same hours on several days."""
    context, form, now = enter(cohort_id, CohortPermission.MEETINGS), DaysForm(), utcnow()
    problems, count = problems_of(form.details(), now, ()), form.count.data or 0
    if not 1 <= count <= MOST_DAYS:
        problems["count"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": 1, "high": MOST_DAYS})
    if problems:
        form.blame(problems)
        return _days_page(context, form), 422
    session = the_session()
    try:
        planned = service.plan_days(
            session, context.person, context.cohort.id, form.details(), count, form.chosen(), now
        )
    except AppError as error:
        session.rollback()
        form.begins.errors = [say_phrase(error.phrase)]
        return _days_page(enter(cohort_id, CohortPermission.MEETINGS), form), error.status
    return _planned(context, planned)


@blueprint.post("/<cohort_id>/meetings/copy")
@once
def copy_day(cohort_id: str) -> Response:
    """Plan the meetings of one day again on another."""
    context, form, session = enter(cohort_id, CohortPermission.MEETINGS), CopyDayForm(), the_session()
    chosen = form.chosen()
    if chosen is None:
        tell(say(N_("Choose both days first.")), "again")
        return redirect(url_for("cohorts.meetings", cohort_id=cohort_id), 303)
    with flash_refusals():
        return _planned(context, service.copy_day(session, context.person, context.cohort.id, *chosen, utcnow()))
    return redirect(url_for("cohorts.meetings", cohort_id=cohort_id), 303)


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/edit")
def edit_meeting(cohort_id: str, meeting_id: str) -> str:
    """The form of a meeting as it stands."""
    context, session = enter(cohort_id, CohortPermission.MEETINGS), the_session()
    meeting = meeting_of(session, context.cohort.id, meeting_id)
    if meeting is None:
        raise nobody_here()
    stored = service.details_of(meeting, context.cohort)
    made_up = next(
        (one.public_id for one in queries.meetings_of(session, context.cohort.id) if one.id == meeting.makes_up_id), ""
    )
    values = {name: getattr(stored, name) for name in stored.__dataclass_fields__}
    values |= {"makes_up": made_up, "topics": [topic_value(*pair) for pair in stored.topics]}
    values |= {"begins_reading": str(stored.begins_reading), "ends_reading": str(stored.ends_reading)}
    return _form_page(context, MeetingForm(formdata=None, data=values), meeting_id, meeting.rev)


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/edit")
def change_meeting(cohort_id: str, meeting_id: str) -> Response | tuple[str, int]:
    """Save a meeting; when somebody else saved first, what was typed stays on the page."""
    context, form, now, session = enter(cohort_id, CohortPermission.MEETINGS), MeetingForm(), utcnow(), the_session()
    if meeting_of(session, context.cohort.id, meeting_id) is None:
        raise nobody_here()
    rev, details = request.form.get("rev", 0, type=int), form.details()
    problems = problems_of(details, now, presenters.module_titles(context.cohort))
    if problems:
        return _again(context, form, problems, meeting_id, rev)
    try:
        service.change_meeting(session, context.person, context.cohort.id, meeting_id, rev, details, now)
    except AppError as error:
        return _refused(cohort_id, form, error, meeting_id, rev)
    session.commit()
    tell(say(N_("Saved.")))
    return redirect(url_for("cohorts.meetings", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/state")
def set_meeting_state(cohort_id: str, meeting_id: str) -> Response:
    """Cancel a meeting, or take that back."""
    context, session, cancelled = (
        enter(cohort_id, CohortPermission.MEETINGS),
        the_session(),
        request.form.get("cancelled") == "yes",
    )
    if meeting_of(session, context.cohort.id, meeting_id) is None:
        raise nobody_here()
    with flash_refusals():
        service.set_cancelled(session, context.person, context.cohort.id, meeting_id, cancelled=cancelled, now=utcnow())
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
    context, session = enter(cohort_id, CohortPermission.SEE), the_session()
    if request.form.get("whose") == "mine":
        service.renew_staff_calendar(session, context.cohort.id, context.person.id)
    elif CohortPermission.MEETINGS in context.permissions:
        service.renew_cohort_calendar(session, context.person, context.cohort.id, utcnow())
    session.commit()
    tell(say(N_("Here is the new address. The old one shows nothing any more.")))
    return redirect(url_for("cohorts.meetings", cohort_id=cohort_id, _anchor="calendars"), 303)


@blueprint.get("/<cohort_id>/schedule")
def schedule(cohort_id: str) -> str | Response:
    """The meetings of a cohort as a trainee sees them; of a series, its page."""
    seat, session, now = enter_as_member(cohort_id), the_session(), utcnow()
    if seat.cohort.kind == Kind.SERIES:
        return redirect(url_for("series.series", series_id=cohort_id))
    planned = queries.meetings_of(session, seat.cohort.id)
    if seat.membership.state != MemberState.ACTIVE:
        # Where the others will be is no longer theirs to know.
        planned = [one for one in planned if one.ends_at <= now]
    statuses = queries.presence_of(session, seat.membership.id, [one.id for one in planned])
    standing = queries.standings(session, seat.cohort, [seat.membership.id], now)[seat.membership.id]
    is_lost = not standing.can_reach and not standing.came_late
    warns = is_lost and is_on_the_way(session, seat.cohort, seat.membership)
    return render_template(
        "cohorts/schedule.html",
        seat=seat,
        days=presenters.timetable(seat.cohort, planned, now, (), statuses),
        standing=standing,
        lost=presenters.why_lost(standing) if warns else "",
        presence=words.presence,
        has_door=any(words.is_open(one, now) for one in planned),
    )


@blueprint.post("/<cohort_id>/schedule/calendar")
def renew_own_calendar(cohort_id: str) -> Response:
    """A new private address for one's own calendar."""
    seat, session = enter_as_member(cohort_id), the_session()
    service.renew_member_calendar(session, seat.membership.id)
    session.commit()
    tell(say(N_("Here is the new address. The old one shows nothing any more.")))
    if seat.cohort.kind == Kind.SERIES:
        return redirect(url_for("series.series", series_id=cohort_id, _anchor="calendars"), 303)
    return redirect(url_for("cohorts.schedule", cohort_id=cohort_id, _anchor="calendars"), 303)
