"""A visitor of a site on SQLite."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.accounts.persona import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody with a browser and no account yet."""
    return Visitor(app)
