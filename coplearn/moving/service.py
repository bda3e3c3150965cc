"""Let a country go that has arrived elsewhere, and note in the audit log what was taken away and brought in."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coplearn.audit.kinds import EventKind
from coplearn.audit.service import record
from coplearn.files.markers import note
from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyPurpose, KeyRing
from coplearn.moving.proofs import MoveProof
from coplearn.moving.rules import SiteManifest, answer_of
from coplearn.moving.stops import CodeOf, Stop
from coplearn.outbox.service import stop_letters
from coplearn.privacy.erasures import ErasedRow, Erasure, note_erasures
from coplearn.profile.service import erase_again
from coplearn.settings import Settings

_SIGNED: Final = b"proof of an erasure\n"


def note_exported(session: Session, manifest: SiteManifest) -> None:
    """Note that an archive was written."""
    record(session, EventKind.SITE_EXPORTED, about=_about(manifest.id, manifest.country))


def note_imported(session: Session, manifest: SiteManifest, stopped: Iterable[Stop], code_of: CodeOf) -> None:
    """Note, in the database that an archive was brought into, that it was, and what its people want no more letters of."""
    for kind, address in stopped:
        stop_letters(session, code_of(kind, address), kind)
    record(session, EventKind.SITE_IMPORTED, about=_about(manifest.id, manifest.country))


def _about(archive: str, country: str) -> str:
    return f"{archive},{country}" if country else archive


@dataclass(frozen=True, slots=True)
class ReleasedCountry:
    """A country whose people this site no longer has."""

    archive: str
    country: str
    at: str
    moved_to: str
    proof_sha256: str
    accounts: int
    learners: int
    seats: int
    listed: int
    """The number of rows on the list of who was to be forgotten."""
    list_sha256: str
    """The hash of that list: numbers of rows and hashes, nothing of anybody."""


@dataclass(frozen=True, slots=True)
class CountryRelease:
    """A country that is let go: the signed words, the evidence files to delete and the codes of addresses that moved."""

    released: ReleasedCountry
    said: str
    key_id: str
    public: str
    signature: str
    files: tuple[str, ...]
    codes: list[str]

    def as_json(self) -> str:
        """The file that the country keeps."""
        values = {"erasure": self.said, "key_id": self.key_id, "public": self.public, "signature": self.signature}
        return json.dumps(values, indent=1)


def kept_export(settings: Settings, proof: MoveProof) -> dict[str, Any]:
    """The note of the export that a proof is of. Raises Refused when it proves nothing about an archive of this site."""
    kept = note(settings.instance_path, f"{proof.archive}.json") if proof.archive.isalnum() else None
    if not kept:
        raise Refused("This proof is of an archive that was not made here: %(id)s.", id=proof.archive)
    if proof.root != kept["root"] or proof.answer != answer_of(str(kept["challenge"]), str(kept["root"])):
        raise Refused("This proof does not show that the archive came over whole.")
    if not kept["country"]:
        raise Refused(
            "The whole site moved. Nothing is erased in it: when all is well, delete this machine's instance folder and"
            " database yourself."
        )
    return kept


def let_go(
    session: Session, settings: Settings, ring: KeyRing, proof: MoveProof, sha256: str, now: datetime
) -> CountryRelease:
    """Forget the people of a country that has moved; what was counted stays, of nobody in particular. Twice is as once.

    Raises Refused when the proof is none. Whoever calls commits, and deletes the files of evidence afterwards.
    """
    kept = kept_export(settings, proof)
    lines = [Erasure(ErasedRow(one["kind"]), int(one["id"]), str(one["digest"])) for one in kept["erasures"]]
    # Before the commit: a backup that is brought back later must not bring them back.
    note_erasures(settings.instance_path, lines, now)
    again = erase_again(session, lines)
    listed = "\n".join(f"{one.kind}:{one.id}:{one.digest}" for one in lines)
    released = ReleasedCountry(
        archive=proof.archive,
        country=str(kept["country"]),
        at=now.isoformat(),
        moved_to=proof.to_address,
        proof_sha256=sha256,
        accounts=again.accounts,
        learners=again.learners,
        seats=again.seats,
        listed=len(lines),
        list_sha256=hashlib.sha256(listed.encode()).hexdigest(),
    )
    record(session, EventKind.COUNTRY_RELEASED, about=_about(proof.archive, released.country))
    said = json.dumps(asdict(released), sort_keys=True)
    signature = ring.sign(KeyPurpose.PROOFS, _SIGNED + said.encode())
    public = next(key.raw for key in ring.public_keys(KeyPurpose.PROOFS) if key.id == signature.key_id)
    codes = [str(code) for code in kept["codes"]]
    return CountryRelease(
        released, said, signature.key_id, b64encode(public).decode(), signature.text, again.files, codes
    )
