"""The secret of the other LRS, sealed with the site's key: what is in the database opens nothing without it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken


def _fernet(secret_key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(hmac.digest(secret_key.encode(), b"xapi: secret of the other LRS", hashlib.sha256)))


def sealed(secret: str, secret_key: str) -> str:
    """The secret, sealed."""
    return _fernet(secret_key).encrypt(secret.encode()).decode()


def opened(token: str, secret_key: str) -> str | None:
    """The secret again; None when it was not sealed with this key."""
    try:
        return _fernet(secret_key).decrypt(token.encode()).decode()
    except InvalidToken:
        return None
