"""The working threads: they do what is ready to be done, one thing after the other, and never wait for a visitor."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread


class Threads:
    """A number of threads, and a queue in front of them."""

    def __init__(self, number: int) -> None:
        self._queue: SimpleQueue[Callable[[], None]] = SimpleQueue()
        for count in range(number):
            Thread(target=self._work, name=f"work-{count + 1}", daemon=True).start()

    def do(self, what: Callable[[], None]) -> None:
        """Have ``what`` done by whichever thread is free first; it must see to its own errors."""
        self._queue.put(what)

    @property
    def waiting(self) -> int:
        """The number of tasks that nobody has begun."""
        return self._queue.qsize()

    def _work(self) -> None:
        while True:
            self._queue.get()()
