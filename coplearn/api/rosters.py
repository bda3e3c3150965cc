"""A cohort's people as a roster that other platforms take in (OneRoster 1.2 CSV)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, current_app

from coplearn.api.oneroster import Roster, RosterPerson, zip_bytes
from coplearn.api.operations import Call, operation
from coplearn.cohorts.common.guards import enter
from coplearn.cohorts.common.presenters import courses_held
from coplearn.cohorts.common.queries import staff_of
from coplearn.cohorts.common.rules.words import PLANNED, CohortPermission, MemberState, StaffRole
from coplearn.cohorts.meetings.queries import meetings_of
from coplearn.cohorts.people.queries import people_page
from coplearn.programme.queries.organisations import register_numbers
from coplearn.programme.rules.records import text_key
from coplearn.site import site
from coplearn.tokens.rules import TokenScope
from coplearn.web.render import page_locale

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort

_ROLES = {StaffRole.LEAD: "teacher", StaffRole.TRAINER: "teacher", StaffRole.EXAMINER: "proctor"}
_MOST = 100_000


@operation(
    "GET", "/cohorts/<cohort_id>/oneroster", "Download a roster", TokenScope.PEOPLE_READ, media="application/zip"
)
def download_roster(call: Call, cohort_id: str) -> Response:
    """Download those who take part and those who train, as OneRoster 1.2 CSV in bulk: a class for each course of the cohort.

    That it is taken away is written down, as it is of the page.
    """
    cohort = enter(cohort_id, CohortPermission.PEOPLE).cohort
    meetings = [one for one in meetings_of(call.session, cohort.id) if one.state == PLANNED]
    begins = min((one.starts_at for one in meetings), default=cohort.created_at)
    ends = max((one.ends_at for one in meetings), default=cohort.created_at + timedelta(days=365))
    roster = Roster(
        id=cohort.public_id,
        title=cohort.title,
        place=cohort.place or cohort.region,
        site=site().settings.site_name,
        first=begins.date(),
        last=ends.date(),
        courses=_courses(cohort),
        people=_people(call, cohort),
    )
    response = Response(zip_bytes(roster), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="oneroster-{cohort.public_id}.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _courses(cohort: Cohort) -> list[tuple[str, str]]:
    held, library, locale = courses_held(), site().library, page_locale()
    found = [(one, library.title(held[one], locale)) for one in cohort.course_ids if one in held]
    return found or [("training", cohort.title)]


def _people(call: Call, cohort: Cohort) -> list[RosterPerson]:
    members = people_page(call.session, cohort.id, state=MemberState.ACTIVE, after=None, limit=_MOST)
    numbers = register_numbers(call.session)
    people = [
        RosterPerson(
            one.sourced_id or one.public_id,
            one.name,
            one.email or "",
            "student",
            one.organisation,
            one.organisation_number or numbers.get(text_key(one.organisation), ""),
        )
        for one in members
        if one.name
    ]
    staff: dict[int, RosterPerson] = {}
    for line in staff_of(call.session, cohort.id):
        role = _ROLES.get(StaffRole(line.role))
        if role is not None and line.user_id not in staff:
            staff[line.user_id] = RosterPerson(_number(line.user_id), line.name, line.email, role)
    return [*staff.values(), *people]


def _number(user_id: int) -> str:
    """A number for somebody who has none outside this site: the same in every roster, and not to be counted through."""
    secret = str(current_app.config["SECRET_KEY"])
    return hashlib.sha256(f"{secret} roster {user_id}".encode()).hexdigest()[:16]
