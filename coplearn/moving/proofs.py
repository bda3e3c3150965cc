"""The proof that a site came over whole: a file that is signed by the new site, and the same on paper."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from coplearn import __version__
from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyPurpose, KeyRing, is_signed_by, key_id_of
from coplearn.moving.arriving import FoundSite
from coplearn.moving.rules import answer_of

_SIGNED: Final = b"proof of a move\n"


@dataclass(frozen=True, slots=True)
class MoveProof:
    """Everything that the new site says it found, counted anew in its own database and files."""

    archive: str
    """The id of the archive that was brought in last."""
    archive_made_at: str
    manifest_sha256: str
    manifest_key_id: str
    manifest_signature: str
    from_site: str
    from_address: str
    to_address: str
    country: str
    engine_before: str
    engine: str
    version: str
    revision: str
    at: str
    tables: dict[str, tuple[int, str]]
    """Rows and SHA-256 of each table."""
    files: int
    bytes: int
    root: str
    """One hash over all rows and files: one changed byte makes another."""
    answer: str
    """The word by which the old site knows that its archive was opened and found whole."""

    @property
    def rows(self) -> int:
        """The number of rows in all tables."""
        return sum(rows for rows, _ in self.tables.values())

    def as_json(self) -> str:
        """The proof as it is signed."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True, slots=True)
class SignedProof:
    """A proof with the signature of the site that it came to."""

    proof: MoveProof
    said: str
    key_id: str
    public: str
    signature: str

    @property
    def sha256(self) -> str:
        """The hash of what is signed."""
        return hashlib.sha256(self.said.encode()).hexdigest()

    def as_json(self) -> str:
        """The file that is taken back to the old site."""
        values = {"proof": self.said, "key_id": self.key_id, "public": self.public, "signature": self.signature}
        return json.dumps(values, indent=1)


def proof_of(found: FoundSite, address: str, engine: str, ring: KeyRing, now: datetime) -> SignedProof:
    """Sign what was found. A key for proofs is made where the archive brought none."""
    signed, manifest = found.signed, found.signed.manifest
    proof = MoveProof(
        archive=manifest.id,
        archive_made_at=manifest.made_at.isoformat(),
        manifest_sha256=signed.sha256,
        manifest_key_id=signed.key_id,
        manifest_signature=signed.signature,
        from_site=manifest.site,
        from_address=manifest.address,
        to_address=address,
        country=manifest.country,
        engine_before=manifest.engine,
        engine=engine,
        version=__version__,
        revision=manifest.revision,
        at=now.isoformat(),
        tables=found.tables,
        files=len(found.files),
        bytes=sum(size for size, _ in found.files.values()),
        root=found.root,
        answer=answer_of(manifest.challenge, found.root),
    )
    said = proof.as_json()
    signature = ring.sign(KeyPurpose.PROOFS, _SIGNED + said.encode())
    public = next(key.raw for key in ring.public_keys(KeyPurpose.PROOFS) if key.id == signature.key_id)
    return SignedProof(proof, said, signature.key_id, b64encode(public).decode(), signature.text)


def read_proof(said: str) -> SignedProof:
    """The proof in a file. Raises Refused for one that was changed, or is none."""
    try:
        values = json.loads(said)
        text, public, signature = str(values["proof"]), str(values["public"]), str(values["signature"])
        raw, key_id = b64decode(public, validate=True), str(values["key_id"])
        inner: dict[str, Any] = json.loads(text)
        inner["tables"] = {name: (int(rows), str(sha)) for name, (rows, sha) in inner["tables"].items()}
        proof = MoveProof(**inner)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("This is no proof of a move: %(why)s", why=str(error)) from error
    if key_id != key_id_of(raw) or not is_signed_by(raw, KeyPurpose.PROOFS, signature, _SIGNED + text.encode()):
        raise Refused("This proof was changed: its signature is not good.")
    return SignedProof(proof, text, key_id, public, signature)
