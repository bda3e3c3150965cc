"""The letter that shows whether mail arrives."""

from __future__ import annotations

from flask import Flask

from coplearn.administration.site_settings.service import LETTER
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.site import site_of

_TEST = LetterKind(
    LETTER, N_("A message from %(site)s"), "site_settings/letters/test.txt", params=("name",), title=N_("Test message")
)


def register_site_settings(app: Flask) -> None:
    """Make the letter known to the outbox. Register after it."""
    site_of(app).letters.add(_TEST)
