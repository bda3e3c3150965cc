"""The one port to what knows Open Badges: signing a credential, putting it into pictures, and reading one that somebody brings.

Nothing here opens a connection: contexts come with the packages, keys are those that were pinned, status lists are files.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_public_key,
)

from coplearn.credentials.rules import (
    LARGEST_FILE,
    LIST_HOLDS,
    BroughtCredential,
    Issuer,
    did_document,
    identity_of,
    stamp,
)
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

_RDFC: Final = "eddsa-rdfc-2022"
_JCS: Final = "eddsa-jcs-2022"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519: Final = b"\xed\x01"
"""How the bytes of an Ed25519 key begin in a Multikey."""
_NOT_A_BADGE: Final = N_("This file holds no Open Badge 3.0. Choose the badge as SVG, PNG, JSON or JWT.")
_NOT_GOOD: Final = N_(
    "This badge cannot be counted: it was changed, it has run out, or it is not signed by whoever is asked for here."
)
_NO_LIST: Final = N_("Whether this badge was taken back stands in a list. Get the file at %(address)s and bring both.")
_BAD_LIST: Final = N_(
    "The list says that this badge was taken back, or it is not the issuer's list of these days. Get it again at %(address)s."
)
_NOT_KEYS: Final = N_("This is no file of an issuer's keys (did.json).")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that credentials of an issuer are signed with."""

    issuer: Issuer
    id: str
    private: Ed25519PrivateKey

    @property
    def method(self) -> str:
        """The name under which the issuer's document has the key."""
        return f"{self.issuer.did}#{self.id}"


def as_jwt(document: Mapping[str, Any], key: SigningKey) -> str:
    """The credential as a JWT (Open Badges 3.0, 8.2; EdDSA)."""
    payload = {**document, "iss": key.issuer.did, "jti": document["id"]}
    subject = document["credentialSubject"].get("id")
    payload |= {"sub": subject} if subject else {}
    payload["nbf"] = _seconds(document["validFrom"])
    if "validUntil" in document:
        payload["exp"] = _seconds(document["validUntil"])
    header = {"alg": "EdDSA", "kid": f"{key.method}-jwk", "typ": "JWT"}
    signed = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload))
    return f"{signed}.{_base64url(key.private.sign(signed.encode()))}"


def as_json(document: Mapping[str, Any], key: SigningKey, at: datetime) -> str:
    """The credential as JSON-LD with two proofs (Data Integrity): one for wallets (eddsa-rdfc-2022), and one for whoever has no
    JSON-LD at hand (eddsa-jcs-2022), whose nonce binds the first to it. The same bytes for the same input."""
    from openbadgeslib.ob3.ldp import add_data_integrity_proof

    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signed = add_data_integrity_proof(dict(document), pem, key.method, created=at)
    first = signed["proof"]
    second = {
        "type": "DataIntegrityProof",
        "cryptosuite": _JCS,
        "created": stamp(at),
        "verificationMethod": key.method,
        "proofPurpose": "assertionMethod",
        "nonce": _nonce_of(first),
    }
    second["proofValue"] = "z" + _base58(key.private.sign(_jcs_digest(document, second)))
    return json.dumps({**document, "proof": [first, second]}, ensure_ascii=False, separators=(",", ":"))


def into_svg(picture: bytes, token: str) -> bytes:
    """The picture with the credential in it (Open Badges 3.0, 5.3)."""
    from openbadgeslib import baking

    return baking.bake_svg(picture, token, element=baking.SVG_ELEMENT_OB3, namespace=baking.SVG_NS_OB3)


def into_png(picture: bytes, token: str) -> bytes:
    """The picture with the credential in it (Open Badges 3.0, 5.3)."""
    from openbadgeslib import baking

    return baking.bake_png(picture, token, keyword=baking.ITXT_KEYWORD_OB3)


def status_list(issuer: Issuer, key: SigningKey, taken_back: Iterable[int], now: datetime) -> str:
    """The signed list of what was taken back (Bitstring Status List 1.0) as a JWT; a copy is good for some days."""
    from openbadgeslib.ob3.status_list import build_status_list_credential

    document = build_status_list_credential(
        issuer.did, issuer.status_address, "revocation", taken_back, issued=now, valid_until=now + LIST_HOLDS
    )
    return as_jwt(document, key)


