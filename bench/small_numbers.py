"""The attack on editions at full size, and on what was there before: `python -m bench.small_numbers`.

The suite runs the same on fewer weeks and countries. This ends with 1 when an edition gave anybody away, or when the
attacker no longer undoes the old suppression and so proves nothing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from tests.insights.attack import (
    Bounds,
    Outcome,
    Population,
    attack,
    bounds_of_editions,
    bounds_of_suppressed,
    errors_of,
    judge,
    ledger_of,
    populate,
    printed_of,
)

ENOUGH = 0.9


def tried(name: str, population: Population, bounds: Bounds) -> Outcome:
    """Attack, judge and say so."""
    began = time.process_time()
    outcome = judge(population, attack(bounds, population.relations(), population.steps))
    share = outcome.proved / outcome.small
    print(f"  {name:32} {outcome.proved:6} of {outcome.small} small cells proved ({share:.1%}),"
          f" median range {outcome.median_range:g}, {time.process_time() - began:.0f} s", flush=True)  # fmt: skip
    return outcome


def prove(seed: int, people: int, countries: int, weeks: int) -> bool:
    """Whether the editions of one population hold, and the control does not."""
    population = populate(seed, people, countries, weeks)
    printed = printed_of(ledger_of(population, seed), population)
    told = {
        key: max(abs(number - population.true(key, period)) for period, number in numbers.items())
        for key, numbers in printed.items()
    }
    print(f"population {seed}: {people} people, {countries} countries, {weeks} weeks, {len(printed)} rows")
    before = tried("small numbers hidden (control)", population, bounds_of_suppressed(population))
    now = tried("editions", population, bounds_of_editions(printed))
    generous = tried("editions, errors given away", population, bounds_of_editions(printed, told))
    for name, errors in errors_of(population, printed).items():
        print(f"  error of a {name:8} at most {max(map(abs, errors))}, mean {statistics.mean(errors):+.3f}")
    held = not (now.proved or generous.proved or now.wrong or generous.wrong or before.wrong)
    return held and before.proved > ENOUGH * before.small


def main() -> int:
    """Try several populations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--countries", type=int, default=12)
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    held = [prove(seed, given.people, given.countries, given.weeks) for seed in range(1, given.seeds + 1)]
    print("held" if all(held) else "NOT held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
