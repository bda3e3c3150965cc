"""The pages of declarations: whose they are, from the form to the public page, and that nothing typed is lost."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.declarations import queries, service
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.outbox.letters import render_letter
from coplearn.outbox.models import Letter
from coplearn.outbox.service import claim_due
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client
from tests.counting import counted
from tests.declarations.worlds import put_declared

STAFF = "/en/programme/declarations/"


@dataclass
class Table:
    """A site with a coordinator of Armenia, one of Morocco, who looks after something, and a visitor."""

    app: Flask
    armenia: FlaskClient
    morocco: FlaskClient
    keeper: FlaskClient
    visitor: FlaskClient

    def post(self, client: FlaskClient, address: str, **form: object) -> TestResponse:
        """Send a form with a good token."""
        token = hidden_fields(client.get("/en/help").text)["csrf_token"]
        return client.post(address, data={"csrf_token": token, **form})


@pytest.fixture
def table(app: Flask) -> Table:
    """The people and nothing else."""
    with app.app_context():
        session = current_session(app)
        for name, country in (("armenia", "AM"), ("morocco", "MA"), ("keeper", "")):
            put_user(session, f"{name}@example.org")
            if country:
                grant_role(session, f"{name}@example.org", Role.COORDINATOR, country=country)
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
    armenia, morocco, keeper = (signed_in_client(app, keys[who]) for who in ("armenia", "morocco", "keeper"))
    return Table(app, armenia, morocco, keeper, app.test_client())


def test_from_the_form_to_the_public_page(table: Table) -> None:
    """Recorded, written, compared, fixed, shown; told by whoever looks after it; and checked by anybody."""
    form = {"title": "Safer Internet Day", "country": "AM", "held_on": "2025-02-11", "form_key": "k" * 16}
    one = str(table.post(table.armenia, f"{STAFF}new", **form).location)
    assert table.armenia.get(one).status_code == 200
    group = {"group": "children", "age_band": "13-15", "number": "31", "qualifier": "exact", "basis": "signature-list"}
    assert table.post(table.armenia, f"{one}/groups", **group).status_code == 303
    text = {"title": "A declaration", "body": "<b>We</b> declare.", "recommendations": "1. First\n2. Second\n3. Third"}
    assert table.post(table.armenia, f"{one}/text/en", **text, **{"made-of": "0"}).status_code == 303
    again = text | {"body": "<b>We all</b> declare.", "made-of": "1"}
    assert table.post(table.armenia, f"{one}/text/en", **again).status_code == 303
    assert "<ins>" in table.armenia.get(f"{one}/text/en/compare").text
    ours = "/en/declarations/" + one.rpartition("/")[2]
    assert table.visitor.get(ours).status_code == 302 and table.morocco.get(ours).status_code == 404
    fixed = {"languages": "en", "version-en": "2", "adopted_on": "2025-02-12"}
    assert table.post(table.armenia, f"{one}/adopt", **fixed).status_code == 303
    assert table.post(table.armenia, f"{one}/shown", shown="yes").status_code == 303
    with table.app.app_context():
        session = current_session(table.app)
        declaration = queries.declarations_shown(session)[0]
        third = queries.recommendations_of(session, [declaration], utcnow().date())[2].row.public_id
    who = {"addressee": "Ministry of education", "due_on": "2026-02-01", "keeper": "keeper@example.org"}
    assert table.post(table.armenia, f"/en/recommendations/{third}/who", **who).status_code == 303
    told = {
        "state": "done",
        "told_on": "2026-02-10",
        "words": "Two seats in the council.",
        "link": "https://example.org/a",
    }
    told |= {"form_key": "l" * 16}
    file = (io.BytesIO(b"%PDF-1.7 a list"), "seats.pdf")
    assert table.post(table.keeper, f"/en/recommendations/{third}", **told, file=file).status_code == 303
    page = table.visitor.get(ours)
    assert page.status_code == 200 and "&lt;b&gt;We all&lt;/b&gt; declare." in page.text
    assert "1 of 3 recommendations are done" in page.text.replace("<bdi>", "").replace("</bdi>", "")
    assert "Nobody has reported since" in page.text and "Two seats in the council." in page.text
    assert "seats.pdf" not in page.text and "seats.pdf" in table.keeper.get(f"/en/recommendations/{third}").text
    sent = table.visitor.get(f"{ours}/en.txt").data
    assert hashlib.sha256(sent).hexdigest() in page.text and b"3. Third" in sent
    assert table.keeper.get(f"/en/recommendations/{third}/evidence/1", buffered=True).data == b"%PDF-1.7 a list"
    for client in (table.morocco, table.visitor):
        assert client.get(f"/en/recommendations/{third}/evidence/1").status_code in (302, 404)
    arabic = table.visitor.get(ours.replace("/en/", "/ar/", 1))
    assert '<h1 lang="en" dir="ltr">A declaration' in arabic.text
    assert "A declaration" in table.visitor.get("/en/declarations/?text=%00&text=x").text


def test_declaration_is_for_those_of_its_country(table: Table) -> None:
    """Somebody of another country finds none of it; who looks after one recommendation has that page alone."""
    names = put_declared(table.app, "armenia@example.org")
    one, mine = f"{STAFF}{names['declaration']}", f"/en/recommendations/{names['recommendation']}"
    table.post(table.armenia, f"{mine}/who", keeper="keeper@example.org", due_on="")
    assert table.keeper.get(mine).status_code == 200
    for address in (one, f"{one}/edit", f"{one}/text/en", f"{one}/adopt", f"{mine}/who", STAFF):
        assert table.armenia.get(address).status_code == 200, address
        assert table.keeper.get(address).status_code == 404, address
        if address != STAFF:
            assert table.morocco.get(address).status_code == 404, address
    assert names["declaration"] not in table.morocco.get(STAFF).text
    form = {"title": "A table", "country": "AM", "held_on": "2025-02-11"}
    assert table.post(table.morocco, f"{STAFF}new", **form).status_code == 422
    assert table.post(table.armenia, f"{one}/shown", shown="no").status_code == 303
    assert table.visitor.get(f"/en/declarations/{names['declaration']}").status_code == 302
    assert table.keeper.get(f"/en/declarations/{names['declaration']}").status_code == 404


def test_day_that_is_past_is_said_on_every_page_until_it_is_done(table: Table) -> None:
    """In words: on the public page, on those of staff, and on the country's; and nowhere once it is done."""
    names = put_declared(table.app, "armenia@example.org")
    mine, said = f"/en/recommendations/{names['recommendation']}", "The day is past"
    public, staff, country = f"/en/declarations/{names['declaration']}", STAFF, "/en/programme/countries/AM"
    pages = [(table.visitor, public), (table.armenia, f"{STAFF}{names['declaration']}"), (table.armenia, mine)]
    pages += [(table.armenia, staff), (table.armenia, country)]
    table.post(table.armenia, f"{mine}/who", due_on="2035-01-31")
    assert [address for client, address in pages if said in client.get(address).text] == []
    table.post(table.armenia, f"{mine}/who", due_on="2025-09-30")
    assert [address for client, address in pages if said not in client.get(address).text] == []
    done = {"state": "done", "told_on": "2025-12-01", "words": "Two seats.", "form_key": "p" * 16}
    assert table.post(table.armenia, mine, **done).status_code == 303
    assert [address for client, address in pages if said in client.get(address).text] == []


