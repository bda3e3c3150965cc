"""Guessing slows down, on each kind of database, and nobody's neighbour or victim is shut out for good."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session, engine_of
from coplearn.storage.limits import RateLimit, add_tries, standing_of
from tests.accounts.persona import PASSWORD, Visitor, link_in, mails
from tests.conftest import MakeSite


def post(visitor: Visitor, token: str, path: str, address: str, email: str, password: str = "x") -> TestResponse:
    """Send a form from a network address."""
    data = {"csrf_token": token, "email": email, "password": password}
    return visitor.client.post(path, data=data, environ_base={"REMOTE_ADDR": address})


def test_guessing_from_one_address_is_slowed(make_app: Callable[..., Flask]) -> None:
    """The eleventh wrong guess in a minute is refused with a time to wait; then, and elsewhere, one may go on."""
    visitor = Visitor(make_app(rate_limits=True))
    token = visitor.token()
    with time_machine.travel(utcnow(), tick=False) as clock:
        for number in range(10):
            assert post(visitor, token, "/en/sign-in", "192.0.2.1", f"p{number}@example.org").status_code == 200
        answer = post(visitor, token, "/ar/sign-in", "192.0.2.1", "new@example.org")
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 61
        assert 'dir="rtl"' in answer.text
        assert post(visitor, token, "/en/sign-in", "192.0.2.2", "new@example.org").status_code == 200
        clock.shift(61)
        assert post(visitor, token, "/en/sign-in", "192.0.2.1", "new@example.org").status_code == 200


@pytest.mark.parametrize("proxies", [0, 1])
def test_forged_hop_neither_passes_the_limit_nor_shuts_anybody_out(make_app: MakeSite, proxies: int) -> None:
    """Only what one's own proxies wrote counts: a guesser who names another address each time, or that of a victim, is one."""
    app = make_app(rate_limits=True, proxies=proxies)
    guesser, victim = Visitor(app), Visitor(app)
    token, theirs = guesser.token(), victim.token()

    def guess(visitor: Visitor, form: str, own: str, forged: str) -> int:
        hops = f"{forged}, {own}" if proxies else forged
        more = {"X-Forwarded-For": hops, "X-Real-IP": forged, "Forwarded": f"for={forged}", "CF-Connecting-IP": forged}
        data = {"csrf_token": form, "email": f"{forged}@example.org", "password": "x"}
        at = {"REMOTE_ADDR": "10.0.0.1" if proxies else own}
        return visitor.client.post("/en/sign-in", data=data, headers=more, environ_base=at).status_code

    with time_machine.travel(utcnow(), tick=False):
        tries = [guess(guesser, token, "192.0.2.1", f"203.0.113.{number}") for number in range(11)]
        assert tries == [200] * 10 + [429]
        assert guess(victim, theirs, "203.0.113.5", "198.51.100.1") == 200


def test_strangers_who_guess_do_not_refuse_the_owner(make_app: Callable[..., Flask]) -> None:
    """Ten wrong passwords, then the right one from elsewhere and from the owner's own browser behind the same address."""
    app = make_app(rate_limits=True)
    owner = Visitor(app)
    owner.join("ana@example.org")
    assert owner.send("/en/sign-out", "/en/help").status_code == 302
    stranger, elsewhere = Visitor(app), Visitor(app)
    token, owners, others = stranger.token(), owner.token(), elsewhere.token()
    with time_machine.travel(utcnow(), tick=False) as clock:
        for _ in range(10):
            assert post(stranger, token, "/en/sign-in", "192.0.2.1", "Ana@Example.org").status_code == 200
        clock.shift(61)
        assert post(stranger, token, "/en/sign-in", "192.0.2.1", "ana@example.org").status_code == 429
        assert post(owner, owners, "/en/sign-in", "192.0.2.1", "ana@example.org", PASSWORD).status_code == 302
        assert post(elsewhere, others, "/en/sign-in", "203.0.113.9", "ana@example.org", PASSWORD).status_code == 302


def test_guessing_from_many_addresses_is_slowed_for_strangers_alone(make_app: Callable[..., Flask]) -> None:
    """A hundred guesses an hour at one account; a browser that was there before, or a link in the mail, gets in meanwhile."""
    app = make_app(rate_limits=True)
    owner, abroad = Visitor(app), Visitor(app)
    owner.join("ana@example.org")
    assert owner.send("/en/sign-out", "/en/help").status_code == 302
    stranger = Visitor(app)
    token, owners, theirs = stranger.token(), owner.token(), abroad.token()
    with time_machine.travel(utcnow(), tick=False) as clock:
        for number in range(100):
            assert post(stranger, token, "/en/sign-in", f"192.0.2.{number}", "ana@example.org").status_code == 200
        answer = post(abroad, theirs, "/en/sign-in", "198.51.100.1", "ana@example.org", PASSWORD)
        assert answer.status_code == 429
        assert "choose a new password by a link in your mail" in answer.text
        assert 'href="/en/new-password"' in answer.text
        assert post(owner, owners, "/en/sign-in", "192.0.2.1", "ana@example.org", PASSWORD).status_code == 302
        post(abroad, theirs, "/en/new-password", "203.0.113.9", "ana@example.org")
        chosen = abroad.send(link_in(mails(app)[-1]), password="eight calm harbours")
        assert chosen.status_code == 302
        answer = post(abroad, abroad.token(), "/en/sign-in", "203.0.113.9", "ana@example.org", "eight calm harbours")
        assert answer.status_code == 302
        clock.shift(3601)
        assert post(stranger, token, "/en/sign-in", "198.51.100.1", "ana@example.org").status_code == 200


