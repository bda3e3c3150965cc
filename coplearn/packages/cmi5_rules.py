"""The law of statements in cmi5 (9): those that a package may say in its session, and those that the site says itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from coplearn.packages.rules import PackageItem
from coplearn.xapi.rules.formats import Rejected, written
from coplearn.xapi.rules.outcomes import CMI5, VERBS
from coplearn.xapi.rules.statements import Json

GRACE: Final = timedelta(seconds=60)
"""So long after its end a session takes what was on the way."""
JUDGED: Final = "judged"
SCORED: Final = "http://adlnet.gov/expapi/verbs/scored"
_CONTEXT: Final = "https://w3id.org/xapi/cmi5/context/extensions"
_SESSION: Final = f"{_CONTEXT}/sessionid"
_TYPES: Final = "https://w3id.org/xapi/cmi5/activitytype"
_SATISFIED: Final = "https://w3id.org/xapi/adl/verbs/satisfied"
_VERB_OF: Final = {word: verb for verb, word in VERBS.items()} | {"satisfied": _SATISFIED}
_BY_UNITS: Final = frozenset({"initialized", "completed", "passed", "failed", "terminated"})
_RESULTS: Final = {"completed": ("completion", True), "passed": ("success", True), "failed": ("success", False)}


@dataclass(frozen=True, slots=True)
class UnitSession:
    """A session of an assignable unit: its name in statements, the unit's own and the publisher's, and who learns in it."""

    code: str
    activity: str
    publisher: str
    registration: str
    actor: Json


def iri_of(public_id: str, kind: str, name: str) -> str:
    """Our own name of a unit, a block or a course, which is none of the publisher's: it stays, whatever is brought in anew.

    >>> iri_of("a", "au", "b") == iri_of("a", "au", "b") != iri_of("a", "block", "b")
    True
    """
    return f"urn:uuid:{uuid5(uuid5(NAMESPACE_URL, f'coplearn-package:{public_id}'), f'{kind}:{name}')}"


def session_code(registration: str, number: int) -> str:
    """The name of a session in statements."""
    return str(uuid5(UUID(registration), f"session:{number}"))


def hold_session(statement: Json, unit: UnitSession, terminated_at: datetime | None, now: datetime) -> str:
    """The word of a statement that cmi5 defines, or an empty one for any other that it allows.

    Raises Rejected (403) for one of another session or unit, or that comes after the end.
    """
    if terminated_at is not None and now > terminated_at + GRACE:
        raise Rejected(403, "This session was terminated.")
    context = statement.get("context", {})
    if context.get("extensions", {}).get(_SESSION) != unit.code:
        raise Rejected(403, "context.extensions: the session is another one than the context template names.")
    around = context.get("contextActivities", {})
    if not _has(around, "grouping", unit.publisher):
        raise Rejected(
            403, "context.contextActivities.grouping: the publisher's activity of the context template is missing."
        )
    if not _has(around, "category", CMI5):
        return ""
    word = VERBS.get(statement["verb"]["id"], "")
    if word not in _BY_UNITS:
        raise Rejected(403, "verb.id: a unit says no statement of cmi5 with this verb.")
    if statement["object"].get("id") != unit.activity:
        raise Rejected(403, "object.id: is not the activity that was launched.")
    return word


def _has(around: Mapping[str, Any], kind: str, name: str) -> bool:
    found = around.get(kind, [])
    return any(one.get("id") == name for one in (found if isinstance(found, list) else [found]))


def hold_order(word: str, said: Mapping[str, str], code: str, *, initialized: bool, terminated: bool) -> None:
    """Raise Rejected (403) for a word out of its order in the session of that code or in the registration (cmi5, 9.3).

    ``said`` are the words of the registration, and :data:`JUDGED` the session in which passed or failed was said last.
    """
    if (word == "initialized") is initialized:
        raise Rejected(403, f"verb.id: initialized is {'said already' if initialized else 'said first'} in a session.")
    if word == "terminated" and terminated:
        raise Rejected(403, "verb.id: terminated is said once in a session.")
    if word in ("passed", "failed") and said.get(JUDGED) == code:
        raise Rejected(403, "verb.id: of passed and failed one is said in a session, once.")
    if word in ("completed", "passed") and word in said:
        raise Rejected(403, f"verb.id: {word} is said once in a registration.")
    if word == "failed" and "passed" in said:
        raise Rejected(403, "verb.id: failed does not follow passed in a registration.")


def hold_result(word: str, statement: Json, item: PackageItem) -> None:
    """Raise Rejected (403) for a result that does not say what its verb says, or that the mastery score contradicts (9.5)."""
    result = statement.get("result", {})
    name, wanted = _RESULTS.get(word, ("", None))
    if name and result.get(name) is not wanted:
        raise Rejected(403, f"result.{name}: {word} says {str(wanted).lower()}.")
    scaled = result.get("score", {}).get("scaled")
    if scaled is None or item.mastery is None or word not in ("passed", "failed"):
        return
    if (round(scaled * 100, 6) >= item.mastery) is not (word == "passed"):
        raise Rejected(403, f"result.score.scaled: {word} is not what the mastery score says.")


# ── What the site says ──


def context_template(unit: UnitSession) -> Json:
    """The context of everything that is said in a session (10)."""
    return {
        "contextActivities": {"grouping": [{"objectType": "Activity", "id": unit.publisher}]},
        "extensions": {_SESSION: unit.code},
    }


def launch_data(unit: UnitSession, item: PackageItem, back: str) -> Json:
    """The state that a unit reads first (10)."""
    told: Json = {
        "contextTemplate": context_template(unit),
        "launchMode": "Normal",
        "launchMethod": item.launch_method,
        "moveOn": item.move_on,
        "returnURL": back,
    }
    if item.mastery is not None:
        told["masteryScore"] = scaled_mastery(item)
    if item.launch_data:
        told["launchParameters"] = item.launch_data
    if item.entitlement_key:
        told["entitlementKey"] = {"courseStructure": item.entitlement_key}
    return told


def scaled_mastery(item: PackageItem) -> float | None:
    """The mastery score as cmi5 writes it, from 0 to 1."""
    return None if item.mastery is None else round(item.mastery / 100, 4)


def launched(unit: UnitSession, item: PackageItem, address: str, now: datetime) -> Json:
    """The statement that a unit was launched at an address."""
    said: Json = {"launchmode": "Normal", "launchurl": address, "moveon": item.move_on}
    if item.mastery is not None:
        said["masteryscore"] = scaled_mastery(item)
    if item.launch_data:
        said["launchparameters"] = item.launch_data
    told = _statement("launched", unit, {"id": unit.activity}, now)
    told["context"]["extensions"] |= {f"{_CONTEXT}/{name}": value for name, value in said.items()}
    return told


def abandoned(unit: UnitSession, seconds: int, now: datetime) -> Json:
    """The statement that a session came to no end of its own, after so many seconds."""
    return _statement("abandoned", unit, {"id": unit.activity}, now) | {"result": {"duration": f"PT{max(0, seconds)}S"}}


def satisfied(unit: UnitSession, kind: str, activity: str, publisher: str, now: datetime) -> Json:
    """The statement that a block or a course is satisfied, said in the session that came to it; its id says what it says."""
    told = _statement("satisfied", unit, {"id": activity, "definition": {"type": f"{_TYPES}/{kind}"}}, now)
    told["context"]["contextActivities"]["grouping"] = [{"objectType": "Activity", "id": publisher}]
    return told | {"id": satisfied_id(unit.registration, activity)}


def satisfied_id(registration: str, activity: str) -> str:
    """The id of the one statement of a registration that a block or a course is satisfied."""
    return str(uuid5(UUID(registration), f"satisfied:{activity}"))


def _statement(word: str, unit: UnitSession, thing: Json, now: datetime) -> Json:
    context = context_template(unit)
    context["registration"] = unit.registration
    context["contextActivities"]["category"] = [{"objectType": "Activity", "id": CMI5}]
    return {
        "actor": unit.actor,
        "verb": {"id": _VERB_OF[word], "display": {"en": word}},
        "object": {"objectType": "Activity", **thing},
        "context": context,
        "timestamp": written(now),
    }
