"""What the registry says is a person's is in their download, and in no row, file, log or restored backup once they are erased."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.consultations.models import Statement, StatementVersion
from coplearn.declarations.models import AdoptedText, DeclarationDraft
from coplearn.kernel.clock import utcnow
from coplearn.privacy.erasures import NAME
from coplearn.privacy.registry import registry
from coplearn.privacy.rules import Holds
from coplearn.programme.models.records import Activity, ActivityVersion
from coplearn.resources.hub.models import Resource, ResourceVersion
from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import signed_in_client
from tests.privacy.planting import ADDRESS, NOW, Planted, plant

EVIDENCE = b"zqxwvj8888, a recording"
"""What stands in the file that an observer added."""


def erase(app: Flask, key: str) -> None:
    """Have the person erase themselves, on their page."""
    client = signed_in_client(app, key)
    token = hidden_fields(client.get("/en/me/erase").text)["csrf_token"]
    assert client.post("/en/me/erase", data={"csrf_token": token, "sure": "yes"}).status_code == 303


def put_planted(app: Flask) -> tuple[Planted, str]:
    """Plant, with a file of evidence; what was planted and the key of the person's session."""
    with app.app_context():
        session = current_session(app)
        planted = plant(session)
        key = session.scalars(select(User.fs_uniquifier).where(User.id == planted.ids["user"])).one()
        fingerprint = "ab" * 32
        session.execute(text("UPDATE evaluation SET evidence_sha256 = :sha"), {"sha": fingerprint})
        planted.markers["evaluation", "evidence_sha256"] = fingerprint
        session.commit()
    folder = site_of(app).settings.instance_path / "evidence"
    folder.mkdir(exist_ok=True)
    (folder / fingerprint).write_bytes(EVIDENCE)
    return planted, key


def _plain(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value.isoformat())