def test_known_browser_may_not_guess_without_end_either(make_app: Callable[..., Flask]) -> None:
    """Ten wrong ones from the browser itself, and it waits; a made-up cookie makes nobody known."""
    app = make_app(rate_limits=True)
    owner, forger = Visitor(app), Visitor(app)
    owner.join("ana@example.org")
    assert owner.send("/en/sign-out", "/en/help").status_code == 302
    forger.client.set_cookie("device", "WyJhIiwiYiJd.forged")
    for visitor, address in ((owner, "192.0.2.1"), (forger, "192.0.2.2")):
        token = visitor.token()
        statuses = [post(visitor, token, "/en/sign-in", address, "ana@example.org").status_code for _ in range(11)]
        assert statuses == [200] * 10 + [429]


def test_signing_in_is_not_counted(make_app: Callable[..., Flask]) -> None:
    """A training room behind one address signs in within the same minute."""
    app = make_app(rate_limits=True)
    Visitor(app).join("ana@example.org")
    for _ in range(12):
        assert Visitor(app).sign_in("ana@example.org").status_code == 302


def test_mail_to_one_address_is_limited(make_app: Callable[..., Flask]) -> None:
    """Nobody floods a mailbox: a few an hour, whoever asks on whichever page; its owner still gets a link that works."""
    app = make_app(rate_limits=True)
    Visitor(app).join("ana@example.org")
    stranger, owner, count = Visitor(app), Visitor(app), len(mails(app))
    token = stranger.token()
    answers = [
        post(stranger, token, f"/en/{page}", f"192.0.2.{number}", "ana@example.org", PASSWORD)
        for number in range(6)
        for page in ("sign-up", "confirm")
    ]
    assert {answer.status_code for answer in answers} <= {200, 302}
    post(owner, owner.token(), "/en/new-password", "203.0.113.9", "ana@example.org")
    newest = mails(app)[-1]
    assert len(mails(app)) - count <= 5
    assert owner.send(link_in(newest), password="eight calm harbours").status_code == 302


@pytest.mark.parametrize("page", ["sign-up", "new-password", "confirm"])
def test_who_asks_again_is_told_to_use_the_newest_message(make_app: Callable[..., Flask], page: str) -> None:
    """In the same words for an address with an account and for one without."""
    app = make_app(rate_limits=True)
    Visitor(app).join("ana@example.org")
    told = []
    for number, email in enumerate(("ana@example.org", "nobody@example.org")):
        visitor = Visitor(app)
        token = visitor.token()
        for _ in range(4):
            answer = post(visitor, token, f"/en/{page}", f"192.0.2.{number}", email, PASSWORD)
        assert answer.status_code in {200, 302}
        told.append("Use the newest one" in (answer.text + visitor.get("/en/help").text))
    assert told == [True, True]


def test_counter_names_nobody(make_app: Callable[..., Flask]) -> None:
    """Neither the network address nor the account can be read from the table."""
    app = make_app(rate_limits=True)
    visitor = Visitor(app)
    post(visitor, visitor.token(), "/en/sign-in", "192.0.2.77", "ana@example.org")
    with app.app_context():
        keys = list(current_session(app).scalars(select(RateLimit.key)))
    assert len(keys) == 4
    assert all(len(key) == 64 and "192.0.2" not in key and "ana" not in key for key in keys)


def test_counter_counts_every_try_of_many_at_once(each_app: Flask) -> None:
    """Tries that come at the same time are all counted; the window begins with the first and is swept when over."""
    with each_app.app_context():
        engine = engine_of(each_app)
        now = utcnow()
        with ThreadPoolExecutor(8) as pool:
            counts = sorted(pool.map(lambda _: add_tries(engine, "k", 1, 60, now), range(40)))
        assert counts == list(range(1, 41))
        add_tries(engine, "k", 1, 60, now + timedelta(seconds=59))
        assert standing_of(engine, "k", now + timedelta(seconds=59)) == (41, now + timedelta(seconds=60))
        assert standing_of(engine, "k", now + timedelta(seconds=60))[0] == 0
        assert add_tries(engine, "other", 1, 60, now + timedelta(seconds=61)) == 1
        assert current_session(each_app).scalars(select(RateLimit.key)).all() == ["other"]
        current_session(each_app).rollback()
        assert add_tries(engine, "k", 1, 60, now + timedelta(seconds=61)) == 1
