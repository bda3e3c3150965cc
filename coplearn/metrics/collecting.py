"""Counts, with prometheus_client: in this process alone, or added up over all workers of a server."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from coplearn.metrics.folders import VARIABLE, is_running
from coplearn.metrics.rules import BUCKETS, GaugeValue

# Their functions carry no types.
_Collector: Any = MultiProcessCollector
_Values: Any = MmapedDict
_OF_A_PROCESS: Final = re.compile(r"(counter|histogram)_([1-9]\d*)\.db")
_MERGED: Final = "0"
"""Stands where a process's number would: what processes counted that are gone."""


Gauges = Callable[[Session, datetime], Iterable[GaugeValue]]
"""What a slice knows that goes up and down: called with (session, now) each time somebody looks."""


class Metrics:
    """The counts of one application. A label's value is a name of ours, never what somebody sent."""

    def __init__(self, gauges: Sequence[Gauges] = ()) -> None:
        self.gauges = gauges
        folder = os.environ.get(VARIABLE)
        self._folder = Path(folder) if folder else None
        self._own = own = CollectorRegistry()
        requests = Counter("coplearn_requests", "Requests answered.", ("endpoint", "status"), registry=own)
        seconds = Histogram(
            "coplearn_request_seconds", "Seconds to make an answer.", ("endpoint",), registry=own, buckets=BUCKETS
        )
        self._requests, self._seconds = cache(requests.labels), cache(seconds.labels)
        self._answers = Counter("coplearn_answers", "Requests with an answer that was stored.", registry=own)
        refused = Counter(
            "coplearn_not_stored", "Requests that could not be stored, by cause.", ("cause",), registry=own
        )
        self._refused = cache(refused.labels)
        much = Counter("coplearn_much_read", "What reads much, by who answered it.", ("place",), registry=own)
        self._much = cache(much.labels)

    def request(self, endpoint: str, status: str, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests(endpoint, status).inc()
        self._seconds(endpoint).observe(seconds)

    def answer(self) -> None:
        """Count an answer that was stored."""
        self._answers.inc()

    def not_stored(self, cause: str) -> None:
        """Count a request that the database or the disk did not take."""
        self._refused(cause).inc()

    def much_read(self, place: str) -> None:
        """Count a report or the like that was read from the ``replica`` or the ``primary``."""
        self._much(place).inc()

    def page(self, gauges: Iterable[GaugeValue]) -> bytes:
        """Write all of it in Prometheus' text format, with ``gauges`` as they stand now."""
        registry = self._own
        if self._folder is None:
            return generate_latest(registry) + _text(gauges)
        with _alone(self._folder):
            merge_dead(self._folder)
            registry = CollectorRegistry()
            _Collector(registry, str(self._folder))
            return generate_latest(registry) + _text(gauges)


class _Gauges(Collector):
    def __init__(self, gauges: Iterable[GaugeValue]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Give each name once, with all its values."""
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._gauges:
            names = [name for name, _ in gauge.labels]
            family = families.setdefault(gauge.name, GaugeMetricFamily(gauge.name, gauge.help, labels=names))
            family.add_metric([value for _, value in gauge.labels], gauge.value)
        yield from families.values()


def _text(gauges: Iterable[GaugeValue]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Gauges(gauges))
    return generate_latest(registry)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def merge_dead(folder: Path) -> None:
    """Bring the files of processes that are gone into one of each type, so that no count falls and no file stays behind.

    Without this a server whose workers are replaced gathers files for as long as it runs. The caller holds the lock.
    """
    dead: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        found = _OF_A_PROCESS.fullmatch(path.name)
        if found and not is_running(int(found[2])):
            dead.setdefault(found[1], []).append(path)
    for kind, paths in dead.items():
        merged = _Values(str(folder / f"{kind}_{_MERGED}.db"))
        for path in paths:
            for key, value, _time, _at in _Values.read_all_values_from_file(str(path)):
                merged.write_value(key, merged.read_value(key)[0] + value, 0.0)
            path.unlink()
        merged.close()
