"""How fast statements are found and taken, beside a bare row: ``python -m bench.statements [--statements 1000000]``.

On PostgreSQL: pages of 100 among that many statements, by each sort of question. On both engines: taking one statement, with its
marks and its commit, beside inserting its bare row, and taking ten and fifty at once. Each by the clock and by the processor's
time, ours and the database's. Ends with 1 where a page takes more than 100 ms of the processor or a taking 5: where much else
runs the clock says little.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.orm import Session

import coplearn.accounts.models
import coplearn.learning.models  # noqa: F401 - tables that ours point at
from coplearn.kernel.clock import utcnow
from coplearn.storage.base import Base
from coplearn.storage.database import engine_options, prepare_engine
from coplearn.xapi.models import KeptStatement
from coplearn.xapi.queries.statements import StatementQuery, find_statements, statement_query
from coplearn.xapi.rules.access import LrsSender
from coplearn.xapi.rules.indexing import (
    ACTIVITY,
    AGENT,
    ANY_ACTIVITY,
    ANY_AGENT,
    REGISTRATION,
    VERB,
    first_number,
    identity,
    last_number,
    mark,
    marks_of,
)
from coplearn.xapi.rules.statements import Json, read_statement
from coplearn.xapi.service.statements import take_statements
from tests.postgres import give_memory, server_url

VERBS = ("answered", "experienced", "completed", "passed", "failed")
SENDER = LrsSender(
    "bench", {"objectType": "Agent", "account": {"homePage": "https://x.example", "name": "k"}}, frozenset({"all"})
)
_PAGE, _TAKING = 100, 5
"""Milliseconds that a page and a taking may need."""
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def statement(number: int, people: int) -> Json:
    """A statement as a course sends it: some verbs are common, and each person has some statements."""
    verb = VERBS[min(number % 11, 4)]
    return _told(f"{number:012x}", f"{number * 7919 % people:012x}", str(number * 104_729 % 500), verb)


def _told(name: str, person: str, activity: str, verb: str) -> Json:
    return {
        "id": f"00000000-0000-4000-8000-{name}",
        "actor": {"objectType": "Agent", "account": {"homePage": "https://x.example", "name": person}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en": "did"}},
        "object": {"id": f"https://x.example/activity/{activity}", "definition": {"name": {"en": f"Step {activity}"}}},
        "context": {
            "registration": f"00000000-0000-4000-8000-{person}",
            "contextActivities": {"parent": [{"id": "https://x.example/course"}]},
        },
        "result": {"score": {"scaled": 0.5}, "success": True},
        "timestamp": "2026-11-30T10:00:00.000000Z",
        "stored": "2026-11-30T10:00:00.000000Z",
        "authority": SENDER.authority,
        "version": "1.0.0",
    }


def fill(engine: Engine, count: int, people: int) -> None:
    """Put them into PostgreSQL the fast way: rows and marks made there, of parts that our own code made."""
    template = json.dumps(_told("@id@", "@person@", "@activity@", "@verb@"))
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("SET LOCAL work_mem = '256MB'")
        run("CREATE TEMP TABLE part (sort text, n int, mark bigint)")
        connection.execute(text("INSERT INTO part VALUES (:sort, :n, :mark)"), _parts(people))
        run(
            "CREATE TEMP TABLE made AS SELECT i, ((%s + i * 1000000::bigint) << 10) AS number, (i * 7919 %% %s)::int AS person,"
            " (i * 104729 %% 500)::int AS activity, least(i %% 11, 4)::int AS verb FROM generate_series(0::bigint, %s) AS i",
            (first_number(BEGAN, 0) >> 10, people, count - 1),
        )
        run(
            "INSERT INTO xapi_statement (number, statement_id, sender, body, voids, is_voided) SELECT number,"
            " '00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'), 'bench', replace(replace(replace(replace(%s, '@id@',"
            " lpad(to_hex(i), 12, '0')), '@person@', lpad(to_hex(person), 12, '0')), '@activity@', activity::text), '@verb@',"
            " (%s::text[])[verb + 1]), false, false FROM made",
            (template, list(VERBS)),
        )
        for sort in ("person", "activity", "verb"):
            joined = f"made JOIN part ON sort = '{sort}' AND n = made.{sort}"
            run(f"INSERT INTO xapi_mark SELECT mark, number FROM {joined} ORDER BY mark, number")
        run(
            "INSERT INTO xapi_mark SELECT mark, number FROM made CROSS JOIN part WHERE sort = 'all' ORDER BY mark, number"
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text("VACUUM ANALYZE"))


def _parts(people: int) -> list[dict[str, object]]:
    """What statements have in common, by what it hangs on."""
    first, second, third, fourth = (marks_of(statement(number, people), SENDER.name) for number in (0, 1, 5, 7))
    common = first & second & third & fourth
    parts: list[dict[str, object]] = [{"sort": "all", "n": 0, "mark": one} for one in common]
    for n in range(people):
        told = _told("0", f"{n:012x}", "0", VERBS[0])
        parts += [{"sort": "person", "n": n, "mark": one} for one in _of_person(told)]
    for n in range(500):
        names = (f"https://x.example/activity/{n}",)
        parts += [{"sort": "activity", "n": n, "mark": mark(kind, names[0])} for kind in (ACTIVITY, ANY_ACTIVITY)]
    verbs = enumerate(VERBS)
    parts += [
        {"sort": "verb", "n": n, "mark": mark(VERB, f"http://adlnet.gov/expapi/verbs/{name}")} for n, name in verbs
    ]
    every = {one["mark"] for one in parts}
    if not first | second | third | fourth <= every:
        raise SystemExit("The parts are not those that statements have.")
    return parts


def _of_person(told: Json) -> set[int]:
    named = identity(told["actor"])
    return {mark(AGENT, named), mark(ANY_AGENT, named), mark(REGISTRATION, told["context"]["registration"])}


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds: the median and the least by the clock, and the mean of the processor's, ours and the database's."""

    median: float
    least: float
    processor: float

    def each(self, count: int) -> Took:
        """The same for one of so many."""
        return Took(self.median / count, self.least / count, self.processor / count)

    def __str__(self) -> str:
        return f"{self.median:7.2f} ms (at least {self.least:.2f}), {self.processor:.2f} of the processor"


