"""The seal of the other LRS's secret: what is in the database opens nothing without the site's key."""

from __future__ import annotations

from coplearn.keys.sealing import SecretSeal


class LrsSeal(SecretSeal):
    """Seals under a key of its own, made from the site's secret key."""

    def __init__(self, secret_key: str) -> None:
        super().__init__(secret_key, "xapi: secret of the other LRS")
