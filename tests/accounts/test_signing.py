"""Signing up, in and out, and what a stranger can learn from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from coplearn.accounts.models import EndedSession, User
from coplearn.accounts.service import forget_ended, forget_unconfirmed
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import PASSWORD, Visitor, hidden_fields, link_in, mails
from tests.sizes import some_of

LOCALES = ("en", "ar", "zh", "fr", "ru", "es")
PAGES = ("sign-in", "sign-up", "new-password", "confirm")


def stored(app: Flask, email: str) -> User | None:
    with app.app_context():
        return current_session(app).scalar(select(User).where(User.email == email))


def visible(text: str) -> str:
    """The page without what differs between any two loads of it: tokens."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)


def test_account_from_sign_up_to_sign_out(each_app: Flask) -> None:
    """Somebody makes an account, presses the link in the mail, signs in and out again."""
    app, visitor = each_app, Visitor(each_app)
    answer = visitor.sign_up("Ana@Example.org", lang="fr")
    assert (answer.status_code, answer.location) == (302, "/fr/sign-in")
    (mail,) = mails(app)
    assert mail["To"] == "ana@example.org"
    assert mail["Content-Language"] == "fr"
    assert mail.get_content_type() == "text/plain"
    account = stored(app, "ana@example.org")
    assert account is not None
    assert account.locale == "fr"
    assert account.confirmed_at is None
    assert (account.password or "").startswith("$argon2id$")
    assert visitor.sign_in("ana@example.org").status_code == 200, "not before the address is confirmed"
    other = Visitor(app)
    assert other.get(link_in(mail)).location == "/fr/sign-in", (
        "the link signs nobody in who did not ask for the account"
    )
    assert not other.is_signed_in
    assert visitor.sign_in("ANA@example.org").location == "/en/me/"
    assert visitor.is_signed_in
    assert visitor.send("/en/sign-out", page="/en/change-password").location == "/en/"
    assert not visitor.is_signed_in


def test_sign_in_says_why_to_somebody_who_knows_the_password(visitor: Visitor) -> None:
    """With the right password an unconfirmed person is told what to do; with a wrong one nothing is given away."""
    visitor.sign_up("ana@example.org")
    assert "press the link" in visitor.sign_in("ana@example.org").text
    assert "press the link" not in visitor.sign_in("ana@example.org", "another long one").text


def test_sign_in_looks_the_same_for_wrong_password_and_unknown_address(visitor: Visitor, app: Flask) -> None:
    """The page does not tell who has an account."""
    Visitor(app).join("ana@example.org")
    wrong = visitor.sign_in("ana@example.org", "not the password")
    unknown = visitor.sign_in("eve@example.org", "not the password")
    assert wrong.status_code == unknown.status_code == 200
    assert visible(wrong.text).replace("ana@", "eve@") == visible(unknown.text)
    assert "do not go together" in wrong.text


@pytest.mark.parametrize("page", ["sign-up", "new-password", "confirm"])
def test_forms_look_the_same_for_known_and_unknown_address(visitor: Visitor, app: Flask, page: str) -> None:
    """Neither sign-up nor the two forms that send a link tell who has an account."""
    Visitor(app).join("ana@example.org")
    answers = [
        Visitor(app).send(f"/en/{page}", email=email, password=PASSWORD)
        for email in ("ana@example.org", "eve@example.org")
    ]
    known, unknown = answers
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert visible(known.text).replace("ana@", "eve@") == visible(unknown.text)


def test_sign_up_for_a_known_address_tells_its_owner(visitor: Visitor, app: Flask) -> None:
    """The owner gets a mail that says there is an account, and the account does not change."""
    Visitor(app).join("ana@example.org")
    before = stored(app, "ana@example.org")
    visitor.sign_up("ana@example.org", "somebody elses words")
    after = stored(app, "ana@example.org")
    assert before is not None
    assert after is not None
    assert before.password == after.password
    assert "You have one already" in mails(app)[-1].get_content()


