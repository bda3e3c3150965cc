"""The letters of the hub: confirm your address, something to appraise, what came of it."""

from __future__ import annotations

from typing import Final

from flask import Flask
from itsdangerous import BadSignature, URLSafeTimedSerializer

from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.resources.hub.rules import APPRAISE, CONFIRM, CONFIRM_WITHIN, OUTCOME

SUBJECT: Final = N_("A message from %(site)s")
KINDS: Final = (
    LetterKind(
        CONFIRM,
        SUBJECT,
        "resources/letters/confirm.txt",
        params=("token",),
        secret=True,
        title=N_("Confirming a contributed resource"),
    ),
    LetterKind(
        APPRAISE,
        SUBJECT,
        "resources/letters/appraise.txt",
        params=("name", "resource_id"),
        title=N_("A resource waits for appraisal"),
        may_stop=True,
    ),
    LetterKind(
        OUTCOME,
        SUBJECT,
        "resources/letters/outcome.txt",
        params=("rating", "resource_id", "reasons"),
        title=N_("What came of a contributed resource"),
    ),
)


def confirm_token(app: Flask, public_id: str) -> str:
    """The private part of the address that confirms a contribution."""
    return str(_serializer(app).dumps(public_id))


def confirmed_resource(app: Flask, token: str) -> str | None:
    """The resource that such an address confirms; None for one that was made up or is too old."""
    try:
        return str(_serializer(app).loads(token, max_age=int(CONFIRM_WITHIN.total_seconds())))
    except BadSignature:
        return None


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt=CONFIRM)
