"""A roster as other platforms take it in: every file of the manifest, the standard's columns, and nothing that points nowhere."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from coplearn.api.oneroster import COLUMNS
from coplearn.cohorts.people.rules.rosters import made_up_number
from coplearn.kernel.clock import utcnow
from coplearn.programme.rules.words import OrganisationKind
from coplearn.programme.service.organisations import OrganisationContent, add_organisation, match_text
from coplearn.storage.database import current_session
from tests.api.worlds import ApiWorld, put_world
from tests.cohorts.people.test_oneroster_in import zipped
from tests.cohorts.people.test_rosters_import import look, numbers, take
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
            # Whoever wrote no organisation has none.
            named = {
                name: line[name] for name in targets if name in line and (line[name] or name != "primaryOrgSourcedId")
            }
            assert all(value in ids[targets[name]] for name, value in named.items())
            assert not any(cell.startswith(("=", "+", "-1", "@")) for cell in line.values())
    people = {line["preferredGivenName"].lstrip("'"): line for line in tables["users"]}
    assert set(people) == {"Lead", "Examiner", '=HYPERLINK("x")', "Ana María Núñez", "محمد"}
    ana = people["Ana María Núñez"]
    assert (ana["givenName"], ana["familyName"], ana["username"]) == ("Ana María", "Núñez", "ana@example.org")
    roles = sorted(line["role"] for line in tables["enrollments"])
    assert roles == ["proctor"] * 2 + ["student"] * 6 + ["teacher"] * 2


def test_our_roster_comes_in_again_exactly(make_app: MakeSite) -> None:
    """Where it came from it changes nobody; in another cohort it makes the same people, and goes out as the same lines."""
    world: ApiWorld = put_world(make_app(second_factor_for="nobody"))
    with world.app.app_context():
        session = current_session(world.app)
        cohort, other = put_cohort(session), put_cohort(session)
        for one in (cohort, other):
            put_staff(session, one, "lead@example.org", "lead")
        for name, mail in (
            ("Ana María Núñez", "ana@example.org"),
            ("محمد", None),
            ('=HYPERLINK("x")', None),
            ("Li Li", None),
        ):
            put_member(session, cohort, mail, name=name, organisation="" if name == "محمد" else "School 7")
        session.commit()
        addresses = [f"/cohorts/{one.public_id}/oneroster" for one in (cohort, other)]
        left = world.get("lead", addresses[0]).data
        again = take(world.app, session, look(world.app, session, cohort, left))
        assert numbers(again) == ("done", 0, 0, 4, 0)
        assert numbers(take(world.app, session, look(world.app, session, other, left, take_part=True))) == (
            "done",
            4,
            0,
            0,
            0,
        )
        back = world.get("lead", addresses[1]).data
    # The line of whoever leads both is in both.
    assert _table(left, "users") == _table(back, "users")
    assert _table(left, "orgs") == _table(back, "orgs")


def test_organisations_keep_the_numbers_of_their_register(make_app: MakeSite) -> None:
    """What a register said comes out as it came in; what a person typed of a matched name goes out; two names are never one."""
    world: ApiWorld = put_world(make_app(second_factor_for="nobody"))
    with world.app.app_context():
        session = current_session(world.app)
        cohort, other = put_cohort(session), put_cohort(session)
        for one in (cohort, other):
            put_staff(session, one, "lead@example.org", "lead")
        take(world.app, session, look(world.app, session, cohort, zipped(), take_part=True))
        for name, school in (("Ani", "NHS"), ("Ben", "Nat. help service"), ("Cem", "Made up")):
            put_member(session, cohort, None, name=name, organisation=school)
        content = OrganisationContent("National help service", OrganisationKind.CIVIL_SOCIETY, sourced_id="reg-7")
        organisation = add_organisation(session, content, by_id=None, now=utcnow())
        for written in ("nhs", "Nat. help service"):
            match_text(session, written, organisation, by_id=None, now=utcnow())
        session.commit()
        addresses = [f"/cohorts/{one.public_id}/oneroster" for one in (cohort, other)]
        left = world.get("lead", addresses[0]).data
        take(world.app, session, look(world.app, session, other, left, take_part=True))
        back = world.get("lead", addresses[1]).data
    orgs = {line.split(",")[3]: line.split(",")[0] for line in _table(left, "orgs")}
    assert [orgs[name] for name in ("مدرسة النور", "École Jean Moulin", "NHS")] == ["o1", "o2", "reg-7"]
    assert [orgs[name] for name in ("Nat. help service", "Made up")] == list(
        map(made_up_number, ("Nat. help service", "Made up"))
    )
    assert _table(left, "orgs") == _table(back, "orgs")
    assert _table(left, "users") == _table(back, "users")


def _table(raw: bytes, name: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return sorted(archive.read(f"{name}.csv").decode("utf-8").splitlines())
