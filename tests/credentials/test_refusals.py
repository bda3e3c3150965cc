"""Badges, lists and keys that are well signed and yet not good: each is refused for its own reason."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from flask import Flask

from coplearn.credentials import documents
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from tests.credentials.test_mutations import AWARD, DOCUMENT, GENUINE, KEY, KEYS, LIST, PINNED

SIGNED: dict[str, Any] = json.loads(GENUINE["json"])
FIRST, SECOND = SIGNED["proof"]
LATER: dict[str, Any] = json.loads(documents.as_json(DOCUMENT, KEY, AWARD.issued_at + timedelta(days=1)))


def taken(text: str, pinned: dict[str, Any] = PINNED, status: bytes = LIST, days: int = 0) -> Exception | None:
    """The refusal of a badge so many days from now; None for one that is taken."""
    try:
        documents.read_credential(text.encode(), pinned, status, utcnow() + timedelta(days=days))
    except Refused as refused:
        return refused
    return None


def proved(*proofs: object) -> str:
    """The badge with these proofs."""
    return json.dumps({**DOCUMENT, "proof": proofs}, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (proved(FIRST, SECOND, SECOND), "a proof that cannot be checked"),
        (proved(FIRST, {**SECOND, "cryptosuite": "made-up"}), "a proof that cannot be checked"),
        (proved(FIRST, LATER["proof"][1]), "proofs that do not belong together"),
        (proved(FIRST, {**SECOND, "proofValue": "z" + "2" * 101}), "too long"),
        (GENUINE["json"].replace("{", '{"name":"Surgeon",', 1), "a name stands twice"),
    ],
)
def test_proof_is_refused_for_what_is_wrong_with_it(text: str, why: str) -> None:
    """Also where the library would see nothing wrong with it."""
    assert taken(proved(FIRST, SECOND)) is None
    refused = taken(text)
    assert refused is not None and str(refused.__cause__) == why


def test_second_proof_is_of_a_key_of_its_kind() -> None:
    """Another kind of key, though the issuer named it, proves nothing."""
    numbers = Ed448PrivateKey.generate().public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(numbers).decode().rstrip("=")
    other = {"id": f"{KEY.method}-other", "publicKeyJwk": {"kty": "OKP", "crv": "Ed448", "x": x}}
    pinned = {**PINNED, "verificationMethod": [*PINNED["verificationMethod"], other]}
    refused = taken(proved(FIRST, {**SECOND, "verificationMethod": other["id"]}), pinned)
    assert refused is not None and isinstance(refused.__cause__, TypeError | ValueError)


def signed(**changes: object) -> dict[str, str]:
    """The badge with changes by whoever has the key, in both forms."""
    document = {name: part for name, part in {**DOCUMENT, **changes}.items() if part is not ...}
    return {"jwt": documents.as_jwt(document, KEY), "json": documents.as_json(document, KEY, AWARD.issued_at)}


@pytest.mark.parametrize("form", ["jwt", "json"])
def test_badge_that_is_signed_and_not_good_is_refused(form: str) -> None:
    """One of another issuer, one that has run out, and one whose taking back stands nowhere that can be read."""
    other = {**DOCUMENT["issuer"], "id": "did:web:elsewhere.example"}
    assert taken(signed()[form]) is None and taken(signed()[form], days=299) is None
    assert taken(signed()[form], days=301) is not None
    assert taken(signed(issuer=other)[form]) is not None
    assert taken(signed(credentialStatus=...)[form]) is None
    assert taken(signed(credentialStatus=[])[form]) is not None


def test_list_is_the_one_that_is_named_and_has_an_end() -> None:
    """A list without an end would be good for ever; another list says nothing of this badge."""
    body = LIST.split(b".")[1]
    said = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    plain = {name: part for name, part in said.items() if name not in {"iss", "jti", "sub", "nbf", "exp"}}
    assert taken(GENUINE["jwt"], status=documents.as_jwt(plain, KEY).encode()) is None
    endless = {name: part for name, part in plain.items() if name != "validUntil"}
    for wrong in (endless, plain | {"id": f"{plain['id']}-other"}):
        refused = taken(GENUINE["jwt"], status=documents.as_jwt(wrong, KEY).encode())
        assert refused is not None and "not the issuer's list" in str(refused)


@pytest.mark.parametrize(
    "changes", [{"verificationMethod": []}, {"verificationMethod": json.loads(KEYS)["verificationMethod"] * 33}]
)
def test_file_of_no_keys_or_of_too_many_is_not_pinned(changes: dict[str, object]) -> None:
    """Nothing could be checked with it, or much would have to be tried."""
    with pytest.raises(Refused, match="no file of an issuer's keys"):
        documents.read_keys(json.dumps(json.loads(KEYS) | changes).encode())


def test_site_that_signed_nothing_has_no_list_and_makes_no_key(app: Flask) -> None:
    """A visitor has no key made by asking for the list."""
    client = app.test_client()
    assert client.get("/credentials/status/127.0.0.1:8000").status_code == 404
    assert client.get("/.well-known/did.json").get_json(force=True)["verificationMethod"] == []
