"""`make bench`: coplearn beside a bare Flask page on the same server, and what its pages cost; prints tables, keeps the figures.

Nothing here is a test: the figures go to docs/benchmarks.md by hand, with the machine they were measured on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench.cohorts import report as report_cohorts
from bench.facts import fill, page_times, statements, typesetting, weights
from bench.load import Figures, Shot, fire, generator
from bench.rosters import measure as measure_rosters
from bench.site import LEARNERS, Installation, install, memory_of, serve_bare, serve_site
from bench.translators import measure as measure_translators
from coplearn.certificates.models import Certificate
from coplearn.certificates.press import CertificateText
from coplearn.certificates.screens import certificate_text
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import CertificateKind
from tests.postgres import server_url

CONNECTIONS = (1, 8, 32)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BARE_PAGE = [Shot("/page")]
USUAL_PAGE = [Shot("/usual")]
BARE_UPSERT = [Shot("/note", "POST", FORM, f"id={number}&value=FRESHKEY") for number in range(1, LEARNERS + 1)]


@dataclass(frozen=True, slots=True)
class Runner:
    """Something to put load on: its name, where it is, what is sent, and the bare runner it is held against."""

    name: str
    url: str
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


FULL = Plan(rounds=3, seconds=2, warm_up=2, learners=100_000, views=200)
QUICK = Plan(rounds=3, seconds=1, warm_up=1, learners=5_000, views=60)


def under_load(runners: Sequence[Runner], plan: Plan) -> dict[str, Any]:
    """Medians of interleaved rounds: every runner in turn, then all of them again, at each number of connections."""
    for runner in runners:
        fire(runner.url, runner.shots, 8, plan.warm_up)
    kept: dict[str, Any] = {runner.name: {} for runner in runners}
    for connections in CONNECTIONS:
        rounds: dict[str, list[Figures]] = {runner.name: [] for runner in runners}
        for _ in range(plan.rounds):
            for runner in runners:
                rounds[runner.name].append(fire(runner.url, runner.shots, connections, plan.seconds))
        for runner in runners:
            kept[runner.name][connections] = _median(rounds[runner.name], rounds.get(runner.against or ""))
    return kept


def _median(found: Sequence[Figures], against: Sequence[Figures] | None) -> dict[str, float]:
    middle = {name: statistics.median(getattr(one, name) for one in found) for name in ("rate", "p50", "p99")}
    middle["failed"] = sum(one.failed for one in found)
    if against is not None:
        # Pair by pair: a round and its neighbour had the same machine.
        pairs = list(zip(found, against, strict=True))
        middle["of_bare"] = statistics.median(one.rate / bare.rate for one, bare in pairs)
        middle["p99_of_bare"] = statistics.median(one.p99 / bare.p99 for one, bare in pairs)
    return middle


def show_load(kept: Mapping[str, Any]) -> None:
    """The table of everything that was under load."""
    print(
        f"\n{'':<34}{'conn.':>6}{'answers/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'× bare':>9}{'p99 × bare':>12}{'failed':>8}"
    )
    for name, rows in kept.items():
        for connections, row in rows.items():
            of_bare = f"{row['of_bare']:>9.2f}{row['p99_of_bare']:>12.2f}" if "of_bare" in row else " " * 21
            print(
                f"{name:<34}{connections:>6}{row['rate']:>11.0f}{row['p50']:>9.2f}{row['p99']:>9.2f}{of_bare}{row['failed']:>8}"
            )


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
        site.app.extensions["sqlalchemy"].engine.dispose()
    return {name: {"few": few[name], "many": many[name], "ratio": many[name] / few[name]} for name in few}


def show_crowd(name: str, kept: Mapping[str, Any], plan: Plan) -> None:
    """The table of few learners against many."""
    print(f"\n{name + ', in process':<34}{LEARNERS:>12} learners{plan.learners:>12} more{'ratio':>8}")
    for page, row in kept.items():
        print(f"{page:<34}{row['few']:>18.2f} ms{row['many']:>14.2f} ms{row['ratio']:>8.2f}")


def certificates(site: Installation, rounds: int) -> dict[str, float]:
    """Milliseconds to typeset a certificate in each language."""
    samples: dict[str, CertificateText] = {}
    for locale in site.app.extensions["locales"].live:
        with site.app.test_request_context(f"/{locale.url}/"):
            site.app.preprocess_request()
            kind, number = CertificateKind.ACHIEVEMENT, "AAAAA-AAAAA-AAAAA-AAAAA"
            one = Certificate(number=number, kind=kind, name="Ani Գրիգորյան", issued_at=utcnow())
            title = site.app.extensions["shelf"].texts(site.course, locale).get("course#title").text
            samples[locale.bcp47] = certificate_text(
                one, title, f"https://learn.example.org/{locale.url}/check/{number}"
            )
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
    with serve_site(site, folder) as first:
        # Makes whatever a first start makes, so that the next is one on a prepared machine.
        fire(first.url, site.views(lesson), 8, plan.warm_up)
    with ExitStack() as stack:
        bare = stack.enter_context(serve_bare(folder))
        ours = stack.enter_context(serve_site(site, folder))
        runners = [
            Runner("bare page, 12 KB, one row", bare.url, BARE_PAGE),
            Runner("usual page: ORM and url_for", bare.url, USUAL_PAGE, "bare page, 12 KB, one row"),
            Runner("lesson, signed in", ours.url, site.views(lesson), "bare page, 12 KB, one row"),
            Runner("lesson, signed in, gzip", ours.url, gzip, "bare page, 12 KB, one row"),
            Runner("course, signed in", ours.url, site.views(site.address()), "bare page, 12 KB, one row"),
            Runner("bare upsert", bare.url, BARE_UPSERT),
            Runner("check answered", ours.url, site.answers(), "bare upsert"),
        ]
        kept: dict[str, Any] = {"load": under_load(runners, plan), "start": ours.first_answer}
        kept["workers_mib"], kept["tree_mib"] = memory_of(ours)
        shots = {name: site.views(path)[0] for name, path in (("course", site.address()), ("lesson", lesson))}
        shots["lesson in Arabic"] = site.views(site.address(site.item("lesson", 2), "ar"))[0]
        kept["weight"] = {name: weights(ours.url, shot) for name, shot in shots.items()}
    return kept


def show_rest(kept: Mapping[str, Any]) -> None:
    """What is one line each."""
    print(f"\nStart to first answer: {kept['start']:.2f} s")
    print(f"Memory (PSS): two workers {kept['workers_mib']:.0f} MiB, all processes {kept['tree_mib']:.0f} MiB")
    for name, (plain, squeezed) in kept["weight"].items():
        parts = ", ".join(f"{kind} {plain[kind] / 1024:.1f} → {squeezed[kind] / 1024:.1f}" for kind in plain)
        total = f"{sum(plain.values()) / 1024:.1f} → {sum(squeezed.values()) / 1024:.1f}"
        print(f"First view of the {name}, KiB as it is → gzip: {total} ({parts})")
    print("Statements a page: " + ", ".join(f"{name} {count}" for name, count in kept["statements"].items()))
    print("Certificate, warm, ms: " + ", ".join(f"{lang} {took:.1f}" for lang, took in kept["certificates"].items()))


def main() -> int:
    """Measure everything, print it, and keep it in bench/results.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short rounds and a small crowd, to see that it works")
    quick = parser.parse_args().quick
    plan = QUICK if quick else FULL
    began = datetime.now(UTC)
    machine = (
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}"
    )
    print(f"{began:%Y-%m-%d %H:%M} UTC · {machine} · load {os.getloadavg()[0]:.1f} · {generator()} · {plan}")
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as name:
        folder = Path(name)
        site = install(folder / "site")
        kept: dict[str, Any] = {
            "when": began.isoformat(),
            "machine": machine,
            "load_before": os.getloadavg()[0],
            "generator": generator(),
        }
        kept |= {"statements": statements(site), "certificates": certificates(site, 5 if quick else 15)}
        kept |= measure_load(site, folder, plan)
        show_load(kept["load"])
        show_rest(kept)
        kept["crowd"] = {"SQLite": crowd(lambda: install(folder / "crowd"), plan)}
        show_crowd("SQLite", kept["crowd"]["SQLite"], plan)
        try:
            kept["crowd"]["PostgreSQL"] = crowd(lambda: on_postgresql(folder / "postgresql"), plan)
            show_crowd("PostgreSQL", kept["crowd"]["PostgreSQL"], plan)
        except (OSError, ImportError, RuntimeError) as error:
            print(f"\nNo PostgreSQL here: {error}")
    kept["translators"] = measure_translators(quick)
    kept["rosters"] = measure_rosters(quick)
    kept["cohorts"] = report_cohorts(quick)
    (Path(__file__).parent / "results.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
