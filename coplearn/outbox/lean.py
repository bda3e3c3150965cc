"""Huey without the drivers it loads for storages of its own, which we do not use: the one for PostgreSQL alone takes 6 MiB.

Whoever needs something of huey takes it from here.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_NOT_NEEDED: Final = ("psycopg", "cysqlite", "redis")


@contextmanager
def _absent(names: tuple[str, ...]) -> Iterator[None]:
    """Importing one of those fails meanwhile, as if it were not installed; what is loaded already stays."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None is how a module is said to be missing
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with _absent(_NOT_NEEDED):
    _huey: Any = importlib.import_module("huey")
    _consumer: Any = importlib.import_module("huey.consumer")
    _storage: Any = importlib.import_module("huey.storage")

Huey: Any = _huey.Huey
Consumer: Any = _consumer.Consumer
Scheduler: Any = _consumer.Scheduler
BaseStorage: Any = _storage.BaseStorage
EmptyData: Any = importlib.import_module("huey.constants").EmptyData
Message: Any = importlib.import_module("huey.registry").Message
Serializer: Any = importlib.import_module("huey.serializer").Serializer
