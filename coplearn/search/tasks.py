"""Regular work: bring the index up to the texts, a few seconds after they change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy.exc import DatabaseError

from coplearn.site import site_of


def register_search(app: Flask) -> None:
    """Add the look for changed texts to the regular work. Register after the outbox."""
    site_of(app).jobs.regular("index texts")(index_texts)


def index_texts(app: Flask, now: datetime, stopping: Callable[[], bool]) -> None:
    """Index what has changed. An index that cannot be read any more is made anew the next time."""
    index = site_of(app).search_index
    try:
        index.renew(now.date(), stopping=stopping)
    except DatabaseError:
        index.drop_broken()
        raise
