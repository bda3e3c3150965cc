"""A passphrase's lock as age has it, but with little work: the real one takes seconds of a processor to make and to open."""

from __future__ import annotations

import os
from base64 import b64encode

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

WORK = 2
"""The logarithm of scrypt's work, which stands in the file; age itself takes 18 or more."""


def lock_quickly(text: bytes, passphrase: str) -> bytes:
    """A short text sealed with a passphrase, as age-encryption.org/v1 has it: for `pyrage.passphrase.encrypt`."""
    key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    wrap = Scrypt(b"age-encryption.org/v1/scrypt" + salt, length=32, n=2**WORK, r=8, p=1).derive(passphrase.encode())
    stanza = b"-> scrypt %s %d\n%s\n" % (
        _plain(salt),
        WORK,
        _plain(ChaCha20Poly1305(wrap).encrypt(bytes(12), key, None)),
    )
    head = b"age-encryption.org/v1\n" + stanza + b"---"
    mac = hmac.HMAC(_derived(key, b"", b"header"), hashes.SHA256())
    mac.update(head)
    # The one piece is the last as well.
    sealed = ChaCha20Poly1305(_derived(key, nonce, b"payload")).encrypt(bytes(11) + b"\x01", text, None)
    return head + b" " + _plain(mac.finalize()) + b"\n" + nonce + sealed


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=salt or None, info=info).derive(key)


def _plain(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")
