"""A site whose translators are at work already."""

from __future__ import annotations

import pytest
from flask import Flask

from coplearn.settings import Settings
from tests.conftest import MakeSite
from tests.once import copy_database, opened_file


@pytest.fixture
def opened_app(make_app: MakeSite, settings: Settings) -> Flask:
    """A site on SQLite in which the interface and the course for parents were opened in Arabic before."""
    copy_database(settings.instance_path, opened_file())
    return make_app()
