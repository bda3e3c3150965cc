"""The numbers of the countries that somebody coordinates."""

from __future__ import annotations

from flask import render_template, request

from coplearn.cohorts.guards import the_session
from coplearn.insights.guards import watch
from coplearn.insights.queries.report import zones_and_tiers
from coplearn.insights.rules.periods import known_zone
from coplearn.insights.rules.report import Scope
from coplearn.insights.screens import country as screens
from coplearn.insights.views.base import blueprint
from coplearn.kernel.clock import utcnow


@blueprint.get("/insights/")
def country() -> str:
    """Cohorts, people by month, and what needs a look."""
    who, wanted, session = watch(), request.args.get("country", ""), the_session()
    countries = who.narrowed(wanted)
    zones, _ = zones_and_tiers(session, countries)
    zone = known_zone(zones[0]) if zones else "UTC"
    return render_template(
        "insights/country.html",
        who=who,
        wanted=wanted,
        numbers=screens.numbers(session, Scope(countries), zone, utcnow()),
        kind_parts=screens.kind_parts(),
        places=screens.places(who.countries),
    )
