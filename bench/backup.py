"""What a backup takes, and what pages take beside it: `python -m bench.backup [--learners 1000000]`, 5,000 by default.

The same rows on PostgreSQL and on SQLite, the function behind `coplearn backup now` in this process, `coplearn serve` in its
own and the load in a third. Pages are asked for one after the other, with a backup going on and without, in turns. The tests'
PostgreSQL waits for no disk. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import insert, select

from bench.growth import make_large
from bench.load import Figures, fire, generator
from bench.site import Installation, install, serve_site
from coplearn.backups.archives import new_key
from coplearn.backups.making import MadeBackup
from coplearn.backups.runs import make_noted
from coplearn.kernel.clock import utcnow
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of, reading_only
from tests.backups.conftest import TOOLS
from tests.once import empty_database
from tests.postgres import give_memory

ENGINES = ("PostgreSQL", "SQLite")
MINUTES = 5
SLOWER = 1.2
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Took:
    """A backup, its seconds, and those of the processor that this process and `pg_dump` used for it."""

    made: MadeBackup
    seconds: float
    processor: float


def copied(site: Installation, folder: Path) -> Installation:
    """The same people and rows on SQLite."""
    copy = install(folder)
    source, target = engine_of(site.app), engine_of(copy.app)
    empty_database(target)
    with reading_only(), source.connect() as rows, target.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found = rows.execute(select(table), execution_options={"yield_per": _AT_ONCE})
            for part in found.mappings().partitions():
                connection.execute(insert(table), [dict(one) for one in part])
            connection.commit()
    with target.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return replace(copy, people=site.people)


def back_up(site: Installation) -> Took:
    """What `coplearn backup now` does, timed."""
    began, before = time.perf_counter(), sum(os.times()[:4])
    with site.app.app_context():
        made = make_noted(site.app, current_session(site.app), site.settings, utcnow())
    return Took(made, time.perf_counter() - began, sum(os.times()[:4]) - before)


def measure(name: str, site: Installation, folder: Path, rounds: int) -> None:
    """Print a backup alone, then pages without and with one beside them."""
    kinds = {"lesson": site.views(site.address(site.item("lesson", 2))), "answer": site.answers()}
    alone = back_up(site)
    seconds = max(2, math.floor(alone.seconds))
    print(f"{name}: {alone.made.rows:,} rows, {alone.made.bytes / 1e6:.1f} MB, {alone.seconds:.1f} s, of the processor"
          f" {alone.processor:.1f}; load {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
    with serve_site(site, folder) as server, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for kind, shots in kinds.items():
            pool.submit(fire, server.url, shots, 1, 2).result()
            without: list[Figures] = []
            beside: list[Figures] = []
            took: list[float] = []
            for _ in range(rounds):
                without.append(pool.submit(fire, server.url, shots, 1, seconds).result())
                load = pool.submit(fire, server.url, shots, 1, seconds)
                took.append(back_up(site).seconds)
                beside.append(load.result())
            print(_row(f"{name}, {kind}", without, beside, took), flush=True)


def _row(name: str, without: Sequence[Figures], beside: Sequence[Figures], took: Sequence[float]) -> str:
    pairs = list(zip(beside, without, strict=True))
    cells = []
    figures: dict[str, Callable[[Figures], float]] = {
        "mean": lambda one: 1000 / one.rate, "p50": lambda one: one.p50, "p95": lambda one: one.p95
    }  # fmt: skip
    for figure in figures.values():
        quiet, busy = (statistics.median(figure(one) for one in found) for found in (without, beside))
        times = statistics.median(figure(one) / figure(other) for one, other in pairs)
        cells.append(f"{quiet:.1f} → {busy:.1f} ({times:.2f})")
    failed = sum(one.failed for pair in pairs for one in pair)
    return f"| {name} | {' | '.join(cells)} | {statistics.median(took):.1f} | {failed} |"


def main() -> None:
    """Fill both, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=ENGINES, default="", help="one kind of database")
    asked = parser.parse_args()
    os.environ["PATH"] = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    give_memory()
    print(f"promised for 1,000,000: {MINUTES} minutes, pages at most {SLOWER} times as long; {generator()}")
    print("| without → with a backup (times) | mean ms | p50 ms | p95 ms | backup s | failed |\n" + "|---" * 6 + "|")
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as name:
        folder = Path(name)
        large = make_large(folder / "postgresql", asked.learners)
        _, public = new_key()
        for engine in [asked.only] if asked.only else ENGINES:
            site = large if engine == "PostgreSQL" else copied(large, folder / "sqlite")
            kept = replace(site.settings, backup_recipients=(public,), backup_folder=folder / f"backups-{engine}")
            measure(engine, replace(site, settings=kept), folder, asked.rounds)
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
