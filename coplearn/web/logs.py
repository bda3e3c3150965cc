"""Structured log lines on standard error: one JSON object each, with a request id and no personal data."""

from __future__ import annotations

import logging
import sys

import structlog

from coplearn.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Send structlog's lines as JSON to standard error from the settings' level on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def kind_and_place(error: BaseException) -> dict[str, str]:
    """What may be logged of an exception. Its text may hold what a person typed, so only its kind and where it was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    return {"kind": type(error).__name__, "place": place}


class JsonLines(logging.Handler):
    """Takes what Flask itself logs into our lines: what happened, and of an exception its kind and place."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line, without the values that were put into its text."""
        error = record.exc_info[1] if record.exc_info else None
        log = structlog.get_logger()
        log.log(record.levelno, "log", source=record.name, text=record.msg, **(kind_and_place(error) if error else {}))
