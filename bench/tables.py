"""The tables of docs/benchmarks.md, made of what was measured: `python -m bench.tables` prints those of bench/results.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bench import slow_line
from bench.cohorts import BARS as COHORTS
from bench.rosters import BARS as ROSTERS
from bench.translators import BARS as TRANSLATORS

Row = tuple[str, ...]
_PROGRAMME: Final = {"seconds": "<= 6", "countries, statements": "<= 10", "country, statements": "<= 10"}
_LOAD: Final = ("answers a second", "of bare", "processor µs", "of bare", "p50 ms", "p99 ms", "p99 of bare")


def markdown(kept: Mapping[str, Any]) -> str:
    """All of it in one piece, with the machine it was measured on."""
    when, plan = datetime.fromisoformat(kept["when"]), kept["plan"]
    measured = (
        f"Measured on {when.day} {when:%B %Y}, {when:%H:%M} UTC: {kept['machine']}, {kept['generator']} on the same cores,"
        f" load {kept['load_before']:.1f} before, {kept['load_after']:.1f} after {kept['minutes']:.1f} minutes;"
        f" medians of {plan['rounds']} rounds of {plan['seconds']} seconds."
    )
    bars = {name: f"{sign} {bar:g}" for name, (sign, bar) in TRANSLATORS.items()}
    parts = [
        measured,
        _load(kept["load"]),
        "\n".join(_lines(kept)),
        _table(
            ("400 ms and 50 kbit/s, seconds until readable", "found", "promised"), slow_line.rows(kept["slow line"])
        ),
        _crowd(kept["crowd"], plan["learners"]),
        _found("Cohorts", kept["cohorts"], {name: f"<= {bar:g}" for name, bar in COHORTS.items()}),
        _found("Rosters", kept["rosters"]["figures"], {name: f"<= {bar:g}" for name, bar in ROSTERS.items()}),
        _found("The report of a programme", kept["programme report"], _PROGRAMME),
        _found("Translators", kept["translators"]["figures"], bars),
    ]
    return "\n\n".join(parts) + "\n"


def _load(load: Mapping[str, Mapping[Any, Mapping[str, float]]]) -> str:
    shown = (
        ("rate", ",.0f"), ("of_bare", ".2f"), ("processor", ",.0f"), ("processor_of_bare", ".2f"), ("p50", ".1f"),
        ("p99", ".0f"), ("p99_of_bare", ".1f"),
    )  # fmt: skip
    connections = " / ".join(str(one) for one in next(iter(load.values())))
    rows: list[Row] = []
    for name, by in load.items():
        cells = [" / ".join(f"{row[key]:{form}}" for row in by.values() if key in row) for key, form in shown]
        failed = sum(int(row["failed"]) for row in by.values())
        rows.append((f"{name} ({failed} failed)" if failed else name, *cells))
    return f"With {connections} connections:\n\n" + _table(("", *_LOAD), rows)


def _lines(kept: Mapping[str, Any]) -> Iterator[str]:
    yield f"Start to first answer: {kept['start']:.2f} s (median of {kept['plan']['starts'] + 1} starts)."
    for name, when in (("at_rest_mib", "just started"), ("under_load_mib", "after all this")):
        workers, tree = kept[name]
        yield f"Memory (PSS), {when}: two workers {workers:.0f} MiB, all processes {tree:.0f} MiB."
    for name, (plain, squeezed) in kept["weight"].items():
        of_them = ", ".join(f"{kind} {plain[kind] / 1024:.1f} → {squeezed[kind] / 1024:.1f}" for kind in plain)
        total = f"{sum(plain.values()) / 1024:.1f} → {sum(squeezed.values()) / 1024:.1f}"
        yield f"First view of the {name}, KiB as it is and gzipped: {total} ({of_them})."
    yield "Statements: " + ", ".join(f"{name} {count}" for name, count in kept["statements"].items()) + "."
    made = ", ".join(f"{lang} {took:.1f}" for lang, took in kept["certificates"].items())
    yield f"A certificate, warm, ms: {made}."


def _crowd(crowd: Mapping[str, Mapping[str, Mapping[str, float]]], learners: int) -> str:
    rows = [
        (f"{page}, {engine}", f"{row['few']:.2f}", f"{row['many']:.2f}", f"{row['ratio']:.2f}")
        for engine, pages in crowd.items()
        for page, row in pages.items()
    ]
    return _table(("in one process, ms", "few learners", f"{learners:,} more", "times"), rows)


def _found(title: str, figures: Mapping[str, float], bars: Mapping[str, str]) -> str:
    rows = [(name, f"{one:,.{0 if one >= 1000 else 2}f}", bars.get(name, "")) for name, one in figures.items()]
    return _table((title, "found", "promised"), rows)


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(markdown(json.loads((Path(__file__).parent / "results.json").read_text(encoding="utf-8"))))
