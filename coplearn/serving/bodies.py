"""Bodies of requests, read before anybody works on them: within a time, a size and a number at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from coplearn.serving.limits import ServerLimits

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

_IN_MEMORY: Final = 64 * 1024
"""Bytes of an unfinished body; the rest of it waits on disk."""


class BodyRefused(Exception):
    """A body that is not taken, and the status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(eq=False, slots=True)
class _Coming:
    """A body on its way."""

    task: asyncio.Task[Any]
    size: int = 0
    given_up: bool = False


class Bodies:
    """Reads bodies, and gives up the oldest when there are too many of them at once. Belongs to one event loop."""

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._coming: dict[_Coming, None] = {}
        self._bytes = 0

    async def read(self, receive: Receive, announced: int | None, room: Callable[[int], int]) -> tuple[IO[bytes], int]:
        """The whole body and its length.

        ``announced`` is the length that its head gives, ``room`` says how much may come when it is more than the usual.
        Raises BodyRefused (400 cut short, 408 too slow, 413 too long, 503 too many at once).
        """
        if announced is not None and announced > self._limits.room and announced > room(announced):
            raise BodyRefused(413)
        task = asyncio.current_task()
        assert task is not None
        coming = _Coming(task)
        self._coming[coming] = None
        if len(self._coming) > self._limits.waiting_bodies:
            self._give_up_oldest()
        try:
            file = await self._gather(receive, coming, room)
        except TimeoutError:
            raise BodyRefused(408) from None
        except OSError:  # the disk is full
            raise BodyRefused(503) from None
        except asyncio.CancelledError:
            if not coming.given_up:
                raise
            task.uncancel()
            raise BodyRefused(503) from None
        finally:
            if not coming.given_up:
                del self._coming[coming]
                self._bytes -= coming.size
        if announced is not None and coming.size < announced:
            file.close()
            raise BodyRefused(400)
        return file, coming.size

    def give_up_all(self) -> None:
        """Refuse every body that is still on its way: the server stops."""
        for coming in [*self._coming]:
            self._give_up(coming)

    async def _gather(self, receive: Receive, coming: _Coming, room: Callable[[int], int]) -> IO[bytes]:
        limits, loop = self._limits, asyncio.get_running_loop()
        began, most = loop.time(), limits.room
        file: IO[bytes] | None = None
        try:
            async with asyncio.timeout(None) as patience:
                while True:
                    over = began + limits.body_seconds + coming.size / limits.bytes_a_second
                    patience.reschedule(min(loop.time() + limits.piece_seconds, over))
                    message = await receive()
                    if message["type"] != "http.request":
                        raise BodyRefused(400)
                    piece = message["body"]
                    coming.size += len(piece)
                    self._count(len(piece), coming)
                    if coming.size > most:
                        most = room(coming.size)
                        if coming.size > most:
                            raise BodyRefused(413)
                    if not message["more_body"]:
                        if file is None:
                            return BytesIO(piece)
                        file.write(piece)
                        file.seek(0)
                        whole, file = file, None
                        return whole
                    if file is None:
                        file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by whoever reads it
                    file.write(piece)
        finally:
            if file is not None:
                file.close()

    def _count(self, more: int, coming: _Coming) -> None:
        self._bytes += more
        if self._bytes > self._limits.waiting_bytes:
            if next(iter(self._coming)) is coming:
                raise BodyRefused(503)
            self._give_up_oldest()

    def _give_up_oldest(self) -> None:
        self._give_up(next(iter(self._coming)))

    def _give_up(self, coming: _Coming) -> None:
        coming.given_up = True
        del self._coming[coming]
        self._bytes -= coming.size
        coming.task.cancel()
