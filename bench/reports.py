"""A period report over a million learners, their steps and a programme of cohorts, on PostgreSQL: `python -m bench.reports`."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.insights import queries
from coplearn.insights.rules import Period, ReportScope
from coplearn.learning.tasks import find_finished
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of, migrations_of
from tests.counting import counted
from tests.once import new_database
from tests.postgres import give_memory, server_url

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YEAR = Period(date(2026, 1, 1), date(2026, 11, 24), "Asia/Yerevan")
MONTH = Period(date(2026, 5, 1), date(2026, 5, 31), "Asia/Yerevan")


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is. Of ten learners six did two steps of a course, two did ten, two finished it."""

    learners: int
    cohorts: int
    members: int
    """In each cohort."""
    meetings: int
    """Of each cohort; everybody is marked at each."""


FULL = Size(learners=1_000_000, cohorts=4_000, members=60, meetings=5)
QUICK = Size(learners=50_000, cohorts=200, members=60, meetings=5)


def fill(connection: Connection, size: Size, courses: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Rows by the million, made in the database itself."""
    run: Callable[[str], Any] = lambda statement: connection.execute(text(statement))  # noqa: E731 - a short name
    day = "timestamptz '2025-01-01' + random() * interval '690 days'"
    run(
        "INSERT INTO learner (visitor_hash, seed, created_at, seen_at) SELECT lpad(n::text, 64, '0'), n, now(), now()"
        f" FROM generate_series(1, {size.learners}) n"
    )
    for place, (course, items) in enumerate(courses):
        part = f"WHERE id % {len(courses)} = {place}"
        run(
            "INSERT INTO enrolment (learner_id, course_id, started_at, place_at, locale)"
            f" SELECT id, '{course}', now(), now(), (array['ar','en','es','fr','ru','zh_Hans_CN'])[1 + id % 6] FROM learner {part}"
        )
        listed = ",".join(f"('{item}',{number})" for number, item in enumerate(items))
        run(
            "INSERT INTO visit (learner_id, course_id, item_id, first_at, done_at, tries, state)"
            f" SELECT l.id, '{course}', i.item, l.began, l.began + i.n * interval '7 hours', 1, '{{}}'"
            f" FROM (SELECT id, {day} AS began FROM learner {part}) l CROSS JOIN (VALUES {listed}) i (item, n)"
            f" WHERE i.n < CASE WHEN id / {len(courses)} % 10 < 6 THEN 2 WHEN id / {len(courses)} % 10 < 8 THEN 10 ELSE 1000 END"
        )
    fill_cohorts(run, size)
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def fill_cohorts(run: Callable[[str], Any], size: Size) -> None:
    """Cohorts with members who have no account, their meetings, who was there, and what came of it."""
    run(
        "INSERT INTO cohort (public_id, kind, title, country, region, place, online, languages, time_zone, audience,"
        " course_ids, optional_course_ids, join_needs_approval, state, threshold, course_mark, teach_backs, rubric_version,"
        " validity_months, generation, calendar_token, created_at, rev)"
        " SELECT 'c' || n, (array['training-of-trainers','audience-training','workshop'])[1 + n % 3], 'Cohort',"
        " (array['AM','MA','ES','CR','NP','BS'])[1 + n % 6], '', '', false, '[\"ar\"]', 'Asia/Yerevan',"
        " (array['parents','educators','industry',''])[1 + n % 4], '[]', '[]', false, 'closed', 80, 80, 0, '1', 24, 1 + n % 3,"
        f" 't' || n, now(), 1 FROM generate_series(1, {size.cohorts}) n"
    )
    run(
        "INSERT INTO membership (public_id, cohort_id, key, name, organisation, region, locale, state, created_at)"
        # As rosters make it. One in six of a cohort is in the next one too.
        " SELECT 'm' || c.id || '-' || n, c.id, encode(sha256(((c.id + n / 51) || '-' || n % 51)::bytea), 'hex'),"
        " 'Somebody', '', '',"
        " (array['ar','en','es','fr','ru','zh_Hans_CN'])[1 + n % 6], 'active', now()"
        f" FROM cohort c, generate_series(1, {size.members}) n"
    )
    run(
        "INSERT INTO meeting (public_id, cohort_id, title, starts_at, ends_at, mandatory, room, link, topics, state,"
        " with_children, safeguarding_lead, vetted_adults, checkin_secret, sequence, rev, changed_at)"
        " SELECT 'k' || c.id || '-' || n, c.id, 'Day', s, s + interval '3 hours', false, '', '', '[]', 'planned', false,"
        f" '', '', '', 0, 1, now() FROM cohort c, generate_series(1, {size.meetings}) n,"
        " LATERAL (SELECT timestamptz '2025-01-01' + (c.id * 37 % 680) * interval '1 day' + n * interval '1 day' AS s) d"
    )
    run(
        "INSERT INTO attendance (meeting_id, membership_id, status, rev, updated_at)"
        " SELECT k.id, m.id, CASE WHEN (m.id + k.id) % 7 = 0 THEN 'absent' ELSE 'present' END, 1, now()"
        " FROM meeting k JOIN membership m ON m.cohort_id = k.cohort_id"
    )
    run(
        "INSERT INTO certification (membership_id, turn, outcome, name, course_ids, country, generation, may_pass_on,"
        " locale, issued_at, issued_by_name, note, revoked_reason)"
        " SELECT m.id, 1, (array['certified','certified','completed','repeat'])[1 + m.id % 4], 'Somebody', '[]', c.country,"
        " c.generation, false, m.locale, timestamptz '2025-01-01' + (c.id * 37 % 680) * interval '1 day', '', '', ''"
        " FROM membership m JOIN cohort c ON c.id = m.cohort_id"
    )


def make(size: Size) -> Flask:
    """A migrated site on a fresh PostgreSQL database, filled."""
    folder = Path(tempfile.mkdtemp(prefix="coplearn-bench-"))
    give_memory()
    settings = Settings(
        instance_path=folder, secret_key="k" * 40, log_level="CRITICAL", database_url=server_url(new_database())
    )
    app = add_commands(create_app(settings))
    with app.app_context():
        migrations_of(app).upgrade()
        courses = site_of(app).library.current().courses
        with engine_of(app).connect() as connection:
            fill(connection, size, [(key, list(course.items)) for key, course in courses.items()])
    return app


def note(app: Flask) -> float:
    """Seconds that the day's work takes to look for courses that are finished and not noted."""
    with app.app_context():
        began = time.perf_counter()
        find_finished(app, current_session(app), NOW)
        return time.perf_counter() - began


def ask(session: Session, app: Flask, period: Period) -> dict[str, float]:
    """Seconds that each part of the report takes, and all of it."""
    courses = site_of(app).library.current().courses
    audiences = {key: course.audiences for key, course in courses.items()}
    start, end, scope = period.start, period.end, ReportScope(None)
    found, began = {}, time.perf_counter()
    queries.make_room(session)
    for name, part in (
        ("cohorts", lambda: queries.trainings(session, scope, start, end, NOW)),
        ("children", lambda: queries.children(session, scope, start, end, NOW)),
        ("online", lambda: queries.finishers(session, audiences, start, end)),
    ):
        before = time.perf_counter()
        part()
        found[name] = time.perf_counter() - before
    return found | {"all": time.perf_counter() - began}


def measure(size: Size, rounds: int = 3) -> dict[str, Any]:
    """Median seconds of a year and of a month, the first one too, and the statements."""
    app = make(size)
    # Nobody's finishing is noted, as on the day of the upgrade; then all is, as on any other day.
    kept: dict[str, Any] = {"upgrade": note(app), "day's work": note(app)}
    with engine_of(app).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE enrolment"))
    with app.app_context():
        session = current_session(app)
        for table in ("learner", "visit", "membership", "attendance"):
            kept[table] = session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
        for name, period in (("year", YEAR), ("month", MONTH)):
            with counted(app) as sent:
                first = ask(session, app, period)
            times = [ask(session, app, period) for _ in range(rounds)]
            kept[name] = {key: statistics.median(one[key] for one in times) for key in first}
            kept[name] |= {"first": first["all"], "statements": len(sent)}
    return kept


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer records")
    found = measure(QUICK if parser.parse_args().quick else FULL)
    for name, value in found.items():
        print(f"{name:>12}: {value}")


if __name__ == "__main__":
    main()
