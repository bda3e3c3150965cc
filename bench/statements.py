"""How fast statements are found and taken, beside a bare row: ``python -m bench.statements [--statements 1000000]``.

On PostgreSQL: pages of 100 among that many statements, by each sort of question. On both engines: taking one statement, with its
marks and its commit, beside inserting its bare row. Ends with 1 where a page's median is above 100 ms or a taking's above 5 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.orm import Session

import coplearn.accounts.models
import coplearn.learning.models  # noqa: F401 - tables that ours point at
from coplearn.kernel.clock import utcnow
from coplearn.storage.base import Base
from coplearn.storage.database import engine_options, prepare_engine
from coplearn.xapi.models import KeptStatement
from coplearn.xapi.queries.statements import Wanted, find_statements
from coplearn.xapi.rules.access import Sender
from coplearn.xapi.rules.indexing import (
    ACTIVITY,
    AGENT,
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
from tests.postgres import server_url

VERBS = ("answered", "experienced", "completed", "passed", "failed")
SENDER = Sender(
    "bench", {"objectType": "Agent", "account": {"homePage": "https://x.example", "name": "k"}}, frozenset({"all"})
)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def statement(number: int, people: int) -> Json:
    """A statement as a course sends it: some verbs are common, and each person has some statements."""
    person, activity = number * 7919 % people, number * 104_729 % 500
    return {
        "id": str(UUID(int=(number << 64) | (4 << 12 << 64) | (2 << 62))),
        "actor": {"objectType": "Agent", "account": {"homePage": "https://x.example", "name": f"{person:032x}"}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{VERBS[min(number % 11, 4)]}", "display": {"en": "did"}},
        "object": {"id": f"https://x.example/activity/{activity}", "definition": {"name": {"en": f"Step {activity}"}}},
        "context": {
            "registration": str(UUID(int=(person << 64) | (4 << 12 << 64) | (2 << 62))),
            "contextActivities": {"parent": [{"id": "https://x.example/course"}]},
        },
        "result": {"score": {"scaled": 0.5}, "success": True},
        "timestamp": "2026-11-30T10:00:00.000000Z",
        "stored": "2026-11-30T10:00:00.000000Z",
        "authority": SENDER.authority,
        "version": "1.0.0",
    }


def fill(engine: Engine, count: int, people: int) -> None:
    """Put them into PostgreSQL the fast way."""
    connection = engine.raw_connection()
    cursor = connection.cursor()
    with cursor.copy("COPY xapi_statement (number, statement_id, sender, body, voids, is_voided) FROM STDIN") as copy:
        for number, one in _all(count, people):
            copy.write_row((number, one["id"], SENDER.name, json.dumps(one), False, False))
    with cursor.copy("COPY xapi_mark (mark, number) FROM STDIN") as copy:
        for number, one in _all(count, people):
            for found in marks_of(one, SENDER.name):
                copy.write_row((found, number))
    connection.commit()
    connection.close()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text("VACUUM ANALYZE"))


def _all(count: int, people: int) -> Iterator[tuple[int, Json]]:
    for number in range(count):
        yield first_number(BEGAN + timedelta(seconds=number), number % 1024), statement(number, people)


def timed(times: int, act: Callable[[], object]) -> tuple[float, float]:
    """The median and the worst of so many, in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), max(took)


def pages(engine: Engine, count: int, people: int) -> bool:
    """Whether every sort of page is found in time."""
    one, middle = statement(count // 2, people), BEGAN + timedelta(seconds=count // 2)
    agent, activity = mark(AGENT, identity(one["actor"])), mark(ACTIVITY, one["object"]["id"])
    common, rare = (mark(VERB, f"http://adlnet.gov/expapi/verbs/{name}") for name in ("failed", "answered"))
    registration = mark(REGISTRATION, one["context"]["registration"])
    asked = {
        "the newest": Wanted(),
        "the oldest": Wanted(ascending=True),
        "between two times": Wanted(since=first_number(middle, 0), until=last_number(middle + timedelta(hours=1))),
        "an agent": Wanted((agent,)),
        "a registration": Wanted((registration,)),
        "an activity": Wanted((activity,)),
        "a common verb": Wanted((common,)),
        "a rarer verb, from the middle on": Wanted((rare,), until=last_number(middle)),
        "an agent and a verb": Wanted((agent, common)),
        "an activity and a verb": Wanted((activity, rare)),
        "a registration, an agent and a verb": Wanted((registration, agent, common)),
        "nobody": Wanted((mark(AGENT, "nobody"), common)),
    }
    held = True
    with Session(engine) as session:
        bare, _ = timed(30, lambda: session.execute(text("SELECT 1")).all())
        print(f"  {'a bare SELECT 1':38} {bare:7.2f} ms")
        for name, wanted in asked.items():
            found = len(find_statements(session, wanted))
            median, worst = timed(30, lambda wanted=wanted: find_statements(session, wanted))  # type: ignore[misc] # a closure a page
            print(f"  {name:38} {median:7.2f} ms, at worst {worst:7.2f} ms ({found} rows)", flush=True)
            held = held and median <= 100
    return held


def taking(name: str, engine: Engine) -> bool:
    """Whether a statement is read, judged, stored and committed in time."""
    with Session(engine) as session:

        def take() -> None:
            read = read_statement(statement(uuid4().int % 10**9, 5_000) | {"id": str(uuid4())}, modern=False)
            take_statements(session, SENDER, [read], {}, utcnow())
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

        take()
        bare()
        beside, _ = timed(100, bare)
        median, worst = timed(100, take)
    print(f"  {name}: one statement {median:.2f} ms (at worst {worst:.2f}), its bare row {beside:.2f} ms", flush=True)
    return median <= 5


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=1_000_000)
    given = parser.parse_args()
    postgres = create_engine(server_url())
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
        print("taking, with the commit to disk:")
        held = all([held, taking("SQLite", lite), taking("PostgreSQL", postgres)])
        lite.dispose()
        postgres.dispose()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
