"""Calendar months, as people count them: from the 31st of January, one month is the last day of February."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TypeVar

Day = TypeVar("Day", bound=date)


def add_months(start: Day, months: int) -> Day:
    """The same day of the month so many months later, or that month's last day when it is shorter; the hour stays."""
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
