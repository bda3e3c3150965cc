"""Backups when something is wrong: a kill, a wrong key, people in the way, another version, missing tools."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from coplearn.accounts.models import User
from coplearn.accounts.service import add_user
from coplearn.backups.archives import ArchiveMember, Manifest, Opener, Seal, seal
from coplearn.backups.databases import dump, put_back, revision_of, scratch
from coplearn.backups.places import archives_in
from coplearn.backups.queries import last_verified
from coplearn.backups.restoring import verify_backup
from coplearn.backups.row_sums import TableSum, sums_of
from coplearn.backups.runs import behind_pages, make_noted
from coplearn.kernel.errors import Refused
from coplearn.privacy.erasures import NAME, note_erasures, noted_erasures
from coplearn.profile.queries import rows_of_person
from coplearn.profile.service import erase_person
from coplearn.settings import HOME
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from tests.backups import making_on_and_on
from tests.backups.conftest import Backed
from tests.sizes import WHOLE

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)


def add_person(backed: Backed, email: str = "ana@example.org") -> None:
    """Give the site one account."""
    with backed.app.app_context():
        session = current_session(backed.app)
        add_user(session, email, "en", NOW)
        session.commit()


def people_of(backed: Backed) -> list[str]:
    """The addresses of the site's accounts."""
    with backed.app.app_context():
        return list(current_session(backed.app).scalars(select(User.email).order_by(User.email)))


def test_killed_at_any_moment_it_leaves_whole_backups_alone(small: Backed) -> None:
    """Whatever is listed after a kill is whole, and the next run clears up."""
    add_person(small)
    settings, engine = small.settings, engine_of(small.app)
    (settings.instance_path / "evidence").mkdir()
    (settings.instance_path / "evidence" / "recording").write_bytes(random.Random(1).randbytes(3_000_000))
    drawn, first = random.Random(7), NOW
    for _ in range(40 if WHOLE else 2):
        command = [sys.executable, making_on_and_on.__file__, settings.instance_path, small.folder]
        killed = subprocess.Popen(
            [*map(str, command), *settings.backup_recipients, first.isoformat()],
            cwd=HOME,
            env={"PYTHONPATH": str(HOME)},
            stdout=subprocess.PIPE,
        )
        with killed:
            assert killed.stdout is not None
            assert killed.stdout.readline() == b"ready\n"
            time.sleep(drawn.uniform(0.01, 1.0))
            killed.kill()
        first += timedelta(days=1 + len(archives_in(small.folder)))
    for name in archives_in(small.folder):
        opener = Opener((settings.backup_key or Path()).read_text(encoding="ascii"))
        assert verify_backup(engine, settings, name, opener).faults == []
    assert small.run("now").exit_code == 0
    assert {Path(name).suffix for name in small.backups()} == {".zip"}
    assert [path.name for path in (settings.instance_path / "backups").iterdir()] == [".lock"]


def test_day_makes_a_backup_and_tries_it(small: Backed) -> None:
    """The day's work makes one where a place is set, restores it for a trial, and does it once a day."""
    add_person(small)
    assert "back up" in site_of(small.app).jobs.run_daily(NOW)
    assert "back up" not in site_of(small.app).jobs.run_daily(NOW)
    with small.app.app_context():
        assert last_verified(current_session(small.app)) is not None
    listed = small.run("list").output
    assert small.backups()[0].removesuffix(".zip") in listed
    assert "verified 20" in listed
    bare = small.make(replace(small.settings, backup_folder=None))
    assert "back up" not in site_of(bare).jobs.run_daily(NOW + timedelta(days=1))


def test_nothing_is_written_without_a_key(small: Backed) -> None:
    """A backup that anybody could read is not made; the sentence says what to set."""
    refused = small.run("now", app=small.make(replace(small.settings, backup_recipients=())))
    assert refused.exit_code == 1
    assert "COPLEARN_BACKUP_RECIPIENTS" in refused.output
    assert not small.folder.exists()
    wrong = small.run("now", app=small.make(replace(small.settings, backup_recipients=("age1nonsense",))))
    assert wrong.exit_code == 1
    assert "no public key" in wrong.output
    assert small.backups() == []


def test_people_in_a_site_are_asked_about(backed: Backed) -> None:
    """A restore over people needs a word and the site's name; then they are moved aside, and those of the backup are there."""
    add_person(backed)
    assert backed.run("now").exit_code == 0
    add_person(backed, "zoe@example.org")
    for arguments, typed in (((), ""), (("--over",), "another site\n")):
        refused = backed.run("restore", backed.backups()[0].removesuffix(".zip"), *arguments, typed=typed)
        assert refused.exit_code == 1, refused.output
        assert people_of(backed) == ["ana@example.org", "zoe@example.org"]
    done = backed.run("restore", str(backed.folder / backed.backups()[0]), "--over", typed="coplearn\n")
    assert done.exit_code == 0, done.output
    assert people_of(backed) == ["ana@example.org"]
    assert "before_restore_" in done.output


