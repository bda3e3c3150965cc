"""Whatever is killed, what people were told is saved is there afterwards, and there once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from coplearn.storage.database import engine_of
from tests.conftest import MakeSite
from tests.durability.killing import KeptSite, OwnPostgres, own_postgres
from tests.durability.population import Population, check, do_what_waits, settle_people
from tests.journeys.site import free_port
from tests.once import migrate
from tests.sizes import WHOLE, whole_only

KILLS, WRITES = (100, 50_000) if WHOLE else (2, 20)
"""On each engine."""
SEED = 20_261_130


def _kill_about(
    population: Population, kills: Sequence[Callable[[random.Random], bool]], count: int, chance: random.Random
) -> None:
    """Kill now and then, so often, until enough was saved."""
    done = 0
    while done < count or population.said < WRITES:
        before, wanted = population.said, chance.randrange(1, 2 * WRITES // count)
        deadline = time.monotonic() + (60 if WHOLE else 5)
        while population.said < before + wanted and time.monotonic() < deadline:
            assert not any(client.fault for client in population.clients), [
                client.fault for client in population.clients
            ]
            time.sleep(0.02)
        if done < count:
            done += kills[done % len(kills)](chance)


@contextmanager
def _sqlite_or_postgres(kind: str) -> Iterator[OwnPostgres | None]:
    if kind == "sqlite":
        yield None
        return
    with own_postgres() as server:
        yield server


@pytest.mark.sampled
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=whole_only)])
def test_what_was_said_to_be_saved_outlives_every_kill(make_app: MakeSite, tmp_path: Path, engine: str) -> None:
    """Workers, the whole server, the process of the jobs and PostgreSQL are killed under people of all kinds at work."""
    with ExitStack() as stack:
        postgres = stack.enter_context(_sqlite_or_postgres(engine))
        more = {"DATABASE_URL": postgres.url()} if postgres is not None else {}
        app = make_app(database_url=more.get("DATABASE_URL", ""))
        migrate(app)
        port = free_port()
        population = settle_people(app, port)
        engine_of(app).dispose()
        site = KeptSite(tmp_path, more, port, population.worker_of_jobs)
        stack.callback(site.stop)
        kills = [partial(site.kill, what) for what in ("worker", "server", "jobs")]
        if postgres is not None:
            kills = [*(partial(postgres.kill, what) for what in ("backend", "all")), *kills]
        for client in population.clients:
            client.start()
        _kill_about(population, kills, KILLS, random.Random(SEED))
        population.leave()
        kinds = Counter(key.rpartition("-")[0] for client in population.clients for key in client.said)
        site.stop()
        engine_of(app).dispose()
        do_what_waits(app)
        check(population)
        if engine == "sqlite":
            with engine_of(app).connect() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        engine_of(app).dispose()
    print(
        f"\n{engine}: {KILLS} kills, {population.said} saved {dict(kinds)}, {sum(one.tries for one in population.clients)} requests"
    )
