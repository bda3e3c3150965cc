"""A hundred thousand learners move to PostgreSQL and back while the machine dies again and again (`make prove`)."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import text

from coplearn.moving.proofs import read_proof
from coplearn.storage.database import engine_of
from tests.moving.conftest import Machine, Machines
from tests.moving.test_round_trip import sums
from tests.sizes import whole_only

LEARNERS = int(os.environ.get("COPLEARN_MOVING_LEARNERS", "100000"))
KILLS = 4
LEAST_A_SECOND = 20_000
"""Rows for each second of processor; how long it takes by the clock says more of what else the machine does."""
ENOUGH = 400_000
"""Of fewer rows the start of a process is most of it."""
_NUMBERS = "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count})"
_ROWS = (
    (
        "INSERT INTO learner (id, visitor_hash, seed, kept, created_at, seen_at)"
        " SELECT i, 'v' || i, i, true, '2026-11-24 12:00:00.000000', '2026-11-24 12:00:00.000000' FROM numbers"
    ),
    (
        "INSERT INTO attempt (learner_id, course_id, item_id, key, at, locale, course_version, course_digest, seed, answers, done)"
        " SELECT 1 + i % {learners}, 'cop-parents', 'item-' || (i % 40), 'k' || i, '2026-11-24 12:00:00.123456', 'ar', '1.0.0',"
        " '0123456789abcdef', i, json('{{\"q\": [' || i || ', null]}}'), true FROM numbers"
    ),
)


def put_learners(machine: Machine) -> None:
    """Learners, with four answers each."""
    with engine_of(machine.app).begin() as connection:
        for statement, times in zip(_ROWS, (1, 4), strict=True):
            numbers = _NUMBERS.format(count=LEARNERS * times)
            insert, _, rest = statement.format(learners=LEARNERS).partition(" SELECT")
            connection.execute(text(f"{insert} {numbers} SELECT{rest}"))


def command(machine: Machine, *arguments: str | Path) -> subprocess.Popen[str]:
    """``coplearn site`` with those arguments, in a process of its own."""
    variables = {
        **os.environ,
        "COPLEARN_INSTANCE_PATH": str(machine.instance),
        "DATABASE_URL": machine.url,
        "COPLEARN_PUBLIC_URL": str(machine.changes["public_url"]),
    }
    variables.pop("SECRET_KEY", None)
    words = [sys.executable, "-m", "coplearn", "site", *map(str, arguments)]
    return subprocess.Popen(words, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def spent() -> float:
    """Seconds of processor that the processes of this one have used that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ended(process: subprocess.Popen[str]) -> str:
    """What a command said that went well."""
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return said


def brought_in(machine: Machine, archive: Path, chance: random.Random) -> float:
    """Bring an archive in, killed some times before; the seconds of processor that the last run took."""
    seconds = 3.0
    for _ in range(KILLS):
        process = command(machine, "import", archive)
        time.sleep(chance.uniform(0.5, seconds))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        seconds *= 2
    began = spent()
    done = command(machine, "import", archive)
    said, _ = done.communicate()
    # The last one killed may have been through already.
    assert done.returncode == 0 or "brought in here already" in said, said
    return spent() - began


@whole_only
def test_a_hundred_thousand_learners_move_and_come_back(machines: Machines, tmp_path: Path) -> None:
    """Every row is what it was on the other engine and after the way back, at twenty thousand rows a second or more."""
    chance = random.Random(13)
    first, second, third = machines("first"), machines("second", "postgresql"), machines("third")
    put_learners(first)
    before, rows, began = sums(first), LEARNERS * 5, spent()
    ended(command(first, "import", "--help"))
    start = spent() - began
    for here, there, archive in ((first, second, tmp_path / "a.site"), (second, third, tmp_path / "b.site")):
        began = spent()
        ended(command(here, "export", archive, "--unencrypted"))
        taken_out, brought = spent() - began - start, brought_in(there, archive, chance) - start
        print(f"{rows} rows: {taken_out:.1f} s of processor to take out, {brought:.1f} s to bring in")
        if rows >= ENOUGH:
            assert rows / max(taken_out, brought) > LEAST_A_SECOND
        assert read_proof((there.instance / "moving" / "proof.json").read_text(encoding="utf-8")).proof.rows >= rows
        assert sums(there) == before
