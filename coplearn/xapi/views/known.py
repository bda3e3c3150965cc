"""The resources about what this LRS knows: of itself, of an activity, of an agent (Communication, 2.4, 2.5, 2.8)."""

from __future__ import annotations

import json

from flask import Response, current_app

from coplearn.storage.database import current_session, reading
from coplearn.xapi.queries.statements import definitions_of
from coplearn.xapi.rules.access import LrsScope, LrsSender, hold_document
from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.rules.shapes import person_of
from coplearn.xapi.rules.statements import Json
from coplearn.xapi.views.requests import VERSIONS, LrsRequest


def about(asked: LrsRequest) -> Response:
    """The versions that this LRS speaks, for anybody."""
    _only_read(asked)
    asked.hold_params()
    return _told({"version": list(VERSIONS)})


def activities(asked: LrsRequest, sender: LrsSender) -> Response:
    """Tell what is said of an activity."""
    _only_read(asked)
    sender.require(LrsScope.READ, LrsScope.READ_MINE, LrsScope.PROFILE, LrsScope.STATE, LrsScope.ALL_READ)
    asked.hold_params("activityId")
    asked.need("activityId")
    activity = str(asked.iri("activityId"))
    hold_document(sender, None, activity, None)
    database = current_session(current_app)
    with reading(database):
        definition = definitions_of(database, [activity]).get(activity)
    found: Json = {"objectType": "Activity", "id": activity}
    return _told(found | ({"definition": definition} if definition is not None else {}))


def agents(asked: LrsRequest, sender: LrsSender) -> Response:
    """Tell what is known of an agent: what was asked with, because nobody is put together from several names here."""
    _only_read(asked)
    sender.require(LrsScope.READ, LrsScope.READ_MINE, LrsScope.PROFILE, LrsScope.STATE, LrsScope.ALL_READ)
    asked.hold_params("agent")
    asked.need("agent")
    agent = asked.agent()
    assert agent is not None
    hold_document(sender, agent, None, None)
    return _told(person_of(agent))


def _only_read(asked: LrsRequest) -> None:
    if asked.method not in ("GET", "HEAD"):
        raise Rejected(405, f"{asked.method}: this resource is read alone.")


def _told(value: Json) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), 200, mimetype="application/json")
