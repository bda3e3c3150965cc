"""What reads much is read from a standby: only what has all that was saved, and without anybody noticing when it is away."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from bench.site import sign_in
from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.storage import replica as room
from coplearn.storage.database import current_session, engine_of
from coplearn.storage.parallel import begin_reading
from coplearn.storage.replica import KEPT_SECONDS, REPLICA_KEY, Replica, read_much
from tests.cohorts.worlds import put_member, put_scene
from tests.conftest import MakeSite
from tests.durability.clients import connect
from tests.durability.cluster import SECONDS, Pair, engine_at, pair
from tests.durability.killing import KeptSite
from tests.journeys.site import free_port
from tests.once import migrate

TOKEN = "a-token-of-twenty-characters"
PAGES = (
    "/en/insights/",
    "/en/insights/report",
    "/en/insights/report.csv",
    "/en/cohorts/cascade",
    "/en/programme/report",
)


@dataclass
class Reader:
    """A primary with a table, its standby as the replica of sessions, and who answered."""

    both: Pair
    engine: Engine
    replica: Replica
    answered: list[str] = field(default_factory=list)

    def add(self) -> None:
        """Save a row more."""
        with self.engine.begin() as connection:
            connection.execute(text("INSERT INTO saved VALUES (1)"))

    def read(self, then: Callable[[Session], None] = lambda _: None) -> tuple[int, str]:
        """How many rows are found, and by whom."""

        def work(session: Session) -> int:
            found = int(session.execute(text("SELECT count(*) FROM saved")).scalar_one())
            then(session)
            return found

        with Session(self.engine, info={"replica": self.replica}) as session:
            assert REPLICA_KEY.get(session) is self.replica
            found = read_much(session, work)
        return found, self.answered[-1]


@contextmanager
def reader() -> Iterator[Reader]:
    """All of it, gone at the end."""
    with pair() as both, engine_at(both.primary.url) as engine:
        both.primary.ask("CREATE TABLE saved (number int)")
        replica = Replica(both.standby.url)
        made = Reader(both, engine, replica)
        replica.count = made.answered.append
        yield made
        replica.engine.dispose()


def test_standby_answers_while_it_has_all_that_was_saved_and_the_primary_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever saved something sees it, wherever it is read; one that is behind, in conflict, silent or gone is passed over."""
    with reader() as one:
        standby, primary = one.both.standby, one.both.primary
        monkeypatch.setattr(room, "LEFT_SECONDS", 0.0)
        for number in range(1, 31):
            one.add()
            assert one.read() == (number, "replica")

        with one.engine.connect() as unsaid:
            # The log's last page then ends within a record, whose rest nobody writes.
            unsaid.execute(text("INSERT INTO saved SELECT generate_series(1, 3000)"))
            primary.await_that(
                "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()) BETWEEN 1 AND 8191"
            )
            assert one.read() == (30, "replica")

        standby.ask("SELECT pg_wal_replay_pause()")
        one.add()
        assert one.read() == (31, "primary")
        with Session(one.engine) as session:
            standing = one.replica.standing(session)
        assert not standing.is_used and standing.bytes_behind
        standby.ask("SELECT pg_wal_replay_resume()")
        assert one.read() == (31, "replica")

        def in_the_way(session: Session) -> None:
            if session.execute(text("SELECT pg_is_in_recovery()")).scalar():
                primary.ask("TRUNCATE saved")
                session.execute(text("SELECT pg_sleep(30)"))

        standby.ask("ALTER SYSTEM SET max_standby_streaming_delay = 0")
        standby.ask("SELECT pg_reload_conf()")
        standby.await_that("SELECT current_setting('max_standby_streaming_delay') = '0'")
        assert one.read(in_the_way) == (0, "primary")
        assert one.read() == (0, "replica")

        # The second connection of a report has a page's time, and not the little in which a standby has to say how far it is.
        longer = text(f"SELECT pg_is_in_recovery() FROM (SELECT pg_sleep({room.ASKING_SECONDS + 0.2})) AS slept")
        other = Replica(standby.url)
        with Session(one.engine, info={"replica": other}) as session:
            assert read_much(session, lambda there: begin_reading(there, lambda two: two.scalar(longer))())
        other.engine.dispose()

        backends: list[int] = []
        one.read(lambda session: backends.append(session.execute(text("SELECT pg_backend_pid()")).scalar_one()))
        os.kill(backends[0], signal.SIGSTOP)
        monkeypatch.setattr(room, "ASKING_SECONDS", 0.3)
        assert one.read() == (0, "primary")
        os.kill(backends[0], signal.SIGCONT)

        standby.kill()
        primary.ask("ALTER SYSTEM SET synchronous_standby_names = ''")
        primary.ask("SELECT pg_reload_conf()")
        primary.await_that("SELECT current_setting('synchronous_standby_names') = ''")
        one.add()
        assert one.read() == (1, "primary")
        standby.start()
        standby.await_that("SELECT pg_last_wal_receive_lsn() IS NOT NULL AND EXISTS (SELECT FROM saved)")
        assert one.read() == (1, "replica")
        standby.ask("SELECT pg_promote(wait => true)")
        standby.ask("INSERT INTO saved VALUES (2), (3)")
        asked: list[object] = []
        event.listen(one.replica.engine, "checkout", lambda *_: asked.append(_))
        monkeypatch.setattr(room, "LEFT_SECONDS", 1e9)
        assert one.read() == one.read() == (1, "primary"), "another primary is no replica, whatever it has"
        assert len(asked) == 1, "and for a while nobody asks it again"


