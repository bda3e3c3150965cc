"""Comparison of statements (xAPI Data, 2.3.1): what an LRS may change or does not count as part of one is no difference."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from coplearn.xapi.rules.formats import instant
from coplearn.xapi.rules.statements import SIGNATURE, Json

_BY_LRS: Final = frozenset({"id", "authority", "stored", "version"})
_SECONDS: Final = re.compile(r"([0-9]+)[.,]([0-9]+)S$")


def same(one: Json, other: Json) -> bool:
    """Whether they say the same; a timestamp counts only where both have it, because an LRS adds one that is missing."""
    first, second = _core(one), _core(other)
    if first.get("timestamp") is None or second.get("timestamp") is None:
        first.pop("timestamp", None)
        second.pop("timestamp", None)
    return first == second


def same_in_full(one: Json, other: Json) -> bool:
    """The same of what was signed and what was sent with the signature, which say their time both or neither."""
    return _core(one) == _core(other)


def _core(statement: Json) -> Json:
    told = {name: value for name, value in statement.items() if name not in _BY_LRS}
    return _told(told)


def _told(told: Json) -> Json:
    found: Json = {}
    for name, value in told.items():
        if name in ("actor", "instructor", "team"):
            found[name] = _actor(value)
        elif name == "verb":
            found[name] = value["id"]
        elif name == "object":
            found[name] = _thing(value)
        elif name == "timestamp":
            found[name] = instant(value)
        elif name == "context":
            found[name] = _context(value)
        elif name == "result":
            found[name] = _result(value)
        elif name == "attachments":
            kept = [one for one in value if one.get("usageType") != SIGNATURE]
            if kept:
                found[name] = kept
        else:
            found[name] = value
    return found


def _actor(actor: Json) -> Json:
    found: Json = {"objectType": "Agent"} | actor
    if "mbox" in found:
        local, _, domain = found["mbox"].rpartition("@")
        found["mbox"] = f"{local}@{domain.lower()}"
    if "mbox_sha1sum" in found:
        found["mbox_sha1sum"] = found["mbox_sha1sum"].lower()
    if "member" in found:
        members = [_actor(one) for one in found["member"]]
        found["member"] = sorted(members, key=lambda one: json.dumps(one, sort_keys=True))
    return found


def _thing(thing: Json) -> Json:
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        return {"objectType": kind, "id": thing["id"]}
    if kind in ("Agent", "Group"):
        return _actor(thing)
    if kind == "StatementRef":
        return {"objectType": kind, "id": thing["id"].lower()}
    return _told(thing)


def _context(context: Json) -> Json:
    found = _told(context)
    around = context.get("contextActivities")
    if around is not None:
        found["contextActivities"] = {
            name: [_thing(one) for one in (value if isinstance(value, list) else [value])]
            for name, value in around.items()
        }
    if "registration" in found:
        found["registration"] = found["registration"].lower()
    if "statement" in found:
        found["statement"] = _thing(found["statement"])
    return found


def _result(result: Json) -> Json:
    found = dict(result)
    if "duration" in found:
        # What is finer than a hundredth of a second is not compared (4.6).
        found["duration"] = _SECONDS.sub(_hundredths, found["duration"])
    return found


def _hundredths(match: re.Match[str]) -> str:
    return f"{Decimal(f'{match[1]}.{match[2][:2]}').normalize():f}S"


def without_null(value: Any) -> Any:
    """Nested data without the properties that are None."""
    if isinstance(value, dict):
        return {name: without_null(one) for name, one in value.items() if one is not None}
    return value
