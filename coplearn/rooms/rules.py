"""Rules of rooms: what a code looks like, how long it opens, and how often somebody may guess."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from coplearn.kernel.short_codes import code_typed, new_code
from coplearn.privacy.rules import TERMS

CODE_LENGTH: Final = 6
OPEN_FOR: Final = timedelta(hours=12)
"""A code is of the day: whoever finds it on a wall next week opens nothing."""
KEPT_FOR: Final = TERMS["room"].span
"""After its end a room is forgotten, with its seats."""
TRIES: Final = 40
TRIES_SECONDS: Final = 600
"""Wrong codes of one network address in ten minutes: a hall behind one address can mistype, nobody can guess."""


def new_room_code() -> str:
    """A fresh code: one of 887 million, open for hours, with counted tries."""
    return new_code(CODE_LENGTH)


def read_room_code(text: str) -> str:
    """A code as it was typed; "" for what cannot be one."""
    return code_typed(text, (CODE_LENGTH,))


def is_open(expires_at: datetime, closed_at: datetime | None, now: datetime) -> bool:
    """Whether people may come in and look."""
    return closed_at is None and now < expires_at
