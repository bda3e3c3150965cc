"""A site moves to another machine and another kind of database, and back: nothing is lost, and nothing changed goes unseen."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from alembic.autogenerate import compare_metadata
from flask import Flask
from sqlalchemy import text

from coplearn.audit.service import first_fault
from coplearn.moving.proofs import read_proof
from coplearn.moving.rows import sum_of, tables_of
from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of, migrations_of, reading_only
from tests.accounts.persona import Visitor, link_in, mails
from tests.backups.test_backup_and_restore import people_in
from tests.moving.conftest import Machine, Machines

OWN = {"audit_event", "audit_head", "alembic_version", "heartbeat", "rate_limit", "backup"}


def sums(machine: Machine) -> dict[str, tuple[int, str]]:
    """The sums of every table but those that a move writes into itself."""
    with reading_only(), engine_of(machine.start()).connect() as connection:
        return {name: sum_of(connection, one) for name, one in tables_of(connection).items() if name not in OWN}


def sign_up(app: Flask, email: str) -> None:
    """Make an account and confirm it."""
    visitor = Visitor(app)
    visitor.sign_up(email)
    link = urlsplit(link_in(mails(app)[-1]))
    visitor.get(f"{link.path}?{link.query}")
    assert visitor.is_signed_in


def test_a_site_moves_to_postgresql_and_back(machines: Machines, secret: Path, tmp_path: Path) -> None:
    """Rows are equal on the other engine and after the way back, certificates verify, and people sign in as before."""
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    first, third = machines("first"), machines("third")
    second = machines("second", "postgresql", uploads_url=f"file://{bucket}")
    sign_up(first.app, "nour@example.org")
    numbers = people_in(first.app, first.instance)
    (first.instance / "secret_key").write_text(first.app.config["SECRET_KEY"], encoding="ascii")
    before = sums(first)
    archive, back = tmp_path / "first.site", tmp_path / "second.site"
    said = first.done("export", archive, "--passphrase-file", secret)
    assert "Nothing was changed" in second.done("import", archive, "--passphrase-file", secret, "--dry-run")
    told = second.done("import", archive, "--passphrase-file", secret)

    proof = read_proof((second.instance / "moving" / "proof.json").read_text(encoding="utf-8")).proof
    assert f"Hash of everything: {proof.root}" in said
    assert f"Hash of everything: {proof.root}" in told
    assert (second.instance / "moving" / "proof.pdf").read_bytes().startswith(b"%PDF")
    redirects = (second.instance / "moving" / "redirects" / "nginx.conf").read_text(encoding="utf-8")
    assert "return 308 https://second.example$request_uri" in redirects
    # Keys of badges that were signed under the old name, under that name.
    assert "return 308 https://second.example/credentials/issuers/" in redirects
    assert sums(second) == before
    arrived = second.start()
    for number in numbers:
        assert arrived.test_client().get(f"/en/check/{number}").status_code == 200
    with arrived.app_context():
        assert compare_metadata(migrations_of(arrived).migration_contexts["default"], Base.metadata) == []
        assert first_fault(current_session(arrived), site_of(arrived).keys) is None
        # Numbers go on where they ended.
        session = current_session(arrived)
        session.execute(text("INSERT INTO ledger (zone) VALUES ('UTC')"))
        session.rollback()
    # Into the store that is set there, and out of it again.
    assert (bucket / "evidence" / "abc").read_text(encoding="ascii") == "%PDF-1.7"

    second.done("export", back, "--unencrypted")
    assert "second steps are set up anew" in third.done("import", back)
    assert sums(third) == before
    assert (third.instance / "evidence" / "abc").read_text(encoding="ascii") == "%PDF-1.7"
    again = Visitor(third.start())
    again.sign_in("nour@example.org")
    assert again.is_signed_in
