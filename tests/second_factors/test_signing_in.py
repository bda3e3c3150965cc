"""Signing in with a second step: set up, asked for, taken once, and asked of staff when their time is over."""

from __future__ import annotations

import re
from base64 import b32decode
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.second_factors.rules import STEP_SECONDS, app_code
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD, Visitor, mails
from tests.conftest import MakeSite

HOME = "/en/me/signing-in/"
CODE = "/en/sign-in/code"
ANI = "ani@example.org"


def joined(app: Flask, address: str = ANI, role: Role | None = None) -> Visitor:
    """Somebody with an account, signed in, and with a role everywhere."""
    person = Visitor(app)
    person.join(address)
    if role is not None:
        with app.app_context():
            session = current_session(app)
            grant_role(session, address, role)
            session.commit()
    return person


class App:
    """An app on somebody's telephone."""

    def __init__(self, page: str) -> None:
        key = re.search(r'class="key">([A-Z2-7 ]+)<', page)
        assert key is not None
        self.secret = b32decode(key[1].replace(" ", ""))

    def number(self, later: int = 0) -> str:
        """The number it shows now, or so many half minutes later."""
        return app_code(self.secret, int(utcnow().timestamp()) // STEP_SECONDS + later)


def set_up(person: Visitor) -> tuple[App, list[str]]:
    """Set up an app; it and the codes to keep."""
    page = person.get(HOME + "app").text
    fields = re.search(r'name="secret" value="([^"]+)"', page)
    assert fields is not None
    app = App(page)
    answer = person.client.post(
        HOME + "app",
        data={"csrf_token": person.token(), "secret": fields[1], "code": app.number(-1), "password": PASSWORD},
    )
    assert answer.status_code == 200, answer.text
    return app, re.findall(r"<li><bdi>([\d ]+)</bdi>", answer.text)


def sign_in(app: Flask, code: str) -> Visitor:
    """Somebody who types password and code in a new browser."""
    person = Visitor(app)
    assert person.sign_in(ANI).location == CODE
    person.send(CODE, code=code)
    return person


def test_first_admin_sets_up_an_app_and_signs_in_with_it(each_app: Flask) -> None:
    """Password, then the app's number; each number once, in whatever way it is typed; and each code to keep once."""
    admin = joined(each_app, role=Role.ADMIN)
    app, codes = set_up(admin)
    assert len(codes) == 10
    assert admin.is_signed_in
    stranger = Visitor(each_app)
    assert stranger.sign_in(ANI).location == CODE
    assert not stranger.is_signed_in
    assert stranger.send(CODE, code="000000").status_code == 422
    number = app.number()
    assert stranger.send(CODE, code=f" {number[:3]} {number[3:]}").status_code == 303
    assert stranger.get("/en/work").status_code == 200
    for again in (number, f"{number[:3]} {number[3:]}", f"{number}\u200e", app.number(-1)):
        assert not sign_in(each_app, again).is_signed_in
    assert sign_in(each_app, codes[0]).is_signed_in
    assert not sign_in(each_app, codes[0]).is_signed_in
    assert not sign_in(each_app, codes[0].replace(" ", "-")).is_signed_in
    assert sign_in(
        each_app, codes[1].replace(" ", "").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    ).is_signed_in


def test_setting_up_ends_other_sessions_and_asks_the_password(each_app: Flask) -> None:
    """Whoever was signed in elsewhere is out at the next page; without the password nothing is set up."""
    here, there = joined(each_app), Visitor(each_app)
    there.sign_in(ANI)
    page = here.get(HOME + "app").text
    number = App(page).number()
    wrong = here.send(HOME + "app", code=number, password="guessed")
    assert wrong.status_code == 422
    assert there.is_signed_in
    set_up(here)
    assert here.is_signed_in
    assert not there.is_signed_in


def test_a_secret_shown_to_one_person_is_not_taken_from_another(app: Flask) -> None:
    """The sealed secret of somebody else's page sets nothing up."""
    ani, bo = joined(app), joined(app, "bo@example.org")
    page = ani.get(HOME + "app").text
    sealed = re.search(r'name="secret" value="([^"]+)"', page)
    assert sealed is not None
    sent = {"csrf_token": bo.token(), "secret": sealed[1], "code": App(page).number(), "password": PASSWORD}
    assert bo.client.post(HOME + "app", data=sent).status_code == 422


def test_codes_are_asked_for_ten_times_an_hour(make_app: MakeSite) -> None:
    """Who knows the password cannot go through the numbers; a new password by mail begins the count anew."""
    site = make_app(rate_limits=True)
    set_up(joined(site))
    thief = Visitor(site)
    thief.sign_in(ANI)
    answers = [thief.send(CODE, code="123456").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_new_codes_end_the_old_ones_and_removing_the_app_asks_for_none(app: Flask) -> None:
    """Making new codes, then taking the app away, each behind the password."""
    person = joined(app)
    _, old = set_up(person)
    assert person.send(HOME + "codes", password="guessed").status_code == 422
    new = re.findall(r"<li><bdi>([\d ]+)</bdi>", person.send(HOME + "codes", password=PASSWORD).text)
    assert not sign_in(app, old[0]).is_signed_in
    assert sign_in(app, new[0]).is_signed_in
    assert person.send(HOME + "app/remove", password="guessed").status_code == 422
    assert person.send(HOME + "app/remove", password=PASSWORD).status_code == 303
    assert person.is_signed_in
    other = Visitor(app)
    other.sign_in(ANI)
    assert other.is_signed_in


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COORDINATOR, Role.REVIEWER, Role.TRANSLATOR])
def test_staff_without_a_factor_are_led_there_when_their_time_is_over(make_app: MakeSite, role: Role) -> None:
    """In the time everything is open and they are told; after it nothing but help and the page, until it is set up."""
    app = make_app(second_factor_grace_days=3)
    joined(app, role=role)
    person = Visitor(app)
    person.sign_in(ANI)
    assert "second step" in person.get("/en/work").text
    with time_machine.travel(utcnow() + timedelta(days=2, hours=23)):
        assert person.get("/en/work").status_code == 200
    with time_machine.travel(utcnow() + timedelta(days=3, minutes=1)):
        for page in ("/en/work", "/en/translate/", "/en/cohorts/", "/en/me/data", "/en/"):
            assert person.get(page).location == HOME, page
        assert person.client.post("/en/me/time-zone", data={"csrf_token": person.token()}).status_code == 403
        assert person.get("/en/help").status_code == 200
        set_up(person)
        assert person.get("/en/work").status_code == 200


