"""Signing and sealing with the site's key: the state of a way in, tickets, a learner's token, and private keys."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from coplearn.keys.sealing import SecretSeal, derived_key


class LaunchSeal(SecretSeal):
    """Signs and seals under keys of its own, made from the site's secret key."""

    def __init__(self, secret_key: str) -> None:
        super().__init__(secret_key, "learning platforms: seal")
        self._signing = derived_key(secret_key, "learning platforms: signing")
        self._learner = derived_key(secret_key, "learning platforms: learner")

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
        digest = hmac.digest(self._learner, str(learner_id).encode(), hashlib.sha256)
        return urlsafe_b64encode(digest[:24]).decode()

    def _signer(self, kind: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._signing, salt=kind)


def hashed(text: str) -> str:
    """The SHA-256 of a text: what is kept of a number that opens something."""
    return hashlib.sha256(text.encode()).hexdigest()
