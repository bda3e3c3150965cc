"""The law of credentials: what a badge says (Open Badges 3.0), how its issuer is named (did:web), and to whom it is made out."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote, urlsplit

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
LIST_SIZE: Final = 131_072
"""Places in a status list: the least that the standard (Bitstring Status List 1.0) allows, so that one hides among many."""
LIST_HOLDS: Final = timedelta(days=7)
"""How long a copy of a status list is good; an older one says nothing of today."""
LARGEST_FILE: Final = 512 * 1024
_NUMBERS: Final = uuid.UUID("6f4a3b0e-8f57-5c55-9a0c-0c1d9c2f6a11")
"""The namespace of our identifiers (RFC 9562, version 5)."""


class BadgeForm(StrEnum):
    """The forms in which a badge can be taken along."""

    SVG = "svg"
    PNG = "png"
    JSON = "json"
    JWT = "jwt"


@dataclass(frozen=True, slots=True)
class Issuer:
    """The signer, by the address of the site."""

    address: str
    """Where people reach the site, without the last slash."""
    name: str = ""

    @property
    def host(self) -> str:
        """The host's name, with a port where it has one."""
        return urlsplit(self.address).netloc

    @property
    def did(self) -> str:
        """The issuer's name in credentials (did:web): its keys stand at that host under ``/.well-known/did.json``."""
        return f"did:web:{quote(self.host, safe='')}"

    @property
    def status_address(self) -> str:
        """The address of its status list."""
        return f"{self.address}/credentials/status/{self.host}"


@dataclass(frozen=True, slots=True)
class Award:
    """One thing that somebody earned, as a badge says it; every text is in the reader's language already."""

    number: str
    """The certificate's number."""
    check: str
    """The address where anybody can look the number up and sees what it stands for."""
    name: str
    """The person's name as it stands on the certificate."""
    title: str
    """The kind of certificate."""
    achievement: str
    """Whatever it is for: the course, or what may be taught where."""
    achievement_key: str
    """The same for everybody who earned the same."""
    description: str
    language: str
    """Language of these texts (BCP 47)."""
    said: Mapping[str, str]
    """The same in each language of the site, by BCP 47."""
    issued_at: datetime
    version: str = ""
    valid_until: datetime | None = None
    position: int | None = None
    """The place in the status list; None for what is never taken back."""
    mail_salt: str = ""
    """With ``mail``: put the salted hash of that mail address in, by which a wallet knows whose it is."""
    mail: str = ""


def badge_document(award: Award, issuer: Issuer) -> dict[str, Any]:
    """The credential before it is signed (Open Badges 3.0, AchievementCredential).

    Its subject is an identifier made of the certificate's number, which is no account and no mail address. The texts in
    all languages stand in the narrative of the criteria, because the standard's own names and descriptions are plain
    strings, and a wallet shows nothing else.
    """
    document: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": _urn("credential", issuer.address, award.number),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.title,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": issuer.name, "url": issuer.address + "/"},
        "validFrom": stamp(award.issued_at),
        "credentialSubject": {
            "id": _urn("holder", issuer.address, award.number),
            "type": ["AchievementSubject"],
            "identifier": _identifiers(award),
            "achievement": _achievement(award, issuer),
        },
    }
    if award.valid_until is not None:
        document["validUntil"] = stamp(award.valid_until)
    if award.position is not None:
        document["credentialStatus"] = {
            "id": f"{issuer.status_address}#{award.position}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(award.position),
            "statusListCredential": issuer.status_address,
        }
    return document


def _achievement(award: Award, issuer: Issuer) -> dict[str, Any]:
    narrative = "\n".join(f"- {language}: {text}" for language, text in award.said.items())
    achievement = {
        "id": _urn("achievement", issuer.address, award.achievement_key),
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": award.achievement,
        "description": award.description,
        "inLanguage": award.language,
        "criteria": {"id": award.check, "narrative": narrative},
    }
    return achievement | ({"version": award.version} if award.version else {})


def _identifiers(award: Award) -> list[dict[str, Any]]:
    found = [{"type": "IdentityObject", "hashed": False, "identityHash": award.name, "identityType": "name"}]
    if award.mail:
        hashed = mail_hash(award.mail, award.mail_salt)
        found.append(
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": hashed,
                "identityType": "emailAddress",
                "salt": award.mail_salt,
            }
        )
    return found


def mail_hash(mail: str, salt: str) -> str:
    """The salted hash of a mail address as Open Badges writes it."""
    return "sha256$" + hashlib.sha256((mail.strip().lower() + salt).encode()).hexdigest()


def _urn(*parts: str) -> str:
    return uuid.uuid5(_NUMBERS, "\n".join(parts)).urn


def stamp(instant: datetime) -> str:
    """The instant as XML Schema writes it, in UTC and whole seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def did_document(issuer: Issuer, keys: Iterable[tuple[str, str, Mapping[str, str]]]) -> dict[str, Any]:
    """The issuer's keys (DID Core 1.0, did:web): each by its id, as a Multikey and as a JWK. Renewed ones stay good.

    ``keys`` are id, multibase and JWK of each.
    """
    methods: list[dict[str, Any]] = []
    for key_id, multibase, jwk in keys:
        common = {"controller": issuer.did}
        methods += [
            {"id": f"{issuer.did}#{key_id}", "type": "Multikey", **common, "publicKeyMultibase": multibase},
            {"id": f"{issuer.did}#{key_id}-jwk", "type": "JsonWebKey", **common, "publicKeyJwk": dict(jwk)},
        ]
    return {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/jwk/v1",
        ],
        "id": issuer.did,
        "verificationMethod": methods,
        "assertionMethod": [one["id"] for one in methods],
    }


@dataclass(frozen=True, slots=True)
class BroughtCredential:
    """A credential of a pinned issuer whose signature, time and status are good."""

    id: str
    achievement: str
    achievement_id: str
    names: tuple[str, ...]
    """The names that it is made out to; there may be none."""
    mail_hashes: tuple[tuple[str, str], ...]
    """Hash and salt of mail addresses that it is made out to."""
    valid_until: datetime | None

    def check_holder(self, name: str, mail: str | None) -> None:
        """Refuse it unless it is made out to that name, or to that mail address by its hash."""
        mails = {hashed for hashed, salt in self.mail_hashes if mail and mail_hash(mail, salt) == hashed}
        if mails or same_name(name) in {same_name(one) for one in self.names}:
            return
        if self.names:
            raise Refused(
                N_(
                    "This badge is made out to %(name)s. If your name on the list is wrong, ask a trainer to correct it."
                ),
                name=self.names[0],
            )
        raise Refused(N_("This badge does not say whom it was given to, so it cannot be counted here."))


def plain(text: str) -> str:
    """The text without the marks that keep directions apart on a page: elsewhere they are shown as boxes."""
    return re.sub("[\u2066-\u2069]", "", text)


def same_name(name: str) -> str:
    """A name as it is compared: whatever its case, spaces and width of letters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def identity_of(subject: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Names, and hashes of mail addresses with their salts, that a credential's subject is known by."""
    found = subject.get("identifier")
    entries = [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]
    names, mails = [], []
    for one in entries:
        value, salt = one.get("identityHash"), one.get("salt", "")
        if not isinstance(value, str) or not isinstance(salt, str):
            continue
        if one.get("identityType") == "name" and one.get("hashed") is False:
            names.append(value[:200])
        elif one.get("identityType") == "emailAddress" and one.get("hashed") is True:
            mails.append((value, salt))
    if isinstance(subject.get("name"), str):
        names.append(subject["name"][:200])
    return tuple(names), tuple(mails)
