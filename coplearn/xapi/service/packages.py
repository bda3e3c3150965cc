"""Launched packages (cmi5): a session for one learner, activity and registration; its token; and what its statements say.

For whoever launches packages. In a launch: :func:`open_package`, :func:`put_launch_data` and :func:`tell` (``launched``), then
the address of the package with ``fetch`` (the route ``lrs.fetch`` with the token), ``endpoint``, ``actor``, ``registration`` and
``activityId``; later :func:`outcomes_of`. Nothing here commits.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from coplearn.storage.upserts import insert_new
from coplearn.xapi.models import LearnerAlias, PackageSession
from coplearn.xapi.queries.documents import place_of
from coplearn.xapi.queries.keys import account, alias_of, secret_hash, session_to_fetch
from coplearn.xapi.queries.statements import StatementQuery, find_statements
from coplearn.xapi.rules.access import LAUNCH_DATA, SITE, LrsScope, LrsSender
from coplearn.xapi.rules.formats import Rejected, canonical_uuid, iri
from coplearn.xapi.rules.indexing import ACTIVITY, REGISTRATION, identity, mark
from coplearn.xapi.rules.outcomes import PackageOutcomes, outcomes_in
from coplearn.xapi.rules.statements import Json, read_statement
from coplearn.xapi.service.documents import Conditions, DocumentName, put_document
from coplearn.xapi.service.statements import take_statements

SESSION_HOURS: Final = 12


@dataclass(frozen=True, slots=True)
class OpenedPackage:
    """Everything a launch needs: the token of the fetch address (told once), and who the learner is in statements."""

    session_id: int
    learner_id: int
    activity: str
    fetch_token: str
    actor: Json
    registration: str


def actor_of(session: Session, learner_id: int, home_page: str) -> Json:
    """The learner as an Agent: an account of this site under a random name that is kept with the learner and erased with them."""
    insert_new(session, LearnerAlias, {"learner_id": learner_id, "alias": secrets.token_hex(16)})
    alias = alias_of(session, learner_id)
    assert alias is not None
    return account(home_page, alias)


def open_package(
    session: Session, learner_id: int, activity: str, registration: str, home_page: str, now: datetime
) -> OpenedPackage:
    """Open a session for one launch of a learner with an account: what a visitor did in a package does not join an account.

    ``activity`` is an IRI, ``registration`` a UUID, ``home_page`` the site's address. Raises ValueError for what is none.
    """
    iri(activity)
    actor = actor_of(session, learner_id, home_page)
    token = secrets.token_urlsafe(32)
    row = PackageSession(
        learner_id=learner_id,
        activity=activity,
        registration=canonical_uuid(registration),
        fetch_hash=secret_hash(token),
        fetched_at=None,
        key=secrets.token_hex(12),
        # Nobody has a secret with this hash before it is fetched.
        secret_hash="",
        created_at=now,
        expires_at=now + timedelta(hours=SESSION_HOURS),
    )
    session.add(row)
    session.flush()
    return OpenedPackage(row.id, learner_id, activity, token, actor, row.registration)


def fetch_token(session: Session, token: str, now: datetime) -> str:
    """The authorization token of a session, given once (cmi5, 8.2). Raises Rejected (403) for the second time and a foreign one."""
    found = session_to_fetch(session, token)
    if found is None or found.expires_at <= now:
        raise Rejected(403, "This fetch address is of no session.")
    if found.fetched_at is not None:
        raise Rejected(403, "The authorization token has already been returned.")
    secret = secrets.token_urlsafe(32)
    found.fetched_at, found.secret_hash = now, secret_hash(secret)
    session.flush()
    return b64encode(f"{found.key}:{secret}".encode()).decode()


def end_package(session: Session, session_id: int, now: datetime) -> None:
    """Take no more statements in a session: before another launch, or once it is abandoned."""
    session.execute(update(PackageSession).where(PackageSession.id == session_id).values(expires_at=now))


def put_launch_data(session: Session, opened: OpenedPackage, data: dict[str, Any], now: datetime) -> None:
    """Put the state ``LMS.LaunchData`` that a package reads first and never changes (cmi5, 10)."""
    place = place_of("state", opened.activity, identity(opened.actor))
    name = DocumentName(place, opened.registration, LAUNCH_DATA, opened.learner_id)
    put_document(session, name, "application/json", json.dumps(data).encode(), Conditions(), now)


def tell(session: Session, learner_id: int, statements: Sequence[Json], home_page: str, now: datetime) -> list[str]:
    """Store statements of the site itself about a learner, such as ``launched`` and ``abandoned``.

    Raises Rejected for what is no statement.
    """
    sender = LrsSender(SITE, account(home_page, "packages"), frozenset({LrsScope.ALL.value}), learner_id=learner_id)
    read = [read_statement(one, modern=False) for one in statements]
    return take_statements(session, sender, read, {}, now)


def outcomes_of(session: Session, activity: str, registration: str, *, cmi5: bool = True) -> PackageOutcomes:
    """Read what the statements of one registration say of an activity; with ``cmi5``, only those that say they are of cmi5."""
    marks = (mark(REGISTRATION, canonical_uuid(registration)), mark(ACTIVITY, activity))
    found, since = list[Json](), None
    while True:
        page = find_statements(session, StatementQuery(marks, since=since, ascending=True, limit=200))
        found += [json.loads(one.body) for one in page[:200]]
        if len(page) <= 200:
            break
        since = page[199].number
    return outcomes_in(found, activity, cmi5=cmi5)
