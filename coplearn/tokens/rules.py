"""Rules of a program's keys: what each scope opens, how long a key lives, and how it is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum, Phrase

LONGEST: Final = timedelta(days=365)
"""How long a key is good at most."""
SHORT: Final = timedelta(hours=1)
"""How long the bearer of a client is good."""
MOST_SHORT: Final = 60
"""Bearers that one client has at a time: one more ends the oldest."""
MOST: Final = 20
"""Keys that one person has at a time."""
LONGEST_NAME: Final = 80
_PREFIX: Final = "cop_"
_SECRET: Final = re.compile(r"cop_[A-Za-z0-9_-]{43}")


class TokenScope(LabelledEnum):
    """The scopes of a key: each opens a part of the API, to whoever may open it on the pages."""

    COURSES_READ = "courses:read", N_("Read the courses")
    SELF_READ = "self:read", N_("Read my own progress, certificates and cohorts")
    COHORTS_READ = "cohorts:read", N_("Read my cohorts and their meetings")
    COHORTS_WRITE = "cohorts:write", N_("Open and change cohorts and meetings")
    PEOPLE_READ = "people:read", N_("Read the people of my cohorts, their marks and outcomes")
    PEOPLE_WRITE = "people:write", N_("Put people on lists and mark who was there")
    OUTCOMES_WRITE = "outcomes:write", N_("Decide outcomes")
    REPORTS_READ = "reports:read", N_("Read reports")
    WEBHOOKS = "webhooks:write", N_("Have another server told what happens in my cohorts")


OF_EVERYBODY: Final = (TokenScope.COURSES_READ, TokenScope.SELF_READ)
"""What somebody who only learns may let a program do."""


class TokenKind(StrEnum):
    """The kinds of a key."""

    PERSONAL = "personal"
    CLIENT = "client"
    """A program's own name and secret (OAuth 2.0 client credentials): it opens nothing but the door to short ones."""
    SHORT = "short"
    """What a client got for an hour."""


def new_secret() -> str:
    """A fresh secret of 256 bits, in letters by which it is known where it must not be."""
    return _PREFIX + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """The hash that is kept, so that a stolen table opens nothing; empty for what is no secret of ours."""
    return hashlib.sha256(secret.encode()).hexdigest() if _SECRET.fullmatch(secret) else ""


def offered(*, works: bool) -> tuple[TokenScope, ...]:
    """The scopes that somebody may choose from."""
    return tuple(TokenScope) if works else OF_EVERYBODY


def known_scopes(words: Iterable[str]) -> list[str]:
    """Pick the words that are scopes, each once and in their order."""
    asked = set(words)
    return [scope.value for scope in TokenScope if scope in asked]


def problems_of(
    name: str, scopes: Collection[str], last_day: date | None, today: date, choices: Collection[str]
) -> dict[str, Phrase]:
    """The faults by field; empty when all is well."""
    problems: dict[str, Phrase] = {}
    if not name.strip():
        problems["name"] = Phrase(N_("Give it a name by which you will know the program again."))
    elif len(name) > LONGEST_NAME:
        problems["name"] = Phrase(N_("Use at most %(count)s characters."), {"count": LONGEST_NAME})
    if not scopes or not set(scopes) <= set(choices):
        problems["scopes"] = Phrase(N_("Choose at least one of these."))
    if last_day is None or not today <= last_day < today + LONGEST:
        problems["last_day"] = Phrase(N_("Choose a day within a year from now."))
    return problems
