"""Reading what was chosen: at once for the page, and every two seconds for everything else."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.administration.site_settings.models import ChosenSetting
from coplearn.administration.site_settings.rules import with_chosen
from coplearn.kernel.clock import beat
from coplearn.settings import Settings
from coplearn.storage.database import reading_only

_COLUMNS = select(ChosenSetting.name, ChosenSetting.value)


def chosen_values(session: Session) -> dict[str, Any]:
    """Values that were chosen, by name (one statement)."""
    return {row.name: row.value for row in session.execute(_COLUMNS)}


class LiveSettings:
    """The site's settings as they are now, in every worker: the operator's, and what was chosen on the page.

    The table is looked at every ``poll`` seconds; while it cannot be read, what was read last holds.
    """

    def __init__(self, engine: Engine, settings: Settings, poll: float) -> None:
        self._engine = engine
        self._operators = settings
        self._poll = poll
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._current = settings

    def __call__(self) -> Settings:
        """The settings that hold now."""
        now = beat(self._poll)
        if self._looked != now and self._lock.acquire(blocking=False):
            try:
                self._read()
                self._looked = now
            finally:
                self._lock.release()
        return self._current

    def renew(self) -> None:
        """Look now, for whoever has just changed something."""
        self._looked = None

    def _read(self) -> None:
        try:
            with reading_only(), self._engine.connect() as connection:
                rows = connection.execute(_COLUMNS).all()
        except SQLAlchemyError:
            return  # not there yet, or not for the moment
        self._current = with_chosen(self._operators, {row.name: row.value for row in rows})
