"""What is counted inside one process: statements, the cost of many learners, bytes of a first view, typesetting."""

from __future__ import annotations

import re
import statistics
import time
import urllib.request
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import insert, select, text

from bench.load import Shot
from bench.site import Installation
from coplearn.accounts.models import User
from coplearn.certificates.documents import CertificateText, typeset_certificate
from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Attempt, Enrolment, Learner, Visit
from coplearn.storage.database import engine_of
from tests.counting import counted

CHUNK = 10_000
LINKED = re.compile(r'<(?:link rel="(?:stylesheet|icon)" href|script type="module" src)="([^"]+)"')


def pages(site: Installation) -> dict[str, str]:
    """The pages a learner opens, by name."""
    return {
        "start page": "/en/",
        "courses": "/en/courses",
        "course": site.address(),
        "lesson": site.address(site.item("lesson", 2)),
        "check": site.address(site.item("quiz")),
        "story": site.address(site.item("scenario")),
        "certificate": f"{site.address()}certificate",
        "my learning": "/en/me/",
        "get help now": "/en/help",
    }


def send(app: Flask, shot: Shot, key: str = "") -> int:
    """Ask the application without a server between; the status."""
    client = app.test_client(use_cookies=False)
    answer = client.open(
        shot.path, method=shot.method, headers=dict(shot.headers), data=(shot.body or "").replace("FRESHKEY", key)
    )
    return answer.status_code


def statements(site: Installation) -> dict[str, int]:
    """Statements for one view of each page by a signed-in learner, and for one answer to a check."""
    found = {}
    shots = {name: site.views(path)[5] for name, path in pages(site).items()} | {"answer a check": site.answers()[5]}
    for name, shot in shots.items():
        send(site.app, shot, "warm")
        with counted(site.app) as sent:
            status = send(site.app, shot, f"count-{name}")
        assert status < 400, (name, status)
        found[name] = len(sent)
    return found


def page_times(site: Installation, rounds: int) -> dict[str, float]:
    """Median milliseconds of one view in process, for the pages that read a learner's records, and of one answer."""
    wanted = {
        name: site.views(path)
        for name, path in pages(site).items()
        if name in {"course", "lesson", "check", "my learning"}
    }
    wanted["answer a check"] = site.answers()
    found = {}
    for name, shots in wanted.items():
        took = []
        for number in range(rounds):
            began = time.perf_counter()
            status = send(site.app, shots[number % len(shots)], f"{time.monotonic_ns()}")
            took.append((time.perf_counter() - began) * 1e3)
            assert status < 400, (name, status)
        found[name] = statistics.median(took)
    return found


def fill(app: Flask, learners: int, course_id: str, item_ids: list[str]) -> None:
    """That many more people with an account, each with an enrolment, three visits and three attempts in the course."""
    engine, now = engine_of(app), utcnow()
    with engine.begin() as connection:
        first = (connection.scalar(select(User.id).order_by(User.id.desc()).limit(1)) or 0) + 1
    for begin in range(first, first + learners, CHUNK):
        ids = range(begin, min(begin + CHUNK, first + learners))
        with engine.begin() as connection:
            connection.execute(insert(User), [_user(number, now) for number in ids])
            connection.execute(insert(Learner), [_learner(number, now) for number in ids])
            who = list(
                connection.execute(select(Learner.id).where(Learner.user_id >= ids[0]).order_by(Learner.id)).scalars()
            )
            connection.execute(insert(Enrolment), [_enrolment(one, course_id, item_ids[2], now) for one in who])
            three = [(one, item_id) for one in who for item_id in item_ids[:3]]
            connection.execute(insert(Visit), [_visit(one, course_id, item_id, now) for one, item_id in three])
            connection.execute(insert(Attempt), [_attempt(one, course_id, item_id, now) for one, item_id in three])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _user(number: int, now: Any) -> dict[str, Any]:
    names = {"email": f"many{number}@example.org", "fs_uniquifier": f"many{number}", "name": None, "password": None}
    return {"id": number, "active": True, "confirmed_at": now, "locale": "en", "create_datetime": now, **names}


def _learner(number: int, now: Any) -> dict[str, Any]:
    return {"user_id": number, "visitor_hash": None, "seed": number, "created_at": now, "seen_at": now}


def _enrolment(learner: int, course: str, place: str, now: Any) -> dict[str, Any]:
    return {
        "learner_id": learner,
        "course_id": course,
        "started_at": now,
        "place_item_id": place,
        "place_at": now,
        "locale": "en",
    }


def _visit(learner: int, course: str, item: str, now: Any) -> dict[str, Any]:
    marks = {"done_at": now, "score": None, "passed_at": None, "tries": 1, "state": {}, "state_at": now}
    return {"learner_id": learner, "course_id": course, "item_id": item, "first_at": now, **marks}


def _attempt(learner: int, course: str, item: str, now: Any) -> dict[str, Any]:
    against = {"course_version": "1.0.0", "course_digest": "d" * 64, "locale": "en", "seed": 0}
    came = {"answers": {}, "done": True, "score": None, "passed": None}
    return {
        "learner_id": learner,
        "course_id": course,
        "item_id": item,
        "key": f"k-{item}",
        "at": now,
        **against,
        **came,
    }


def weights(url: str, shot: Shot) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes of the bodies of a first view, by kind: as sent to a client without compression, and to one that takes gzip."""
    plain: dict[str, int] = {}
    squeezed: dict[str, int] = {}
    for found, coding in ((plain, "identity"), (squeezed, "gzip")):
        page = _fetch(url + shot.path, {**shot.headers, "Accept-Encoding": "identity"})
        found["html"] = len(_fetch(url + shot.path, {**shot.headers, "Accept-Encoding": coding}))
        for address in LINKED.findall(page.decode()):
            kind = urlsplit(address).path.rpartition(".")[2]
            found[kind] = found.get(kind, 0) + len(_fetch(url + address, {"Accept-Encoding": coding}))
    return plain, squeezed


def _fetch(url: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        body: bytes = answer.read()
        return body


def typesetting(samples: dict[str, CertificateText], rounds: int) -> dict[str, float]:
    """Median milliseconds to typeset one certificate, warm, by language."""
    found = {}
    for lang, sample in samples.items():
        typeset_certificate(sample)
        took = []
        for day in range(1, rounds + 1):
            began = time.perf_counter()
            typeset_certificate(replace(sample, issued=date(2026, 1, day)))
            took.append((time.perf_counter() - began) * 1e3)
        found[lang] = statistics.median(took)
    return found
