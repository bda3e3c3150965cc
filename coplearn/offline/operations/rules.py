"""The law of operations that come late: how they are read, when they were made, and what of an older edition counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

MOST_OPERATIONS: Final = 50
"""Of one sending."""
OLDEST: Final = timedelta(days=90)
"""So long what was answered in an edition of a course that has been replaced counts as it was then."""
MOST_STEPS: Final = 300
"""Presses of one walk through a story."""
_MOST_FIELDS: Final = 2_000
_LONGEST_VALUE: Final = 20_000
_LONGEST_NAME: Final = 200
_OP: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LARGEST: Final = 2**53

Fields = Mapping[str, Sequence[str]]


class Malformed(ValueError):
    """A sending that no page of ours makes."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One press on a device: the form that it would have sent to the step's page, or, for a story, all ``steps`` of a walk.

    ``age`` is how long before its sending it was made, by the device's own clock; ``made_of`` is the digest of the item as
    it was shown, ``course_digest`` the edition. ``steps`` is empty where the operation itself cannot be read.
    """

    op: str
    seq: int
    item: str
    age: timedelta
    seed: int
    made_of: str
    course_digest: str
    steps: tuple[Fields, ...] = ()
    is_walk: bool = False


def read_operations(body: object) -> list[Operation]:
    """The operations of a sending, in the order of the device. Raises Malformed for a sending whose operations have no names.

    The body is ``{"owner", "sent", "operations": [{"op", "seq", "item", "made", "seed", "made_of", "course_digest", "fields"}]}``;
    ``sent`` and ``made`` are the device's clock in milliseconds, of which the difference alone is looked at.
    """
    sent = body.get("operations") if isinstance(body, dict) else None
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_OPERATIONS:
        raise Malformed
    at = body.get("sent") if isinstance(body, dict) else None
    found = {one.op: one for one in (_operation(raw, at) for raw in sent)}
    return sorted(found.values(), key=lambda one: one.seq)


def owner_named(body: object) -> str | None:
    """The owner of the operations, as the device says."""
    owner = body.get("owner") if isinstance(body, dict) else None
    return owner if isinstance(owner, str) else None


def _operation(raw: Any, sent: object) -> Operation:
    op = raw.get("op") if isinstance(raw, dict) else None
    if not isinstance(op, str) or not _OP.fullmatch(op):
        raise Malformed
    seed = _whole(raw.get("seed"))
    texts = [raw.get(name, "") for name in ("item", "made_of", "course_digest")]
    item, made_of, digest = (text if _is_text(text, _LONGEST_NAME) else "" for text in texts)
    walk = raw.get("steps")
    steps = tuple(_steps(walk if walk is not None else [raw.get("fields")]))
    return Operation(
        op, _whole(raw.get("seq")), item, _age(raw.get("made"), sent), seed, made_of, digest, steps, walk is not None
    )


def _whole(value: object) -> int:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST
    return value if good and isinstance(value, int) else 0


def _steps(sent: object) -> list[Fields]:
    """The forms; none at all where one of them is none."""
    if not isinstance(sent, list) or len(sent) > MOST_STEPS or not all(_is_form(one) for one in sent):
        return []
    return sent


def _is_form(sent: object) -> bool:
    if not isinstance(sent, dict) or len(sent) > _MOST_FIELDS:
        return False
    named = all(_is_text(name, _LONGEST_NAME) for name in sent)
    return named and all(
        isinstance(values, list)
        and len(values) <= _MOST_FIELDS
        and all(_is_text(one, _LONGEST_VALUE) for one in values)
        for values in sent.values()
    )


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest and not _UNSTORABLE.search(value)


def _age(made: object, sent: object) -> timedelta:
    """The time since it was made. A clock that was wrong by years was so at both ends; one that was set meanwhile tells nothing."""
    if not _is_instant(made) or not _is_instant(sent):
        return timedelta()
    return min(max(timedelta(milliseconds=round(sent - made)), timedelta()), OLDEST)  # type: ignore[operator] # looked at above


def _is_instant(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def made_at(one: Operation, now: datetime) -> datetime:
    """The time it was made, as far as that is known: it orders what was done on several devices, and is told nobody.

    Of two in the same millisecond the later one of a device is the later one.
    """
    made = now - one.age
    return min(made.replace(microsecond=made.microsecond // 1000 * 1000 + one.seq % 1000), now)


@dataclass(frozen=True, slots=True)
class EditionOrder:
    """The editions of a course around one of them: digests of those before it and after it, and when it was replaced."""

    earlier: frozenset[str]
    later: frozenset[str]
    replaced_at: datetime | None


def order_around(digest: str, times: Mapping[str, datetime]) -> EditionOrder | None:
    """The editions around ``digest``; None where it is not known. ``times`` is in order."""
    if digest not in times:
        return None
    names = list(times)
    at = names.index(digest)
    later = names[at + 1 :]
    return EditionOrder(frozenset(names[:at]), frozenset(later), times[later[0]] if later else None)


def counts_still(order: EditionOrder | None, now: datetime) -> bool:
    """Whether what was answered in that edition is booked for it: it was the course's own until a while ago."""
    return order is not None and order.replaced_at is not None and now - order.replaced_at <= OLDEST
