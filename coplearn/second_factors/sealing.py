"""Secrets sealed with the site's key: what is in the database opens no account without it."""

from __future__ import annotations

import hashlib
import hmac

from coplearn.keys.sealing import SecretSeal, derived_key


class FactorSeal(SecretSeal):
    """Seals and hashes under keys of their own, made from the site's secret key."""

    def __init__(self, secret_key: str) -> None:
        super().__init__(secret_key, "second factors: seal")
        self._codes = derived_key(secret_key, "second factors: codes")

    def digest(self, code: str, user_id: int) -> str:
        """The code's hash, which tells nothing to whoever has the database alone."""
        return hmac.new(self._codes, f"{user_id}:{code}".encode(), hashlib.sha256).hexdigest()
