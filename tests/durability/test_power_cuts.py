"""After a power cut everything that was said to be saved is there, whole; with one setting less it would not be."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from coplearn.storage.database import engine_options, prepare_engine
from tests.durability.disk import Disk, Step, driver, images
from tests.durability.writes import put_answer_and_letter
from tests.once import DATABASE, copy_database
from tests.sizes import WHOLE

CUTS = 1_000 if WHOLE else 30
WRITES = 400 if WHOLE else 120
SEED = 20_261_130


def _engine(path: Path, disk: Disk | None = None, more: Callable[[Engine], None] = lambda _engine: None) -> Engine:
    options = engine_options(f"sqlite:///{path}")
    if disk is not None:
        options |= {"module": driver(disk), "connect_args": {}}
    engine = create_engine(**options)
    prepare_engine(engine)
    more(engine)
    return engine


def _less_safe(engine: Engine) -> None:
    """What the pragmas of the site are there to prevent."""

    @event.listens_for(engine, "connect")
    def normal(connection: object, _record: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")  # type: ignore[attr-defined] # any driver's


def _work(engine: Engine, disk: Disk) -> None:
    """One write after the other, each said to be saved after its transaction."""
    for number in range(WRITES):
        with Session(engine) as session:
            put_answer_and_letter(session, f"key-{number}")
            session.commit()
        disk.say(f"key-{number}")


def _lived_through(folder: Path, name: str, more: Callable[[Engine], None]) -> tuple[dict[str, bytes], list[Step]]:
    """The files as they were, and all that happened on their disk after that."""
    copy_database(folder)
    path, disk = folder / DATABASE, Disk(name)
    engine = _engine(path, disk, more)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.name in {DATABASE, f"{DATABASE}-wal"}}
    disk.logging = True
    _work(engine, disk)
    assert any(step.file == DATABASE for step in disk.steps), "the log was never brought into the database"
    disk.logging = False
    engine.dispose()
    return files, disk.steps


def _found(path: Path) -> tuple[bool, set[str], set[str]]:
    """Whether the database is sound, and the answers and the letters in it."""
    engine = _engine(path)
    try:
        with engine.connect() as connection:
            sound = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
            sound &= connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
            answers = set(connection.exec_driver_sql("SELECT key FROM attempt").scalars())
            letters = set(connection.exec_driver_sql("SELECT key FROM letter").scalars())
    finally:
        engine.dispose()
    return sound, answers, letters


def _cut(tmp_path: Path, name: str, cuts: int, more: Callable[[Engine], None] = lambda _engine: None) -> list[int]:
    """For each cut, how much of what was said to be saved is gone. Whatever is left is sound and whole."""
    files, steps = _lived_through(tmp_path / "site", f"{name}-{tmp_path.name}", more)
    lost = []
    for number, (image, said) in enumerate(images(files, steps, cuts, random.Random(SEED))):
        folder = tmp_path / f"cut-{number}"
        folder.mkdir()
        for file, data in image.items():
            (folder / file).write_bytes(data)
        sound, answers, letters = _found(folder / DATABASE)
        assert sound, f"cut {number} left a broken database"
        assert answers == letters, f"cut {number} left half a transaction"
        lost.append(len(said - answers))
        for file_left in folder.iterdir():
            file_left.unlink()
    return lost


@pytest.mark.sampled
def test_power_cut_loses_nothing_that_was_said_to_be_saved(tmp_path: Path) -> None:
    """Sectors that no sync had reached are there, gone or torn, in any mixture."""
    assert sum(_cut(tmp_path, "full", CUTS)) == 0


@pytest.mark.sampled
def test_power_cut_is_seen_where_less_is_synced(tmp_path: Path) -> None:
    """The same cuts with ``synchronous=NORMAL``: the test would see what the site's setting prevents."""
    lost = _cut(tmp_path, "normal", CUTS // 5, _less_safe)
    assert sum(1 for one in lost if one) > len(lost) // 2
