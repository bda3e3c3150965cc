"""Rosters of a register (OneRoster 1.2 CSV): who learns comes in once, and what breaks a rule is refused by file and line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.people.rosters.oneroster import MAX_CLASSES, turn_into_tables
from coplearn.cohorts.people.rosters.reading import kind_of
from coplearn.cohorts.people.service.rosters import remarks_of, shape_of
from coplearn.kernel.errors import Refused
from coplearn.storage.database import current_session
from tests.cohorts.people.test_rosters_import import look, numbers, take
from tests.cohorts.worlds import put_cohort

MANIFEST = "propertyName,value\r\nmanifest.version,1.0\r\noneroster.version,1.2\r\n" + "".join(
    f"file.{name},bulk\r\n" for name in ("classes", "enrollments", "orgs", "roles", "users")
)
FILES: Mapping[str, str] = {
    "manifest.csv": MANIFEST,
    "orgs.csv": "sourcedId,status,dateLastModified,name,type\r\no1,,,مدرسة النور,school\r\no2,,,École Jean Moulin,school\r\n",
    "users.csv": (
        "sourcedId,enabledUser,givenName,familyName,email,sms,phone,preferredGivenName,primaryOrgSourcedId\r\n"
        "u1,true,أحمد,بن علي,ahmed@example.org,,0612345678,,o1\r\n"
        'u2,true,"Marie\nClaire",Dupont,,,,Mimi,\r\n'
        "u3,true,Marie,Dupont,,,,,o2\r\n"
        "u4,true,Marie,Dupont,,,,,o2\r\n"
        "u5,true,=HYPERLINK,Broken,not an address,,,,o1\r\n"
        "u6,true,Their,Teacher,teacher@example.org,,,,o1\r\n"
    ),
    "roles.csv": "sourcedId,userSourcedId,roleType,role,orgSourcedId\r\nr1,u2,primary,student,o1\r\nr2,u2,secondary,student,o2\r\n",
    "classes.csv": "sourcedId,title\r\nc0,Nobody\r\nc1,7A\r\nc2,7B\r\n",
    "enrollments.csv": "sourcedId,classSourcedId,userSourcedId,role\r\n"
    + "".join(f"e{one},c1,u{one},student\r\n" for one in (5, 4, 3, 2, 1))
    + "e6,c1,u6,teacher\r\ne7,c2,u1,student\r\n",
}


def zipped(**changes: str | bytes | None) -> bytes:
    """The roster with other files; None for one that is not there."""
    files = {**FILES, **{f"{name}.csv": text for name, text in changes.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            if text is not None:
                archive.writestr(name, text)
    return out.getvalue()


def test_class_comes_in_once_by_its_numbers(each_app: Flask) -> None:
    """Looked at, brought in and brought in again; with other names and addresses the same numbers are the same people."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session, country="MA")
        looked = look(each_app, session, cohort, zipped())
        assert shape_of(looked).sheets == (("7A", 5), ("7B", 1))
        assert numbers(looked) == ("looked", 4, 0, 0, 1)
        # The line is the one in users.csv, though a name there takes two.
        fault = next(one for one in remarks_of(looked) if one.is_fault)
        assert (fault.line, fault.remark.column, fault.remark.value) == (7, "email", "not an address")
        assert numbers(take(each_app, session, looked)) == ("done", 4, 0, 0, 1)
        rows = session.execute(
            select(
                Membership.sourced_id,
                Membership.name,
                Membership.phone,
                Membership.organisation,
                Membership.organisation_number,
            ).order_by(Membership.sourced_id)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("u1", "أحمد بن علي", "+212612345678", "مدرسة النور", "o1"),
            ("u2", "Mimi Dupont", "", "مدرسة النور", "o1"),
            ("u3", "Marie Dupont", "", "École Jean Moulin", "o2"),
            ("u4", "Marie Dupont", "", "École Jean Moulin", "o2"),
        ]
        assert numbers(take(each_app, session, look(each_app, session, cohort, zipped()))) == ("done", 0, 0, 4, 1)
        users = FILES["users.csv"].replace("ahmed@", "ahmad@").replace("u3,true,Marie", "u3,true,Maria")
        again = take(each_app, session, look(each_app, session, cohort, zipped(users=users)))
        assert numbers(again) == ("done", 0, 2, 2, 1)
        assert session.scalar(select(Membership.email).where(Membership.sourced_id == "u1")) == "ahmad@example.org"


