"""Saying on the next page what came of a press, and letting go of what a refusal left unfinished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, flash

from coplearn.kernel.errors import AppError
from coplearn.storage.database import current_session
from coplearn.web.render import say_phrase


def tell(sentence: str, kind: str = "done") -> None:
    """Say something on the next page; ``kind`` is done, note, again or wrong."""
    flash(sentence, kind)


@contextmanager
def flash_refusals() -> Iterator[None]:
    """A refusal inside becomes a sentence on the next page, where the text still is; what was not committed is let go."""
    try:
        yield
    except AppError as error:
        current_session(current_app).rollback()
        tell(say_phrase(error.phrase), "again")
