"""Every migration goes up, down and up again with data in it, on both engines, and ends where the models are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from flask import Flask
from sqlalchemy import bindparam, inspect, select, text

from coplearn.app import create_app
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.models.certification import Certification
from coplearn.commands import add_commands
from coplearn.courses.plugin import Outcome
from coplearn.learning import service
from coplearn.outbox.models import Job
from coplearn.outbox.service import queue_letter
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.base import Base, UtcDateTime
from coplearn.storage.database import current_session, engine_of, migrations_of
from coplearn.translating.catalogs import sync
from coplearn.translating.catalogs.publishing import publish_message
from coplearn.translating.editing.message_detail import one_message
from coplearn.translating.store import edits as translating
from coplearn.translating.store import rules
from tests.cohorts.worlds import put_certification, put_cohort, put_member
from tests.once import drop_database, migrated_template, new_database
from tests.postgres import server_url
from tests.translating.store import message_id_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REVISIONS = [
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
    "0021",
    "0022",
    "0023",
    "0024",
    "0025",
    "0026",
    "0027",
    "0028",
    "0029",
    "0030",
    "0031",
    "0032",
    "0033",
    "0034",
    "0035",
    "0036",
    "0037",
    "0038",
    "0039",
    "0040",
    "0041",
    "0042",
    "0043",
    "0044",
    "0045",
    "0046",
    "0047",
    "0048",
    "0049",
    "0050",
    "0051",
    "0052",
    "0053",
    "0054",
    "0055",
    "0056",
]


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the test's own, which may be left in any state."""
    name = new_database(migrated_template()) if request.param == "postgresql" else ""
    yield server_url(name) if name else ""
    if name:
        drop_database(name)


def _fill(app: Flask) -> None:
    session = current_session(app)
    learner, _ = service.start_visitor(session, NOW, NOW)
    target = service.AnsweredItem("course-a", "1.0.0", "d" * 64, "item-a", 0, ("item-a",), counts_votes=True)
    service.answer_item(
        session,
        learner.id,
        target,
        f"key-{learner.id}",
        "ar",
        1,
        Outcome(done=True, answers={"q": "a"}, score=80, passed=True, votes=("a",)),
        NOW,
    )
    source = rules.SourceMessage(domain="course-a", context="item-a#b1", text="Ask.", kind="text", item="item-a")
    locale = site_of(app).locales.get("ar")
    sync.sync(session, "course-a", [source], NOW)
    number = message_id_of(session, "course-a", source.context)
    assert number is not None
    rev = one_message(session, number, "ar", None, NOW).translation.rev
    saved = translating.save(session, rules.SYSTEM, number, locale, [f"نص {rev}"], rev, NOW)
    publish_message(session, number, locale, saved.rev, NOW)
    queue_letter(
        session,
        key=f"letter-{learner.id}",
        to="ana@example.org",
        locale="ar",
        time_zone="UTC",
        kind="account-welcome",
        params={"text": "Hello"},
        now=NOW,
    )
    audit.record(session, EventKind.CATALOG_PUBLISHED, about="ar,course-a", now=NOW)
    session.commit()
    session.close()


def test_head_equals_the_models(each_app: Flask) -> None:
    """The migrated schema is the models' schema: nothing to add, drop or change."""
    with each_app.app_context():
        alembic = migrations_of(each_app)
        found = compare_metadata(alembic.migration_contexts["default"], Base.metadata)
    assert found == []


def test_revisions_are_all_listed_here(app: Flask) -> None:
    """A new migration is added to the round trip below."""
    with app.app_context():
        scripts = migrations_of(app).script_directory.walk_revisions()
        assert sorted(script.revision for script in scripts) == REVISIONS


def test_migrations_go_down_and_up_with_data(each_app: Flask) -> None:
    """Each revision is taken back, run again and taken back over people's data; from nothing up, everything takes data."""
    with each_app.app_context():
        _fill(each_app)
    with each_app.app_context():
        alembic, session = migrations_of(each_app), current_session(each_app)
        for revision, below in zip(reversed(REVISIONS), [*reversed(REVISIONS[:-1]), "base"], strict=True):
            alembic.downgrade(below)
            alembic.upgrade(revision)
            if revision > "0002":
                assert session.execute(text("SELECT count(*) FROM attempt")).scalar() == 1, revision
                session.rollback()
            alembic.downgrade(below)
        alembic.upgrade()
    with each_app.app_context():
        _fill(each_app)
        assert current_session(each_app).execute(text("SELECT count(*) FROM attempt")).scalar() == 1


