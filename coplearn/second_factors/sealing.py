"""Secrets sealed with the site's key: what is in the database opens no account without it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken


class FactorSeal:
    """Seals and hashes under keys of their own, made from the site's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key.encode()
        self._fernet = Fernet(urlsafe_b64encode(self._key("seal")))

    def _key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"second factors: {purpose}".encode(), hashlib.sha256)

    def closed(self, secret: bytes) -> str:
        """The secret, sealed."""
        return self._fernet.encrypt(secret).decode()

    def opened(self, sealed: str, within: timedelta | None = None) -> bytes | None:
        """The secret again; None when it was not sealed with this key, or longer ago than ``within``."""
        try:
            return self._fernet.decrypt(sealed.encode(), int(within.total_seconds()) if within else None)
        except InvalidToken:
            return None

    def digest(self, code: str, user_id: int) -> str:
        """The code's hash, which tells nothing to whoever has the database alone."""
        return hmac.new(self._key("codes"), f"{user_id}:{code}".encode(), hashlib.sha256).hexdigest()
