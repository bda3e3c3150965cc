"""A site on each kind of database for a whole module, for verbs that never commit: what a test does is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.storage.database import current_session
from tests.conftest import settings_in, sites
from tests.once import drop_database, migrated_template, new_database
from tests.postgres import server_url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scratch_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The module's site."""
    name = new_database(migrated_template()) if request.param == "postgresql" else ""
    with sites(settings_in(tmp_path_factory.mktemp("cohorts"))) as make:
        yield make(database_url=server_url(name) if name else "")
    if name:
        drop_database(name)


@pytest.fixture
def scratch(scratch_app: Flask) -> Iterator[Session]:
    """A session of that site on empty tables; nothing of it is kept."""
    with scratch_app.app_context():
        session = current_session(scratch_app)
        yield session
        session.rollback()
