"""Bodies that are refused while they come: each by its status, and with nothing of them left in the way of the next."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from coplearn.serving.bodies import Bodies, BodyRefused
from coplearn.serving.limits import ServerLimits

T = TypeVar("T")
LIMITS = ServerLimits(room=10, waiting_bytes=30)
LEFT: dict[str, Any] = {"type": "http.disconnect"}


def pieces(*bodies: bytes) -> list[dict[str, Any]]:
    """A body in pieces, as ASGI has them."""
    return [{"type": "http.request", "body": one, "more_body": True} for one in bodies[:-1]] + [
        {"type": "http.request", "body": bodies[-1], "more_body": False}
    ]


async def taken(bodies: Bodies, sent: Iterable[dict[str, Any]], announced: int | None, room: int) -> bytes | int:
    """The body, or the status of its refusal."""
    coming = iter(sent)

    async def receive() -> dict[str, Any]:
        return next(coming)

    try:
        file, size = await bodies.read(receive, announced, lambda _size: room)
    except BodyRefused as refused:
        return refused.status
    with file:
        found = file.read()
    assert len(found) == size
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it, in a thread of its own: a browser of the tests may have a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.mark.parametrize(
    ("sent", "announced", "room", "found"),
    [
        (pieces(b"a" * 4, b"b" * 4), 8, 0, b"aaaabbbb"),
        (pieces(b"a" * 20), 20, 20, b"a" * 20),
        # The head says that it is too long: nothing of it is waited for.
        ([], 11, 0, 413),
        # It says nothing, and too much comes.
        (pieces(b"a" * 11), None, 0, 413),
        (pieces(b"a" * 9, b"b" * 12), None, 20, 413),
        # Less comes than it said, or whoever sent it has left.
        (pieces(b"aaa"), 8, 0, 400),
        ([*pieces(b"aaa", b"bbb")[:1], LEFT], 8, 0, 400),
        # More than all of them together may take, with nobody else's to give up for it.
        (pieces(b"a" * 31), 31, 40, 503),
        (pieces(b"a" * 20, b"b" * 11), 31, 40, 503),
    ],
)
def test_body_is_taken_whole_or_refused_by_its_status(
    sent: list[dict[str, Any]], announced: int | None, room: int, found: bytes | int
) -> None:
    """And the next one has all the room again."""

    async def one_after_the_other() -> list[bytes | int]:
        bodies = Bodies(LIMITS)
        return [await taken(bodies, sent, announced, room), await taken(bodies, pieces(b"c" * 30), 30, 30)]

    assert run(one_after_the_other()) == [found, b"c" * 30]


def test_body_whose_server_stops_is_no_refusal() -> None:
    """Who is cancelled by somebody else ends as asyncio has it, and answers nobody; what is given up is told so."""

    async def both() -> list[bytes | int | BaseException]:
        bodies, begun = Bodies(LIMITS), asyncio.Event()

        async def receive() -> dict[str, Any]:
            begun.set()
            await asyncio.Event().wait()
            return LEFT

        async def ended(give_up: bool) -> int | BaseException:
            begun.clear()
            task = asyncio.create_task(bodies.read(receive, 5, lambda _size: 0))
            await begun.wait()
            bodies.give_up_all() if give_up else task.cancel()
            (found,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(found, BaseException)
            return found.status if isinstance(found, BodyRefused) else found

        return [await ended(True), await ended(False), await taken(bodies, pieces(b"c" * 30), 30, 30)]

    stopped, cancelled, after = run(both())
    assert (stopped, type(cancelled), after) == (503, asyncio.CancelledError, b"c" * 30)
