"""Another LRS is told of everything once, under random names, whatever fails between; judged by a library that is not ours."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text, update
from tincan import Statement as TheirStatement
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from coplearn.certificates.models import Certificate
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import CertificateKind
from coplearn.learning.models import Attempt, Enrolment
from coplearn.learning.service import erase_learner
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.xapi.client import Delivery, OtherLrs, deliver
from coplearn.xapi.models import LearnerAlias, RecordCursor, RecordTarget
from coplearn.xapi.rules.statements import read_statement
from coplearn.xapi.sealing import LrsSeal
from coplearn.xapi.service.telling import name_target
from coplearn.xapi.tasks import look
from tests.conftest import MakeSite
from tests.xapi.lrs import lrs_with, statement
from tests.xapi.test_packages import put_learner

COURSE = "cop-parents"
AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@contextmanager
def served(app: Callable[..., Any]) -> Iterator[str]:
    """The address at which an application answers on this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def source(make_app: MakeSite) -> Flask:
    """A site that may speak to this machine."""
    return make_app(webhook_hosts=("127.0.0.1",))


def put_attempt(app: Flask, learner_id: int, item_id: str, key: str, **changes: Any) -> None:
    """An attempt at an item."""
    values: dict[str, Any] = {
        "learner_id": learner_id,
        "course_id": COURSE,
        "item_id": item_id,
        "key": key,
        "at": AT,
        "locale": "fr",
        "course_version": "1.0.0",
        "course_digest": "d",
        "seed": 7,
        "answers": {"q": "zqxwvj, my own words"},
        "done": True,
        "score": None,
        "passed": None,
    }
    with app.app_context():
        current_session(app).add(Attempt(**(values | changes)))
        current_session(app).commit()


def put_learning(app: Flask) -> int:
    """A learner who read a lesson, failed a check and passed it, finished the course and has its certificate."""
    course = site_of(app).library.current().courses[COURSE]
    lesson = next(one for one in course.items if one not in course.checks)
    with app.app_context():
        database = current_session(app)
        learner_id = put_learner(database)
        common = {"learner_id": learner_id, "course_id": COURSE, "locale": "fr"}
        database.add(
            Enrolment(**common, started_at=AT, place_item_id=None, place_at=AT, finished_at=AT + timedelta(hours=1))
        )
        certificate = {
            "number": f"A-{learner_id}",
            "kind": CertificateKind.PARTICIPATION,
            "name": "Zqx Ani",
            "issued_at": AT,
        }
        database.add(
            Certificate(
                **common, **certificate, course_version="1.0.0", course_digest="d", titles=None, adapted_by=None
            )
        )
        database.commit()
    put_attempt(app, learner_id, lesson, f"{learner_id}-a")
    put_attempt(app, learner_id, course.checks[0], f"{learner_id}-b", done=False, score=40, passed=False)
    put_attempt(app, learner_id, course.checks[0], f"{learner_id}-c", score=90, passed=True)
    put_attempt(app, learner_id, "start.before", f"{learner_id}-d", score=50)
    return learner_id


def begin(app: Flask, address: str, authorization: str = "Basic eDp5") -> None:
    """Name the LRS at that address."""
    key, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    with app.app_context():
        database = current_session(app)
        kept = LrsSeal(site_of(app).settings.key()).closed(secret.encode())
        name_target(database, f"{address}/xapi", key, kept, is_on=True, now=utcnow())
        database.commit()


def work(app: Flask) -> RecordTarget:
    """Let the regular work look, and a job do what it found; how the telling stands then."""
    with app.app_context():
        look(app, utcnow(), lambda: False)
    while site_of(app).jobs.work_next():
        continue
    with app.app_context():
        target = current_session(app).get_one(RecordTarget, 1)
        current_session(app).expunge(target)
        return target


def test_everything_is_told_once_and_nothing_that_names_anybody(
    source: Flask, make_app: MakeSite, tmp_path: Any
) -> None:
    """Begun, read, failed, passed, answered, finished, earned: seven sentences of a record; again, killed, and gone on."""
    other = make_app(instance_path=tmp_path / "other")
    theirs, learner_id = lrs_with(other), put_learning(source)
    with time_machine.travel(utcnow(), tick=True) as clock, served(other) as address:
        begin(source, address, theirs.authorization)
        # What is numbered may still be on its way to be committed; that somebody finished is not numbered.
        assert work(source).sent == 1
        clock.shift(timedelta(seconds=130))
        target = work(source)
        assert (target.sent, target.fault, target.refused) == (7, "", 0)
        told = [theirs.one(one) for one in theirs.found(limit=50)]
        verbs = Counter(one["verb"]["id"].rpartition("/")[2] for one in told)
        assert verbs == Counter(["registered", "completed", "failed", "passed", "answered", "completed", "earned"])
        _judge(told)
        # What was sent and not written down, because the process was killed in between, is sent again and is there once.
        with source.app_context():
            current_session(source).execute(update(RecordCursor).values(told=0))
            current_session(source).execute(text("DELETE FROM xapi_told_finish"))
            current_session(source).commit()
        clock.shift(timedelta(seconds=130))
        work(source)
        put_attempt(source, learner_id, "start.after", "later", score=60)
        clock.shift(timedelta(seconds=130))
        work(source)
        clock.shift(timedelta(seconds=130))
        work(source)
        assert len(theirs.found(limit=50)) == 8
    with source.app_context():
        database = current_session(source)
        alias = database.scalar(select(LearnerAlias.alias))
        erase_learner(database, learner_id)
        database.commit()
        assert alias is not None and database.scalar(select(LearnerAlias)) is None


