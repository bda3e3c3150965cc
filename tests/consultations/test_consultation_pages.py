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
from coplearn.consultations.rules.drafts import RemarkDraft
from coplearn.consultations.rules.words import ConsultationWay
from coplearn.consultations.service import saying
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.programme.rules.words import ProgrammeRole
from coplearn.programme.service.programmes import seat_in_programme, write_programme
from coplearn.storage.database import current_session
from coplearn.web.limits import count_try
from tests.accounts.persona import hidden_fields, mails, post_with_token
from tests.cohorts.worlds import put_user, signed_in_client
from tests.conftest import MakeSite
from tests.consultations.worlds import (
    BODY,
    all_rows,
    put_asked,
    put_consultation,
    put_open_consultation,
    put_organisation,
    put_statement,
)


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


def test_comment_in_no_language_is_not_kept_and_what_is_not_there_is_no_page(app: Flask, names: dict[str, str]) -> None:
    """A paragraph that the text does not have, a version that nobody may read, and a language in which nothing was agreed."""
    visitor, here = app.test_client(), f"/en/statements/consultations/{names['asking']}/on"
    told = press(visitor, f"{here}/whole", text="Play matters.", locale="tlh", adult="y")
    assert told.status_code == 422 and "Choose the language that you wrote in." in told.text
    assert "Play matters." in told.text
    with app.app_context():
        assert current_session(app).scalars(select(StatementRemark)).all() == []
    statement = f"/en/statements/{names['statement']}"
    for path in (f"{here}/zzzzzzz", f"{statement}/compare?old=1&new=9", f"{statement}/agreed/fr.txt"):
        page = visitor.get(path)
        assert page.status_code == 404 and "There is no page at this address" in page.text, path


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


def stored(app: Flask) -> list[tuple[object, ...]]:
    """Everything that is kept of statements and consultations."""
    with app.app_context():
        return all_rows(current_session(app))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("desk@network.example.org", "Line 1: write one mail address"),
        ("desk@network.example.org, Child Rights Network\nChild Rights Network", "Line 2: write one mail address"),
        ("a@example.org, b@example.org, Child Rights Network", "Line 1: write one mail address"),
        ("desk@@example, Child Rights Network", "Line 1: write one mail address"),
        (" \n", "Write at least one line"),
        ("desk@network.example.org, Child Rights Network\n" * 101, "Write at least one line, and at most 100"),
    ],
)
def test_lines_that_cannot_be_read_ask_nobody(app: Flask, names: dict[str, str], lines: str, told: str) -> None:
    """Not even the organisations of the lines before are written to; what was typed is still in the box."""
    lead, here, before = (
        signed_in_client(app, names["lead"]),
        f"/en/programme/consultations/{names['asking']}",
        stored(app),
    )
    page = press(lead, here, f"{here}/asked", lines=lines, locale="en")
    assert page.status_code == 422 and told in page.text and lines.split(",")[0].strip() in page.text
    assert stored(app) == before and not mails(app)


def test_addresses_that_lead_nowhere_change_nothing(app: Flask, names: dict[str, str]) -> None:
    """A made-up address, a language that is none, another consultation's row, and what is not public are not found."""
    with app.app_context():
        session = current_session(app)
        lead_id = put_user(session, "lead@example.org")
        statement = put_statement(session, lead_id, now=utcnow())
        asking = put_consultation(session, statement, lead_id, ConsultationWay.ASKED, utcnow().date(), now=utcnow())
        ours, theirs = (put_asked(session, asking, name, lead_id, utcnow()) for name in ("Ours", "Theirs"))
        said = saying.say(session, asking, theirs, RemarkDraft("", "Theirs alone.", "en"), now=utcnow())
        token, remark_id, asked_id = make_token(app, ours.id), said.public_id, ours.id
        closed, hidden = asking.consultation.public_id, statement.public_id
        session.commit()
    lead, visitor, before = signed_in_client(app, names["lead"]), app.test_client(), stored(app)
    staff, open_asking = "/en/programme", f"/en/programme/consultations/{names['asking']}"
    for client, address in (
        (lead, f"{staff}/statements/nowhere"),
        (lead, f"{staff}/consultations/nowhere"),
        (lead, f"{open_asking}/remarks/{remark_id}"),
        (lead, f"{staff}/statements/{hidden}/languages/en"),
        (lead, f"{staff}/statements/{hidden}/languages/zz"),
        (visitor, "/en/statements/nowhere"),
        (visitor, f"/en/statements/{hidden}"),
        (visitor, "/en/statements/consultations/nowhere"),
        (visitor, f"/en/statements/consultations/{closed}"),
    ):
        assert client.get(address).status_code == 404, address
    for client, address, typed in (
        (lead, f"{open_asking}/asked/{asked_id}/end", {}),
        (lead, f"{staff}/statements/{hidden}/languages/zz", {"t-title": "Title"}),
        (visitor, f"/en/statements/answer/{token}/back/{remark_id}", {}),
    ):
        assert post_with_token(client, address, typed).status_code == 404, address
    here = f"{staff}/statements/{hidden}"
    for number in ("2", "0", "x", ""):
        assert press(lead, here, f"{here}/shown", number=number).status_code == 303
        assert "Choose a version of this statement." in lead.get(here).text, number
    assert stored(app) == before


def test_a_reader_of_a_programme_reads_its_statement_and_writes_nothing(app: Flask, names: dict[str, str]) -> None:
    """The page opens; every way to write is not there for them."""
    with app.app_context():
        session = current_session(app)
        put_user(session, "reader@example.org")
        programme = write_programme(session, None, "COP", "", utcnow())
        seat_in_programme(session, programme, "reader@example.org", ProgrammeRole.READER, "", utcnow())
        statement = statement_of(session, names["statement"])
        assert statement is not None
        statement.programme_id = programme.id
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "reader@example.org")).one()
    reader, here, before = signed_in_client(app, key), f"/en/programme/statements/{names['statement']}", stored(app)
    assert reader.get(here).status_code == 200
    assert reader.get(f"{here}/write").status_code == 404
    assert post_with_token(reader, f"{here}/shown", {"number": ""}).status_code == 404
    assert stored(app) == before


def test_one_address_sends_so_many_comments_in_a_day_and_loses_none(make_app: MakeSite) -> None:
    """The last one that is taken is kept; the next stays in the box, with a sentence that says when to send it."""
    app = make_app(rate_limits=True)
    with app.app_context():
        session = current_session(app)
        found = put_open_consultation(session, put_user(session, "lead@example.org"))
        session.commit()
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(199):
            count_try("remarks", 86_400)
    visitor, place = app.test_client(), f"/en/statements/consultations/{found['asking']}/on/whole"
    assert press(visitor, place, text="Add play.", locale="en", adult="y").status_code == 303
    before = stored(app)
    late = press(visitor, place, text="Add rest as well.", locale="en", adult="y")
    assert late.status_code == 422 and "as much as can be sent in one day" in late.text
    assert "Add rest as well." in late.text and stored(app) == before


def hidden_body(page: str) -> str:
    """The text in the box of a page."""
    found = re.search(r"<textarea[^>]*name=\"body\"[^>]*>\r?\n?(.*?)</textarea>", page, re.S)
    assert found is not None
    return found[1].replace("&gt;", ">").replace("&#39;", "'")


def sha(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()
