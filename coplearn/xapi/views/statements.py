"""The resource of statements (Communication, 2.1)."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from flask import Response, current_app, request, url_for
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.site import site
from coplearn.storage.database import current_session, reading
from coplearn.xapi.queries.statements import (
    MOST,
    USUAL,
    FoundStatement,
    StatementQuery,
    attachments_of,
    definitions_of,
    find_statements,
    statement_by_id,
)
from coplearn.xapi.rules.access import LrsScope, LrsSender
from coplearn.xapi.rules.formats import Rejected, instant, read_json, written
from coplearn.xapi.rules.indexing import (
    ACTIVITY,
    AGENT,
    ANY_ACTIVITY,
    ANY_AGENT,
    REGISTRATION,
    SENDER,
    VERB,
    defined_in,
    identity,
    last_number,
    mark,
)
from coplearn.xapi.rules.multipart import FilePart, composed, heads_of, hold_attachments, parts_of
from coplearn.xapi.rules.shapes import canonical, with_ids
from coplearn.xapi.rules.signatures import hold_signatures
from coplearn.xapi.rules.statements import Json, read_statement
from coplearn.xapi.service.quotas import hold_statements
from coplearn.xapi.service.statements import take_statements
from coplearn.xapi.views.requests import LrsRequest

if TYPE_CHECKING:
    from coplearn.xapi.models import KeptStatement

MOST_AT_ONCE: Final = 500
"""Statements of one request."""
SETTLED: Final = timedelta(seconds=2)
"""A statement stored longer ago can be read: its transaction is over."""
_FILTERS: Final = (
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "format",
    "attachments",
    "ascending",
    "cursor",
)
_MOST_CURSOR: Final = 2**63 - 1


def statements(asked: LrsRequest, sender: LrsSender) -> Response:
    """Store statements, or give some."""
    if asked.method in ("GET", "HEAD"):
        with reading(current_session(current_app)):
            answer = _get(asked, sender)
    elif asked.method == "PUT":
        asked.hold_params("statementId")
        answer = _put(asked, sender)
    elif asked.method == "POST":
        asked.hold_params()
        answer = _post(asked, sender)
    else:
        raise Rejected(405, f"{asked.method}: statements are never changed; void one instead.")
    answer.headers["X-Experience-API-Consistent-Through"] = written(utcnow() - SETTLED)
    return answer


def _put(asked: LrsRequest, sender: LrsSender) -> Response:
    asked.need("statementId")
    wanted = asked.uuid("statementId")
    found, parts = _sent(asked)
    if not isinstance(found, dict):
        raise Rejected(400, "PUT takes one statement, and not a list.")
    own = found.get("id", wanted)
    if isinstance(own, str) and own.lower() != wanted:
        raise Rejected(400, "id: is another one than the parameter statementId.")
    _take([{**found, "id": wanted}], parts, asked, sender)
    return Response(status=204)


def _post(asked: LrsRequest, sender: LrsSender) -> Response:
    found, parts = _sent(asked)
    many = found if isinstance(found, list) else [found]
    if len(many) > MOST_AT_ONCE:
        raise Rejected(413, f"A request has {MOST_AT_ONCE} statements at most.")
    return Response(json.dumps(_take(many, parts, asked, sender)), 200, mimetype="application/json")


def _sent(asked: LrsRequest) -> tuple[Any, dict[str, FilePart]]:
    if asked.media_type == "application/json":
        return read_json(asked.body), {}
    if asked.media_type == "multipart/mixed":
        raw, parts = parts_of(asked.content_type, asked.body)
        return read_json(raw, "The first part"), parts
    raise Rejected(400, "Content-Type: statements are application/json, or multipart/mixed with attachments.")


def _take(sent: Sequence[Any], parts: dict[str, FilePart], asked: LrsRequest, sender: LrsSender) -> list[str]:
    sender.require(LrsScope.WRITE)
    names = [f"statements[{place}]" if len(sent) > 1 else "The statement" for place in range(len(sent))]
    read = [read_statement(one, modern=asked.modern, what=name) for one, name in zip(sent, names, strict=True)]
    hold_attachments(read, parts)
    for one in read:
        hold_signatures(one, parts)
    database = current_session(current_app)
    # On SQLite this waits for the lock, so that what is stored later is stored under a later time.
    database.connection()
    hold_statements(database, sender, len(asked.body))
    now = utcnow()

    def heard(fresh: Sequence[Json]) -> None:
        for one in site().package_hearers if sender.bounds is not None else ():
            one(database, sender.name, fresh, now)

    ids = take_statements(database, sender, read, parts, now, modern=asked.modern, heard=heard)
    database.commit()
    return ids


def _get(asked: LrsRequest, sender: LrsSender) -> Response:
    sender.require(LrsScope.READ, LrsScope.READ_MINE, LrsScope.ALL_READ)
    one = [name for name in ("statementId", "voidedStatementId") if name in asked.params]
    asked.hold_params("statementId", "voidedStatementId", *_FILTERS)
    form = asked.params.get("format", "exact")
    if form not in ("ids", "exact", "canonical"):
        raise Rejected(400, "format: is none of ids, exact and canonical.")
    if one:
        return _single(asked, sender, one, form)
    return _many(asked, sender, form)


def _single(asked: LrsRequest, sender: LrsSender, names: Sequence[str], form: str) -> Response:
    if len(names) == 2:
        raise Rejected(400, "statementId and voidedStatementId do not go together.")
    asked.hold_params(names[0], "attachments", "format")
    wanted, database = asked.uuid(names[0]), current_session(current_app)
    found = statement_by_id(database, str(wanted))
    if found is None or found.is_voided != (names[0] == "voidedStatementId") or not _may_see(sender, found):
        raise Rejected(404, f"{names[0]}: there is no such statement.")
    told = json.loads(found.body)
    body = _shaped(database, [told], form)[0] if form != "exact" else found.body
    answer = _answer(database, body, [told], with_files=asked.truth("attachments"))
    answer.headers["Last-Modified"] = format_datetime(instant(told["stored"]), usegmt=True)
    return answer


def _may_see(sender: LrsSender, found: KeptStatement) -> bool:
    if sender.bounds is not None:
        return found.learner_id == sender.learner_id
    return sender.may(LrsScope.READ, LrsScope.ALL_READ) or found.sender == sender.name


def _many(asked: LrsRequest, sender: LrsSender, form: str) -> Response:
    database, with_files = current_session(current_app), asked.truth("attachments")
    wanted = _wanted(asked, sender)
    found = find_statements(database, wanted)
    page = found[: wanted.limit]
    more = _more(asked, page[-1]) if len(found) > len(page) else ""
    if form == "exact" and not with_files:
        # They are kept as they are given out, so that a page costs no reading of JSON.
        texts, told = [one.body for one in page], []
    else:
        told = [json.loads(one.body) for one in page]
        texts = _shaped(database, told, form) if form != "exact" else [one.body for one in page]
    body = f'{{"statements":[{",".join(texts)}],"more":{json.dumps(more)}}}'
    return _answer(database, body, told, with_files=with_files)


def _wanted(asked: LrsRequest, sender: LrsSender) -> StatementQuery:
    since, until, ascending = asked.instant("since"), asked.instant("until"), asked.truth("ascending")
    after = last_number(since) if since is not None else None
    before = last_number(until) if until is not None else None
    cursor = min(asked.number("cursor"), _MOST_CURSOR) if "cursor" in asked.params else None
    if cursor is not None and ascending:
        after = max(cursor, after) if after is not None else cursor
    elif cursor is not None:
        before = min(cursor - 1, before) if before is not None else cursor - 1
    limit = asked.number("limit")
    most, learner_id = min(limit, MOST) if limit else USUAL, sender.learner_id
    return StatementQuery(_marks(asked, sender), after, before, ascending, most, learner_id)


def _marks(asked: LrsRequest, sender: LrsSender) -> tuple[int, ...]:
    """The marks of everything that is asked for, and of what the sender may see."""
    agent, registration = asked.agent(groups=True), asked.uuid("registration")
    verb, activity = asked.iri("verb"), asked.iri("activity")
    by_agent = ANY_AGENT if asked.truth("related_agents") else AGENT
    by_activity = ANY_ACTIVITY if asked.truth("related_activities") else ACTIVITY
    named = (
        (REGISTRATION, registration),
        (by_agent, identity(agent) if agent is not None else None),
        (by_activity, activity),
        (VERB, verb),
    )
    marks = [mark(kind, value) for kind, value in named if value is not None]
    if sender.bounds is not None:
        marks.append(mark(AGENT, identity(sender.bounds.actor)))
    elif not sender.may(LrsScope.READ, LrsScope.ALL_READ):
        marks.append(mark(SENDER, sender.name))
    return tuple(dict.fromkeys(marks))


def _more(asked: LrsRequest, last: FoundStatement) -> str:
    values = {**asked.params, "cursor": str(last.number)}
    return f"{url_for('lrs.statements')}?{urlencode(values)}"


def _shaped(database: Session, told: Sequence[Json], form: str) -> list[str]:
    if form == "ids":
        return [_text(with_ids(one)) for one in told]
    definitions = definitions_of(database, {activity["id"] for one in told for activity in defined_in(one)})
    languages = list(request.accept_languages.values())
    return [_text(canonical(one, definitions, languages)) for one in told]


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _answer(database: Session, body: str, told: Sequence[Json], *, with_files: bool) -> Response:
    if not with_files:
        return Response(body, 200, mimetype="application/json")
    hashes = {head["sha2"].lower() for one in told for head in heads_of(one)}
    files = [FilePart(one.sha2, one.content_type, b64decode(one.data)) for one in attachments_of(database, hashes)]
    content_type, whole = composed(body.encode(), files)
    return Response(whole, 200, content_type=content_type)
