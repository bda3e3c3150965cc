"""The recipe of docs/operating.md that brings PostgreSQL back to a minute, done as it is written there."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Iterator
from subprocess import CalledProcessError
from textwrap import dedent

import pytest

from coplearn.settings import HOME
from coplearn.storage.database import current_session, engine_of
from tests.conftest import MakeSite
from tests.durability.cluster import Machine
from tests.once import migrate
from tests.postgres import new_folder, programs
from tests.privacy.test_planted import erase, left_over, put_planted

MINUTE = "2026-11-30 09:41:00+00"
BASE = "base-2026-11-29"


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine with a folder of its user's, in which the other machine's disk is too."""
    folder = new_folder()
    made = Machine(programs(folder), folder / "data")
    yield made
    made.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.whole
def test_database_goes_back_to_the_minute_that_is_named(make_app: MakeSite, machine: Machine) -> None:
    """What was saved before is there and what came later is not; then a later minute, and the end; who was erased stays erased."""
    text = (HOME / "docs" / "operating.md").read_text(encoding="utf-8").partition("### Back to any minute")[2]
    wal = machine.folder.parent / "wal"
    here = text.partition("\nSQLite is run")[0].replace("/wal", str(wal)).replace("DATA", str(machine.folder))
    blocks = [dedent(one) for one in re.findall(r"(?:^    .*\n)+", here, re.MULTILINE)]
    settings, base_backup, clean_up, go_back = blocks
    machine.run("mkdir", "-m", "0700", str(wal))
    machine.make()
    with (machine.folder / "postgresql.conf").open("a") as file:
        file.write(settings)
    machine.start()
    # As where a standby stands beside it, for which the one that is brought back must not wait.
    machine.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
    app = make_app(database_url=machine.url)
    migrate(app)
    planted, key = put_planted(app)
    machine.run("sh", "-c", base_backup)
    minutes = []
    for number in range(3):
        machine.ask(f"CREATE TABLE saved_{number} ()")
        minutes.append(str(machine.ask("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00')")))
    erase(app, key)
    engine_of(app).dispose()

    # The disk fell out when a piece was there and nobody had said so: it is taken again, and another one of its name is not.
    command = re.findall(r"^archive_command = '(.*)'$", settings, re.MULTILINE)[0]
    machine.ask("SELECT pg_switch_wal()")
    machine.await_that("SELECT last_archived_wal IS NOT NULL FROM pg_stat_archiver")
    piece = max(wal.glob("0" * 7 + "1" + "?" * 16))
    again = command.replace("%f", piece.name)
    machine.run("sh", "-c", again.replace("%p", str(piece)))
    with pytest.raises(CalledProcessError):
        machine.run("sh", "-c", again.replace("%p", str(machine.folder / "PG_VERSION")))

    history = min(wal.glob("*.backup"))
    (name,) = re.findall(r"\S+\.backup", clean_up)
    before = len(list(wal.iterdir()))
    machine.run("sh", "-c", clean_up.replace(name, history.name))
    assert len(list(wal.iterdir())) < before, "what is older than the base is of no use"

    (base,) = wal.glob("base-*")
    steps = go_back.replace(BASE, base.name).splitlines(keepends=True)
    for minute, found in ((minutes[0], 1), (minutes[1], 2), ("", 3)):
        machine.kill(signal.SIGINT)
        known = [line.replace(MINUTE, minute) for line in steps if minute or MINUTE not in line]
        machine.run("sh", "-ec", "".join(known))
        machine.start()
        machine.await_that("SELECT NOT pg_is_in_recovery()")
        assert machine.ask("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'saved_%'") == found
        assert machine.ask("SHOW synchronous_standby_names") == "", (
            "nobody is waited for, and what is saved now is saved"
        )
        machine.ask("CREATE TABLE later ()")
        if minute:
            with app.app_context():
                assert left_over(current_session(app), planted), "the one who was erased later is back"
            said = app.test_cli_runner().invoke(args=["privacy", "replay-erasures"]).output
            assert "Erased again: 1 accounts, 1 learners" in said
        with app.app_context():
            assert left_over(current_session(app), planted) == []
        engine_of(app).dispose()
        steps = [f"rm -r {machine.folder}\n", *[line for line in steps if not line.startswith(("mv", "rm"))]]
