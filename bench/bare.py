"""The yardstick: a bare Flask page of about 12 KB with one row read, and a bare upsert, under the same storage rules."""

from __future__ import annotations

import gc
import multiprocessing
import os
from pathlib import Path

from flask import Flask, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy import create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from coplearn.storage.database import engine_options, prepare_engine, read_only

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1><nav><ul>
{%- for number in range(60) %}
<li class="{{ 'here' if number == 3 else 'there' }}"><a href="/page/{{ number }}">{{ title }}, part {{ number }}</a></li>
{%- endfor %}
</ul></nav><main>
{%- for number in range(40) %}
<p id="p{{ number }}">{{ paragraph }}</p>
{%- endfor %}
</main></body></html>
"""
PARAGRAPH = (
    "A plain paragraph of a plain page, long enough to be read & short enough to be escaped with ease. " + "x" * 70
)
READ = text("SELECT title FROM page WHERE id = :id")
UPSERT = text("INSERT INTO note (id, value) VALUES (:id, :value) ON CONFLICT (id) DO UPDATE SET value = excluded.value")


USUAL = PAGE.replace('"/page/{{ number }}"', "\"{{ url_for('usual', part=number) }}\"")


class _Base(DeclarativeBase):
    pass


class Page(_Base):
    """The one row, as a mapped class."""

    __tablename__ = "page"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


def create_bare(folder: Path) -> Flask:
    """The application on an SQLite file of its own in ``folder``."""
    app = Flask("bare")
    engine = create_engine(**engine_options(f"sqlite:///{folder / 'bare.sqlite3'}"))
    prepare_engine(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS page (id INTEGER PRIMARY KEY, title TEXT)"))
        connection.execute(text("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, value TEXT)"))
        connection.execute(text("INSERT OR IGNORE INTO page (id, title) VALUES (1, 'Screens & families')"))
    # Each worker opens its own.
    engine.dispose()
    template = app.jinja_env.from_string(PAGE)
    usual_template = app.jinja_env.from_string(USUAL)

    @app.get("/page")
    def page() -> str:
        read_only.set(True)
        with engine.connect() as connection:
            title = connection.execute(READ, {"id": 1}).scalar_one()
        return template.render(title=title, paragraph=PARAGRAPH)

    @app.get("/usual")
    def usual() -> str:
        """The same page as most people write it: a row through the ORM, addresses through ``url_for``."""
        read_only.set(True)
        with Session(engine) as session:
            return usual_template.render(title=session.get_one(Page, 1).title, paragraph=PARAGRAPH)

    @app.post("/note")
    def note() -> tuple[str, int]:
        read_only.set(False)
        with engine.begin() as connection:
            connection.execute(UPSERT, {"id": int(request.form["id"]), "value": request.form["value"]})
        return "", 204

    return app


def serve(application: Flask, port: int) -> None:
    """The leanest way to serve it: granian's own WSGI with two processes of two threads, which slow visitors can stop."""
    multiprocessing.set_start_method("fork", force=True)
    gc.freeze()
    server = Granian(
        "bare",
        port=port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=2,
        backpressure=256,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=lambda: application, wrap_loader=False)


if "COPLEARN_BENCH_FOLDER" in os.environ:
    application = create_bare(Path(os.environ["COPLEARN_BENCH_FOLDER"]))
