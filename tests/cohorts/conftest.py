"""A site on each kind of database for verbs that never commit: what a test does is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.storage.database import current_session
from tests.once import pooled_database
from tests.postgres import server_url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scratch_app(request: pytest.FixtureRequest, pooled_sites: Callable[[str], Flask]) -> Flask:
    """The site, shared by all tests of this process."""
    return pooled_sites("" if request.param == "sqlite" else server_url(pooled_database()))


@pytest.fixture
def scratch(scratch_app: Flask) -> Iterator[Session]:
    """A session of that site on empty tables; nothing of it is kept."""
    with scratch_app.app_context():
        session = current_session(scratch_app)
        yield session
        session.rollback()
