"""`python -m bench.cohorts`: pages of a cohort of 10,000 beside those of one of 40, and forty marks saved at once.

Each part is a function from (site, its scene) to figures; a new part is a new function in ``_PARTS``. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from coplearn.accounts.models import User
from coplearn.app import create_app
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance
from coplearn.commands import add_commands
from coplearn.kernel.clock import utcnow
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of, migrations_of
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff, signed_in_client
from tests.counting import counted

Figures = dict[str, float]
BARS: Final[Mapping[str, float]] = {
    "register, 10,000 to 40": 3,
    "register of 10,000, statements": 12,
    "register, last page of 10,000 to 40": 3,
    "meetings, 10,000 to 40": 3,
    "meetings of 10,000, statements": 12,
    "forty marks, statements": 12,
    "progress, 10,000 to 40": 3,
    "progress, last page of 10,000 to 40": 3,
    "progress, who misses something, 10,000 to 40": 3,
    "progress, who misses most, 10,000 to 40": 3,
    "progress of 10,000, statements": 12,
    "numbers, 10,000 to 40": 3,
    "numbers of 10,000, statements": 12,
    "numbers of 10,000, statements, first": 12,
    "slowest page of 10,000, ms": 1_000,
    "page of 10,000 with the most statements": 12,
}
"""What the figures must not pass."""
SMALL, LARGE, QUICK = 40, 10_000, 1_000
ROUNDS: Final = 15


@dataclass(frozen=True)
class Place:
    """A cohort with three meetings, one of them on now."""

    cohort: str
    meeting: str
    last: str
    """The public id after which the register's last page begins."""

    def page(self, rest: str) -> str:
        """An address below the cohort's."""
        return f"/en/cohorts/{self.cohort}/{rest}"

    @property
    def register(self) -> str:
        """The register of the meeting that is on."""
        return self.page(f"meetings/{self.meeting}/register")


@dataclass(frozen=True)
class Scene:
    """A trainer's browser, a small cohort and a large one."""

    app: Flask
    trainer: FlaskClient
    small: Place
    large: Place


def make(people: int) -> Scene:
    """A site of its own on SQLite with both cohorts."""
    folder = Path(tempfile.mkdtemp(prefix="coplearn-bench-"))
    settings = Settings(instance_path=folder, secret_key="k" * 40, log_level="CRITICAL", rate_limits=False)
    app = add_commands(create_app(settings))
    with app.app_context():
        migrations_of(app).upgrade()
        session = current_session(app)
        places = [_place(session, SMALL), _place(session, people)]
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "trainer@example.org")).one()
    return Scene(app, signed_in_client(app, key), places[0], places[1])


def _place(session: Any, people: int) -> Place:
    now = utcnow()
    cohort = put_cohort(session, title=f"Cohort of {people}")
    put_staff(session, cohort, "trainer@example.org", "trainer")
    held = [put_meeting(session, cohort, now - timedelta(days=days), mandatory=days == 1) for days in (2, 1)]
    meeting = put_meeting(session, cohort, now - timedelta(minutes=5))
    _members(session, cohort, people)
    ids = list(session.scalars(select(Membership.id).where(Membership.cohort_id == cohort.id).order_by(Membership.id)))
    marks = [
        {
            "meeting_id": one.id,
            "membership_id": member,
            "status": "absent" if member % 25 == 0 else "present",
            "rev": 1,
            "updated_at": now,
        }
        for one in held
        for member in ids
    ]
    session.execute(insert(Attendance), marks)
    names = select(Membership.public_id).where(Membership.cohort_id == cohort.id).order_by(Membership.name)
    return Place(cohort.public_id, meeting.public_id, list(session.scalars(names))[-41:][0] if people > SMALL else "")


def _members(session: Any, cohort: Cohort, people: int) -> None:
    first = put_member(session, cohort, None, name="Person 00000")
    columns = [column.name for column in Membership.__table__.columns if column.name != "id"]
    values = {name: getattr(first, name) for name in columns}
    rows = [
        values
        | {
            "public_id": f"m{cohort.id}-{number}",
            "key": f"{cohort.id}-{number}",
            "name": f"Person {number:05}",
            "calendar_token": None,
        }
        for number in range(1, people)
    ]
    session.execute(insert(Membership), rows)