def test_person_of_a_list_is_found_again_and_keeps_their_number(app: Flask) -> None:
    """By address, or by name and organisation, once; another number with the same address is somebody to ask about."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        take(
            app,
            session,
            look(
                app,
                session,
                cohort,
                "Name,Mail,School\nA,ahmed@example.org,\nMarie Dupont,,École Jean Moulin\n".encode(),
            ),
        )
        # Of two of one name the first is the one who was there.
        assert numbers(take(app, session, look(app, session, cohort, zipped()))) == ("done", 2, 2, 0, 1)
        swapped = FILES["users.csv"].replace("u1,", "u9,")
        enrollments = FILES["enrollments.csv"].replace("u1,", "u9,")
        roster = look(app, session, cohort, zipped(users=swapped, enrollments=enrollments))
        assert numbers(roster) == ("looked", 0, 0, 3, 2)
        assert [one.remark.value for one in remarks_of(roster) if one.is_fault] == ["u9", "not an address"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"manifest": MANIFEST.replace("1.2", "1.1")}, {}),
        ({"manifest": MANIFEST.replace("users,bulk", "users,delta")}, {}),
        ({"manifest": "a,b\r\n"}, {"name": "manifest.csv", "column": "propertyName"}),
        ({"users": None}, {"name": "users.csv"}),
        ({"users": "sourcedId,givenName\r\n"}, {"name": "users.csv", "column": "familyName"}),
        ({"users": FILES["users.csv"] + "u1,true,A,B,,,,,\r\n"}, {"name": "users.csv", "line": 9, "value": "u1"}),
        ({"users": FILES["users.csv"] + "u7,true,A,B,,,,,o9\r\n"}, {"name": "users.csv", "line": 9, "value": "o9"}),
        ({"enrollments": FILES["enrollments.csv"] + "e,c9,u1,student\r\n"}, {"name": "enrollments.csv", "line": 9, "value": "c9"}),
        ({"enrollments": FILES["enrollments.csv"].encode() + b"e,c1,\xff,student\r\n"}, {"name": "enrollments.csv"}),
        ({"classes": "sourcedId,title\r\n" + "".join(f"c{n},{n}\r\n" for n in range(201)),
          "enrollments": "classSourcedId,userSourcedId,role\r\n" + "".join(f"c{n},u1,student\r\n" for n in range(201))},
         {"count": 200}),
        ({"orgs": "sourcedId,name" + "\r\n" * 250_001 + "o,n"}, {"count": 250_000}),
        ({"../users": "a"}, {"name": "../users.csv"}),
        ({"Users": "a"}, {"name": "Users.csv"}),
        ({"zeros": "0" * 51_000_000}, {"number": 51}),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_roster_that_breaks_a_rule_is_refused_by_place(
    tmp_path: Path, changes: Mapping[str, str | bytes | None], told: Mapping[str, object]
) -> None:
    """The reason names file, line and value, and no table is written."""
    source, targets = tmp_path / "roster", [tmp_path / f"{number}.csv" for number in range(MAX_CLASSES)]
    source.write_bytes(zipped(**changes))
    assert kind_of(source) == "oneroster"
    with pytest.raises(Refused) as refused:
        turn_into_tables(source, targets)
    params = refused.value.phrase.params
    assert {**params, **told} == params, refused.value.phrase
    assert list(tmp_path.iterdir()) == [source]


def test_refused_roster_says_why(app: Flask) -> None:
    """Whoever sent it reads the reason, and nobody came in."""
    with app.app_context():
        session = current_session(app)
        roster = look(app, session, put_cohort(session), zipped(users=None))
        assert roster.state == "failed"
        assert dict(remarks_of(roster)[0].remark.reason.params) == {"name": "users.csv"}
