"""Calendar feeds at private addresses, and the end of the worker that registers had: pages of no language."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import no_such_address, the_session
from coplearn.cohorts.meetings import queries
from coplearn.cohorts.meetings.calendars import feed
from coplearn.cohorts.meetings.presenters.meetings import NAME, entry_of
from coplearn.i18n.locales import Locale
from coplearn.site import site
from coplearn.web.static_files import STATIC

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort
    from coplearn.cohorts.common.models.meeting import Meeting


blueprint = Blueprint("feeds", __name__)


@blueprint.get("/calendar/<token>.ics")
def calendar(token: str) -> BaseResponse:
    """The meetings behind a private address: a cohort's, a trainee's, or those of somebody who works in cohorts."""
    session = the_session()
    cohort = queries.cohort_by_calendar(session, token)
    if cohort is not None:
        planned = [(cohort, one) for one in queries.meetings_of(session, cohort.id)]
        return _feed(planned, cohort.languages[0] if cohort.languages else "", "cohorts.schedule")
    seat = queries.member_by_calendar(session, token)
    if seat is not None:
        planned = [(seat[0], one) for one in queries.own_meetings_of(session, seat[0], seat[1].id)]
        return _feed(planned, seat[1].locale, "cohorts.schedule")
    staff = queries.staff_by_calendar(session, token)
    if staff is None:
        raise no_such_address()
    return _feed(queries.meetings_of_staff(session, staff[0]), staff[1], "cohorts.meetings")


def _feed(planned: Iterable[tuple[Cohort, Meeting]], code: str, page: str) -> BaseResponse:
    """The calendar in that language; whoever has the newest one already is told so in a few bytes."""
    locales = site().locales
    catalogs = site().catalogs
    locale: Locale = locales.get(code) if code in locales else locales.source
    words = catalogs.translations(locale)
    entries = [
        entry_of(one, cohort.title, words, url_for(page, cohort_id=cohort.public_id, lang=locale.url, _external=True))
        for cohort, one in planned
    ]
    body = feed(words.gettext(NAME), entries)
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["X-Robots-Tag"] = "noindex"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)


@blueprint.get("/register-worker.js")
def register_worker() -> Response:
    """The former service worker of registers, for browsers that still have it: it takes itself away."""
    response = Response((STATIC / "js" / "register-worker.js").read_bytes(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = f"{request.root_path}/"
    response.headers["Cache-Control"] = "no-cache"
    return response
