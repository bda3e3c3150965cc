"""Reading on a second connection of PostgreSQL, while a request reads and counts on its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from threading import Lock, Thread
from typing import Any, Final, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm import Session

T = TypeVar("T")

_turn: Final = Lock()
"""Held while a second connection of this process is in use: no more than one, so that nobody waits for one that others hold."""


def begin_reading(session: Session, work: Callable[[Session], T]) -> Callable[[], T]:
    """Begin ``work`` with a session of its own, and give back what waits for its result, or raises what it raised.

    ``work`` only reads what was committed, and gives back values that need no session any more. With SQLite, and while somebody
    else in this process reads so, it is done with ``session`` itself, when it is asked for. Each of its statements has a page's
    deadline, so that a result that nobody asks for any more ends by itself.
    """
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite" or not _turn.acquire(blocking=False):
        return lambda: work(session)
    found: Future[T] = Future()
    context, info = copy_context(), dict(session.info)
    try:
        Thread(target=context.run, args=(_read, found, engine, info, work), daemon=True).start()
    except RuntimeError:  # the machine has no thread left
        _turn.release()
        return lambda: work(session)

    def result() -> T:
        try:
            return found.result()
        except NoneFree:
            return work(session)

    return result


def _read(found: Future[T], engine: Engine, info: dict[str, object], work: Callable[[Session], T]) -> None:
    tell: Callable[[], None]
    try:
        with Session(engine, info=info) as session:
            connection: Any = session.connection().connection.dbapi_connection
            # Those of a replica begin with the little time that it has to say how far it is.
            connection.at_most = None
            tell = partial(found.set_result, work(session))
    except BaseException as error:  # SystemExit too: whoever asks for the result is told
        tell = partial(found.set_exception, error)
    # Whoever is told may begin the next one.
    _turn.release()
    tell()
