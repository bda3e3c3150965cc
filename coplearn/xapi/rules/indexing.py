"""Marks by which a statement is found: numbers made from its agents, activities, verb and registration; and its place in time.

A statement's number holds the microsecond at which it was stored, so that the order of numbers is the order of the standard, and
``since`` and ``until`` are ranges of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from coplearn.xapi.rules.statements import Json

_BITS: Final = 10
_MOST: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
AGENT: Final = "agent"
ANY_AGENT: Final = "any agent"
ACTIVITY: Final = "activity"
ANY_ACTIVITY: Final = "any activity"
VERB: Final = "verb"
REGISTRATION: Final = "registration"
SENDER: Final = "sender"


def mark(kind: str, value: str) -> int:
    """The number by which statements with that value are found: 64 bits of a hash."""
    digest = hashlib.blake2b(f"{kind}\0{value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def identity(actor: Json) -> str:
    """The text that names an agent or an identified group, whatever else is said of it; empty for an anonymous group."""
    if "mbox" in actor:
        local, _, domain = actor["mbox"].rpartition("@")
        return f"{local}@{domain.lower()}"
    if "mbox_sha1sum" in actor:
        return f"sha1:{actor['mbox_sha1sum'].lower()}"
    if "openid" in actor:
        return f"openid:{actor['openid']}"
    if "account" in actor:
        return f"account:{actor['account']['homePage']}\0{actor['account']['name']}"
    return ""


def first_number(at: datetime, spread: int) -> int:
    """The number of a statement stored at that instant; ``spread`` (0 to 1023) keeps two of one microsecond apart."""
    return ((at - _EPOCH) // _MICROSECOND << _BITS) | spread


def last_number(at: datetime) -> int:
    """The largest number that a statement stored at that instant can have."""
    return max(-_MOST, min(_MOST, first_number(at, (1 << _BITS) - 1)))


def marks_of(statement: Json, sender: str) -> set[int]:
    """Everything by which the statement itself is found."""
    return {mark(kind, value) for kind, value in _values(statement, sender)}


def _values(statement: Json, sender: str) -> Iterator[tuple[str, str]]:
    yield SENDER, sender
    yield VERB, statement["verb"]["id"]
    thing, context = statement["object"], statement.get("context", {})
    kind = thing.get("objectType", "Activity")
    if "registration" in context:
        yield REGISTRATION, context["registration"].lower()
    direct = set(_people([statement["actor"], *([thing] if kind in ("Agent", "Group") else [])]))
    related = direct | set(_people(_related(statement)))
    yield from ((AGENT, one) for one in direct)
    yield from ((ANY_AGENT, one) for one in related)
    if kind == "Activity":
        yield ACTIVITY, thing["id"]
    yield from ((ANY_ACTIVITY, one) for one in set(_activities(statement)))


def _people(actors: Iterable[Json]) -> Iterator[str]:
    for actor in actors:
        named = identity(actor)
        if named:
            yield named
        for member in actor.get("member", ()):
            yield identity(member)


def _related(told: Json) -> Iterator[Json]:
    thing, context = told["object"], told.get("context", {})
    yield told["actor"]
    for actor in (told.get("authority"), context.get("instructor"), context.get("team")):
        if actor is not None:
            yield actor
    yield from (one["agent"] for one in context.get("contextAgents", ()))
    yield from (one["group"] for one in context.get("contextGroups", ()))
    if thing.get("objectType") in ("Agent", "Group"):
        yield thing
    if thing.get("objectType") == "SubStatement":
        yield from _related(thing)


def _activities(told: Json) -> Iterator[str]:
    yield from (one["id"] for one in defined_in(told))


def defined_in(told: Json) -> Iterator[Json]:
    """Every activity that stands in the statement, with what is said of it there."""
    thing = told["object"]
    if thing.get("objectType", "Activity") == "Activity":
        yield thing
    for around in told.get("context", {}).get("contextActivities", {}).values():
        yield from around if isinstance(around, list) else [around]
    if thing.get("objectType") == "SubStatement":
        yield from defined_in(thing)