def keys_document(issuer: Issuer, keys: Iterable[tuple[str, bytes]]) -> dict[str, Any]:
    """The issuer's did.json, of ids and raw public keys."""
    return did_document(
        issuer,
        [
            (key_id, "z" + _base58(_ED25519 + raw), {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)})
            for key_id, raw in keys
        ],
    )


def read_keys(data: bytes) -> dict[str, Any]:
    """An issuer's did.json, to be pinned: its name and its keys, nothing else. Raises Refused."""
    from openbadgeslib.ob3.did import pem_for_kid

    try:
        found = _json(data[:LARGEST_FILE].decode())
        did, methods = found["id"], found["verificationMethod"]
        if not isinstance(did, str) or not did.startswith("did:") or not 0 < len(methods) <= 64 or len(did) > 300:
            raise Refused(_NOT_KEYS)
        kept = [
            {
                name: one[name]
                for name in ("id", "type", "controller", "publicKeyJwk", "publicKeyMultibase")
                if name in one
            }
            for one in methods
        ]
        pinned = {"id": did, "verificationMethod": kept}
        for one in kept:
            pem_for_kid(pinned, did, one["id"])
    except Exception as error:  # whatever a stranger's file makes of the library
        raise Refused(_NOT_KEYS) from error
    return pinned


def read_credential(data: bytes, pinned: Mapping[str, Any], status: bytes, now: datetime) -> BroughtCredential:
    """The credential in a file, once everything about it is good under the pinned issuer's keys (see :func:`read_keys`).

    ``status`` is the file of its status list, empty for none; without it what can be taken back is refused. Raises Refused.
    """
    text = carried(data)
    try:
        if text.startswith("{"):
            credential, document = _verified_document(text, dict(pinned))
        else:
            credential, document = _verified_jwt(text, dict(pinned))
        if credential.issuer.id != pinned["id"]:
            raise Refused(_NOT_GOOD)
        achievement = document["credentialSubject"]["achievement"]
        names, mails = identity_of(document["credentialSubject"])
    except Exception as error:
        raise Refused(_NOT_GOOD) from error
    if credential.expiration_date is not None and credential.expiration_date <= now:
        raise Refused(_NOT_GOOD)
    _check_status(credential, dict(pinned), status)
    return BroughtCredential(
        id=str(credential.id),
        achievement=str(achievement["name"]),
        achievement_id=str(achievement["id"]),
        names=names,
        mail_hashes=mails,
        valid_until=credential.expiration_date,
    )


def carried(data: bytes) -> str:
    """The credential that a file carries, still unverified: JWT or JSON, by itself or in an SVG or PNG. Raises Refused."""
    from openbadgeslib import baking

    if len(data) > LARGEST_FILE:
        raise Refused(_NOT_A_BADGE)
    try:
        if data.startswith(_PNG):
            found = baking.extract_png(data, keyword=baking.ITXT_KEYWORD_OB3)
        elif data.lstrip()[:1] == b"<":
            found = baking.extract_svg(data, element=baking.SVG_ELEMENT_OB3, text_fallback=True)
        else:
            found = data.decode()
    except Exception as error:
        raise Refused(_NOT_A_BADGE) from error
    text = (found or "").strip()
    if not text.startswith("{") and text.count(".") != 2:
        raise Refused(_NOT_A_BADGE)
    return text


