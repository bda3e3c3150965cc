"""What pages take with a million accounts beside thirty: `python -m bench.growth [--accounts 1000000]`, or `--quick`.

Both sites are on one PostgreSQL and in one process, in turns, with the same people looking. Every statement that a page of the
large one sends is explained, and whatever reads a large table from its first row to its last is named. With `--migrations`
both schemas are taken back afterwards, and forward again migration by migration. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select, text

from bench.reports import NOW, Size, fill_cohorts
from bench.site import Installation, install
from coplearn.accounts.models import User
from coplearn.accounts.service import add_user, grant_role
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.learning.tasks import find_finished
from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of, migrations_of
from coplearn.storage.early_indexes import SINCE, make_early
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff, signed_in_client
from tests.journeys.walk import right_form
from tests.once import new_database
from tests.postgres import server_url

VISITS: Final = 20
"""Of each account, in two courses."""
_LARGE: Final = 10_000
"""A table of more rows is large."""
_ADMIN: Final = "somebody-who-looks-after-it@example.org"
_COORDINATOR: Final = "somebody-who-looks-after-a-country@example.org"
_MEMBERS: Final = 60
_LISTED: Final = 60
"""Cohorts of the small site: more than a page of the list shows, so that both lists have as many rows."""
_EXPLAINED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


Page = Callable[[], int]


@dataclass(slots=True)
class Measured:
    """A page on the large site: milliseconds and statements, those of the small site, and the large tables read whole."""

    small: list[float] = field(default_factory=list)
    large: list[float] = field(default_factory=list)
    statements: int = 0
    whole: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def times(self) -> float:
        """How much longer it takes: the median of neighbouring rounds."""
        return statistics.median(big / little for big, little in zip(self.large, self.small, strict=True))


def fill(connection: Connection, accounts: int, courses: Sequence[tuple[str, Sequence[str]]]) -> None:
    """People with what they learned, by the million: made in the database itself."""
    run: Callable[[str], Any] = lambda statement: connection.execute(text(statement))  # noqa: E731 - a short name
    run(
        "SET session_replication_role = replica"
    )  # every row points at what is there, and looking again takes half the time
    first = int(connection.execute(text('SELECT coalesce(max(id), 0) FROM "user"')).scalar() or 0)
    names = "array['ar','en','es','fr','ru','zh_Hans_CN']"
    run(
        'INSERT INTO "user" (email, active, fs_uniquifier, confirmed_at, name, locale, time_zone, create_datetime)'
        " SELECT 'person' || n || '@example.org', n % 500 > 0, 'u' || n, CASE WHEN n % 50 > 0 THEN now() END,"
        " (array['Amina','Boris','Chen','Dolores','Élise','Farid','Galina','Hugo'])[1 + n % 8] || ' ' || md5(n::text),"
        f" ({names})[1 + n % 6], '', timestamptz '2025-01-01' + n % 690 * interval '1 day'"
        f" FROM generate_series(1, {accounts}) n"
    )
    people = f'(SELECT id, create_datetime AS began FROM "user" WHERE id > {first})'
    run(
        "INSERT INTO learner (user_id, seed, created_at, seen_at)"
        f" SELECT id, id, began, now() - id % 300 * interval '1 day' FROM {people} p"
    )
    learners = f"(SELECT id, user_id, created_at AS began FROM learner WHERE user_id > {first})"
    each = VISITS // 2
    for place, (course, items) in enumerate(courses):
        # Everybody is in this course and the next one.
        part = f"{learners} l WHERE l.id % {len(courses)} IN ({place}, {(place + 1) % len(courses)})"
        listed = ",".join(f"('{item}',{number})" for number, item in enumerate(items[:each]))
        run(
            "INSERT INTO enrolment (learner_id, course_id, started_at, place_at, locale)"
            f" SELECT l.id, '{course}', l.began, l.began, ({names})[1 + l.id % 6] FROM {part}"
        )
        run(
            "INSERT INTO visit (learner_id, course_id, item_id, first_at, done_at, tries, state)"
            f" SELECT l.id, '{course}', i.item, l.began, l.began + i.n * interval '7 hours', 1, '{{}}'"
            f" FROM (SELECT l.* FROM {part}) l CROSS JOIN (VALUES {listed}) i (item, n)"
        )
    run(
        "INSERT INTO attempt (learner_id, course_id, item_id, key, at, locale, course_version, course_digest, seed, answers, done)"
        " SELECT learner_id, course_id, item_id, 'k' || id, first_at, 'en', '1', '', 0, '{}', true FROM visit WHERE id % 5 = 0"
    )
    run(
        'INSERT INTO "grant" (user_id, name, locale, country, cohort_id, course)'
        f" SELECT id, 'translator', 'ar', '', 0, '' FROM {people} p WHERE id % 1000 = 0"
    )
    cohorts = max(4, accounts // 250)
    fill_cohorts(run, Size(accounts, cohorts, _MEMBERS, 5))
    run(
        'UPDATE membership SET user_id = u.id, email = u.email, joined_at = now() FROM "user" u'
        f" WHERE u.id = {first} + membership.id AND membership.id % 3 > 0"
    )
    run(
        "INSERT INTO cohort_staff (cohort_id, user_id, role, added_at)"
        f" SELECT id, {first} + 1 + id % {max(1, cohorts // 3)}, 'trainer', now() FROM cohort WHERE public_id ~ '^c[0-9]+$'"
    )
    run("SET session_replication_role = DEFAULT")
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def fill_list(connection: Connection) -> None:
    """As many cohorts as a page of their list shows, each as large as those of the large site."""
    fill_cohorts(lambda statement: connection.execute(text(statement)), Size(0, _LISTED, _MEMBERS, 1))
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


class Looking:
    """Those who look at a site: a learner, somebody who looks after it and a trainer; and the pages they look at."""

    def __init__(self, installed: Installation) -> None:
        self.app, self._keys = installed.app, count()
        self._installed = installed
        with self.app.app_context():
            session = current_session(self.app)
            add_user(session, _ADMIN, "en", utcnow())
            grant_role(session, _ADMIN, Role.ADMIN)
            grant_role(session, _ADMIN, Role.COORDINATOR)
            add_user(session, _COORDINATOR, "en", utcnow())
            grant_role(session, _COORDINATOR, Role.COORDINATOR, country="AM")
            cohort = put_cohort(session, public_id="measured-cohort", title="The one that is looked at")
            put_staff(session, cohort, "trainer@example.org", "trainer")
            meeting = put_meeting(session, cohort, public_id="measured-day")
            for number in range(_MEMBERS):
                put_member(session, cohort, f"member{number}@example.org")
            session.commit()
            self._cohort, self._meeting = cohort.public_id, meeting.public_id
        self.learner = self._client("learner20@example.org")
        self._admin, self._trainer = self._client(_ADMIN), self._client("trainer@example.org")
        self._coordinator = self._client(_COORDINATOR)
        self._token = self.learner.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]

    def _client(self, email: str) -> FlaskClient:
        with self.app.app_context():
            key = current_session(self.app).scalars(select(User.fs_uniquifier).where(User.email == email)).one()
        return signed_in_client(self.app, key)

    def pages(self) -> Mapping[str, Page]:
        """What is looked at, by its name."""
        lesson, course = self._installed.item("lesson", 2), self._installed
        cohort = f"/en/cohorts/{self._cohort}"
        looked = {
            "lesson": (self.learner, course.address(lesson)),
            "my learning": (self.learner, "/en/me/"),
            "people": (self._admin, "/en/people/"),
            "people, a name's beginning": (self._admin, "/en/people/?search=Amina+c4"),
            "people, an address": (self._admin, "/en/people/?search=person777%40"),
            "people, found nowhere": (self._admin, "/en/people/?search=qqqqq"),
            "people, with a role": (self._admin, "/en/people/?role=any"),
            "people, unconfirmed": (self._admin, "/en/people/?state=unconfirmed"),
            "people, of a country": (self._admin, "/en/people/?country=AM"),
            "a coordinator's people": (self._coordinator, "/en/people/"),
            "a coordinator's people, unconfirmed": (self._coordinator, "/en/people/?state=unconfirmed"),
            "a coordinator's people, a name's beginning": (self._coordinator, "/en/people/?search=Amina"),
            "a trainer's cohorts": (self._trainer, "/en/cohorts/"),
            "all cohorts": (self._admin, "/en/cohorts/"),
            "cohort": (self._trainer, f"{cohort}/"),
            "cohort, people": (self._trainer, f"{cohort}/people"),
            "cohort, register": (self._trainer, f"{cohort}/meetings/{self._meeting}/register"),
            "cohort, progress": (self._trainer, f"{cohort}/progress"),
            "cohort, numbers": (self._trainer, f"{cohort}/numbers"),
            "cohort, teach-backs": (self._trainer, f"{cohort}/teach-backs"),
            "cohort, who needs a word": (self._trainer, f"{cohort}/needs"),
            "cascade": (self._admin, "/en/cohorts/cascade"),
            "report": (self._admin, "/en/insights/report"),
        }
        return {"answer": self._answer} | {name: _looks(*one) for name, one in looked.items()}

    def _answer(self) -> int:
        quiz = self._installed.item("quiz")
        sent = {"csrf_token": self._token, "seed": "1", "key": token_urlsafe(12), "made-of": quiz.digest}
        return self.learner.post(self._installed.address(quiz), data=sent | right_form(quiz)).status_code


def _looks(client: FlaskClient, address: str) -> Page:
    def look() -> int:
        answer = client.get(address, buffered=True)
        return answer.status_code

    return look


@contextmanager
def kept_statements(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """The statements that the application sends meanwhile, with their values."""
    sent: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip("( \n").upper().startswith(_EXPLAINED):
            sent.append((statement, values))

    with app.app_context():
        engine = engine_of(app)
    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def read_whole(connection: Connection, statement: str, values: Any, large: Mapping[str, int]) -> list[str]:
    """The large tables that the planner would read from the first row to the last for a statement."""
    driver = values[0] if isinstance(values, list) else values
    said = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", driver).scalar()
    plans = said if isinstance(said, list) else json.loads(str(said))
    found: list[str] = []

    def walk(node: Mapping[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large:
            found.append(node["Relation Name"])
        for one in node.get("Plans", ()):
            walk(one)

    for plan in plans:
        walk(plan["Plan"])
    return found


def explain(app: Flask, sent: Sequence[tuple[str, Any]], into: Measured, *, shown: bool) -> None:
    """Note what is read whole by the statements of a page."""
    with app.app_context():
        engine = engine_of(app)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND reltuples > :large"),
            {"large": _LARGE},
        )
        large = {str(name): int(tuples) for name, tuples in rows}
        connection.rollback()
        for statement, values in sent:
            try:
                whole = read_whole(connection, statement, values, large)
            except Exception as error:
                into.unknown.append(f"{str(error).splitlines()[0]}: {statement[:100]}")
                whole = []
            connection.rollback()
            into.whole += whole
            if whole and shown:
                print(f"    reads {', '.join(whole)} whole: {' '.join(statement.split())[:1500]}", flush=True)


def measure(small: Looking, large: Looking, rounds: int, *, shown: bool) -> dict[str, Measured]:
    """Every page on both sites in turns."""
    found = {}
    pairs = [(name, page, large.pages()[name]) for name, page in small.pages().items()]
    for name, little, big in pairs:
        one = found[name] = Measured()
        for page in (little, big):
            status = page()
            if status not in (200, 303):
                raise RuntimeError(f"{name} answered {status}")
            page()
        with kept_statements(large.app) as sent:
            big()
        one.statements = len(sent)
        explain(large.app, sent, one, shown=shown)
        for _ in range(rounds):
            one.small.append(_milliseconds(little))
            one.large.append(_milliseconds(big))
        print(_row(name, one), flush=True)
    return found


def _milliseconds(page: Page) -> float:
    began = time.perf_counter()
    page()
    return (time.perf_counter() - began) * 1000


def _row(name: str, one: Measured) -> str:
    whole = ", ".join(sorted(set(one.whole))) or "none"
    unknown = f"; {len(one.unknown)} not explained" if one.unknown else ""
    return (
        f"| {name} | {statistics.median(one.small):.1f} | {statistics.median(one.large):.1f} | {one.times:.2f}"
        f" | {min(one.small):.1f} | {min(one.large):.1f} | {one.statements} | {whole}{unknown} |"
    )


def make_large(folder: Path, accounts: int) -> Installation:
    """A site on PostgreSQL with that many accounts, and the day's work done; prints how much there is."""
    large = install(folder, server_url(new_database()))
    app, began = large.app, time.monotonic()
    with app.app_context(), engine_of(app).connect() as connection:
        courses = site_of(app).library.current().courses
        long_ones = [(key, list(one.items)) for key, one in courses.items() if len(one.items) >= VISITS // 2]
        fill(connection, accounts, long_ones)
    with app.app_context():
        session = current_session(app)
        find_finished(app, session, NOW)
        for table in ('"user"', "visit", "attempt", "membership", "attendance"):
            print(f"{table}: {session.execute(text(f'SELECT count(*) FROM {table}')).scalar():,}", flush=True)
        size = session.execute(text("SELECT pg_size_pretty(pg_database_size(current_database()))")).scalar()
        session.rollback()
    print(f"filled in {time.monotonic() - began:.0f} s, {size}; load {os.getloadavg()[0]:.1f}", flush=True)
    return large


def migrate(app: Flask) -> dict[str, tuple[float, str]]:
    """Take the schema back and forward again as a start does, one migration at a time; the seconds of each, and the large tables
    that it kept from being written, which they were for so long at most."""
    locked: set[str] = set()
    found: dict[str, tuple[float, str]] = {}

    def look(connection: Connection) -> None:
        rows = connection.exec_driver_sql(
            "SELECT relname FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE pid = pg_backend_pid()"
            " AND mode IN ('AccessExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock') AND relkind = 'r'"
            f" AND reltuples > {_LARGE}"
        )
        locked.update(str(name) for (name,) in rows)

    with app.app_context():
        alembic = migrations_of(app)
        revisions = sorted(one.revision for one in alembic.script_directory.walk_revisions() if one.revision > SINCE)
        alembic.downgrade(SINCE)
        began = time.perf_counter()
        early = make_early(engine_of(app), Base.metadata)
        print(f"{len(early)} indexes made while others may write, in {time.perf_counter() - began:.1f} s", flush=True)
        event.listen(engine_of(app), "commit", look)
        for revision in revisions:
            locked.clear()
            began = time.perf_counter()
            alembic.upgrade(revision)
            found[revision] = time.perf_counter() - began, ", ".join(sorted(locked)) or "none"
    return found


def main() -> None:
    """Fill, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="20,000 accounts")
    parser.add_argument("--show", action="store_true", help="print the statements that read a large table whole")
    parser.add_argument("--migrations", action="store_true", help="how long each migration takes, too")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="coplearn-growth-"))
    small = install(folder / "small", server_url(new_database()))
    large = make_large(folder / "large", 20_000 if asked.quick else asked.accounts)
    with small.app.app_context(), engine_of(small.app).connect() as connection:
        fill_list(connection)
    print("| page | small ms | large ms | times | least small | least large | statements | read whole |", flush=True)
    print("|---" * 8 + "|", flush=True)
    # Those who look come last, so that what they look at is alike on both.
    measure(Looking(small), Looking(large), asked.rounds, shown=asked.show)
    print(f"load {os.getloadavg()[0]:.1f} after", flush=True)
    if asked.migrations:
        alone, took = migrate(small.app), migrate(large.app)
        print("| migration | small s | large s | large tables locked |\n|---|---|---|---|")
        for revision, (seconds, tables) in sorted(took.items(), key=lambda one: one[1], reverse=True):
            print(f"| {revision} | {alone[revision][0]:.2f} | {seconds:.2f} | {tables} |")


if __name__ == "__main__":
    main()
