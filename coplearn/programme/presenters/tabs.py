"""The way from each page of programme records to the others."""

from __future__ import annotations

from flask import current_app, g, url_for

from coplearn.kernel.text import N_
from coplearn.programme.guards import blueprint
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.web.render import say

_BELONGS_TO = {
    "programme.country": "programme.countries",
    "programme.new_record": "programme.countries",
    "programme.write_record": "programme.countries",
    "programme.new_status": "programme.countries",
    "programme.write_status": "programme.countries",
    "programme.organisation": "programme.organisations",
    "programme.add_organisation": "programme.organisations",
    "programme.change_organisation": "programme.organisations",
    "programme.match": "programme.organisations",
    "programme.programme": "programme.programmes",
    "programme.add_programme": "programme.programmes",
    "programme.seat": "programme.programmes",
    "period_reports.report_records": "period_reports.report",
    "period_reports.make": "period_reports.report",
    "period_reports.edition_list": "period_reports.report",
    "period_reports.edition": "period_reports.report",
    "period_reports.edition_records": "period_reports.report",
}

_ABOVE = (
    ("period_reports.report", N_("Report"), True),
    ("drafting.home", N_("Statements"), True),
    ("declarations.staff_list", N_("Round tables and declarations"), False),
)
"""Pages of slices that stand above this one, where the site has them: the address, its name, and whether every role opens it."""


def programme_tabs(endpoint: str) -> list[tuple[str, str, bool]]:
    """The pages that the present person may open: name, address, and whether it is this one."""
    access: ProgrammeAccess = g.programme_access
    here = _BELONGS_TO.get(endpoint, "programme.home")
    pages = [("programme.home", N_("Activities")), ("programme.countries", N_("Countries"))]
    if access.may_confirm_somewhere:
        pages.append(("programme.organisations", N_("Organisations")))
    if access.sees_all:
        pages.append(("programme.programmes", N_("Programmes")))
    coordinates = access.countries is None or bool(access.countries)
    pages += [
        (page, name)
        for page, name, for_all in _ABOVE
        if page in current_app.view_functions and (coordinates or for_all)
    ]
    here = endpoint if endpoint in dict(pages) else here
    return [(say(name), url_for(page), page == here) for page, name in pages]


@blueprint.app_context_processor
def shell() -> dict[str, object]:
    """The values that the shell of these pages asks for."""
    return {"programme_tabs": programme_tabs}
