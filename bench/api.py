"""`python -m bench.api`: lists of the API beside the pages that show the same, in one process and in turns.

Nothing here is a test: what is printed last goes into docs/benchmarks.md by hand.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of, migrations_of
from tests.api.worlds import give_key
from tests.cohorts.worlds import put_cohort, put_member, put_staff, signed_in_client

BAR: Final = 0.6
"""An API list must reach this share of its page's throughput."""
PEOPLE, COHORTS, ROUNDS, TURNS = 200, 30, 12, 25


def measure(folder: Path) -> Mapping[str, float]:
    """The throughput of each list of the API as a share of its page's."""
    app = add_commands(
        create_app(
            Settings(instance_path=folder, secret_key="k" * 40, second_factor_for="nobody", log_level="CRITICAL")
        )
    )
    with app.app_context():
        migrations_of(app).upgrade()
        session = current_session(app)
        cohorts = [put_cohort(session, title=f"Cohort {number}") for number in range(COHORTS)]
        for cohort in cohorts:
            put_staff(session, cohort, "lead@example.org", "lead")
        for number in range(PEOPLE):
            put_member(session, cohorts[0], None, name=f"Person {number:03}")
        user = session.scalars(select(User).where(User.email == "lead@example.org")).one()
        key, secret = user.fs_uniquifier, give_key(app, user.id).secret
        address = cohorts[0].public_id
        session.commit()
    pages = {
        "people, 40 of 200": (f"/en/cohorts/{address}/people", f"/api/v1/cohorts/{address}/members?limit=40"),
        "cohorts, 30": ("/en/cohorts/", "/api/v1/cohorts?limit=50"),
    }
    found = {name: _share(app, key, secret, *both) for name, both in pages.items()}
    with app.app_context():
        engine_of(app).dispose()
    return found


def _share(app: Flask, key: str, secret: str, page: str, operation: str) -> float:
    browser, program = signed_in_client(app, key), app.test_client(use_cookies=False)
    bearer = {"Authorization": f"Bearer {secret}"}

    def show() -> None:
        assert browser.get(page).status_code == 200

    def ask() -> None:
        assert program.get(operation, headers=bearer).status_code == 200

    show()
    ask()
    rounds = [(_seconds(show), _seconds(ask)) for _ in range(ROUNDS)]
    return statistics.median(shown / asked for shown, asked in rounds)


def _seconds(work: Callable[[], None]) -> float:
    begun = time.process_time()
    for _ in range(TURNS):
        work()
    return time.process_time() - begun


def main() -> None:
    """Measure, print, and fail below the bar."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    for name, share in found.items():
        print(f"{name}: {share:.2f} of the page's throughput (bar: {BAR})")
    if min(found.values()) < BAR:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
