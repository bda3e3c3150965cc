"""One cohort's progress person by person, and its numbers."""

from __future__ import annotations

from flask import render_template, request

from coplearn.cohorts.guards import enter, the_session
from coplearn.cohorts.rules.words import Deed
from coplearn.insights.screens import cohort as screens
from coplearn.insights.screens.matrix import matrix as matrix_page
from coplearn.insights.views.base import blueprint
from coplearn.kernel.clock import utcnow


@blueprint.get("/cohorts/<cohort_id>/progress")
def matrix(cohort_id: str) -> str:
    """Who has what, and what is missing."""
    desk = enter(cohort_id, Deed.REPORT)
    missing, after = "missing" in request.args, request.args.get("after", "")
    first = not missing and request.args.get("order") == "missing"
    page = matrix_page(the_session(), desk.cohort, after, utcnow(), only_missing=missing, missing_first=first)
    return render_template("insights/matrix.html", desk=desk, page=page, missing=missing, first=first, begins=not after)


@blueprint.get("/cohorts/<cohort_id>/numbers")
def cohort(cohort_id: str) -> str:
    """People, attendance, requirements and outcomes, counted."""
    desk = enter(cohort_id, Deed.REPORT)
    return render_template(
        "insights/cohort.html",
        desk=desk,
        numbers=screens.numbers(the_session(), desk.cohort, utcnow()),
        meeting_parts=screens.meeting_parts(),
        requirement_parts=screens.requirement_parts(),
        kept_from=screens.KEEP_FROM,
    )
