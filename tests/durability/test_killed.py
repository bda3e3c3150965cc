"""Whatever is killed, what people were told is saved is there afterwards, and there once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from bench.site import sign_in
from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.cohorts.outcomes.rules.teaching import rubric_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.outbox.queries import last_beat
from coplearn.outbox.queue import HOLD_FOR
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of, reading_only
from tests.cohorts.worlds import put_meeting, put_member, put_scene, put_teach_back, put_user, signed_in_client
from tests.conftest import MakeSite
from tests.durability.clients import Answering, Client, Judging, Listing, Marking, Translating, Who, people_of
from tests.durability.kept import KeptSite, OwnPostgres, own_postgres
from tests.journeys.site import free_port
from tests.journeys.walk import right_form
from tests.once import migrate
from tests.sizes import WHOLE, whole_only

KILLS, WRITES = (100, 50_000) if WHOLE else (2, 20)
"""On each engine."""
LEARNERS = 6 if WHOLE else 2
SEED = 20_261_130


@dataclass
class Town:
    """A site with people at work on it."""

    app: Flask
    clients: list[Client] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def said(self) -> int:
        """How many things people were told are saved."""
        return sum(len(client.said) for client in self.clients)

    def worker_of_jobs(self) -> int:
        """The process that does the jobs; 0 when that cannot be seen now."""
        try:
            with self.app.app_context(), reading_only():
                beat = last_beat(current_session(self.app))
                return beat.pid if beat is not None else 0
        except Exception:
            return 0


def _settle_people(app: Flask, port: int) -> Town:
    """Learners, a trainer with a register, an examiner, a translator and a lead with lists, each with a browser."""
    town = Town(app)
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        meeting = put_meeting(session, scene.cohort, utcnow() - timedelta(minutes=30))
        members = [put_member(session, scene.cohort, f"m{number}@example.org") for number in range(8)]
        taught = [put_teach_back(session, member) for member in members]
        for number in range(LEARNERS):
            put_user(session, f"learner-{number}@example.org")
        put_user(session, "reviewer@example.org")
        grant_role(session, "reviewer@example.org", Role.REVIEWER, "ar")
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        cohort, register = f"/en/cohorts/{scene.cohort.public_id}", meeting.public_id
        names, lessons = [one.public_id for one in members], [one.public_id for one in taught]
    assert signed_in_client(app, keys["reviewer"]).get("/en/translate/ar/cop-parents/").status_code == 200
    with app.app_context():
        number = (
            current_session(app).execute(text("SELECT id FROM message WHERE context = 'course#title'")).scalar_one()
        )

    def who(name: str) -> Who:
        person = sign_in(app, keys[name])
        return Who(person.headers, person.token)

    course = site_of(app).library.current().courses["cop-parents"]
    quiz = next(one for one in course.items.values() if one.kind == "quiz")
    for place in range(LEARNERS):
        learner = Answering(port, who(f"learner-{place}"), town.stop)
        learner.path = f"/en/c/{course.code}/{quiz.code}"
        learner.form = {"made-of": quiz.digest, **right_form(quiz)}
        town.clients.append(learner)
    marking = Marking(port, who("trainer"), town.stop)
    marking.path, marking.members = f"{cohort}/meetings/{register}/marks", names
    judging = Judging(port, who("examiner"), town.stop)
    judging.paths = [f"{cohort}/teach-backs/{one}" for one in lessons]
    judging.rows = [row.id for row in rubric_of("1").rows]
    translating = Translating(port, who("reviewer"), town.stop)
    translating.path = f"/en/translate/ar/cop-parents/{number}"
    listing = Listing(port, who("lead"), town.stop)
    listing.path = f"{cohort}/people/roster"
    town.clients += [marking, judging, translating, listing]
    return town


def _kill_about(
    town: Town, kills: Sequence[Callable[[random.Random], bool]], count: int, chance: random.Random
) -> None:
    """Kill now and then, so often, until enough was saved."""
    done = 0
    while done < count or town.said < WRITES:
        before, wanted = town.said, chance.randrange(1, 2 * WRITES // count)
        deadline = time.monotonic() + (60 if WHOLE else 5)
        while town.said < before + wanted and time.monotonic() < deadline:
            assert not any(client.fault for client in town.clients), [client.fault for client in town.clients]
            time.sleep(0.02)
        if done < count:
            done += kills[done % len(kills)](chance)


def _do_what_waits(app: Flask) -> None:
    """What a killed worker had in its hands is done by the next one, once its claim has lapsed."""
    with time_machine.travel(utcnow() + HOLD_FOR + timedelta(seconds=5)):
        while site_of(app).jobs.work_next():
            continue


def _counted(app: Flask, statement: str) -> Counter[str]:
    with app.app_context():
        return Counter(current_session(app).execute(text(statement)).scalars())


def _check(town: Town) -> None:
    """Everything that was said is there, once; nothing is there more than once at all."""
    app, said = town.app, defaultdict[str, list[str]](list)
    for client in town.clients:
        said[client.kind] += client.said
    found = {
        "answer": _counted(app, "SELECT key FROM attempt"),
        "mark": _counted(app, "SELECT op_id FROM mark"),
        "sign-off": _counted(app, "SELECT op_id FROM evaluation"),
        "text": _counted(app, "SELECT CAST(new_forms AS TEXT) FROM edit WHERE via = 'web'"),
        "list": _counted(app, "SELECT email FROM membership WHERE email LIKE 'list-%'"),
    }
    wanted = {
        "answer": said["answer"],
        "mark": [f"{key}-{place}" for key in said["mark"] for place in range(3)],
        "sign-off": said["sign-off"],
        "list": [address for key in said["list"] for address in people_of(key)],
    }
    texts = " ".join(found["text"])
    lost = [key for kind, keys in wanted.items() for key in keys if key not in found[kind]]
    lost += [key for key in said["text"] if str(int(key.rpartition("-")[2], 16)) not in texts]
    assert lost == []
    assert [key for kind in found.values() for key, count in kind.items() if count > 1] == []
    tries = "SELECT learner_id FROM visit WHERE tries <> (SELECT count(*) FROM attempt WHERE attempt.learner_id = visit.learner_id)"
    assert _counted(app, tries) == Counter(), "an answer was counted twice, or not at all"


@contextmanager
def _sqlite_or_postgres(kind: str) -> Iterator[OwnPostgres | None]:
    if kind == "sqlite":
        yield None
        return
    with own_postgres() as server:
        yield server


@pytest.mark.sampled
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=whole_only)])
def test_what_was_said_to_be_saved_outlives_every_kill(make_app: MakeSite, tmp_path: Path, engine: str) -> None:
    """Workers, the whole server, the process of the jobs and PostgreSQL are killed under people of all kinds at work."""
    with ExitStack() as stack:
        postgres = stack.enter_context(_sqlite_or_postgres(engine))
        more = {"DATABASE_URL": postgres.url()} if postgres is not None else {}
        app = make_app(database_url=more.get("DATABASE_URL", ""))
        migrate(app)
        port = free_port()
        town = _settle_people(app, port)
        engine_of(app).dispose()
        site = KeptSite(tmp_path, more, port, town.worker_of_jobs)
        stack.callback(site.stop)
        kills = [partial(site.kill, what) for what in ("worker", "server", "jobs")]
        if postgres is not None:
            kills = [*(partial(postgres.kill, what) for what in ("backend", "all")), *kills]
        for client in town.clients:
            client.start()
        _kill_about(town, kills, KILLS, random.Random(SEED))
        town.stop.set()
        for client in town.clients:
            client.join(180)
        assert [client.fault for client in town.clients if client.fault] == []
        kinds = Counter(key.rpartition("-")[0] for client in town.clients for key in client.said)
        site.stop()
        engine_of(app).dispose()
        _do_what_waits(app)
        _check(town)
        if engine == "sqlite":
            with engine_of(app).connect() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        engine_of(app).dispose()
    print(
        f"\n{engine}: {KILLS} kills, {town.said} saved {dict(kinds)}, {sum(one.tries for one in town.clients)} requests"
    )
