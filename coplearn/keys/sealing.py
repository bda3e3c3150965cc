"""Secrets in the database, sealed with the site's secret key: whoever has the database alone can open none."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken


class SecretSeal:
    """Seals under a key of its own for each ``purpose``, made from the site's secret key."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._fernet = Fernet(urlsafe_b64encode(derived_key(secret_key, purpose)))

    def closed(self, secret: bytes) -> str:
        """The secret, sealed."""
        return self._fernet.encrypt(secret).decode()

    def opened(self, sealed: str, within: timedelta | None = None) -> bytes | None:
        """The secret again; None when it was not sealed with this key, or longer ago than ``within``."""
        try:
            return self._fernet.decrypt(sealed.encode(), int(within.total_seconds()) if within else None)
        except InvalidToken:
            return None


def derived_key(secret_key: str, purpose: str) -> bytes:
    """The key of 32 bytes for a purpose, from which neither the secret key nor that of another purpose can be had."""
    return hmac.digest(secret_key.encode(), purpose.encode(), hashlib.sha256)
