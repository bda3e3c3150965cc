"""A WSGI application for granian's ASGI interface: a request meets a working thread when all of it is there, and not before.

The connections, heads and bodies of all visitors are waited for in one event loop, which costs nobody anything. Long answers
leave by the loop as well, as fast as their readers take them. ASGI and not RSGI, because RSGI takes a whole answer
at once however slow its reader is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import structlog

from coplearn.serving.bodies import Bodies, BodyRefused, Receive
from coplearn.serving.environ import environ_of
from coplearn.serving.limits import REFUSED, ServerLimits
from coplearn.serving.threads import Threads

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
RoomFor = Callable[["WSGIEnvironment"], int]

PIECE: Final = 64 * 1024
"""Bytes: a longer answer leaves in pieces of this size."""
_CROWD: Final = 16
"""So many requests in line, and it is worth looking whether those who asked are still there."""
_FAULT: Final = b"Something went wrong on our side. What was saved before is safe. Please try again in a moment."
_SENTENCES: Final = {
    400: "The request broke off. Nothing was changed. Please send it again.",
    408: "This took too long to arrive. Nothing was changed. Please try again on a steadier line.",
    413: "That is too large to send. Nothing was changed.",
    503: "The site is very busy. Nothing was changed. Wait a few seconds, then try again.",
}

log = structlog.get_logger("coplearn.serving")


def refuse_plainly(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """One sentence for a body that was not taken, where no page can be had."""
    status: int = environ[REFUSED]
    start_response(f"{status} Refused", [("Content-Type", "text/plain; charset=utf-8")])
    return [_SENTENCES[status].encode()]


class Adapter:
    """``application`` as granian calls it.

    ``room_for`` says how large a body may be for the request of an environment; ``refuse`` answers where a body was not
    taken, and finds the status as ``coplearn.refused`` in its environment. Call ``start`` in the process that serves.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        limits: ServerLimits | None = None,
        room_for: RoomFor | None = None,
        refuse: WSGIApplication = refuse_plainly,
    ) -> None:
        self.limits = limits or ServerLimits()
        self._application = application
        self._refuse = refuse
        self._room_for = room_for or (lambda environ: self.limits.room)
        self._bodies = Bodies(self.limits)
        self._threads: Threads | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.open = 0
        """Requests that are being read, worked on or answered."""

    def start(self, threads: int) -> None:
        """Make the working threads."""
        self._threads = Threads(threads)

    def stop(self) -> None:
        """Refuse what has not arrived yet; what has is still answered. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._bodies.give_up_all)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it; only ``http``."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self.open += 1
        try:
            environ = environ_of(scope)
            application = self._application
            if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
                application = await self._take_body(environ, receive)
            await self._answer(application, environ, receive, send)
        finally:
            self.open -= 1

    async def _take_body(self, environ: WSGIEnvironment, receive: Receive) -> WSGIApplication:
        """Read the body into the environment, and say which application has to answer."""
        length = environ.get("CONTENT_LENGTH", "")
        try:
            body, size = await self._bodies.read(
                receive, int(length) if length.isdecimal() else None, lambda _size: self._room_for(environ)
            )
        except BodyRefused as refusal:
            environ[REFUSED], environ["CONTENT_LENGTH"] = refusal.status, "0"
            return self._refuse
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = body, str(size)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return self._application

    async def _answer(
        self, application: WSGIApplication, environ: WSGIEnvironment, receive: Receive, send: Send
    ) -> None:
        threads, loop = self._threads, asyncio.get_running_loop()
        assert threads is not None, "start() was not called"
        work = _Work(application, environ, send, loop)
        crowded = threads.waiting > _CROWD
        threads.do(work.run)
        rest = await (_finished_or_left(work, receive) if crowded else work.ended)
        if rest is not None:
            await _Sender(threads, self.limits, send).stream(*rest)


Rest = tuple[dict[str, Any], bytes, "Iterator[bytes] | None", Callable[[], object] | None]
"""A long answer: its start, what was made of it, the pieces still to be made, and what to call at its end."""


async def _finished_or_left(work: _Work, receive: Receive) -> Rest | None:
    """Wait for the work in a long line, and have it skipped when whoever asked for it leaves meanwhile."""
    gone = asyncio.ensure_future(_left(receive))
    try:
        either: list[asyncio.Future[Any]] = [work.ended, gone]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        work.unwanted = not work.ended.done()
        return await work.ended
    finally:
        gone.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Work:
    """One request on a working thread, until its answer is sent or, when it is long, begun."""

    __slots__ = ("_application", "_environ", "_loop", "_send", "_start", "_written", "ended", "unwanted")

    def __init__(
        self, application: WSGIApplication, environ: WSGIEnvironment, send: Send, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._application = application
        self._environ = environ
        self._send = send
        self._loop = loop
        self._start: dict[str, Any] | None = None
        self._written: list[bytes] = []
        self.ended: asyncio.Future[Rest | None] = loop.create_future()
        self.unwanted = False

    def run(self) -> None:
        """Answer; on a working thread."""
        rest: Rest | None = None
        try:
            if not self.unwanted:
                rest = self._run()
        except BaseException as error:
            log.error("fault_outside_the_application", kind=type(error).__name__)
            self._start = {"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/plain")]}
            self._whole(_FAULT)
        finally:
            if rest is None:
                self._environ["wsgi.input"].close()
            self._loop.call_soon_threadsafe(self._end, rest)

    def _end(self, rest: Rest | None) -> None:
        if not self.ended.done():
            self.ended.set_result(rest)

    def _run(self) -> Rest | None:
        answer = self._application(self._environ, self._start_response)
        close: Callable[[], object] | None = getattr(answer, "close", None)
        try:
            pieces = iter(answer)
            parts, more = _gather(self._written, pieces)
            assert self._start is not None, "the application did not call start_response"
            if more or len(parts) > PIECE:
                rest = (self._start, parts, pieces if more else None, close)
                close = None
                return rest
            self._whole(parts)
            return None
        finally:
            if close is not None:
                close()

    def _whole(self, body: bytes) -> None:
        # With granian these may be called from any thread, and have happened when they return.
        self._send(self._start or {})
        self._send({"type": "http.response.body", "body": body})

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None
    ) -> Callable[[bytes], object]:
        sent = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        if REFUSED in self._environ:
            # Part of the body may still come, and is not the next request.
            sent.append((b"connection", b"close"))
        self._start = {"type": "http.response.start", "status": int(status[:3]), "headers": sent}
        return self._written.append


def _gather(first: Iterable[bytes], pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """The beginning of an answer, and whether there may be more of it."""
    parts = [*first]
    size = sum(map(len, parts))
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size > PIECE:
            return b"".join(parts), True
    return (parts[0] if len(parts) == 1 else b"".join(parts)), False


class _Sender:
    """Sends a long answer as fast as it is read; gives a reader up who takes none of it for long."""

    def __init__(self, threads: Threads, limits: ServerLimits, send: Send) -> None:
        self._threads = threads
        self._limits = limits
        self._send = send

    async def stream(
        self, start: dict[str, Any], made: bytes, pieces: Iterator[bytes] | None, close: Callable[[], object] | None
    ) -> None:
        """Send the answer to its end, or until its reader is given up; both close it."""
        try:
            await self._send(start)
            while made:
                await self._pass_on(made)
                if pieces is None:
                    break
                made = await self._next(pieces)
            await self._send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            # Ended here, the answer breaks off, and the connection with it.
            log.warning("reader_too_slow")
        finally:
            if close is not None:
                self._threads.do(_logging_errors(close))

    async def _pass_on(self, made: bytes) -> None:
        for at in range(0, len(made), PIECE):
            async with asyncio.timeout(self._limits.reader_seconds):
                await self._send({"type": "http.response.body", "body": made[at : at + PIECE], "more_body": True})

    def _next(self, pieces: Iterator[bytes]) -> Awaitable[bytes]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()

        def make() -> None:
            try:
                loop.call_soon_threadsafe(_keep, future, _gather((), pieces)[0], None)
            except Exception as error:
                loop.call_soon_threadsafe(_keep, future, b"", error)

        self._threads.do(make)
        return future


def _keep(found: asyncio.Future[bytes], made: bytes, error: Exception | None) -> None:
    if found.done():
        return
    if error is not None:
        found.set_exception(error)
    else:
        found.set_result(made)


def _logging_errors(close: Callable[[], object]) -> Callable[[], None]:
    def closed() -> None:
        try:
            close()
        except Exception as error:
            log.error("answer_not_closed", kind=type(error).__name__)

    return closed
