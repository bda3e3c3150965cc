"""A site is lost with its machine and comes back from its backup: people, records, certificates, files and keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from flask import Flask
from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.audit.kinds import EventKind
from coplearn.audit.models import AuditEvent
from coplearn.audit.rules import SHELL
from coplearn.backups.queries import last_made, last_verified
from coplearn.certificates.service import issue_certificates
from coplearn.cohorts.common.models.certification import Certification
from coplearn.files.uploads import UploadPurpose, uploads_of
from coplearn.kernel.words import CertificateKind
from coplearn.learning.models import Visit
from coplearn.learning.service import start_visitor
from coplearn.storage.database import current_session
from tests.backups.conftest import Backed
from tests.certificates.test_issuing import FINISHED
from tests.cohorts.worlds import put_certification, put_cohort, put_member
from tests.storage.test_migrations import _fill as put_records

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def people_in(app: Flask, instance: Path) -> tuple[str, str]:
    """Fill a site with a learner's records, a member who is certified, and files: the numbers of two certificates."""
    with app.app_context():
        put_records(app)
        session = current_session(app)
        cohort = put_cohort(session)
        certification = put_certification(session, cohort, put_member(session, cohort, "amina@example.org"))
        learner, _ = start_visitor(session, NOW, NOW)
        kinds = tuple(CertificateKind)
        certificate = issue_certificates(session, learner.id, FINISHED, kinds, "Ani", "ar", NOW)[0]
        session.commit()
        numbers = certificate.number, str(certification.number)
    for name, words in (("secret_key", "s" * 64), ("evidence/abc", "%PDF-1.7"), ("translations/sw/site.po", "msgid")):
        path = instance / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="ascii")
    return numbers


def test_a_lost_site_comes_back_from_its_backup(backed: Backed) -> None:
    """What was destroyed is there again: accounts, answers, files, the key that signs; certificates still verify."""
    instance = backed.settings.instance_path
    numbers = people_in(backed.app, instance)
    made = backed.run("now", "--verify")
    assert made.exit_code == 0, made.output
    assert "came back the same" in made.output
    with backed.app.app_context():
        session = current_session(backed.app)
        assert last_verified(session) == last_made(session) is not None

    fresh = backed.destroyed()
    name = backed.backups()[0].removesuffix(".zip")
    restored = backed.run("restore", name, app=fresh)
    assert restored.exit_code == 0, restored.output

    with fresh.app_context():
        session = current_session(fresh)
        assert session.scalars(select(User.email)).all() == ["amina@example.org"]
        assert session.scalar(select(func.count()).select_from(Visit)) == 1
        assert session.scalars(select(Certification.number)).all() == [numbers[1]]
        events = session.execute(select(AuditEvent.kind, AuditEvent.who)).all()
        assert (EventKind.BACKUP_RESTORED, SHELL) in [tuple(event) for event in events]
    assert (instance / "secret_key").read_text(encoding="ascii") == "s" * 64
    assert (instance / "evidence" / "abc").read_text(encoding="ascii") == "%PDF-1.7"
    assert (instance / "translations" / "sw" / "site.po").exists()
    client = fresh.test_client()
    for number in numbers:
        assert client.get(f"/en/check/{number}").status_code == 200
    # It can be backed up again, without what was moved aside.
    assert backed.run("now", "--verify", app=fresh).exit_code == 0


def test_files_in_an_object_store_are_in_the_backup_and_come_back(small: Backed, tmp_path: Path) -> None:
    """Those that lay in the folder before as well; lost with the store, all of them are in the store again."""
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    moved = Backed(replace(small.settings, uploads_url=f"file://{bucket}"), small.make)
    folder = moved.settings.instance_path / "evidence"
    app = moved.app
    folder.mkdir()
    (folder / "ab").write_bytes(b"%PDF of before")
    uploads_of(moved.settings, UploadPurpose.EVIDENCE).put("cd", [b"%PDF of now"])
    uploads_of(moved.settings, UploadPurpose.PACKAGES).put("key/0", [b""])
    made = moved.run("now", "--verify", app=app)
    assert made.exit_code == 0 and "came back the same" in made.output, made.output

    rmtree(bucket)
    bucket.mkdir()
    fresh = moved.destroyed()
    restored = moved.run("restore", moved.backups()[0].removesuffix(".zip"), app=fresh)
    assert restored.exit_code == 0, restored.output
    found = {path.relative_to(bucket).as_posix(): path.read_bytes() for path in bucket.rglob("*") if path.is_file()}
    assert found == {"evidence/ab": b"%PDF of before", "evidence/cd": b"%PDF of now", "packages/key/0": b""}
