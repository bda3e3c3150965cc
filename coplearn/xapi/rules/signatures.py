"""Signed statements (xAPI Data, 2.6): whether a signature is well formed and of its statement, not whether a signer is trusted."""

from __future__ import annotations

import binascii
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.x509 import load_der_x509_certificate

from coplearn.xapi.rules.comparing import same_in_full
from coplearn.xapi.rules.formats import Rejected, read_json
from coplearn.xapi.rules.multipart import FilePart
from coplearn.xapi.rules.statements import SIGNATURE, Json

_HASHES: Final[Mapping[str, HashAlgorithm]] = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}


def hold_signatures(statement: Json, parts: Mapping[str, FilePart]) -> None:
    """Raise Rejected for a signature that is malformed, or of another statement."""
    for head in statement.get("attachments", ()):
        if head["usageType"] != SIGNATURE:
            continue
        if head["contentType"].partition(";")[0].strip() != "application/octet-stream":
            raise Rejected(400, "attachments: a signature has the contentType application/octet-stream.")
        part = parts.get(head["sha2"].lower())
        if part is not None:
            _hold(statement, part.data)


def _hold(statement: Json, compact: bytes) -> None:
    pieces = compact.split(b".")
    if len(pieces) != 3:
        raise Rejected(400, "The signature is no JWS in compact serialization.")
    try:
        header, payload, signature = (urlsafe_b64decode(one + b"=" * (-len(one) % 4)) for one in pieces)
    except (binascii.Error, ValueError):
        raise Rejected(400, "The signature is no JWS in compact serialization.") from None
    head, signed = read_json(header, "The signature's header"), read_json(payload, "The signature's payload")
    if not isinstance(head, dict) or head.get("alg") not in _HASHES:
        raise Rejected(400, "The signature's algorithm is none of RS256, RS384 and RS512.")
    try:
        equal = isinstance(signed, dict) and same_in_full(signed, statement)
    except (KeyError, TypeError, ValueError, AttributeError):
        equal = False
    if not equal:
        raise Rejected(400, "The signature is of another statement.")
    if "x5c" in head:
        _verify(head, b".".join(pieces[:2]), signature)


def _verify(head: Mapping[str, Any], message: bytes, signature: bytes) -> None:
    try:
        key = load_der_x509_certificate(b64decode(head["x5c"][0], validate=True)).public_key()
    except (ValueError, TypeError, KeyError, IndexError, UnsupportedAlgorithm):
        raise Rejected(400, "The signature's certificate cannot be read.") from None
    try:
        if not isinstance(key, RSAPublicKey):
            raise InvalidSignature
        key.verify(signature, message, PKCS1v15(), _HASHES[head["alg"]])
    except InvalidSignature:
        raise Rejected(400, "The signature was not made with the key of its certificate.") from None