def _verified_document(text: str, pinned: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The credential of a JSON document all of whose proofs are good. Raises whatever the library raises, and ValueError."""
    from openbadgeslib.ob3.did import pem_for_kid
    from openbadgeslib.ob3.ldp import OB3LdpVerifier

    document = _json(text)
    found = document["proof"]
    proofs = {one["cryptosuite"]: one for one in (found if isinstance(found, list) else [found])}
    if not set(proofs) <= {_RDFC, _JCS} or (isinstance(found, list) and len(found) != len(proofs)):
        raise ValueError("a proof that cannot be checked")
    first = proofs[_RDFC]
    pem = pem_for_kid(pinned, pinned["id"], first["verificationMethod"])
    credential = OB3LdpVerifier(pem).verify(text)
    if _JCS in proofs:
        _check_jcs(document, proofs[_JCS], pem_for_kid(pinned, pinned["id"], proofs[_JCS]["verificationMethod"]))
        if proofs[_JCS].get("nonce") != _nonce_of(first):
            raise ValueError("proofs that do not belong together")
    return credential, document


def _check_jcs(document: Mapping[str, Any], proof: Mapping[str, Any], pem: bytes) -> None:
    value = proof["proofValue"]
    signature = _unbase58(value[1:])
    if value != "z" + _base58(signature) or proof["proofPurpose"] != "assertionMethod":
        raise ValueError("no proof of that kind")
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("another kind of key")
    unsecured = {name: part for name, part in document.items() if name != "proof"}
    options = {name: part for name, part in proof.items() if name != "proofValue"}
    try:
        key.verify(signature, _jcs_digest(unsecured, options))
    except InvalidSignature as error:
        raise ValueError("another signature") from error


def _jcs_digest(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """The bytes that a proof of eddsa-jcs-2022 signs."""
    config = {**options, "@context": document["@context"]} if "@context" not in options else dict(options)
    return hashlib.sha256(rfc8785.dumps(config)).digest() + hashlib.sha256(rfc8785.dumps(dict(document))).digest()


def _nonce_of(proof: Mapping[str, Any]) -> str:
    return "u" + _base64url(hashlib.sha256(rfc8785.dumps(dict(proof))).digest())


def _verified_jwt(token: str, pinned: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    from openbadgeslib.ob3.verifier import OB3Verifier

    credential = OB3Verifier(_pem_of_jwt(token, pinned)).verify(token)
    return credential, _jwt_part(token, 1)


def _pem_of_jwt(token: str, pinned: dict[str, Any]) -> bytes:
    from openbadgeslib.ob3.did import pem_for_kid

    for part in token.split("."):
        # What decodes to the same bytes is not the same text: nothing is to be changed unseen.
        if _base64url(_unbase64url(part)) != part:
            raise ValueError("not base64url as it is written")
    return pem_for_kid(pinned, pinned["id"], _jwt_part(token, 0).get("kid"))


def _jwt_part(token: str, number: int) -> dict[str, Any]:
    return _json(_unbase64url(token.split(".")[number]).decode())


def _check_status(credential: Any, pinned: dict[str, Any], status: bytes) -> None:
    from openbadgeslib.ob3.status import check_credential_status

    if not credential.credential_status:
        if "credentialStatus" in credential.raw:
            raise Refused(_NOT_GOOD)
        return
    address = str(credential.credential_status[0].get("statusListCredential", ""))[:300]
    if not status:
        raise Refused(_NO_LIST, address=address)
    try:
        token = status[:LARGEST_FILE].decode().strip()
        said = _jwt_part(token, 1)
        wanted = {one["statusListCredential"] for one in credential.credential_status}
        if wanted != {said["id"]} or "validUntil" not in said:
            raise ValueError("another list, or one without an end")
        check_credential_status(
            credential,
            download=_only(token.encode()),
            verify_list=True,
            list_pubkey_pem=_pem_of_jwt(token, pinned),
        )
    except Exception as error:
        raise Refused(_BAD_LIST, address=address) from error


def _only(data: bytes) -> Callable[[str], bytes]:
    return lambda _address: data


def _json(text: str) -> dict[str, Any]:
    """A JSON object in which no name stands twice. Raises ValueError."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in found}) != len(found):
            raise ValueError("a name stands twice")
        return dict(found)

    value = json.loads(text, object_pairs_hook=pairs)
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unbase64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def _unbase58(text: str) -> bytes:
    if len(text) > 100:
        raise ValueError("too long")
    number = 0
    for char in text:
        number = number * 58 + _ALPHABET.index(char)
    return b"\0" * (len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8)
