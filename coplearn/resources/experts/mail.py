"""The letters about experts, and the private address at which a nominee answers."""

from __future__ import annotations

from typing import Final

from flask import Flask
from itsdangerous import BadSignature, URLSafeTimedSerializer

from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.resources.experts.rules import ASKED_LETTER, RESULT_LETTER, VOTE_LETTER, WITHDRAW_WITHIN

SUBJECT: Final = N_("A message from %(site)s")
KINDS: Final = (
    LetterKind(
        ASKED_LETTER,
        SUBJECT,
        "experts/letters/asked.txt",
        params=("token", "by"),
        secret=True,
        title=N_("Asking a nominated expert"),
    ),
    LetterKind(
        VOTE_LETTER,
        SUBJECT,
        "experts/letters/vote.txt",
        params=("name", "closes_at"),
        title=N_("A vote on an expert is open"),
        may_stop=True,
    ),
    LetterKind(
        RESULT_LETTER,
        SUBJECT,
        "experts/letters/result.txt",
        params=("token", "is_elected"),
        secret=True,
        title=N_("Result of a vote, for the nominee"),
    ),
)


def nominee_token(app: Flask, public_id: str) -> str:
    """The private part of the address at which a nominee answers, and later withdraws."""
    return str(_serializer(app).dumps(public_id))


def nomination_named(app: Flask, token: str) -> str | None:
    """The nomination of such an address; None for one that was made up."""
    try:
        return str(_serializer(app).loads(token, max_age=int(WITHDRAW_WITHIN.total_seconds())))
    except BadSignature:
        return None


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="expert")
