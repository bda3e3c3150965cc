"""The page of the audit log, and the log as a file."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from coplearn.administration.audit_log import presenters
from coplearn.administration.audit_log.queries import names_in, person_named
from coplearn.administration.site_settings.guards import present_admin
from coplearn.audit.kinds import EventKind
from coplearn.audit.queries import Sought, events
from coplearn.cohorts.common.guards import the_session
from coplearn.second_factors.guards import require_fresh
from coplearn.spreadsheets.writing import CSV, csv_bytes
from coplearn.web.request_checks import row_in_query

blueprint = Blueprint("audit_log", __name__, url_prefix="/<lang:lang>/audit", template_folder="templates")


@blueprint.get("/")
def page() -> str:
    """Fifty events, the last first, that go with what is asked for."""
    present_admin()
    asked, session = _asked(), the_session()
    found = events(session, _sought(asked), presenters.PAGE + 1)
    shown = found[: presenters.PAGE]
    return render_template(
        "audit_log/page.html",
        lines=presenters.lines_of(shown, names_in(session, [link.event for link in shown])),
        kinds=presenters.kind_choices(),
        asked=asked,
        before=shown[-1].event.number if len(found) > len(shown) else None,
    )


@blueprint.get("/audit.csv")
def download() -> Response:
    """The same events as a file, ids alone."""
    present_admin()
    require_fresh()
    found = events(the_session(), _sought(_asked()), presenters.MOST_IN_FILE)
    response = Response(csv_bytes(presenters.file_lines(found)), content_type=CSV)
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked() -> dict[str, str]:
    """The part of the address that chooses events, as it was typed where it can be read."""
    args = {name: request.args.get(name, "").strip()[:100].replace("\x00", "") for name in ("kind", "person", "day")}
    if args["kind"] not in set(EventKind):
        args["kind"] = ""
    with suppress(ValueError, OverflowError):
        # A day ends with the next: the last day that a calendar knows has none.
        args["day"] = (date.fromisoformat(args["day"]) + timedelta(days=1) - timedelta(days=1)).isoformat()
        return args
    args["day"] = ""
    return args


def _sought(asked: dict[str, str]) -> Sought:
    return Sought(
        kind=asked["kind"],
        person=person_named(the_session(), asked["person"]) if asked["person"] else "",
        day=date.fromisoformat(asked["day"]) if asked["day"] else None,
        before=row_in_query("before") or 0,
    )
