"""What one process publishes is live in another on PostgreSQL too, as the translators' journey shows it on SQLite."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine, select, text

from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.kernel.clock import utcnow
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import domains, publishing
from coplearn.translating.store import edits, rules
from coplearn.translating.store.models import Translation
from tests.journeys.site import locale_of, serving, the_course
from tests.postgres import server_url
from tests.translating.store import message_id_of

pytestmark = pytest.mark.whole

LIVE_SECONDS = 60.0
_IN_A_ROW = 8
"""So many answers show a text before it counts as seen: a server has two workers."""


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database."""
    admin = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    name = f"t{uuid.uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server_url(name)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def test_what_one_process_publishes_is_seen_in_another(database: str, tmp_path: Path) -> None:
    """The title of the course, published here, stands on the page of every worker of a running server within five seconds."""
    (tmp_path / "instance").mkdir()
    app = add_commands(create_app(Settings(instance_path=tmp_path / "instance", database_url=database), poll=0))
    arabic, course, words = locale_of("ar"), the_course(), "عنوان جديد من عملية أخرى"
    with serving(tmp_path, {"COPLEARN_DATABASE_URL": database, "COPLEARN_WORKERS": "2"}) as site, app.app_context():
        address = f"{site.url}/ar/c/{course.code}"
        assert words not in _page(address)
        domains.open_domain(course.id, arabic)
        session, now = current_session(app), utcnow()
        number = message_id_of(session, course.id, "course#title")
        assert number is not None
        standing = select(Translation.rev).where(Translation.message_id == number, Translation.locale == "ar")
        saved = edits.save(session, rules.SYSTEM, number, arabic, [words], session.scalar(standing) or 0, now)
        publishing.publish_message(session, number, arabic, saved.rev, now)
        session.commit()
        published, in_a_row = time.monotonic(), 0
        while in_a_row < _IN_A_ROW:
            in_a_row = in_a_row + 1 if words in _page(address) else 0
            assert in_a_row or time.monotonic() - published < LIVE_SECONDS, "still not live"
        session.rollback()
        engine_of(app).dispose()


def _page(address: str) -> str:
    with urlopen(address, timeout=30) as answer:
        found: str = answer.read().decode()
    return found
