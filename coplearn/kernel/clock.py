"""The one place the time is read: aware, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The present instant in UTC, with its time zone, to the microsecond."""
    return datetime.now(UTC)
