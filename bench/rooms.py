"""The translators' pages, their memory and what they publish, over a site with very many messages."""

from __future__ import annotations

import statistics
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy import func, select

from bench.many import COURSE, Many
from bench.site import Installation, Person, serve_site, sign_in
from coplearn.accounts.service import add_user, grant_role
from coplearn.app import create_app
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.server import prepare
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.catalogs import publishing
from coplearn.translating.editing.memory import Memory
from coplearn.translating.editing.presenters import FILTERS, TABS
from coplearn.translating.store import edits, rules
from coplearn.translating.store.models import StoredMessage, Translation
from tests.counting import counted

REVIEWER: Final = "reviewer@example.org"
_IN_A_ROW: Final = 8
"""So many answers show a text before it counts as seen: a server has several workers."""


@dataclass(frozen=True, slots=True)
class PageCost:
    """The most that any variant of a page costs."""

    bytes: int
    statements: int
    ms: float


def open_site(many: Many) -> tuple[Flask, Settings]:
    """A migrated site over the folder; its database stays there for the next process."""
    settings = Settings(
        home=many.home,
        instance_path=many.home / "instance",
        secret_key="b" * 40,
        log_level="WARNING",
        rate_limits=False,
    )
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    app = create_app(settings)
    prepare(app)
    return app, settings


def reviewer_of(app: Flask) -> Person:
    """Somebody who may do everything with every text."""
    with app.app_context():
        session = current_session(app)
        key = add_user(session, REVIEWER, "en", utcnow()).fs_uniquifier
        grant_role(session, REVIEWER, Role.REVIEWER)
        session.commit()
    return sign_in(app, key)


def page_costs(app: Flask, many: Many, person: Person) -> dict[str, PageCost]:
    """The editor with each of its tabs on a short, a usual and the longest text, and the list with each of its filters."""
    start = f"/en/translate/{many.locale.url}/{COURSE}/"
    with app.app_context():
        ordered = (
            select(StoredMessage.id).where(StoredMessage.domain == COURSE).order_by(func.length(StoredMessage.msgid))
        )
        ids = current_session(app).scalars(ordered).all()
    numbers = [ids[0], ids[len(ids) // 2], ids[-1]]
    editors = [f"{start}{number}?tab={tab}&show=1" for number in numbers for tab in TABS]
    lists = [f"{start}?filter={chosen}" for chosen in FILTERS]
    return {"editor": _most(app, editors, person.headers), "list": _most(app, lists, person.headers)}


def _most(app: Flask, addresses: Sequence[str], headers: Mapping[str, str]) -> PageCost:
    client, costs = app.test_client(use_cookies=False), []
    for address in addresses:
        client.get(address, headers=dict(headers))
        with counted(app) as sent:
            began = time.perf_counter()
            answer = client.get(address, headers=dict(headers))
            took = (time.perf_counter() - began) * 1e3
        assert answer.status_code == 200, (address, answer.status)
        costs.append(PageCost(len(answer.data), len(sent), took))
    return PageCost(max(one.bytes for one in costs), max(one.statements for one in costs), max(one.ms for one in costs))


def memory_times(app: Flask, many: Many, rounds: int) -> tuple[float, float, float]:
    """Milliseconds for suggestions: the median when the index has to be made, the median and the worst when it is there."""
    texts = [message.text for message in many.course.messages[:: len(many.course.messages) // rounds]][:rounds]
    cold, warm = [], []
    with app.app_context():
        session = current_session(app)
        for _ in range(3):
            unread = Memory()
            cold.append(_asked(unread, session, many, texts[0]))
            unread.settle()
        memory = site_of(app).memory
        _asked(memory, session, many, texts[0])
        memory.settle()
        warm = [_asked(memory, session, many, text) for text in texts]
    return statistics.median(cold), statistics.median(warm), max(warm)


def _asked(memory: Memory, session: object, many: Many, text: str) -> float:
    began = time.perf_counter()
    memory.look(session, many.locale.code, f"{text} And more.")  # type: ignore[arg-type] # the proxy's session
    return (time.perf_counter() - began) * 1e3


def publish_seen(app: Flask, settings: Settings, many: Many, folder: Path, rounds: int) -> tuple[float, float]:
    """Seconds from the commit of a publication until every worker of another process shows it: median and worst."""
    took = []
    message = next(one for one in many.course.messages if one.context.endswith("#b00001"))
    item = many.course.items[message.context.partition("#")[0]]
    path = f"/{many.locale.url}/c/{many.course.code}/{item.code}"
    with serve_site(Installation(app, settings, []), folder) as server:
        for number in range(rounds):
            _see(server.url + path, "")
            text = f"Опубликовано {number} {time.monotonic_ns()}".replace("0", "ноль")
            _publish(app, many, message.context, text)
            began = time.perf_counter()
            _see(server.url + path, text)
            took.append(time.perf_counter() - began)
    return statistics.median(took), max(took)


def _publish(app: Flask, many: Many, context: str, text: str) -> None:
    with app.app_context():
        session, now = current_session(app), utcnow()
        number = session.scalars(
            select(StoredMessage.id).where(StoredMessage.domain == COURSE, StoredMessage.context == context)
        ).one()
        found = select(Translation.rev).where(Translation.message_id == number, Translation.locale == many.locale.code)
        rev = session.scalar(found) or 0
        saved = edits.save(session, rules.SYSTEM, number, many.locale, [text], rev, now)
        publishing.publish_message(session, number, many.locale, saved.rev, now)
        session.commit()


def _see(url: str, text: str) -> None:
    deadline, seen = time.monotonic() + 30, 0
    while seen < _IN_A_ROW:
        with urllib.request.urlopen(url, timeout=30) as answer:
            seen = seen + 1 if text in answer.read().decode() else 0
        if time.monotonic() > deadline:
            raise RuntimeError(f"Not seen within 30 s: {text}")
        time.sleep(0.01)
