"""The parts of SQL that each engine has its own way for. A site loads the way of the engine it uses and no other."""

from __future__ import annotations

import importlib
from typing import Any

from sqlalchemy import Dialect


def own_words(dialect: Dialect) -> Any:
    """The module whose ``insert`` knows what to do when a row stands there already: PostgreSQL's, or else SQLite's."""
    name = "postgresql" if dialect.name == "postgresql" else "sqlite"
    return importlib.import_module(f"sqlalchemy.dialects.{name}")
