"""Prometheus reads what the site counted: by whom it may, added up over all workers, and with nothing about anybody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from datetime import timedelta
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from coplearn.kernel.clock import utcnow
from coplearn.metrics.folders import VARIABLE, share_counts
from coplearn.metrics.rules import fault_kind, is_this_machine, status_class
from coplearn.outbox.queries import outbox_gauges
from coplearn.outbox.service import queue_letter
from coplearn.settings import HOME
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.storage.write_queue import Busy
from coplearn.web.errors import could_not_store
from tests.accounts.persona import Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.journeys.site import serving
from tests.once import copy_database
from tests.outbox.posting import with_notes
from tests.sizes import whole_only

TOKEN = "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def read(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Every figure of the page by its name and labels' values."""
    return figures(client.get("/metrics", headers=BEARER).text)


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Every figure of a text in Prometheus' format."""
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_without_a_token_there_is_no_page(make_app: MakeSite) -> None:
    """Nobody learns of it where no token is set, who has none, or who has another one; a token that can be guessed is refused."""
    closed, open_ = make_app(), make_app(metrics_token=TOKEN)
    assert closed.test_client().get("/metrics", headers=BEARER).status_code == 404
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer é"},
    ):
        assert open_.test_client().get("/metrics", headers=headers).status_code == 404
    assert open_.test_client().get("/metrics", headers=BEARER).status_code == 200
    with pytest.raises(ValueError, match="COPLEARN_METRICS_TOKEN"):
        make_app(metrics_token="short")


def test_this_machine_is_let_in_by_setting_and_no_proxy_for_others(make_app: MakeSite) -> None:
    """What a proxy on this machine passes on is a stranger's, whether its headers are believed or not."""
    for proxies in (0, 1):
        client = make_app(metrics_local=True, proxies=proxies).test_client()
        assert client.get("/metrics").status_code == 200
        for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP"):
            assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 404
        assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404


def test_requests_answers_and_refusals_are_counted(make_app: MakeSite) -> None:
    """By endpoint and class of status; addresses that lead nowhere are one endpoint, whatever they are."""
    app = make_app(metrics_token=TOKEN)
    course = site_of(app).library.current().courses["cop-parents"]
    lesson = f"/en/c/{course.code}/{next(iter(course.items.values())).code}"
    visitor = Visitor(app)
    assert visitor.client.post(lesson, data=hidden_fields(visitor.get(lesson).text)).status_code == 303
    for number in range(5):
        visitor.get(f"/en/nowhere-{number}/ana@example.org")
    could_not_store.send(app, error=OperationalError("INSERT", {}, Busy()))
    found = read(app.test_client())
    assert found["coplearn_requests_total", "learning.item", "2xx"] == 1
    assert found["coplearn_requests_total", "learning.answer", "3xx"] == 1
    assert found["coplearn_requests_total", "none", "4xx"] == 5
    assert found["coplearn_request_seconds_count", "learning.item"] == 1
    assert found["coplearn_request_seconds_bucket", "learning.item", "+Inf"] == 1
    assert found["coplearn_answers_total",] == 1
    assert found["coplearn_not_stored_total", "busy"] == 1
    assert not any("nowhere" in part or "example.org" in part for names in found for part in names)


def test_outbox_is_seen_waiting(each_app: Flask) -> None:
    """How many letters wait and since when, and whether anybody does the jobs."""
    now = utcnow()
    with_notes(each_app)

    with each_app.app_context():
        session = current_session(each_app)

        def gauges() -> dict[tuple[str, ...], float]:
            return {(one.name, *dict(one.labels).values()): one.value for one in outbox_gauges(session, now)}

        before = gauges()
        assert before["coplearn_letters", "waiting"] == before["coplearn_letters_oldest_seconds",] == 0
        assert isnan(before["coplearn_jobs_seen_seconds",])
        params = {"name": "Ana", "at": now.isoformat()}
        note: dict[str, Any] = {"to": "ana@example.org", "locale": "en", "time_zone": "UTC", "params": params}
        queue_letter(session, key="one", kind="note", now=now - timedelta(minutes=10), **note)
        session.commit()
        site_of(each_app).jobs.queue.beat()
        after = gauges()
        assert (after["coplearn_letters", "waiting"], after["coplearn_letters_oldest_seconds",]) == (1, 600)
        assert after["coplearn_jobs_seen_seconds",] < 60


