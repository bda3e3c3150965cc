"""The pages of a consultation, pressed one after the other by whoever leads it, an organisation and a visitor."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.consultations.mail import make_token, read_token
from coplearn.consultations.models import AskedOrganisation, StatementRemark
from coplearn.consultations.queries.statements import statement_of, version_of
from coplearn.consultations.rules.blocks import blocks_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields, mails
from tests.cohorts.worlds import put_user, signed_in_client
from tests.consultations.worlds import BODY, put_open_consultation, put_organisation


@pytest.fixture
def names(app: Flask) -> dict[str, str]:
    """A consultation that is open, led by a coordinator of Morocco; the keys of two coordinators; an organisation."""
    with app.app_context():
        session = current_session(app)
        lead = put_user(session, "lead@example.org")
        put_user(session, "elsewhere@example.org")
        session.commit()
        grant_role(session, "lead@example.org", Role.COORDINATOR, country="MA")
        grant_role(session, "elsewhere@example.org", Role.COORDINATOR, country="AM")
        found = put_open_consultation(session, lead)
        put_organisation(session, "Child Rights Network")
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        statement = statement_of(session, found["statement"])
        assert statement is not None
        version = version_of(session, statement.id, 1)
        assert version is not None
        return {**found, **keys, "block": blocks_of(version.body)[1].id}


def press(client: FlaskClient, page: str, action: str = "", **typed: str) -> TestResponse:
    """Open a page and send a form of it."""
    hidden = hidden_fields(client.get(page).text)
    return client.post(action or page, data={**hidden, **typed})


def test_a_consultation_from_its_opening_to_what_was_heard(app: Flask, names: dict[str, str]) -> None:
    """Everybody does their part on pages alone, nothing typed is lost, and what tells of a child is not kept."""
    lead, visitor = signed_in_client(app, names["lead"]), app.test_client()
    here = f"/en/programme/consultations/{names['asking']}"
    asked = press(lead, here, f"{here}/asked", lines="desk@network.example.org, Child Rights Network", locale="en")
    assert asked.status_code == 303
    unknown = press(lead, here, f"{here}/asked", lines="desk@x.example.org, Nobody Knows", locale="en")
    assert unknown.status_code == 422 and "Nobody Knows" in unknown.text
    with app.app_context():
        session = current_session(app)
        row = session.scalars(select(AskedOrganisation)).one()
        token = make_token(app, row.id)
    letter = mails(app)[-1].get_content()
    assert token in letter and "Children and artificial intelligence" in letter

    place = f"/ar/statements/answer/{token}/on/{names['block']}"
    assert press(visitor, place, text="مهم جدا", locale="ar").status_code == 303
    hurt = press(visitor, place, text="A man blackmails my daughter.", locale="en")
    assert hurt.status_code == 422 and "help-first" in hurt.text and "blackmails my daughter" in hurt.text
    long = press(visitor, place, text="z" * 100_000, locale="en")
    assert long.status_code == 422 and "z" * 100_000 in long.text
    open_place = f"/en/statements/consultations/{names['asking']}/on/whole"
    assert press(visitor, open_place, text="I am new here.", locale="en").status_code == 422
    assert press(visitor, open_place, text="<i>Play</i>", locale="fr", adult="y").status_code == 303
    assert "&lt;i&gt;Play" not in visitor.get(open_place).text

    answer_all(app, lead, names)
    heard = {"audience": "young-people", "basis": "partner", "qualifier": "exact", "countries": "15"}
    typed = {
        **heard,
        "age_band": "",
        "countries_qualifier": "more-than",
        "said": "They want to be asked.",
        "number": "",
    }
    assert press(lead, f"{here}/heard", **typed).status_code == 303
    assert press(lead, f"{here}/heard", **{**typed, "number": "many"}).status_code == 422
    with time_machine.travel(utcnow() + timedelta(days=40)):
        lead = signed_in_client(app, names["lead"])
        told = press(lead, here, f"{here}/summary", summary="Play matters.", do="tell")
        assert told.status_code == 303
        page = visitor.get(f"/fr/statements/consultations/{names['asking']}").text
        assert "Play matters." in page and "&lt;i&gt;Play" in page and 'dir="rtl"' in page


def answer_all(app: Flask, lead: FlaskClient, names: dict[str, str]) -> None:
    """Read what waits, and answer everything."""
    here = f"/en/programme/consultations/{names['asking']}/remarks"
    with app.app_context():
        found = {one.public_id: one.state for one in current_session(app).scalars(select(StatementRemark))}
    assert sorted(found.values()) == ["shown", "waiting"]
    for public_id, state in found.items():
        page = f"{here}/{public_id}"
        if state == "waiting":
            assert "a child who may be in danger" in lead.get(page).text
            assert press(lead, page, f"{page}/judged", do="show").status_code == 303
        wrong = press(lead, page, f"{page}/answer", outcome="partly", reason="", theme="Play")
        assert wrong.status_code == 422 and 'value="Play"' in wrong.text
        assert (
            press(lead, page, f"{page}/answer", outcome="partly", reason="See above", theme="Play").status_code == 303
        )
    for which in ("", "waiting", "answered", "nonsense"):
        assert lead.get(f"{here}?which={which}&page=x").status_code == 200


def test_a_statement_on_its_pages(app: Flask, names: dict[str, str]) -> None:
    """It is written, translated, compared and fixed; its public page tells the hash of the file that it gives."""
    lead, visitor = signed_in_client(app, names["lead"]), app.test_client()
    typed = {"title": "Another", "locale": "fr", "country": "MA", "programme": "", "body": BODY}
    made = press(lead, "/en/programme/statements/new", **typed)
    assert made.status_code == 303
    assert press(lead, "/en/programme/statements/new", **{**typed, "country": "AM"}).status_code == 422
    here = made.location.partition("#")[0]
    refused = press(lead, f"{here}/write", title="Another", body="<b>x</b>", note="")
    assert refused.status_code == 422 and "&lt;b&gt;x&lt;/b&gt;" in refused.text
    changed = hidden_body(lead.get(f"{here}/write").text).replace("share this duty", "share one duty")
    assert press(lead, f"{here}/write", title="Another", body=changed, note="One").status_code == 303
    assert "<ins>" in lead.get(f"{here}/compare?old=1&new=2").text
    late = press(lead, f"{here}/write", title="Another", body=changed + "\n\nTwo.", note="", made_of="1")
    assert late.status_code == 422 and f"{here}/compare?old=1&amp;new=2" in late.text and "Two." in late.text
    assert hidden_fields(late.text)["made_of"] == "2", "whoever was told can save"
    assert lead.get(f"{here}/compare?old=x&new={10**30}").status_code == 404
    assert press(lead, f"{here}/languages/ar", **{"t-title": "عنوان"}).status_code == 303
    assert press(lead, here, f"{here}/shown", number="2").status_code == 303
    fixed = press(lead, f"{here}/agree", agreed_on=utcnow().date().isoformat())
    assert fixed.status_code == 303
    public = here.replace("/programme", "")
    page = visitor.get(f"{public}?in=ar").text
    assert "عنوان" in page
    file = visitor.get(f"{public}/agreed/fr.txt")
    assert sha(file.data) in visitor.get(public).text
    assert visitor.get("/es/statements/").status_code == 200
    assert lead.get("/en/programme/statements/").status_code == 200


def test_a_coordinator_of_another_country_finds_nothing(app: Flask, names: dict[str, str]) -> None:
    """Neither its statements nor its consultations; and a made-up private address leads nowhere."""
    other, visitor = signed_in_client(app, names["elsewhere"]), app.test_client()
    assert "artificial" not in other.get("/en/programme/statements/").text
    for page in (f"statements/{names['statement']}", f"consultations/{names['asking']}"):
        assert other.get(f"/en/programme/{page}").status_code == 404
    assert visitor.get("/en/statements/answer/forged").status_code == 404
    with app.app_context():
        assert read_token(app, make_token(app, 7)) == 7


def hidden_body(page: str) -> str:
    """The text in the box of a page."""
    found = re.search(r"<textarea[^>]*name=\"body\"[^>]*>\r?\n?(.*?)</textarea>", page, re.S)
    assert found is not None
    return found[1].replace("&gt;", ">").replace("&#39;", "'")


def sha(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()
