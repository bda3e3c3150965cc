"""Letters to organisations that are asked, and the private address in them."""

from __future__ import annotations

from flask import Flask
from itsdangerous import BadSignature, URLSafeSerializer

from coplearn.consultations.rules.words import ASKED, REMINDER, TOLD
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind

_PARAMS = ("token", "title", "closes_on")
_SUBJECT = N_("A message from %(site)s")
KINDS = (
    LetterKind(
        ASKED,
        _SUBJECT,
        "consultations/letters/asked.txt",
        _PARAMS,
        secret=True,
        title=N_("Asking an organisation to comment"),
    ),
    LetterKind(
        REMINDER,
        _SUBJECT,
        "consultations/letters/reminder.txt",
        _PARAMS,
        secret=True,
        title=N_("Reminder of a consultation"),
        may_stop=True,
    ),
    LetterKind(
        TOLD,
        _SUBJECT,
        "consultations/letters/told.txt",
        _PARAMS,
        secret=True,
        title=N_("What became of comments"),
        may_stop=True,
    ),
)


def make_token(app: Flask, asked_id: int) -> str:
    """The private part of an organisation's address. Whoever has it comments for the organisation."""
    return str(_serializer(app).dumps(asked_id))


def read_token(app: Flask, token: str) -> int | None:
    """The number of the row that such an address is of; None for one that was made up."""
    try:
        found = _serializer(app).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return found if isinstance(found, int) else None


def _serializer(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(app.config["SECRET_KEY"], salt=ASKED)