def test_sign_in_leads_back_to_the_page_that_was_wanted(visitor: Visitor, app: Flask) -> None:
    """A path of the site in next is honoured, its question string too."""
    Visitor(app).join("ana@example.org")
    assert visitor.sign_in("ana@example.org", query="?next=/ar/about%3Fa%3D1").location == "/ar/about?a=1"


@pytest.mark.parametrize("token", some_of([None, "", "not-a-token", "stale"], 2))
@pytest.mark.parametrize("path", ["sign-up", "sign-in", "new-password", "confirm", "change-password", "sign-out"])
def test_form_without_a_good_token_changes_nothing(visitor: Visitor, app: Flask, path: str, token: str | None) -> None:
    """A form sent from elsewhere is refused: no account, no mail, nobody signed in or out."""
    other = Visitor(app)
    other.join("ana@example.org")
    if path in ("change-password", "sign-out"):
        visitor.sign_in("ana@example.org")
    before, count, inside = stored(app, "ana@example.org"), len(mails(app)), visitor.is_signed_in
    fields = {"email": "eve@example.org", "password": PASSWORD, "new_password": "eight quiet lanterns"}
    if token is not None:
        fields["csrf_token"] = other.token("/en/change-password") if token == "stale" else token
    assert visitor.client.post(f"/en/{path}", data=fields).status_code == 400
    after = stored(app, "ana@example.org")
    assert before is not None
    assert after is not None
    assert before.password == after.password
    assert stored(app, "eve@example.org") is None
    assert (len(mails(app)), visitor.is_signed_in) == (count, inside)


@pytest.mark.parametrize("lang", some_of(LOCALES, 3))
@pytest.mark.parametrize("page", PAGES)
def test_form_has_labels_in_every_language(visitor: Visitor, lang: str, page: str) -> None:
    """Every field has a label that points at it, password managers know it, and nothing is inline."""
    text = visitor.get(f"/{lang}/{page}").text
    fields = re.findall(r'<input[^>]*\bid="(\w+)"[^>]*type="(?:email|password)"', text)
    assert fields
    for field in fields:
        assert re.search(rf'<label[^>]*for="{field}">[^<]+', text)
    assert text.count("autocomplete=") >= len(fields)
    assert " style=" not in text
    assert "<script>" not in text


def test_session_is_new_after_sign_in(visitor: Visitor, app: Flask) -> None:
    """What was in the session before does not survive, its token neither, and the person stays for 30 days."""
    Visitor(app).join("ana@example.org")
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = visitor.token()
    visitor.sign_in("ana@example.org")
    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent
        assert set(session) <= {"_user_id", "_fresh", "fs_paa", "_permanent", "number", "second", "joined"}
    assert visitor.client.post("/en/sign-out", data={"csrf_token": before}).status_code == 400


