"""Keys of the LRS: made once, shown once, ended by hand or on their day."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.xapi.models import LrsKey
from coplearn.xapi.queries.keys import key_of, secret_hash


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key with its secret, which is told this once."""

    key: str
    secret: str


def make_key(
    session: Session, name: str, scopes: Iterable[str], ends_on: date, by_id: int | None, now: datetime
) -> MadeKey:
    """Make a key for another program."""
    made = MadeKey(secrets.token_hex(12), secrets.token_urlsafe(32))
    row = LrsKey(
        name=name,
        key=made.key,
        secret_hash=secret_hash(made.secret),
        scopes=" ".join(sorted(scopes)),
        created_at=now,
        created_by_id=by_id,
        ends_on=ends_on,
        ended_at=None,
        used_on=None,
    )
    session.add(row)
    session.flush()
    audit.record(session, EventKind.LRS_KEY_MADE, about=f"lrs-key:{made.key}", now=now)
    return made


def end_key(session: Session, key_id: int, now: datetime) -> None:
    """Let a key be good for nothing from here on. Raises NotFound."""
    found = key_of(session, key_id)
    if found is None:
        raise NotFound(N_("There is no such key."))
    if found.ended_at is None:
        found.ended_at = now
        audit.record(session, EventKind.LRS_KEY_ENDED, about=f"lrs-key:{found.key}", now=now)
    session.flush()


def note_use(session: Session, key_id: int, today: date) -> None:
    """Write down the day on which a key was used last."""
    session.execute(update(LrsKey).where(LrsKey.id == key_id).values(used_on=today))
