"""Sites of the tests of translating: small ones of their own, and one whose translators are at work already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from coplearn.settings import Settings
from coplearn.storage.database import engine_of
from tests.translating.homes import make_home, make_site


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation's folder."""
    return make_home(tmp_path)


@pytest.fixture
def site(settings: Settings, home: Path, migrated_url: str) -> Iterator[Flask]:
    """A site over it, on each kind of database in turn."""
    app = make_site(settings, home, database_url=migrated_url)
    yield app
    with app.app_context():
        engine_of(app).dispose()


@pytest.fixture
def other(settings: Settings, home: Path, migrated_url: str) -> Iterator[Flask]:
    """Another process of the same site, which does nothing by itself."""
    app = make_site(settings, home, database_url=migrated_url)
    yield app
    with app.app_context():
        engine_of(app).dispose()