def left_over(session: Session, planted: Planted) -> list[str]:
    """Columns whose markers, which should be gone, are in any row of any table."""
    rows = [tuple(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    kept = json.dumps(rows, default=_plain, ensure_ascii=False)
    gone = {(row.table, row.column) for row in registry() if row.holds.is_erased}
    return [".".join(column) for column, marker in planted.markers.items() if column in gone and marker in kept]


def links_left(session: Session, planted: Planted) -> list[str]:
    """Columns that still lead to the account or the learner."""
    found = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                target = key.column.table.name
                if (
                    target in {"user", "learner"}
                    and session.scalars(select(column).where(column == planted.ids[target])).first()
                ):
                    found.append(f"{table.name}.{column.name}")
    return found


def let_be_found(session: Session, planted: Planted) -> None:
    """Let every planted record that the search may hold be one that it does."""
    ids = planted.ids
    # A language that the site has stands where the marker was.
    del planted.markers["declaration_draft", "locale"]
    for row, values in (
        (Cohort, {"kind": "series", "is_public": True, "archived_at": None, "state": "running", "languages": ["en"]}),
        (Meeting, {"state": "planned"}),
        (Activity, {"state": "confirmed", "counted": select(ActivityVersion.number).scalar_subquery()}),
        (Resource, {"state": "published", "taken_down_at": None, "shown_id": ids["resource_version"]}),
        (ResourceVersion, {"locale": "en"}),
        (
            DeclarationDraft,
            {"locale": "en", "recommendations": [planted.markers["declaration_draft", "recommendations"]]},
        ),
        (Statement, {"locale": "en", "shown": select(StatementVersion.number).scalar_subquery()}),
    ):
        session.execute(update(row).values(values))
    adopted = {"declaration_id": ids["declaration"], "draft_id": ids["declaration_draft"]}
    session.add(AdoptedText(**adopted, locale="en", file="", sha256="", fixed_at=NOW))
    session.commit()


def indexed(app: Flask) -> str:
    """What the index of the search holds of records once it is brought up to date."""
    index, today = site_of(app).search_index, utcnow().date()
    sources = {source.name for source in site_of(app).findable} - {"countries"}
    for name, stamp in index.wanted(today).items():
        if name.partition(".")[0] in sources:
            index.renew_piece(name, stamp, today)
    pages = f"{index.store.schema}.page" if index.store.schema else "page"
    with index.store.read() as connection:
        rows = [dict(row) for row in connection.execute(text(f"SELECT * FROM {pages}")).mappings()]
    assert {row["domain"].partition(".")[0] for row in rows} == sources
    return json.dumps(rows, default=str)


def test_every_marker_is_in_the_download_and_nowhere_after_the_erasure(
    each_app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    """Rows and the index of the search on each engine; on SQLite also the bytes of the database, its log and the index;
    evidence, other files and what was logged."""
    planted, key = put_planted(each_app)
    with each_app.app_context():
        let_be_found(current_session(each_app), planted)
    assert planted.markers["resource_version", "title"] in indexed(each_app)
    kept = signed_in_client(each_app, key).get("/en/me/data").text
    exported = {(row.table, row.column) for row in registry() if row.holds.is_exported}
    wanted = {column: marker for column, marker in planted.markers.items() if column in exported}
    assert len(wanted) > 150
    assert sorted(".".join(column) for column, marker in wanted.items() if marker not in kept) == []
    erase(each_app, key)
    with each_app.app_context():
        session = current_session(each_app)
        assert left_over(session, planted) == []
        assert links_left(session, planted) == []
    found = indexed(each_app)
    gone = {(row.table, row.column) for row in registry() if row.holds.is_erased}
    assert [".".join(one) for one, marker in planted.markers.items() if one in gone and marker in found] == []
    folder = site_of(each_app).settings.instance_path
    texts = {(row.table, row.column) for row in registry() if row.holds in (Holds.TEXT, Holds.HIDDEN)}
    words = {marker.encode() for column, marker in planted.markers.items() if column in texts} | {b"zqxwvj8888"}
    for file in (path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert [word for word in words if word in content] == [], file
    said = capfd.readouterr()
    assert "zqxwvj" not in said.out + said.err


def snapshot(app: Flask) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every row of every table, as a backup has it."""
    with engine_of(app).connect() as connection:
        return [
            (table.name, [dict(row) for row in connection.execute(select(table)).mappings()])
            for table in Base.metadata.sorted_tables
        ]


def restore(app: Flask, rows: list[tuple[str, list[dict[str, Any]]]]) -> None:
    """Bring the database back to that, and leave the instance folder as it is."""
    tables = Base.metadata.tables
    with engine_of(app).begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        for name, values in rows:
            if values:
                connection.execute(tables[name].insert(), values)


def test_restored_backup_forgets_again_who_was_erased_since(each_app: Flask, tmp_path: Path) -> None:
    """By the list in the instance folder, or a copy of it; whoever has the same number now is not touched."""
    planted, key = put_planted(each_app)
    backup = snapshot(each_app)
    erase(each_app, key)
    path = site_of(each_app).settings.instance_path / NAME
    assert "zqxwvj" not in path.read_text(encoding="utf-8")
    restore(each_app, backup)
    copy = shutil.copy(path, tmp_path / "list")
    path.write_text("{\n", encoding="utf-8")
    runner = each_app.test_cli_runner()
    assert "0 accounts" in runner.invoke(args=["privacy", "replay-erasures"]).output
    missing = runner.invoke(args=["privacy", "replay-erasures", "--list", str(tmp_path / "none")])
    assert missing.exit_code == 1 and "There is no list at" in missing.output
    result = runner.invoke(args=["privacy", "replay-erasures", "--list", str(copy)])
    assert "Erased again: 1 accounts, 1 learners" in result.output
    with each_app.app_context():
        session = current_session(each_app)
        assert left_over(session, planted) == []
        assert links_left(session, planted) == []
        later = User(
            id=planted.ids["user"], email=ADDRESS, active=True, fs_uniquifier="u" * 32, locale="en",
            create_datetime=NOW + timedelta(days=1),
        )  # fmt: skip
        session.add(later)
        session.commit()
    again = runner.invoke(args=["privacy", "replay-erasures", "--list", str(copy)])
    assert "Erased again: 0 accounts, 0 learners, 0 seats" in again.output