def test_workers_are_added_up_and_a_dead_one_is_not_forgotten(tmp_path: Path) -> None:
    """Two processes count; each reads both; when they die their files become one, and no count falls."""
    folder = share_counts(tmp_path)
    code = "from coplearn.metrics.collecting import Metrics; m = Metrics(); m.answer(); m.request('a', '2xx', 0.02)"
    page = "import sys; from coplearn.metrics.collecting import Metrics; sys.stdout.buffer.write(Metrics().page([]))"
    try:
        for _ in range(2):
            subprocess.run([sys.executable, "-c", code], check=True, cwd=HOME)
        assert len(list(folder.glob("counter_*.db"))) == 2
        for _ in range(2):
            done = subprocess.run([sys.executable, "-c", page], check=True, cwd=HOME, capture_output=True, text=True)
            found = figures(done.stdout)
            assert found["coplearn_answers_total",] == found["coplearn_requests_total", "a", "2xx"] == 2
            assert found["coplearn_request_seconds_bucket", "a", "0.025"] == 2
            assert found["coplearn_request_seconds_bucket", "a", "0.01"] == 0
        # Those of the two that are dead, and of the last reader.
        assert {path.name for path in folder.glob("histogram_*.db")} >= {"histogram_0.db"}
        assert len(list(folder.glob("counter_*.db"))) == 2
        assert share_counts(tmp_path) == folder
        assert list(folder.iterdir()) == []
    finally:
        del os.environ[VARIABLE]


@whole_only
def test_server_counts_over_all_its_workers(tmp_path: Path) -> None:
    """Whichever worker answers, it tells of all; one that is killed leaves its counts."""
    copy_database(tmp_path / "instance")
    with serving(tmp_path, {"COPLEARN_METRICS_TOKEN": TOKEN}) as site:

        def alive() -> float:
            request = urllib.request.Request(f"{site.url}/metrics", headers=BEARER)
            with urllib.request.urlopen(request, timeout=10) as answer:
                return figures(answer.read().decode())["coplearn_requests_total", "probes.alive", "2xx"]

        def ask() -> None:
            # Who was in line at the worker that is killed is sent away, and asks again.
            while True:
                with suppress(OSError), urllib.request.urlopen(f"{site.url}/healthz", timeout=10) as answer:
                    assert answer.read() == b"ok\n"
                    return

        for _ in range(20):
            ask()
        assert {alive() for _ in range(10)} == {20}
        counts = next((site.instance / "cache" / "metrics").iterdir())
        workers = {int(path.stem.rpartition("_")[2]) for path in counts.glob("counter_*.db")}
        os.kill(max(workers - {site.pid}), signal.SIGKILL)
        for _ in range(5):
            ask()
        assert alive() == 25


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "No space left on device"), "full"),
        (OperationalError("", {}, Busy()), "busy"),
        (OperationalError("", {}, Exception()), "away"),
    ],
)
def test_cause_is_one_of_three(error: Exception, kind: str) -> None:
    """A dashboard tells a full disk from a crowd."""
    assert fault_kind(error) == kind


def test_labels_are_bounded() -> None:
    """No status and no address makes a name of its own."""
    assert {status_class(status) for status in range(1000)} == {"1xx", "2xx", "3xx", "4xx", "5xx", "other"}
    assert [is_this_machine(one, False) for one in ("127.0.0.1", "::1", "10.0.0.1", "", "localhost")] == [
        True,
        True,
        False,
        False,
        False,
    ]
