"""`make bench`: coplearn beside a bare Flask page, and what its pages cost; keeps the figures and prints the tables.

Nothing here is a test: what is printed last goes into docs/benchmarks.md by hand.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench import slow_line
from bench.cohorts import report as report_cohorts
from bench.facts import fill, page_times, statements, typesetting, weights
from bench.load import Figures, Shot, fire, generator
from bench.programme_reports import measure as measure_programme
from bench.rosters import measure as measure_rosters
from bench.searches import measure as measure_searches
from bench.site import LEARNERS, Installation, Server, install, memory_of, processor_of, serve_bare, serve_site
from bench.tables import markdown
from bench.translators import machine
from bench.translators import measure as measure_translators
from coplearn.certificates.documents import CertificateText
from coplearn.certificates.models import Certificate
from coplearn.certificates.presenters import certificate_text
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import CertificateKind
from coplearn.site import site_of
from coplearn.storage.database import engine_of
from tests.postgres import server_url

CONNECTIONS = (1, 8, 32)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BARE_PAGE = [Shot("/page")]
USUAL_PAGE = [Shot("/usual")]
BARE_UPSERT = [Shot("/note", "POST", FORM, f"id={number}&value=FRESHKEY") for number in range(1, LEARNERS + 1)]


@dataclass(frozen=True, slots=True)
class Runner:
    """Something to put load on: its name, the server, what is sent, and the bare runner it is held against."""

    name: str
    server: Server
    shots: Sequence[Shot]
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often; ``learners`` is the crowd for the comparison of one with many."""

    rounds: int
    seconds: int
    warm_up: int
    learners: int
    views: int
    starts: int


FULL = Plan(rounds=3, seconds=2, warm_up=2, learners=100_000, views=200, starts=4)
QUICK = Plan(rounds=3, seconds=1, warm_up=1, learners=5_000, views=60, starts=2)


