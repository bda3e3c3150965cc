"""What a register sends: a form of one page, or the marks that waited on a device."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from werkzeug.exceptions import BadRequest

from coplearn.cohorts.rules.register import DOOR, LONGEST_OP
from coplearn.cohorts.rules.words import Presence, Via
from coplearn.cohorts.service.attendance import Sent

_LONGEST_ID: Final = 16
_MOST_REV: Final = 1_000_000_000
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""What no database takes in a text."""
_OF_A_PAGE: Final = (Via.REGISTER, Via.PAPER, Via.CARD)
_OF_A_DEVICE: Final = (Via.REGISTER, Via.OFFLINE, Via.PAPER)


def read_register(form: Mapping[str, str], now: datetime) -> list[Sent]:
    """The marks of a register's form: rows whose choice is another than the page had shown.

    ``s-<member>`` is the choice, ``w-<member>`` what was shown (``rev:status``), ``key`` names the page, ``rest`` a
    status for all who have none. Raises BadRequest for what no page of ours sends.
    """
    key, via, rest = form.get("key", ""), form.get("via", Via.REGISTER), form.get("rest", "")
    if not 8 <= len(key) <= 64 or via not in _OF_A_PAGE or rest not in ("", Presence.PRESENT):
        raise BadRequest
    found = []
    for name, shown in form.items():
        if name.startswith("w-"):
            member = name[2:]
            rev, _, status = shown.partition(":")
            chosen = form.get(f"s-{member}", "") or (rest if not status else "")
            if chosen and chosen != status:
                found.append(Sent(_op_id(key, member, chosen, rev), member, chosen, _rev(rev), now, via))
    return found


def _op_id(key: str, *parts: str) -> str:
    """The same for the same choice on the same page, so that a second press is the same mark."""
    return hashlib.sha256("\n".join((key, *parts)).encode()).hexdigest()[:40]


def _rev(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise BadRequest
    return int(text)


def read_marks(body: object, now: datetime) -> list[Sent]:
    """The marks that a device sends as JSON (``{"marks": […]}``). Raises BadRequest for what no page of ours sends."""
    marks = body.get("marks") if isinstance(body, dict) else None
    if not isinstance(marks, list):
        raise BadRequest
    return [_mark(one, now) for one in marks]


def _mark(one: Any, now: datetime) -> Sent:
    if not isinstance(one, dict):
        raise BadRequest
    rev = one.get("rev")
    if isinstance(rev, bool) or not isinstance(rev, int) or not 0 <= rev <= _MOST_REV:
        raise BadRequest
    via, op_id = _text(one, "via", 16), _text(one, "op", LONGEST_OP)
    # The server makes the marks of the door itself, and nobody may use their names up.
    if via not in _OF_A_DEVICE or op_id.startswith(DOOR):
        raise BadRequest
    return Sent(
        op_id=op_id,
        member=_text(one, "member", _LONGEST_ID),
        status=_text(one, "status", 16),
        base_rev=rev,
        made_at=_made_at(one.get("made"), now),
        via=via,
        after=_text(one, "after", LONGEST_OP),
    )


def _text(one: Mapping[str, Any], name: str, longest: int) -> str:
    value = one.get(name, "")
    if not isinstance(value, str) or len(value) > longest or _UNSTORABLE.search(value):
        raise BadRequest
    return value


def _made_at(value: object, now: datetime) -> datetime:
    """The device's clock in milliseconds since 1970; the server's time for a clock that cannot be right."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 4_000_000_000_000:
        return datetime.fromtimestamp(value / 1000, UTC)
    return now
