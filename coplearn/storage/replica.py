"""A replica of PostgreSQL for what reads much: it answers while it has all that was saved, and else the primary does."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm import Session

from coplearn.storage.database import engine_options
from coplearn.storage.session_info import SessionKey

ASKING_SECONDS: Final = 2.0
"""So long the replica may take to let somebody in, and to say how far it is."""
CATCHING_UP_SECONDS: Final = 0.5
"""So long a page waits for the replica to have what the primary had when the page was asked for."""
LEFT_SECONDS: Final = 10.0
"""So long nobody asks a replica that did not answer or was behind; then one page tries."""
KEPT_SECONDS: Final = 5.0
"""How long what is told of it is kept: whoever looks often must not keep it busy."""
_PAUSE: Final = 0.005
_SHORT: Final = 0.05
"""Longer than a standby of a site that is at work takes."""
_LOG_PAGE: Final = 8192
_CONFLICTS: Final = {"40001", "40P01", "57014"}
"""What a statement is ended with that stands in the way of what the replica takes over: the next one may not."""
_WHICH: Final = "(SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint())"
"""Whose data a server has; the timeline is another one since a standby was promoted, and what one on the former has may be lost."""
_PRIMARY: Final = text(f"SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END, {_WHICH}")
_REPLICA: Final = text(
    f"SELECT pg_wal_lsn_diff(CAST(:place AS pg_lsn), pg_last_wal_replay_lsn()), {_WHICH}, pg_is_in_recovery()"
)

T = TypeVar("T")
log = structlog.get_logger()


class NotThere(Exception):
    """The replica lacks something that was saved, or is no replica of this primary."""


@dataclass(frozen=True, slots=True)
class ReplicaStanding:
    """The standing of a replica some seconds ago."""

    is_used: bool
    bytes_behind: int | None
    """What it still has to take over; None where it does not say."""


class Replica:
    """The one replica of a site, for statements that only read."""

    def __init__(self, url: str) -> None:
        options = engine_options(url) | {"pool_pre_ping": False, "pool_timeout": ASKING_SECONDS}
        options["connect_args"] |= {"connect_timeout": round(ASKING_SECONDS)}
        self.engine = create_engine(**options, execution_options={"postgresql_readonly": True})
        importlib.import_module("coplearn.storage.postgresql_connection").prepare_postgresql(
            self.engine, at_most=ASKING_SECONDS
        )
        self.count: Callable[[str], None] = lambda _place: None
        """Is told of each answer whether ``replica`` or ``primary`` gave it."""
        self._left_until: float | None = None
        self._standing = (float("-inf"), ReplicaStanding(is_used=False, bytes_behind=None))

    def read(self, session: Session, work: Callable[[Session], T]) -> T:
        """Do ``work`` with a session of the replica, or of the primary's where the replica may not or cannot say."""
        if self._may_ask():
            place = session.execute(_PRIMARY).one()
            try:
                found = self._read_there(session, place, work)
            except (DBAPIError, NoneFree, NotThere) as error:
                self._leave(error)
            else:
                self._left_until = None
                self.count("replica")
                return found
        self.count("primary")
        return work(session)

    def _may_ask(self) -> bool:
        if self._left_until is None:
            return True
        if time.monotonic() < self._left_until:
            return False
        # This one tries, and the others go on to the primary meanwhile.
        self._left_until = time.monotonic() + LEFT_SECONDS
        return True

    def _leave(self, error: Exception) -> None:
        state = getattr(getattr(error, "orig", None), "sqlstate", None)
        if state not in _CONFLICTS:
            self._left_until = time.monotonic() + LEFT_SECONDS
        why = str(error) if isinstance(error, NotThere) else state or type(error).__name__
        log.warning("replica_not_used", why=why)

    def _read_there(self, session: Session, place: Any, work: Callable[[Session], T]) -> T:
        # What is read is only to be looked at, so nothing is committed, and what was read stays as it is.
        with Session(self.engine, info=session.info) as there:
            behind = _behind(there, session, place)
            if behind:
                raise NotThere(f"{behind} bytes behind")
            return work(there)

    def standing(self, session: Session) -> ReplicaStanding:
        """The standing now, or some seconds ago; ``session`` is the primary's."""
        at, known = self._standing
        if time.monotonic() - at < KEPT_SECONDS:
            return known
        behind, place = None, session.execute(_PRIMARY).one()
        try:
            with Session(self.engine) as there:
                behind = _behind(there, session, place)
        except (DBAPIError, NoneFree, NotThere) as error:
            self._leave(error)
        known = ReplicaStanding(is_used=behind == 0, bytes_behind=behind)
        self._standing = time.monotonic(), known
        return known


def _behind(there: Session, session: Session, primary: Any) -> int:
    """The bytes that the replica has not taken over of what the ``primary`` had at that place, after some time to do so.

    Raises NotThere where it follows another primary or none, and DBAPIError where it does not answer in time.
    """
    place, *same = primary
    connection: Any = there.connection().connection.dbapi_connection
    connection.at_most = ASKING_SECONDS
    began, is_finished = time.monotonic(), False
    while True:
        behind, *known = there.execute(_REPLICA, {"place": place}).one()
        if behind is None or known != [*same, True]:
            raise NotThere("no standby of this primary")
        waited = time.monotonic() - began
        if behind <= 0 or waited > CATCHING_UP_SECONDS:
            connection.at_most = None
            return max(0, int(behind))
        if behind < _LOG_PAGE and waited > _SHORT and not is_finished:
            _finish_record(session)
            is_finished = True
        time.sleep(_PAUSE)


def _finish_record(session: Session) -> None:
    """Have the primary write the rest of a record of which its log has the beginning.

    It writes whole pages of the log by itself, and on a quiet site nobody commits, which would write the rest. A transaction with
    a number and nothing in it does, and waits neither for the disk nor for a standby.
    """
    bind = session.get_bind()
    with bind.engine.begin() as connection:
        connection.execute(text("SELECT pg_current_xact_id()"))


REPLICA_KEY: Final = SessionKey[Replica]("replica")
"""The replica that the sessions of a site know of."""


def open_replica(database: str, url: str) -> Replica | None:
    """The replica at that address; None for none. Nothing is connected to yet.

    Raises ValueError where either is not PostgreSQL.
    """
    if not url:
        return None
    if any(make_url(one).get_backend_name() != "postgresql" for one in (database, url)):
        raise ValueError(
            "COPLEARN_REPLICA_URL goes with PostgreSQL alone: both addresses must begin postgresql+psycopg://."
        )
    return Replica(url)


def read_much(session: Session, work: Callable[[Session], T]) -> T:
    """Do ``work`` with a session: with the replica's where the site has one that can answer, else of ``session`` itself.

    ``work`` only reads, gives back values that need no session any more, and may be done twice. It finds all that was committed
    before, so whoever has just changed something sees it: the replica is asked for the place in the log that the primary has come
    to, waited for half a second at most, and passed over where it is not that far, does not answer, or breaks a statement off.
    """
    replica = REPLICA_KEY.get(session)
    return work(session) if replica is None else replica.read(session, work)
