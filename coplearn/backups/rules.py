"""Names of backups, and which of them are kept."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

ENDING: Final = ".zip"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"coplearn-(\d{8}T\d{6}Z)")


def name_at(now: datetime) -> str:
    """The name of a backup made at that instant."""
    return f"coplearn-{now.astimezone(UTC).strftime(_STAMP)}"


def made_at(name: str) -> datetime | None:
    """The instant that a backup's name tells; None for what is no backup's name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def outdated(names: Collection[str], daily: int, weekly: int) -> list[str]:
    """The backups to delete: all but the newest of each of the last ``daily`` days and ``weekly`` weeks that have one.

    The newest of all is always kept, and what is no backup's name is left alone.
    """
    known = sorted(((instant, name) for name in names if (instant := made_at(name))), reverse=True)
    days: dict[object, str] = {}
    weeks: dict[object, str] = {}
    for instant, name in known:
        days.setdefault(instant.date(), name)
        weeks.setdefault(instant.isocalendar()[:2], name)
    kept = {*list(days.values())[:daily], *list(weeks.values())[:weekly], *(name for _, name in known[:1])}
    return sorted(name for _, name in known if name not in kept)
