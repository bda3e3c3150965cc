"""The report of a programme, its list of countries and a country's page, on PostgreSQL: `python -m bench.programme_reports`."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.reports import QUICK as FEW_LEARNERS
from bench.reports import Size, note
from bench.reports import make as make_site
from coplearn.courses.assessment import AFTER, BEFORE, sitting_id
from coplearn.i18n.countries import COUNTRIES
from coplearn.period_reports.presenters.report import counts_of, for_us
from coplearn.period_reports.queries import AskedReport, RecordScope, records_of
from coplearn.programme.presenters.countries import country_list, country_page
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from tests.counting import counted

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YEAR = AskedReport(RecordScope(), date(2026, 1, 1), date(2026, 12, 31))
ALL_RECORDS = 100_000
FEW_RECORDS = 5_000
EVERYBODY = ProgrammeAccess(1, None)
_COUNTRIES = sorted(COUNTRIES)[:200]


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of each part, and the statements of all."""

    records: float
    counts: float
    whole: float
    statements: int


def fill(app: Flask, activities: int) -> None:
    """Confirmed activities of the year, three quarters of them held or going on, with countries, partners and numbers."""
    with engine_of(app).connect() as connection:
        run: Callable[[str], Any] = lambda statement: connection.execute(text(statement))  # noqa: E731 - a short name
        run(
            "INSERT INTO activity (public_id, key, about, state, newest, counted, created_at)"
            f" SELECT 'a' || n, 'k' || n, '', 'confirmed', 1, 1, now() FROM generate_series(1, {activities}) n"
        )
        run(
            "INSERT INTO activity_version (activity_id, number, title, kind, status, since, until, precision, place, audiences,"
            " audience_words, languages, traits, course_ids, about, summary, source, why, taken_back, via, at, confirmed_at)"
            " SELECT id, 1, 'Something that was done', (array['training','training-of-trainers','workshop','campaign',"
            "'publication','session','round-table','consultation'])[1 + id % 8], (array['held','under-way','ended','planned'])"
            "[1 + id % 4], date '2026-01-01' + (id % 360)::int, date '2026-01-03' + (id % 360)::int, 'day', '',"
            " '[\"educators\"]', '', '[\"ar\"]', '[\"multi-day\"]', '[]', '', '', 'A list', '', false, 'form', now(), now()"
            " FROM activity"
        )
        run(
            "INSERT INTO activity_country (version_id, country, as_source_says)"
            f" SELECT id, (array[{', '.join(repr(code) for code in _COUNTRIES)}])[1 + id % {len(_COUNTRIES)}], ''"
            " FROM activity_version"
        )
        run(
            "INSERT INTO participation (version_id, text, text_key, role)"
            " SELECT id, 'Office ' || id % 500, 'office ' || id % 500, 'partner' FROM activity_version"
        )
        run(
            "INSERT INTO activity_reach (version_id, audience, unit, age_band, basis, number, qualifier, words)"
            " SELECT id, 'educators', 'people', '', (array['partner','signature-list','estimated'])[1 + id % 3], id % 90,"
            " 'exact', '' FROM activity_version"
        )
        for statement in _sittings(app):
            run(statement)
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def _sittings(app: Flask) -> list[str]:
    """Statements by which three of ten learners have answered the questions before their course and after it."""
    courses = site_of(app).library.current().courses
    learners = "SELECT id, timestamptz '2025-01-01' + random() * interval '690 days' AS d FROM learner"
    return [
        "INSERT INTO visit (learner_id, course_id, item_id, first_at, done_at, score, tries, state)"
        f" SELECT id, '{key}', '{sitting_id(course, which)}', d, d, ({least} + random() * 40)::int, 1, '{{}}'"
        f" FROM ({learners} WHERE id % {len(courses)} = {place} AND id / {len(courses)} % 10 >= 7) l"
        for place, (key, course) in enumerate(courses.items())
        if course.assessment is not None
        for which, least in ((BEFORE, 40), (AFTER, 60))
    ]


def ask(app: Flask) -> Found:
    """The whole report once, as its page makes it."""
    with app.test_request_context("/en/"), counted(app) as sent:
        app.preprocess_request()
        session = current_session(app)
        began = time.perf_counter()
        found = records_of(session, EVERYBODY, YEAR, site_of(app).activity_sources)
        read = time.perf_counter()
        counts_of(found, YEAR)
        numbered = time.perf_counter()
        session.rollback()
        sent.clear()
        asked = time.perf_counter()
        for_us(session, EVERYBODY, YEAR, site_of(app).activity_sources, "Asia/Yerevan", NOW, people=True)
        done = time.perf_counter()
        session.rollback()
    return Found(read - began, numbered - read, done - asked, len(sent))


def pages(app: Flask) -> dict[str, float]:
    """Median seconds of three of the list of countries and of a country's page, with their statements."""
    found: dict[str, float] = {}
    shown: dict[str, Callable[[Session], object]] = {
        "countries": lambda session: country_list(session, EVERYBODY, NOW),
        "country": lambda session: country_page(session, EVERYBODY, _COUNTRIES[7], NOW),
    }
    for name, page in shown.items():
        took = []
        for _ in range(4):
            with app.test_request_context("/en/"), counted(app) as sent:
                app.preprocess_request()
                began = time.perf_counter()
                page(current_session(app))
                took.append(time.perf_counter() - began)
                current_session(app).rollback()
        # The first reads the countries' names, which a process does once.
        found |= {f"{name}, seconds": statistics.median(took[1:]), f"{name}, statements": len(sent) + 1}
    return found


def measure(quick: bool) -> dict[str, float]:
    """Median seconds of three reports, with their size."""
    size, activities = (FEW_LEARNERS, FEW_RECORDS) if quick else (Size(1_000_000, 4_000, 60, 5), ALL_RECORDS)
    app = make_site(size)
    note(app)
    fill(app, activities)
    runs = [ask(app) for _ in range(3)]
    return {
        "learners": size.learners,
        "activities": activities,
        "records": statistics.median(one.records for one in runs),
        "counts": statistics.median(one.counts for one in runs),
        "seconds": statistics.median(one.whole for one in runs),
        "statements": runs[-1].statements,
        **pages(app),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer learners and activities")
    for name, value in measure(parser.parse_args().quick).items():
        print(f"{name:>20}: {value}")


if __name__ == "__main__":
    main()