def timed(client: FlaskClient, address: str) -> float:
    """Milliseconds that a page takes, the median of some rounds."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(address)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, address
    return statistics.median(took)


def statements(scene: Scene, address: str) -> int:
    """What a page asks of the database."""
    with counted(scene.app) as sent:
        assert scene.trainer.get(address).status_code == 200
    return len(sent)


def registers(scene: Scene) -> Figures:
    """The register and the timetable of a large cohort beside those of a small one."""
    small, large = timed(scene.trainer, scene.small.register), timed(scene.trainer, scene.large.register)
    last = timed(scene.trainer, f"{scene.large.register}?after={scene.large.last}")
    few, many = (timed(scene.trainer, place.page("meetings")) for place in (scene.small, scene.large))
    return {
        "register of 40, ms": small,
        "register of 10,000, ms": large,
        "register, 10,000 to 40": large / small,
        "register, last page of 10,000 to 40": last / small,
        "register of 10,000, statements": statements(scene, scene.large.register),
        "meetings of 40, ms": few,
        "meetings of 10,000, ms": many,
        "meetings, 10,000 to 40": many / few,
        "meetings of 10,000, statements": statements(scene, scene.large.page("meetings")),
    }


def marks(scene: Scene) -> Figures:
    """Forty marks saved at once from the register's page, as the first press does it."""
    page = scene.trainer.get(scene.large.register).text.partition('id="register"')[2].partition("</form>")[0]
    shown = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    began = time.perf_counter()
    with counted(scene.app) as sent:
        answer = scene.trainer.post(scene.large.register, data={**shown, "rest": "present"})
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 303
    return {"forty marks, statements": len(sent), "forty marks, ms": took}


def progress(scene: Scene) -> Figures:
    """The matrix and the numbers of a large cohort beside those of a small one; large numbers are kept for ten minutes."""
    client, found = scene.trainer, Figures()
    began = time.perf_counter()
    found["numbers of 10,000, statements, first"] = statements(scene, scene.large.page("numbers"))
    found["numbers of 10,000, first, ms"] = (time.perf_counter() - began) * 1000
    for name in ("progress", "numbers"):
        small, large = (timed(client, place.page(name)) for place in (scene.small, scene.large))
        found |= {f"{name} of 40, ms": small, f"{name} of 10,000, ms": large, f"{name}, 10,000 to 40": large / small}
        found[f"{name} of 10,000, statements"] = statements(scene, scene.large.page(name))
    last = timed(client, scene.large.page(f"progress?after={scene.large.last}"))
    few, many = (timed(client, place.page("progress?missing=")) for place in (scene.small, scene.large))
    found["progress, last page of 10,000 to 40"] = last / found["progress of 40, ms"]
    few_most, many_most = (timed(client, place.page("progress?order=missing")) for place in (scene.small, scene.large))
    found["progress, who misses most, 10,000 to 40"] = many_most / few_most
    return found | {"progress, who misses something, 10,000 to 40": many / few}


def every_page(scene: Scene) -> Figures:
    """The slowest page of a large cohort and the one with the most statements, of all that links lead its trainer to.

    One page of each kind, looked at for the first time; files to take along are among them.
    """
    routes, base = scene.app.url_map.bind("localhost"), scene.large.page("")
    waiting, seen, took = [base], set[str](), dict[str, tuple[float, int]]()
    while waiting:
        address = waiting.pop(0)
        with scene.app.app_context():
            kind = str(routes.match(address.partition("?")[0])[0])
        if kind in seen:
            continue
        seen.add(kind)
        began = time.perf_counter()
        with counted(scene.app) as sent:
            answer = scene.trainer.get(address, buffered=True)
        took[kind] = ((time.perf_counter() - began) * 1000, len(sent))
        assert answer.status_code in (200, 303), address
        if answer.mimetype == "text/html":
            waiting += re.findall(rf'href="({re.escape(base)}[^"#]*)', answer.text.replace("&amp;", "&"))
    for place, unit in enumerate(("ms", "statements")):
        most = sorted(took, key=lambda kind: took[kind][place], reverse=True)[:5]
        print(f"of {len(took)} pages, most {unit}: {', '.join(f'{kind} {took[kind][place]:.0f}' for kind in most)}")
    return {
        "slowest page of 10,000, ms": max(ms for ms, _ in took.values()),
        "page of 10,000 with the most statements": max(count for _, count in took.values()),
    }


_PARTS: tuple[Callable[[Scene], Figures], ...] = (registers, marks, progress, every_page)


def measure(people: int = LARGE) -> Figures:
    """All figures of a site with a cohort of that size."""
    scene, found = make(people), Figures()
    for part in _PARTS:
        found |= part(scene)
    with scene.app.app_context():
        engine_of(scene.app).dispose()
    return found


def report(quick: bool) -> Figures:
    """Measure and print every figure, and its bar where there is one."""
    found = measure(QUICK if quick else LARGE)
    print("\nCohorts")
    for name, value in found.items():
        bar = BARS.get(name)
        verdict = "" if bar is None else f"  bar {bar:g}: {'kept' if value <= bar else 'BROKEN'}"
        print(f"{name:40} {value:10.2f}{verdict}", flush=True)
    return found


def main() -> None:
    """Measure this part alone."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help=f"a cohort of {QUICK:,} instead of {LARGE:,}")
    report(asked.parse_args().quick)


if __name__ == "__main__":
    main()