def test_pages_behind_a_forged_host_are_refused(app: Flask) -> None:
    """A forged Host header never gets into a mail's link."""
    visitor = Visitor(app)
    visitor.join("ana@example.org")
    count, token = len(mails(app)), visitor.token("/en/new-password")
    for headers in (
        {"Host": "evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "localhost:80.evil.example"},
    ):
        data = {"email": "ana@example.org", "csrf_token": token}
        assert visitor.client.post("/en/new-password", data=data, headers=headers).status_code == 400
    assert len(mails(app)) == count
    data = {"email": "ana@example.org", "csrf_token": token}
    visitor.client.post("/en/new-password", data=data, headers={"X-Forwarded-Host": "evil.example"})
    assert link_in(mails(app)[-1]).startswith("http://localhost/en/new-password/")


def test_sign_in_reads_what_was_not_a_form_as_a_mistake(visitor: Visitor) -> None:
    """JSON is no way around the forms."""
    headers = {"X-CSRFToken": visitor.token()}
    assert visitor.client.post("/en/sign-in", json=[1], headers=headers).status_code == 415
    assert visitor.client.post("/en/sign-in", json={"email": 1}, headers=headers).status_code == 415


def test_cookie_of_a_site_with_https(make_app: Callable[..., Flask]) -> None:
    """Behind https the session's cookie cannot be read by scripts, sent in clear or set by a neighbour domain."""
    app = make_app(https=True)
    answer = app.test_client().get("/en/sign-in", base_url="https://localhost")
    (cookie,) = [value for name, value in answer.headers if name == "Set-Cookie" and "session" in value]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_link_that_was_opened_before_or_is_old_leads_to_signing_in(visitor: Visitor, app: Flask) -> None:
    """A mail checker that opens the link first takes nothing from the person; an old link confirms nothing."""
    visitor.sign_up("ana@example.org")
    link = link_in(mails(app)[-1])
    with time_machine.travel(utcnow() + timedelta(days=3)):
        assert visitor.get(link).location == "/en/sign-in"
        assert "too old" in visitor.get("/en/sign-in").text
        account = stored(app, "ana@example.org")
        assert account is not None
        assert account.confirmed_at is None
    Visitor(app).get(link)
    assert visitor.get(link).location == "/en/sign-in"
    assert "confirmed before" in visitor.get("/en/sign-in").text
    assert visitor.sign_in("ana@example.org").status_code == 302


def test_button_pressed_twice_makes_one_account(each_app: Flask) -> None:
    """Both answers are good, and so is the link in each mail."""
    visitors = [Visitor(each_app) for _ in range(4)]
    data = [{"email": "ana@example.org", "password": PASSWORD, "csrf_token": visitor.token()} for visitor in visitors]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[0].client.post("/en/sign-up", data=pair[1]).status_code,
                zip(visitors, data, strict=True),
            )
        )
    assert answers == [302] * 4
    links = [link_in(mail) for mail in mails(each_app)]
    assert len(links) == 4
    assert Visitor(each_app).get(links[-1]).status_code == 302
    assert Visitor(each_app).sign_in("ana@example.org").status_code == 302


def test_signing_in_does_not_wait_for_somebody_who_writes(visitor: Visitor, app: Flask) -> None:
    """While a password is checked no lock is held or waited for: wrong guesses cannot hold up those who learn."""
    visitor.sign_up("ana@example.org")
    with app.app_context(), engine_of(app).begin():
        assert visitor.send("/en/sign-in", email="ana@example.org", password="not it").status_code == 200


@pytest.mark.parametrize("page", ["new-password", "confirm"])
def test_asking_for_mail_writes_the_same_for_every_address(visitor: Visitor, app: Flask, page: str) -> None:
    """A known address costs the database what an unknown one does: one row, in one transaction."""
    visitor.sign_up("ana@example.org")
    asking = Visitor(app)
    told: dict[str, list[str]] = {}
    with app.app_context():
        engine = engine_of(app)
    heard: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: heard.append(given[2].split()[0]))
    event.listen(engine, "commit", lambda _connection: heard.append("COMMIT"))
    for email in ("ana@example.org", "eve@example.org"):
        asking.get(f"/en/{page}")
        heard.clear()
        asking.send(f"/en/{page}", email=email)
        told[email] = heard[: heard.index("INSERT") + 2]
    assert told["ana@example.org"] == told["eve@example.org"]
    assert told["ana@example.org"][-2:] == ["INSERT", "COMMIT"]


def test_page_reads_no_account_until_it_needs_to(visitor: Visitor, app: Flask) -> None:
    """A signed-in person costs a plain page nothing, and the account page one statement."""
    visitor.join("ana@example.org")
    statements: list[str] = []
    with app.app_context():
        event.listen(engine_of(app), "before_cursor_execute", lambda *given: statements.append(given[2]))
    visitor.get("/en/privacy")
    assert statements == []
    visitor.get("/en/change-password")
    assert len(statements) == 1


