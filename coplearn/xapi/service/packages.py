"""Launched packages (cmi5): a session for one learner, activity and registration; its token; and what its statements say.

For whoever launches packages. In a launch: :func:`open_package`, :func:`put_launch_data` and :func:`tell` (``launched``), then
the address of the package with ``fetch`` (the route ``lrs.fetch`` with the token), ``endpoint``, ``actor``, ``registration`` and
``activityId``. Whoever stands in the site's ``package_hearers`` hears what it then says; :func:`outcomes_of` reads it later.
Nothing here commits.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.storage.upserts import insert_new
from coplearn.xapi.models import KeptAttachment, KeptDocument, KeptStatement, LearnerAlias, PackageSession
from coplearn.xapi.queries.documents import place_of
from coplearn.xapi.queries.keys import account, alias_of, secret_hash, session_to_fetch
from coplearn.xapi.queries.statements import StatementQuery, find_statements
from coplearn.xapi.rules.access import LAUNCH_DATA, SITE, LrsScope, LrsSender
from coplearn.xapi.rules.formats import Rejected, canonical_uuid, iri
from coplearn.xapi.rules.indexing import ACTIVITY, REGISTRATION, identity, mark
from coplearn.xapi.rules.outcomes import PackageOutcomes, outcomes_in
from coplearn.xapi.rules.statements import Json, read_statement
from coplearn.xapi.service.documents import Conditions, DocumentName, merge_document, put_document
from coplearn.xapi.service.statements import take_statements

SESSION_HOURS: Final = 12
PREFERENCES: Final = "cmi5LearnerPreferences"


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
    """Open a session for one launch of a learner, who may be a visitor (:func:`join_learners`).

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


def end_registration(session: Session, registration: str, now: datetime) -> None:
    """Let no session of a registration say or store anything more: a later one takes their place."""
    mine = (PackageSession.registration == registration, PackageSession.expires_at > now)
    session.execute(update(PackageSession).where(*mine).values(expires_at=now))


def put_launch_data(session: Session, opened: OpenedPackage, data: dict[str, Any], now: datetime) -> None:
    """Put the state ``LMS.LaunchData`` that a package reads first and never changes (cmi5, 10)."""
    place = place_of("state", opened.activity, identity(opened.actor))
    name = DocumentName(place, opened.registration, LAUNCH_DATA, opened.learner_id)
    put_document(session, name, "application/json", json.dumps(data).encode(), Conditions(), now)


def put_preferences(session: Session, opened: OpenedPackage, preferences: dict[str, Any], now: datetime) -> None:
    """Set preferences of the learner, and keep what else a package wrote there (cmi5, 11)."""
    name = DocumentName(place_of("agent", "", identity(opened.actor)), "", PREFERENCES, opened.learner_id)
    data = json.dumps(preferences).encode()
    try:
        merge_document(session, name, "application/json", data, Conditions(), now)
    except Rejected as error:
        if error.status == 400:  # a package wrote something there that holds no preferences
            put_document(session, name, "application/json", data, Conditions(), now)


def join_learners(session: Session, source: int, target: int, home_page: str, now: datetime) -> None:
    """Give what one learner said in packages to another, as when a visitor signs in.

    Statements stay as they are, under the name that they were said with; states are found under the name that stays. Sessions
    that are open go on where the name stays the same, and else end.
    """
    old, new = alias_of(session, source), alias_of(session, target)
    if old is not None and new is None:
        session.execute(update(LearnerAlias).where(LearnerAlias.learner_id == source).values(learner_id=target))
    elif old is not None and new is not None:
        names = [identity(account(home_page, one)) for one in (old, new)]
        activities = session.scalars(
            select(PackageSession.activity).where(PackageSession.learner_id == source).distinct()
        )
        for activity in activities.all():
            before, after = (place_of("state", activity, one) for one in names)
            moved = (KeptDocument.place == before, KeptDocument.learner_id == source)
            session.execute(update(KeptDocument).where(*moved).values(place=after))
        open_now = (PackageSession.learner_id == source, PackageSession.expires_at > now)
        session.execute(update(PackageSession).where(*open_now).values(expires_at=now))
    for table in (KeptStatement, KeptAttachment, KeptDocument, PackageSession):
        session.execute(update(table).where(table.learner_id == source).values(learner_id=target))


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
