"""The campaign week of docs/scale.md, reckoned: `python -m bench.queueing`. What was measured stands at the top.

Pages come to hosts of several cores (M/M/c, Erlang's second formula, and for times that vary more than exponential ones the
factor of Allen and Cunneen); what is written comes to one database, whose log takes
one flush at a time (M/G/1, Pollaczek and Khinchine).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

PAGE: Final = 0.003
"""Seconds of a processor that a lesson takes (docs/benchmarks.md: 2.5 to 4.0 ms on the machine there)."""
ANSWER: Final = 0.007
"""Seconds of a processor that an answer takes (6.0 to 7.3 ms there)."""
PASSWORD: Final = 0.075
"""Seconds of a processor that a password takes to be hashed or checked (measured there, argon2id with 32 MB)."""
FLUSH: Final = 0.001
"""Seconds until a disk has what was written: assumed, of a machine in a data centre."""
CORES: Final = 8
"""Of one host."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """People who come in one week, and what each of them does."""

    learners: int
    pages: int
    answers: int
    passwords: float
    """Made or checked."""
    busiest_day: float = 0.22
    """Of a week."""
    busiest_hour: float = 0.12
    """Of a day."""
    burst: float = 3.0
    """The busiest minute beside the mean of its hour."""

    def a_second(self, each: float, *, in_burst: bool) -> float:
        """How many come in a second of the busiest hour, or of its busiest minute."""
        mean = self.learners * each * self.busiest_day * self.busiest_hour / 3600
        return mean * (self.burst if in_burst else 1)


def erlang_c(servers: int, load: float) -> float:
    """The share that has to wait where work for ``load`` servers comes to ``servers`` of them; 1 where they are too few."""
    if load >= servers:
        return 1.0
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def waits(servers: int, rate: float, service: float, squares: float = 1) -> tuple[float, float]:
    """The mean wait before service begins, and the one that 1 of 100 waits longer than, in seconds.

    ``squares`` is the squared coefficient of variation of the times: 1 is M/M/c, all else its approximation.
    """
    load = rate * service
    if load >= servers:
        return math.inf, math.inf
    share, drain, longer = erlang_c(servers, load), (servers - load) / service, (1 + squares) / 2
    return share / drain * longer, max(0.0, math.log(share / 0.01) / drain) * longer


def log_wait(rate: float, service: float, variation: float) -> float:
    """The mean wait for one server whose times have that coefficient of variation, in seconds (M/G/1)."""
    busy = rate * service
    return math.inf if busy >= 1 else busy * service * (1 + variation**2) / (2 * (1 - busy))


def hosts_for(rate: float, service: float, squares: float, longest: float) -> int:
    """The fewest hosts of :data:`CORES` with which 99 of 100 wait no longer than ``longest`` seconds, each with its share."""
    hosts = max(1, math.ceil(rate * service / CORES))
    while waits(CORES, rate / hosts, service, squares)[1] > longest:
        hosts += 1
    return hosts


def show(campaign: Campaign) -> None:
    """Print what comes in, what it keeps busy and how long it waits."""
    for name, in_burst in (("busiest hour", False), ("its busiest minute", True)):
        kinds = ((campaign.pages, PAGE), (campaign.answers, ANSWER), (campaign.passwords, PASSWORD))
        rates = [campaign.a_second(each, in_burst=in_burst) for each, _ in kinds]
        load = sum(rate * service for rate, (_, service) in zip(rates, kinds, strict=True))
        rate = sum(rates)
        mean = load / rate
        squares = sum(one * service**2 for one, (_, service) in zip(rates, kinds, strict=True)) / rate / mean**2 - 1
        hosts = hosts_for(rate, mean, squares, 0.05)
        _, late = waits(CORES, rate / hosts, mean, squares)
        told = " | ".join(f"{one:,.0f}" for one in rates)
        print(f"| {name} | {told} | {load:.0f} | {hosts} | {load / hosts / CORES:.0%} | {late * 1000:.0f} |")


def main() -> None:
    """Print the tables."""
    print(
        "| | pages/s | answers/s | passwords/s | processors busy | hosts of 8 | each busy | 99 of 100 wait at most ms |"
    )
    print("|---" * 8 + "|")
    for accounts in (1.0, 0.2):
        print(f"| **{accounts:.0%} with an account** |" + " |" * 7)
        show(Campaign(10_000_000, pages=51, answers=45, passwords=2 * accounts))
    print("\n| answers a second | answers in one flush | log busy | mean wait ms |\n|---|---|---|---|")
    for rate in (3_300, 9_900):
        for together in (1, 4, 8, 16):
            wait = log_wait(rate / together, FLUSH, 1)
            print(f"| {rate:,} | {together} | {rate / together * FLUSH:.0%} | {wait * 1000:.1f} |")


if __name__ == "__main__":
    main()
