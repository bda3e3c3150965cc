"""The formats of values in statements and parameters, as the standard has them (xAPI Data, 2.2 and 4)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final
from uuid import UUID

DEEPEST: Final = 60
"""So many objects and lists may stand in one another."""
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20]+")
_MAILTO: Final = re.compile(r"mailto:[^@\s<>\"]+@[^@\s<>\"]+")
_UUID: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-9a-fA-F][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
_TAG: Final = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?"
    r"|[xX](?:-[A-Za-z0-9]{1,8})+|[iI]-[A-Za-z]{3,10}"
)
_DURATION: Final = re.compile(
    r"P(?:[0-9]+(?:[.,][0-9]+)?W|(?=[0-9T])(?:[0-9]+(?:[.,][0-9]+)?Y)?(?:[0-9]+(?:[.,][0-9]+)?M)?(?:[0-9]+(?:[.,][0-9]+)?D)?"
    r"(?:T(?=[0-9])(?:[0-9]+(?:[.,][0-9]+)?H)?(?:[0-9]+(?:[.,][0-9]+)?M)?(?:[0-9]+(?:[.,][0-9]+)?S)?)?)"
)
_TIMESTAMP: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,12})?)?(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_MEDIA: Final = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+(?:\s*;[^\x00-\x1f]*)?")
_SHA2: Final = re.compile(r"(?:[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})")
_SHA1: Final = re.compile(r"[0-9a-fA-F]{40}")
_LONG_FRACTION: Final = re.compile(r"([.,][0-9]{6})[0-9]+")


class Rejected(Exception):
    """A request that the standard has refused: the status, and what is wrong where, in English for a programmer."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


def _whole(pattern: re.Pattern[str], what: str, value: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"is not {what}")
    return value


def iri(value: str) -> str:
    """The value, if it is an IRI with a scheme. Raises ValueError, as all of these do."""
    return _whole(_IRI, "an IRI with a scheme", value)


def mailto(value: str) -> str:
    """The value, if it is ``mailto:`` and an address."""
    return _whole(_MAILTO, "a mailto IRI", value)


def uuid(value: str) -> str:
    """The value, if it is a UUID of RFC 4122 in its standard form."""
    return _whole(_UUID, "a UUID in its standard form", value)


def canonical_uuid(value: str) -> str:
    """The same UUID in small letters."""
    return str(UUID(uuid(value)))


def language_tag(value: str) -> str:
    """The value, if its parts have the lengths of a tag of RFC 5646."""
    return _whole(_TAG, "a language tag of RFC 5646", value)


def duration(value: str) -> str:
    """The value, if it is a duration of ISO 8601 in the form with designators."""
    return _whole(_DURATION, "an ISO 8601 duration", value)


def media_type(value: str) -> str:
    """The value, if it is a media type."""
    return _whole(_MEDIA, "a media type", value)


def sha1(value: str) -> str:
    """The value, if it is a SHA-1 in hexadecimal."""
    return _whole(_SHA1, "a SHA-1 in hexadecimal", value)


def sha2(value: str) -> str:
    """The value, if it is a SHA-2 in hexadecimal."""
    return _whole(_SHA2, "a SHA-2 in hexadecimal", value)


def instant(value: str) -> datetime:
    """The instant that an ISO 8601 timestamp names, in UTC; one without a zone is taken as UTC."""
    found = _TIMESTAMP.fullmatch(value)
    if found is None:
        raise ValueError("is not an ISO 8601 timestamp")
    if re.fullmatch(r"-00(:?00)?", found["zone"] or ""):
        raise ValueError("has an offset of -00:00, which ISO 8601 does not have")
    read = datetime.fromisoformat(_LONG_FRACTION.sub(r"\1", value.upper()))
    return read.astimezone(UTC) if read.tzinfo is not None else read.replace(tzinfo=UTC)


def timestamp(value: str) -> str:
    """The value, if it is an ISO 8601 timestamp."""
    try:
        instant(value)
    except OverflowError:
        raise ValueError("is not an ISO 8601 timestamp") from None
    return value


def written(at: datetime) -> str:
    """An instant as this LRS writes it: in UTC, to the microsecond, by RFC 3339."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_json(raw: bytes | str, what: str = "The body") -> Any:
    """JSON as UTF-8 in which no object has a key twice and no number is endless. Raises Rejected."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)
        if "\\u" in text:
            # Half a character, which JSON can write and no text can hold (a ValueError).
            json.dumps(found, ensure_ascii=False).encode()
        _hold_depth(found)
    except RecursionError:
        raise Rejected(400, f"{what} is nested too deeply.") from None
    except ValueError as error:
        raise Rejected(400, f"{what} is not JSON in UTF-8: {str(error)[:200]}") from None
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the property {twice!r} stands twice in one object")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise ValueError(f"{digits[:20]} is larger than any number here")
    return value


def _hold_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        nested = [one for one in level if isinstance(one, dict | list)]
        level = [inner for one in nested for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return
    raise RecursionError
