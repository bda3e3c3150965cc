"""Declarations, texts, versions and files that are not there, and days and lists that cannot be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.declarations import queries, service
from coplearn.declarations.models import Declaration
from coplearn.declarations.rules import RoundTable
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.programme.models.organisations import Programme, ProgrammeMember
from coplearn.programme.rules.records import ReachLine
from coplearn.programme.rules.words import AudienceGroup, CountBasis, ProgrammeRole
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client
from tests.declarations.worlds import HELD, HELD_AT, put_adopted, put_declared, put_round_table

STAFF = "/en/programme/declarations"


def test_day_after_the_adoption_is_refused(session: Session) -> None:
    """The day itself may be corrected until then."""
    table = put_adopted(session, put_user(session, "am@example.org"))
    adopted = HELD + timedelta(days=1)
    with pytest.raises(Refused, match="after the declaration was adopted"):
        service.change_round_table(session, table, RoundTable("Later", "AM", "", adopted + timedelta(days=1)), HELD_AT)
    assert (table.title, table.held_on) == ("Safer Internet Day", HELD)
    service.change_round_table(session, table, RoundTable("Corrected", "AM", "", adopted), HELD_AT)
    assert (table.title, table.held_on) == ("Corrected", adopted)


def test_list_of_groups_ends_somewhere(session: Session) -> None:
    """The last one that fits is kept, the next is refused."""
    table = put_round_table(session, put_user(session, "am@example.org"))
    line = ReachLine(AudienceGroup.PARENTS, CountBasis.NOT_STATED)
    for _ in range(service.MOST_GROUPS):
        service.add_group(session, table, line, HELD_AT)
    with pytest.raises(Refused, match="groups"):
        service.add_group(session, table, line, HELD_AT)
    assert len(queries.groups_of(session, table.id)) == service.MOST_GROUPS


def test_pages_of_what_is_not_there(app: Flask) -> None:
    """A sentence for whoever may see the declaration, and no page at all for what nobody made."""
    email = "armenia@example.org"
    with app.app_context():
        session = current_session(app)
        user_id = put_user(session, email)
        grant_role(session, email, Role.COORDINATOR, country="AM")
        bare = put_round_table(session, user_id).public_id
        session.commit()
        client = signed_in_client(app, session.get_one(User, user_id).fs_uniquifier)
    names = put_declared(app, email)
    shown, mine = names["declaration"], names["recommendation"]
    for address, said in (
        (f"{STAFF}/unknown", "no page at this address for you"),
        ("/en/recommendations/unknown", "no page at this address for you"),
        (f"{STAFF}/{bare}/text/xx", "no such language"),
        (f"{STAFF}/{bare}/text/en/compare", "no two versions"),
        (f"{STAFF}/{shown}/text/en/compare", "no two versions"),
        (f"/en/declarations/{bare}", "not adopted yet"),
        (f"/en/declarations/{shown}/fr.txt", "no such text"),
        (f"/en/recommendations/{mine}/evidence/99", "no such file"),
    ):
        page = client.get(address)
        assert (page.status_code, said in page.text) == (404, True), address
    for address in (f"{STAFF}/{bare}/text/en", f"/en/declarations/{shown}/en.txt", f"/en/recommendations/{mine}"):
        assert client.get(address).status_code == 200, address


def test_whoever_only_reads_records_no_round_table(app: Flask) -> None:
    """A reader of a programme sees the list, and has neither the form nor what it would send."""
    with app.app_context():
        session = current_session(app)
        user_id = put_user(session, "reader@example.org")
        programme = Programme(public_id="p1", name="Safer", summary="", created_at=HELD_AT, archived_at=None)
        session.add(programme)
        session.flush()
        seat = {"programme_id": programme.id, "user_id": user_id, "role": ProgrammeRole.READER, "country": ""}
        session.add(ProgrammeMember(**seat, added_at=HELD_AT, ended_at=None))
        session.commit()
        client = signed_in_client(app, session.get_one(User, user_id).fs_uniquifier)
    assert client.get(f"{STAFF}/").status_code == 200 and client.get(f"{STAFF}/new").status_code == 404
    token = hidden_fields(client.get("/en/help").text)["csrf_token"]
    form = {"title": "A table", "country": "", "held_on": date(2025, 2, 11).isoformat(), "form_key": "k" * 16}
    assert client.post(f"{STAFF}/new", data={"csrf_token": token, **form}).status_code == 404
    with app.app_context():
        assert current_session(app).scalar(select(func.count()).select_from(Declaration)) == 0
