"""`python -m bench.rosters`: a list of 100,000 people looked at and brought in, and killed twenty times on the way.

Every part runs in a process of its own, so that its memory is its own too. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.translators import machine
from coplearn.app import create_app
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.cohorts.people import tasks
from coplearn.cohorts.people.queries import import_of
from coplearn.cohorts.people.rosters.reading import kind_of
from coplearn.cohorts.people.rosters.store import RosterStore
from coplearn.cohorts.people.rules.rosters import FileShape
from coplearn.cohorts.people.service import rosters as service
from coplearn.kernel.clock import utcnow
from coplearn.server import prepare
from coplearn.settings import HOME, Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.people.kill_roster import import_under_kills
from tests.cohorts.worlds import put_cohort, put_user

RESULTS: Final = Path(__file__).parent / "results.json"
FULL, QUICK = 100_000, 5_000
KILLS: Final = 20
Figures = dict[str, float]
BARS: Final[Mapping[str, float]] = {
    "CSV, look and import, s": 60,
    "CSV, peak MB": 300,
    "workbook, unpack, look and import, s": 60,
    "workbook, peak MB": 300,
    "killed, lines missing or twice": 0,
}


def _people(count: int) -> Iterator[tuple[str, ...]]:
    yield ("الاسم الكامل", "البريد الإلكتروني", "المدرسة", "المنطقة", "اللغة")
    for number in range(count):
        mail = f"p{number}@school{number % 50}.example.org" if number % 3 else ""
        yield (f"أحمد بن علي {number}", mail, f"المدرسة {number % 400}", "الرباط", "العربية")


def _file(folder: Path, kind: str, count: int) -> Path:
    path = folder / f"list.{kind}"
    if kind == "csv":
        with path.open("w", encoding="cp1256", newline="") as file:
            csv.writer(file, delimiter=";").writerows(_people(count))
        return path
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(_people(count)):
            sheet.write_row(row, 0, line)
    return path


def _site(folder: Path) -> Flask:
    settings = Settings(instance_path=folder / "instance", secret_key="b" * 40, log_level="ERROR", rate_limits=False)
    app = create_app(settings)
    prepare(app)
    return app


def _look(app: Flask, session: Session, path: Path) -> tuple[int, str]:
    """As the upload does and the machine after it; the cohort's id and the roster's."""
    cohort = put_cohort(session)
    who = Person(put_user(session, "trainer@example.org"), "Trainer", "trainer@example.org", "en", ())
    cohort_id, public_id = cohort.id, new_public_id()
    session.commit()
    store = RosterStore(site_of(app).settings.instance_path)
    with path.open("rb") as file:
        sha256 = store.keep(public_id, file)
    shape = FileShape(kind_of(store.raw(public_id)))
    service.put_import(session, who, cohort_id, public_id, (path.name, sha256), shape, utcnow())
    session.commit()
    tasks.work_on_roster(app, session, utcnow(), public_id=public_id)
    service.start(session, who, cohort_id, public_id, utcnow())
    session.commit()
    return cohort_id, public_id


def _whole(folder: Path, count: int, kind: str) -> tuple[float, float, float]:
    """Seconds to look, and for all: by the clock, and of the processor, which are the same on an idle machine."""
    app, path = _site(folder), _file(folder, kind, count)
    with app.app_context():
        session, began, busy = current_session(app), time.perf_counter(), time.process_time()
        cohort_id, public_id = _look(app, session, path)
        looked = time.perf_counter() - began
        tasks.work_on_roster(app, session, utcnow(), public_id=public_id)
        found = import_of(session, cohort_id, public_id)
        assert (found.state, found.added) == ("done", count), (found.state, found.added)
        return looked, time.perf_counter() - began, time.process_time() - busy


def _csv(folder: Path, count: int) -> Figures:
    looked, whole, busy = _whole(folder, count, "csv")
    return {
        "CSV, look, s": looked,
        "CSV, look and import, s": whole,
        "CSV, look and import, processor s": busy,
        "CSV, peak MB": _peak(),
    }


def _xlsx(folder: Path, count: int) -> Figures:
    looked, whole, busy = _whole(folder, count, "xlsx")
    unpacking = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    return {
        "workbook, unpack and look, s": looked,
        "workbook, unpack, look and import, s": whole,
        "workbook, look and import, processor s": busy,
        "workbook, peak MB": max(_peak(), unpacking),
    }


def _killed(folder: Path, count: int) -> Figures:
    app, path = _site(folder), _file(folder, "csv", count)
    with app.app_context():
        session = current_session(app)
        cohort_id, public_id = _look(app, session, path)
        session.close()
    began = time.perf_counter()
    hit = import_under_kills(app, public_id, KILLS, 2.0 if count >= FULL else 0.3, seed=2026)
    with app.app_context():
        session = current_session(app)
        at = import_of(session, cohort_id, public_id).done
        tasks.work_on_roster(app, session, utcnow(), public_id=public_id)
        found = import_of(session, cohort_id, public_id)
        people = session.scalar(select(func.count(func.distinct(Membership.key)))) or 0
        rows = session.scalar(select(func.count()).select_from(Membership)) or 0
        assert (found.state, found.done, found.added) == ("done", count, count), (found.state, found.done, found.added)
    return {
        "killed, times at work": hit,
        "killed, lines in by the last kill": at,
        "killed, all in all, s": time.perf_counter() - began,
        "killed, lines missing or twice": abs(people - count) + abs(rows - count),
    }


PARTS: Final[Mapping[str, Callable[[Path, int], Figures]]] = {"csv": _csv, "xlsx": _xlsx, "killed": _killed}


def _peak() -> float:
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM:")) * 1024 / 1e6


def measure(quick: bool = False) -> dict[str, Any]:
    """Run every part in a process of its own, and show the table as it grows; what was found."""
    count = QUICK if quick else FULL
    print(f"\nRosters, {count:,} lines · {machine()}")
    figures: Figures = {}
    for part in PARTS:
        command = [sys.executable, "-m", "bench.rosters", "--part", part, "--lines", str(count)]
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{part}:\n{done.stderr[-4000:]}")
        found: Figures = json.loads(done.stdout.splitlines()[-1])
        for name, value in found.items():
            bar = BARS.get(name)
            told = "" if bar is None else f"<= {bar:g}{'' if value <= bar else '  missed'}"
            print(f"{name:<58}{value:>12,.2f}  {told}".rstrip(), flush=True)
        figures |= found
    missed = [name for name, bar in BARS.items() if figures[name] > bar]
    print(f"Missed: {', '.join(missed) or 'none'}")
    return {"lines": count, "figures": figures, "missed": missed}


def main() -> int:
    """Measure, and add the figures to bench/results.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5,000 lines, to see that it works")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, default=FULL, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        with tempfile.TemporaryDirectory(prefix="coplearn-rosters-") as name:
            print(json.dumps(PARTS[given.part](Path(name), given.lines)))
        return 0
    found = measure(given.quick)
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(held | {"rosters": found}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
