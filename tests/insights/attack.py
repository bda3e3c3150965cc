"""An attacker who has every report: what subtraction within reports, between scopes and between periods tells for certain.

Reports of all periods of the same steps (weeks) are bounds on differences of one running total a cell. Their tightest
consequences are shortest paths, which is the exact answer for one cell over time; between cells, rows come to their total
in every period. Both are applied until nothing changes. Bounds are sound: they always hold the truth.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from coplearn.insights.ledger_rules import EVERYBODY, FIVE, Cell, LedgerBook, counts_by_cell
from coplearn.insights.rules import Dimension
from tests.insights.old_suppression import SMALLEST, Hidden, suppress

Key = tuple[str, Cell]
"""A figure and its row."""
Period = tuple[int, int]
"""From the beginning of one step until before another."""
Bounds = dict[Key, dict[Period, tuple[int, int]]]
Relation = tuple[Key, list[Key]]
"""A row that is the sum of others, in every period."""
FAR = 10**9
COUNTRIES = ["MA", "AM", "ES", "CR", "NP", "BS", "KG", "SG", "PE", "TN", "LB", "KZ"]
SITE_ERROR, ROW_ERROR = 4, 16
"""What the attacker is told of how far a printed number may be from the true one."""


@dataclass
class Person:
    """Somebody who came in one step, with where they count; certified or only completed."""

    step: int
    row: dict[str, str]
    certified: bool


@dataclass
class Population:
    """People of made-up cohorts, and the true numbers of all periods."""

    steps: int
    people: list[Person]
    truth: dict[Key, list[int]] = field(default_factory=dict)
    """Running totals: before the first step, after it, …"""

    def __post_init__(self) -> None:
        for figure, own in self.by_figure().items():
            days: list[Counter[Cell]] = [
                counts_by_cell((one.row, 1) for one in own if one.step == step) for step in range(self.steps)
            ]
            for cell in set().union(*days):
                totals = [0]
                for day in days:
                    totals.append(totals[-1] + day[cell])
                self.truth[figure, cell] = totals

    def by_figure(self) -> dict[str, list[Person]]:
        """Whom each figure counts: certificates are nested in trainings completed."""
        return {"completed": self.people, "certified": [one for one in self.people if one.certified]}

    def periods(self) -> Iterator[Period]:
        """Every run of steps."""
        return combinations(range(self.steps + 1), 2)

    def true(self, key: Key, period: Period) -> int:
        """How many there were."""
        totals = self.truth[key]
        return totals[period[1]] - totals[period[0]]

    def small_cells(self) -> list[tuple[Key, Period]]:
        """Cells that tell of one to four people."""
        return [(key, one) for key in self.truth for one in self.periods() if 0 < self.true(key, one) < SMALLEST]

    def relations(self) -> list[Relation]:
        """What anybody knows of the tables: rows come to their total, and a country's row is that country's total."""
        tables: dict[tuple[str, str, str], list[Key]] = {}
        found: list[Relation] = []
        for figure, cell in self.truth:
            scope, dimension, value = cell
            if dimension:
                tables.setdefault((figure, scope, dimension), []).append((figure, cell))
            if dimension == Dimension.COUNTRY:
                found.append(((figure, cell), [(figure, (value, "", ""))]))
            if figure == "certified":
                found.append((("completed", cell), [(figure, cell), ("rest", cell)]))
        return found + [((figure, (scope, "", "")), rows) for (figure, scope, _), rows in tables.items()]


def populate(seed: int, people: int, countries: int, steps: int) -> Population:
    """Cohorts of about thirteen, in countries of very different size, mostly of their country's language."""
    dice = random.Random(seed)
    codes = COUNTRIES[:countries]
    weights = [1 / (place + 1) for place in range(countries)]
    languages = ["ar", "en", "es", "fr", "ru", "zh"]
    made: list[Person] = []
    while len(made) < people:
        country = dice.choices(codes, weights)[0]
        cohort: dict[str, str] = {
            Dimension.COUNTRY: country,
            Dimension.AUDIENCE: dice.choice(["parents", "educators", "industry", ""]),
            Dimension.TIER: dice.choice(["1", "2", "2", "3"]),
        }
        step = dice.randrange(steps)
        for _ in range(min(people - len(made), max(1, round(dice.gauss(13, 4))))):
            own = languages[codes.index(country) % 6] if dice.random() < 0.85 else dice.choice(languages)
            made.append(Person(step, {**cohort, Dimension.LANGUAGE: own}, dice.random() < 0.85))
    return Population(steps, made)


