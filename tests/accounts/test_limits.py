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
from coplearn.storage.database import current_session
from coplearn.storage.limits import RateLimit, add_tries, standing_of
from tests.accounts.persona import PASSWORD, Visitor, mails


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


def test_guessing_at_one_account_locks_nobody_out_for_longer_than_the_window(make_app: Callable[..., Flask]) -> None:
    """From many addresses ten guesses are let through; refused ones do not make the owner wait any longer."""
    app = make_app(rate_limits=True)
    Visitor(app).join("ana@example.org")
    visitor, owner = Visitor(app), Visitor(app)
    token, owners = visitor.token(), owner.token()
    with time_machine.travel(utcnow(), tick=False) as clock:
        for number in range(10):
            assert post(visitor, token, "/en/sign-in", f"192.0.2.{number}", "Ana@Example.org").status_code == 200
        for number in range(20):
            assert post(visitor, token, "/en/sign-in", f"198.51.100.{number}", "ana@example.org").status_code == 429
            clock.shift(20)
        clock.shift(201)
        assert post(owner, owners, "/en/sign-in", "203.0.113.9", "ana@example.org", PASSWORD).status_code == 302


def test_signing_in_is_not_counted(make_app: Callable[..., Flask]) -> None:
    """A training room behind one address signs in within the same minute."""
    app = make_app(rate_limits=True)
    Visitor(app).join("ana@example.org")
    for _ in range(12):
        assert Visitor(app).sign_in("ana@example.org").status_code == 302


@pytest.mark.parametrize("page", ["sign-up", "new-password", "confirm"])
def test_mail_to_one_address_is_limited(make_app: Callable[..., Flask], page: str) -> None:
    """Nobody can flood a mailbox: five an hour, whoever asks."""
    app = make_app(rate_limits=True)
    visitor = Visitor(app)
    visitor.sign_up("ana@example.org")
    token, count = visitor.token(), len(mails(app))
    answers = [
        post(visitor, token, f"/en/{page}", f"192.0.2.{number}", "ana@example.org", PASSWORD) for number in range(8)
    ]
    statuses = [answer.status_code for answer in answers]
    assert 429 in statuses
    assert len(mails(app)) - count <= 5


def test_counter_names_nobody(make_app: Callable[..., Flask]) -> None:
    """Neither the network address nor the account can be read from the table."""
    app = make_app(rate_limits=True)
    visitor = Visitor(app)
    post(visitor, visitor.token(), "/en/sign-in", "192.0.2.77", "ana@example.org")
    with app.app_context():
        keys = list(current_session(app).scalars(select(RateLimit.key)))
    assert len(keys) == 3
    assert all(len(key) == 64 and "192.0.2" not in key and "ana" not in key for key in keys)


def test_counter_counts_every_try_of_many_at_once(each_app: Flask) -> None:
    """Tries that come at the same time are all counted; the window begins with the first and is swept when over."""
    with each_app.app_context():
        engine = each_app.extensions["sqlalchemy"].engine
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
