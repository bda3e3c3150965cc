"""What was sealed in a database stays to be opened, by nobody else, and only for what it was sealed for."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

import pytest
from cryptography.fernet import Fernet

from coplearn.keys.sealing import SecretSeal
from coplearn.lti.sealing import LaunchSeal
from coplearn.second_factors.sealing import FactorSeal
from coplearn.xapi.sealing import LrsSeal

KEY = "a site's secret key"


@pytest.mark.parametrize(
    ("seal", "purpose"),
    [
        (FactorSeal(KEY), "second factors: seal"),
        (LaunchSeal(KEY), "learning platforms: seal"),
        (LrsSeal(KEY), "xapi: secret of the other LRS"),
    ],
)
def test_databases_of_before_are_opened(seal: SecretSeal, purpose: str) -> None:
    """The keys are those that earlier versions sealed with; another site's or another purpose's opens nothing."""
    before = Fernet(urlsafe_b64encode(hmac.digest(KEY.encode(), purpose.encode(), hashlib.sha256)))
    assert seal.opened(before.encrypt(b"secret").decode()) == b"secret"
    closed = seal.closed(b"secret")
    assert before.decrypt(closed) == b"secret" and "secret" not in closed
    assert SecretSeal("another", purpose).opened(closed) is None
    assert SecretSeal(KEY, "another purpose").opened(closed) is None
