"""The law of what is counted: few names, fixed beforehand, and nothing about anybody."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final

LEAST_TOKEN: Final = 20
"""Characters of a token that nobody guesses."""
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds, up to which answers are counted together."""
NOWHERE: Final = "none"
"""The name of the endpoint of an address that leads to none."""


@dataclass(frozen=True, slots=True)
class GaugeValue:
    """A figure that goes up and down, read when it is asked for."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def status_class(status: int) -> str:
    """The class of an answer's status, such as ``4xx``."""
    return f"{status // 100}xx" if 100 <= status < 600 else "other"


def fault_kind(error: BaseException) -> str:
    """The kind of what kept something from being stored: ``busy``, ``full`` or ``away``."""
    if isinstance(error, OSError):
        return "full" if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS} else "away"
    cause = getattr(error, "orig", None) or error
    name = str(getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", "") or type(cause).__name__)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "40", "57014")) or name == "Busy":
        return "busy"
    return "full" if name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "53100")) else "away"


def is_this_machine(address: str, forwarded: bool) -> bool:
    """Whether a request comes from this machine, and from no proxy on it, which would pass on anybody's."""
    if forwarded:
        return False
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def age(now: datetime, then: datetime | None) -> float:
    """Seconds since ``then``; 0 when there is nothing that waits."""
    return max(0.0, (now - then).total_seconds()) if then is not None else 0.0
