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
    bounds_of_editions,
    bounds_of_suppressed,
    bounds_with_errors,
    errors_of,
    ledger_of,
    populate,
    printed_of,
    tried,
)

ENOUGH = 0.9


def told(name: str, population: Population, bounds: Bounds) -> Outcome:
    """Attack, and say what came of it."""
    began = time.process_time()
    outcome = tried(population, bounds)
    share = outcome.proved / outcome.small
    print(f"  {name:32} {outcome.proved:6} of {outcome.small} small cells proved ({share:.1%}),"
          f" median range {outcome.median_range:g}, {time.process_time() - began:.0f} s", flush=True)  # fmt: skip
    return outcome


def prove(seed: int, people: int, countries: int, weeks: int) -> bool:
    """Whether the editions of one population hold, and the control does not."""
    population = populate(seed, people, countries, weeks)
    printed = printed_of(ledger_of(population, seed), population)
    print(f"population {seed}: {people} people, {countries} countries, {weeks} weeks, {len(printed)} rows")
    before = told("small numbers hidden (control)", population, bounds_of_suppressed(population))
    now = told("editions", population, bounds_of_editions(printed))
    generous = told("editions, errors given away", population, bounds_with_errors(population, printed))
    for name, errors in errors_of(population, printed).items():
        print(f"  error of a {name:8} at most {max(map(abs, errors))}, mean {statistics.mean(errors):+.3f}")
    held = not (now.proved or generous.proved or now.wrong or generous.wrong or before.wrong)
    return held and before.proved > ENOUGH * before.small


def main() -> int:
    """Try several populations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="populations, one after the other")
    parser.add_argument("--people", type=int, default=6_000, help="fewer leave the old suppression little to give away")
    parser.add_argument("--countries", type=int, default=12)
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    held = [prove(seed, given.people, given.countries, given.weeks) for seed in range(1, given.seeds + 1)]
    print("held" if all(held) else "NOT held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
