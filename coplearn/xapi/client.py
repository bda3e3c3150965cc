"""Sending statements to another LRS, by the one way out (``serving.outgoing``)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from coplearn.xapi.rules.statements import Json

LONGEST: Final = 300.0
"""Seconds for one batch: less than the job has it in hand for."""
_SPLIT: Final = frozenset({400, 409, 413, 422})
_LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class OtherLrs:
    """The address of an LRS, with a key and its secret, and the hosts that the operator named."""

    endpoint: str
    key: str
    secret: str
    named_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Outcome of a batch: how many the other LRS has now, how many it will never take, and a fault after which it is tried
    again. With a fault nothing of the batch counts as told."""

    taken: int = 0
    refused: int = 0
    fault: str = ""
    retry_after: int = 0

    def and_then(self, other: Delivery) -> Delivery:
        """Both together."""
        return Delivery(
            self.taken + other.taken,
            self.refused + other.refused,
            self.fault or other.fault,
            max(self.retry_after, other.retry_after),
        )


def deliver(to: OtherLrs, statements: Sequence[Json]) -> Delivery:
    """Send statements that have ids. One that is there already counts as taken; never raises for what the other side does.

    A batch that is refused is sent again in halves, to find the statement that is meant; twice as many requests as there are
    statements find them all, unless the other side takes too long for that.
    """
    # Loaded by the job alone.
    import requests

    from coplearn.serving.outgoing import limit

    with requests.Session() as session:
        limit(session, to.named_hosts)
        session.auth = (to.key, to.secret)
        session.headers.update({"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"})

        ends = time.monotonic() + LONGEST

        def send(some: Sequence[Json]) -> tuple[int, int]:
            if time.monotonic() > ends:
                return 0, 0
            body = json.dumps(list(some), ensure_ascii=False).encode()
            try:
                answer = session.post(f"{to.endpoint}/statements", data=body, allow_redirects=False)
            except requests.RequestException:
                return 0, 0
            after = answer.headers.get("Retry-After", "")
            return answer.status_code, int(after) if after.isdigit() and len(after) < 6 else 0

        return _halved(send, statements)


def _halved(send: Callable[[Sequence[Json]], tuple[int, int]], some: Sequence[Json]) -> Delivery:
    status, after = send(some)
    if 200 <= status < 300:
        return Delivery(taken=len(some))
    if status in _SPLIT:
        if len(some) == 1:
            return Delivery(taken=1) if status == 409 else Delivery(refused=1)
        middle = len(some) // 2
        first = _halved(send, some[:middle])
        return first if first.fault else first.and_then(_halved(send, some[middle:]))
    if status in (401, 403):
        return Delivery(fault="key")
    return Delivery(fault="busy" if status in _LATER or status >= 500 else "unreachable", retry_after=after)
