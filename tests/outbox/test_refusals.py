"""Mistakes in the code that hands over letters and jobs show at once, and cost nobody a letter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.outbox.letters import render_letter
from coplearn.outbox.models import Job, Letter
from coplearn.outbox.service import cancel_letters, claim_due, enqueue
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from tests.outbox.posting import queue_note

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_letters_are_taken_back_only_by_what_they_are(post_app: Flask) -> None:
    """Whoever names no letters takes back none: it would be everybody's."""
    queue_note(post_app, "n1", now=NOW)
    with post_app.app_context():
        session = current_session(post_app)
        with pytest.raises(ValueError, match="Say which letters"):
            cancel_letters(session, about="n1", kinds=["note"])
        assert session.scalar(select(Letter.state)) == "waiting"


def test_letter_of_a_kind_that_is_gone_cannot_be_written(post_app: Flask) -> None:
    """An older version may have queued it; the error has the kind's name and no address."""
    queue_note(post_app, "n1", now=NOW)
    with post_app.app_context():
        session = current_session(post_app)
        session.execute(update(Letter).values(kind="of-long-ago"))
        (taken,) = claim_due(session, NOW, 9)
        with pytest.raises(LookupError, match="of-long-ago"):
            render_letter(post_app, taken)
        session.rollback()


def test_session_that_is_not_the_sites_hands_over_no_job(post_app: Flask) -> None:
    """Nobody would know the task, nor be called for it."""
    with post_app.app_context(), Session(engine_of(post_app)) as own:
        with pytest.raises(LookupError, match="outside the site"):
            enqueue(own, "nobody-knows", {})
        assert own.scalar(select(Job.id)) is None


def test_name_of_work_is_given_once(app: Flask) -> None:
    """Of a task, of daily and of regular work: the second would silently take the place of the first."""
    jobs, calls = site_of(app).jobs, list[str]()
    jobs.task("twice")(lambda *_, **_params: calls.append("first task"))
    jobs.daily("twice")(lambda *_: calls.append("first daily"))
    jobs.regular("twice")(lambda *_: calls.append("first regular"))
    for register in (jobs.task, jobs.daily, jobs.regular):
        with pytest.raises(ValueError, match="called twice already"):
            register("twice")(lambda *_, **_params: calls.append("second"))
    with app.app_context():
        enqueue(current_session(app), "twice", {})
        current_session(app).commit()
    assert jobs.work_next()
    assert calls == ["first task"]