def ledger_of(population: Population, seed: int) -> dict[Key, list[int]]:
    """The same as running totals of what a ledger gives out."""
    dice = random.Random(seed)
    found: dict[Key, list[int]] = {key: [0] for key in population.truth}
    for figure, own in population.by_figure().items():
        book = LedgerBook({}, dice.randrange)
        for step in range(population.steps):
            marks = book.close(counts_by_cell((one.row, 1) for one in own if one.step == step))
            for key, totals in found.items():
                if key[0] == figure:
                    totals.append(totals[-1] + FIVE * marks.get(key[1], 0))
    return found


def bounds_of_editions(printed: Mapping[Key, Mapping[Period, int]], told: Mapping[Key, int] | None = None) -> Bounds:
    """What printed numbers say to somebody who knows how far off they may be; ``told`` is that of each row."""
    found: Bounds = {}
    for key, numbers in printed.items():
        error = told[key] if told is not None else SITE_ERROR if key[1] == EVERYBODY else ROW_ERROR
        found[key] = {period: (max(0, number - error), number + error) for period, number in numbers.items()}
    return found


def bounds_of_suppressed(population: Population) -> Bounds:
    """What reports said in which small numbers were hidden."""
    found: Bounds = {key: {} for key in population.truth}
    tables: dict[tuple[str, str], dict[str, list[Key]]] = {}
    for figure, cell in population.truth:
        if cell[1]:
            tables.setdefault((figure, cell[0]), {}).setdefault(cell[1], []).append((figure, cell))
    for (figure, scope), by in tables.items():
        whole = (figure, (scope, "", ""))
        for period in population.periods():
            columns = [[population.true(key, period) for key in keys] for keys in by.values()]
            total, cells = suppress(population.true(whole, period), columns)
            nothing_told = total is Hidden.SMALL
            found[whole][period] = _said(total, lowest=1)
            for keys, column in zip(by.values(), cells, strict=True):
                for key, said in zip(keys, column, strict=True):
                    found[key][period] = _said(said, lowest=0 if nothing_told else 1)
    return found


def _said(cell: int | Hidden, lowest: int) -> tuple[int, int]:
    if isinstance(cell, Hidden):
        return (lowest, SMALLEST - 1) if cell is Hidden.SMALL else (SMALLEST, FAR)
    return cell, cell


def attack(bounds: Bounds, relations: Sequence[Relation], steps: int, rounds: int = 8) -> Bounds:
    """The tightest bounds that follow, of every cell in every period."""
    paths = {key: _paths(bounds.get(key, {}), steps) for key in _keys(bounds, relations)}
    fresh, turn = set(paths), 0
    changed_in, tried_in = dict.fromkeys(paths, 0), [-1] * len(relations)
    for _ in range(rounds):
        for key in fresh:
            if _shorten(paths[key]):
                changed_in[key] = turn
        fresh = set()
        for place, (whole, parts) in enumerate(relations):
            # What was tried since nothing of it changed says nothing new.
            if max(map(changed_in.__getitem__, (whole, *parts))) >= tried_in[place]:
                turn += 1
                changed = _add_up(paths, whole, parts, steps)
                changed_in.update(dict.fromkeys(changed, turn))
                tried_in[place] = turn
                fresh |= changed
        turn += 1
        if not fresh:
            break
    periods = list(combinations(range(steps + 1), 2))
    return {key: {(i, j): (-path[j][i], path[i][j]) for i, j in periods} for key, path in paths.items()}


