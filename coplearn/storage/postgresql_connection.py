"""Connections to PostgreSQL on which nobody waits for ever: not for a standby that is away, nor for a server that fell silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import has_request_context
from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError as NotStored

CONNECTING: Final[dict[str, Any]] = {
    "connect_timeout": 4,
    # A machine that is gone says so to nobody: what it does not take within these seconds is given up.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
"""What a connection is asked for, where its address does not say otherwise; the first is for each host of several."""
COMMIT_SECONDS: Final = 15.0
"""So long a commit may take. With synchronous replication it waits for the standby, and the server itself sets no end."""
PAGE_SECONDS: Final = 60.0
"""So long one statement of a page may take; jobs and commands have no such limit."""
_READ_ONLY: Final = "25006"


class ConnectionWithDeadlines(Connection[Any]):
    """A connection that is closed, and says that it could not be used, when an answer does not come in time."""

    at_most: float | None = None
    """So many seconds one statement may take, for whom that is less than a page's."""
    _commits = False

    def commit(self) -> None:
        """Commit; raises OperationalError when it is not known in time whether it was done."""
        self._commits = True
        try:
            super().commit()
        finally:
            self._commits = False

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer, as long as may be."""
        limit = COMMIT_SECONDS if self._commits else self.at_most or (PAGE_SECONDS if has_request_context() else None)
        if timeout is not None or limit is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, limit)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # Not answered in time. Never cancelled: the server would then keep on one machine what it waits to have on two.
                self.pgconn.finish()
            raise


def _connect_to_the_writing(named: Mapping[str, Any]) -> ConnectionWithDeadlines:
    """Connect to the first of several hosts that says itself that it can be written to.

    A pool lets everybody in and says of its server what held when it last asked: that one that is lost can be written to, or that
    one that was promoted cannot. So each is asked a question, which the pool has to pass on.
    """
    hosts, ports = (str(named.get(name, "")).split(",") for name in ("host", "port"))
    faults = []
    for place, host in enumerate(hosts):
        one = {**named, "host": host, "port": ports[place % len(ports)], "target_session_attrs": "any"}
        connection = None
        try:
            connection = ConnectionWithDeadlines.connect(**one)
            row = connection.execute("SHOW transaction_read_only").fetchone()
            connection.rollback()
            if row == ("off",):
                return connection
            faults.append(f"{host}: can only be read")
        except OperationalError as error:
            faults.append(f"{host}: {error}")
        if connection is not None:
            connection.close()
    raise OperationalError("; ".join(faults))


def prepare_postgresql(engine: Engine, at_most: float | None = None) -> None:
    """Let the engine connect so, and count a server that only reads, such as a standby not yet promoted, as one that is away.

    ``at_most`` is where each of its connections begins (:attr:`ConnectionWithDeadlines.at_most`).
    """

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, words: list[Any], named: dict[str, Any]) -> ConnectionWithDeadlines:
        if named.get("target_session_attrs") == "read-write" and "," in str(named.get("host", "")):
            return _connect_to_the_writing(named)
        connection = ConnectionWithDeadlines.connect(*words, **named)
        connection.at_most = at_most
        return connection

    @event.listens_for(engine, "handle_error")
    def count_as_away(context: ExceptionContext) -> None:
        error = context.original_exception
        if getattr(error, "sqlstate", None) == _READ_ONLY:
            context.is_disconnect = True
            raise NotStored(context.statement, context.parameters, error) from error