def test_text_that_is_refused_stays_on_the_page(table: Table) -> None:
    """When somebody else saved first, when it is too long, and when it seems to name somebody."""
    form = {"title": "A table", "country": "AM", "held_on": "2025-02-11"}
    one = str(table.post(table.armenia, f"{STAFF}new", **form).location)
    text = {"title": "A declaration", "body": "We declare.", "recommendations": "First"}
    address = f"{one}/text/en"
    assert table.post(table.armenia, address, **text, **{"made-of": "0"}).status_code == 303
    late = table.post(table.armenia, address, **text | {"body": "Mine, typed long."}, **{"made-of": "0"})
    assert late.status_code == 409 and "Mine, typed long." in late.text and 'name="made-of" value="1"' in late.text
    long = table.post(table.armenia, address, **text | {"body": "x" * 40_001}, **{"made-of": "1"})
    assert long.status_code == 422 and "x" * 40_001 in long.text
    named = table.post(table.armenia, address, **text | {"body": "Call Anahit Petrosyan on +374 10 123456."})
    assert named.status_code == 422 and 'name="looked"' in named.text
    assert table.armenia.post(address, data=text).status_code == 400
    unclear = {"group": "parents", "number": "about 40", "qualifier": "exact", "basis": "estimated"}
    refused = table.post(table.armenia, f"{one}/groups", **unclear)
    assert refused.status_code == 422 and "about 40" in refused.text and "digits alone" in refused.text


def test_reminder_opens_the_page_for_a_telephone(table: Table) -> None:
    """In the reader's language, with the day, and nothing of what the declaration is about."""
    names = put_declared(table.app, "armenia@example.org")
    mine = f"/en/recommendations/{names['recommendation']}"
    due = utcnow().date().isoformat()
    table.post(table.armenia, f"{mine}/who", keeper="keeper@example.org", due_on=due)
    with table.app.app_context():
        session = current_session(table.app)
        assert service.remind_keepers(session, utcnow()) == 1
        taken = claim_due(session, utcnow(), 9)
        session.commit()
        assert session.scalar(select(Letter.kind)) == service.REMINDER
    message = render_letter(table.app, next(one for one in taken if one.kind == service.REMINDER))
    assert mine in message.body and "not yet" in message.body and "Hello" in message.body
    assert "growing up" not in message.body and "growing up" not in message.subject


def test_lists_take_the_same_statements_however_many_there_are(table: Table) -> None:
    """The public list and page, and the staff's list."""
    addresses = ["/en/declarations/", STAFF]
    counts: list[list[int]] = []
    for _ in range(2):
        names = put_declared(table.app, "armenia@example.org")
        addresses[2:] = [f"/en/declarations/{names['declaration']}"]
        counts.append([])
        for address in addresses:
            table.armenia.get(address)
            with counted(table.app) as sent:
                assert table.armenia.get(address).status_code == 200
            counts[-1].append(len(sent))
    assert counts[0] == counts[1] and max(counts[0]) <= 8