def spent(backend: int) -> float:
    """Seconds of the processor until now: this process's, and those of the database's process of that number, if there is one."""
    theirs = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e9 if backend else 0.0
    return time.process_time() + theirs


def backend_of(session: Session) -> int:
    """The number of the process that answers this connection; 0 where it is ours."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def timed(times: int, act: Callable[[], object], backend: int) -> Took:
    """Do it so many times."""
    took, before = [], spent(backend)
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return Took(statistics.median(took), min(took), (spent(backend) - before) * 1000 / times)


def pages(engine: Engine, count: int, people: int) -> bool:
    """Whether every sort of page is found in time."""
    one, middle = statement(count // 2, people), BEGAN + timedelta(seconds=count // 2)
    agent, activity = mark(AGENT, identity(one["actor"])), mark(ACTIVITY, one["object"]["id"])
    common, rare = (mark(VERB, f"http://adlnet.gov/expapi/verbs/{name}") for name in ("failed", "answered"))
    registration = mark(REGISTRATION, one["context"]["registration"])
    asked = {
        "the newest": StatementQuery(),
        "the oldest": StatementQuery(ascending=True),
        "between two times": StatementQuery(
            since=first_number(middle, 0), until=last_number(middle + timedelta(hours=1))
        ),
        "an agent": StatementQuery((agent,)),
        "a registration": StatementQuery((registration,)),
        "an activity": StatementQuery((activity,)),
        "a common verb": StatementQuery((common,)),
        "a rarer verb, from the middle on": StatementQuery((rare,), until=last_number(middle)),
        "an agent and a verb": StatementQuery((agent, common)),
        "an activity and a verb": StatementQuery((activity, rare)),
        "a registration, an agent and a verb": StatementQuery((registration, agent, common)),
        "nobody": StatementQuery((mark(AGENT, "nobody"), common)),
    }
    held = True
    with Session(engine) as session:
        backend = backend_of(session)
        bare = timed(30, lambda: session.execute(text("SELECT 1")).all(), backend)
        print(f"  {'a bare SELECT 1':38} {bare}")
        for name, wanted in asked.items():
            found = len(find_statements(session, wanted))
            took = timed(30, lambda wanted=wanted: find_statements(session, wanted), backend)  # type: ignore[misc] # a closure a page
            print(f"  {name:38} {took} ({found} rows)", flush=True)
            if took.processor > _PAGE / 4:
                explained(session, wanted)
            held = held and took.processor <= _PAGE
    return held


def explained(session: Session, wanted: StatementQuery) -> None:
    """Print how the database finds a page."""
    query = str(statement_query(wanted).compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
    for row in session.execute(text(f"EXPLAIN (ANALYZE, BUFFERS) {query}")):
        print(f"      {row[0]}")


def taking(name: str, engine: Engine) -> bool:
    """Whether a statement that comes alone is read, judged, stored and committed in time; with what one of ten or fifty takes."""
    with Session(engine) as session:

        def take(count: int) -> None:
            told = [statement(uuid4().int % 10**9, 5_000) | {"id": str(uuid4())} for _ in range(count)]
            read = [read_statement(one, modern=False) for one in told]
            take_statements(session, SENDER, read, {}, utcnow())
            session.commit()

        def bare() -> None:
            body = json.dumps(statement(7, 10))
            row = {
                "number": uuid4().int % 2**60,
                "statement_id": str(uuid4()),
                "sender": "x",
                "body": body,
                "target": None,
            }
            session.execute(insert(KeptStatement).values(**row, voids=False, is_voided=False))
            session.commit()

        for count in (1, 1, 10, 50):
            take(count)
        bare()
        backend = backend_of(session)
        beside = timed(100, bare, backend)
        took = {count: timed(200 // count, lambda count=count: take(count), backend) for count in (1, 10, 50)}  # type: ignore[misc] # a closure a count
    print(f"  {name}: one statement {took[1]}; its bare row {beside}")
    for count in (10, 50):
        print(f"    {count} at once, each: {took[count].each(count)}", flush=True)
    return took[1].processor <= _TAKING


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=1_000_000)
    given = parser.parse_args()
    give_memory()
    postgres = create_engine(**engine_options(server_url()))
    prepare_engine(postgres)
    with tempfile.TemporaryDirectory() as folder:
        lite = create_engine(**engine_options(f"sqlite:///{Path(folder) / 'bench.sqlite3'}"))
        prepare_engine(lite)
        for engine in (postgres, lite):
            Base.metadata.create_all(engine)
        people = max(10, given.statements // 40)
        began = time.monotonic()
        fill(postgres, given.statements, people)
        print(f"{given.statements} statements of {people} people, put in in {time.monotonic() - began:.0f} s")
        held = pages(postgres, given.statements, people)
        print("taking, with the commit (the tests' PostgreSQL does not wait for its disk):")
        held = all([held, taking("SQLite", lite), taking("PostgreSQL", postgres)])
        lite.dispose()
        postgres.dispose()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
