"""Structured log lines on standard error: one JSON object each, with a request id and no personal data."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Final

import structlog

from coplearn.settings import Settings
from coplearn.web.error_reports import reporter

_HERE: Final = f"{Path(__file__).parents[1]}/"
_STORAGE: Final = f"{_HERE}storage/"


def configure_logs(settings: Settings) -> None:
    """Send structlog's lines as JSON to standard error from the settings' level on, and report faults where the settings say."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            *([reporter(settings.error_reports)] if settings.error_reports else []),
            # In ASCII, so that no sign of any script can pass for the end of a line.
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def kind_and_place(error: BaseException) -> dict[str, str]:
    """The loggable facts of an exception: its kind, where in our code it came up, and what the database calls it.

    Its text may hold what a person typed.
    """
    frames = [f"{frame.f_code.co_filename}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [place for place in frames if place.startswith(_HERE)]
    # That a transaction could not begin is seen in the storage; who began it is what helps.
    callers = [place for place in ours if not place.startswith(_STORAGE)]
    facts = {"kind": type(error).__name__, "place": (callers or ours or frames or [""])[-1]}
    said = _said_by_the_database(getattr(error, "orig", None))
    return {**facts, "database": said} if said else facts


def raised_at(error: BaseException) -> str:
    """The very place an exception comes from, which may be a stranger's file."""
    return ([f"{frame.f_code.co_filename}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)] or [""])[
        -1
    ]


def _said_by_the_database(cause: BaseException | None) -> str:
    """The driver's name of the fault: SQLite's name or PostgreSQL's five signs, else the kind of the driver's exception."""
    if cause is None:
        return ""
    return str(getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", "") or type(cause).__name__)


class JsonLines(logging.Handler):
    """Takes what Flask itself logs into our lines: what happened, and of an exception its kind and place."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line, without the values that were put into its text."""
        error = record.exc_info[1] if record.exc_info else None
        log = structlog.get_logger()
        log.log(record.levelno, "log", source=record.name, text=record.msg, **(kind_and_place(error) if error else {}))
