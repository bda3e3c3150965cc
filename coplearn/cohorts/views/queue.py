"""The waiting list: its order, moving somebody for a reason, and stepping off it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.cohorts.guards import enter, present_person, the_session
from coplearn.cohorts.queries.joining import counts_of, member_of
from coplearn.cohorts.queries.queue import queue_of
from coplearn.cohorts.rules.words import Deed
from coplearn.cohorts.service import queue as service
from coplearn.cohorts.views.base import blueprint, refusals_told, tell
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.web.render import say

MOST = 200


@blueprint.get("/<cohort_id>/people/waiting-list")
def waiting_list(cohort_id: str) -> str:
    """Who waits for a seat, the next first."""
    desk, session = enter(cohort_id, Deed.PEOPLE), the_session()
    counts, capacity = counts_of(session, desk.cohort.id), desk.cohort.capacity
    return render_template(
        "cohorts/queue.html",
        desk=desk,
        waiting=queue_of(session, desk.cohort.id, MOST),
        total=counts.by_state.get("queued", 0),
        free=None if capacity is None else max(0, capacity - counts.taken),
    )


@blueprint.post("/<cohort_id>/people/<member_id>/place")
def move_in_queue(cohort_id: str, member_id: str) -> Response:
    """Give somebody another place, with the reason."""
    desk, session = enter(cohort_id, Deed.PEOPLE), the_session()
    member_of(session, desk.cohort.id, member_id)
    place, reason = request.form.get("place", 0, type=int), request.form.get("reason", "")
    with refusals_told():
        moved = service.move_in_queue(session, desk.person, desk.cohort.id, member_id, place, reason, utcnow())
        session.commit()
        tell(say(N_("%(name)s has another place on the waiting list."), name=moved.name))
    return redirect(url_for("cohorts.waiting_list", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/waiting-list/leave")
def leave_queue(cohort_id: str) -> Response:
    """Step off the waiting list."""
    service.leave_queue(the_session(), present_person(), cohort_id, utcnow())
    the_session().commit()
    tell(say(N_("You are no longer on the waiting list.")))
    return redirect(url_for("cohorts.home"), 303)
