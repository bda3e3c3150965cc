"""A site on each kind of database for a whole module, whose letters wait for a sender; each test finds it empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from coplearn.outbox.models import DailyRun, Heartbeat, Job, Letter
from coplearn.storage.database import current_session
from tests.conftest import settings_in, sites
from tests.once import drop_database, migrated_template, new_database
from tests.outbox.posting import with_notes
from tests.outbox.redis_server import RedisServer, redis_server
from tests.postgres import server_url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def quiet_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The module's site; its mail server is not there."""
    name = new_database(migrated_template()) if request.param == "postgresql" else ""
    settings = settings_in(tmp_path_factory.mktemp("outbox"))
    with sites(settings) as make:
        url = server_url(name) if name else ""
        yield with_notes(make(database_url=url, mail="smtp", mail_server="127.0.0.1", mail_port=9))
    if name:
        drop_database(name)


@pytest.fixture
def post_app(quiet_site: Flask) -> Iterator[Flask]:
    """That site, with nothing in its outbox."""
    yield quiet_site
    with quiet_site.app_context():
        session = current_session(quiet_site)
        for table in (Letter, Job, Heartbeat, DailyRun):
            session.execute(delete(table))
        session.commit()


@pytest.fixture
def post(post_app: Flask) -> Iterator[Session]:
    """A session of that site."""
    with post_app.app_context():
        yield current_session(post_app)


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The test process's Redis server."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(shared_redis: RedisServer) -> RedisServer:
    """That server, running and empty, whatever an earlier test did to it."""
    shared_redis.stop()
    shared_redis.start()
    return shared_redis
