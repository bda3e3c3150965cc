"""The process beside the server: killed in the middle of sending it loses nothing, comes back, and goes with the server."""

from __future__ import annotations

import os
import select
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from coplearn.kernel.clock import utcnow
from coplearn.outbox.queries import last_beat
from coplearn.outbox.rules import CLAIM_FOR
from coplearn.outbox.sending import send_due
from coplearn.storage.database import current_session
from tests.journeys.site import serving
from tests.outbox.posting import mail_server, queue_note
from tests.sizes import whole_only

LETTERS = 40
BEFORE_THE_KILL = 7


def _gone(handle: int, seconds: float = 20) -> bool:
    """Whether the process behind the handle ends within that time."""
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return bool(poller.poll(seconds * 1000))


def _doing_the_jobs(app: Flask) -> int:
    with app.app_context():
        beat = last_beat(current_session(app))
        assert beat is not None
        return beat.pid


@pytest.mark.parametrize("called_by", ["nobody", pytest.param("redis", marks=whole_only)])
def test_killed_consumer_loses_no_letter_and_sends_none_twice_but_the_one_in_hand(
    make_app: Callable[..., Flask], tmp_path: Path, called_by: str, request: pytest.FixtureRequest
) -> None:
    """Kill -9 while a letter is on the wire: another process goes on, every letter arrives, the one in hand as the same message."""
    with mail_server(slow=0.03) as server:
        app = make_app(mail="smtp", mail_server="127.0.0.1", mail_port=server.port)
        for number in range(LETTERS):
            params = {"text": f"Letter {number}"}
            queue_note(app, f"k{number}", to=f"p{number}@example.org", kind="account-welcome", params=params)
        post = {
            "COPLEARN_MAIL": "smtp",
            "COPLEARN_MAIL_SERVER": "127.0.0.1",
            "COPLEARN_MAIL_PORT": str(server.port),
            "COPLEARN_SECRET_KEY": "k" * 40,
            "COPLEARN_JOBS": request.getfixturevalue("redis").url if called_by == "redis" else "",
        }
        with serving(tmp_path, post):
            server.wait_for(BEFORE_THE_KILL)
            killed = _doing_the_jobs(app)
            first = os.pidfd_open(killed)
            signal.pidfd_send_signal(first, signal.SIGKILL)
            assert _gone(first)
            # What the dead one had not taken is sent by its successor.
            server.wait_for(LETTERS - 20 + BEFORE_THE_KILL)
            successor = _doing_the_jobs(app)
            assert successor != killed
            second = os.pidfd_open(successor)
        assert _gone(second), "it outlived its server"
        # What it had taken waits until its claim has lapsed.
        send_due(app, clock=lambda: utcnow() + CLAIM_FOR + timedelta(seconds=1))
    came = Counter(server.ids())
    assert len(came) == LETTERS
    assert [count for count in came.values() if count > 1] in ([], [2])
