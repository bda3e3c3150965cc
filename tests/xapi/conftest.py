"""A site with an LRS, and somebody who may do everything there."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.xapi.lrs import Lrs, lrs_with


@pytest.fixture
def app(each_app: Flask) -> Flask:
    """A site on either engine: what is stored here is judged by the database in many places."""
    return each_app


@pytest.fixture
def lrs(app: Flask) -> Lrs:
    """A client with a key for everything."""
    return lrs_with(app)
