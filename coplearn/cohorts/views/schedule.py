"""A trainee's own schedule: when, where, how they stand, and the address of their calendar."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from coplearn.cohorts.guards import take_seat, the_session
from coplearn.cohorts.queries import attendance
from coplearn.cohorts.queries import meetings as queries
from coplearn.cohorts.queries.needs import is_on_the_way
from coplearn.cohorts.rules.words import MemberState
from coplearn.cohorts.screens import attendance as words
from coplearn.cohorts.screens import meetings as screens
from coplearn.cohorts.service import meetings as service
from coplearn.cohorts.views.base import blueprint, tell
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.web.render import say


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
