"""CPU time of a launch by a learning platform, beside that of an ordinary step's page: `python -m bench.launches`."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.site import site_of
from coplearn.storage.database import migrations_of
from tests.conftest import SELDOM, settings_in
from tests.lti.conftest import World, world_of
from tests.lti.platform import CLIENT, Launched, running_platform

BARS: Final[Mapping[str, float]] = {"launch, ms": 40}


class _Clock:
    """Milliseconds of CPU of this thread, by what was done: the platform's own thread is not counted."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}

    def time(self, name: str, work: Callable[[], TestResponse]) -> TestResponse:
        began = time.thread_time()
        answer = work()
        self.took.setdefault(name, []).append((time.thread_time() - began) * 1000)
        return answer


def launch(world: World, address: str, visitor: FlaskClient, clock: _Clock, user: str) -> None:
    """One launch in a fresh browser, the page that it ends at, and the same page of somebody who came by themselves."""
    browser = Launched(world.app.test_client(), world.platform)
    said = {"iss": world.platform.url, "client_id": CLIENT, "login_hint": user}
    begun = clock.time("first word", lambda: browser.client.post("/lti/login", data=said, headers=browser.headers))
    preflight = dict(pair.split("=", 1) for pair in begun.location.partition("?")[2].split("&"))
    token = world.platform.token({**preflight, "redirect_uri": "x"}, user=user, target=address)
    form = {"state": preflight["state"], "id_token": token}
    sent = clock.time("signed word", lambda: browser.client.post("/lti/launch", data=form, headers=browser.headers))
    entered = clock.time("letting in", lambda: browser.client.get(sent.location, headers=browser.headers))
    page = clock.time("page in the frame", lambda: browser.client.get(entered.location, headers=browser.headers))
    assert page.status_code == 200
    clock.time("ordinary page", lambda: visitor.get(entered.location))


def measure(quick: bool = False) -> dict[str, float]:
    """Medians of the parts, and of the whole launch."""
    clock = _Clock()
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as name, running_platform() as platform:
        settings = settings_in(Path(name))
        app = add_commands(create_app(replace(settings, lti_hosts=("127.0.0.1",)), poll=SELDOM))
        with app.app_context():
            migrations_of(app).upgrade()
        world, visitor = world_of(app, platform), app.test_client()
        course = site_of(app).library.current().courses["cop-parents"]
        address = f"{platform.tool}/en/c/{course.code}/{course.items[course.checks[0]].code}"
        for number in range(10 if quick else 100):
            launch(world, address, visitor, clock, f"u-{number}")
    parts = ("first word", "signed word", "letting in")
    whole = [sum(one) for one in zip(*(clock.took[part] for part in parts), strict=True)]
    found = {f"{name}, ms": statistics.median(took) for name, took in clock.took.items()}
    return {"launch, ms": statistics.median(whole), "first launch, ms": whole[0], **found}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten launches")
    for name, value in measure(parser.parse_args().quick).items():
        print(f"{name:>22}: {value:8.2f}{f'  (<= {BARS[name]:g})' if name in BARS else ''}")


if __name__ == "__main__":
    main()
