"""The trainee's own page: what is done, what is missing and why, and what comes next."""

from __future__ import annotations

from flask import render_template

from coplearn.cohorts.guards import take_seat, the_session
from coplearn.cohorts.queries import certification as outcomes
from coplearn.cohorts.queries.checklist import checklists
from coplearn.cohorts.queries.teaching import evaluations_by, lines_of
from coplearn.cohorts.screens import certification as screens
from coplearn.cohorts.screens.checklist import taught_lines
from coplearn.cohorts.screens.teaching import courses_held
from coplearn.cohorts.views.base import blueprint
from coplearn.kernel.clock import utcnow


@blueprint.get("/<cohort_id>/mine")
def mine(cohort_id: str) -> str:
    """Somebody's own checklist, notes on their teach-backs, and outcome."""
    seat, session, now = take_seat(cohort_id), the_session(), utcnow()
    member, titles = seat.membership, screens.titles_for(seat.cohort)
    made = checklists(session, seat.cohort, [member], courses_held(), now, titles)
    lines = lines_of(session, [member.id]).get(member.id, [])
    decisions = outcomes.decisions_of(session, member.id)
    return render_template(
        "cohorts/mine.html",
        seat=seat,
        checklist=made[member.id],
        taught=taught_lines(lines, evaluations_by(session, member.id)),
        standing=decisions[0] if decisions else None,
        in_force=screens.in_force(decisions[0] if decisions else None, now),
    )
