"""Pages of the hub and of its experts: contributing with and without an account, hostile files, the desk, votes, the search."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.files.document_types import document_type
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter
from coplearn.resources.experts.mail import nominee_token
from coplearn.resources.experts.models import ExpertNomination
from coplearn.resources.hub.mail import confirm_token
from coplearn.resources.hub.models import Resource, ResourceVersion
from coplearn.resources.hub.rules import Criterion
from coplearn.resources.hub.tasks import check_links
from coplearn.resources.hub.views import MOST_BY_ACCOUNT
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client
from tests.conftest import MakeSite
from tests.resources.worlds import put_hub_member

PDF = b"%PDF-1.4 a card"
FORM = {
    "title": "A zebrawood card",
    "about": "One page that says whom to call.",
    "publisher": "School 7",
    "languages": "en",
    "audiences": "educators",
    "format": "poster",
    "licence": "cc-by-4.0",
    "evidence": "Used in schools.",
}
PEOPLE = ("author", "ana", "ben", "cleo", "dan", "keeper")


def packed(*names: str) -> bytes:
    """An office file with those parts."""
    out = BytesIO()
    with ZipFile(out, "w") as made:
        for name in ("[Content_Types].xml", *names):
            made.writestr(name, "x")
    return out.getvalue()


def test_a_file_is_what_it_holds() -> None:
    """Whatever its name says; with macros, scripts or a web page in it, it is nothing that is taken."""
    for content, extension in (
        (PDF, "pdf"),
        (packed("word/document.xml"), "docx"),
        (packed("ppt/presentation.xml", "xl/workbook.xml"), "pptx"),
    ):
        found = document_type(BytesIO(content))
        assert found is not None and found.extension == extension
    for content in (
        b"",
        b"<html><script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90",
        packed("word/document.xml", "word/vbaProject.bin"),
        packed("a.exe", "word/x"),
        packed()[:40],
    ):
        assert document_type(BytesIO(content)) is None, content[:8]


@pytest.fixture
def people(app: Flask) -> dict[str, FlaskClient]:
    """A contributor, four members of the hub of different houses, and who looks after it."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        session = current_session(app)
        for name in PEOPLE:
            put_user(session, f"{name}@example.org")
        for name in PEOPLE[1:5]:
            put_hub_member(session, f"{name}@example.org", f"House of {name}")
        grant_role(session, "keeper@example.org", Role.COORDINATOR)
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
    return {name: signed_in_client(app, keys[name]) for name in PEOPLE} | {"visitor": app.test_client()}


def appraisal(level: int) -> dict[str, str]:
    """An appraiser's form with that level everywhere."""
    form = {"remark": "Good for schools.", "no_conflict": "y"}
    return form | {f"level-{one}": str(level) for one in Criterion} | {f"why-{one}": "Seen." for one in Criterion}


def test_a_guide_with_an_arabic_title_is_arabic_whatever_the_page_of_who_contributes_it(
    app: Flask, people: dict[str, FlaskClient]
) -> None:
    """It stands from right to left and is searched as Arabic is; what fits the page's own script is of the page's language."""
    arabic = {
        "title": "دليل الأسرة للألعاب الآمنة",
        "about": "صفحة واحدة.",
        "languages": "ar",
        "url": "https://example.org/a",
    }
    french = {"title": "Une affiche", "about": "Une page.", "languages": "fr", "url": "https://example.org/b"}
    georgian = {
        "title": "უსაფრთხო თამაშები",
        "about": "ერთი გვერდი.",
        "languages": "ka",
        "url": "https://example.org/c",
    }
    for page, typed in (("en", arabic), ("ru", arabic), ("fr", french), ("en", french), ("en", georgian)):
        assert people["author"].post(f"/{page}/resources/new", data=FORM | typed).status_code == 303
    with app.app_context():
        versions = current_session(app).scalars(select(ResourceVersion).order_by(ResourceVersion.id))
        assert [one.locale for one in versions] == ["ar", "ar", "fr", "en", ""]


