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
