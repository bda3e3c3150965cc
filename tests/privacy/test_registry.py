"""A row for each column of the database and no other, and days that the jobs keep to."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from coplearn import privacy
from coplearn.privacy.registry import read_rows, registry
from coplearn.privacy.rules import NOT_SECRET, TERMS, KeptFor
from coplearn.settings import Settings
from coplearn.storage.base import Base
from coplearn.storage.form_keys import KEPT
from coplearn.web.static_files import STATIC

HOW = "Write its line into the privacy.toml beside the slice's tables: coplearn/privacy/registry.py shows how, in one example."


MAY_BE_SECRET = {
    "backup_folder", "backup_key", "backup_passphrase", "backup_recipients", "backup_url", "course_path", "database_url",
    "error_reports", "ffmpeg", "home", "instance_path", "jobs", "lrs_secret", "lti_hosts", "machine_translation",
    "mail_password", "mail_username", "metrics_token", "oidc", "overlay_path", "packages_url", "recordings_url",
    "replica_url", "secret_key", "site_keys", "uploads_url", "webhook_hosts",
}  # fmt: skip
"""Keys, passwords, addresses that may hold one, and what only tells of the machine."""


def test_every_setting_is_told_or_may_be_secret() -> None:
    """Whoever takes a site home reads in a file which settings held; one that is new is decided about here."""
    known = {one.name for one in fields(Settings)}
    assert sorted(known - NOT_SECRET - MAY_BE_SECRET) == [] and sorted(NOT_SECRET - known) == []
    assert NOT_SECRET.isdisjoint(MAY_BE_SECRET)


COOKIES = {"waits": "the answers that wait", "keeps": "the courses that are kept on this phone"}
"""Those that scripts set, and how the page on privacy tells of each."""


def test_every_cookie_of_a_script_is_told_on_the_page_on_privacy(shared_app: Flask) -> None:
    """It says that there are no others."""
    scripts = "".join(file.read_text("utf-8") for file in sorted((STATIC / "js").glob("*.js")))
    assert set(re.findall(r"document\.cookie = [`\"'](\w+)=", scripts)) == set(COOKIES)
    page = shared_app.test_client().get("/en/privacy").text
    assert [words for words in COOKIES.values() if words not in page] == []


def test_every_column_of_the_database_has_its_row_and_every_row_its_column(session: Session) -> None:
    """The database as migrations made it, on each engine: also what no model has."""
    found = inspect(session.get_bind())
    tables = set(found.get_table_names()) - {"alembic_version"}
    columns = {(table, column["name"]) for table in tables for column in found.get_columns(table)}
    rows = {(row.table, row.column) for row in registry()}
    assert sorted(columns - rows) == [], HOW
    assert sorted(rows - columns) == [], "These rows have no column any more: take them out."


def test_what_points_at_a_person_says_so() -> None:
    """A foreign key to an account or a learner is a link, whatever it is called."""
    holds = {(row.table, row.column): row.holds for row in registry()}
    pointing = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in {"user", "learner"}
    }
    assert [column for column in pointing if holds.get(column) != "link"] == []


def test_every_term_and_purpose_is_used_and_days_are_those_of_the_jobs() -> None:
    """A sentence that nothing needs would be translated six times for nothing."""
    used = {name for row in registry() for name in row.until}
    # Of files beside the database; and of tables that come with them.
    assert set(TERMS) - used <= {"roster_file", "roster_lines"}
    assert set(KeptFor) == {row.purpose for row in registry()}
    assert TERMS["form"].span == KEPT


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('name = "txt"', "user.name"),
        ('name = { is = "text", seen = [] }', "needs whom"),
        ('name = { is = "text", until = ["ever"] }', "no such term: ever"),
        ('name = { is = "text", who = "me" }', "missing or unknown: who"),
    ],
)
def test_row_that_is_wrong_is_named(line: str, said: str) -> None:
    """The file, the table and the column."""
    table = '[user]\nabout = "account"\npurpose = "account"\nbasis = "task"\nuntil = ["erased"]\nseen = ["self"]\n'
    with pytest.raises(ValueError, match=said):
        read_rows(tomllib.loads(f"{table}[user.columns]\n{line}\n"), "accounts/privacy.toml")


def test_column_has_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second slice that speaks of a table of the first would silently take the place of its row."""
    own = (Path(privacy.__file__).parent / "privacy.toml").read_text(encoding="utf-8")
    for slice_ in ("one", "two"):
        (tmp_path / slice_).mkdir()
        (tmp_path / slice_ / "privacy.toml").write_text(own, encoding="utf-8")
    monkeypatch.setattr("coplearn.privacy.registry._PACKAGE", tmp_path)
    with pytest.raises(ValueError, match=r"^two: .* has a row already"):
        registry.__wrapped__()
