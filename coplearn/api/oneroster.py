"""Rosters as OneRoster 1.2 CSV: a zip of tables in bulk, as learning platforms and school registers take them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from coplearn.cohorts.people.rules.rosters import made_up_number
from coplearn.spreadsheets.writing import csv_bytes

_NO_CHANGE: Final = ("", "")
"""Status and date of the last change, which stay empty in bulk."""
COLUMNS: Final = {
    "academicSessions": (
        "sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate", "parentSourcedId",
        "schoolYear",
    ),
    "classes": (
        "sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId", "classCode", "classType",
        "location", "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
    ),
    "courses": (
        "sourcedId", "status", "dateLastModified", "schoolYearSourcedId", "title", "courseCode", "grades",
        "orgSourcedId", "subjects", "subjectCodes",
    ),
    "enrollments": (
        "sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId", "userSourcedId", "role",
        "primary", "beginDate", "endDate",
    ),
    "orgs": ("sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"),
    "roles": (
        "sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "beginDate", "endDate",
        "orgSourcedId", "userProfileSourcedId",
    ),
    "users": (
        "sourcedId", "status", "dateLastModified", "enabledUser", "username", "userIds", "givenName", "familyName",
        "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
        "userMasterIdentifier", "resourceSourcedIds", "preferredGivenName", "preferredMiddleName",
        "preferredFamilyName", "primaryOrgSourcedId", "pronouns",
    ),
}  # fmt: skip
"""The columns of each file, as the standard names and orders them."""
_ABSENT: Final = (
    "categories", "classResources", "courseResources", "demographics", "lineItemLearningObjectiveIds", "lineItems",
    "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales", "scoreScales",
    "userProfiles", "userResources",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """A person of a roster; ``role`` is student, teacher or proctor."""

    id: str
    name: str
    email: str
    role: str
    organisation: str = ""
    organisation_number: str = ""
    """The number that a register gives it; empty for none."""


@dataclass(frozen=True, slots=True)
class Roster:
    """A cohort as a roster: its people are in a class for each of its courses."""

    id: str
    title: str
    place: str
    site: str
    first: date
    last: date
    courses: Sequence[tuple[str, str]]
    """(id, title)."""
    people: Sequence[RosterPerson]


def zip_bytes(roster: Roster) -> bytes:
    """The roster as a zip, the same bytes for the same roster."""
    out, files = io.BytesIO(), _tables(roster)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in [("manifest", _manifest(roster)), *files.items()]:
            archive.writestr(zipfile.ZipInfo(f"{name}.csv"), csv_bytes(lines, mark=False), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _manifest(roster: Roster) -> list[Sequence[str]]:
    files = dict.fromkeys(COLUMNS, "bulk") | dict.fromkeys(_ABSENT, "absent")
    return [
        ("propertyName", "value"),
        ("manifest.version", "1.0"),
        ("oneroster.version", "1.2"),
        *((f"file.{name}", files[name]) for name in sorted(files, key=str.lower)),
        ("source.systemName", roster.site),
        ("source.systemCode", "coplearn"),
    ]


def _tables(roster: Roster) -> dict[str, list[Sequence[str]]]:
    first, last = roster.first.isoformat(), roster.last.isoformat()
    org, term, organisations = "site", f"term-{roster.id}", _organisations(roster)
    taught = [(f"course-{course}", f"{roster.id}-{course}", course, title) for course, title in roster.courses]
    rows: dict[str, list[Sequence[str]]] = {
        "academicSessions": [(term, *_NO_CHANGE, roster.title, "term", first, last, "", str(roster.last.year))],
        "classes": [
            (class_id, *_NO_CHANGE, f"{roster.title}: {title}", "", course_id, roster.id, "scheduled", roster.place)
            + (org, term, "", "", "")
            for course_id, class_id, _, title in taught
        ],
        "courses": [
            (course_id, *_NO_CHANGE, "", title, course, "", org, "", "") for course_id, _, course, title in taught
        ],
        "enrollments": [
            (f"{one.id}-{class_id}", *_NO_CHANGE, class_id, org, one.id, one.role)
            + ("true" if one.role == "teacher" else "false", first, last)
            for _, class_id, _, _ in taught
            for one in roster.people
        ],
        "orgs": [
            (org, *_NO_CHANGE, roster.site, "school", "", ""),
            *(
                (number, *_NO_CHANGE, name, "department", "", "")
                for number, name in {number: one[0] for one, number in organisations.items()}.items()
            ),
        ],
        "roles": [
            (f"role-{one.id}", *_NO_CHANGE, one.id, "primary", one.role, first, last, org, "") for one in roster.people
        ],
        "users": [_user(one, organisations.get(_named(one), "")) for one in roster.people],
    }
    return {name: [columns, *rows[name]] for name, columns in COLUMNS.items()}


def _named(one: RosterPerson) -> tuple[str, str]:
    return one.organisation, one.organisation_number


def _organisations(roster: Roster) -> dict[tuple[str, str], str]:
    """The ids of the organisations that people wrote, by name and number: the number of a register, which one name alone has."""
    found: dict[tuple[str, str], str] = {}
    for name, number in sorted({_named(one) for one in roster.people if one.organisation}):
        is_free = number not in ("", "site", *found.values())
        found[name, number] = number if is_free else made_up_number(name)
    return found


def _user(one: RosterPerson, org: str) -> Sequence[str]:
    # The standard wants two parts of a name, and names have one to many: the last word is the one, the rest the other.
    given, _, family = one.name.rpartition(" ")
    return (
        (one.id, *_NO_CHANGE, "true", one.email or one.id, "", given or family, family, "")
        + ("", one.email, "", "", "", "", "", "", "")
        + (one.name, "", "", org, "")
    )
