"""Records of learning here as statements: a learner by a random name, an item by what it is called, never an answer.

The id of a statement follows from its record, so that telling another LRS twice is telling it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from coplearn.xapi.rules.formats import written
from coplearn.xapi.rules.statements import Json

ADL: Final = "http://adlnet.gov/expapi"
LanguageMap = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of statements: of verbs by their name, of courses by id, of items by course and item, each a map of languages."""

    verbs: Mapping[str, LanguageMap] = field(default_factory=dict)
    courses: Mapping[str, LanguageMap] = field(default_factory=dict)
    items: Mapping[tuple[str, str], LanguageMap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telling:
    """The site that tells: its address, its name, and the words it has."""

    address: str
    site_name: str
    words: Words


@dataclass(frozen=True, slots=True)
class Record:
    """A record that is told: its sort, what its id is made from, whose it is, when, in which course and language."""

    verb: str
    source: str
    alias: str
    at: datetime
    course_id: str
    locale: str = ""
    item_id: str = ""
    revision: str = ""
    score: int | None = None
    """In percent."""
    success: bool | None = None
    completion: bool | None = None


VERBS: Final = {
    "registered": f"{ADL}/verbs/registered",
    "experienced": f"{ADL}/verbs/experienced",
    "answered": f"{ADL}/verbs/answered",
    "completed": f"{ADL}/verbs/completed",
    "passed": f"{ADL}/verbs/passed",
    "failed": f"{ADL}/verbs/failed",
    "earned": "http://id.tincanapi.com/verb/earned",
}
"""The verbs of our profile: each is one that others coined, with the meaning that it has there."""
TYPES: Final = {
    "course": f"{ADL}/activities/course",
    "lesson": f"{ADL}/activities/lesson",
    "assessment": f"{ADL}/activities/assessment",
}


def verb_of(*, done: bool, score: int | None, passed: bool | None, is_step: bool) -> str:
    """The verb of an attempt: what is scored to be passed is passed or failed; the rest is answered, done or looked at."""
    if not is_step:
        return "answered"
    if passed is not None and score is not None:
        return "passed" if passed else "failed"
    if score is not None:
        return "answered"
    return "completed" if done else "experienced"


def statement_id(address: str, source: str) -> str:
    """The id of the statement of a record: the same whenever it is made."""
    return str(uuid5(uuid5(NAMESPACE_URL, f"{address}/xapi/"), source))


def activity_id(address: str, course_id: str, item_id: str = "") -> str:
    """The IRI of a course or of one of its items."""
    return f"{address}/xapi/activity/{course_id}" + (f"/{item_id}" if item_id else "")


def profile_id(address: str) -> str:
    """The IRI of our profile, where it can be read."""
    return f"{address}/xapi/profile"


def statement_of(telling: Telling, record: Record) -> Json:
    """The statement of a record."""
    address, words = telling.address, telling.words
    course = _activity(activity_id(address, record.course_id), words.courses.get(record.course_id, {}), "course")
    thing, parents = course, list[Json]()
    if record.item_id:
        kind = "lesson" if record.score is None else "assessment"
        name = words.items.get((record.course_id, record.item_id), {})
        thing, parents = _activity(activity_id(address, record.course_id, record.item_id), name, kind), [course]
    around: Json = {"category": [{"objectType": "Activity", "id": profile_id(address)}]}
    context: Json = {
        "registration": str(uuid5(UUID(statement_id(address, record.alias)), record.course_id)),
        "platform": telling.site_name,
        "contextActivities": around | ({"parent": parents} if parents else {}),
    }
    if record.revision:
        context["revision"] = record.revision
    if record.locale:
        context["language"] = record.locale
    told: Json = {
        "id": statement_id(address, record.source),
        "actor": {"objectType": "Agent", "account": {"homePage": address, "name": record.alias}},
        "verb": {"id": VERBS[record.verb]} | _display(words.verbs.get(record.verb, {})),
        "object": thing,
        "context": context,
        "timestamp": written(record.at),
    }
    result = _result(record)
    return told | ({"result": result} if result else {})


def _display(texts: LanguageMap) -> Json:
    return {"display": dict(texts)} if texts else {}


def _activity(iri: str, name: LanguageMap, kind: str) -> Json:
    definition: Json = {"type": TYPES[kind]} | ({"name": dict(name)} if name else {})
    return {"objectType": "Activity", "id": iri, "definition": definition}


def _result(record: Record) -> Json:
    found: Json = {}
    if record.score is not None:
        found["score"] = {"scaled": record.score / 100, "raw": record.score, "min": 0, "max": 100}
    if record.success is not None:
        found["success"] = record.success
    if record.completion is not None:
        found["completion"] = record.completion
    return found