class Looking(threading.Thread):
    """A coordinator who looks at one page after the other until ``ended``; what came back, by status."""

    def __init__(self, port: int, cookie: str, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.headers, self.ended = port, {"Cookie": f"session={cookie}; lang=en"}, ended
        self.statuses: Counter[str] = Counter()

    def run(self) -> None:
        """Look."""
        while not self.ended.is_set():
            for page in PAGES:
                try:
                    wire = connect(self.port)
                    wire.request("GET", page, headers=self.headers)
                    answer = wire.getresponse()
                    answer.read()
                    self.statuses[str(answer.status)] += 1
                except OSError as error:
                    self.statuses[repr(error)] += 1
                finally:
                    wire.close()


@dataclass
class Watched:
    """A site with a replica, people who look at its reports, and what it counts of them."""

    app: Flask
    site: KeptSite
    looking: list[Looking]

    def page(self, path: str, **headers: str) -> str:
        """A page of it."""
        wire = connect(self.site.port)
        wire.request("GET", path, headers=self.looking[0].headers | headers)
        answer = wire.getresponse()
        text = answer.read().decode()
        wire.close()
        assert answer.status == 200, text
        return text

    def told(self, start: str) -> float:
        """A figure that it tells; 0 while it tells none."""
        lines = self.page("/metrics", Authorization=f"Bearer {TOKEN}").splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(start)), 0.0)

    def await_more(self, place: str, more: int = 40) -> None:
        """Wait until so many more were read there."""
        name = f'coplearn_much_read_total{{place="{place}"}}'
        wanted, deadline = self.told(name) + more, time.monotonic() + SECONDS
        while self.told(name) < wanted:
            assert time.monotonic() < deadline, f"nothing is read from the {place}"
            time.sleep(0.1)  # another process

    def add(self, number: int) -> None:
        """One person more in the cohort; and how many there are is on the very next page."""
        with self.app.app_context():
            session = current_session(self.app)
            cohort = session.scalars(select(Cohort).order_by(Cohort.id)).first()
            assert cohort is not None
            put_member(session, cohort, f"more{number}@example.org")
            session.commit()
            people = select(func.count()).where(Membership.cohort_id == cohort.id, Membership.state == "active")
            count = session.scalar(people)
        assert f"{count} people" in self.page("/en/cohorts/cascade"), "what was saved is not shown"


@pytest.mark.whole
def test_reports_come_from_the_standby_and_nobody_notices_when_it_is_lost(make_app: MakeSite, tmp_path: Path) -> None:
    """A server with coordinators who look at reports all the while; the standby is killed, comes back, and stands still."""
    with ExitStack() as stack:
        both = stack.enter_context(pair())
        both.primary.ask("ALTER SYSTEM SET synchronous_standby_names = ''")
        both.primary.ask("SELECT pg_reload_conf()")
        app = make_app(database_url=both.primary.url)
        migrate(app)
        with app.app_context():
            session = current_session(app)
            put_scene(session)
            session.commit()
            key = session.scalars(select(User.fs_uniquifier).where(User.email == "coordinator@example.org")).one()
        port, ended = free_port(), threading.Event()
        hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in (both.primary, both.standby))
        more = {
            "DATABASE_URL": both.primary.url,
            "COPLEARN_REPLICA_URL": f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs=standby",
            "COPLEARN_METRICS_TOKEN": TOKEN,
        }
        site = KeptSite(tmp_path, more, port, lambda: 0)
        stack.callback(site.stop)
        cookie = sign_in(app, key).cookie
        watched = Watched(app, site, [Looking(port, cookie, ended) for _ in range(3)])
        stack.callback(ended.set)
        for one in watched.looking:
            one.start()
        watched.await_more("replica")
        for number in range(20):
            watched.add(number)
        both.standby.kill()
        watched.await_more("primary")
        watched.add(20)
        assert watched.told("coplearn_replica_up") == 0
        both.standby.start()
        watched.await_more("replica")
        both.standby.ask("SELECT pg_wal_replay_pause()")
        for number in range(21, 25):
            watched.add(number)
        watched.await_more("primary")
        both.standby.ask("SELECT pg_wal_replay_resume()")
        watched.await_more("replica")
        time.sleep(KEPT_SECONDS)
        assert watched.told("coplearn_replica_up") == 1
        ended.set()
        for one in watched.looking:
            one.join(SECONDS)
        seen = sum((one.statuses for one in watched.looking), Counter[str]())
        read = {place: watched.told(f'coplearn_much_read_total{{place="{place}"}}') for place in ("replica", "primary")}
        engine_of(app).dispose()
    assert seen.keys() == {"200"}, seen
    print(f"\n{seen.total()} pages, none failed; read from {read}")
