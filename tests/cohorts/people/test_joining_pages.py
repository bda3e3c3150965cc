"""The pages of people, joining and lists, as a browser without JavaScript sees them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typst
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.people.rules.joining import person_key
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, hidden_fields, link_in, mails
from tests.cohorts.worlds import put_cohort, put_member, put_staff, put_user, signed_in_client
from tests.counting import can_save, counted

CODE = "K7MP3WXA"
TRAINER = "trainer@example.org"
LIST = "Name;Mail;School;Language\nAni;ani@example.org;School 7;\nBen;;School 7;\nCem;cem@@x;;\nDan;;;Klingon\n"


@dataclass
class Place:
    """A cohort with a trainer who is signed in."""

    app: Flask
    trainer: FlaskClient
    cohort_id: str

    def path(self, rest: str = "people", lang: str = "en") -> str:
        """An address inside the cohort."""
        return f"/{lang}/cohorts/{self.cohort_id}/{rest}"

    def send(self, path: str, page: str = "", **fields: object) -> TestResponse:
        """Press a button of the trainer's."""
        token = hidden_fields(self.trainer.get(page or self.path()).text)["csrf_token"]
        return self.trainer.post(path, data={"csrf_token": token, **fields})

    def work(self) -> None:
        """Do the next job, as the machine would."""
        assert site_of(self.app).jobs.work_next()

    def look(self, raw: bytes, name: str = "list.csv") -> tuple[str, str]:
        """Upload a list; the address it leads to and what stands there."""
        answer = self.send(self.path("people/roster"), file=(io.BytesIO(raw), name))
        assert answer.status_code == 303, answer.text
        return answer.location, self.trainer.get(answer.location).text


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A browser in which the person with that account is signed in."""
    with app.app_context():
        key = current_session(app).scalar(select(User.fs_uniquifier).where(User.email == email))
    return signed_in_client(app, key)


@pytest.fixture
def place(app: Flask) -> Place:
    """A cohort that people join by CODE, and its trainer's browser."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session, join_code=CODE, languages=["ar"])
        put_staff(session, cohort, TRAINER, "trainer")
        session.commit()
        name = cohort.public_id
    return Place(app, signed_in(app, TRAINER), name)


def people_in(app: Flask) -> dict[str, str]:
    """Names and states of everybody."""
    with app.app_context():
        rows = current_session(app).execute(select(Membership.name, Membership.state))
        return {row[0]: row[1] for row in rows}


def test_list_comes_in_by_looking_and_one_press(place: Place) -> None:
    """The look says what each line comes to and writes nobody; the press brings it in; the file with reasons opens as CSV."""
    address, page = place.look(LIST.encode())
    for words in ("What it would change", "This is not a mail address.", "No language of this site", "cem@@x"):
        assert words in page
    assert people_in(place.app) == {}
    problems = place.trainer.get(f"{address}/problems.csv").data.decode("utf-8-sig").splitlines()
    assert problems[0] == "Name,Mail,School,Language,Line,What is wrong"
    assert problems[1] == "Cem,cem@@x,,,4,Mail address: This is not a mail address."
    assert place.send(address, do="take").status_code == 303
    assert people_in(place.app) == {"Ani": "invited", "Ben": "active", "Dan": "active"}
    assert "What it has changed" in place.trainer.get(address).text
    place.send(address, do="take")
    assert len(people_in(place.app)) == 3


def test_list_is_read_otherwise_when_a_person_says_so(place: Place) -> None:
    """Another encoding, another column for the name, in at once: each by the form, looked at anew each time."""
    raw = "Nombre;Correo\nÍñigo Peña;a@example.org\n".encode("cp1252")
    address, page = place.look(raw)
    assert "Íñigo Peña" in page
    wrong = place.send(address, do="look", encoding="cp1251", delimiter=";")
    assert "Нсigo" in place.trainer.get(wrong.location).text
    place.send(address, do="look", encoding="cp1252", delimiter=";")
    place.send(address, do="look", encoding="cp1252", delimiter=";", **{"column-0": "name"}, take_part="yes")
    place.send(address, do="take")
    assert people_in(place.app) == {"Íñigo Peña": "active"}


