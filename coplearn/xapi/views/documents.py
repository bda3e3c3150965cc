"""The resources of documents: states, and profiles of activities and of agents (Communication, 2.2, 2.3, 2.6, 2.7)."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from email.utils import format_datetime

from flask import Response, current_app

from coplearn.kernel.clock import utcnow
from coplearn.site import site
from coplearn.storage.database import current_session, reading
from coplearn.xapi.queries.documents import document_at, documents_at, place_of
from coplearn.xapi.rules.access import LAUNCH_DATA, LrsScope, LrsSender, hold_document
from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.rules.indexing import identity
from coplearn.xapi.service.documents import (
    Conditions,
    DocumentName,
    delete_document,
    delete_documents,
    merge_document,
    put_document,
)
from coplearn.xapi.service.quotas import hold_documents
from coplearn.xapi.views.requests import MEGABYTE, LrsRequest

LONGEST_ID = 500


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource of documents, and the parameters that tell them apart."""

    name: str
    scope: LrsScope
    document: str
    activity: bool
    agent: bool

    @property
    def context(self) -> tuple[str, ...]:
        """The parameters of a set of documents that have to be there."""
        return (("activityId",) if self.activity else ()) + (("agent",) if self.agent else ())

    @property
    def is_state(self) -> bool:
        """Whether documents are of a registration, need no condition and may all be deleted at once."""
        return self.name == "state"


def states(asked: LrsRequest, sender: LrsSender) -> Response:
    """States of an agent in an activity."""
    return _answer(_Resource("state", LrsScope.STATE, "stateId", activity=True, agent=True), asked, sender)


def activity_profiles(asked: LrsRequest, sender: LrsSender) -> Response:
    """Profiles of an activity."""
    return _answer(_Resource("activity", LrsScope.PROFILE, "profileId", activity=True, agent=False), asked, sender)


def agent_profiles(asked: LrsRequest, sender: LrsSender) -> Response:
    """Profiles of an agent."""
    return _answer(_Resource("agent", LrsScope.PROFILE, "profileId", activity=False, agent=True), asked, sender)


def _answer(resource: _Resource, asked: LrsRequest, sender: LrsSender) -> Response:
    reads = asked.method in ("GET", "HEAD")
    if not reads and asked.method not in ("PUT", "POST", "DELETE"):
        raise Rejected(405, f"{asked.method}: documents are read, put, posted and deleted.")
    sender.require(resource.scope, *((LrsScope.ALL_READ,) if reads else ()))
    own = ("registration",) if resource.is_state else ()
    single = resource.document in asked.params
    listed = ("since",) if reads and not single else ()
    asked.hold_params(*resource.context, *own, resource.document, *listed)
    for name in resource.context:
        asked.need(name)
    activity, agent, registration = asked.iri("activityId"), asked.agent(), asked.uuid("registration")
    hold_document(sender, agent, activity, registration)
    place = place_of(resource.name, activity or "", identity(agent) if agent is not None else "")
    if not single and not reads:
        return _all_deleted(resource, asked, place, registration, sender)
    if not single:
        return _listed(asked, place, registration)
    document_id = asked.need(resource.document)
    if not document_id or len(document_id) > LONGEST_ID:
        raise Rejected(400, f"{resource.document}: has 1 to {LONGEST_ID} characters.")
    named = DocumentName(place, registration or "", document_id, sender.learner_id)
    if not reads and sender.bounds is not None and document_id == LAUNCH_DATA:
        raise Rejected(403, f"{resource.document}: a launched package does not change {LAUNCH_DATA}.")
    return _read(named) if reads else _changed(resource, asked, named, sender)


def _read(name: DocumentName) -> Response:
    database = current_session(current_app)
    with reading(database):
        found = document_at(database, name.place, name.registration, name.document_id)
        if found is None:
            raise Rejected(404, "There is no such document.")
        answer = Response(b64decode(found.data), 200, content_type=found.content_type)
        answer.headers["ETag"] = f'"{found.etag}"'
        answer.headers["Last-Modified"] = format_datetime(found.updated_at, usegmt=True)
    # Whatever somebody stored is for programs, and no page of this site.
    answer.headers["Content-Disposition"] = "attachment"
    return answer


def _listed(asked: LrsRequest, place: str, registration: str | None) -> Response:
    database = current_session(current_app)
    with reading(database):
        found = documents_at(database, place, registration, asked.instant("since"))
    answer = Response(json.dumps([document_id for document_id, _ in found]), 200, mimetype="application/json")
    if found:
        answer.headers["Last-Modified"] = format_datetime(max(at for _, at in found), usegmt=True)
    return answer


def _all_deleted(
    resource: _Resource, asked: LrsRequest, place: str, registration: str | None, sender: LrsSender
) -> Response:
    if asked.method != "DELETE" or not resource.is_state:
        raise Rejected(400, f"{resource.document}: this parameter is missing.")
    database = current_session(current_app)
    if sender.bounds is not None:
        delete_documents(database, place, sender.bounds.registration, but=LAUNCH_DATA)
    else:
        delete_documents(database, place, registration)
    database.commit()
    return Response(status=204)


def _changed(resource: _Resource, asked: LrsRequest, name: DocumentName, sender: LrsSender) -> Response:
    database, method = current_session(current_app), asked.method
    if method != "DELETE":
        hold_documents(database, sender, len(asked.body))
    conditions = Conditions(
        asked.headers.get("If-Match", ""),
        asked.headers.get("If-None-Match", ""),
        wanted=method == "PUT" and not resource.is_state,
    )
    content_type = asked.content_type or "application/octet-stream"
    if method == "PUT":
        if asked.media_type == "application/json":
            _hold_json(asked.body)
        put_document(database, name, content_type, asked.body, conditions, utcnow())
    elif method == "POST":
        most = site().settings.lrs_megabytes * MEGABYTE
        merge_document(database, name, content_type, asked.body, conditions, utcnow(), most=most)
    else:
        delete_document(database, name, conditions)
    database.commit()
    return Response(status=204)


def _hold_json(body: bytes) -> None:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected(400, "The document is not the JSON that its Content-Type says.") from None
