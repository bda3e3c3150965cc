"""Reading keys and launched packages, and who speaks with one."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from coplearn.xapi.models import KeptAttachment, KeptDocument, KeptStatement, LearnerAlias, LrsKey, PackageSession
from coplearn.xapi.rules.access import SITE, Bounds, LrsScope, LrsSender
from coplearn.xapi.rules.statements import Json

OF_PACKAGES = frozenset({LrsScope.WRITE.value, LrsScope.READ_MINE.value, LrsScope.STATE.value, LrsScope.PROFILE.value})
_BY_KEY = select(LrsKey).where(LrsKey.key == bindparam("key"))
_KEY = "key:"
_SESSION = "session:"


def secret_hash(secret: str) -> str:
    """The SHA-256 of a secret; it is random and long, so that nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def account(home_page: str, name: str) -> Json:
    """An Agent by an account of this site."""
    return {"objectType": "Agent", "account": {"homePage": home_page, "name": name}}


def keys_made(session: Session) -> Sequence[LrsKey]:
    """All keys, the newest first."""
    return session.scalars(select(LrsKey).order_by(LrsKey.id.desc()).limit(200)).all()


def key_of(session: Session, key_id: int) -> LrsKey | None:
    """The key of that number."""
    return session.get(LrsKey, key_id)


def sender_with(
    session: Session, key: str, secret: str, home_page: str, now: datetime
) -> tuple[LrsSender, LrsKey | None] | None:
    """Find whoever has that key and its secret, if both are good now; with the key's row where it is an administrator's."""
    found = session.scalar(_BY_KEY, {"key": key})
    if found is not None:
        if not _is(secret, found.secret_hash) or found.ended_at is not None or found.ends_on < now.date():
            return None
        return LrsSender(f"{_KEY}{found.key}", account(home_page, found.key), frozenset(found.scopes.split())), found
    opened = session.execute(
        select(PackageSession, LearnerAlias.alias)
        .join(LearnerAlias, LearnerAlias.learner_id == PackageSession.learner_id)
        .where(PackageSession.key == key)
    ).first()
    if opened is None or not _is(secret, opened[0].secret_hash) or opened[0].expires_at <= now:
        return None
    bounds = Bounds(account(home_page, opened[1]), opened[0].activity, opened[0].registration)
    learner_id = opened[0].learner_id
    return LrsSender(f"{_SESSION}{key}", account(home_page, "packages"), OF_PACKAGES, bounds, learner_id), None


def may_void_all(session: Session, senders: Collection[str]) -> set[str]:
    """Senders among these who may void what others sent: the site itself, and keys with the scope for everything."""
    keys = {one.removeprefix(_KEY): one for one in senders if one.startswith(_KEY)}
    rows = session.execute(select(LrsKey.key, LrsKey.scopes).where(LrsKey.key.in_(keys)))
    return {SITE} | {keys[row.key] for row in rows if LrsScope.ALL.value in row.scopes.split()}


def session_to_fetch(session: Session, token: str) -> PackageSession | None:
    """The launched package whose fetch address has that token."""
    return session.scalar(
        select(PackageSession).where(PackageSession.fetch_hash == secret_hash(token)).with_for_update()
    )


def session_of(session: Session, sender: str) -> PackageSession | None:
    """The launched package of that name among senders."""
    return session.scalar(select(PackageSession).where(PackageSession.key == sender.removeprefix(_SESSION)))


def sender_of(opened: PackageSession) -> str:
    """The name of a launched package among senders."""
    return f"{_SESSION}{opened.key}"


def open_sessions(session: Session, registration: str) -> Sequence[PackageSession]:
    """The sessions of a registration that nobody ended, in their order."""
    mine = (PackageSession.registration == registration, PackageSession.terminated_at.is_(None))
    return session.scalars(select(PackageSession).where(*mine).order_by(PackageSession.id)).all()


def count_sessions(session: Session, learner_id: int, since: datetime) -> int:
    """The number of a learner's sessions that were opened since then, in whichever package."""
    mine = (PackageSession.learner_id == learner_id, PackageSession.created_at > since)
    return session.scalar(select(func.count()).select_from(PackageSession).where(*mine)) or 0


def alias_of(session: Session, learner_id: int) -> str | None:
    """The name of a learner in statements."""
    return session.scalar(select(LearnerAlias.alias).where(LearnerAlias.learner_id == learner_id))


def export_of_account(session: Session, user_id: int) -> dict[str, Any]:
    """Keys that an account made, for the person's own download."""
    rows = session.scalars(select(LrsKey).where(LrsKey.created_by_id == user_id).order_by(LrsKey.id))
    return {"keys": [[one.name, one.created_at.isoformat(), one.ends_on.isoformat()] for one in rows]}


def export_of_learner(session: Session, learner_id: int) -> dict[str, Any]:
    """Launched packages of a learner, and their name in statements, for the person's own download."""
    rows = session.scalars(
        select(PackageSession).where(PackageSession.learner_id == learner_id).order_by(PackageSession.id)
    )
    statements = session.scalars(
        select(KeptStatement.body).where(KeptStatement.learner_id == learner_id).order_by(KeptStatement.number)
    )
    documents = session.scalars(
        select(KeptDocument).where(KeptDocument.learner_id == learner_id).order_by(KeptDocument.id)
    )
    files = session.scalars(select(KeptAttachment).where(KeptAttachment.learner_id == learner_id))
    return {
        "named": alias_of(session, learner_id),
        "packages": [[one.activity, one.registration, one.created_at.isoformat()] for one in rows],
        "statements": list(statements),
        "documents": [[one.document_id, one.content_type, one.data, one.updated_at.isoformat()] for one in documents],
        "attachments": [[one.content_type, one.data] for one in files],
    }


def _is(secret: str, kept: str) -> bool:
    return hmac.compare_digest(secret_hash(secret), kept)
