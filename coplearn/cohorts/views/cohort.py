"""Cohorts themselves: the list, one of them, opening, changing, copying and putting away."""

from __future__ import annotations

from flask import current_app, render_template, request

from coplearn.cohorts.guards import enter, present_person, the_session
from coplearn.cohorts.queries import cohort as queries
from coplearn.cohorts.rules.scope import countries_of
from coplearn.cohorts.rules.words import Deed
from coplearn.cohorts.screens.shell import cohort_tabs
from coplearn.cohorts.views.base import blueprint
from coplearn.kernel.words import Permission

PAGE = 50


@blueprint.app_context_processor
def shell() -> dict[str, object]:
    """What the shell of a cohort's page asks for."""
    return {"cohort_tabs": cohort_tabs}


@blueprint.get("/")
def home() -> str:
    """The cohorts somebody works in or is trained in."""
    person = present_person()
    countries = countries_of(person.grants, Permission.SEE_COUNTRY)
    archived = "archived" in request.args
    lines = queries.cohorts_for(the_session(), person.id, countries, archived=archived, limit=PAGE)
    own = queries.own_memberships(the_session(), person.id)
    return render_template("cohorts/home.html", lines=lines, own=own, archived=archived)


@blueprint.get("/<cohort_id>/")
def cohort(cohort_id: str) -> str:
    """One cohort at a glance."""
    desk = enter(cohort_id, Deed.SEE)
    staff = queries.staff_of(the_session(), desk.cohort.id)
    return render_template("cohorts/cohort.html", desk=desk, staff=staff, locales=current_app.extensions["locales"])
