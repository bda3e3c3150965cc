"""The primary of PostgreSQL is lost and its standby promoted: the site goes on by itself, and nothing that was saved is lost."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from coplearn.backups.databases import dump
from coplearn.kernel.clock import utcnow
from coplearn.storage import postgresql_connection
from coplearn.storage.database import engine_of
from coplearn.storage.limits import RateLimit, add_tries, standing_of
from tests.conftest import MakeSite
from tests.durability.cluster import engine_at, pair
from tests.durability.killing import KeptSite
from tests.durability.population import await_savings, check, do_what_waits, settle_people
from tests.journeys.site import free_port
from tests.once import migrate

PROMOTIONS = 10
BETWEEN = 10
"""So much each person saves between two of them."""
_HOUR = 3600


def test_engine_finds_the_promoted_and_waits_for_nobody_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed is on the standby when it is promoted, and backups go on; a commit whose standby is away ends unsaid."""
    now = utcnow()
    with pair() as both, engine_at(both.url) as engine, engine_at(both.standby.url) as too_early:
        RateLimit.__table__.create(engine)  # type: ignore[attr-defined] # a table, of a class that is mapped
        for _ in range(20):
            add_tries(engine, "deed", 1, _HOUR, now)
        with pytest.raises(OperationalError):
            # As when a pool or a name leads there before it is promoted. It is a moment's, and no fault.
            add_tries(too_early, "deed", 1, _HOUR, now)
        both.promote()
        assert [add_tries(one, "deed", 1, _HOUR, now) for one in (engine, too_early)] == [21, 22]
        monkeypatch.setenv("PATH", str(both.programs), prepend=os.pathsep)
        assert dump(engine, tmp_path).tables["rate_limit"].rows == 1
        # Now commits wait for one that is not there.
        both.primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        both.primary.ask("SELECT pg_reload_conf()")
        both.primary.await_that("SELECT current_setting('synchronous_standby_names') = '*'")
        monkeypatch.setattr(postgresql_connection, "COMMIT_SECONDS", 1.0)
        with pytest.raises(OperationalError):
            add_tries(engine, "deed", 1, _HOUR, now)
        assert standing_of(engine, "deed", now)[0] == 22, "what nobody was told is saved is not shown either"


@pytest.mark.whole
def test_promotion_under_load_loses_nothing_and_heals_by_itself(make_app: MakeSite, tmp_path: Path) -> None:
    """Ten times, with two hosts of one site and people of all kinds at work on both."""
    with ExitStack() as stack:
        both = stack.enter_context(pair())
        app = make_app(database_url=both.url)
        migrate(app)
        ports = [free_port(), free_port()]
        population = settle_people(app, ports[0])
        engine_of(app).dispose()
        for port in ports:
            site = KeptSite(tmp_path, {"DATABASE_URL": both.url}, port, population.worker_of_jobs)
            stack.callback(site.stop)
        for place, client in enumerate(population.clients):
            client.port = ports[place % 2]
            client.start()
        healed = []
        for _ in range(PROMOTIONS):
            await_savings(population.quick, BETWEEN)
            both.promote()
            healed.append(await_savings(population.quick, 1))
            both.follow()
        population.leave()
        refused = sum((client.refused for client in population.clients), Counter[int]())
        assert refused.keys() <= {0, 503}, "who could not be served was told so, and saw no fault"
        do_what_waits(app)
        check(population)
        engine_of(app).dispose()
    print(
        f"\n{PROMOTIONS} promotions, {population.said} saved, {refused[503]} refused for the moment;"
        f" everybody saved again after {', '.join(f'{one:.1f}' for one in sorted(healed))} s"
    )
