"""A roster as other platforms take it in: every file of the manifest, the standard's columns, and nothing that points nowhere."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from coplearn.api.oneroster import COLUMNS
from coplearn.storage.database import current_session
from tests.api.worlds import ApiWorld, put_world
from tests.cohorts.worlds import put_cohort, put_member, put_staff
from tests.conftest import MakeSite


@pytest.fixture
def tables(make_app: MakeSite) -> dict[str, list[dict[str, str]]]:
    """The tables of a roster with two courses, a trainer who is also lead, an examiner and people with strange names."""
    world: ApiWorld = put_world(make_app(second_factor_for="nobody"))
    with world.app.app_context():
        session = current_session(world.app)
        cohort = put_cohort(session, course_ids=["cop-parents", "cop-educators"])
        for role in ("lead", "trainer", "examiner"):
            put_staff(session, cohort, "lead@example.org" if role != "examiner" else "examiner@example.org", role)
        put_member(session, cohort, None, name='=HYPERLINK("x")', phone="+212612345678")
        put_member(session, cohort, "ana@example.org", name="Ana María Núñez")
        put_member(session, cohort, None, name="محمد")
        put_member(session, cohort, None, name="Gone", state="withdrawn")
        session.commit()
        address = f"/cohorts/{cohort.public_id}/oneroster"
    assert world.get("trainee", address).status_code == 404
    answer = world.get("lead", address)
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"))))
            for name in archive.namelist()
        }


def test_roster_is_whole(tables: dict[str, list[dict[str, str]]]) -> None:
    """Files and manifest agree, ids are unique, references lead to rows, in bulk nothing has a status, and no cell is a formula."""
    manifest = {line["propertyName"]: line["value"] for line in tables.pop("manifest")}
    assert manifest["oneroster.version"] == "1.2"
    assert {name for name in COLUMNS if manifest[f"file.{name}"] == "bulk"} == tables.keys()
    assert all(tuple(lines[0]) == COLUMNS[name] for name, lines in tables.items())
    ids = {name: [line["sourcedId"] for line in lines] for name, lines in tables.items()}
    assert all(len(found) == len(set(found)) for found in ids.values())
    targets = {
        "courseSourcedId": "courses", "schoolSourcedId": "orgs", "orgSourcedId": "orgs", "termSourcedIds": "academicSessions",
        "classSourcedId": "classes", "userSourcedId": "users", "primaryOrgSourcedId": "orgs",
    }  # fmt: skip
    for lines in tables.values():
        for line in lines:
            assert line["status"] == line["dateLastModified"] == ""
            assert all(line[name] in ids[target] for name, target in targets.items() if name in line)
            assert not any(cell.startswith(("=", "+", "-1", "@")) for cell in line.values())
    people = {line["preferredGivenName"].lstrip("'"): line for line in tables["users"]}
    assert set(people) == {"Lead", "Examiner", '=HYPERLINK("x")', "Ana María Núñez", "محمد"}
    ana = people["Ana María Núñez"]
    assert (ana["givenName"], ana["familyName"], ana["username"]) == ("Ana María", "Núñez", "ana@example.org")
    roles = sorted(line["role"] for line in tables["enrollments"])
    assert roles == ["proctor"] * 2 + ["student"] * 6 + ["teacher"] * 2
