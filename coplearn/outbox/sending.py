"""The sender: takes the letters that are due, writes each one out and hands it over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from flask import Flask

from coplearn.kernel.clock import utcnow
from coplearn.outbox.letters import render_letter, stop_code
from coplearn.outbox.mail import SMTP_TIMEOUT_SECONDS, Post, fault_of
from coplearn.outbox.queries import is_stopped
from coplearn.outbox.rules import MOST_TRIES, SendFault
from coplearn.outbox.service import Taken, claim_due, release, settle
from coplearn.site import site_of
from coplearn.storage.database import current_session, reading, writing
from coplearn.web.logs import kind_and_place

BATCH: Final = 20
_SPARE: Final = timedelta(seconds=3 * SMTP_TIMEOUT_SECONDS)
"""A letter is not begun when its claim has less time left than this."""


def _never() -> bool:
    return False


def send_due(app: Flask, *, clock: Callable[[], datetime] = utcnow, stop: Callable[[], bool] = _never) -> int:
    """Send every letter that is due and say how many went out. ``stop`` is asked between two letters.

    Letters are taken and settled in transactions of their own: nothing is locked while the mail server is spoken to.
    """
    sent = 0
    with writing(), app.app_context():
        while not stop():
            session = current_session(app)
            taken = claim_due(session, clock(), BATCH)
            session.commit()
            if not taken:
                break
            sent += _send_all(app, taken, clock, stop)
    return sent


def _send_all(app: Flask, taken: list[Taken], clock: Callable[[], datetime], stop: Callable[[], bool]) -> int:
    session, sent = current_session(app), 0
    with Post(app) as post:
        for at, letter in enumerate(taken):
            if stop() or letter.until - clock() < _SPARE:
                release(session, taken[at:])
                session.commit()
                break
            fault = _send(app, post, letter)
            kind = site_of(app).letters.get(letter.kind)
            settle(session, letter, fault, clock(), secret=kind is not None and kind.secret)
            session.commit()
            sent += fault is None
    return sent


def _send(app: Flask, post: Post, letter: Taken) -> SendFault | None:
    if not letter.to:
        return SendFault.REFUSED
    session = current_session(app)
    # Let go before the mail server is spoken to: SQLite's one write lock would be held as long as it takes to answer.
    with reading(session):
        stopped = is_stopped(session, stop_code(app, letter.kind, letter.to))
    if stopped:
        return SendFault.UNWANTED
    if letter.tries > MOST_TRIES:
        # Each time it was taken its sender died.
        return SendFault.BROKEN
    try:
        message = render_letter(app, letter)
    except Exception as error:
        _tell("letter_broken", error, letter)
        return SendFault.BROKEN
    try:
        post.deliver(message)
    except Exception as error:
        _tell("mail_failed", error, letter)
        return fault_of(error)
    return None


def _tell(what: str, error: Exception, letter: Taken) -> None:
    structlog.get_logger("coplearn.mail").error(what, letter=letter.kind, **kind_and_place(error))
