"""The time that an account page takes tells nobody who has an account."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import update

from coplearn.accounts.models import User
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor
from tests.conftest import MakeSite
from tests.sizes import WHOLE, some_of

TRIES = 500 if WHOLE else 25
COST = {"argon2__memory_cost": 8_192, "argon2__time_cost": 2}
APART = 0.005 if WHOLE else 0.01
"""Seconds of the processor between the two medians at most."""
KNOWN, OFF, UNKNOWN = "ana@example.org", "off@example.org", "nobody@example.org"


@pytest.fixture
def slow_app(make_app: MakeSite) -> Flask:
    """A site whose passwords cost what they cost, with somebody, and somebody who was switched off."""
    app = make_app()
    app.extensions["security"].pwd_context.update(**COST)
    for email in (KNOWN, OFF):
        Visitor(app).join(email)
    with app.app_context():
        session = current_session(app)
        session.execute(update(User).where(User.email == OFF).values(active=False))
        session.commit()
    # Letters wait for a process of their own, as on every site that sends any; written to a folder they would cost their page time.
    app = make_app(mail="smtp", mail_server="127.0.0.1", mail_port=9)
    app.extensions["security"].pwd_context.update(**COST)
    return app


def _took(send: Callable[[str], object], email: str) -> float:
    began = time.thread_time()
    send(email)
    return time.thread_time() - began


@pytest.mark.sampled
@pytest.mark.parametrize("form", some_of(["sign-in", "confirm", "sign-up", "new-password"], 2))
def test_known_unknown_and_disabled_addresses_take_the_same(slow_app: Flask, form: str) -> None:
    """By the processor's time of a request, in turns, so that whatever else the machine does falls on all alike."""
    visitor = Visitor(slow_app)
    token = visitor.token()

    def send(email: str) -> object:
        data = {"csrf_token": token, "email": email, "password": "seven wrong lanterns"}
        return visitor.client.post(f"/en/{form}", data=data)

    took: dict[str, list[float]] = {KNOWN: [], OFF: [], UNKNOWN: []}
    for turn in range(TRIES + 2):
        for email, times in took.items():
            # Each asker of an account that is made anew is another: the second time it would be known.
            times.append(_took(send, f"n{turn}@example.org" if (form, email) == ("sign-up", UNKNOWN) else email))
    medians = {email: median(times[2:]) for email, times in took.items()}
    assert max(medians.values()) - min(medians.values()) < APART, medians
