"""The site's signing keys (Ed25519), a purpose a key, in files of the instance folder or from the environment.

A key that was renewed signs no more, and what it signed stays good: its public half is kept.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from coplearn.settings import Settings

_FILE: Final = re.compile(r"(?P<purpose>[a-z]+)-(?P<turn>[1-9][0-9]{0,5})\.(?P<half>key|pub)")


class KeyPurpose(StrEnum):
    """Purposes of a key; one for one purpose is good for no other."""

    AUDIT = "audit"
    """Seals of the audit log."""
    PROOFS = "proofs"
    """Certificates and other proofs that are checked elsewhere."""
    WEBHOOKS = "webhooks"
    """Messages to other programs."""
    CREDENTIALS = "credentials"
    """Credentials that people carry away."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, and the id of the key it was made with."""

    key_id: str
    text: str
    """Base64."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key that anybody may have."""

    id: str
    purpose: KeyPurpose
    raw: bytes
    is_current: bool
    """Whether it signs now; one that does not is good for what it signed."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of one purpose: the one that signs, and all public halves by id."""

    private: Ed25519PrivateKey
    public: Mapping[str, bytes]


class KeyRing:
    """All keys of one site. A key is made when something is to be signed for the first time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._given = _read_given(settings.site_keys) if settings.site_keys else None

    @property
    def folder(self) -> Path:
        """The folder of the keys, when they do not come from the environment."""
        return self._settings.instance_path / "keys"

    def sign(self, purpose: KeyPurpose, message: bytes) -> Signature:
        """Sign a message for one purpose. Raises OSError when a first key cannot be written, LookupError when none was given."""
        keys = self._keys(purpose) or self._make(purpose)
        signed = keys.private.sign(_framed(purpose, message))
        return Signature(key_id_of(_raw(keys.private)), b64encode(signed).decode())

    def bare_key(self, purpose: Literal[KeyPurpose.CREDENTIALS, KeyPurpose.WEBHOOKS]) -> Ed25519PrivateKey:
        """The key that signs in a format that others wrote: no purpose is put before what it signs.

        No other purpose has a key that leaves the ring. Raises OSError and LookupError as :meth:`sign`.
        """
        return (self._keys(purpose) or self._make(purpose)).private

    def verify(self, purpose: KeyPurpose, key_id: str, signature: str, message: bytes) -> bool:
        """Whether a key of this site with that id, the present one or an earlier one, signed that for that purpose."""
        raw = self._public(purpose).get(key_id)
        return raw is not None and is_signed_by(raw, purpose, signature, message)

    def public_keys(self, purpose: KeyPurpose) -> list[PublicKey]:
        """The public halves of that purpose, the oldest first; none before anything was signed. Of keys whose private halves
        stayed with another site none signs."""
        keys = self._keys(purpose)
        current = key_id_of(_raw(keys.private)) if keys is not None else ""
        return [PublicKey(key_id, purpose, raw, key_id == current) for key_id, raw in self._public(purpose).items()]

    def renew(self, purpose: KeyPurpose) -> PublicKey:
        """Sign with a new key from here on; of the one before, only the public half is kept.

        Raises LookupError when the keys come from the environment: they are renewed there.
        """
        if self._given is not None:
            raise LookupError(
                "The keys come from COPLEARN_SITE_KEYS: renew them on the machine that keeps their files."
            )
        before = self._turns(purpose)
        self._write(purpose, (before[-1] if before else 0) + 1)
        for turn in before:
            self._retire(purpose, turn)
        return self.public_keys(purpose)[-1]

    def given_text(self) -> str:
        """All keys as ``COPLEARN_SITE_KEYS`` takes them, those that were never needed made first: a secret."""
        keys = {purpose.value: self._keys(purpose) or self._make(purpose) for purpose in KeyPurpose}
        values = {
            purpose: {
                "private": b64encode(one.private.private_bytes_raw()).decode(),
                "public": [b64encode(raw).decode() for raw in one.public.values()],
            }
            for purpose, one in keys.items()
        }
        return json.dumps(values, separators=(",", ":"))

    def files(self, *, with_private: bool) -> dict[str, bytes]:
        """All keys as files of the folder, by name: with their private halves, or the public ones alone."""
        found = {}
        for purpose in KeyPurpose:
            keys = self._keys(purpose)
            for turn, raw in enumerate(self._public(purpose).values(), start=1):
                half, name = raw, f"{purpose}-{turn}.pub"
                if with_private and keys is not None and raw == _raw(keys.private):
                    half, name = keys.private.private_bytes_raw(), f"{purpose}-{turn}.key"
                found[name] = b64encode(half) + b"\n"
        return found

    def _keys(self, purpose: KeyPurpose) -> _Keys | None:
        if self._given is not None:
            return self._given.get(purpose)
        private, public = self._halves(purpose)
        return _Keys(private, public) if private is not None else None

    def _public(self, purpose: KeyPurpose) -> Mapping[str, bytes]:
        if self._given is not None:
            return self._given[purpose].public if purpose in self._given else {}
        return self._halves(purpose)[1]

    def _halves(self, purpose: KeyPurpose) -> tuple[Ed25519PrivateKey | None, dict[str, bytes]]:
        """Everything in the files of that purpose: the key that signs, where it is here, and all public halves by id."""
        public: dict[str, bytes] = {}
        private = None
        for turn in self._turns(purpose):
            one = self._read(purpose, turn)
            raw = one if isinstance(one, bytes) else _raw(one)
            public[key_id_of(raw)] = raw
            private = private if isinstance(one, bytes) else one
        return private, public

    def _make(self, purpose: KeyPurpose) -> _Keys:
        if self._given is not None:
            raise LookupError(f"COPLEARN_SITE_KEYS has no key for {purpose}.")
        turns = self._turns(purpose)
        # Looked at once more after the turns were: who made the key meanwhile made that of the turn we would take.
        made = self._keys(purpose)
        if made is None:
            self._write(purpose, (turns[-1] if turns else 0) + 1)
            made = self._keys(purpose)
        assert made is not None  # who was first, here or elsewhere, has made one
        return made

    def _turns(self, purpose: KeyPurpose) -> Sequence[int]:
        if not self.folder.is_dir():
            return []
        found = (_FILE.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted({int(match["turn"]) for match in found if match is not None and match["purpose"] == purpose})

    def _path(self, purpose: KeyPurpose, turn: int, half: str) -> Path:
        return self.folder / f"{purpose}-{turn}.{half}"

    def _read(self, purpose: KeyPurpose, turn: int) -> Ed25519PrivateKey | bytes:
        with suppress(FileNotFoundError):
            text = self._path(purpose, turn, "key").read_text("ascii")
            return Ed25519PrivateKey.from_private_bytes(b64decode(text, validate=False))
        return b64decode(self._path(purpose, turn, "pub").read_text("ascii"))

    def _write(self, purpose: KeyPurpose, turn: int) -> None:
        """Make the key of that turn, whole or not at all; whoever else makes it at the same moment may have been first."""
        self._settings.make_instance()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        private = Ed25519PrivateKey.generate().private_bytes_raw()
        self._put(self._path(purpose, turn, "key"), private)

    def _retire(self, purpose: KeyPurpose, turn: int) -> None:
        path = self._path(purpose, turn, "key")
        if path.exists():
            one = self._read(purpose, turn)
            self._put(self._path(purpose, turn, "pub"), one if isinstance(one, bytes) else _raw(one))
            path.unlink(missing_ok=True)

    def _put(self, path: Path, raw: bytes) -> None:
        scratch = self.folder / f".{token_hex(8)}"
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(b64encode(raw).decode() + "\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(scratch, path)
        finally:
            scratch.unlink()


def is_signed_by(raw: bytes, purpose: KeyPurpose, signature: str, message: bytes) -> bool:
    """Whether the private half of that public key, of this site or of another, signed the message for that purpose."""
    try:
        signed = b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(signed, _framed(purpose, message))
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id_of(raw: bytes) -> str:
    """The id of a public key, which is a hash of it."""
    return sha256(raw).hexdigest()[:16]


def _framed(purpose: KeyPurpose, message: bytes) -> bytes:
    # A signature for one purpose must not be good for another, even where somebody gave both the same key.
    return f"coplearn {purpose}\n".encode() + message


def _raw(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def _read_given(text: str) -> dict[KeyPurpose, _Keys]:
    """The keys of the environment. Raises ValueError without repeating any of them."""
    try:
        found = {}
        for name, one in json.loads(text).items():
            private = Ed25519PrivateKey.from_private_bytes(b64decode(one["private"], validate=True))
            raws = [*(b64decode(half, validate=True) for half in one.get("public", ())), _raw(private)]
            found[KeyPurpose(name)] = _Keys(private, {key_id_of(raw): raw for raw in raws})
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("COPLEARN_SITE_KEYS is not what `coplearn keys export` prints.") from None
    return found