def test_backup_that_differs_changes_nothing(backed: Backed) -> None:
    """Rows that are not what the manifest says are found by the trial; a restore leaves everything as it was."""
    add_person(backed)
    engine = engine_of(backed.app)
    work = backed.settings.instance_path
    dumped = dump(engine, work)
    wrong = dumped.tables | {"user": TableSum(2, "0" * 64)}
    archive = work / "wrong.zip"

    def describe(files: dict[str, tuple[int, str]]) -> Manifest:
        return Manifest(NOW, "Site", "1", dumped.engine, dumped.revision, dumped.sums, wrong, [], files)

    seal([ArchiveMember(dumped.file.name, dumped.file)], describe, Seal(backed.settings.backup_recipients), archive)
    verified = backed.run("verify", str(archive))
    assert verified.exit_code == 1
    assert "user: 2 rows were saved, 1 came back" in verified.output
    refused = backed.run("restore", str(archive), "--over", typed="Site\n")
    assert refused.exit_code == 1
    assert "not whole" in refused.output
    assert people_of(backed) == ["ana@example.org"]


def test_sums_see_every_change(backed: Backed) -> None:
    """One letter, one number, one instant, one row more: the trial tells the table."""
    add_person(backed)
    settings = backed.settings
    assert backed.run("now").exit_code == 0
    engine = engine_of(backed.app)
    opener = Opener((settings.backup_key or Path()).read_text(encoding="ascii"))
    assert verify_backup(engine, settings, "", opener).faults == []
    dumped = dump(engine, settings.instance_path)
    with scratch(engine, dumped.engine, dumped.file) as connection:
        assert revision_of(connection) == dumped.revision
    before = dumped.tables
    for change in (
        "email = 'anb@example.org'",
        "active = NOT active",
        "create_datetime = '2026-11-30 07:00:01.500000'",
        "locale = 'fr'",
    ):
        with engine.begin() as connection:
            connection.execute(text(f'UPDATE "user" SET {change}'))
            again = sums_of(connection, dumped.sums)
        assert {name for name in before if before[name] != again[name]} == {"user"}
        before = again


def test_later_version_and_other_engine_are_told(small: Backed) -> None:
    """A backup that this version cannot read is refused with a sentence, before anything is touched."""
    work = small.settings.instance_path
    dumped = dump(engine_of(small.app), work)
    for engine, revision, words in (("sqlite", "9999", "later version"), ("postgresql", "0023", "DATABASE_URL")):
        archive = work / f"{revision}.zip"

        def describe(files: dict[str, tuple[int, str]], engine: str = engine, revision: str = revision) -> Manifest:
            return Manifest(NOW, "Site", "1", engine, revision, dumped.sums, dumped.tables, [], files)

        seal([ArchiveMember(dumped.file.name, dumped.file)], describe, Seal(small.settings.backup_recipients), archive)
        refused = small.run("restore", str(archive))
        assert refused.exit_code == 1
        assert words in refused.output


def test_missing_tools_are_told(own_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PostgreSQL's client programs the sentence says what to install, and nothing has happened."""
    if not own_database:
        pytest.skip("SQLite needs no tools.")
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = create_engine(own_database)
    for work in (lambda: dump(engine, tmp_path), lambda: put_back(engine, tmp_path / "x", "1", lambda _: None)):
        with pytest.raises(Refused) as refused:
            work()
        assert "postgresql-client" in refused.value.phrase.text
    engine.dispose()


def test_running_site_is_not_restored_under(small: Backed) -> None:
    """Where the site's port answers, the sentence says to stop it first."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        app = small.make(replace(small.settings, port=server.getsockname()[1]))
        refused = small.run("restore", "any", app=app)
    assert refused.exit_code == 1
    assert "Stop the site" in refused.output


def test_new_key_is_closed_to_others_and_never_written_over(small: Backed, tmp_path: Path) -> None:
    """The private half is readable by its owner alone; a second run refuses; the two halves belong together."""
    file = tmp_path / "new.txt"
    made = small.run("new-key", str(file))
    assert made.exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    assert small.run("new-key", str(file)).exit_code == 1
    recipient = made.output.splitlines()[0].partition("=")[2]
    app = small.make(replace(small.settings, backup_recipients=(recipient,), backup_key=file))
    assert small.run("now", "--verify", app=app).exit_code == 0


def test_backup_stands_behind_whoever_waits_for_a_page() -> None:
    """It and the programs it begins have a lower priority, the process that does it keeps its own; what it refuses is heard."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    ask = [sys.executable, "-c", "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"]
    program = behind_pages(lambda: int(subprocess.run(ask, capture_output=True, check=True).stdout))
    assert min(own + 1, 19) <= program == behind_pages(lambda: os.getpriority(os.PRIO_PROCESS, 0))
    assert os.getpriority(os.PRIO_PROCESS, 0) == own

    def refuse() -> None:
        raise Refused("No room.")

    with pytest.raises(Refused, match="No room"):
        behind_pages(refuse)


def test_who_was_erased_does_not_come_back(small: Backed) -> None:
    """An older backup brings somebody back; the list beside the newer one has them forgotten again, before anybody signs in."""
    for email in ("ana@example.org", "zoe@example.org"):
        add_person(small, email)
    instance = small.settings.instance_path
    with small.app.app_context():
        session = current_session(small.app)
        older = make_noted(small.app, session, small.settings, NOW - timedelta(days=1)).name
        zoe = session.scalars(select(User.id).where(User.email == "zoe@example.org")).one()
        note_erasures(instance, rows_of_person(session, None, zoe), NOW)
        erase_person(session, None, zoe)
        session.commit()
    assert small.run("now").exit_code == 0
    fresh = small.destroyed()
    restored = small.run("restore", older, app=fresh)
    assert restored.exit_code == 0, restored.output
    with fresh.app_context():
        assert current_session(fresh).scalars(select(User.email)).all() == ["ana@example.org"]
    assert noted_erasures(instance / NAME) == noted_erasures(small.folder / NAME) != []