def test_a_site_that_gives_no_time_asks_at_once_and_one_that_asks_nobody_never(make_app: MakeSite) -> None:
    """Zero days, and the setting for a site to look round in, which says so."""
    at_once = make_app(second_factor_grace_days=0)
    admin = joined(at_once, role=Role.ADMIN)
    assert admin.get("/en/work").location == HOME
    nobody = make_app(second_factor_for="nobody", second_factor_grace_days=0)
    person = Visitor(nobody)
    person.sign_in(ANI)
    assert person.get("/en/work").status_code == 200
    assert "asks nobody" in person.get(HOME).text


def test_learners_are_asked_for_nothing(app: Flask) -> None:
    """Who holds no role may set an app up, and need not."""
    person = joined(app)
    with time_machine.travel(utcnow() + timedelta(days=25)):
        assert person.get("/en/me/").status_code == 200
        assert person.get("/en/cohorts/").status_code == 200
        assert "Set up an app" in person.get(HOME).text


def test_staff_at_the_upgrade_get_a_letter_once(app: Flask) -> None:
    """The day's work begins their time and writes to them; not to who has a factor, and not a second time."""
    joined(app, role=Role.ADMIN)
    set_up(joined(app, "safe@example.org", Role.COORDINATOR))
    joined(app, "learner@example.org")
    before = len(mails(app))
    jobs = site_of(app).jobs
    for hours in (0, 24):
        jobs.run_daily(utcnow() + timedelta(hours=hours))
        while jobs.send_letters():
            pass
    letters = [mail for mail in mails(app)[before:] if mail["To"] == ANI]
    assert [mail["Subject"] for mail in letters] == ["Your account needs a second step"]
    assert len(mails(app)) == before + 1
    assert HOME in letters[0].get_content()


def test_nothing_in_the_database_opens_an_account(app: Flask) -> None:
    """The app's secret is sealed and the codes are hashed: neither stands in the file."""
    telephone, codes = set_up(joined(app))
    with app.app_context():
        session = current_session(app)
        rows = session.connection().exec_driver_sql("SELECT secret FROM authenticator").scalars().all()
        digests = session.connection().exec_driver_sql("SELECT digest FROM spare_code").scalars().all()
        assert session.scalars(select(User.email)).all() == [ANI]
    kept = " ".join([*rows, *digests])
    assert telephone.secret.hex() not in kept
    assert not [code for code in codes if code.replace(" ", "") in kept]
