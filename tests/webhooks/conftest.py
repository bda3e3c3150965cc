"""A server that is told things, and a site that tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import time_machine
from flask import Flask

from coplearn.kernel.clock import utcnow
from coplearn.site import site_of
from coplearn.webhooks.tasks import look_for_events
from tests.api.worlds import ApiWorld, put_world
from tests.conftest import MakeSite


@dataclass
class Listener:
    """A server that keeps what it was told and answers as it is asked to."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None
    """What happens while somebody waits for an answer."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    """It, on a free port."""
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
            heard.meanwhile()
            self.send_response(heard.answers.pop(0) if heard.answers else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}/told"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def world(make_app: MakeSite) -> ApiWorld:
    """A scene of cohorts, on a site whose operator named this machine."""
    return put_world(make_app(second_factor_for="nobody", webhook_hosts=("127.0.0.1",)))


def go_on(app: Flask, later: timedelta) -> None:
    """Do what the process that does the jobs would do by then."""
    with time_machine.travel(utcnow() + later, tick=False):
        with app.app_context():
            look_for_events(app, utcnow(), lambda: False)
        while site_of(app).jobs.work_next():
            pass