def test_from_a_file_to_the_list_the_search_and_out_of_it_again(app: Flask, people: dict[str, FlaskClient]) -> None:
    """A PDF is contributed, appraised by two, listed, found, handed out as a download; then taken down, and found no more."""
    author, visitor, keeper = people["author"], people["visitor"], people["keeper"]
    bad = author.post("/en/resources/new", data={**FORM, "file": FileStorage(BytesIO(b"<html>"), "a.pdf")})
    assert bad.status_code == 422 and "This kind of file is not taken" in bad.text and "A zebrawood card" in bad.text
    sent = author.post("/en/resources/new", data={**FORM, "file": FileStorage(BytesIO(PDF), "a.pdf")})
    assert sent.status_code == 303
    address = sent.location
    assert author.get(address).status_code == 200 and visitor.get(address).status_code == 404
    assert visitor.get("/en/resources/").text.count("zebrawood") == 0
    assert "1 resource waits for your appraisal" in people["ana"].get("/en/work").text
    assert author.get(f"{address}/appraise").status_code == 404
    missing = people["ana"].post(f"{address}/appraise", data={"remark": "A remark to keep.", "level-safety": "2"})
    assert (
        missing.status_code == 422
        and "A remark to keep." in missing.text
        and "choose a level and say why" in missing.text
    )
    for name in ("ana", "ben"):
        assert people[name].get(f"{address}/appraise").status_code == 200
        assert people[name].post(f"{address}/appraise", data=appraisal(2)).status_code == 303
    page = visitor.get(address).text
    assert "Recommended" in page and "Ana" in page and "House of ben" in page and "CC BY 4.0" in page
    file = visitor.get(f"{address}/file")
    assert file.data == PDF and file.headers["Content-Disposition"].startswith("attachment")
    assert (
        "A zebrawood card"
        in visitor.get("/en/resources/?language=en&audience=educators&rating=recommended&page=x").text
    )
    assert "A zebrawood card" not in visitor.get("/en/resources/?language=fr").text
    assert "zebrawood" in found(app, visitor)
    note = {"reason": "harm", "note": "A picture in it."}
    assert people["ana"].post(f"{address}/take-down", data=note).status_code == 404
    assert keeper.post(f"{address}/take-down", data=note).status_code == 303
    assert "zebrawood" not in searched(visitor) and visitor.get(f"{address}/file").status_code == 404
    page = visitor.get(address).text
    assert "A picture in it." in page and "It may do harm" in page
    keeper.post(f"{address}/put-back", data={"note": "It is gone."})
    assert "zebrawood" in searched(visitor)


def found(app: Flask, client: FlaskClient) -> str:
    """The page of a search, once the records of the hub are indexed."""
    with app.app_context():
        index, today = site_of(app).search_index, utcnow().date()
        for name, stamp in index.wanted(today).items():
            if name.startswith("resources."):
                index.renew_piece(name, stamp, today)
    return searched(client)


def searched(client: FlaskClient) -> str:
    """The main part of the page of a search, in another language than the record's, but for the box with the words."""
    answer = client.post("/fr/search", data={"words": "zebrawood card"})
    page = client.get(answer.location).text.partition('<main id="main"')[2].partition("</main>")[0]
    return page.replace('value="zebrawood card"', "")


def test_without_an_account_a_letter_confirms_first(app: Flask, people: dict[str, FlaskClient]) -> None:
    """The address is asked for and kept to itself; nothing goes on before the button behind the letter's link."""
    visitor = people["visitor"]
    form = {**FORM, "url": "https://127.0.0.1/card"}
    assert "Please type your mail address" in visitor.post("/en/resources/new", data=form).text
    assert visitor.post("/en/resources/new", data={**form, "email": "Vera@Example.org"}).status_code == 303
    with app.app_context():
        session = current_session(app)
        letter, resource = session.scalars(select(Letter)).one(), session.scalars(select(Resource)).one()
        assert (letter.kind, resource.contact) == ("resource-confirm", "vera@example.org")
        address = f"/en/resources/confirm/{confirm_token(app, resource.public_id)}"
    assert "Yes, I contributed it" in visitor.get(address).text
    assert "Nothing waits here now." in people["ana"].get("/en/resources/desk").text
    assert visitor.post(address).status_code == 303 and "it is confirmed" in visitor.get(address).text
    desk = people["ana"].get("/en/resources/desk").text
    assert "A zebrawood card" in desk and "vera@" not in desk
    with app.app_context():
        session = current_session(app)
        public_id = session.scalars(select(Resource.public_id)).one()
    for name in ("ana", "ben"):
        people[name].post(f"/en/resources/{public_id}/appraise", data=appraisal(2))
    # The link leads to this machine, which is never asked: marked, and still listed.
    with app.app_context():
        session = current_session(app)
        check_links(app, session, utcnow())
        assert session.scalars(select(Resource.link_failed_since)).one() is not None
    assert "Link not reached lately" in visitor.get("/en/resources/").text