def _keys(bounds: Bounds, relations: Sequence[Relation]) -> set[Key]:
    return {*bounds, *(whole for whole, _ in relations), *(part for _, parts in relations for part in parts)}


def _paths(own: Mapping[Period, tuple[int, int]], steps: int) -> list[list[int]]:
    """From i to j: at most so many came between; nobody ever un-comes."""
    path = [[0 if i >= j else FAR for j in range(steps + 1)] for i in range(steps + 1)]
    for (i, j), (low, high) in own.items():
        path[i][j], path[j][i] = high, -low
    return path


def _shorten(path: list[list[int]]) -> bool:
    """Find the shortest ways (Floyd and Warshall); whether any became shorter."""
    changed = False
    for k, through in enumerate(path):
        for row in path:
            first = row[k]
            if first < FAR:
                shorter = [a if a <= first + b else first + b for a, b in zip(row, through, strict=True)]
                if shorter != row:
                    row[:] = shorter
                    changed = True
    return changed


def _add_up(paths: dict[Key, list[list[int]]], whole: Key, parts: Sequence[Key], steps: int) -> set[Key]:
    """Tighten a sum and its parts by each other, in every period; which of them changed."""
    changed: set[Key] = set()
    total, rows = paths[whole], [paths[part] for part in parts]
    for i, j in combinations(range(steps + 1), 2):
        for a, b in ((i, j), (j, i)):
            # The sum from a to b is at most that of the parts, and each part at most the sum less the other parts.
            among = [row[a][b] for row in rows]
            sum_of = sum(among)
            if sum_of < total[a][b]:
                total[a][b] = sum_of
                changed.add(whole)
            least = [-row[b][a] for row in rows]
            sum_least = sum(least)
            for part, row, own in zip(parts, rows, least, strict=True):
                most = total[a][b] - (sum_least - own)
                if most < row[a][b] and total[a][b] < FAR:
                    row[a][b] = most
                    changed.add(part)
    return changed


@dataclass(frozen=True)
class Outcome:
    """What came of an attack."""

    small: int
    proved: int
    wrong: int
    """Bounds that do not hold the truth: the attack itself would be at fault."""
    median_range: float


def judge(population: Population, found: Bounds) -> Outcome:
    """How many small cells are known for certain, and how open the others are."""
    small = population.small_cells()
    ranges = [found[key][period] for key, period in small]
    wrong = sum(
        not low <= population.true(key, period) <= high
        for key, own in found.items()
        if key in population.truth
        for period, (low, high) in own.items()
    )
    width = statistics.median(high - low for low, high in ranges) if ranges else 0
    return Outcome(len(small), sum(low == high for low, high in ranges), wrong, width)


def printed_of(ledger: Mapping[Key, Sequence[int]], population: Population) -> dict[Key, dict[Period, int]]:
    """What editions of every period print."""
    return {
        key: {(i, j): totals[j] - totals[i] for i, j in population.periods()} for key, totals in ledger.items()
    }  # fmt: skip


def bounds_with_errors(population: Population, printed: Mapping[Key, Mapping[Period, int]]) -> Bounds:
    """What editions tell somebody who is given the greatest error of every single row as well."""
    told = {
        key: max(abs(number - population.true(key, period)) for period, number in numbers.items())
        for key, numbers in printed.items()
    }
    return bounds_of_editions(printed, told)


def tried(population: Population, bounds: Bounds) -> Outcome:
    """What the attacker knows of the population after all of it, judged."""
    return judge(population, attack(bounds, population.relations(), population.steps))


def errors_of(population: Population, printed: Mapping[Key, Mapping[Period, int]]) -> dict[str, list[int]]:
    """Printed less true, of all periods: of the site, of countries, of rows."""
    found: dict[str, list[int]] = {"site": [], "country": [], "row": []}
    for key, numbers in printed.items():
        scope, dimension, _ = key[1]
        kind = "row" if dimension else "country" if scope else "site"
        found[kind] += [number - population.true(key, period) for period, number in numbers.items()]
    return found
