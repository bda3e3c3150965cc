"""What every cohort view begins with: the blueprint, and telling on the next page what came of a press."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, flash

from coplearn.cohorts.guards import the_session
from coplearn.kernel.errors import AppError
from coplearn.web.nul import guard_against_nul
from coplearn.web.render import say_phrase

blueprint = Blueprint("cohorts", __name__, url_prefix="/<lang:lang>/cohorts", template_folder="../templates")
guard_against_nul(blueprint)


def tell(sentence: str, kind: str = "done") -> None:
    """Say something on the next page; ``kind`` is done, note, again or wrong."""
    flash(sentence, kind)


@contextmanager
def refusals_told() -> Iterator[None]:
    """A refusal inside becomes a sentence on the next page; what was not committed is let go."""
    try:
        yield
    except AppError as error:
        the_session().rollback()
        tell(say_phrase(error.phrase), "again")