def test_an_expert_agrees_and_is_voted_on(app: Flask, people: dict[str, FlaskClient]) -> None:
    """By the pages: nominated, asked by letter, agreed, voted on, listed with the numbers; strangers open no desk."""
    visitor, keeper = people["visitor"], people["keeper"]
    assert visitor.get("/en/resources/experts/desk").status_code == 302
    assert people["author"].get("/en/resources/experts/desk").status_code == 404
    nominee = {"name": "Zaruhi Q.", "email": "zaruhi@example.org", "locale": "fr", "country": "AM", "subject": "Law"}
    form = nominee | {"organisation": "University", "reason": "Wrote the guide.", "by_organisation": "Fund"}
    wrong = people["ana"].post("/en/resources/experts/desk", data=form | {"email": "no", "country": "XX"})
    assert wrong.status_code == 422 and "This is no mail address." in wrong.text and "Wrote the guide." in wrong.text
    assert people["ana"].post("/en/resources/experts/desk", data=form).status_code == 303
    with app.app_context():
        public_id = current_session(app).scalars(select(ExpertNomination.public_id)).one()
        answer = f"/fr/resources/experts/answer/{nominee_token(app, public_id)}"
    assert "Zaruhi Q." in visitor.get(answer).text and "Zaruhi" not in visitor.get("/en/resources/experts/").text
    assert visitor.post(answer, data={"do": "agree", "interests": " "}).status_code == 422
    assert visitor.post(answer, data={"do": "agree", "interests": "Advises a bank."}).status_code == 303
    assert people["ana"].post(f"/en/resources/experts/{public_id}/open").status_code == 404
    assert keeper.post(f"/en/resources/experts/{public_id}/open").status_code == 303
    for name, choice in (("ben", "yes"), ("cleo", "yes")):
        people[name].post(f"/en/resources/experts/{public_id}/vote", data={"choice": choice})
    desk = people["dan"].get("/en/resources/experts/desk").text
    assert "Your vote, until" in desk and "Yes: " not in desk
    people["dan"].post(f"/en/resources/experts/{public_id}/vote", data={"choice": "abstain"})
    page = visitor.get("/en/resources/experts/").text
    assert "Zaruhi Q." in page and "Advises a bank." in page and "zaruhi@" not in page
    assert visitor.post(answer, data={"do": "withdraw"}).status_code == 303
    assert "Zaruhi" not in visitor.get("/en/resources/experts/").text


def test_who_looks_after_the_hub_names_its_members(people: dict[str, FlaskClient]) -> None:
    """A person with an account gets a seat and loses it; one without an account is told of, on the form as it was."""
    keeper = people["keeper"]
    form = {"email": "author@example.org", "organisation": "House", "task": "votes"}
    unknown = keeper.post("/en/resources/people", data={**form, "email": "nobody@example.org"})
    assert unknown.status_code == 422 and "nobody@example.org" in unknown.text
    assert people["author"].post("/en/resources/people", data=form).status_code == 404
    assert keeper.post("/en/resources/people", data=form).status_code == 303
    assert people["author"].get("/en/resources/desk").status_code == 200
    assert keeper.post("/en/resources/people/5/end").status_code == 303
    assert "/en/sign-in" in str(people["author"].get("/en/resources/desk").location), "signed out with the seat"


def test_one_account_cannot_flood_the_hub(make_app: MakeSite) -> None:
    """Each contribution may hold a large file and writes to every appraiser: so many a day from one account."""
    app = make_app(rate_limits=True)
    with app.app_context():
        number = put_user(current_session(app), "author@example.org")
        current_session(app).commit()
        key = current_session(app).get_one(User, number).fs_uniquifier
    client = signed_in_client(app, key)
    sent = {"csrf_token": hidden_fields(client.get("/en/resources/new").text)["csrf_token"]}
    came = [
        client.post("/en/resources/new", data=sent, environ_overrides={"REMOTE_ADDR": f"198.51.100.{at}"}).status_code
        for at in range(MOST_BY_ACCOUNT + 1)
    ]
    assert came == [422] * MOST_BY_ACCOUNT + [429]
