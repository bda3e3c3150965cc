"""The pages about second factors, put together."""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coplearn.kernel.text import Phrase, counted
from coplearn.second_factors.queries import OpenSession, PasskeyLine, Standing
from coplearn.second_factors.rules import SECRET_BYTES, SET_UP_WITHIN, Door, app_address, in_groups
from coplearn.second_factors.sealing import FactorSeal
from coplearn.web.squares import square_of


@dataclass(frozen=True, slots=True)
class SafetyScreen:
    """A person's own page about signing in."""

    standing: Standing
    asked: bool
    """Whether this site asks a second factor of this person."""
    asks_nobody: bool
    """Whether they would need one, but for a setting of this site."""
    is_over: bool
    """Whether nothing else is open to them before they set one up."""
    until: datetime | None
    sessions: Sequence[OpenSession]
    passkeys: Sequence[PasskeyLine]
    here: str
    """The key of the present session."""
    hands_out: bool
    """Whether they may print codes for others."""


@dataclass(frozen=True, slots=True)
class AppScreen:
    """A new secret for an app: as a square code, in letters, and sealed for the form."""

    sealed: str
    width: int
    path: str
    letters: str
    address: str


def safety_screen(
    standing: Standing,
    door: Door,
    sessions: Sequence[OpenSession],
    passkeys: Sequence[PasskeyLine],
    here: str,
    *,
    asks_staff: bool,
    hands_out: bool,
) -> SafetyScreen:
    """The page of somebody before whose work ``door`` stands."""
    asked = asks_staff and standing.is_staff
    until = standing.until if asked else None
    asks_nobody = standing.is_staff and not asks_staff
    return SafetyScreen(standing, asked, asks_nobody, door is Door.SET_UP, until, sessions, passkeys, here, hands_out)


def app_screen(standing: Standing, seal: FactorSeal, site_name: str, sealed: str = "") -> AppScreen:
    """A new secret, or the one that was shown before and comes back ``sealed`` in the form."""
    secret = opened(seal, standing.user_id, sealed) or secrets.token_bytes(SECRET_BYTES)
    address = app_address(secret, standing.email, site_name)
    width, path = square_of(address)
    bound = f"{standing.user_id}:".encode() + secret
    return AppScreen(seal.closed(bound), width, path, in_groups(b32encode(secret).decode()), address)


def opened(seal: FactorSeal, user_id: int, sealed: str) -> bytes | None:
    """The secret of a form; None when it is somebody else's or was shown too long ago."""
    owner, _, secret = (seal.opened(sealed, SET_UP_WITHIN) or b"").partition(b":")
    return secret if owner == str(user_id).encode() and len(secret) == SECRET_BYTES else None


def shown(codes: Sequence[str]) -> list[str]:
    """Codes as they are written down."""
    return [in_groups(code) for code in codes]


def codes_left(standing: Standing) -> Phrase:
    """The sentence after one of the codes to keep was used."""
    left = standing.recovery + standing.printed
    return counted("That code is used up. You have %(num)s more.", "That code is used up. You have %(num)s more.", left)