def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(each_app: Flask) -> None:
    """A copied cookie opens nothing after the sign-out, on no page; another browser of the same person stays signed in."""
    here, there = Visitor(each_app), Visitor(each_app)
    here.join("ana@example.org")
    assert there.sign_in("ana@example.org").status_code == 302
    thief = Visitor(each_app)
    cookie = here.client.get_cookie("session")
    assert cookie is not None
    thief.client.set_cookie("session", cookie.value)
    assert thief.is_signed_in
    answer = here.send("/en/sign-out", "/en/help")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert not thief.is_signed_in
    assert "account" not in thief.get("/en/me/data").text
    assert thief.get("/en/cohorts/").status_code in {302, 404}
    assert there.is_signed_in


def test_ended_sessions_are_forgotten_with_their_cookies(each_app: Flask) -> None:
    """By the day's work, once the cookie would be too old anyway."""
    person = Visitor(each_app)
    person.join("ana@example.org")
    person.send("/en/sign-out", "/en/help")
    with each_app.app_context():
        session = current_session(each_app)
        forget_ended(session, utcnow() + timedelta(days=29))
        assert len(session.scalars(select(EndedSession)).all()) == 1
        forget_ended(session, utcnow() + timedelta(days=31))
        assert session.scalars(select(EndedSession)).all() == []


def test_accounts_that_nobody_confirmed_go_after_a_month(each_app: Flask) -> None:
    """And no others."""
    Visitor(each_app).join("ana@example.org")
    Visitor(each_app).sign_up("typo@example.org")
    with each_app.app_context():
        session = current_session(each_app)
        forget_unconfirmed(session, utcnow() + timedelta(days=29))
        assert len(session.scalars(select(User)).all()) == 2
        forget_unconfirmed(session, utcnow() + timedelta(days=31))
        assert [user.email for user in session.scalars(select(User))] == ["ana@example.org"]


def test_one_link_takes_one_password_however_often_it_is_pressed_at_once(each_app: Flask) -> None:
    """Eight people press it in the same moment; an older link is dead after a newer one was used."""
    owner = Visitor(each_app)
    owner.join("ana@example.org")
    older: list[str] = []
    newer: list[str] = []
    for links in (older, newer):
        Visitor(each_app).send("/en/new-password", email="ana@example.org")
        links.append(link_in(mails(each_app)[-1]))
    people = [Visitor(each_app) for _ in range(8)]
    forms = [hidden_fields(one.get(newer[0]).text) for one in people]

    def press(number: int) -> int:
        data = forms[number] | {"password": f"eight calm harbours {number}"}
        return people[number].client.post(newer[0], data=data).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(press, range(8))).count(500) == 0
    taken = [
        n
        for n in range(8)
        if Visitor(each_app).sign_in("ana@example.org", f"eight calm harbours {n}").status_code == 302
    ]
    assert len(taken) == 1
    assert Visitor(each_app).get(older[0]).location == "/en/new-password"


def test_personal_pages_stay_in_no_cache(visitor: Visitor) -> None:
    """The next person at the same machine goes back to nothing; the lessons may be kept."""
    visitor.join("ana@example.org")
    assert visitor.get("/en/me/").headers["Cache-Control"] == "private, no-store"
    assert visitor.get("/en/cohorts/").headers["Cache-Control"] == "private, no-store"
    assert visitor.get("/en/courses").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("seconds", [1, 86_400])
def test_clock_that_goes_back_signs_nobody_out(app: Flask, seconds: int) -> None:
    """A server's clock is set right, or another web machine's is behind."""
    person = Visitor(app)
    with time_machine.travel(utcnow(), tick=False) as clock:
        person.join("ana@example.org")
        clock.shift(-seconds)
        assert person.is_signed_in
        clock.shift(-90_000)
        assert not person.is_signed_in