def under_load(runners: Sequence[Runner], plan: Plan) -> dict[str, Any]:
    """Medians of interleaved rounds: every runner in turn, then all of them again, at each number of connections."""
    for runner in runners:
        fire(runner.server.url, runner.shots, 8, plan.warm_up)
    kept: dict[str, Any] = {runner.name: {} for runner in runners}
    for connections in CONNECTIONS:
        rounds: dict[str, list[Round]] = {runner.name: [] for runner in runners}
        for _ in range(plan.rounds):
            for runner in runners:
                rounds[runner.name].append(_round(runner, connections, plan.seconds))
        for runner in runners:
            kept[runner.name][connections] = _median(rounds[runner.name], rounds.get(runner.against or ""))
    return kept


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to, and microseconds of the processor that the server spent on an answer."""

    figures: Figures
    processor: float


def _round(runner: Runner, connections: int, seconds: int) -> Round:
    before = processor_of(runner.server)
    figures = fire(runner.server.url, runner.shots, connections, seconds)
    return Round(figures, (processor_of(runner.server) - before) * 1e6 / (figures.rate * seconds))


def _median(found: Sequence[Round], against: Sequence[Round] | None) -> dict[str, float]:
    middle = {name: statistics.median(getattr(one.figures, name) for one in found) for name in ("rate", "p50", "p99")}
    middle["processor"] = statistics.median(one.processor for one in found)
    middle["failed"] = sum(one.figures.failed for one in found)
    if against is not None:
        # Pair by pair: a round and its neighbour had the same machine.
        pairs = list(zip(found, against, strict=True))
        middle["of_bare"] = statistics.median(one.figures.rate / bare.figures.rate for one, bare in pairs)
        middle["p99_of_bare"] = statistics.median(one.figures.p99 / bare.figures.p99 for one, bare in pairs)
        middle["processor_of_bare"] = statistics.median(one.processor / bare.processor for one, bare in pairs)
    return middle


def crowd(make: Callable[[], Installation], plan: Plan) -> dict[str, Any]:
    """Median milliseconds a page with few learners and with the crowd, and the ratio."""
    site = make()
    course = site.course
    page_times(site, 20)
    few = page_times(site, plan.views)
    fill(site.app, plan.learners, course.id, list(course.items))
    page_times(site, 20)
    many = page_times(site, plan.views)
    with site.app.app_context():
        engine_of(site.app).dispose()
    return {name: {"few": few[name], "many": many[name], "ratio": many[name] / few[name]} for name in few}


def certificates(site: Installation, rounds: int) -> dict[str, float]:
    """Milliseconds to typeset a certificate in each language."""
    samples: dict[str, CertificateText] = {}
    course, titles = site.course, site_of(site.app).library.titles(site.course)
    for locale in site_of(site.app).locales.live:
        with site.app.test_request_context(f"/{locale.url}/"):
            site.app.preprocess_request()
            kind, number = CertificateKind.ACHIEVEMENT, "AAAAA-AAAAA-AAAAA-AAAAA"
            one = Certificate(
                number=number, kind=kind, name="Ani Գրիգորյան", issued_at=utcnow(), course_id=course.id,
                course_version=course.version, course_digest=course.digest, course_locale=course.locale, titles=titles,
            )  # fmt: skip
            samples[locale.bcp47] = certificate_text(one, f"https://learn.example.org/{locale.url}/check/{number}")
    return typesetting(samples, rounds)


def on_postgresql(folder: Path) -> Installation:
    """An installation on an embedded PostgreSQL."""
    name = f"bench{os.getpid()}"
    admin = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return install(folder, server_url(name))


def measure_load(site: Installation, folder: Path, plan: Plan) -> dict[str, Any]:
    """Everything that needs running servers: load, memory, the start, and bytes on the wire."""
    lesson = site.address(site.item("lesson", 2))
    gzip = [Shot(shot.path, headers={**shot.headers, "Accept-Encoding": "gzip"}) for shot in site.views(lesson)]
    starts = []
    for _ in range(plan.starts + 1):
        with serve_site(site, folder) as one:
            starts.append(one.first_answer)
            fire(one.url, site.views(lesson), 8, 1)
    with ExitStack() as stack:
        bare = stack.enter_context(serve_bare(folder))
        ours = stack.enter_context(serve_site(site, folder))
        runners = [
            Runner("bare page", bare, BARE_PAGE),
            Runner("the usual page: ORM and `url_for`", bare, USUAL_PAGE, "bare page"),
            Runner("lesson, signed in", ours, site.views(lesson), "bare page"),
            Runner("lesson, signed in, gzip", ours, gzip, "bare page"),
            Runner("course, signed in", ours, site.views(site.address()), "bare page"),
            Runner("bare upsert", bare, BARE_UPSERT),
            Runner("check answered", ours, site.answers(), "bare upsert"),
        ]
        # The first start of all makes what the others find.
        kept: dict[str, Any] = {"start": statistics.median([*starts[1:], ours.first_answer])}
        kept["at_rest_mib"] = memory_of(ours)
        kept["load"] = under_load(runners, plan)
        kept["under_load_mib"] = memory_of(ours)
        shots = {name: site.views(path)[0] for name, path in (("course", site.address()), ("lesson", lesson))}
        shots["lesson in Arabic"] = site.views(site.address(site.item("lesson", 2), "ar"))[0]
        kept["weight"] = {name: weights(ours.url, shot) for name, shot in shots.items()}
    return kept


def measure_site(folder: Path, plan: Plan, *, quick: bool) -> dict[str, Any]:
    """Everything about the site itself."""
    site = install(folder / "site")
    kept: dict[str, Any] = {"statements": statements(site), "certificates": certificates(site, 5 if quick else 15)}
    kept |= measure_load(site, folder, plan)
    kept["slow line"] = slow_line.measure(site, folder, 1 if quick else 3)
    kept["crowd"] = {"SQLite": crowd(lambda: install(folder / "crowd"), plan)}
    try:
        kept["crowd"]["PostgreSQL"] = crowd(lambda: on_postgresql(folder / "postgresql"), plan)
    except (OSError, ImportError, RuntimeError) as error:
        print(f"No PostgreSQL here: {error}")
    return kept


def main() -> int:
    """Measure everything, keep it in bench/results.json, and print the tables of docs/benchmarks.md in one piece."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short rounds and a small crowd, to see that it works")
    quick = parser.parse_args().quick
    plan = QUICK if quick else FULL
    kept: dict[str, Any] = {
        "when": datetime.now(UTC).isoformat(),
        "machine": machine(),
        "load_before": os.getloadavg()[0],
        "generator": generator(),
        "plan": asdict(plan),
    }
    print(f"{kept['when']} · {kept['machine']} · load {kept['load_before']:.1f} · {kept['generator']}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as name:
        kept |= measure_site(Path(name), plan, quick=quick)
    kept["translators"] = measure_translators(quick)
    kept["rosters"] = measure_rosters(quick)
    kept["cohorts"] = report_cohorts(quick)
    kept["searches"] = measure_searches(quick)
    kept["programme report"] = measure_programme(quick=True)
    kept |= {"minutes": (time.monotonic() - began) / 60, "load_after": os.getloadavg()[0]}
    (Path(__file__).parent / "results.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print("\n" + markdown(kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