def test_newest_schema_takes_data_beside_what_went_down_and_came_up(each_app: Flask) -> None:
    """What was there before a way down to the oldest revision that has it, and up again, is there beside what comes new."""
    with each_app.app_context():
        _fill(each_app)
    with each_app.app_context():
        alembic = migrations_of(each_app)
        alembic.downgrade("0002")
        alembic.upgrade()
    with each_app.app_context():
        _fill(each_app)
        assert current_session(each_app).execute(text("SELECT count(*) FROM attempt")).scalar() == 2


def test_old_records_name_the_edition_of_their_attempts(each_app: Flask) -> None:
    """What was begun, done and finished before editions were kept is known by the attempts, whose digest was always kept."""
    with each_app.app_context():
        _fill(each_app)
        alembic = each_app.extensions["alembic"]
        alembic.downgrade("0017")
        alembic.upgrade()
    with each_app.app_context():
        session = current_session(each_app)
        assert session.execute(text("SELECT course_digest FROM visit")).scalars().all() == ["d" * 64]
        named = session.execute(text("SELECT course_digest, finished_digest FROM enrolment")).all()
    assert [tuple(row) for row in named] == [("d" * 64, "d" * 64)]


def test_old_trainers_certificates_keep_no_titles(each_app: Flask) -> None:
    """A certificate that was given before titles were kept is there after the upgrade, and says that they are not known."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session)
        put_certification(session, cohort, put_member(session, cohort, "aya@example.org"))
        session.commit()
        alembic = migrations_of(each_app)
        alembic.downgrade("0019")
        alembic.upgrade()
    with each_app.app_context():
        one = current_session(each_app).scalars(select(Certification)).one()
        assert (one.course_ids, one.course_titles) == (["cop-parents"], None)


def test_jobs_that_wait_are_carried_over(each_app: Flask) -> None:
    """A list that was brought in just before the upgrade is still read after it; a going down and up loses none either."""
    task = {"id": "1f", "name": "job", "args": ["read-roster", {"public_id": "abc"}], "kwargs": {}, "retries": 4}
    rows = [json.dumps({"task": one}).encode() for one in (task, {**task, "name": "letters", "args": []})]
    with each_app.app_context():
        alembic = migrations_of(each_app)
        alembic.downgrade("0010")
        session = current_session(each_app)
        put = text("INSERT INTO job (data, priority, due_at, claim) VALUES (:data, 0, :due_at, '')")
        put = put.bindparams(bindparam("due_at", type_=UtcDateTime()))
        for data in rows:
            session.execute(put, {"data": data, "due_at": NOW})
        session.commit()
        for target in ("0011", "0010", "0011"):
            (alembic.upgrade if target == "0011" else alembic.downgrade)(target)
        found = session.execute(select(Job.name, Job.params, Job.tries)).all()
    assert [tuple(row) for row in found] == [("read-roster", {"public_id": "abc"}, 0)]


def test_downgrade_to_nothing_leaves_no_table_of_ours(each_app: Flask) -> None:
    """Going all the way down drops every table but the migrations' own."""
    with each_app.app_context():
        migrations_of(each_app).downgrade("base")
        tables = set(inspect(engine_of(each_app)).get_table_names())
    assert tables <= {"alembic_version"}


def test_upgrade_twice_changes_nothing(settings: Settings) -> None:
    """Starting again on a migrated database is harmless."""
    settings.instance_path.mkdir(parents=True)
    app = add_commands(create_app(settings))
    with app.app_context():
        migrations_of(app).upgrade()
    with app.app_context():
        _fill(app)
    with app.app_context():
        migrations_of(app).upgrade()
    with app.app_context():
        assert current_session(app).execute(text("SELECT count(*) FROM attempt")).scalar() == 1
        engine_of(app).dispose()
