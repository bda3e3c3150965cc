"""Make one backup after the other of the SQLite site named by the arguments, until somebody kills this process."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine

from coplearn.backups.making import make_backup
from coplearn.settings import Settings
from coplearn.storage.database import engine_options

if __name__ == "__main__":
    instance, folder, recipient, first = sys.argv[1:]
    settings = Settings(
        instance_path=Path(instance), backup_folder=Path(folder), backup_recipients=(recipient,), backup_days=99
    )
    engine = create_engine(**engine_options(settings.database))
    now = datetime.fromisoformat(first).astimezone(UTC)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        make_backup(engine, settings, now)
        now += timedelta(days=1)
