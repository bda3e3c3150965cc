"""What packages cost: keeping their word beside a bare upsert, and bringing 200 MB in: ``python -m bench.packages``.

Commits in turns in one process, each in a transaction of its own, on SQLite (FULL) and PostgreSQL; an import in its own process,
beside copying the same bytes. Ends with 1 where commits come to less than half as many a second as bare upserts, or an import takes
more than 200 MB of memory.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.orm import Session

from coplearn.accounts.models import User  # noqa: F401 - a table that ours point at
from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Learner
from coplearn.packages.models import Package, PackageVersion
from coplearn.packages.rules import SUSPEND, PackageCommit, PackageItem, PackageStandard
from coplearn.packages.sealing import Launch
from coplearn.packages.service import PlayedVersion, begin, keep_commit
from coplearn.storage.base import Base
from coplearn.storage.database import engine_options, prepare_engine
from tests.packages.building import manifest_12
from tests.postgres import server_url

LETTERS = 8_000
"""Of suspend data in each commit: what Storyline writes in the middle of a course."""
BARE = "CREATE TABLE bare (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, said TEXT NOT NULL)"
UPSERT = text(
    "INSERT INTO bare (id, number, said) VALUES (1, :number, :said)"
    " ON CONFLICT (id) DO UPDATE SET number = excluded.number, said = excluded.said"
)


def engines(folder: Path) -> Iterator[tuple[str, Engine]]:
    """Yield an empty database of each kind."""
    for name, url in (
        ("SQLite", f"sqlite:///{folder / 'bench.sqlite3'}"),
        ("PostgreSQL", server_url("bench_packages")),
    ):
        if name == "PostgreSQL":
            server = create_engine(server_url("postgres"), isolation_level="AUTOCOMMIT")
            with server.connect() as connection:
                connection.execute(text("DROP DATABASE IF EXISTS bench_packages"))
                connection.execute(text("CREATE DATABASE bench_packages"))
            server.dispose()
        options = engine_options(url)
        engine = create_engine(options.pop("url"), **options)
        prepare_engine(engine)
        Base.metadata.create_all(engine)
        yield name, engine
        engine.dispose()


def begun(engine: Engine) -> tuple[Launch, PlayedVersion]:
    """A learner who has begun a package of one item."""
    item, now = PackageItem(id="item", title="Item", href="index.html"), utcnow()
    with Session(engine) as session:
        session.execute(insert(Learner).values(seed=1, kept=False, created_at=now, seen_at=now, visitor_hash="a" * 64))
        session.add(Package(public_id="bench", created_at=now, hidden_at=None))
        session.flush()
        version = PackageVersion(
            package_id=1, key="k", state="live", locale="en", standard="scorm-1.2", title="Bench", report={},
            items={"items": [item.as_json()]}, file_name="", bytes=0, files=0, added_at=now, by_id=None, decided_at=now,
        )  # fmt: skip
        session.add(version)
        session.flush()
        record = begin(session, 1, version, now)
        session.commit()
        played = PlayedVersion(version.id, PackageStandard.SCORM_12, (item,))
        return Launch(record.id, version.id, item.id, 1, "http://bench.example"), played


def measured(engine: Engine, commits: int) -> tuple[float, float, float]:
    """Milliseconds of a commit and of a bare upsert, and the median share of neighbours: upsert's time by the commit's."""
    launch, version = begun(engine)
    with engine.begin() as connection:
        connection.execute(text(BARE))

    def commit(number: int, said: str) -> None:
        values = {SUSPEND: said, "cmi.core.lesson_location": f"slide {number}", "cmi.core.lesson_status": "incomplete"}
        with engine.begin() as connection:
            assert keep_commit(connection, launch, version, PackageCommit(number, values, number), utcnow()) == 0

    def upsert(number: int, said: str) -> None:
        with engine.begin() as connection:
            connection.execute(UPSERT, {"number": number, "said": said})

    pairs = []
    for number in range(1, commits + 1):
        said = f"{number:08}" + "a" * LETTERS
        pairs.append((timed(commit, number, said), timed(upsert, number, said)))
    ours, bare = (statistics.median(one) for one in zip(*pairs, strict=True))
    return ours, bare, statistics.median(b / a for a, b in pairs)


def timed(work: Callable[[int, str], None], number: int, said: str) -> float:
    """Milliseconds of one."""
    began = time.perf_counter()
    work(number, said)
    return (time.perf_counter() - began) * 1000


IMPORT = """
import resource, sys, time
from pathlib import Path
from coplearn.files.stores import FolderStore
from coplearn.packages.reading import read_package
def said():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
began, before = said()
report = read_package(open(sys.argv[1], "rb"), FolderStore(Path(sys.argv[2])), "k" * 32, 10**9)
ended, most = said()
print(report.files, report.bytes, ended - began, before, most)
"""


def imported(folder: Path, megabytes: int = 200) -> float:
    """Megabytes of memory that bringing in a package took at most: films, a thousand pictures, and scripts that pack well."""
    archive = folder / "large.zip"
    with ZipFile(archive, "w", ZIP_DEFLATED) as made:
        made.writestr("imsmanifest.xml", manifest_12())
        made.writestr("index.html", "<script src='lib/0.js'></script>")
        for number in range(40):
            made.writestr(f"lib/{number}.js", f"const a{number} = 'https://example.org/';\n" * 5_000)
        for number in range(1_000):
            made.writestr(f"pictures/{number}.png", os.urandom(40_000))
        for number in range(8):
            with made.open(f"film-{number}.mp4", "w") as file:
                for _ in range((megabytes - 40) // 8):
                    file.write(os.urandom(1_000_000))
    began = time.process_time()
    with archive.open("rb") as read, (folder / "copy").open("wb") as out:
        while piece := read.read(1 << 16):
            out.write(piece)
    copied = time.process_time() - began
    command = [sys.executable, "-c", IMPORT, str(archive), str(folder / "store")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    files, size, seconds, before, most = (float(one) for one in told)
    print(
        f"import: {archive.stat().st_size / 1e6:.0f} MB as sent, {files:.0f} files of {size / 1e6:.0f} MB; {seconds:.2f} s of the"
        f" processor (a copy of the archive {copied:.2f}); at most {most / 1e6:.0f} MB of memory, before it {before / 1e6:.0f}"
    )
    return most / 1e6


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=2_000)
    commits = parser.parse_args().commits
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as folder:
        slow = imported(Path(folder)) > 200
        for name, engine in engines(Path(folder)):
            ours, bare, share = measured(engine, commits)
            slow = slow or share < 0.5
            print(f"{name}: commit {ours:.2f} ms, bare upsert {bare:.2f} ms, {share:.2f} of its throughput (>= 0.5)")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