def _judge(told: list[dict[str, Any]]) -> None:
    """By our own law, and by the library of others: it reads each (and changes what it is handed), and writes what it read."""
    (name,) = {one["actor"]["account"]["name"] for one in told}
    assert len(name) == 32 and "zqxwvj" not in json.dumps(told).lower()
    for one in told:
        read_statement(dict(one), modern=False)
        again = json.loads(TheirStatement(deepcopy(one)).to_json())
        assert {field: again[field] for field in ("id", "verb", "object")} == {
            field: one[field] for field in ("id", "verb", "object")
        }
        assert one["context"]["contextActivities"]["category"][0]["id"].endswith("/xapi/profile")
        assert {"en", "ar", "zh-Hans", "es", "fr", "ru"} & set(one["verb"]["display"])
    passed = next(one for one in told if one["verb"]["id"].endswith("/passed"))
    assert passed["result"] == {
        "score": {"scaled": 0.9, "raw": 90, "min": 0, "max": 100}, "success": True, "completion": True
    }  # fmt: skip
    assert passed["context"]["language"] == "fr" and len(passed["object"]["definition"]["name"]) >= 6
    assert len(passed["context"]["contextActivities"]["parent"][0]["definition"]["name"]) >= 6


class Faulty:
    """An LRS that answers as it is told to, and remembers what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.bad: set[str] = set()
        self.taken: list[str] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer, as WSGI has it."""
        sent = json.loads(Request(environ).get_data())
        status = self.status
        if status == 200 and any(one["verb"]["id"].rpartition("/")[2] in self.bad for one in sent):
            status = 400
        if status == 200:
            self.taken += [one["id"] for one in sent]
        answer = Response("{}", status, headers={"Retry-After": "700"} if status == 503 else {})
        return answer(environ, start_response)


def test_lrs_that_takes_nothing_of_a_batch_holds_nothing_up() -> None:
    """Every statement of it is found and left out, however many there are."""
    faulty = Faulty()
    faulty.bad = {"tried"}
    with served(faulty) as address:
        to = OtherLrs(f"{address}/xapi", "k", "s", ("127.0.0.1",))
        assert deliver(to, [statement() for _ in range(60)]) == Delivery(refused=60)


def test_faults_of_the_other_side_lose_nothing_and_hold_nothing_up(source: Flask) -> None:
    """Away, busy, a wrong key: tried again, later each time; one that it will never take is left out, and the rest goes on."""
    faulty = Faulty()
    put_learning(source)
    with time_machine.travel(utcnow(), tick=True) as clock, served(faulty) as address:
        begin(source, address)
        for status, fault in ((503, "busy"), (500, "busy"), (401, "key"), (302, "unreachable")):
            faulty.status = status
            target = work(source)
            assert (target.fault, target.sent, faulty.taken) == (fault, 0, []), status
            pause = (target.next_at - utcnow()).total_seconds()
            assert pause > (690 if status == 503 else 60 * 2 ** (target.failures - 1) - 10)
            assert work(source).failures == target.failures
            clock.shift(timedelta(seconds=pause + 1))
        faulty.status, faulty.bad = 200, {"failed"}
        work(source)
        clock.shift(timedelta(seconds=130))
        target = work(source)
        assert (target.fault, target.sent, target.refused) == ("", 6, 1)
        assert len(set(faulty.taken)) == len(faulty.taken) == 6
    with time_machine.travel(utcnow() + timedelta(hours=2), tick=True):
        put_learning(source)
        work(source)
    with time_machine.travel(utcnow() + timedelta(hours=4), tick=True):
        assert work(source).fault == "unreachable"


def test_secret_that_was_sealed_with_another_key_is_asked_for_again(source: Flask) -> None:
    """Nothing is sent; the page says so."""
    with source.app_context():
        database = current_session(source)
        name_target(database, "https://lrs.example.org", "k", LrsSeal("another").closed(b"s"), is_on=True, now=utcnow())
        database.commit()
    assert work(source).fault == "secret"
