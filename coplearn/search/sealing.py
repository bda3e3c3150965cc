"""The words of a search on their way through an address: sealed, so that neither a history nor a log can say them.

They are opened by the browser that searched, as long as its session cookie lives, and for half an hour at most.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import MutableMapping
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

OPEN_SECONDS: Final = 1_800
LONGEST_SEALED: Final = 1_200
_KEY: Final = "seek"


def seal(words: str, secret: str, browser: MutableMapping[str, Any]) -> str:
    """The words as an address may hold them; ``browser`` is its session, which gets its half of the key."""
    half = browser.get(_KEY)
    if not isinstance(half, str):
        half = browser[_KEY] = secrets.token_urlsafe(16)
    return _box(secret, half).encrypt(words.encode()).decode()


def opened(sealed: str, secret: str, browser: MutableMapping[str, Any]) -> str | None:
    """The words; None when they were sealed elsewhere, too long ago, or not at all."""
    half = browser.get(_KEY)
    if not isinstance(half, str) or len(sealed) > LONGEST_SEALED:
        return None
    try:
        return _box(secret, half).decrypt(sealed.encode(), ttl=OPEN_SECONDS).decode()
    except (InvalidToken, UnicodeError):
        return None


def _box(secret: str, half: str) -> Fernet:
    made = HKDF(algorithm=SHA256(), length=32, salt=half.encode(), info=b"coplearn search").derive(secret.encode())
    return Fernet(urlsafe_b64encode(made))