def test_nobody_waits_while_a_list_is_read_or_cards_are_printed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever a page opens a list's file or sets a paper, somebody else can save."""
    free: dict[str, list[bool]] = {"read": [], "set": []}
    opened, compiled = Path.open, typst.compile

    def look(path: Path, *args: Any, **options: Any) -> Any:
        if path.parent.name == "rosters":
            free["read"].append(can_save(place.app))
        return opened(path, *args, **options)

    def compile_(*args: Any, **options: Any) -> Any:
        free["set"].append(can_save(place.app))
        return compiled(*args, **options)

    monkeypatch.setattr(Path, "open", look)
    monkeypatch.setattr(typst, "compile", compile_)
    address, _ = place.look(LIST.encode())
    uploaded = len(free["read"])
    place.send(address, do="look", encoding="cp1252", delimiter=";")
    assert len(free["read"]) > uploaded
    place.send(address, do="take")
    assert place.send(place.path("people/cards")).mimetype == "application/pdf"
    assert free["set"] and all(free["read"] + free["set"]), free


def test_large_list_waits_for_the_machine_and_shows_how_far_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of more than a few thousand people is a job; its page loads itself again without a script."""
    monkeypatch.setattr("coplearn.cohorts.people.views.rosters.AT_ONCE", 10)
    address, page = place.look(LIST.encode())
    assert 'http-equiv="refresh"' in page
    assert "is being read" in page
    place.work()
    assert "What it would change" in place.trainer.get(address).text


def test_list_that_is_none_is_refused_on_the_page(place: Place) -> None:
    """No file, a PDF: a sentence at once, and nothing is kept. A broken workbook: the machine finds out, and its page says it."""
    folder = site_of(place.app).settings.instance_path / "rosters"
    for raw, words in ((b"%PDF-1.7", "not a table"), (b"", "empty")):
        answer = place.send(place.path("people/roster"), file=(io.BytesIO(raw), "x.xlsx"))
        assert words in place.trainer.get(answer.location).text
    assert list(folder.iterdir()) == []
    address, page = place.look(b"PK\x03\x04 broken", "x.xlsx")
    assert "The file is being read" in page
    place.work()
    assert "cannot be opened" in place.trainer.get(address).text
    place.send(address, page=address, do="forget")
    assert [path.name for path in folder.iterdir()] == ["turn"]


def test_list_of_three_megabytes_is_taken_though_other_pages_take_two(place: Place) -> None:
    """The limit is raised for this address alone."""
    token = hidden_fields(place.trainer.get(place.path()).text)["csrf_token"]
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
        "Name;Mail\nAni;\n" + "\n" * 3_000_000 + "\r\n--x--\r\n"
    ).encode()
    found = {
        rest: place.trainer.post(
            place.path(rest), data=body, content_type="multipart/form-data; boundary=x"
        ).status_code
        for rest in ("people/roster", "people/new")
    }
    assert found == {"people/roster": 303, "people/new": 413}


def test_hostile_names_are_text_and_exports_hold_no_formula(place: Place) -> None:
    """Markup and formulas come out as they were typed and do nothing, on the page and in the files."""
    raw = b'Name;School\n<script>alert(1)</script>;"=HYPERLINK(""x"")"\n+1;@x\n'
    address, page = place.look(raw)
    assert "<script>alert" not in page
    place.send(address, do="take")
    assert "<script>alert" not in place.trainer.get(place.path()).text
    export = place.trainer.get(place.path("people/list.csv")).data.decode("utf-8-sig")
    assert "'=HYPERLINK" in export
    assert "'+1" in export


def test_visitor_signs_up_by_the_code_and_is_brought_back_to_it(place: Place) -> None:
    """From the picture on the wall through a new account and its mail to the one press; the trainer lets them in."""
    with place.app.app_context():
        session = current_session(place.app)
        session.execute(update(Cohort).values(join_needs_approval=True))
        session.commit()
    visitor, door = Visitor(place.app), f"/ar/cohorts/join/{CODE}"
    page = visitor.get(door).text
    assert "Rabat, autumn" in page
    assert f"next={door}" in page.replace("%2F", "/")
    visitor.sign_up("new@example.org", lang="ar")
    assert visitor.get(link_in(mails(place.app)[-1])).location.endswith(door)
    assert visitor.send(door).status_code == 303
    assert people_in(place.app) == {"new@example.org": "waiting"}
    listed = place.trainer.get(place.path() + "?state=waiting").text
    member = listed.partition("/people/")[2]
    assert "Let in" in listed, member
    with place.app.app_context():
        number = current_session(place.app).scalar(select(Membership.public_id))
    place.send(place.path(f"people/{number}/approve"))
    assert people_in(place.app) == {"new@example.org": "active"}
    assert "take part in it already" in visitor.get(f"/en/cohorts/join/{CODE.lower()}").text


def test_typed_code_leads_to_its_door_and_guessing_is_slowed(make_app: object) -> None:
    """In any spelling; sixty wrong ones from one address in ten minutes are enough."""
    app: Flask = make_app(rate_limits=True)  # type: ignore[operator] # the fixture's own function
    with app.app_context():
        put_cohort(current_session(app), join_code=CODE)
        current_session(app).commit()
    visitor = Visitor(app)
    assert visitor.send("/en/cohorts/join", code=" k7mp-3wxa ").location == f"/en/cohorts/join/{CODE}"
    form = hidden_fields(visitor.get("/en/cohorts/join").text) | {"code": "AAAABBBB"}
    for _ in range(60):
        assert visitor.client.post("/en/cohorts/join", data=form).status_code == 404
    blocked = visitor.client.post("/en/cohorts/join", data=form | {"code": CODE})
    assert blocked.status_code == 429
    assert int(blocked.headers["Retry-After"]) > 0
    assert visitor.get(f"/en/cohorts/join/{CODE}").status_code == 429


def test_invitation_by_mail_joins_whoever_opens_it_once(place: Place) -> None:
    """The letter's address takes the seat with any account; forged, it is nobody's; a corrected address closes it."""
    place.look(b"Name;Mail\nAni;ani@example.org\nBen;ben@example.org\n")
    with place.app.app_context():
        session = current_session(place.app)
        cohort = session.scalars(select(Cohort)).one()
        for email in ("ani@example.org", "ben@example.org"):
            put_member(
                session, cohort, email, user_id=None, state="invited", key=person_key("", email, ""), locale="en"
            )
        session.commit()
    place.send(place.path("people/invite"))
    letters = {mail["To"]: link_in(mail).partition("/en/")[2] for mail in mails(place.app)}
    path = "/en/" + letters["ani@example.org"]
    with place.app.app_context():
        put_user(current_session(place.app), "w@x.org")
        current_session(place.app).commit()
    ani = signed_in(place.app, "w@x.org")
    assert "Rabat, autumn" in ani.get(path).text
    assert ani.post(path, data={"csrf_token": hidden_fields(ani.get(path).text)["csrf_token"]}).status_code == 303
    assert people_in(place.app)["Ani"] == "active"
    assert place.trainer.get(path).status_code == 410
    assert place.trainer.get(path[:-2] + "xx").status_code == 404
    with place.app.app_context():
        session = current_session(place.app)
        session.execute(update(Membership).values(email="b2@example.org").where(Membership.name == "Ben"))
        session.commit()
    assert place.trainer.get("/en/" + letters["ben@example.org"]).status_code == 404


def test_cards_and_poster_are_papers_in_the_cohorts_language(place: Place) -> None:
    """PDFs with the code in them; the names of the files say nothing."""
    place.send(place.path("people/new"), name="أحمد بن علي", language="ar")
    cards = place.send(place.path("people/cards"))
    poster = place.trainer.get(place.path("people/poster.pdf"))
    for answer, name in ((cards, "cards-1.pdf"), (poster, "poster.pdf")):
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    with place.app.app_context():
        session = current_session(place.app)
        code = session.scalar(select(Membership.card_code))
        put_user(session, "holder@example.org")
        session.commit()
    holder = signed_in(place.app, "holder@example.org")
    assert "This place is kept for" in holder.get(f"/en/cohorts/card/{code}").text
    # Whoever runs the cohort scans it to mark who is here.
    assert place.trainer.get(f"/en/cohorts/card/{code}").status_code == 302
    assert "أحمد" not in Visitor(place.app).get(f"/en/cohorts/card/{code}").text


def test_person_is_added_and_corrected_by_a_form_that_says_what_is_wrong(place: Place) -> None:
    """No name, no address, the same address twice: at the field, and what was typed stays."""
    assert place.send(place.path("people/new"), name="", email="x").status_code == 422
    wrong = place.send(place.path("people/new"), name="Ani", email="not an address")
    assert "This is not a mail address." in wrong.text
    assert 'value="Ani"' in wrong.text
    assert place.send(place.path("people/new"), name="Ani", email="ani@example.org", language="ar").status_code == 303
    twice = place.send(place.path("people/new"), name="Other", email="ani@example.org", language="ar")
    assert "is in this cohort already" in twice.text


def test_code_is_kept_by_settings_that_say_until_when(place: Place) -> None:
    """The last day counts to its end where the cohort is held; yesterday is refused; a new code closes the old one."""
    assert "Saved." in _told(place, do="open", last_day="2030-05-01", approval="y")
    with place.app.app_context():
        cohort = current_session(place.app).scalars(select(Cohort)).one()
        assert cohort.join_expires_at is not None
        assert cohort.join_expires_at.isoformat() == "2030-05-01T23:00:00+00:00"
        assert (cohort.join_code, cohort.join_needs_approval) == (CODE, True)
    assert "still to come" in _told(place, do="open", last_day="2020-05-01")
    assert "new code" in _told(place, do="renew")
    assert Visitor(place.app).get(f"/en/cohorts/join/{CODE}").status_code == 404
    assert "closed" in _told(place, do="close")


def _told(place: Place, **fields: Any) -> str:
    return place.trainer.get(place.send(place.path("joining"), **fields).location).text


def test_page_of_ten_thousand_people_costs_what_a_page_of_forty_does(place: Place) -> None:
    """At most twelve statements, and the same number of them."""
    with place.app.app_context():
        session = current_session(place.app)
        cohort = session.scalars(select(Cohort)).one()
        put_member(session, cohort, None)
        session.commit()
    # That they read the list is written in the audit log once an hour.
    place.trainer.get(place.path())
    with counted(place.app) as few:
        place.trainer.get(place.path())
    with place.app.app_context():
        session = current_session(place.app)
        first = session.scalars(select(Membership)).one()
        plain = {
            column.name: getattr(first, column.name) for column in Membership.__table__.columns if column.name != "id"
        }
        rows = [
            plain | {"public_id": f"m{n}", "key": f"k{n}", "name": f"N{n:05}", "calendar_token": f"t{n}"}
            for n in range(10_000)
        ]
        session.execute(insert(Membership), rows)
        session.commit()
    with counted(place.app) as many:
        page = place.trainer.get(place.path()).text
    # Published texts are looked for every two seconds, whoever opens what.
    costs = [sum("catalog_version" not in statement for statement in sent) for sent in (few, many)]
    assert costs[0] == costs[1] <= 12
    assert page.count('<th scope="row">') == 40
