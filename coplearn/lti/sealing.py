"""Signing and sealing with the site's key: the state of a way in, tickets, a learner's token, and private keys."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadData, URLSafeTimedSerializer

_PURPOSE: Final = "learning platforms"


class LaunchSeal:
    """Signs and seals under keys of its own, made from the site's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key.encode()
        self._fernet = Fernet(urlsafe_b64encode(self._key("seal")))

    def _key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, f"{_PURPOSE}: {purpose}".encode(), hashlib.sha256)

    def closed(self, secret: bytes) -> str:
        """The secret, sealed."""
        return self._fernet.encrypt(secret).decode()

    def opened(self, sealed: str) -> bytes | None:
        """The secret again; None when it was not sealed with this key."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            return None

    def signed(self, kind: str, value: dict[str, Any]) -> str:
        """A text for an address or a form that stands for ``value`` and cannot be made by anybody else."""
        return self._signer(kind).dumps(value)

    def read(self, kind: str, text: str, seconds: int) -> dict[str, Any] | None:
        """The value again; None when we did not sign it for that ``kind``, or longer ago than that."""
        try:
            value = self._signer(kind).loads(text, max_age=seconds)
        except BadData:
            return None
        return value if isinstance(value, dict) else None

    def learner_token(self, learner_id: int) -> str:
        """The token that names a learner in the browsers that a platform opened for them."""
        digest = hmac.digest(self._key("learner"), str(learner_id).encode(), hashlib.sha256)
        return urlsafe_b64encode(digest[:24]).decode()

    def _signer(self, kind: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key("signing"), salt=kind)


def hashed(text: str) -> str:
    """The SHA-256 of a text: what is kept of a number that opens something."""
    return hashlib.sha256(text.encode()).hexdigest()
